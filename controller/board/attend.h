// SPDX-License-Identifier: GPL-2.0-or-later
// Holds a board outside of a run (`mmfarm board`): reads its console at every wait, keeps each
// byte, shows it if wanted, ends on a signal. Judges nothing.
#ifndef BOARD_ATTEND_H
#define BOARD_ATTEND_H

#include "board/board.h"
#include "board/pump.h"
#include "capture/capture.h"
#include "text/terminal.h"

// What a shell's line editing needs of a console that is shown on a terminal, and no more: it stays
// in its line.
#define ATTEND_CONTROLS "\b\r"

struct attend {
	struct pump pump; // its line is the board's console
	struct capture capture;
	int show; // fd that console text is copied to; borrowed, -1 = none
	bool raw; // its exact bytes; else what cannot drive a terminal (text/terminal.h)
	struct terminal_filter filter;
	FILE *notes; // what is being done, a line each; borrowed, NULL = none
	struct board_wait wait;
};

// Console bytes go to LOG_DIR/console.raw and console.idx (made anew). From now on
// SIGINT, SIGTERM and SIGHUP end every wait with an error. `a` must not move.
struct error *attend_init(struct attend *a, struct board *board, const char *log_dir) ERROR_RESULT;
// Closes the console's files; the board is its caller's. Safe on NULL and twice.
void attend_deinit(struct attend *a);
#define CLEANUP_ATTEND CLEANUP(attend_deinit)

// Sends to the board.
struct error *attend_send(struct attend *a, const char *bytes, size_t len) ERROR_RESULT;

#endif
