// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"
#include "board/boot/uboot_shell.h"

static const char banner[] = "\r\n\r\nU-Boot 2023.01 (Jun 22 2026)\r\n\r\nDRAM:  1 GiB\r\n"
			     "Hit any key to stop autoboot:  2 ";

// The other end of the line: U-Boot's line editor as far as the shell relies on it, with a fault
// that strikes once at a given byte.
struct peer {
	struct buffer line; // what its editor holds
	struct buffer says; // on its way to us
	char ran[8][600];   // lines that were run
	unsigned ran_count;
	bool counting_down;
	const char *answer; // output of the framed command
	int code;           // its $?
	size_t cr_at;       // when the first CR came
	size_t to_peer;     // bytes that came so far
	size_t noise_in_at; // before this byte noise reaches it (0 = never)
	const char *noise;
	size_t reboot_at;    // at this byte it starts anew
	size_t deaf_at;      // from this byte on it says nothing (0 = never)
	const char *altered; // text of its answer whose first byte is altered, once (NULL = none)
	size_t echo_altered_at; // this byte that it gets is echoed as another (0 = never) ...
	bool always;            // ... each time that the line is typed
	bool twice;             // a terminal on the way echoes as well
	bool old_parser;        // no hush: `$?` is text
	bool no_echo;           // the command is not built in
	const char *eol;        // what the line makes of CR LF (NULL: it stays)
	bool stamped;           // a server on the way stamps each line
	bool in_line;
	unsigned clock;
	const char *stop_keys; // what stops its autoboot (NULL: any key)
	size_t stopped;        // how many of them came
};

static void peer_run(struct peer *p)
{
	const char *line = buffer_str(&p->line);
	if (p->ran_count < 8)
		snprintf(p->ran[p->ran_count++], sizeof(p->ran[0]), "%s", line);
	buffer_append_str(&p->says, "\r\n");
	char mark[8] = "";
	if (p->no_echo)
		buffer_append_str(&p->says, "Unknown command 'echo' - try 'help'\r\n");
	else if (p->old_parser && sscanf(line, "echo M''F%4s", mark) == 1)
		buffer_printf(&p->says, "MF%s\r\nMF%s=$?\r\n", mark, mark);
	else if (sscanf(line, "echo M''F%4s", mark) == 1)
		buffer_printf(&p->says, "MF%s\r\n%sMF%s=%d\r\n", mark, p->answer ? p->answer : "",
			      mark, p->code);
	buffer_append_str(&p->says, "=> ");
	char *struck = p->altered ? strstr(p->says.data, p->altered) : NULL;
	if (struck) {
		*struck = '?';
		p->altered = NULL;
	}
	buffer_truncate(&p->line, 0);
}

static void peer_take(struct peer *p, char c)
{
	if (p->counting_down && p->stop_keys && c != p->stop_keys[p->stopped]) {
		p->stopped = 0;
	} else if (p->counting_down && p->stop_keys && p->stop_keys[++p->stopped]) {
		return;
	} else if (p->counting_down) {
		p->counting_down = false;
		buffer_append_str(&p->says, "\b\b\b 0 \r\n=> ");
	} else if (c == 3) {
		buffer_truncate(&p->line, 0);
		buffer_append_str(&p->says, "<INTERRUPT>\r\n=> ");
	} else if (c == '\r') {
		p->cr_at = p->cr_at ? p->cr_at : p->to_peer;
		peer_run(p);
	} else {
		char echo = c;
		buffer_append(&p->line, &c, 1);
		size_t at = p->always ? p->line.len : p->to_peer;
		if (at == p->echo_altered_at)
			echo = (char)(c ^ 1);
		if (p->twice)
			buffer_append(&p->says, &c, 1);
		buffer_append(&p->says, &echo, 1);
	}
}

static void peer_receive(struct peer *p, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		p->to_peer++;
		if (p->to_peer == p->noise_in_at)
			for (const char *n = p->noise; *n; n++)
				peer_take(p, *n);
		if (p->to_peer == p->reboot_at) {
			buffer_truncate(&p->line, 0);
			buffer_append_str(&p->says, banner);
			p->counting_down = true;
			continue;
		}
		peer_take(p, bytes[i]);
	}
	if (p->deaf_at && p->to_peer >= p->deaf_at)
		buffer_truncate(&p->says, 0);
}

static void peer_deinit(struct peer *p)
{
	buffer_deinit(&p->line);
	buffer_deinit(&p->says);
}

// What the line and a server on it make of what the board says.
static void carry(struct peer *p, const struct buffer *says, struct buffer *out)
{
	for (size_t i = 0; i < says->len; i++) {
		if (p->stamped && !p->in_line)
			buffer_printf(out, "[2026-11-30 21:40:%02u.%03u] ", p->clock / 100 % 60,
				      p->clock % 1000);
		p->in_line = true;
		p->clock += 7;
		if (says->data[i] == '\r' && i + 1 < says->len && says->data[i + 1] == '\n') {
			buffer_append_str(out, p->eol ? p->eol : "\r\n");
			p->in_line = false;
			i++;
		} else {
			buffer_append(out, says->data + i, 1);
		}
	}
}

static bool settled(const struct uboot_shell *u)
{
	return u->state == UBOOT_READY || u->state == UBOOT_FAILED;
}

// Lets both ends talk until the shell has a result; time passes only when nobody speaks.
static void talk(struct uboot_shell *u, struct peer *p, int64_t *now, size_t chunk)
{
	for (int steps = 0; steps < 100000 && !settled(u); steps++) {
		if (u->out.len) {
			CLEANUP_BUFFER struct buffer out = u->out;
			u->out = (struct buffer){0};
			peer_receive(p, out.data, out.len);
		} else if (p->says.len) {
			CLEANUP_BUFFER struct buffer board = p->says;
			CLEANUP_BUFFER struct buffer says = {0};
			p->says = (struct buffer){0};
			carry(p, &board, &says);
			for (size_t at = 0; at < says.len; at += chunk) {
				size_t n = says.len - at < chunk ? says.len - at : chunk;
				uboot_shell_feed(u, says.data + at, n, *now);
			}
		} else {
			assert_true(u->wake_ns != INT64_MAX);
			*now = u->wake_ns > *now ? u->wake_ns : *now + 1;
			uboot_shell_tick(u, *now);
		}
	}
	assert_true(settled(u));
}

static const struct uboot_shell_config defaults;

// A shell at its prompt, its peer freshly powered on.
static void boot(struct uboot_shell *u, struct peer *p, int64_t *now, size_t chunk)
{
	uboot_shell_init(u, &defaults);
	uboot_shell_boot(u, *now, *now + 10 * NS_PER_S);
	buffer_append_str(&p->says, banner);
	p->counting_down = true;
	talk(u, p, now, chunk);
	assert_int_equal(u->state, UBOOT_READY);
}

static void any_chunking_gives_the_same_output_and_code(void **state)
{
	(void)state;
	for (size_t chunk = 1; chunk < 40; chunk += 3) {
		int64_t now = 0;
		struct peer p = {.answer = "crc32 for 40400000 ... ==> 2195c828\r\nno end",
				 .code = 7};
		struct uboot_shell u;
		boot(&u, &p, &now, chunk);
		uboot_shell_command(&u, "crc32 ${a} 10", NULL, now, now + NS_PER_S);
		talk(&u, &p, &now, chunk);
		assert_int_equal(u.state, UBOOT_READY);
		assert_string_equal(buffer_str(&u.output),
				    "crc32 for 40400000 ... ==> 2195c828\nno end");
		assert_int_equal(u.code, 7);
		assert_int_equal(p.ran_count, 1);
		uboot_shell_deinit(&u);
		peer_deinit(&p);
	}
}

// The heart of it: wherever noise strikes, nothing runs but what was asked for, and it still runs.
static void noise_at_any_byte_never_runs_anything_else(void **state)
{
	(void)state;
	static const char *const noises[] = {"\x1b[A",   "x",    "erase all",
					     "\xff\x80", "\x03", "cp.b 0x40400000 0x4100000 100"};
	for (size_t k = 0; k < sizeof(noises) / sizeof(noises[0]); k++) {
		for (size_t at = 1; at < 120; at++) {
			int64_t now = 0;
			struct peer p = {.noise_in_at = at, .noise = noises[k]};
			struct uboot_shell u;
			boot(&u, &p, &now, 5);
			uboot_shell_command(&u, "md.l 0 1", NULL, now, now + 60 * NS_PER_S);
			talk(&u, &p, &now, 5);
			// With the CR itself it lands behind the last echo, as its argument; a
			// Ctrl-C leaves an empty line, which repeats that echo.
			size_t len = at == p.cr_at ? u.line.len : sizeof(p.ran[0]);
			for (unsigned i = 0; i < p.ran_count; i++)
				if (strncmp(p.ran[i], buffer_str(&u.line), len) != 0 &&
				    !(at == p.cr_at && p.ran[i][0] == '\0'))
					fail_msg("noise %zu at byte %zu ran \"%s\"", k, at,
						 p.ran[i]);
			if (at != p.cr_at)
				assert_int_equal(u.state, UBOOT_READY);
			assert_true(p.ran_count == 1 || at == p.cr_at);
			uboot_shell_deinit(&u);
			peer_deinit(&p);
		}
	}
}

static void no_carriage_return_leaves_before_the_echo_is_whole(void **state)
{
	(void)state;
	int64_t now = 0;
	struct peer p = {0};
	struct uboot_shell u;
	boot(&u, &p, &now, 9);
	uboot_shell_command(&u, "help", NULL, now, now + NS_PER_S);
	buffer_truncate(&u.out, 0); // never arrives: no echo
	for (int i = 0; i < 100 && u.state != UBOOT_FAILED; i++) {
		now += NS_PER_S;
		uboot_shell_tick(&u, now);
		assert_null(u.out.len ? memchr(u.out.data, '\r', u.out.len) : NULL);
		assert_null(u.out.len ? memchr(u.out.data, '\n', u.out.len) : NULL);
		buffer_truncate(&u.out, 0);
	}
	assert_int_equal(u.state, UBOOT_FAILED);
	assert_int_equal(u.failure, UBOOT_NOISE);
	uboot_shell_deinit(&u);
	peer_deinit(&p);
}

static void a_reboot_in_the_middle_is_noticed_wherever_it_happens(void **state)
{
	(void)state;
	for (size_t at = 4; at < 60; at++) {
		int64_t now = 0;
		struct peer p = {.reboot_at = at};
		struct uboot_shell u;
		boot(&u, &p, &now, 3);
		for (int i = 0; i < 3 && u.state == UBOOT_READY; i++) {
			uboot_shell_command(&u, "true", NULL, now, now + 60 * NS_PER_S);
			talk(&u, &p, &now, 3);
		}
		assert_int_equal(u.state, UBOOT_FAILED);
		assert_int_equal(u.failure, UBOOT_REBOOTED);
		uboot_shell_deinit(&u);
		peer_deinit(&p);
	}
}

static void the_output_of_version_is_no_reboot(void **state)
{
	(void)state;
	int64_t now = 0;
	struct peer p = {.answer = "U-Boot 2023.01 (Jun)\r\n\r\ngcc 12\r\n"};
	struct uboot_shell u;
	boot(&u, &p, &now, 7);
	uboot_shell_command(&u, "version", NULL, now, now + NS_PER_S);
	talk(&u, &p, &now, 7);
	assert_int_equal(u.state, UBOOT_READY);
	uboot_shell_deinit(&u);
	peer_deinit(&p);
}

static void a_command_that_does_not_end_is_given_up_at_its_limit(void **state)
{
	(void)state;
	int64_t now = 0;
	struct peer p = {0};
	struct uboot_shell u;
	boot(&u, &p, &now, 7);
	p.deaf_at = p.to_peer + strlen("echo M''F0001; sleep 99; echo M''F0001=$?") + 1;
	int64_t limit = now + 5 * NS_PER_S;
	uboot_shell_command(&u, "sleep 99", NULL, now, limit);
	talk(&u, &p, &now, 7);
	assert_int_equal(u.failure, UBOOT_COMMAND_TIMEOUT);
	assert_int_equal(now, limit);
	uboot_shell_deinit(&u);
	peer_deinit(&p);
}

static void lines_that_u_boot_would_cut_are_refused(void **state)
{
	(void)state;
	int64_t now = 0;
	struct peer p = {0};
	struct uboot_shell u;
	boot(&u, &p, &now, 7);
	char text[UBOOT_LINE_MAX];
	memset(text, 'x', sizeof(text));
	text[UBOOT_LINE_MAX - UBOOT_FRAME_BYTES] = '\0';
	uboot_shell_command(&u, text, NULL, now, now + NS_PER_S);
	talk(&u, &p, &now, 7);
	assert_int_equal(u.state, UBOOT_READY);
	memset(text, 'x', sizeof(text));
	text[UBOOT_COMMAND_MAX + 1] = '\0';
	uboot_shell_command(&u, text, NULL, now, now + NS_PER_S);
	assert_int_equal(u.failure, UBOOT_TOO_LONG);
	assert_int_equal(u.out.len, 0);
	u.state = UBOOT_READY;
	uboot_shell_command(&u, "echo a\rerase all", NULL, now, now + NS_PER_S);
	assert_int_equal(u.failure, UBOOT_TOO_LONG);
	uboot_shell_deinit(&u);
	peer_deinit(&p);
}

// A mark or a prompt that noise has altered costs seconds, not the command's whole time.
static void an_altered_mark_is_not_waited_for(void **state)
{
	(void)state;
	static const char *const struck[] = {"MF0001\r", "MF0001=0", "=> "};
	for (size_t i = 0; i < sizeof(struck) / sizeof(struck[0]); i++) {
		int64_t now = 0;
		struct peer p = {.answer = "Erased 10 sectors\r\n"};
		struct uboot_shell u;
		boot(&u, &p, &now, 7);
		p.altered = struck[i];
		int64_t start = now;
		uboot_shell_command(&u, "erase 0 +10", NULL, now, now + 300 * NS_PER_S);
		talk(&u, &p, &now, 7);
		assert_null(p.altered);
		assert_int_equal(u.state, UBOOT_READY);
		assert_int_equal(u.code, 0);
		assert_string_equal(buffer_str(&u.output), "Erased 10 sectors\n");
		assert_true(now - start < 10 * NS_PER_S);
		for (unsigned run = 0; run < p.ran_count; run++)
			assert_string_equal(p.ran[run], buffer_str(&u.line));
		uboot_shell_deinit(&u);
		peer_deinit(&p);
	}
}

// What waits for a key or a file must not be typed twice.
static void a_command_that_is_under_way_is_not_typed_again(void **state)
{
	(void)state;
	int64_t now = 0;
	struct peer p = {.answer = "## Ready ... bps...\r\n"};
	struct uboot_shell u;
	boot(&u, &p, &now, 7);
	p.altered = "MF0001=0";
	uboot_shell_command(&u, "loady 0", "bps...", now, now + 60 * NS_PER_S);
	talk(&u, &p, &now, 7);
	assert_true(u.said);
	assert_int_equal(u.failure, UBOOT_COMMAND_TIMEOUT);
	assert_int_equal(p.ran_count, 1);
	uboot_shell_deinit(&u);
	peer_deinit(&p);
}

static void expect_description(const char *said, const char *wanted)
{
	struct uboot_shell u;
	uboot_shell_init(&u, &defaults);
	uboot_shell_boot(&u, 0, 3 * NS_PER_S);
	uboot_shell_feed(&u, said, strlen(said), 1);
	for (int64_t now = NS_PER_S; now <= 4 * NS_PER_S; now += NS_PER_S)
		uboot_shell_tick(&u, now);
	assert_int_equal(u.state, UBOOT_FAILED);
	CLEANUP_BUFFER struct buffer text = {0};
	uboot_shell_describe(&u, &text);
	if (!strstr(buffer_str(&text), wanted))
		fail_msg("\"%s\" does not say \"%s\"", buffer_str(&text), wanted);
	uboot_shell_deinit(&u);
}

static void a_missing_prompt_is_explained_by_what_was_seen(void **state)
{
	(void)state;
	expect_description("", "silent");
	expect_description("\x80\xfe\xf8\x80\x80\xfe\x98", "baud");
	expect_description("\r\n\r\nU-Boot 2023\r\nfine\r\n", "never said");
	expect_description("Some other loader 1.0\r\n", "no U-Boot banner");
	expect_description(banner, "although autoboot was interrupted");
	expect_description("\r\nU-Boot 2023\r\nPress 'x' to stop autoboot\r\nfoo# ",
			   "U-Boot said \"Press 'x' to stop autoboot\", and got \"x\" and Ctrl-C; "
			   "last line: \"foo#\"");
	expect_description("\r\n\r\nU-Boot 2023\r\nStarting kernel ...\r\n", "autoboot was missed");
}

static void a_key_that_got_lost_is_sent_again(void **state)
{
	(void)state;
	struct uboot_shell u;
	uboot_shell_init(&u, &defaults);
	uboot_shell_boot(&u, 0, 10 * NS_PER_S);
	uboot_shell_feed(&u, banner, strlen(banner), 1);
	assert_int_equal(u.out.len, 1);
	buffer_truncate(&u.out, 0);
	uboot_shell_tick(&u, u.wake_ns);
	assert_int_equal(u.out.len, 1);
	uboot_shell_deinit(&u);
}

// ---- the echo -----------------------------------------------------------------------------------

// The safety claim: Enter is sent only after an unaltered echo, whichever byte was altered.
static void an_altered_echo_is_never_accepted(void **state)
{
	(void)state;
	size_t length = strlen("echo M''F0001; md.l 0 1; echo M''F0001=$?");
	for (size_t at = 1; at <= length; at++) {
		int64_t now = 0;
		struct peer p = {.echo_altered_at = at, .always = true};
		struct uboot_shell u;
		boot(&u, &p, &now, 5);
		uboot_shell_command(&u, "md.l 0 1", NULL, now, now + 600 * NS_PER_S);
		talk(&u, &p, &now, 5);
		assert_int_equal(u.failure, UBOOT_NOISE);
		assert_int_equal(p.cr_at, 0);
		assert_int_equal(p.ran_count, 0);
		uboot_shell_deinit(&u);
		peer_deinit(&p);
	}
}

static void a_command_whose_echo_was_altered_once_is_typed_anew(void **state)
{
	(void)state;
	size_t length = strlen("echo M''F0001; md.l 0 1; echo M''F0001=$?");
	for (size_t at = 1; at <= length; at++) {
		int64_t now = 0;
		struct peer p = {0};
		struct uboot_shell u;
		boot(&u, &p, &now, 5);
		p.echo_altered_at = p.to_peer + at;
		uboot_shell_command(&u, "md.l 0 1", NULL, now, now + 60 * NS_PER_S);
		talk(&u, &p, &now, 5);
		assert_int_equal(u.state, UBOOT_READY);
		assert_int_equal(u.tries, 2);
		assert_int_equal(p.ran_count, 1);
		assert_string_equal(p.ran[0], buffer_str(&u.line));
		uboot_shell_deinit(&u);
		peer_deinit(&p);
	}
}

static void expect_failure(struct peer p, enum uboot_shell_failure failure, const char *wanted)
{
	int64_t now = 0;
	struct uboot_shell u;
	boot(&u, &p, &now, 5);
	uboot_shell_command(&u, "md.l 0 1", NULL, now, now + 600 * NS_PER_S);
	talk(&u, &p, &now, 5);
	assert_int_equal(u.failure, failure);
	CLEANUP_BUFFER struct buffer text = {0};
	uboot_shell_describe(&u, &text);
	if (!strstr(buffer_str(&text), wanted))
		fail_msg("\"%s\" does not say \"%s\"", buffer_str(&text), wanted);
	assert_true(now < 60 * NS_PER_S); // what cannot work is not waited for
	uboot_shell_deinit(&u);
	peer_deinit(&p);
}

static void what_keeps_commands_from_working_is_named(void **state)
{
	(void)state;
	expect_failure((struct peer){.echo_altered_at = 3, .always = true}, UBOOT_NOISE,
		       "came back altered 4 times: came \"eci");
	expect_failure((struct peer){.echo_altered_at = 3, .always = true}, UBOOT_NOISE,
		       "expected \"ech");
	expect_failure((struct peer){.twice = true}, UBOOT_NOISE, "comes back twice");
	expect_failure((struct peer){.twice = true}, UBOOT_NOISE, "came \"eecc");
	expect_failure((struct peer){.old_parser = true}, UBOOT_NO_HUSH, "CONFIG_HUSH_PARSER");
	expect_failure((struct peer){.no_echo = true}, UBOOT_NO_ECHO, "CONFIG_CMD_ECHO");
}

// ---- the line's forms ---------------------------------------------------------------------------

static void any_line_end_and_stamp_gives_the_same_output_and_code(void **state)
{
	(void)state;
	static const char *const ends[] = {"\r\n", "\n", "\r\r\n", "\n\r", "\r\n\r"};
	for (size_t form = 0; form < 2 * sizeof(ends) / sizeof(ends[0]); form++) {
		for (size_t chunk = 1; chunk < 30; chunk += 4) {
			int64_t now = 0;
			struct peer p = {.eol = ends[form / 2],
					 .stamped = form % 2,
					 .answer = "first  line\r\n  second\r\n==> 2195c828\r\n",
					 .code = 7};
			struct uboot_shell u;
			boot(&u, &p, &now, chunk);
			for (int i = 0; i < 2; i++) {
				int64_t start = now;
				uboot_shell_command(&u, "crc32 0 1", NULL, now,
						    now + 60 * NS_PER_S);
				talk(&u, &p, &now, chunk);
				assert_int_equal(u.state, UBOOT_READY);
				assert_string_equal(buffer_str(&u.output),
						    "first  line\n  second\n==> 2195c828\n");
				assert_int_equal(u.code, 7);
				assert_true(now - start <
					    NS_PER_S); // each mark and prompt was seen
			}
			assert_int_equal(p.ran_count, 2);
			uboot_shell_deinit(&u);
			peer_deinit(&p);
		}
	}
}

static void a_reboot_is_noticed_behind_any_line_end_and_stamp(void **state)
{
	(void)state;
	static const char *const ends[] = {"\n", "\r\r\n", "\n\r"};
	for (size_t form = 0; form < 2 * sizeof(ends) / sizeof(ends[0]); form++) {
		int64_t now = 0;
		struct peer p = {.eol = ends[form / 2], .stamped = form % 2};
		struct uboot_shell u;
		boot(&u, &p, &now, 3);
		p.reboot_at = p.to_peer + 20;
		uboot_shell_command(&u, "true", NULL, now, now + 60 * NS_PER_S);
		talk(&u, &p, &now, 3);
		assert_int_equal(u.failure, UBOOT_REBOOTED);
		uboot_shell_deinit(&u);
		peer_deinit(&p);
	}
}

// ---- announcements of autoboot ------------------------------------------------------------------

static void each_announcement_is_answered_with_the_keys_that_it_names(void **state)
{
	(void)state;
	static const struct {
		const char *said, *keys;
	} known[] = {
	    {"Hit any key to stop autoboot:  3 ", " "},
	    {"Press any key to interrupt boot ... 5", " "},
	    {"Press SPACE to abort autoboot in 3 seconds\r\n", " "},
	    {"Autoboot in 5 seconds\r\n", " "},
	    {"Autobooting in 5 seconds, press \"<Esc><Esc>\" to stop\r\n", "\x1b\x1b"},
	    {"Type 123<ENTER> to STOP autoboot\r\n", "123\r"},
	    {"Hit key to stop autoboot('CTRL+C'):  0 ", "\x03"},
	    {"Press Ctrl-C to abort autoboot in 2 seconds\r\n", "\x03"},
	    {"Hit Enter or space or Ctrl+C key to stop autoboot -- :  1", " "},
	    {"Hit ESC key to stop autoboot:  1 ", "\x1b"},
	    {"autoboot in 3 seconds (press 'q' to stop)\r\n", "q"},
	    {"Press 's' to stop autoboot", "s"},
	    {"Press s to stop autoboot", "s"},
	    {"Enter 'stop' to abort autoboot in 4 s", "stop"},
	};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		int64_t now = 0;
		struct peer p = {.counting_down = true, .stop_keys = known[i].keys};
		struct uboot_shell u;
		uboot_shell_init(&u, &defaults);
		uboot_shell_boot(&u, now, 30 * NS_PER_S);
		buffer_printf(&p.says, "\r\n\r\nU-Boot 2015.07\r\n\r\nDRAM:  1 GiB\r\n%s",
			      known[i].said);
		talk(&u, &p, &now, 5);
		if (u.state != UBOOT_READY)
			fail_msg("\"%s\" was not stopped", known[i].said);
		assert_true(now < NS_PER_S); // by the first try
		uboot_shell_deinit(&u);
		peer_deinit(&p);
	}
}

static void a_boot_menu_is_left_for_the_prompt(void **state)
{
	(void)state;
	int64_t now = 0;
	struct peer p = {.counting_down = true, .stop_keys = "\x03"};
	struct uboot_shell u;
	uboot_shell_init(&u, &defaults);
	uboot_shell_boot(&u, now, 30 * NS_PER_S);
	buffer_append_str(&p.says, "\r\n\r\nU-Boot 2024.01\r\n*** U-Boot Boot Menu ***\r\n"
				   "     bootcmd\r\n  Press UP/DOWN to move, ENTER to select");
	talk(&u, &p, &now, 5);
	assert_int_equal(u.state, UBOOT_READY);
	uboot_shell_deinit(&u);
	peer_deinit(&p);
}

static void a_password_is_asked_for_by_name_and_not_guessed(void **state)
{
	(void)state;
	static const char said[] =
	    "\r\n\r\nU-Boot 2020.10\r\nEnter password - autoboot in 2 sec...\r\n";
	struct uboot_shell u;
	uboot_shell_init(&u, &defaults);
	uboot_shell_boot(&u, 0, 60 * NS_PER_S);
	uboot_shell_feed(&u, said, strlen(said), 1);
	uboot_shell_tick(&u, NS_PER_S);
	assert_int_equal(u.out.len, 0);
	static const char kernel[] = "[    0.000000] Booting Linux on physical CPU 0x0\r\n";
	uboot_shell_feed(&u, kernel, strlen(kernel), 2 * NS_PER_S);
	assert_int_equal(u.failure, UBOOT_AUTOBOOT_MISSED);
	CLEANUP_BUFFER struct buffer text = {0};
	uboot_shell_describe(&u, &text);
	assert_non_null(strstr(buffer_str(&text),
			       "wants a password (\"Enter password - autoboot in "
			       "2 sec...\"), expected `interrupt: TEXT`"));
	uboot_shell_deinit(&u);
	// Whoever knows it says it in the board's file.
	const struct uboot_shell_config own = {.interrupt = "sesame"};
	uboot_shell_init(&u, &own);
	uboot_shell_boot(&u, 0, 60 * NS_PER_S);
	uboot_shell_feed(&u, said, strlen(said), 1);
	assert_string_equal(buffer_str(&u.out), "sesame");
	uboot_shell_deinit(&u);
}

static void lines_that_announce_no_autoboot_are_left_alone(void **state)
{
	(void)state;
	static const char *const others[] = {
	    "Net:   eth0: ethernet@30be0000",      "Hit the road",
	    "reset cause: power-on, boot mode SD", "autoboot",
	    "Loading Environment from MMC... OK",  "Booting from SPI flash",
	    "In:    serial@fe660000 key 7"};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct uboot_autoboot a;
		if (uboot_autoboot_read(others[i], strlen(others[i]), &a))
			fail_msg("\"%s\" is taken for an announcement", others[i]);
	}
}

// ---- TFTP ---------------------------------------------------------------------------------------

static void expect_tftp(const char *output, int code, const char *words)
{
	CLEANUP_BUFFER struct buffer said = {0};
	assert_int_equal(uboot_tftp_error(output, &said), code);
	assert_string_equal(buffer_str(&said), words);
}

static void a_server_s_tftp_error_is_told_by_its_number(void **state)
{
	(void)state;
	expect_tftp("Loading: *\b\nTFTP error: 'File not found' (1)\nNot retrying...\n", 1,
		    "'File not found' (1)");
	expect_tftp("TFTP error: 'file /srv/tftp/x (old) not found for 10.0.2.15' (1)\r\n", 1,
		    "'file /srv/tftp/x (old) not found for 10.0.2.15' (1)");
	expect_tftp("\nTFTP error: 'Access violation' (2)\nNot retrying...\n", 2,
		    "'Access violation' (2)");
	expect_tftp("TFTP error: 1 (File not found)\n", 1, "1 (File not found)");
	expect_tftp("Loading: T T T \nRetry count exceeded; starting again\n", -1, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(any_chunking_gives_the_same_output_and_code),
	    cmocka_unit_test(noise_at_any_byte_never_runs_anything_else),
	    cmocka_unit_test(no_carriage_return_leaves_before_the_echo_is_whole),
	    cmocka_unit_test(a_reboot_in_the_middle_is_noticed_wherever_it_happens),
	    cmocka_unit_test(the_output_of_version_is_no_reboot),
	    cmocka_unit_test(a_command_that_does_not_end_is_given_up_at_its_limit),
	    cmocka_unit_test(lines_that_u_boot_would_cut_are_refused),
	    cmocka_unit_test(an_altered_mark_is_not_waited_for),
	    cmocka_unit_test(a_command_that_is_under_way_is_not_typed_again),
	    cmocka_unit_test(a_missing_prompt_is_explained_by_what_was_seen),
	    cmocka_unit_test(a_key_that_got_lost_is_sent_again),
	    cmocka_unit_test(an_altered_echo_is_never_accepted),
	    cmocka_unit_test(a_command_whose_echo_was_altered_once_is_typed_anew),
	    cmocka_unit_test(what_keeps_commands_from_working_is_named),
	    cmocka_unit_test(any_line_end_and_stamp_gives_the_same_output_and_code),
	    cmocka_unit_test(a_reboot_is_noticed_behind_any_line_end_and_stamp),
	    cmocka_unit_test(each_announcement_is_answered_with_the_keys_that_it_names),
	    cmocka_unit_test(a_boot_menu_is_left_for_the_prompt),
	    cmocka_unit_test(a_password_is_asked_for_by_name_and_not_guessed),
	    cmocka_unit_test(lines_that_announce_no_autoboot_are_left_alone),
	    cmocka_unit_test(a_server_s_tftp_error_is_told_by_its_number),
	};
	return cmocka_run_group_tests_name("board/boot/uboot_shell", tests, NULL, NULL);
}
