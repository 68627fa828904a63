// SPDX-License-Identifier: GPL-2.0-or-later
// Boot by LAVA: `lava-run`, LAVA's own dispatcher as one process, deploys and boots the payload by its
// methods. Its log is the console (console/lava.c); the board's power is switched by our driver when
// LAVA asks for it, and its own verdict decides nothing.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/placeholder.h"
#include "board/boot/lava_feed.h"
#include "board/driver.h"
#include "board/line.h"
#include "lava/render.h"
#include "record/layout.h"

// LAVA's own temporary folder of a job; a job that was killed leaves it.
#define LAVA_TMP "/var/lib/lava/dispatcher/tmp"

// What lava-run has of the time for switching off: its own end, then that of a cancelled job, then
// that of its log behind a SIGKILL.
#define OWN_END_NS  (NS_PER_S + NS_PER_S / 2)
#define CANCEL_NS   (2 * NS_PER_S + NS_PER_S / 2)
#define LOG_END_NS  (NS_PER_S)
#define ASK_MAX     256
#define WORDS_BLANK " \t\r\n"

struct lava_boot {
	unsigned method; // enum lava_method
	const char **command;
	const char **connect;
	const char **emulator;
	const char **flash;
	const char **commands;
	const char *prompt, *interrupt;
	const char *server;
	struct lava_addresses at;
	char *device, *job; // the site's own
	const char **environment;
	double limit;
	const struct config_map *keys; // borrowed
	struct process run, feed;
	int news;        // from the feed; -1: not started
	bool asks;       // LAVA switches the board by our power driver
	int ask, answer; // how
	char *id;        // of its job
};

static const char *const methods[] = {
    [LAVA_MINIMAL] = "minimal", [LAVA_QEMU] = "qemu", [LAVA_UBOOT] = "u-boot", NULL};

static const struct key lava_keys[] = {
    {"method", KEY_WORD(struct lava_boot, method, methods), .preset = "minimal",
     .help = "how LAVA boots the payload"},
    {"connect", KEY_COMMAND(struct lava_boot, connect),
     .help = "minimal, u-boot: program whose input and output are the console"},
    {"flash", KEY_LIST(struct lava_boot, flash),
     .help = "minimal: commands of LAVA's flasher, {KERNEL} is the payload's file"},
    {"emulator", KEY_COMMAND(struct lava_boot, emulator),
     .help = "qemu: program and words, without the payload's"},
    {"commands", KEY_LIST(struct lava_boot, commands),
     .help = "u-boot: its commands, with LAVA's placeholders ({KERNEL_ADDR}, {KERNEL}, {BOOTX})"},
    {"prompt", KEY_TEXT(struct lava_boot, prompt), .preset = "=> ", .help = "u-boot: its prompt"},
    {"interrupt", KEY_TEXT(struct lava_boot, interrupt), .preset = "Hit any key to stop autoboot",
     .help = "u-boot: what it says before it boots by itself"},
    {"server", KEY_TEXT(struct lava_boot, server),
     .help = "u-boot: address of this host for its TFTP ({SERVER_IP})"},
    {"kernel-address", KEY_TEXT(struct lava_boot, at.kernel), .preset = "0x42000000",
     .help = "u-boot: where the payload goes"},
    {"initrd-address", KEY_TEXT(struct lava_boot, at.initrd), .preset = "0x46000000",
     .help = "u-boot: where the initrd goes"},
    {"dtb-address", KEY_TEXT(struct lava_boot, at.dtb), .preset = "${fdtcontroladdr}",
     .help = "u-boot: where the device tree is"},
    {"device", KEY_FILE(struct lava_boot, device),
     .help = "the site's own device dictionary, with placeholders"},
    {"job", KEY_FILE(struct lava_boot, job),
     .help = "the site's own job definition, with placeholders"},
    {"command", KEY_COMMAND(struct lava_boot, command),
     .help = "how lava-run is called: [sudo, -n, lava-run]; none: lava-run, as root"},
    {"environment", KEY_VARIABLES(struct lava_boot, environment),
     .help = "variables of mmfarm's environment that it gets too"},
    {"limit", KEY_SECONDS(struct lava_boot, limit, 1, 24 * 3600), .preset = "600",
     .help = "until the board gets its power (u-boot: until its commands are done)"},
    {0},
};

static void lava_init(void *state)
{
	struct lava_boot *l = state;
	l->run = l->feed = PROCESS_NONE;
	l->news = l->ask = l->answer = -1;
}

static struct error *need(const struct config_map *keys, bool given, const char *name,
			  const char *method)
{
	return given ? NULL
		     : config_error(keys->node, "boot lava, method %s: expected %s", method, name);
}

// LAVA splits a command at its blanks, and has no shell.
static struct error *check_words(const struct config_map *keys, const char *name,
				 const char *const *words)
{
	for (size_t i = 0; words && words[i]; i++)
		if (strpbrk(words[i], WORDS_BLANK))
			return config_error(
			    keys->node,
			    "boot lava: %s: LAVA cannot have a word with a blank, as "
			    "\"%s\"",
			    name, words[i]);
	return NULL;
}

static struct error *lava_check(void *state, const struct config_map *keys)
{
	struct lava_boot *l = state;
	l->keys = keys;
	const char *method = methods[l->method];
	if (!l->device && l->method == LAVA_QEMU)
		TRY(need(keys, l->emulator, "emulator", method));
	if (!l->device && l->method != LAVA_QEMU)
		TRY(need(keys, l->connect, "connect", method));
	if (!l->device && l->method == LAVA_UBOOT)
		TRY(need(keys, l->commands, "commands", method));
	return check_words(keys, "connect", l->connect);
}

// ---- what lava-run is given ---------------------------------------------------------------------

static char *join_words(const char *const *words)
{
	CLEANUP_BUFFER struct buffer out = {0};
	for (size_t i = 0; words && words[i]; i++)
		buffer_printf(&out, "%s%s", i ? " " : "", words[i]);
	return words ? buffer_steal(&out) : NULL;
}

static struct error *absolute(const char *name, char **out)
{
	char path[PATH_MAX];
	if (!name)
		return NULL;
	if (!realpath(name, path))
		return error_errno(ERROR_LAB, errno, "%s", name);
	if (strpbrk(path, WORDS_BLANK))
		return error_new(ERROR_CONFIG, "LAVA cannot have a blank in the name %s", path);
	*out = memory_strdup(path);
	return NULL;
}

// Files of the payload and of the run, as LAVA must have them; owned.
struct lava_files {
	char *folder, *kernel, *initrd, *dtb, *power, *connect;
};

static void lava_files_deinit(struct lava_files *f)
{
	free(f->folder);
	free(f->kernel);
	free(f->initrd);
	free(f->dtb);
	free(f->power);
	free(f->connect);
}
#define CLEANUP_LAVA_FILES CLEANUP(lava_files_deinit)

static struct error *find_files(const struct lava_boot *l, const struct board_place *place,
				struct lava_files *f)
{
	CLEANUP_FREE char *folder = path_join(place->run_dir, LAYOUT_LAVA);
	TRY(file_make_dirs(folder));
	TRY(absolute(folder, &f->folder));
	TRY(absolute(place->payload->image, &f->kernel));
	TRY(absolute(place->payload->initrd, &f->initrd));
	TRY(absolute(place->payload->dtb, &f->dtb));
	f->power = memory_printf("%s/power", f->folder);
	f->connect = join_words(l->connect);
	return NULL;
}

static struct error *write_file(const struct lava_files *f, const char *name,
				const struct buffer *text)
{
	CLEANUP_FREE char *path = path_join(f->folder, name);
	return file_write_atomic(path, buffer_str(text), text->len);
}

// The site's own file, its placeholders filled.
static struct error *fill_file(struct lava_boot *l, const char *file, const struct lava_files *f,
			       const struct board_place *place, struct buffer *out)
{
	const struct placeholder list[] = {{"image", f->kernel},
					   {"initrd", f->initrd},
					   {"dtb", f->dtb},
					   {"arguments", place->payload->arguments},
					   {"board", place->board},
					   {"run", f->folder},
					   {"power", f->power},
					   {"id", l->id},
					   {0}};
	CLEANUP_BUFFER struct buffer text = {0};
	TRY(file_read(file, 1 << 20, ERROR_CONFIG, &text));
	l->asks |= placeholder_uses(buffer_str(&text), "power");
	placeholder_fill(buffer_str(&text), list, false, out);
	return NULL;
}

static struct error *write_inputs(struct lava_boot *l, const struct lava_files *f,
				  const struct board_place *place)
{
	const struct lava_work work = {
	    .method = (enum lava_method)l->method,
	    .job_name = place->board,
	    .connect = f->connect,
	    .hard_reset = f->power,
	    .flash = l->flash,
	    .emulator = l->emulator,
	    .commands = l->commands,
	    .prompt = l->prompt,
	    .interrupt = l->interrupt,
	    .at = l->at,
	    .kernel = f->kernel,
	    .initrd = f->initrd,
	    .dtb = f->dtb,
	    .arguments = place->payload->arguments,
	};
	CLEANUP_BUFFER struct buffer device = {0}, job = {0}, dispatcher = {0};
	if (l->device)
		TRY(fill_file(l, l->device, f, place, &device));
	else
		lava_render_device(&work, &device);
	if (l->job)
		TRY(fill_file(l, l->job, f, place, &job));
	else
		lava_render_job(&work, &job);
	buffer_append_str(&dispatcher, "dispatcher_ip: ");
	lava_render_text(l->server ? l->server : "127.0.0.1", &dispatcher);
	buffer_append_str(&dispatcher, "\n");
	TRY(write_file(f, "device.yaml", &device));
	TRY(write_file(f, "definition.yaml", &job));
	return write_file(f, "dispatcher.yaml", &dispatcher);
}

// ---- the board's power, when LAVA asks for it ---------------------------------------------------

static struct error *open_pipe(const struct lava_files *f, const char *name, int *fd)
{
	CLEANUP_FREE char *path = path_join(f->folder, name);
	if (mkfifo(path, 0600) < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", path);
	*fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC); // both ends: it never says that it ended
	return *fd < 0 ? error_errno(ERROR_SYSTEM, errno, "%s", path) : NULL;
}

// The program that LAVA has for its hard_reset.
static struct error *write_power(struct lava_boot *l, const struct lava_files *f)
{
	CLEANUP_BUFFER struct buffer script = {0};
	buffer_printf(&script,
		      "#!/bin/sh\n"
		      "# Asks this run to switch the board on anew, and waits for its answer.\n"
		      "cd '%s' && echo \"${1:-reset}\" >ask && read -r answer <answer || exit 1\n"
		      "echo \"$answer\"\n"
		      "[ \"$answer\" = done ]\n",
		      f->folder);
	TRY(open_pipe(f, "ask", &l->ask));
	TRY(open_pipe(f, "answer", &l->answer));
	TRY(write_file(f, "power", &script));
	return chmod(f->power, 0755) < 0 ? error_errno(ERROR_SYSTEM, errno, "%s", f->power) : NULL;
}

static struct error *serve_power(struct lava_boot *l, struct board_place *place, bool *served)
{
	char words[ASK_MAX];
	ssize_t n = read(l->ask, words, sizeof(words));
	if (n <= 0)
		return NULL;
	if (place->wait->note)
		place->wait->note(place->wait->arg, "power", "LAVA asks for it");
	board_place_hand_over(place);
	struct error *e = place->power_on(place->power_cycle_arg);
	const char *answer = e ? "failed\n" : "done\n";
	TRY(file_write_all(l->answer, answer, strlen(answer), "the answer to LAVA"));
	*served = !e;
	return e;
}

// ---- lava-run -----------------------------------------------------------------------------------

// Without the rights that it wants it would end at once, in words that only its programmers know.
static struct error *check_rights(const struct lava_boot *l)
{
	if (l->command || geteuid() == 0)
		return NULL;
	return error_new(
	    ERROR_UNMET,
	    "lava-run must run as root: run mmfarm as root, or say command: [sudo, -n, "
	    "lava-run] in the board's boot section and allow it in sudoers");
}

static struct error *spawn_run(struct lava_boot *l, const struct lava_files *f, int output)
{
	static const char *const usual[] = {"lava-run", NULL};
	const char *const *first = l->command ? (const char *const *)l->command : usual;
	const char *const rest[] = {
	    "--job-id",        l->id,         "--output-dir", "out",
	    "--device",        "device.yaml", "--dispatcher", "dispatcher.yaml",
	    "definition.yaml", NULL};
	const char *words[64];
	size_t count = 0;
	for (size_t i = 0; first[i] && count < 48; i++)
		words[count++] = first[i];
	for (size_t i = 0; rest[i]; i++)
		words[count++] = rest[i];
	words[count] = NULL;
	const struct process_spec spec = {
	    .argv = words,
	    .cwd = f->folder,
	    .in = -1,
	    .out = output,
	    .err = output,
	    .pass = -1,
	    .guard = true,
	    .environment = l->environment,
	};
	struct error *e = process_spawn(&spec, &l->run);
	enum error_kind kind = e && error_code(e) == ENOENT ? ERROR_UNMET : ERROR_LAB;
	return error_wrap_kind(e, kind, "lava-run (Debian's lava-dispatcher)");
}

static struct error *start_processes(struct lava_boot *l, const struct lava_files *f,
				     struct board_place *place)
{
	int stream[2], news[2];
	if (pipe2(stream, O_CLOEXEC) < 0)
		return error_errno(ERROR_SYSTEM, errno, "pipe");
	CLEANUP_CLOSE int from_run = stream[0], to_feed = stream[1];
	if (pipe2(news, O_CLOEXEC | O_NONBLOCK) < 0)
		return error_errno(ERROR_SYSTEM, errno, "pipe");
	CLEANUP_CLOSE int told = news[1];
	l->news = news[0];
	CLEANUP_FREE char *path = path_join(place->run_dir, LAYOUT_LAVA_LOG);
	CLEANUP_CLOSE int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (log < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", path);
	CLEANUP_CLOSE int console = steal_fd(&place->feed);
	TRY(lava_feed_start(from_run, console, log, told, &l->feed));
	return spawn_run(l, f, to_feed);
}

// Takes what the feed told; *ended: it has ended, and lava-run with it.
static bool heard(struct lava_boot *l, char wanted, bool *ended)
{
	char news[64];
	bool found = false;
	ssize_t n;
	while ((n = read(l->news, news, sizeof(news))) > 0)
		found |= memchr(news, wanted, (size_t)n) != NULL;
	if (ended)
		*ended = n == 0;
	return found;
}

// Until the board has its power, or U-Boot did its part; a lava-run that ends before says why in its
// log, which is read when the console is judged.
static struct error *attend(struct lava_boot *l, struct board_place *place)
{
	int64_t deadline = clock_monotonic_ns() + (int64_t)(l->limit * (double)NS_PER_S);
	char wanted = l->method == LAVA_UBOOT ? LAVA_NEWS_TEST : LAVA_NEWS_BOOT;
	bool ended = false, served = false, ready;
	for (;;) {
		bool came = heard(l, wanted, &ended);
		// Told is not done: a reset that goes by our switch is, when that has answered.
		if (ended || (l->asks && l->method != LAVA_UBOOT ? served : came))
			return NULL;
		if (clock_monotonic_ns() >= deadline)
			return error_new(
			    ERROR_LAB, "lava-run: the board was not booted within %g s", l->limit);
		int64_t look = clock_monotonic_ns() + 100 * NS_PER_MS;
		TRY(place->wait->wait(place->wait->arg, l->ask >= 0 ? l->ask : l->news, POLLIN,
				      look < deadline ? look : deadline, &ready));
		if (l->ask >= 0)
			TRY(serve_power(l, place, &served));
	}
}

static struct error *lava_start(void *state, struct board_place *place)
{
	struct lava_boot *l = state;
	TRY(check_rights(l));
	TRY(keys_check_environment(l->keys, l->environment));
	CLEANUP_LAVA_FILES struct lava_files files = {0};
	TRY(find_files(l, place, &files));
	free(l->id);
	l->id = memory_printf("mmfarm-%s-%lld-%lld", place->board, (long long)getpid(),
			      (long long)clock_realtime_ns());
	l->asks = l->method != LAVA_QEMU && !l->device;
	TRY(write_inputs(l, &files, place));
	if (l->asks)
		TRY(write_power(l, &files));
	if (place->wait->note)
		place->wait->note(place->wait->arg, "lava-run", l->id);
	if (l->method == LAVA_UBOOT || l->flash)
		board_place_wear(place);
	board_place_hand_over(place);
	TRY(start_processes(l, &files, place));
	return attend(l, place);
}

// ---- its end ------------------------------------------------------------------------------------

static struct error *wait_end(struct process *p, struct board_place *place, int64_t ns)
{
	int64_t deadline = clock_monotonic_ns() + ns;
	while (!process_poll(p) && clock_monotonic_ns() < deadline) {
		bool ready;
		TRY(place->wait->wait(place->wait->arg, p->pidfd, POLLIN, deadline, &ready));
	}
	return NULL;
}

static void remove_tmp(const char *id)
{
	CLEANUP_FREE char *folder = memory_printf(LAVA_TMP "/%s", id);
	if (!file_is_directory(folder))
		return;
	const char *const words[] = {"rm", "-rf", "--", folder, NULL};
	const struct process_spec spec = {
	    .argv = words, .in = -1, .out = -1, .err = -1, .pass = -1};
	CLEANUP_PROCESS struct process rm = PROCESS_NONE;
	error_free(process_spawn(&spec, &rm));
	process_wait(&rm, clock_monotonic_ns() + NS_PER_S);
}

// A job whose end nobody waits for is cancelled: LAVA cleans up behind itself.
static struct error *lava_finish(void *state, struct board_place *place)
{
	struct lava_boot *l = state;
	if (l->run.pid <= 0)
		return NULL;
	struct error *e = NULL;
	if (!process_poll(&l->run) && heard(l, LAVA_NEWS_END, NULL))
		e = wait_end(&l->run, place, OWN_END_NS);
	if (!e && !process_poll(&l->run)) {
		process_signal(&l->run, SIGTERM);
		e = wait_end(&l->run, place, CANCEL_NS);
	}
	bool killed = !process_poll(&l->run);
	process_deinit(&l->run);
	if (!e)
		e = wait_end(&l->feed, place, LOG_END_NS);
	if (killed && place->wait->note)
		place->wait->note(place->wait->arg, "lava-run", "did not end, and was ended");
	remove_tmp(l->id);
	return e;
}

static void lava_release(void *state)
{
	struct lava_boot *l = state;
	process_deinit(&l->run);
	process_deinit(&l->feed);
	cleanup_close(&l->news);
	cleanup_close(&l->ask);
	cleanup_close(&l->answer);
	free(l->id);
}

static bool lava_starts_emulator(const void *state)
{
	return ((const struct lava_boot *)state)->method == LAVA_QEMU;
}

static double lava_limit(const void *state)
{
	return ((const struct lava_boot *)state)->limit;
}

const struct boot_driver boot_lava = {
    .feeds = true,
    .takes_dtb = true,
    .driver = {.name = "lava",
	       .help = "LAVA's dispatcher, lava-run: minimal with flasher, qemu, u-boot, or the "
		       "site's own device and job. Placeholders there: {image} {initrd} {dtb} "
		       "{arguments} {board} {run} {id} {power}",
	       .keys = lava_keys,
	       .size = sizeof(struct lava_boot),
	       .init = lava_init,
	       .check = lava_check,
	       .release = lava_release},
    .start = lava_start,
    .finish = lava_finish,
    .starts_emulator = lava_starts_emulator,
    .limit = lava_limit,
};
