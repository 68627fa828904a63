// SPDX-License-Identifier: GPL-2.0-or-later
// QEMU with the page-table sanitizer (docs/sanitizer.md): which QEMU can load it, and how it is told.
#ifndef BOARD_POWER_SANITIZED_H
#define BOARD_POWER_SANITIZED_H

#include "board/driver.h"

struct sanitized {
	char *program; // owned: the QEMU to start
	char *plugin;  // owned: value of -plugin
	char *machine; // owned: value of -M
	char *memory;  // owned: value of -object
};

// What the board's own file says.
struct sanitized_wish {
	const char *program; // of its key `qemu`
	const char *machine, *memory;
	int64_t cpus;
	bool icount;
};

// Finds a QEMU that can do it: the board's, or one that was brought beside the system's. ERROR_UNMET
// says what the host or the board lacks. `out` is released by sanitized_deinit, also after an error.
struct error *sanitized_find(const struct sanitized_wish *wish, struct board_place *place,
			     struct sanitized *out) ERROR_RESULT;
void sanitized_deinit(struct sanitized *s);

// 10 of "QEMU emulator version 10.0.2 (Debian ...)"; 0: it is none.
int sanitized_version(const char *said);

// QEMU's program where a board names none.
#define SANITIZED_PROGRAM "qemu-system-aarch64"

#endif
