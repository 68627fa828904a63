// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/power/sanitized.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/command.h"
#include "base/file.h"
#include "base/memory.h"
#include "board/power/switching.h"
#include "record/layout.h"

#define PLUGIN_NAME "mmfarm-ptsan.so"
// The plugin's interface is that of these.
#define MAJOR_NEEDED      10
#define VERSION_TIMEOUT_S 20

void sanitized_deinit(struct sanitized *s)
{
	free(s->program);
	free(s->plugin);
	free(s->machine);
	free(s->memory);
	*s = (struct sanitized){0};
}

// ---- files beside this program ------------------------------------------------------------------

static char *own_folder(void)
{
	char program[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
	program[len > 0 ? len : 0] = '\0';
	return path_dir(program);
}

// The first that exists; NULL: none. Built: BUILD/mmfarm and BUILD/san/mmfarm; installed: PREFIX/bin/mmfarm.
static char *find_beside(const char *const *names)
{
	CLEANUP_FREE char *folder = own_folder();
	for (size_t i = 0; names[i]; i++) {
		CLEANUP_FREE char *path = path_join(folder, names[i]);
		if (file_exists(path))
			return STEAL(path);
	}
	return NULL;
}

static char *find_plugin(void)
{
	static const char *const names[] = {"sanitizer/" PLUGIN_NAME, "../sanitizer/" PLUGIN_NAME,
					    "../lib/mmfarm/" PLUGIN_NAME, NULL};
	return find_beside(names);
}

static char *find_own_qemu(void)
{
	static const char *const names[] = {"qemu10/" SANITIZED_PROGRAM,
					    "../qemu10/" SANITIZED_PROGRAM,
					    "../lib/mmfarm/qemu10/" SANITIZED_PROGRAM, NULL};
	return find_beside(names);
}

// ---- a QEMU that is new enough ------------------------------------------------------------------

int sanitized_version(const char *said)
{
	static const char head[] = "QEMU emulator version ";
	const char *at = strstr(said, head);
	long major = at ? strtol(at + strlen(head), NULL, 10) : 0;
	return major > 0 && major < 1000 ? (int)major : 0;
}

// 0: it does not run.
static struct error *ask_version(const char *program, struct board_place *place, int *major)
{
	const char *const argv[] = {program, "--version", NULL};
	const struct command_spec spec = {.argv = argv, .timeout_s = VERSION_TIMEOUT_S};
	CLEANUP_BUFFER struct buffer said = {0};
	*major = 0;
	CLEANUP_ERROR struct error *e = switching_run(&spec, place, &said);
	if (board_wait_stopped(e))
		return STEAL(e);
	*major = sanitized_version(buffer_str(&said));
	return NULL;
}

static struct error *find_program(const struct sanitized_wish *w, struct board_place *place,
				  struct sanitized *out)
{
	bool named = strcmp(w->program, SANITIZED_PROGRAM) != 0;
	CLEANUP_FREE char *own = named ? NULL : find_own_qemu();
	const char *const programs[] = {own, w->program};
	int major = 0;
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		if (!programs[i])
			continue;
		TRY(ask_version(programs[i], place, &major));
		if (major == MAJOR_NEEDED) {
			out->program = memory_strdup(programs[i]);
			return NULL;
		}
	}
	if (major)
		return error_new(ERROR_UNMET,
				 "the page-table sanitizer needs QEMU %d, %s is QEMU %d",
				 MAJOR_NEEDED, w->program, major);
	return error_new(ERROR_UNMET, "the page-table sanitizer needs QEMU %d, there is no %s",
			 MAJOR_NEEDED, w->program);
}

// ---- how it is told -----------------------------------------------------------------------------

// QEMU's options have commas between them; one that stands for itself is doubled.
static void put_value(const char *value, struct buffer *out)
{
	for (; *value; value++) {
		if (*value == ',')
			buffer_append(out, value, 1);
		buffer_append(out, value, 1);
	}
}

static char *plugin_words(const char *path, const struct board_sanitizer *s)
{
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_append_str(&text, "file=");
	put_value(path, &text);
	// All levels: which of them counts is known only when the payload has said what it takes its
	// CPUs for.
	buffer_append_str(&text, ",out=" LAYOUT_PTSAN ",levels=0:1:2:3");
	if (s && s->loads)
		buffer_append_str(&text, ",loads=on");
	if (s && s->lone_data)
		buffer_append_str(&text, ",data_alias=off");
	return buffer_steal(&text);
}

// What the plugin knows of QEMU's machines and of its own limits.
static struct error *check_board(const struct sanitized_wish *w, const char *board)
{
	if (strncmp(w->machine, "virt", 4) != 0 ||
	    (w->machine[4] && w->machine[4] != ',' && w->machine[4] != '-'))
		return error_new(
		    ERROR_UNMET,
		    "board %s: the page-table sanitizer knows the machine virt, not %s", board,
		    w->machine);
	// With one thread QEMU 10 tells a plugin that CPU 0 runs, whichever does.
	if (w->icount && w->cpus > 1)
		return error_new(ERROR_UNMET,
				 "board %s counts instructions: with its %lld CPUs the page-table "
				 "sanitizer could not tell which one runs",
				 board, (long long)w->cpus);
	return NULL;
}

struct error *sanitized_find(const struct sanitized_wish *wish, struct board_place *place,
			     struct sanitized *out)
{
	TRY(check_board(wish, place->board));
	CLEANUP_FREE char *plugin = find_plugin();
	if (!plugin)
		return error_new(ERROR_UNMET, "there is no " PLUGIN_NAME " beside this program");
	TRY(find_program(wish, place, out));
	out->plugin = plugin_words(plugin, place->payload->sanitize);
	out->machine = memory_printf("%s,memory-backend=ram", wish->machine);
	out->memory = memory_printf("memory-backend-memfd,id=ram,size=%s", wish->memory);
	return NULL;
}
