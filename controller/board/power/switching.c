// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/power/switching.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "board/power/http_template.h"
#include "board/words.h"
#include "record/layout.h"

#define CONFIRM_EVERY_NS (250 * NS_PER_MS)
#define RETRY_PAUSE_NS   NS_PER_S

#define LOG_LIMIT ((off_t)4 * 1024 * 1024)

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

struct wait switching_wait(const struct board_place *place)
{
	return (struct wait){place->wait->wait, place->wait->arg};
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

struct error *switching_do(void *state, struct board_place *place, enum power_action action)
{
	const struct switching *s = state;
	// A wish to stop that comes while a board is being switched off costs no try: it is to be off.
	bool spare = action == POWER_OFF;
	struct error *e = NULL;
	for (int64_t left = s->tries; left > 0;) {
		error_free(e);
		e = try_once(s, s->ops, state, place, action);
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

struct error *switching_on(void *state, struct board_place *place)
{
	return switching_do(state, place, POWER_ON);
}

struct error *switching_off(void *state, struct board_place *place)
{
	return switching_do(state, place, POWER_OFF);
}

struct error *switching_probe(void *state, struct board_place *place, enum power_state *is)
{
	const struct switching *s = state;
	*is = POWER_STATE_UNKNOWN;
	return s->ops->state ? s->ops->state(state, place, is) : NULL;
}

double switching_settle_s(const void *state)
{
	return ((const struct switching *)state)->settle;
}

void switching_describe(const void *state, enum power_action action, struct buffer *out)
{
	const struct switching *s = state;
	if (action == POWER_RESET) {
		s->ops->describe(state, POWER_OFF, out);
		buffer_printf(out, "wait %g s\n", s->settle);
		action = POWER_ON;
	}
	s->ops->describe(state, action, out);
}

// ---- HTTP ---------------------------------------------------------------------------------------

struct error *switching_http(const struct http_request *r, struct board_place *place,
			     struct http_response *out)
{
	CLEANUP_BUFFER struct buffer url = {0};
	http_public_request(r, &url); // a query may hold a password (Tasmota)
	struct wait w = switching_wait(place);
	TRY(http_perform(r, &w, out)); // names the URL itself
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

// What is kept of a command is a help: a disk without room for it does not keep boards from being
// switched.
static void write_log(const struct command_spec *spec, const struct board_place *place,
		      const struct command_end *end)
{
	if (!place->run_dir)
		return;
	CLEANUP_FREE char *path = path_join(place->run_dir, LAYOUT_COMMANDS_LOG);
	CLEANUP_CLOSE int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (log < 0 || lseek(log, 0, SEEK_END) >= LOG_LIMIT)
		return;
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_append_str(&text, "$ ");
	switching_describe_command(spec->argv, &text);
	buffer_append(&text, buffer_str(&end->kept), end->kept.len);
	if (end->kept.len >= COMMAND_KEPT_LIMIT)
		buffer_append_str(&text, "\n[no more of it is kept]");
	buffer_printf(&text, "%s[%s]\n", text.len && text.data[text.len - 1] == '\n' ? "" : "\n",
		      end->how);
	error_free(file_write_all(log, text.data, text.len, LAYOUT_COMMANDS_LOG));
}

static struct error *command_failed(const struct command_spec *spec, const struct command_end *end)
{
	CLEANUP_BUFFER struct buffer words = {0};
	words_telling_line(buffer_str(&end->said), end->said.len, &words);
	return error_new(ERROR_LAB, "%s: %s%s%s", spec->argv[0], end->how, words.len ? ": " : "",
			 buffer_str(&words));
}

static void tell_left(const struct command_spec *spec, const struct command_end *end,
		      const struct board_place *place)
{
	if (!end->left || !place->wait->note)
		return;
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_printf(&text, "%s left %s: ended; `detach: true` lets it go on", spec->argv[0],
		      end->left);
	place->wait->note(place->wait->arg, "left-behind", buffer_str(&text));
}

struct error *switching_run(const struct command_spec *spec, struct board_place *place,
			    struct buffer *said)
{
	CLEANUP_COMMAND_END struct command_end end = {0};
	struct wait w = switching_wait(place);
	struct error *e = command_run(spec, &w, &end);
	if (e && !end.how[0]) // it was not started
		return e;
	buffer_append(said, buffer_str(&end.said), end.said.len);
	write_log(spec, place, &end);
	if (e)
		return e;
	if (!end.in_time || end.status != 0)
		return command_failed(spec, &end);
	tell_left(spec, &end, place);
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
