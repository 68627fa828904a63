// SPDX-License-Identifier: GPL-2.0-or-later
// What a batch shows while it runs: a live line a board on a terminal, plain lines elsewhere, or
// JSON lines.
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include "base/buffer.h"
#include "run/batch.h"

enum progress_mode { PROGRESS_LIVE, PROGRESS_PLAIN, PROGRESS_JSON };

struct progress {
	enum progress_mode mode;
	unsigned live_lines; // drawn at the moment
	int64_t start_ns;    // monotonic; of the first event
};

// Live when standard output is a terminal that can move its cursor.
enum progress_mode progress_pick(bool json);

// Appends "12/32, 1 FAIL, about 40 s left".
void progress_overall(const struct progress *p, const struct batch_run *runs, size_t count,
		      struct buffer *out);

// A batch_fn; `arg` is the struct progress.
void progress_take(enum batch_event event, const struct batch_run *runs, size_t count,
		   const struct batch_run *run, void *arg);

#endif
