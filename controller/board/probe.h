// SPDX-License-Identifier: GPL-2.0-or-later
// Looks whether a board can be reached (`mmfarm boards --probe`): opens its console, asks its power
// switch, and changes nothing.
#ifndef BOARD_PROBE_H
#define BOARD_PROBE_H

#include "board/driver.h"
#include "config/boards.h"

struct board_probe {
	char *refused; // why its keys are no board's; NULL: they are
	char *holder;  // somebody else has it, "in use by ...": it was not looked at; NULL: nobody
	char *unmet;   // what this host lacks for it, so that a run would be skipped; NULL: nothing
	char *console; // why its console does not open; NULL: it does
	char *power;   // why its switch does not answer; NULL: it does, or is not asked
	enum power_state state;
	bool emulated; // it was made, paused, and ended; it has no switch
	uint64_t said; // bytes of the console meanwhile
};

// Safe on NULL and twice; each string is owned.
void board_probe_deinit(struct board_probe *p);
#define CLEANUP_BOARD_PROBE CLEANUP(board_probe_deinit)

// Holds the board's lease meanwhile. What is wrong with the board stands in `*out`; an error is a
// wish to stop (board_wait_stopped), or trouble of this host.
struct error *board_probe(const struct board_config *config, struct board_probe *out) ERROR_RESULT;

// Of what was found: something that has to work does not. A holder and `unmet` are no failures.
bool board_probe_failed(const struct board_probe *p);

#endif
