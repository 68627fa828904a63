// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/boot/uboot_talk.h"

#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "board/line.h"

#define WRITE_LIMIT_NS (10 * NS_PER_S)

void uboot_talk_init(struct uboot_talk *t, const struct uboot_shell_config *config,
		     struct board_place *place, int64_t limit_ns)
{
	*t = (struct uboot_talk){.place = place, .limit_ns = limit_ns};
	t->gaps = place->line ? place->line->gaps : 0;
	uboot_shell_init(&t->shell, config);
}

void uboot_talk_deinit(struct uboot_talk *t)
{
	if (t)
		uboot_shell_deinit(&t->shell);
}

void uboot_talk_note(struct uboot_talk *t, const char *what, const char *fmt, ...)
{
	CLEANUP_BUFFER struct buffer text = {0};
	char chunk[256];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(chunk, sizeof(chunk), fmt, ap);
	va_end(ap);
	buffer_append_str(&text, chunk);
	if (uboot_talk_rehearses(t))
		fprintf(t->place->rehearsal, "# %s: %s\n", what, buffer_str(&text));
	else if (t->place->wait->note)
		t->place->wait->note(t->place->wait->arg, what, buffer_str(&text));
}

// ---- pumping ------------------------------------------------------------------------------------

static struct error *send_pending(struct uboot_talk *t)
{
	CLEANUP_BUFFER struct buffer out = t->shell.out;
	t->shell.out = (struct buffer){0};
	if (!out.len)
		return NULL;
	return line_write(t->place, out.data, out.len, clock_monotonic_ns() + WRITE_LIMIT_NS);
}

// One round: sends what is to be sent, waits for bytes or for time, hands both to the shell.
static struct error *pump(struct uboot_talk *t)
{
	struct uboot_shell *u = &t->shell;
	TRY(send_pending(t));
	CLEANUP_BUFFER struct buffer in = {0};
	TRY(line_listen(t->place, u->wake_ns, &in));
	if (t->place->line->gaps != t->gaps) {
		t->gaps = t->place->line->gaps;
		t->retry = true;
		return error_new(ERROR_LAB,
				 "the console went away for %.3f s in the middle of the "
				 "conversation",
				 (double)t->place->line->gap_ns / (double)NS_PER_S);
	}
	int64_t now = clock_monotonic_ns();
	if (in.len)
		uboot_shell_feed(u, in.data, in.len, now);
	else
		uboot_shell_tick(u, now);
	// Also what is said in failing (a Ctrl-C) is to go out.
	return send_pending(t);
}

static struct error *shell_error(struct uboot_talk *t)
{
	CLEANUP_BUFFER struct buffer text = {0};
	uboot_shell_describe(&t->shell, &text);
	enum uboot_shell_failure f = t->shell.failure;
	t->retry = f != UBOOT_TOO_LONG && f != UBOOT_NO_HUSH && f != UBOOT_NO_ECHO;
	return error_new(t->shell.failure == UBOOT_TOO_LONG ? ERROR_CONFIG : ERROR_LAB, "%s",
			 buffer_str(&text));
}

static int64_t limit_in(const struct uboot_talk *t, double seconds)
{
	int64_t limit = clock_monotonic_ns() + (int64_t)(seconds * (double)NS_PER_S);
	return limit < t->limit_ns ? limit : t->limit_ns;
}

struct error *uboot_talk_prompt(struct uboot_talk *t, double seconds)
{
	if (uboot_talk_rehearses(t)) {
		const struct uboot_shell_config *c = &t->shell.config;
		fprintf(t->place->rehearsal, "wait for \"%s\", send \"%s\", then Ctrl-C\n",
			c->autoboot ? c->autoboot : "Hit any key to stop autoboot",
			c->interrupt ? c->interrupt : " ");
		return NULL;
	}
	uboot_shell_boot(&t->shell, clock_monotonic_ns(), limit_in(t, seconds));
	while (t->shell.state != UBOOT_READY) {
		if (t->shell.state == UBOOT_FAILED)
			return shell_error(t);
		TRY(pump(t));
	}
	return NULL;
}

// ---- commands -----------------------------------------------------------------------------------

ERROR_PRINTF(4, 0)
static void begin(struct uboot_talk *t, double seconds, const char *until, const char *fmt,
		  va_list ap)
{
	char command[2 * UBOOT_LINE_MAX];
	vsnprintf(command, sizeof(command), fmt, ap);
	if (uboot_talk_rehearses(t))
		fprintf(t->place->rehearsal, "%s%s\n", t->shell.config.prompt, command);
	buffer_truncate(&t->shell.out, 0); // of a rehearsal, which sends nothing
	uboot_shell_command(&t->shell, command, until, clock_monotonic_ns(), limit_in(t, seconds));
}

// The command as it was meant, for messages.
static struct error *during(const struct uboot_talk *t, struct error *e)
{
	const char *line = buffer_str(&t->shell.line);
	const char *start = strstr(line, "; ");
	const char *end = strstr(line, "; echo M''F");
	if (!start || !end || end <= start)
		return e;
	return error_wrap(e, "U-Boot `%.*s`", (int)(end - start - 2), start + 2);
}

static struct error *pump_command(struct uboot_talk *t, bool until_said)
{
	while (t->shell.state != UBOOT_READY) {
		if (t->shell.state == UBOOT_FAILED)
			return during(t, shell_error(t));
		if (uboot_talk_rehearses(t)) // it could be typed, and is not
			return NULL;
		if (until_said && t->shell.said)
			return NULL;
		TRY(during(t, pump(t)));
	}
	return NULL;
}

struct error *uboot_talk_run(struct uboot_talk *t, double seconds, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	begin(t, seconds, NULL, fmt, ap);
	va_end(ap);
	return pump_command(t, false);
}

struct error *uboot_talk_need(struct uboot_talk *t, double seconds, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	begin(t, seconds, NULL, fmt, ap);
	va_end(ap);
	TRY(pump_command(t, false));
	if (uboot_talk_rehearses(t) || t->shell.code == 0)
		return NULL;
	return during(t,
		      error_new(ERROR_LAB, "exit %d: %s", t->shell.code, uboot_talk_last_line(t)));
}

struct error *uboot_talk_start(struct uboot_talk *t, double seconds, const char *until, bool *said,
			       const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	begin(t, seconds, until, fmt, ap);
	va_end(ap);
	TRY(pump_command(t, true));
	*said = uboot_talk_rehearses(t) || t->shell.said;
	return NULL;
}

struct error *uboot_talk_finish(struct uboot_talk *t)
{
	return pump_command(t, false);
}

const char *uboot_talk_output(const struct uboot_talk *t)
{
	return buffer_str(&t->shell.output);
}

const char *uboot_talk_last_line(struct uboot_talk *t)
{
	struct buffer *o = &t->shell.output;
	while (o->len && isspace((unsigned char)o->data[o->len - 1]))
		buffer_truncate(o, o->len - 1);
	const char *text = buffer_str(o);
	const char *newline = strrchr(text, '\n');
	return newline ? newline + 1 : text;
}
