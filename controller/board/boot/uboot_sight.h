// SPDX-License-Identifier: GPL-2.0-or-later
// What the last bytes of a U-Boot console are: a prompt, a banner, somebody else's first words. Pure;
// inside of uboot_shell.h. Bytes are taken one by one, so a text that is looked for is found when
// its last byte comes.
#ifndef BOARD_BOOT_UBOOT_SIGHT_H
#define BOARD_BOOT_UBOOT_SIGHT_H

#include "board/boot/uboot_shell.h"

static inline bool uboot_is_line_end(char c)
{
	return c == '\r' || c == '\n';
}

// Appends a byte to the window; beyond `limit` bytes its older half goes.
void uboot_sight_append(struct uboot_shell *u, char c, size_t limit);

// Whether the window ends with `text`.
bool uboot_sight_ends(const struct uboot_shell *u, const char *text);

// Where the line begins in the window that `end` stands in, behind whatever CR and LF ended the one
// before it.
size_t uboot_sight_line_start(const struct uboot_shell *u, size_t end);

// Whether the window ends with the prompt at the start of a line. A stamp that a console server puts
// ahead of it is learnt from the line before.
bool uboot_sight_prompt(struct uboot_shell *u);

// Whether it starts anew: a banner has an empty line before it, the output of `version` has not.
bool uboot_sight_reboot(const struct uboot_shell *u);

// Whether it gave way to something: what the board's file says of that, or Linux itself.
bool uboot_sight_gave_way(const struct uboot_shell *u);

// What it says when it waits for a key, as the board's file tells or by default.
const char *uboot_autoboot_text(const struct uboot_shell *u);

// Keeps the window's last line that says something, before the window is forgotten.
void uboot_sight_keep_last_line(struct uboot_shell *u);

#endif
