// SPDX-License-Identifier: GPL-2.0-or-later
// A virtual board: QEMU, started paused; power-on is QMP `cont`, power-off `quit`, the reset button
// `system_reset`.
#include <dirent.h>
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
#include "board/power/sanitized.h"
#include "board/qmp.h"
#include "record/layout.h"

// Generous, since a loaded host may start many emulators at once; a dead one is noticed at once.
#define START_TIMEOUT_NS  (30 * NS_PER_S)
#define ANSWER_TIMEOUT_NS (10 * NS_PER_S)
#define QUIT_TIMEOUT_NS   (2 * NS_PER_S)
// Before its end the sanitizer holds all tables against memory.
#define QUIT_SANITIZED_NS (5 * NS_PER_S)

// The size of either flash bank of QEMU's `virt`; images must have exactly that.
#define FLASH_BYTES ((int64_t)64 << 20)

#define FIRMWARE_NAME "flash0.img"
#define FLASH_NAME    "flash1.img"
#define DISK_NAME     "disk.img"
#define TFTP_NAME     "tftp"

struct qmp_power {
	const char *program;
	const char *machine;
	const char *cpu;
	const char *memory;
	int64_t cpus;
	char cpus_text[8];
	bool icount;
	const char **extra;
	size_t extra_count;
	char *firmware; // U-Boot or UEFI: what the CPU starts with; owned, NULL = none
	bool flash;     // 64 MiB of NOR beside it, blank at first
	int64_t disk_mib;
	bool tftp;
	bool reboots;
	unsigned sanitize;          // its key
	struct sanitized sanitized; // how it is started now; all NULL: without the sanitizer
	int64_t oldest;             // major version of QEMU that the board needs
	char *run_dir;              // owned; where the board's storage lies, NULL = nowhere yet
	struct process process;
	int control; // our end of the QMP socket
	struct qmp qmp;
};

static const char *const sanitizers[] = {"off", "page-tables", NULL};

static const struct key qmp_keys[] = {
    {"cpu", KEY_TEXT(struct qmp_power, cpu), .required = true, .value = "MODEL",
     .help = "QEMU's -cpu"},
    {"machine", KEY_TEXT(struct qmp_power, machine), .preset = "virt", .value = "NAME",
     .help = "QEMU's -M"},
    {"memory", KEY_TEXT(struct qmp_power, memory), .preset = "2G", .value = "SIZE",
     .help = "QEMU's -m"},
    {"cpus", KEY_NUMBER(struct qmp_power, cpus, 1, 512), .preset = "1", .help = "QEMU's -smp"},
    {"firmware", KEY_FILE(struct qmp_power, firmware),
     .help = "boot loader in the first flash bank: U-Boot, UEFI"},
    {"flash", KEY_BOOL(struct qmp_power, flash), .preset = "false",
     .help =
	 "a second flash bank, blank in each run; U-Boot writes it with QEMU 10 and newer only"},
    {"disk", KEY_NUMBER(struct qmp_power, disk_mib, 1, 1 << 20), .value = "MIB",
     .help = "a virtio disk, blank in each run; stands for an eMMC (none)"},
    {"tftp", KEY_BOOL(struct qmp_power, tftp), .preset = "false",
     .help = "network with QEMU's own DHCP and TFTP, nothing else"},
    {"reboots", KEY_BOOL(struct qmp_power, reboots), .preset = "false",
     .help = "a payload that resets starts the board anew instead of ending it"},
    {"icount", KEY_BOOL(struct qmp_power, icount), .preset = "false",
     .help = "deterministic: -icount shift=0,sleep=off, fixed seed and clock"},
    {"arguments", KEY_LIST(struct qmp_power, extra), .help = "further words for QEMU"},
    {"qemu", KEY_TEXT(struct qmp_power, program), .preset = "qemu-system-aarch64",
     .value = "PROGRAM", .help = "the emulator"},
    {"needs-qemu", KEY_NUMBER(struct qmp_power, oldest, 1, 999),
     .help = "its oldest major version that will do; with an older one a run is SKIP (any)"},
    {"sanitize", KEY_WORD(struct qmp_power, sanitize, sanitizers), .preset = "off",
     .help =
	 "checks how the payload changes its page tables (docs/sanitizer.md); wants QEMU 10, else "
	 "a run is SKIP"},
    {0},
};

static void qmp_init(void *state)
{
	struct qmp_power *p = state;
	p->process = PROCESS_NONE;
	p->control = -1;
}

static struct error *qmp_check(void *state, const struct config_map *keys)
{
	(void)keys;
	struct qmp_power *p = state;
	snprintf(p->cpus_text, sizeof(p->cpus_text), "%d", (int)p->cpus);
	p->extra_count = keys_count(p->extra);
	return NULL;
}

// ---- what the board keeps while it is off: files in the run directory ---------------------------

// Fills a new file of `size` bytes from `source` (or not at all); what is beyond it is zero and
// takes no space. A file that is there already is left alone: it survives the power cycle.
static struct error *make_image(const char *run_dir, const char *name, const char *source,
				int64_t size)
{
	CLEANUP_FREE char *path = path_join(run_dir, name);
	CLEANUP_CLOSE int out = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (out < 0)
		return errno == EEXIST ? NULL : error_errno(ERROR_SYSTEM, errno, "%s", path);
	if (source)
		TRY(error_wrap(file_append(source, ERROR_LAB, out, path), "the board's firmware"));
	if (lseek(out, 0, SEEK_CUR) > size)
		return error_new(ERROR_CONFIG, "the board's firmware %s has more than %lld bytes",
				 source, (long long)size);
	if (ftruncate(out, size) < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", path);
	return NULL;
}

// Erased NOR reads as ones.
static struct error *make_blank_flash(const char *run_dir)
{
	CLEANUP_FREE char *path = path_join(run_dir, FLASH_NAME);
	CLEANUP_CLOSE int out = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (out < 0)
		return errno == EEXIST ? NULL : error_errno(ERROR_SYSTEM, errno, "%s", path);
	char ones[65536];
	memset(ones, 0xff, sizeof(ones));
	for (int64_t done = 0; done < FLASH_BYTES; done += (int64_t)sizeof(ones))
		TRY(file_write_all(out, ones, sizeof(ones), path));
	return NULL;
}

static struct error *make_storage(const struct qmp_power *p, const char *run_dir)
{
	if (p->firmware)
		TRY(make_image(run_dir, FIRMWARE_NAME, p->firmware, FLASH_BYTES));
	if (p->flash)
		TRY(make_blank_flash(run_dir));
	if (p->disk_mib)
		TRY(make_image(run_dir, DISK_NAME, NULL, p->disk_mib << 20));
	if (p->tftp) {
		CLEANUP_FREE char *dir = path_join(run_dir, TFTP_NAME);
		TRY(file_make_dirs(dir));
	}
	return NULL;
}

// The boot driver took its files away, unless its process died.
static void remove_folder(const char *run_dir)
{
	CLEANUP_FREE char *path = path_join(run_dir, TFTP_NAME);
	CLEANUP_CLOSEDIR DIR *dir = opendir(path);
	for (struct dirent *d; dir && (d = readdir(dir));)
		if (d->d_name[0] != '.')
			unlinkat(dirfd(dir), d->d_name, 0);
	rmdir(path);
}

// They are the board, not the run's result, and large.
static void remove_storage(const char *run_dir)
{
	static const char *const names[] = {FIRMWARE_NAME, FLASH_NAME, DISK_NAME};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		CLEANUP_FREE char *path = path_join(run_dir, names[i]);
		unlink(path);
	}
	remove_folder(run_dir);
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
	    p->sanitized.program ? p->sanitized.program : p->program, "-name", place->board, "-M",
	    p->sanitized.machine ? p->sanitized.machine : p->machine, "-cpu", p->cpu, "-m",
	    p->memory, "-smp", p->cpus_text, "-nodefaults", "-display", "none", "-S",
	    // The console's socket exists before the machine starts; QMP is an inherited socket.
	    "-chardev", "socket,id=console,path=console.sock,server=on,wait=off", "-serial",
	    "chardev:console", "-chardev", "socket,id=control,fd=3", "-mon",
	    "chardev=control,mode=control"};
	add_arguments(a, base, sizeof(base) / sizeof(base[0]));
	const char *const sanitized[] = {"-object", p->sanitized.memory, "-plugin",
					 p->sanitized.plugin};
	if (p->sanitized.plugin)
		add_arguments(a, sanitized, 4);
	// A fixed seed and a virtual clock make two boots equal to the byte.
	const char *const deterministic[] = {"-icount", "shift=0,sleep=off",
					     "-seed",   "1",
					     "-rtc",    "base=2026-06-03T00:00:00,clock=vm"};
	if (p->icount)
		add_arguments(a, deterministic, sizeof(deterministic) / sizeof(deterministic[0]));
	const char *const ends[] = {"-no-reboot"};
	if (!p->reboots)
		add_arguments(a, ends, 1);
	const char *const firmware[] = {"-drive",
					"if=pflash,format=raw,readonly=on,file=" FIRMWARE_NAME};
	if (p->firmware)
		add_arguments(a, firmware, 2);
	const char *const flash[] = {"-drive", "if=pflash,format=raw,file=" FLASH_NAME};
	if (p->flash)
		add_arguments(a, flash, 2);
	const char *const disk[] = {"-drive", ("if=none,id=disk,format=raw,file=" DISK_NAME),
				    "-device", "virtio-blk-pci,drive=disk"};
	if (p->disk_mib)
		add_arguments(a, disk, 4);
	// restrict=on: the board reaches QEMU's own TFTP and DHCP, and nothing else.
	const char *const tftp[] = {"-netdev", ("user,id=net,restrict=on,tftp=" TFTP_NAME),
				    "-device", "virtio-net-pci,netdev=net,romfile="};
	if (p->tftp)
		add_arguments(a, tftp, 4);
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

static struct error *check_version(const struct qmp_power *p, const struct board_place *place)
{
	if (p->qmp.major >= p->oldest)
		return NULL;
	return error_new(ERROR_UNMET, "board %s needs QEMU %lld or newer, %s is %d.%d",
			 place->board, (long long)p->oldest,
			 p->sanitized.program ? p->sanitized.program : p->program, p->qmp.major,
			 p->qmp.minor);
}

// Whether the board's file or the payload asks for it; without a payload nothing is checked.
static struct error *find_sanitizer(struct qmp_power *p, struct board_place *place)
{
	sanitized_deinit(&p->sanitized);
	if (!place->payload || !(p->sanitize || place->payload->sanitize))
		return NULL;
	const struct sanitized_wish wish = {.program = p->program,
					    .machine = p->machine,
					    .memory = p->memory,
					    .cpus = p->cpus,
					    .icount = p->icount};
	return sanitized_find(&wish, place, &p->sanitized);
}

static struct error *qmp_prepare(void *state, struct board_place *place)
{
	struct qmp_power *p = state;
	free(p->run_dir);
	p->run_dir = memory_strdup(place->run_dir);
	TRY(find_sanitizer(p, place));
	TRY(make_storage(p, place->run_dir));
	qmp_deinit(&p->qmp); // of the board's former life
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(ERROR_SYSTEM, errno, "socketpair");
	p->control = pair[0];
	CLEANUP_CLOSE int theirs = pair[1];
	fcntl(p->control, F_SETFL, O_NONBLOCK);
	CLEANUP_FREE char *log_path = path_join(place->run_dir, LAYOUT_QEMU_LOG);
	CLEANUP_CLOSE int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (log < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", log_path);
	TRY(start_emulator(p, place, log, theirs));
	cleanup_close(&theirs); // else its end would be noticed by nobody
	int64_t deadline = clock_monotonic_ns() + START_TIMEOUT_NS;
	struct error *e = qmp_greet(&p->qmp, p->control, place->wait, deadline);
	if (!e)
		e = qmp_execute(&p->qmp, p->control, place->wait, "qmp_capabilities", deadline);
	return e ? explain_failure(e, p, log_path) : check_version(p, place);
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
	struct qmp_power *p = state;
	if (!p->reboots)
		return error_new(ERROR_USAGE, "board %s: a reset ends it (power: reboots: true)",
				 place->board);
	return qmp_command(p, place, "system_reset");
}

static int64_t quit_timeout_ns(const struct qmp_power *p)
{
	return p->sanitized.plugin ? QUIT_SANITIZED_NS : QUIT_TIMEOUT_NS;
}

static struct error *qmp_off(void *state, struct board_place *place)
{
	struct qmp_power *p = state;
	if (!p->run_dir) // the board of a worker that died: its storage is to go as well
		p->run_dir = memory_strdup(place->run_dir);
	if (p->process.pid > 0 && !process_poll(&p->process) && p->control >= 0) {
		static const char quit[] = "{\"execute\": \"quit\"}\n";
		ssize_t ignored = send(p->control, quit, sizeof(quit) - 1, MSG_NOSIGNAL);
		(void)ignored; // a dead emulator is off as well
		process_wait(&p->process, clock_monotonic_ns() + quit_timeout_ns(p));
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
		process_wait(&p->process, clock_monotonic_ns() + quit_timeout_ns(p));
	if (p->control >= 0)
		qmp_drain(&p->qmp, p->control);
	const char *reason = p->qmp.shutdown;
	if (strcmp(reason, "guest-shutdown") == 0)
		return BOARD_END_OFF;
	if (strcmp(reason, "guest-reset") == 0)
		return BOARD_END_RESET;
	if (strcmp(reason, "guest-panic") == 0)
		return BOARD_END_OFF;
	return reason[0] || process_poll(&p->process) ? BOARD_END_LOST : BOARD_END_RUNS;
}

static void qmp_emulator(const void *state, struct buffer *out)
{
	const struct qmp_power *p = state;
	buffer_printf(out, "qemu %d.%d.%d %s %s smp%s", p->qmp.major, p->qmp.minor, p->qmp.micro,
		      p->machine, p->memory, p->cpus_text);
	// Properties of the CPU change its speed: pauth-impdef=on halves what pointer authentication takes.
	if (strchr(p->cpu, ','))
		buffer_printf(out, " %s", p->cpu);
	if (p->icount)
		buffer_append_str(out, " icount");
	if (p->sanitized.plugin) // its numbers are others
		buffer_append_str(out, " ptsan");
	for (size_t i = 0; i < p->extra_count; i++)
		buffer_printf(out, " %s", p->extra[i]);
}

// With -icount one host thread plays all CPUs in turn.
static unsigned qmp_host_cpus(const void *state)
{
	const struct qmp_power *p = state;
	return p->icount ? 1 : (unsigned)p->cpus;
}

static pid_t qmp_process(const void *state)
{
	const struct qmp_power *p = state;
	return p->process.ended ? 0 : p->process.pid;
}

static void qmp_release(void *state)
{
	struct qmp_power *p = state;
	process_deinit(&p->process);
	cleanup_close(&p->control);
	qmp_deinit(&p->qmp);
	sanitized_deinit(&p->sanitized);
	if (p->run_dir)
		remove_storage(p->run_dir);
	free(p->run_dir);
}

const struct power_driver power_qmp = {
    .driver = {.name = "qmp",
	       .help = "a virtual board: QEMU, switched by QMP",
	       .keys = qmp_keys,
	       .size = sizeof(struct qmp_power),
	       .init = qmp_init,
	       .check = qmp_check,
	       .release = qmp_release},
    .prepare = qmp_prepare,
    .on = qmp_on,
    .off = qmp_off,
    .reset = qmp_reset,
    .end = qmp_end,
    .emulator = qmp_emulator,
    .host_cpus = qmp_host_cpus,
    .sanitizes = true,
    .process = qmp_process,
};
