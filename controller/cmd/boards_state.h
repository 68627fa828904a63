// SPDX-License-Identifier: GPL-2.0-or-later
// How boards are at a glance, where a daemon runs: health, who has them, their last runs, their wear.
#ifndef CMD_BOARDS_STATE_H
#define CMD_BOARDS_STATE_H

#include "cmd/client.h"
#include "config/boards.h"

#define BOARDS_STATE_RUNS 50 // runs of which troubles of the lab are counted
#define BOARDS_STATE_LAST 6  // runs that are shown

struct board_state {
	const struct board_config *config;
	const json_t *told;               // what the daemon says of it; NULL: it does not know it
	char *holder;                     // owned; "" nobody
	char last[BOARDS_STATE_LAST + 1]; // first letters of its last verdicts, the newest last
	int runs, misses;                 // of the last BOARDS_STATE_RUNS
};

struct boards_state {
	json_t *answer; // owned
	struct board_state *boards;
	size_t count;
};

void boards_state_deinit(struct boards_state *s);
#define CLEANUP_BOARDS_STATE CLEANUP(boards_state_deinit)

// Asks the daemon, the store of `results` (where there is one) and the boards' locks.
struct error *boards_state_ask(const struct boards_config *c, const char *results,
			       struct client *daemon, struct boards_state *out) ERROR_RESULT;
// One line a board, at most so wide; 0: no limit.
void boards_state_print(const struct boards_state *s, unsigned columns);
// The members of a board, for one JSON object.
void boards_state_json(const struct board_state *b, json_t *out);

#endif
