// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/power/switching.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/environment.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"
#include "board/keys.h"
#include "board/power/http_child.h"
#include "board/power/http_template.h"
#include "board/words.h"
#include "record/layout.h"

#define CONFIRM_EVERY_NS (250 * NS_PER_MS)
#define LOOK_EVERY_NS    (50 * NS_PER_MS)
#define RETRY_PAUSE_NS   NS_PER_S

#define KEEP_BYTES        ((size_t)32768)
#define LOG_COMMAND_LIMIT ((size_t)256 * 1024)
#define LOG_LIMIT         ((off_t)4 * 1024 * 1024)

struct error *switching_config(const struct config_map *keys, struct switching *s)
{
	*s = (struct switching){.settle = 2, .confirm = 10, .timeout = 10, .tries = 3};
	TRY(keys_seconds(keys, "settle", 0, 600, &s->settle));
	TRY(keys_seconds(keys, "confirm", 0, 600, &s->confirm));
	TRY(keys_seconds(keys, "timeout", 0.1, 600, &s->timeout));
	return keys_integer(keys, "tries", 1, 10, &s->tries);
}

const char *power_action_name(enum power_action action)
{
	static const char *const names[] = {
	    [POWER_ON] = "on", [POWER_OFF] = "off", [POWER_RESET] = "reset"};
	return names[action];
}

static const char *state_name(enum power_state state)
{
	static const char *const names[] = {[POWER_STATE_UNKNOWN] = "nothing",
					    [POWER_STATE_ON] = "on",
					    [POWER_STATE_OFF] = "off",
					    [POWER_STATE_CHANGING] = "that it is changing"};
	return names[state];
}

static struct error *pause_for(struct board_place *place, int64_t ns)
{
	bool ready;
	return place->wait->wait(place->wait->arg, -1, 0, clock_monotonic_ns() + ns, &ready);
}

struct error *switching_settle(const struct switching *s, struct board_place *place)
{
	return pause_for(place, (int64_t)(s->settle * (double)NS_PER_S));
}

// ---- acting and asking --------------------------------------------------------------------------

static struct error *wrong_state(const struct switching_ops *ops, const void *driver,
				 enum power_state is, enum power_action action)
{
	CLEANUP_BUFFER struct buffer words = {0};
	if (ops->complaint)
		ops->complaint(driver, &words);
	return error_new(ERROR_LAB, "the power switch says %s after \"%s\"%s%s", state_name(is),
			 power_action_name(action), words.len ? ": " : "", buffer_str(&words));
}

static struct error *confirm(const struct switching *s, const struct switching_ops *ops,
			     void *driver, struct board_place *place, enum power_action action)
{
	enum power_state wanted = action == POWER_OFF ? POWER_STATE_OFF : POWER_STATE_ON;
	int64_t limit = clock_monotonic_ns() + (int64_t)(s->confirm * (double)NS_PER_S);
	for (;;) {
		enum power_state is = POWER_STATE_UNKNOWN;
		TRY(ops->state(driver, place, &is));
		if (is == wanted || is == POWER_STATE_UNKNOWN)
			return NULL;
		if (clock_monotonic_ns() >= limit)
			return wrong_state(ops, driver, is, action);
		TRY(pause_for(place, CONFIRM_EVERY_NS));
	}
}

static struct error *try_once(const struct switching *s, const struct switching_ops *ops,
			      void *driver, struct board_place *place, enum power_action action)
{
	TRY(ops->act(driver, place, action));
	return ops->state ? confirm(s, ops, driver, place, action) : NULL;
}

struct error *switching_do(const struct switching *s, const struct switching_ops *ops, void *driver,
			   struct board_place *place, enum power_action action)
{
	// A wish to stop that comes while a board is being switched off costs no try: it is to be off.
	bool spare = action == POWER_OFF;
	struct error *e = NULL;
	for (int64_t left = s->tries; left > 0;) {
		error_free(e);
		e = try_once(s, ops, driver, place, action);
		if (!e || error_kind(e) == ERROR_CONFIG)
			break;
		if (!board_wait_stopped(e))
			left--;
		else if (spare)
			spare = false;
		else
			break;
		if (left)
			error_free(pause_for(place, RETRY_PAUSE_NS));
	}
	return error_wrap(e, "board %s: power %s", place->board, power_action_name(action));
}

// ---- HTTP ---------------------------------------------------------------------------------------

struct error *switching_http(const struct http_request *r, struct board_place *place,
			     struct http_response *out)
{
	CLEANUP_BUFFER struct buffer url = {0};
	http_public_request(r, &url);           // a query may hold a password (Tasmota)
	TRY(http_child_perform(r, place, out)); // names the URL itself
	if (out->status < 300)
		return NULL;
	CLEANUP_BUFFER struct buffer words = {0};
	http_template_complaint(buffer_str(&out->body), &words);
	if (!words.len)
		words_telling_line(buffer_str(&out->body), out->body.len, &words);
	return error_new(ERROR_LAB, "%s: HTTP status %ld%s%s", buffer_str(&url), out->status,
			 words.len ? ": " : "", buffer_str(&words));
}

// ---- commands -----------------------------------------------------------------------------------

struct command {
	const struct switching_command *what;
	struct process process;
	int output;               // read end of its output; -1 = closed
	struct buffer kept;       // of its output, for commands.log
	struct buffer head, tail; // of its output
	size_t dropped;           // between them
};

static void command_deinit(struct command *c)
{
	process_deinit(&c->process);
	cleanup_close(&c->output);
	buffer_deinit(&c->kept);
	buffer_deinit(&c->head);
	buffer_deinit(&c->tail);
}
#define CLEANUP_COMMAND CLEANUP(command_deinit)

static void keep_output(struct command *c, const char *bytes, size_t len)
{
	size_t space = LOG_COMMAND_LIMIT > c->kept.len ? LOG_COMMAND_LIMIT - c->kept.len : 0;
	buffer_append(&c->kept, bytes, len < space ? len : space);
	size_t room = c->head.len < KEEP_BYTES ? KEEP_BYTES - c->head.len : 0;
	size_t n = len < room ? len : room;
	buffer_append(&c->head, bytes, n);
	buffer_append(&c->tail, bytes + n, len - n);
	if (c->tail.len > 2 * KEEP_BYTES) {
		size_t cut = c->tail.len - KEEP_BYTES;
		memmove(c->tail.data, c->tail.data + cut, KEEP_BYTES);
		buffer_truncate(&c->tail, KEEP_BYTES);
		c->dropped += cut;
	}
}

// True when there was something.
static bool read_output(struct command *c)
{
	char chunk[4096];
	ssize_t n = c->output >= 0 ? read(c->output, chunk, sizeof(chunk)) : -1;
	if (n > 0)
		keep_output(c, chunk, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		cleanup_close(&c->output);
	return n > 0;
}

static void give_output(struct command *c, struct buffer *said)
{
	buffer_append(said, buffer_str(&c->head), c->head.len);
	if (c->dropped)
		buffer_printf(said, "\n[%zu bytes]\n", c->dropped);
	buffer_append(said, buffer_str(&c->tail), c->tail.len);
}

static struct error *start_command(struct command *c)
{
	int fds[2];
	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_errno(ERROR_SYSTEM, errno, "pipe");
	c->output = fds[0];
	CLEANUP_CLOSE int theirs = fds[1];
	fcntl(c->output, F_SETFL, O_NONBLOCK);
	const struct process_spec spec = {
	    .argv = c->what->argv,
	    .in = -1,
	    .out = theirs,
	    .err = theirs,
	    .pass = -1,
	    .guard = true,
	    .detach = c->what->detach,
	    .environment = c->what->environment,
	};
	return error_wrap_kind(process_spawn(&spec, &c->process), ERROR_LAB, "command");
}

// To the program's end; its output may be held by others for longer.
static struct error *attend_command(struct command *c, struct board_place *place, bool *in_time)
{
	int64_t limit = clock_monotonic_ns() + (int64_t)(c->what->timeout_s * (double)NS_PER_S);
	*in_time = true;
	while (!process_poll(&c->process)) {
		bool ready;
		int64_t look = clock_monotonic_ns() + LOOK_EVERY_NS;
		int fd = c->output >= 0 ? c->output : c->process.pidfd;
		TRY(place->wait->wait(place->wait->arg, fd, POLLIN, look < limit ? look : limit,
				      &ready));
		if (ready && c->output >= 0)
			read_output(c);
		if (!ready && clock_monotonic_ns() >= limit) {
			*in_time = false;
			return NULL;
		}
	}
	while (read_output(c)) // what it had said before its end
		;
	return NULL;
}

// What is kept of a command is a help: a disk without room for it does not keep boards from being
// switched.
static void write_log(const struct command *c, const struct board_place *place, const char *how)
{
	if (!place->run_dir)
		return;
	CLEANUP_FREE char *path = path_join(place->run_dir, LAYOUT_COMMANDS_LOG);
	CLEANUP_CLOSE int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (log < 0 || lseek(log, 0, SEEK_END) >= LOG_LIMIT)
		return;
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_append_str(&text, "$ ");
	switching_describe_command(c->what->argv, &text);
	buffer_append(&text, buffer_str(&c->kept), c->kept.len);
	if (c->kept.len >= LOG_COMMAND_LIMIT)
		buffer_append_str(&text, "\n[no more of it is kept]");
	buffer_printf(&text, "%s[%s]\n", text.len && text.data[text.len - 1] == '\n' ? "" : "\n",
		      how);
	error_free(file_write_all(log, text.data, text.len, LAYOUT_COMMANDS_LOG));
}

static struct error *command_failed(const struct command *c, const char *how,
				    const struct buffer *all)
{
	CLEANUP_BUFFER struct buffer words = {0};
	words_telling_line(buffer_str(all), all->len, &words);
	return error_new(ERROR_LAB, "%s: %s%s%s", c->what->argv[0], how, words.len ? ": " : "",
			 buffer_str(&words));
}

static void tell_left(const struct command *c, const struct board_place *place)
{
	if (!c->process.left || !place->wait->note)
		return;
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_printf(&text, "%s left %s: ended; `detach: true` lets it go on", c->what->argv[0],
		      c->process.left);
	place->wait->note(place->wait->arg, "left-behind", buffer_str(&text));
}

struct error *switching_run(const struct switching_command *command, struct board_place *place,
			    struct buffer *said)
{
	CLEANUP_COMMAND struct command c = {.what = command, .process = PROCESS_NONE, .output = -1};
	TRY(start_command(&c));
	bool in_time;
	struct error *e = attend_command(&c, place, &in_time);
	CLEANUP_BUFFER struct buffer all = {0};
	give_output(&c, &all);
	CLEANUP_REDACT struct redact secrets = {0};
	environment_add_secrets(command->environment, &secrets);
	redact_text(&secrets, &all);
	redact_text(&secrets, &c.kept);
	buffer_append(said, buffer_str(&all), all.len);
	char how[48];
	if (e)
		snprintf(how, sizeof(how), "given up");
	else if (!in_time)
		snprintf(how, sizeof(how), "no end in %.0f s", command->timeout_s);
	else
		process_describe(&c.process, how, sizeof(how));
	write_log(&c, place, how);
	if (e)
		return e;
	if (!in_time || c.process.status != 0)
		return command_failed(&c, how, &all);
	tell_left(&c, place);
	return NULL;
}

void switching_describe_command(const char *const *argv, struct buffer *out)
{
	for (size_t i = 0; argv[i]; i++) {
		bool plain = argv[i][0] && !strpbrk(argv[i], " \t'\"\\$`|&;<>()*?[]{}");
		buffer_printf(out, plain ? "%s%s" : "%s'%s'", i ? " " : "", argv[i]);
	}
	buffer_append_str(out, "\n");
}
