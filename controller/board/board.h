// SPDX-License-Identifier: GPL-2.0-or-later
// One board in hand: its three drivers behind one face.
#ifndef BOARD_BOARD_H
#define BOARD_BOARD_H

#include "board/driver.h"

struct board;

// Finds the drivers that the declaration names and lets each check its keys. Touches no hardware,
// so that it also serves to check a whole boards/ folder. `config` must outlive the board.
struct error *board_new(const struct board_config *config, struct board **out) ERROR_RESULT;
// Releases everything, switching an emulator off if it still runs.
void board_free(struct board *b);
CLEANUP_DEFINE(cleanup_board, struct board *, board_free)
#define CLEANUP_BOARD CLEANUP(cleanup_board)

// Readies payload and power switch in `run_dir` and opens the console, board still off.
// *console_fd belongs to the caller.
struct error *board_prepare(struct board *b, const char *run_dir,
			    const struct board_payload *payload, const struct board_wait *wait,
			    int *console_fd) ERROR_RESULT;
struct error *board_power_on(struct board *b) ERROR_RESULT;
// Attempted on every way out; safe when never prepared or already off.
struct error *board_power_off(struct board *b) ERROR_RESULT;
// Switches off a board whose former holder died, without opening its console.
struct error *board_force_off(struct board *b, const char *run_dir,
			      const struct board_wait *wait) ERROR_RESULT;
// How the board ended by itself; asked before it is switched off.
enum board_end board_end(struct board *b, bool line_closed);

#endif
