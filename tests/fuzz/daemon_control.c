// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes on the daemon's control socket: the real socket, reader, requests, planner and farm.sqlite (in
// memory). Each line is answered or the client let go; what was taken is what the planner may rely on: it can be
// listed, saved and loaded again.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "daemon/daemon_state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW_S INT64_C(1774656000)

static char folder[] = "/tmp/fuzz-control-XXXXXX";
static struct control *control;
static struct configuration *configuration;

static void need(struct error *e)
{
	if (!e)
		return;
	fprintf(stderr, "%s\n", error_text(e));
	abort();
}

static void clean_up(void)
{
	control_close(control);
	configuration_release(configuration);
	file_remove_folder(folder);
}

static const char boards_yaml[] = "types:\n"
				  "  t:\n"
				  "    cpu: {name: A72, midr: 0x410fd083, bbml2: false}\n"
				  "    console: {driver: exec, command: [cat]}\n"
				  "    power: {driver: exec, on: [\"true\"], off: [\"true\"]}\n"
				  "    boot: {driver: exec, prepare: [\"true\"]}\n"
				  "boards: {b1: {type: t}, b2: {type: t}}\n"
				  "pools: {all: {}}\n";

static void set_up(void)
{
	if (control)
		return;
	if (!mkdtemp(folder))
		abort();
	CLEANUP_FREE char *boards = path_join(folder, "boards.yaml");
	CLEANUP_FREE char *farm = path_join(folder, "farm.yaml");
	CLEANUP_FREE char *path = path_join(folder, "control");
	need(file_write_atomic(boards, boards_yaml, strlen(boards_yaml)));
	need(file_write_atomic(farm, "lab: fuzz\n", 10));
	const struct configuration_place place = {.boards = boards, .farm_file = farm};
	need(configuration_load(&place, &configuration));
	need(control_open(path, &control));
	atexit(clean_up);
}

static struct error *save(void *arg, struct planner *p)
{
	return state_save(arg, p, NULL, 0);
}

static void say_all(struct daemon *d, const char *line)
{
	CLEANUP_FREE char *path = path_join(folder, "control");
	CLEANUP_CLOSE int fd = -1;
	need(control_connect(path, &fd));
	if (send(fd, line, strlen(line), MSG_NOSIGNAL) < 0)
		abort();
	control_step(control, daemon_take_request, d);
	CLEANUP_BUFFER struct buffer rest = {0};
	json_t *answer = NULL;
	need(control_read(fd, &rest, 10000, &answer));
	if (!json_is_true(json_object_get(answer, "ok")))
		abort();
	json_decref(answer);
}

// What the planner has become can be told, saved and read again.
static void check_planner(struct daemon *d)
{
	say_all(d, "{\"do\":\"queue\"}\n");
	say_all(d, "{\"do\":\"boards\"}\n");
	need(state_save(d->state, d->planner, NULL, 0));
	const struct planner_limits limits = {.cpus = 1, .seed = 1};
	CLEANUP_PLANNER struct planner *back = planner_new(&limits);
	need(state_load(d->state, back));
	if (planner_batches(back) != planner_batches(d->planner) ||
	    planner_reservations(back) != planner_reservations(d->planner))
		abort();
}

static void talk(struct daemon *d, const uint8_t *data, size_t size)
{
	CLEANUP_FREE char *path = path_join(folder, "control");
	CLEANUP_CLOSE int fd = -1;
	need(control_connect(path, &fd));
	control_step(control, daemon_take_request, d);
	// In pieces, as a socket may bring them.
	for (size_t at = 0, piece; at < size; at += piece) {
		piece = size - at < 61 ? size - at : 61;
		if (send(fd, data + at, piece, MSG_NOSIGNAL) < 0)
			break; // it was let go
		control_step(control, daemon_take_request, d);
	}
	cleanup_close(&fd);
	control_step(control, daemon_take_request, d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	// What is read anew has targets of its own.
	if (memmem(data, size, "reload", 6))
		return 0;
	set_up();
	const struct planner_limits limits = {.cpus = 2, .seed = 7};
	CLEANUP_PLANNER struct planner *p = planner_new(&limits);
	CLEANUP_STATE struct farm_state *state = NULL;
	need(state_open("", &state));
	const struct executor_world world = {.arg = state, .save = save};
	CLEANUP_EXECUTOR struct executor *x = executor_new(&world, p);
	struct daemon d = {.o = {.boards = folder, .results = folder},
			   .state = state,
			   .planner = p,
			   .configuration = configuration,
			   .executor = x,
			   .control = control};
	configuration_apply(configuration, p, NOW_S, true);
	talk(&d, data, size);
	check_planner(&d);
	return 0;
}
