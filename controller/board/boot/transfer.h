// SPDX-License-Identifier: GPL-2.0-or-later
// File transfer over the console by a program that knows the protocol (lrzsz, ckermit).
//
// The program gets a pseudo-terminal of its own; mmfarm carries its bytes to the line and the
// line's bytes to it. So the console keeps one owner, and every byte of the transfer is captured.
#ifndef BOARD_BOOT_TRANSFER_H
#define BOARD_BOOT_TRANSFER_H

#include "board/driver.h"

enum transfer_protocol { TRANSFER_YMODEM, TRANSFER_XMODEM, TRANSFER_KERMIT };

// What makes a receiver give up: five CAN for X- and YMODEM (a Ctrl-C first would make U-Boot deaf
// for them), Ctrl-C for Kermit.
const char *transfer_abort_keys(enum transfer_protocol protocol);

// Sees the line's bytes as well, while the transfer runs; tells whether the receiver has ended.
typedef bool transfer_fn(const char *bytes, size_t len, void *arg);

// Sends `file` to a receiver that is ready. What the program complains about goes to
// RUN_DIR/transfer.log and into the error. A transfer that no longer advances, or is not over at the
// deadline, is aborted on both sides, and its error says how far it came. Bytes that `fn` gets are
// those of the line, from now on.
struct error *transfer_send(struct board_place *place, enum transfer_protocol protocol,
			    const char *file, int64_t deadline_ns, transfer_fn *fn,
			    void *arg) ERROR_RESULT;

#endif
