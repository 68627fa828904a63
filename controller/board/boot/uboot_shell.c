// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/boot/uboot_shell.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "board/boot/uboot_sight.h"

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

// ---- getting a prompt ---------------------------------------------------------------------------

static void send_ctrl_c(struct uboot_shell *u, int64_t now_ns)
{
	buffer_truncate(&u->out, 0); // nothing half-typed may follow it
	buffer_append_str(&u->out, CTRL_C);
	uboot_sight_keep_last_line(u);
	buffer_truncate(&u->window, 0);
	u->step_ns = now_ns + SYNC_RETRY_NS;
	u->wake_ns = earlier(u->step_ns, u->limit_ns);
}

static void enter_sync(struct uboot_shell *u, int64_t now_ns)
{
	u->state = UBOOT_SYNCING;
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
	while (end && uboot_is_line_end(u->window.data[end - 1]))
		end--;
	size_t start = uboot_sight_line_start(u, end);
	const char *line = buffer_str(&u->window) + start;
	if (uboot_autoboot_read(line, end - start, &u->announcement))
		stop_autoboot(u, line, end - start, now_ns);
}

static void look_for_autoboot(struct uboot_shell *u, char c, int64_t now_ns)
{
	if (uboot_sight_ends(u, uboot_autoboot_text(u)))
		stop_autoboot(u, uboot_autoboot_text(u), strlen(uboot_autoboot_text(u)), now_ns);
	else if (!u->config.autoboot && uboot_is_line_end(c))
		read_announcement(u, now_ns);
}

static void feed_booting(struct uboot_shell *u, char c, int64_t now_ns)
{
	u->unreadable += is_unreadable((unsigned char)c);
	u->bytes++;
	uboot_sight_append(u, c, UBOOT_WINDOW);
	u->banner = u->banner || uboot_sight_ends(u, "U-Boot ");
	u->environment_lost = u->environment_lost || uboot_sight_ends(u, UBOOT_ENVIRONMENT_LOST);
	if (!u->autoboot_seen)
		look_for_autoboot(u, c, now_ns);
	if (uboot_sight_gave_way(u)) {
		fail(u, UBOOT_AUTOBOOT_MISSED);
		return;
	}
	// Behind a prompt may stand what noise has typed; Ctrl-C takes it away.
	u->prompt_seen = uboot_sight_prompt(u) || (u->prompt_seen && u->autoboot_seen);
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
	if (uboot_sight_prompt(u) && now_ns >= u->last_ns + PROMPT_SILENCE_NS) {
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
}

static void feed_syncing(struct uboot_shell *u, char c, int64_t now_ns)
{
	uboot_sight_append(u, c, UBOOT_WINDOW);
	if (uboot_sight_reboot(u)) {
		fail(u, UBOOT_REBOOTED);
		return;
	}
	if (u->retype && u->came.len < UBOOT_ECHO_MAX)
		buffer_append(&u->came, &c, 1);
	if (uboot_sight_gave_way(u)) {
		fail(u, UBOOT_AUTOBOOT_MISSED);
		return;
	}
	u->wake_ns = earlier(u->step_ns, u->limit_ns);
	if (uboot_sight_prompt(u))
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
	if (!uboot_is_line_end(c) || !uboot_sight_ends(u, begin)) {
		if (uboot_sight_ends(u, "Unknown command 'echo'"))
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
}

static void feed_running(struct uboot_shell *u, char c, int64_t now_ns)
{
	uboot_sight_append(u, c, UBOOT_OUTPUT_MAX);
	if (uboot_sight_reboot(u)) {
		fail(u, UBOOT_REBOOTED);
		return;
	}
	u->said = u->said || (!u->ended && u->until && uboot_sight_ends(u, u->until));
	if (!u->marked) {
		find_begin(u, c);
		if (u->state == UBOOT_FAILED)
			return;
	} else if (!u->ended) {
		if (c == '\r' || c == '\n')
			find_end(u);
		if (u->state == UBOOT_FAILED)
			return;
		u->step_ns =
		    u->ended || uboot_sight_prompt(u) ? now_ns + PROMPT_LIMIT_NS : INT64_MAX;
	} else if (uboot_sight_prompt(u)) {
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
	} else if (now_ns < u->step_ns) {
		return;
	} else if (u->ended) { // its result is known
		u->limit_ns = now_ns + SYNC_LIMIT_NS;
		enter_sync(u, now_ns);
	} else if (!u->said) {
		type_again(u, now_ns);
	} else {
		u->wake_ns = u->limit_ns;
	}
}

static void feed_ready(struct uboot_shell *u, char c)
{
	uboot_sight_append(u, c, UBOOT_WINDOW);
	if (uboot_sight_reboot(u))
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
