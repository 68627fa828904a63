// SPDX-License-Identifier: GPL-2.0-or-later
// Conversation with U-Boot's command line. Pure: bytes and time in, bytes to send and a result out.
//
// What keeps it safe on a real line:
// - Resynchronising is done with Ctrl-C, which only ever throws a half-typed line away. A CR would
//   repeat or run what noise has put there (ESC [ A recalls the previous command).
// - The CR of a command is sent only after U-Boot has echoed the whole command unaltered, and
//   nothing more within 5 ms. Noise in the very moment of the CR lands behind the closing `echo`,
//   as its argument.
// - A command stands between two `echo`s of a number that is never used twice; their text is split
//   by quotes, so it is not found in the echo of the typed line. So output and exit code are told
//   from everything else on the line.
// - Commands stay below U-Boot's line buffer, and are typed in chunks whose echo is awaited, for
//   serial ports without FIFO or flow control.
#ifndef BOARD_BOOT_UBOOT_SHELL_H
#define BOARD_BOOT_UBOOT_SHELL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "board/boot/uboot_text.h"

// U-Boot drops silently what goes beyond CONFIG_SYS_CBSIZE, at least 512 on boards of our days.
#define UBOOT_LINE_MAX    480
#define UBOOT_OUTPUT_MAX  65536 // output of one command; of more the oldest half is dropped
#define UBOOT_WINDOW      4096  // bytes looked back on while it boots
#define UBOOT_TYPE_TRIES  4     // how often a command is typed until its echo is right
#define UBOOT_FRAME_BYTES 40    // what the framing adds to a command, at most

#define UBOOT_COMMAND_MAX (UBOOT_LINE_MAX - UBOOT_FRAME_BYTES)

// What U-Boot says of an environment whose writing was cut short, and of one never written.
#define UBOOT_ENVIRONMENT_LOST "bad CRC, using default environment"

struct uboot_shell_config {
	const char *prompt;     // "=> "
	const char *autoboot;   // NULL: "Hit any key to stop autoboot", or what uboot_text.h knows
	const char *interrupt;  // keys that stop it; NULL: those that U-Boot names, else " "
	const char *started;    // what it says when it gives way to a payload, "Starting kernel"
	unsigned chunk;         // bytes typed before their echo is awaited, >= 1
	int64_t chunk_delay_ns; // pause between chunks
};

enum uboot_shell_state {
	UBOOT_IDLE,    // nothing asked of it yet
	UBOOT_BOOTING, // waits for the autoboot text or a prompt
	UBOOT_SYNCING, // Ctrl-C was sent, waits for a clean prompt
	UBOOT_READY,   // at the prompt
	UBOOT_TYPING,  // a command is being typed, its echo compared
	UBOOT_RUNNING, // a command runs
	UBOOT_FAILED,  // see `failure`
};

enum uboot_shell_failure {
	UBOOT_FAILURE_NONE,
	UBOOT_NO_PROMPT,       // time was over
	UBOOT_AUTOBOOT_MISSED, // it booted something else
	UBOOT_NOISE,           // commands came back altered, again and again
	UBOOT_COMMAND_TIMEOUT, // a command did not end
	UBOOT_REBOOTED,        // the boot loader started anew in the middle
	UBOOT_TOO_LONG,        // a command beyond UBOOT_LINE_MAX, or not one line of text
	UBOOT_NO_HUSH,         // its shell is the old parser, which knows no `$?`
	UBOOT_NO_ECHO,         // it has no `echo`
};

struct uboot_shell {
	struct uboot_shell_config config; // strings are borrowed
	enum uboot_shell_state state;
	enum uboot_shell_failure failure;
	struct buffer out;    // to be sent now; whoever sends it truncates it
	int64_t wake_ns;      // when uboot_shell_tick has something to do; INT64_MAX = never
	struct buffer output; // of the last command, without framing
	int code;             // its exit code
	bool said;            // `until` of the running command was seen

	// inside
	struct buffer window; // what came lately (BOOTING, SYNCING) or since CR (RUNNING)
	struct buffer line;   // command with framing
	char mark[16];
	const char *until;
	unsigned number;           // of the command
	size_t sent;               // bytes of `line` typed
	size_t echoed;             // bytes of `line` that came back
	unsigned tries;            // typings of this command
	unsigned key_tries;        // autoboot keys sent
	bool marked;               // begin mark was found, window starts behind it
	bool ended;                // end mark was found, the prompt is awaited
	bool retype;               // SYNCING goes on with TYPING
	char marked_by;            // the byte that ended the begin mark's line
	struct buffer came;        // what came back of this typing, and a little of what followed
	struct buffer came_before; // the same of an earlier one, of which most came
	struct buffer last_line;   // last words before a Ctrl-C, for messages
	struct uboot_autoboot announcement;
	struct buffer announced;         // the line that said how autoboot is stopped
	char stamp[UBOOT_STAMP_MAX + 1]; // shape of what stands ahead of each line, "" = nothing
	bool banner, autoboot_seen, prompt_seen;
	bool environment_lost;      // it warned that its saved environment is of no use
	uint64_t bytes, unreadable; // while booting
	int64_t limit_ns;           // end of what is being waited for
	int64_t command_limit_ns;   // what uboot_shell_command gave the command, for RUNNING
	int64_t last_ns;            // last byte
	int64_t step_ns;            // when to try the next thing
};

// Whether it is one line of plain text that fits into U-Boot's with its framing.
bool uboot_shell_can_type(const char *command);

// A zero `config` member takes its default.
void uboot_shell_init(struct uboot_shell *u, const struct uboot_shell_config *config);
// Safe on NULL and twice.
void uboot_shell_deinit(struct uboot_shell *u);

// The board is about to be powered on: wait for its prompt until `limit_ns`.
void uboot_shell_boot(struct uboot_shell *u, int64_t now_ns, int64_t limit_ns);
// The board may be anywhere at its command line: get a clean prompt until `limit_ns`.
void uboot_shell_sync(struct uboot_shell *u, int64_t now_ns, int64_t limit_ns);
// Only in UBOOT_READY: type and run a command, to be over at `limit_ns`. `until` (may be NULL, is
// borrowed): text in its output that sets `said`.
void uboot_shell_command(struct uboot_shell *u, const char *command, const char *until,
			 int64_t now_ns, int64_t limit_ns);

// Takes bytes that were read at `now_ns` (monotonic); what is to be sent for them is in `out`.
void uboot_shell_feed(struct uboot_shell *u, const void *bytes, size_t len, int64_t now_ns);
// Lets time pass; due at `wake_ns`, harmless at any other time.
void uboot_shell_tick(struct uboot_shell *u, int64_t now_ns);

// What went wrong, as one sentence; only in UBOOT_FAILED.
void uboot_shell_describe(struct uboot_shell *u, struct buffer *out);

#endif
