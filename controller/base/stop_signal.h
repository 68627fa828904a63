// SPDX-License-Identifier: GPL-2.0-or-later
// The signals by which people and systems ask a process to stop (INT, TERM, HUP), as a readable fd.
#ifndef BASE_STOP_SIGNAL_H
#define BASE_STOP_SIGNAL_H

#include "base/error.h"

// From now on they wait to be read instead of ending the process.
void stop_signal_block(void);

// Blocks them and opens a non-blocking signalfd(2) for them; *fd is the caller's.
struct error *stop_signal_open(int *fd) ERROR_RESULT;

// Number of the next one that waits on `fd`, 0 when none does.
unsigned stop_signal_read(int fd);

#endif
