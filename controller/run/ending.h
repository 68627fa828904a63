// SPDX-License-Identifier: GPL-2.0-or-later
// How a run ended, besides what its console showed: kept in run.json ("end"), so that a run can be
// judged again from its directory alone.
#ifndef RUN_ENDING_H
#define RUN_ENDING_H

#include <jansson.h>

#include "board/driver.h"
#include "detect/detect.h"
#include "run/judge.h"

struct ending {
	enum detect_end_reason console; // why reading stopped
	enum board_end board;
	bool interrupted;
	struct error *trouble; // owned; NULL: none
};

void ending_deinit(struct ending *e);
#define CLEANUP_ENDING CLEANUP(ending_deinit)

json_t *ending_json(const struct judge_input *input, enum detect_end_reason console);

// Reads what ending_json wrote. Of a run.json without "end" (`o` NULL) it takes that nothing went
// wrong around the console and that the console closed.
struct error *ending_read(const json_t *o, struct ending *out) ERROR_RESULT;

#endif
