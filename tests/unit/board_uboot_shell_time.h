// SPDX-License-Identifier: GPL-2.0-or-later
// A conversation with U-Boot at each of its stages, and what is waited for and sent.
#ifndef UNIT_BOARD_UBOOT_SHELL_TIME_H
#define UNIT_BOARD_UBOOT_SHELL_TIME_H

#include "unit/unit.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"
#include "board/boot/uboot_shell.h"

#define BEGIN    (7 * NS_PER_S) // of each conversation; no wait is counted from 0
#define SILENCE  (20 * NS_PER_MS)
#define KEY      (200 * NS_PER_MS)
#define RETRY    (500 * NS_PER_MS)
#define ENTER    (5 * NS_PER_MS)
#define ECHO     (2 * NS_PER_S)
#define MARK     (5 * NS_PER_S)
#define PROMPT   (2 * NS_PER_S)
#define SYNC     (10 * NS_PER_S)
#define FAR_AWAY (BEGIN + 1000 * NS_PER_S)
#define LINE     "echo M''F0001; md 0; echo M''F0001=$?"

static inline void say(struct uboot_shell *u, const char *text, int64_t now)
{
	uboot_shell_feed(u, text, strlen(text), now);
}

// What is to be sent is taken away, as who sends it does.
static inline void expect_sent(struct uboot_shell *u, const char *text)
{
	assert_string_equal(buffer_str(&u->out), text);
	buffer_truncate(&u->out, 0);
}

// The shell waits until `due`: a tick before that changes nothing.
static inline void expect_wait(struct uboot_shell *u, int64_t due)
{
	enum uboot_shell_state state = u->state;
	assert_int_equal(u->wake_ns, due);
	uboot_shell_tick(u, due - 1);
	assert_int_equal(u->state, state);
	assert_int_equal(u->out.len, 0);
	assert_int_equal(u->wake_ns, due);
}

static inline void expect_over(const struct uboot_shell *u, enum uboot_shell_failure failure)
{
	assert_int_equal(u->state, UBOOT_FAILED);
	assert_int_equal(u->failure, failure);
	assert_true(u->wake_ns == INT64_MAX);
}

static inline void start(struct uboot_shell *u, const struct uboot_shell_config *config,
			 int64_t limit)
{
	uboot_shell_init(u, config);
	assert_true(u->wake_ns == INT64_MAX);
	uboot_shell_boot(u, BEGIN, limit);
	assert_int_equal(u->state, UBOOT_BOOTING);
	assert_int_equal(u->out.len, 0);
}

static const struct uboot_shell_config whole = {.chunk = UBOOT_LINE_MAX};

// A shell at its prompt at `BEGIN`.
static inline void ready(struct uboot_shell *u, const struct uboot_shell_config *config)
{
	uboot_shell_init(u, config);
	uboot_shell_sync(u, BEGIN - 2 * SILENCE, FAR_AWAY);
	expect_sent(u, "\x03");
	say(u, "\r\n=> ", BEGIN - SILENCE);
	uboot_shell_tick(u, BEGIN);
	assert_int_equal(u->state, UBOOT_READY);
	assert_true(u->wake_ns == INT64_MAX);
}

// ... and one that has typed LINE in one piece, its Enter due at BEGIN + ENTER.
static inline void typed(struct uboot_shell *u, const char *until, int64_t limit)
{
	ready(u, &whole);
	uboot_shell_command(u, "md 0", until, BEGIN, limit);
	expect_sent(u, LINE);
	say(u, LINE, BEGIN);
	assert_int_equal(u->state, UBOOT_TYPING);
}

// ... and one whose command runs since BEGIN + ENTER.
#define RUNS (BEGIN + ENTER)
static inline void running(struct uboot_shell *u, const char *until, int64_t limit)
{
	typed(u, until, limit);
	expect_wait(u, RUNS);
	uboot_shell_tick(u, RUNS);
	expect_sent(u, "\r");
	assert_int_equal(u->state, UBOOT_RUNNING);
}

#endif
