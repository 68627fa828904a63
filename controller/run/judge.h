// SPDX-License-Identifier: GPL-2.0-or-later
// Evidence in, one verdict out. Pure: the same evidence gives the same verdict, live or re-scanned.
#ifndef RUN_JUDGE_H
#define RUN_JUDGE_H

#include "board/driver.h"
#include "config/boards.h"
#include "config/job.h"
#include "run/evidence.h"
#include "run/host.h"
#include "record/status.h"
#include "run/watch.h"

// What went on around the console.
struct judge_input {
	const struct job_config *job;
	const struct variant_config *variant;
	const struct board_config *board;
	const char *pool;
	const struct error *trouble; // what the lab or the system refused; NULL = nothing
	bool interrupted;            // an operator ended the run
	enum board_end end;          // how the board ended by itself
	const struct host_use *host; // what an emulated board got of the host's CPU; NULL = unknown
	struct watch watch;          // why the reading of its console stopped
	const struct error *off;     // why the board may still be on; NULL = it is off
	const char *doubt; // what a tool said that ended well all the same; NULL = nothing
	const char *unfit; // why the payload was not booted: it cannot run there; NULL = it was
	const char *well;  // why a silent board is known to be well; NULL = it is not known to be
};

#define JUDGE_REASON_SIZE 512

// The code of a MISS by which a hook says that the board must not be used (on_failure: quarantine).
#define JUDGE_QUARANTINE_CODE "HookQuarantine"

struct judgement {
	enum status verdict;
	bool wanted;                    // splats were wanted and all of them came
	char code[32];                  // MISS and ERROR: short machine-readable cause; else ""
	char reason[JUDGE_REASON_SIZE]; // one sentence
};

// Also marks what was wanted in `evidence`.
void judge(const struct judge_input *in, struct evidence *evidence, struct judgement *out);

#endif
