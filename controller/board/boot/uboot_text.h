// SPDX-License-Identifier: GPL-2.0-or-later
// What U-Boot's console says, read: pure functions from text to meaning.
//
// Sources: U-Boot's common/autoboot.c and doc/README.autoboot (announcements), cmd/bootmenu.c (its
// menu), net/tftp.c and net/lwip/tftp.c (errors); the announcements of vendors' trees as public boot
// logs show them.
#ifndef BOARD_BOOT_UBOOT_TEXT_H
#define BOARD_BOOT_UBOOT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

#define UBOOT_KEYS_MAX  20  // bytes of the keys that an announcement names
#define UBOOT_STAMP_MAX 48  // bytes of a stamp ahead of a line
#define UBOOT_ECHO_MAX  960 // bytes of an echo that are looked at: two of the longest line

struct uboot_autoboot {
	char keys[UBOOT_KEYS_MAX +
		  1]; // what stops it, as the line itself says; "" = it does not say
	bool secret;  // it wants a password, which the line does not tell
};

// Whether the line says that U-Boot boots by itself unless it is stopped, and how it is stopped.
bool uboot_autoboot_read(const char *line, size_t len, struct uboot_autoboot *out);

// The shape of a stamp that a console server puts ahead of each line: a run of digits is "0", a run
// of letters "a", a run of blanks one blank, all else itself. False when the text has less than
// three digits or is too long, and so is no stamp.
bool uboot_stamp_shape(const char *text, size_t len, char shape[UBOOT_STAMP_MAX + 1]);
// How many bytes of `text` have that shape, 0 when they have not.
size_t uboot_stamp_match(const char *shape, const char *text, size_t len);

// Appends a command's output as text: lines end with "\n", whatever mixture of CR and LF came, and
// have no stamp of that shape ("" = none). A CR in the middle of a line stays.
void uboot_clean_output(const char *text, size_t len, const char *shape, struct buffer *out);

// Whether what came back is what was typed, twice: each byte, or each piece of it.
bool uboot_echo_is_doubled(const char *typed, size_t typed_len, const char *came, size_t came_len);

// A server's TFTP error in the output of `tftpboot`: its number (RFC 1350: 1 = file not found), and
// its words appended to *words. -1: there is none.
int uboot_tftp_error(const char *output, struct buffer *words);

#endif
