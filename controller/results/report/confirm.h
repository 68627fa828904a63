// SPDX-License-Identifier: GPL-2.0-or-later
// What the runs that were added to confirm another one's failure say: "3/3 on two boards".
#ifndef RESULTS_CONFIRM_H
#define RESULTS_CONFIRM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "record/model.h"

// Whether the run shows what is to be confirmed.
typedef bool confirm_shows(const struct run *r, void *arg);

struct confirm_counts {
	size_t shown, tried; // runs: the first one, and those that confirm it and came to a verdict
	size_t boards;       // that show it
	bool elsewhere;      // another board was tried
};

// Counts the runs that show it and have others to confirm them, with these others; `only`: this run
// alone, NULL: any. False: there are none.
bool confirm_count(const struct batch_results *b, const struct run *only, confirm_shows *shows,
		   void *arg, struct confirm_counts *out);

// Appends "3/3 on two boards", "2/3, this board only" or "2/2 on this board".
void confirm_words(const struct confirm_counts *c, struct buffer *out);

#endif
