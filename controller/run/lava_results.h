// SPDX-License-Identifier: GPL-2.0-or-later
// What lava-run's own log of a run (lava.yaml of its directory) tells besides the console: results of
// tests, and how its job ended. The console's evidence outweighs both.
#ifndef RUN_LAVA_RESULTS_H
#define RUN_LAVA_RESULTS_H

#include "config/job.h"
#include "lava/ending.h"
#include "run/evidence.h"
#include "run/watch.h"

// Adds the results of test definitions as tests; of one that came several times the last counts.
// `ending` (may be NULL) is zeroed. False: LAVA had no part in the run.
bool lava_results_take(const char *run_dir, struct evidence *e, struct lava_ending *ending);

// Why a payload that did not come to its end did not, as LAVA sees it: the lab's trouble as an error;
// NULL when its console alone is to be judged. LAVA that waited in vain for the payload makes `watch`
// one of a silent console.
struct error *lava_results_trouble(const struct lava_ending *ending, const struct job_config *job,
				   const struct evidence *e, struct watch *watch) ERROR_RESULT;

#endif
