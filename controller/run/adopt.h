// SPDX-License-Identifier: GPL-2.0-or-later
// Who is at a run whose scheduler died: a worker goes on without it.
#ifndef RUN_ADOPT_H
#define RUN_ADOPT_H

#include "base/process.h"
#include "config/boards.h"

enum adopt_answer {
	ADOPT_NOBODY, // its worker is dead
	ADOPT_LIVES,
	ADOPT_BEGINS, // a worker may be on its way: somebody without a name has the board
};

#define ADOPT_WORKER_NAME "mmfarm-worker" // of its process, as ps and /proc show it

// Looks at the run in `run_dir` on `board`. Of a worker that lives *out becomes the process, where the
// board's lease or /proc shows it, else none. `out` must be none.
enum adopt_answer adopt_look(const char *run_dir, const struct board_config *board,
			     struct process *out);

// Whether a worker ever came to the run: one that did wrote its first event before it asked for the board.
bool adopt_has_begun(const char *run_dir);

// When the process was started, on the monotonic clock; 0: not known.
int64_t adopt_start_ns(const struct process *p);

#endif
