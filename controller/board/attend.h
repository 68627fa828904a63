// SPDX-License-Identifier: GPL-2.0-or-later
// Holds a board outside of a run (`mmfarm board`): reads its console at every wait, keeps each
// byte, shows it if wanted, ends on a signal. Judges nothing.
#ifndef BOARD_ATTEND_H
#define BOARD_ATTEND_H

#include "board/board.h"
#include "capture/capture.h"

struct attend {
	struct board *board; // borrowed
	struct capture capture;
	int signals; // signalfd for SIGINT and SIGTERM; -1 = they are not ours
	int show;    // fd that console bytes are copied to; borrowed, -1 = none
	FILE *notes; // what is being done, a line each; borrowed, NULL = none
	bool ended;  // a signal came
	struct board_wait wait;
};

// Console bytes go to LOG_DIR/console.raw and console.idx (made anew). `a` must not move.
struct error *attend_init(struct attend *a, struct board *board, const char *log_dir) ERROR_RESULT;
void attend_deinit(struct attend *a);
#define CLEANUP_ATTEND CLEANUP(attend_deinit)

// From now on SIGINT and SIGTERM end every wait with an error.
struct error *attend_signals(struct attend *a) ERROR_RESULT;

// Sends to the board.
struct error *attend_send(struct attend *a, const char *bytes, size_t len) ERROR_RESULT;

// Takes in what the console still holds, without waiting for more.
void attend_drain(struct attend *a);

#endif
