// SPDX-License-Identifier: GPL-2.0-or-later
// What went wrong in a conversation, in words.
#include "board/boot/uboot_sight.h"

#include "text/utf8.h"

#define ECHO_SHOWN 64 // bytes of what came and of what was expected

static void append_quoted(const char *text, size_t len, struct buffer *out)
{
	buffer_append_str(out, "\"");
	utf8_clean(text, len, 120, out);
	buffer_append_str(out, "\"");
}

// The last line that came.
static void append_tail(struct uboot_shell *u, struct buffer *out)
{
	uboot_sight_keep_last_line(u);
	if (!u->last_line.len)
		return;
	buffer_append_str(out, "; last line: ");
	append_quoted(u->last_line.data, u->last_line.len, out);
}

static void append_announced(const struct uboot_shell *u, struct buffer *out)
{
	append_quoted(buffer_str(&u->announced), u->announced.len, out);
}

static void describe_keys(const struct uboot_shell *u, struct buffer *out)
{
	const char *own = u->config.interrupt, *named = u->announcement.keys;
	const char *keys = own ? own : *named ? named : " ";
	buffer_append_str(out, "\"");
	for (; *keys; keys++)
		buffer_printf(out,
			      *keys == '\x1b'   ? "<Esc>"
			      : *keys == '\r'   ? "<Enter>"
			      : *keys == '\x03' ? "<Ctrl-C>"
						: "%c",
			      *keys);
	buffer_append_str(out, "\"");
}

static void describe_secret(const struct uboot_shell *u, struct buffer *out)
{
	buffer_append_str(out, "U-Boot wants a password (");
	append_announced(u, out);
	buffer_append_str(out, "), expected `interrupt: TEXT` in the board's file");
}

static void describe_missed(const struct uboot_shell *u, struct buffer *out)
{
	buffer_append_str(out, "autoboot was missed: U-Boot started its default system");
	if (!u->autoboot_seen) {
		buffer_printf(out, ", and never said \"%s\"", uboot_autoboot_text(u));
	} else if (u->announcement.secret && !u->config.interrupt) {
		buffer_append_str(out, "; ");
		describe_secret(u, out);
	} else {
		buffer_append_str(out, "; it said ");
		append_announced(u, out);
		buffer_append_str(out, ", and ");
		describe_keys(u, out);
		buffer_append_str(out, " did not stop it (`interrupt`)");
	}
}

static void describe_no_prompt(const struct uboot_shell *u, struct buffer *out)
{
	buffer_append_str(out, "no U-Boot prompt");
	if (u->bytes == 0) {
		buffer_append_str(out, ": the console stayed silent (power, cable or wrong port)");
	} else if (u->unreadable * 4 > u->bytes) {
		buffer_printf(out,
			      ": %llu of %llu bytes are unreadable (wrong baud rate, or noise)",
			      (unsigned long long)u->unreadable, (unsigned long long)u->bytes);
	} else if (!u->banner && !u->autoboot_seen) {
		buffer_append_str(out, ": no U-Boot banner came either");
	} else if (!u->autoboot_seen) {
		buffer_printf(out, ": U-Boot started, but never said \"%s\"",
			      uboot_autoboot_text(u));
	} else if (u->announcement.secret && !u->config.interrupt) {
		buffer_append_str(out, ": ");
		describe_secret(u, out);
	} else {
		buffer_printf(out, " \"%s\", although autoboot was interrupted: U-Boot said ",
			      u->config.prompt);
		append_announced(u, out);
		buffer_append_str(out, ", and got ");
		describe_keys(u, out);
		buffer_append_str(out, " and Ctrl-C");
	}
}

static void describe_noise(const struct uboot_shell *u, struct buffer *out)
{
	const struct buffer *most = u->came.len > u->came_before.len ? &u->came : &u->came_before;
	const char *typed = buffer_str(&u->line), *came = buffer_str(most);
	size_t len = most->len < ECHO_SHOWN ? most->len : ECHO_SHOWN;
	size_t same = 0; // bytes that came back as they were typed
	while (same < most->len && same < u->line.len && came[same] == typed[same])
		same++;
	if (!len || (!same && uboot_is_line_end(came[0]))) {
		buffer_printf(out,
			      "what is typed does not come back, %u times (is the console's line "
			      "to the board connected? flow control?); expected an echo of ",
			      u->tries);
		append_quoted(typed, u->sent, out);
		return;
	}
	if (uboot_echo_is_doubled(typed, u->line.len, came, most->len))
		buffer_append_str(out,
				  "what is typed comes back twice (a terminal or server on the "
				  "way echoes too)");
	else if (same == most->len || uboot_is_line_end(came[same]))
		buffer_printf(out,
			      "what is typed comes back too late or in part, %u times (a slow line "
			      "or host?)",
			      u->tries);
	else
		buffer_printf(out, "noise on the line: a command came back altered %u times",
			      u->tries);
	buffer_append_str(out, ": came ");
	append_quoted(came, len, out);
	buffer_append_str(out, ", expected ");
	append_quoted(typed, u->line.len < len ? u->line.len : len, out);
}

void uboot_shell_describe(struct uboot_shell *u, struct buffer *out)
{
	switch (u->failure) {
	case UBOOT_NO_PROMPT:
		describe_no_prompt(u, out);
		break;
	case UBOOT_AUTOBOOT_MISSED:
		describe_missed(u, out);
		break;
	case UBOOT_NOISE:
		describe_noise(u, out);
		return;
	case UBOOT_COMMAND_TIMEOUT:
		buffer_append_str(out, "the command did not end in time");
		break;
	case UBOOT_REBOOTED:
		buffer_append_str(out, "U-Boot started anew in the middle of the conversation");
		break;
	case UBOOT_TOO_LONG:
		buffer_printf(out, "a command of %zu bytes, or not plain text (at most %d bytes)",
			      u->line.len, UBOOT_LINE_MAX);
		return;
	case UBOOT_NO_HUSH:
		buffer_append_str(out,
				  "this U-Boot has the old command parser: it takes \"$?\" for "
				  "text, expected hush (CONFIG_HUSH_PARSER)");
		return;
	case UBOOT_NO_ECHO:
		buffer_append_str(out, "this U-Boot has no `echo`, expected CONFIG_CMD_ECHO");
		return;
	case UBOOT_FAILURE_NONE:
		return;
	}
	append_tail(u, out);
}
