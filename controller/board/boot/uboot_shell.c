// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/boot/uboot_shell.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "text/utf8.h"

#define CTRL_C "\x03"

// A prompt counts when nothing follows it for so long: it is also part of help texts and echoes.
#define PROMPT_SILENCE_NS (20 * NS_PER_MS)
#define SYNC_RETRY_NS     (500 * NS_PER_MS)
#define SYNC_LIMIT_NS     (10 * NS_PER_S)
#define KEY_RETRY_NS      (200 * NS_PER_MS)
#define KEY_TRIES         8
#define ECHO_LIMIT_NS     (2 * NS_PER_S)
// Marks and prompts may be altered on their way as everything else, and their command's end would be
// waited for in vain, for as long as it may take. The begin mark is the first thing that a command
// says; its end mark stands before the prompt, and the prompt comes at once behind that.
#define MARK_LIMIT_NS    (5 * NS_PER_S)
#define PROMPT_LIMIT_NS  (2 * NS_PER_S)
#define ENTER_SILENCE_NS (5 * NS_PER_MS)

void uboot_shell_init(struct uboot_shell *u, const struct uboot_shell_config *config)
{
	*u = (struct uboot_shell){.config = *config, .wake_ns = INT64_MAX};
	struct uboot_shell_config *c = &u->config;
	c->prompt = c->prompt ? c->prompt : "=> ";
	c->started = c->started ? c->started : "Starting kernel";
	c->chunk = c->chunk ? c->chunk : 16;
}

void uboot_shell_deinit(struct uboot_shell *u)
{
	if (!u)
		return;
	buffer_deinit(&u->out);
	buffer_deinit(&u->output);
	buffer_deinit(&u->window);
	buffer_deinit(&u->line);
	buffer_deinit(&u->came);
	buffer_deinit(&u->came_before);
	buffer_deinit(&u->last_line);
	buffer_deinit(&u->announced);
}

// ---- small things -------------------------------------------------------------------------------

static void fail(struct uboot_shell *u, enum uboot_shell_failure failure)
{
	u->state = UBOOT_FAILED;
	u->failure = failure;
	u->wake_ns = INT64_MAX;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

// Bytes are taken one by one, so a text that is looked for is found when its last byte comes.
static bool window_ends(const struct uboot_shell *u, const char *text)
{
	size_t len = strlen(text);
	return u->window.len >= len && memcmp(u->window.data + u->window.len - len, text, len) == 0;
}

static bool is_line_end(char c)
{
	return c == '\r' || c == '\n';
}

// Where the line begins that `end` stands in, behind whatever CR and LF ended the one before it.
static size_t line_start(const struct uboot_shell *u, size_t end)
{
	while (end && !is_line_end(u->window.data[end - 1]))
		end--;
	return end;
}

// Whether what stands ahead of a prompt is a console server's stamp: the line before has one of the
// same shape. Once learnt it need not be there to compare with.
static bool is_stamp(struct uboot_shell *u, size_t start, size_t end)
{
	const char *window = u->window.data;
	if (u->stamp[0])
		return uboot_stamp_match(u->stamp, window + start, end - start) == end - start;
	char shape[UBOOT_STAMP_MAX + 1];
	size_t before = start;
	while (before && is_line_end(window[before - 1]))
		before--;
	size_t line = line_start(u, before);
	if (!uboot_stamp_shape(window + start, end - start, shape) ||
	    !uboot_stamp_match(shape, window + line, before - line))
		return false;
	memcpy(u->stamp, shape, sizeof(shape));
	return true;
}

// Whether the stream stands at a prompt: it ends with one, at the start of a line.
static bool at_prompt(struct uboot_shell *u)
{
	if (!window_ends(u, u->config.prompt))
		return false;
	size_t end = u->window.len - strlen(u->config.prompt);
	size_t start = line_start(u, end);
	return start == end || is_stamp(u, start, end);
}

static void window_append(struct uboot_shell *u, char c, size_t limit)
{
	buffer_append(&u->window, &c, 1);
	if (u->window.len <= limit)
		return;
	size_t keep = limit / 2;
	memmove(u->window.data, u->window.data + u->window.len - keep, keep);
	buffer_truncate(&u->window, keep);
}

// Whether the window ends with `name` at the start of a line, `lines` line feeds before it; stamps
// of a console server do not count, wherever they stand.
static bool ends_with_banner(const struct uboot_shell *u, const char *name, size_t lines)
{
	if (!window_ends(u, name))
		return false;
	const char *window = u->window.data;
	size_t at = u->window.len - strlen(name);
	for (size_t feeds = 0; feeds < lines;) {
		size_t start = line_start(u, at);
		if (start < at &&
		    (!u->stamp[0] || !uboot_stamp_match(u->stamp, window + start, at - start)))
			return false;
		for (at = start; at && is_line_end(window[at - 1]); at--)
			feeds += window[at - 1] == '\n';
		if (at == 0)
			return feeds >= lines;
	}
	return true;
}

static const char default_autoboot[] = "Hit any key to stop autoboot";

static const char *autoboot_text(const struct uboot_shell *u)
{
	return u->config.autoboot ? u->config.autoboot : default_autoboot;
}

// A banner has an empty line before it; the output of `version` has not.
static bool booted_again(const struct uboot_shell *u)
{
	return ends_with_banner(u, "U-Boot ", 2) || ends_with_banner(u, "U-Boot SPL ", 1) ||
	       window_ends(u, autoboot_text(u));
}

// It gave way to something: what the board's file says of that, or Linux itself.
static bool gave_way(const struct uboot_shell *u)
{
	return window_ends(u, u->config.started) ||
	       window_ends(u, "Booting Linux on physical CPU") ||
	       window_ends(u, "] Linux version ");
}

// ---- getting a prompt ---------------------------------------------------------------------------

// The last line that says something, before it is forgotten.
static void keep_last_line(struct uboot_shell *u)
{
	size_t end = u->window.len;
	while (end && isspace((unsigned char)u->window.data[end - 1]))
		end--;
	size_t start = end ? line_start(u, end) : 0;
	if (start == end)
		return;
	buffer_truncate(&u->last_line, 0);
	buffer_append(&u->last_line, u->window.data + start, end - start);
}

static void send_ctrl_c(struct uboot_shell *u, int64_t now_ns)
{
	buffer_truncate(&u->out, 0); // nothing half-typed may follow it
	buffer_append_str(&u->out, CTRL_C);
	keep_last_line(u);
	buffer_truncate(&u->window, 0);
	u->step_ns = now_ns + SYNC_RETRY_NS;
	u->wake_ns = earlier(u->step_ns, u->limit_ns);
}

static void enter_sync(struct uboot_shell *u, int64_t now_ns)
{
	u->state = UBOOT_SYNCING;
	u->last_ns = now_ns;
	send_ctrl_c(u, now_ns);
}

void uboot_shell_boot(struct uboot_shell *u, int64_t now_ns, int64_t limit_ns)
{
	u->state = UBOOT_BOOTING;
	u->failure = UBOOT_FAILURE_NONE;
	u->banner = u->autoboot_seen = u->prompt_seen = u->retype = false;
	u->environment_lost = false;
	u->announcement = (struct uboot_autoboot){0};
	u->stamp[0] = '\0';
	buffer_truncate(&u->announced, 0);
	buffer_truncate(&u->last_line, 0);
	u->bytes = u->unreadable = 0;
	u->key_tries = 0;
	buffer_truncate(&u->out, 0);
	buffer_truncate(&u->window, 0);
	u->last_ns = now_ns;
	u->step_ns = INT64_MAX;
	u->limit_ns = limit_ns;
	u->wake_ns = limit_ns;
}

void uboot_shell_sync(struct uboot_shell *u, int64_t now_ns, int64_t limit_ns)
{
	u->failure = UBOOT_FAILURE_NONE;
	u->retype = false;
	u->limit_ns = limit_ns;
	enter_sync(u, now_ns);
}

static void send_key(struct uboot_shell *u, int64_t now_ns)
{
	const char *named = u->announcement.keys;
	const char *own = u->config.interrupt;
	buffer_append_str(&u->out, own ? own : *named ? named : " ");
	u->key_tries++;
	u->step_ns = now_ns + KEY_RETRY_NS;
}

static bool is_unreadable(unsigned char c)
{
	return c >= 0x7f || (c < 0x20 && (!c || !strchr("\b\t\n\r\x1b", c)));
}

// What stops it is sent; a password that the board's file does not tell cannot be.
static void stop_autoboot(struct uboot_shell *u, const char *line, size_t len, int64_t now_ns)
{
	u->autoboot_seen = true;
	buffer_append(&u->announced, line, len);
	if (!u->announcement.secret || u->config.interrupt)
		send_key(u, now_ns);
}

// Looks at the line that has just ended, or that nothing has followed for a while.
static void read_announcement(struct uboot_shell *u, int64_t now_ns)
{
	size_t end = u->window.len;
	while (end && is_line_end(u->window.data[end - 1]))
		end--;
	size_t start = line_start(u, end);
	const char *line = buffer_str(&u->window) + start;
	if (uboot_autoboot_read(line, end - start, &u->announcement))
		stop_autoboot(u, line, end - start, now_ns);
}

static void look_for_autoboot(struct uboot_shell *u, char c, int64_t now_ns)
{
	if (window_ends(u, autoboot_text(u)))
		stop_autoboot(u, autoboot_text(u), strlen(autoboot_text(u)), now_ns);
	else if (!u->config.autoboot && is_line_end(c))
		read_announcement(u, now_ns);
}

static void feed_booting(struct uboot_shell *u, char c, int64_t now_ns)
{
	u->unreadable += is_unreadable((unsigned char)c);
	u->bytes++;
	window_append(u, c, UBOOT_WINDOW);
	u->banner = u->banner || window_ends(u, "U-Boot ");
	u->environment_lost = u->environment_lost || window_ends(u, UBOOT_ENVIRONMENT_LOST);
	if (!u->autoboot_seen)
		look_for_autoboot(u, c, now_ns);
	if (gave_way(u)) {
		fail(u, UBOOT_AUTOBOOT_MISSED);
		return;
	}
	// Behind a prompt may stand what noise has typed; Ctrl-C takes it away.
	u->prompt_seen = at_prompt(u) || (u->prompt_seen && u->autoboot_seen);
	if (u->prompt_seen || !u->autoboot_seen)
		u->step_ns = now_ns + PROMPT_SILENCE_NS;
	u->wake_ns = earlier(u->step_ns, u->limit_ns);
}

static void tick_booting(struct uboot_shell *u, int64_t now_ns)
{
	if (now_ns >= u->limit_ns) {
		fail(u, UBOOT_NO_PROMPT);
		return;
	}
	bool calm = now_ns >= u->last_ns + PROMPT_SILENCE_NS;
	if ((u->prompt_seen && calm) || (now_ns >= u->step_ns && u->key_tries >= KEY_TRIES)) {
		enter_sync(u, now_ns);
		return;
	}
	if (now_ns >= u->step_ns && !u->prompt_seen) {
		u->step_ns = INT64_MAX;
		if (u->key_tries)
			send_key(u, now_ns);
		else if (!u->autoboot_seen && !u->config.autoboot)
			read_announcement(u, now_ns);
	}
	u->wake_ns = earlier(u->step_ns, u->limit_ns);
}

static void start_typing(struct uboot_shell *u, int64_t now_ns);

static void tick_syncing(struct uboot_shell *u, int64_t now_ns)
{
	if (at_prompt(u) && now_ns >= u->last_ns + PROMPT_SILENCE_NS) {
		if (u->retype) {
			start_typing(u, now_ns);
			return;
		}
		u->state = UBOOT_READY;
		u->wake_ns = INT64_MAX;
		return;
	}
	if (now_ns >= u->limit_ns) {
		fail(u, u->retype ? UBOOT_NOISE : UBOOT_NO_PROMPT);
		return;
	}
	if (now_ns >= u->step_ns)
		send_ctrl_c(u, now_ns);
	else
		u->wake_ns = earlier(u->step_ns, u->limit_ns);
}

static void feed_syncing(struct uboot_shell *u, char c, int64_t now_ns)
{
	window_append(u, c, UBOOT_WINDOW);
	if (booted_again(u)) {
		fail(u, UBOOT_REBOOTED);
		return;
	}
	if (u->retype && u->came.len < UBOOT_ECHO_MAX)
		buffer_append(&u->came, &c, 1);
	if (gave_way(u)) {
		fail(u, UBOOT_AUTOBOOT_MISSED);
		return;
	}
	u->wake_ns = earlier(u->step_ns, u->limit_ns);
	if (at_prompt(u))
		u->wake_ns = earlier(u->wake_ns, now_ns + PROMPT_SILENCE_NS);
}

// ---- typing -------------------------------------------------------------------------------------

static void type_chunk(struct uboot_shell *u, int64_t now_ns)
{
	size_t n = u->line.len - u->sent;
	if (n > u->config.chunk)
		n = u->config.chunk;
	buffer_append(&u->out, u->line.data + u->sent, n);
	u->sent += n;
	u->step_ns = now_ns + ECHO_LIMIT_NS;
	u->wake_ns = u->step_ns;
}

static void start_typing(struct uboot_shell *u, int64_t now_ns)
{
	u->state = UBOOT_TYPING;
	u->tries++;
	u->sent = u->echoed = 0;
	u->marked = u->ended = false;
	u->retype = false;
	buffer_truncate(&u->window, 0);
	if (u->came.len >= u->came_before.len) {
		struct buffer spare = u->came_before;
		u->came_before = u->came;
		u->came = spare;
	}
	buffer_truncate(&u->came, 0);
	type_chunk(u, now_ns);
}

static void type_again(struct uboot_shell *u, int64_t now_ns)
{
	if (u->tries >= UBOOT_TYPE_TRIES) {
		fail(u, UBOOT_NOISE);
		// Nothing half-typed is left for others to complete.
		buffer_truncate(&u->out, 0);
		buffer_append_str(&u->out, CTRL_C);
		return;
	}
	u->retype = true;
	u->limit_ns = now_ns + SYNC_LIMIT_NS;
	enter_sync(u, now_ns);
}

bool uboot_shell_can_type(const char *command)
{
	size_t len = 0;
	while ((unsigned char)command[len] >= 0x20 && (unsigned char)command[len] < 0x7f)
		len++;
	return len && len <= UBOOT_COMMAND_MAX && !command[len];
}

void uboot_shell_command(struct uboot_shell *u, const char *command, const char *until,
			 int64_t now_ns, int64_t limit_ns)
{
	u->number++;
	u->until = until;
	u->said = false;
	u->code = -1;
	u->tries = 0;
	buffer_truncate(&u->came, 0);
	buffer_truncate(&u->came_before, 0);
	buffer_truncate(&u->output, 0);
	buffer_truncate(&u->line, 0);
	snprintf(u->mark, sizeof(u->mark), "%04x", u->number & 0xffffu);
	buffer_printf(&u->line, "echo M''F%s; %s; echo M''F%s=$?", u->mark, command, u->mark);
	if (!uboot_shell_can_type(command)) {
		fail(u, UBOOT_TOO_LONG);
		return;
	}
	u->command_limit_ns = limit_ns;
	start_typing(u, now_ns);
}

static void send_enter(struct uboot_shell *u, int64_t now_ns)
{
	buffer_append_str(&u->out, "\r");
	u->state = UBOOT_RUNNING;
	u->limit_ns = u->command_limit_ns;
	u->step_ns = now_ns + MARK_LIMIT_NS;
	u->wake_ns = earlier(u->step_ns, u->limit_ns);
	buffer_truncate(&u->window, 0);
}

// What is not what was typed is noise, on the way there or on the way back; either way the command
// is thrown away and typed anew.
static void feed_typing(struct uboot_shell *u, char c, int64_t now_ns)
{
	buffer_append(&u->came, &c, 1);
	if (u->echoed >= u->sent || c != u->line.data[u->echoed]) {
		type_again(u, now_ns);
		return;
	}
	u->echoed++;
	if (u->echoed == u->line.len) {
		u->step_ns = now_ns + ENTER_SILENCE_NS;
		u->wake_ns = u->step_ns;
	} else if (u->echoed == u->sent) {
		u->step_ns = now_ns + u->config.chunk_delay_ns;
		u->wake_ns = u->step_ns;
		if (u->config.chunk_delay_ns == 0)
			type_chunk(u, now_ns);
	}
}

static void tick_typing(struct uboot_shell *u, int64_t now_ns)
{
	if (now_ns < u->step_ns)
		return;
	if (u->echoed == u->line.len)
		send_enter(u, now_ns);
	else if (u->echoed == u->sent)
		type_chunk(u, now_ns);
	else
		type_again(u, now_ns);
}

// ---- running ------------------------------------------------------------------------------------

static void find_begin(struct uboot_shell *u, char c)
{
	char begin[32];
	snprintf(begin, sizeof(begin), "MF%s%c", u->mark, c);
	if (!is_line_end(c) || !window_ends(u, begin)) {
		if (window_ends(u, "Unknown command 'echo'"))
			fail(u, UBOOT_NO_ECHO);
		return;
	}
	u->marked = true;
	u->marked_by = c;
	u->step_ns = INT64_MAX;
	buffer_truncate(&u->window, 0);
}

// What is left of the begin mark's line end, whatever mixture of CR and LF the line makes of it.
static size_t rest_of_mark(const struct uboot_shell *u)
{
	const char *rest = buffer_str(&u->window);
	size_t at = strspn(rest, "\r");
	if (u->marked_by == '\r' && rest[at] == '\n')
		at += 1 + strspn(rest + at + 1, "\r");
	return at;
}

// `MFxxxx=NNN` and a line end. Output that did not end its line stands right before it.
static void find_end(struct uboot_shell *u)
{
	char mark[32];
	int len = snprintf(mark, sizeof(mark), "MF%s=", u->mark);
	size_t look = (size_t)len + 4; // three digits and the line end
	if (look > u->window.len)
		look = u->window.len;
	char *tail = u->window.data + u->window.len - look;
	char *at = memmem(tail, look, mark, (size_t)len);
	if (!at)
		return;
	if (strncmp(at + len, "$?", 2) == 0) {
		fail(u, UBOOT_NO_HUSH);
		return;
	}
	char *stop;
	unsigned long code = strtoul(at + len, &stop, 10); // the buffer ends with a NUL
	if (stop == at + len || (*stop != '\r' && *stop != '\n'))
		return;
	u->code = code > 255 ? 255 : (int)code;
	u->ended = true;
	size_t skip = rest_of_mark(u), end = (size_t)(at - u->window.data);
	if (skip < end)
		uboot_clean_output(u->window.data + skip, end - skip, u->stamp, &u->output);
	buffer_truncate(&u->window, 0);
	buffer_append_str(&u->window, "\r");
}

static void feed_running(struct uboot_shell *u, char c, int64_t now_ns)
{
	window_append(u, c, UBOOT_OUTPUT_MAX);
	if (booted_again(u)) {
		fail(u, UBOOT_REBOOTED);
		return;
	}
	u->said = u->said || (!u->ended && u->until && window_ends(u, u->until));
	if (!u->marked) {
		find_begin(u, c);
		if (u->state == UBOOT_FAILED)
			return;
	} else if (!u->ended) {
		if (c == '\r' || c == '\n')
			find_end(u);
		if (u->state == UBOOT_FAILED)
			return;
		u->step_ns = u->ended || at_prompt(u) ? now_ns + PROMPT_LIMIT_NS : INT64_MAX;
	} else if (at_prompt(u)) {
		u->state = UBOOT_READY;
		u->wake_ns = INT64_MAX;
		return;
	}
	u->wake_ns = earlier(u->step_ns, u->limit_ns);
}

// What a command that showed its `until` does, only the caller knows: it is not typed again.
static void tick_running(struct uboot_shell *u, int64_t now_ns)
{
	if (now_ns >= u->limit_ns) {
		fail(u, UBOOT_COMMAND_TIMEOUT);
	} else if (now_ns >= u->step_ns && u->ended) { // its result is known
		u->limit_ns = now_ns + SYNC_LIMIT_NS;
		enter_sync(u, now_ns);
	} else if (now_ns >= u->step_ns && !u->said) {
		type_again(u, now_ns);
	} else {
		u->wake_ns = u->limit_ns;
	}
}

static void feed_ready(struct uboot_shell *u, char c)
{
	window_append(u, c, UBOOT_WINDOW);
	if (booted_again(u))
		fail(u, UBOOT_REBOOTED);
}

// ---- the face -----------------------------------------------------------------------------------

void uboot_shell_feed(struct uboot_shell *u, const void *bytes, size_t len, int64_t now_ns)
{
	const char *p = bytes;
	uboot_shell_tick(u, now_ns);
	// One byte at a time, so that the result is the same whatever the chunking; a state change
	// in the middle then takes the rest with it.
	for (size_t i = 0; i < len; i++) {
		switch (u->state) {
		case UBOOT_BOOTING:
			feed_booting(u, p[i], now_ns);
			break;
		case UBOOT_SYNCING:
			feed_syncing(u, p[i], now_ns);
			break;
		case UBOOT_TYPING:
			feed_typing(u, p[i], now_ns);
			break;
		case UBOOT_RUNNING:
			feed_running(u, p[i], now_ns);
			break;
		case UBOOT_READY:
			feed_ready(u, p[i]);
			break;
		case UBOOT_IDLE:
		case UBOOT_FAILED:
			return;
		}
		u->last_ns = now_ns;
	}
}

void uboot_shell_tick(struct uboot_shell *u, int64_t now_ns)
{
	switch (u->state) {
	case UBOOT_BOOTING:
		tick_booting(u, now_ns);
		break;
	case UBOOT_SYNCING:
		tick_syncing(u, now_ns);
		break;
	case UBOOT_TYPING:
		tick_typing(u, now_ns);
		break;
	case UBOOT_RUNNING:
		tick_running(u, now_ns);
		break;
	case UBOOT_IDLE:
	case UBOOT_READY:
	case UBOOT_FAILED:
		break;
	}
}

// ---- what went wrong ----------------------------------------------------------------------------

static void append_quoted(const char *text, size_t len, struct buffer *out)
{
	buffer_append_str(out, "\"");
	utf8_clean(text, len, 120, out);
	buffer_append_str(out, "\"");
}

// The last line that came.
static void append_tail(struct uboot_shell *u, struct buffer *out)
{
	keep_last_line(u);
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
		buffer_printf(out, ", and never said \"%s\"", autoboot_text(u));
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
		buffer_printf(out, ": U-Boot started, but never said \"%s\"", autoboot_text(u));
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
	size_t len = most->len < UBOOT_ECHO_MAX ? most->len : UBOOT_ECHO_MAX;
	if (!len) {
		buffer_printf(out,
			      "what is typed does not come back, %u times (is the console's line "
			      "to the board connected? flow control?); expected an echo of ",
			      u->tries);
		append_quoted(typed, u->sent, out);
		return;
	}
	if (uboot_echo_is_doubled(typed, u->line.len, came, len))
		buffer_append_str(out,
				  "what is typed comes back twice (a terminal or server on the "
				  "way echoes too)");
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
