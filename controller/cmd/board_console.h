// SPDX-License-Identifier: GPL-2.0-or-later
// A board's console on this terminal.
#ifndef CMD_BOARD_CONSOLE_H
#define CMD_BOARD_CONSOLE_H

#include "board/attend.h"

// Standard input goes to the board (Ctrl-^ as a break), the board to standard output, until Ctrl-]
// is typed, the console closes, or standard input, when it is no terminal, has ended and the board is silent.
struct error *board_console_run(struct board *board, struct attend *attend) ERROR_RESULT;

// Shows the console.raw in `dir`, of a run or of another `mmfarm board` that holds a board, as it
// grows, until that is over or the user ends it. Nothing is sent. `raw`: the exact bytes, else as
// `attend` shows them.
struct error *board_console_follow(const char *dir, bool raw) ERROR_RESULT;

#endif
