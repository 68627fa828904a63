// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a board whose console stayed silent is known to be well: then neither power nor cable is at
// fault.
#ifndef RUN_KNOWN_WELL_H
#define RUN_KNOWN_WELL_H

#include <stdint.h>

#define KNOWN_WELL_S 3600 // so long what a board said counts

// "it spoke 12 min before, in run ID", of the newest run of the board in RESULTS/runs other than `own` in
// which it said anything, unless that is too long ago; NULL: nothing is known. The caller frees.
char *known_well(const char *results_dir, const char *board, const char *own, int64_t now_ns);

#endif
