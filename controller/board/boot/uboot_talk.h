// SPDX-License-Identifier: GPL-2.0-or-later
// The U-Boot shell (uboot_shell.h) over a board's console, as plain calls.
//
// In a rehearsal nothing is sent: commands are printed to place->rehearsal and taken as successful.
#ifndef BOARD_BOOT_UBOOT_TALK_H
#define BOARD_BOOT_UBOOT_TALK_H

#include "board/boot/uboot_shell.h"
#include "board/driver.h"

struct uboot_talk {
	struct board_place *place;
	struct uboot_shell shell;
	int64_t limit_ns; // of the whole conversation: no single wait goes beyond it
	unsigned gaps;    // of the line, as far as known
	bool retry;       // the last error may go away with a power cycle
};

// `config` and `place` are borrowed; the conversation ends at monotonic `limit_ns`.
void uboot_talk_init(struct uboot_talk *t, const struct uboot_shell_config *config,
		     struct board_place *place, int64_t limit_ns);
// Safe on NULL and twice.
void uboot_talk_deinit(struct uboot_talk *t);
#define CLEANUP_UBOOT_TALK CLEANUP(uboot_talk_deinit)

static inline bool uboot_talk_rehearses(const struct uboot_talk *t)
{
	return t->place->rehearsal != NULL;
}

// Says what is being done (board_wait.note); in a rehearsal a comment line.
void uboot_talk_note(struct uboot_talk *t, const char *what, const char *fmt, ...)
    ERROR_PRINTF(3, 4);

// The board has just been powered on: stops its autoboot.
struct error *uboot_talk_prompt(struct uboot_talk *t, double seconds) ERROR_RESULT;

// Runs a command to its end; output and exit code are in t->shell afterwards.
struct error *uboot_talk_run(struct uboot_talk *t, double seconds, const char *fmt, ...)
    ERROR_PRINTF(3, 4) ERROR_RESULT;
// The same; any exit code but 0 is an error that quotes the output.
struct error *uboot_talk_need(struct uboot_talk *t, double seconds, const char *fmt, ...)
    ERROR_PRINTF(3, 4) ERROR_RESULT;

// Starts a command and returns when its output has shown `until` (*said) or it has ended (!*said).
struct error *uboot_talk_start(struct uboot_talk *t, double seconds, const char *until, bool *said,
			       const char *fmt, ...) ERROR_PRINTF(5, 6) ERROR_RESULT;
// Goes on with what uboot_talk_start began, until it has ended.
struct error *uboot_talk_finish(struct uboot_talk *t) ERROR_RESULT;

// Output of the last command, valid until the next one.
const char *uboot_talk_output(const struct uboot_talk *t);
// The last line of the output that says something, for messages; valid until the next command.
const char *uboot_talk_last_line(struct uboot_talk *t);

#endif
