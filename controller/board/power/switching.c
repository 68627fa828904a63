// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/power/switching.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/environment.h"
#include "base/process.h"
#include "board/keys.h"
#include "board/power/http_child.h"

#define CONFIRM_EVERY_NS (250 * NS_PER_MS)
#define LOOK_EVERY_NS    (50 * NS_PER_MS)
#define RETRY_PAUSE_NS   NS_PER_S
#define OUTPUT_LIMIT     65536

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
			return error_new(ERROR_LAB, "the power switch says %s after \"%s\"",
					 state_name(is), power_action_name(action));
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
	if (out->status >= 300)
		return error_new(ERROR_LAB, "%s: HTTP status %ld: %.120s", buffer_str(&url),
				 out->status, buffer_str(&out->body));
	return NULL;
}

// ---- commands -----------------------------------------------------------------------------------

static struct error *read_output(int fd, struct buffer *said, bool *ended)
{
	char chunk[4096];
	ssize_t n = read(fd, chunk, sizeof(chunk));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return NULL;
	*ended = n <= 0;
	if (n > 0 && said->len < OUTPUT_LIMIT)
		buffer_append(said, chunk, (size_t)n);
	return NULL;
}

static struct error *run_failed(const char *program, const struct process *p,
				const struct buffer *said)
{
	char how[32];
	process_describe(p, how, sizeof(how));
	const char *text = buffer_str(said);
	return error_new(ERROR_LAB, "%s: %s%s%.*s", program, how, *text ? ": " : "",
			 (int)strcspn(text, "\r\n"), text);
}

// To the program's end; its output may be held by others for longer.
static struct error *attend(struct process *program, int out, const char *name,
			    const struct switching_command *command, struct board_place *place,
			    struct buffer *said)
{
	int64_t limit = clock_monotonic_ns() + (int64_t)(command->timeout_s * (double)NS_PER_S);
	for (bool ended = false; !process_poll(program);) {
		bool ready;
		int64_t now = clock_monotonic_ns();
		int64_t look = now + LOOK_EVERY_NS < limit ? now + LOOK_EVERY_NS : limit;
		TRY(place->wait->wait(place->wait->arg, ended ? program->pidfd : out, POLLIN, look,
				      &ready));
		if (!ready && clock_monotonic_ns() >= limit)
			return error_new(ERROR_LAB, "%s: no end in %.0f s", name,
					 command->timeout_s);
		if (ready && !ended)
			TRY(read_output(out, said, &ended));
	}
	// What it had said before its end.
	size_t before;
	bool ended = false;
	do {
		before = said->len;
		TRY(read_output(out, said, &ended));
	} while (!ended && said->len != before);
	return NULL;
}

static void tell_left(const struct process *p, const char *name, const struct board_place *place)
{
	if (!p->left || !place->wait->note)
		return;
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_printf(&text, "%s left %s: ended; `detach: true` lets it go on", name, p->left);
	place->wait->note(place->wait->arg, "left-behind", buffer_str(&text));
}

struct error *switching_run(const struct switching_command *command, struct board_place *place,
			    struct buffer *said)
{
	const char *const *argv = command->argv;
	int fds[2];
	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_errno(ERROR_SYSTEM, errno, "pipe");
	CLEANUP_CLOSE int ours = fds[0];
	CLEANUP_CLOSE int theirs = fds[1];
	fcntl(ours, F_SETFL, O_NONBLOCK);
	const struct process_spec spec = {
	    .argv = argv,
	    .in = -1,
	    .out = theirs,
	    .err = theirs,
	    .pass = -1,
	    .guard = true,
	    .detach = command->detach,
	    .environment = command->environment,
	};
	CLEANUP_PROCESS struct process program = PROCESS_NONE;
	TRY(error_wrap_kind(process_spawn(&spec, &program), ERROR_LAB, "command"));
	cleanup_close(&theirs);
	struct error *e = attend(&program, ours, argv[0], command, place, said);
	CLEANUP_REDACT struct redact secrets = {0};
	environment_add_secrets(command->environment, &secrets);
	redact_text(&secrets, said);
	TRY(e);
	tell_left(&program, argv[0], place);
	return program.status == 0 ? NULL : run_failed(argv[0], &program, said);
}

void switching_describe_command(const char *const *argv, struct buffer *out)
{
	for (size_t i = 0; argv[i]; i++) {
		bool plain = argv[i][0] && !strpbrk(argv[i], " \t'\"\\$`|&;<>()*?[]{}");
		buffer_printf(out, plain ? "%s%s" : "%s'%s'", i ? " " : "", argv[i]);
	}
	buffer_append_str(out, "\n");
}
