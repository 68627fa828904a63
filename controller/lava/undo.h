// SPDX-License-Identifier: GPL-2.0-or-later
// What LAVA does to a console's text, taken back (log.h says what).
#ifndef LAVA_UNDO_H
#define LAVA_UNDO_H

#include <stdbool.h>

#include "base/buffer.h"
#include "lava/record.h"

enum lava_quotes { LAVA_QUOTES_UNKNOWN, LAVA_QUOTES_ESCAPED, LAVA_QUOTES_PLAIN };

// All zero is the state at the begin of a log.
struct lava_undo {
	enum lava_quotes quotes;
	bool echoes;            // this LAVA may put control keys that it types into the text
	struct buffer controls; // such keys that no line has shown yet
	struct buffer typed;    // typed text that no line has shown yet
	bool begun;         // a line of `typed` was shown: the rest begins at the start of a line
	struct buffer line; // the line at hand
};

void lava_undo_deinit(struct lava_undo *u);

// The version of this log's LAVA, as it says it.
void lava_undo_version(struct lava_undo *u, const char *version);

// An input record: its text will be part of the lines that follow.
void lava_undo_input(struct lava_undo *u, struct lava_text text);

// A console line; what the board wrote is u->line afterwards, its line end included if it has one.
void lava_undo_line(struct lava_undo *u, struct lava_text text);

#endif
