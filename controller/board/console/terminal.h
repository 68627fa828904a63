// SPDX-License-Identifier: GPL-2.0-or-later
// A pseudo-terminal for a program: raw, without echo, so that bytes pass as they are, and yet a
// terminal, so that the program does not keep back what it says until its buffer is full.
#ifndef BOARD_CONSOLE_TERMINAL_H
#define BOARD_CONSOLE_TERMINAL_H

#include "base/error.h"

// *ours is non-blocking and close-on-exec, *theirs close-on-exec; both are the caller's to close.
// Once every holder of *theirs has closed it, reading *ours ends with EIO.
struct error *terminal_open(int *ours, int *theirs) ERROR_RESULT;

#endif
