// SPDX-License-Identifier: GPL-2.0-or-later
// How a run ended, besides what its console showed: kept in run.json ("end"), so that a run can be
// judged again from its directory alone.
#ifndef RUN_ENDING_H
#define RUN_ENDING_H

#include "record/model.h"
#include "run/judge.h"

struct ending {
	struct watch watch;
	enum board_end board;
	bool interrupted;
	struct error *trouble; // owned; NULL: none
	struct error *off;     // owned: why the board may still be on; NULL: it is off
	char *unfit, *well;    // owned: judge_input's
	char *doubt;           // owned: judge_input.doubt
};

void ending_deinit(struct ending *e);
#define CLEANUP_ENDING CLEANUP(ending_deinit)

// As run.json keeps it, in the arena and what `input` points to.
const struct run_end *ending_make(const struct judge_input *input, struct arena *arena);

// Reads from a run what ending_make told. Of one without "end" it takes that nothing went wrong
// around the console and that the console closed.
struct error *ending_read(const struct run *run, struct ending *out) ERROR_RESULT;

#endif
