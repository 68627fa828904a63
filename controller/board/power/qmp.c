// SPDX-License-Identifier: GPL-2.0-or-later
// A virtual board: QEMU, started paused; power-on is QMP `cont`, power-off `quit`, the reset button
// `system_reset`.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"
#include "board/driver.h"
#include "board/qmp.h"

// Generous, since a loaded host may start many emulators at once; a dead one is noticed at once.
#define START_TIMEOUT_NS  (30 * NS_PER_S)
#define ANSWER_TIMEOUT_NS (10 * NS_PER_S)
#define QUIT_TIMEOUT_NS   (2 * NS_PER_S)

struct qmp_power {
	const char *program;
	const char *machine;
	const char *cpu;
	const char *memory;
	char cpus[8];
	bool icount;
	const char **extra;
	size_t extra_count;
	struct process process;
	int control; // our end of the QMP socket
	struct qmp qmp;
};

static struct error *read_string(const struct config_map *keys, const char *key, const char *preset,
				 const char **out)
{
	struct config_node n = config_map_find(keys, key);
	*out = preset;
	return config_is_set(n) ? config_string(n, out) : NULL;
}

static struct error *qmp_config(const struct config_map *keys, void **state)
{
	static const char *const known[] = {"driver", "qemu",   "machine",   "cpu", "memory",
					    "cpus",   "icount", "arguments", NULL};
	TRY(config_map_only(keys, known));
	struct qmp_power *p = memory_new(1, sizeof(*p));
	p->process = PROCESS_NONE;
	p->control = -1;
	*state = p;
	TRY(read_string(keys, "qemu", "qemu-system-aarch64", &p->program));
	TRY(read_string(keys, "machine", "virt", &p->machine));
	TRY(read_string(keys, "memory", "2G", &p->memory));
	struct config_node n;
	TRY(config_map_need(keys, "cpu", &n));
	TRY(config_string(n, &p->cpu));
	int64_t cpus = 1;
	n = config_map_find(keys, "cpus");
	if (config_is_set(n))
		TRY(config_integer(n, 1, 512, &cpus));
	snprintf(p->cpus, sizeof(p->cpus), "%d", (int)cpus);
	n = config_map_find(keys, "icount");
	if (config_is_set(n))
		TRY(config_bool(n, &p->icount));
	n = config_map_find(keys, "arguments");
	return config_is_set(n) ? config_strings(n, &p->extra, &p->extra_count) : NULL;
}

struct arguments {
	const char **items;
	size_t count;
};

static void add_arguments(struct arguments *a, const char *const *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ARRAY_APPEND(a->items, a->count, items[i]);
}

static void build_command(const struct qmp_power *p, const struct board_place *place,
			  struct arguments *a)
{
	const char *const base[] = {
	    p->program, "-name", place->board, "-M", p->machine, "-cpu", p->cpu, "-m", p->memory,
	    "-smp", p->cpus, "-nodefaults", "-display", "none", "-no-reboot", "-S",
	    // The console's socket exists before the machine starts; QMP is an inherited socket.
	    "-chardev", "socket,id=console,path=console.sock,server=on,wait=off", "-serial",
	    "chardev:console", "-chardev", "socket,id=control,fd=3", "-mon",
	    "chardev=control,mode=control"};
	add_arguments(a, base, sizeof(base) / sizeof(base[0]));
	// A fixed seed and a virtual clock make two boots equal to the byte.
	const char *const deterministic[] = {"-icount", "shift=0,sleep=off",
					     "-seed",   "1",
					     "-rtc",    "base=2026-06-03T00:00:00,clock=vm"};
	if (p->icount)
		add_arguments(a, deterministic, sizeof(deterministic) / sizeof(deterministic[0]));
	add_arguments(a, p->extra, p->extra_count);
	add_arguments(a, (const char *const *)place->emulator_arguments,
		      place->emulator_arguments_count);
	ARRAY_APPEND(a->items, a->count, NULL);
}

static struct error *start_emulator(struct qmp_power *p, struct board_place *place, int log,
				    int pass)
{
	struct arguments a = {0};
	build_command(p, place, &a);
	const struct process_spec spec = {
	    .argv = a.items,
	    .cwd = place->run_dir,
	    .in = -1,
	    .out = log,
	    .err = log,
	    .pass = pass,
	    .die_with_parent = true,
	};
	struct error *e = process_spawn(&spec, &p->process);
	free(a.items);
	return error_wrap_kind(e, ERROR_LAB, "board %s", place->board);
}

// What QEMU itself said is worth more than "closed the connection".
static struct error *explain_failure(struct error *e, struct qmp_power *p, const char *log_path)
{
	CLEANUP_BUFFER struct buffer said = {0};
	error_free(file_read(log_path, 65536, ERROR_LAB, &said));
	if (said.len == 0 || !process_wait(&p->process, clock_monotonic_ns() + NS_PER_S))
		return e;
	buffer_truncate(&said, strcspn(said.data, "\r\n"));
	error_free(e);
	return error_new(ERROR_LAB, "QEMU did not start: %s", buffer_str(&said));
}

static struct error *qmp_prepare(void *state, struct board_place *place)
{
	struct qmp_power *p = state;
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(ERROR_SYSTEM, errno, "socketpair");
	p->control = pair[0];
	CLEANUP_CLOSE int theirs = pair[1];
	fcntl(p->control, F_SETFL, O_NONBLOCK);
	CLEANUP_FREE char *log_path = path_join(place->run_dir, "qemu.log");
	CLEANUP_CLOSE int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (log < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", log_path);
	TRY(start_emulator(p, place, log, theirs));
	cleanup_close(&theirs); // else its end would be noticed by nobody
	int64_t deadline = clock_monotonic_ns() + START_TIMEOUT_NS;
	struct error *e = qmp_greet(&p->qmp, p->control, place->wait, deadline);
	if (!e)
		e = qmp_execute(&p->qmp, p->control, place->wait, "qmp_capabilities", deadline);
	return e ? explain_failure(e, p, log_path) : NULL;
}

static struct error *qmp_command(struct qmp_power *p, struct board_place *place,
				 const char *command)
{
	if (p->control < 0)
		return error_new(ERROR_LAB, "board %s: QEMU is not running", place->board);
	return qmp_execute(&p->qmp, p->control, place->wait, command,
			   clock_monotonic_ns() + ANSWER_TIMEOUT_NS);
}

static struct error *qmp_on(void *state, struct board_place *place)
{
	return qmp_command(state, place, "cont");
}

static struct error *qmp_reset(void *state, struct board_place *place)
{
	return qmp_command(state, place, "system_reset");
}

static struct error *qmp_off(void *state, struct board_place *place)
{
	struct qmp_power *p = state;
	if (p->process.pid > 0 && !process_poll(&p->process) && p->control >= 0) {
		static const char quit[] = "{\"execute\": \"quit\"}\n";
		ssize_t ignored = send(p->control, quit, sizeof(quit) - 1, MSG_NOSIGNAL);
		(void)ignored; // a dead emulator is off as well
		process_wait(&p->process, clock_monotonic_ns() + QUIT_TIMEOUT_NS);
	}
	if (p->control >= 0)
		qmp_drain(&p->qmp, p->control);
	process_deinit(&p->process);
	cleanup_close(&p->control);
	CLEANUP_FREE char *socket_path = path_join(place->run_dir, "console.sock");
	unlink(socket_path);
	return NULL;
}

static enum board_end qmp_end(void *state, bool line_closed)
{
	struct qmp_power *p = state;
	if (line_closed) // its last words on QMP come before its exit
		process_wait(&p->process, clock_monotonic_ns() + QUIT_TIMEOUT_NS);
	if (p->control >= 0)
		qmp_drain(&p->qmp, p->control);
	const char *reason = p->qmp.shutdown;
	if (strcmp(reason, "guest-shutdown") == 0)
		return BOARD_END_OFF;
	if (strcmp(reason, "guest-reset") == 0)
		return BOARD_END_RESET;
	if (strcmp(reason, "guest-panic") == 0)
		return BOARD_END_OFF;
	return reason[0] || process_poll(&p->process) ? BOARD_END_LOST : BOARD_END_UNKNOWN;
}

static void qmp_free(void *state)
{
	struct qmp_power *p = state;
	process_deinit(&p->process);
	cleanup_close(&p->control);
	qmp_deinit(&p->qmp);
	free(p->extra);
	free(p);
}

const struct power_driver power_qmp = {
    .name = "qmp",
    .help = "cpu: MODEL        QEMU's -cpu (required)\n"
	    "machine: NAME     QEMU's -M (virt)\n"
	    "memory: SIZE      QEMU's -m (2G)\n"
	    "cpus: N           QEMU's -smp (1)\n"
	    "icount: BOOL      deterministic: -icount shift=0,sleep=off, fixed seed and clock\n"
	    "arguments: LIST   further words for QEMU\n"
	    "qemu: PROGRAM     the emulator (qemu-system-aarch64)\n",
    .config = qmp_config,
    .prepare = qmp_prepare,
    .on = qmp_on,
    .off = qmp_off,
    .reset = qmp_reset,
    .end = qmp_end,
    .free = qmp_free,
};
