// SPDX-License-Identifier: GPL-2.0-or-later
// What somebody wants to have run: a job and what is different about it, as words. It travels to the
// daemon as JSON and waits in its queue as such; with it everything else is found again.
#ifndef DAEMON_REQUEST_H
#define DAEMON_REQUEST_H

#include "base/arena.h"
#include "config/boards.h"
#include "config/farm.h"
#include "config/job.h"
#include "kernel/payload.h"
#include "run/batch.h"

#define REQUEST_REPEAT_MAX 999 // attempts of one run, as its record counts them

struct run_request {
	const char *job;     // its file, absolute
	const char *payload; // absolute; NULL = the job's
	const char *initrd;  // absolute; NULL = the job's
	const char *pool, *board, *variants, *append, *deadline;
	int64_t repeat; // 0 = once
	bool publish, no_publish;
};

// As one line of JSON; the caller frees.
char *request_print(const struct run_request *r);
// `name` stands for the text in complaints. Strings live in the arena. ERROR_USAGE.
struct error *request_parse(const char *name, const char *text, struct arena *arena,
			    struct run_request *out) ERROR_RESULT;

// All that a batch of the request is made of; it outlives the batch.
struct run_material {
	struct job_config *job;
	struct payload_file payload;
	char *changed;                // what the request makes different in the job; NULL: nothing
	struct batch_options options; // complete but for the id and the gate
};

void run_material_deinit(struct run_material *m);
#define CLEANUP_RUN_MATERIAL CLEANUP(run_material_deinit)

// `r`, `farm` and `results` outlive *out. `resume`: the batch of which it goes on, whose payload is the
// one that was kept for it; NULL: a new one. A job or payload that is not as it should be is ERROR_CONFIG.
struct error *request_open(const struct run_request *r, const struct farm_config *farm,
			   const char *results, const char *program, unsigned parallel,
			   const char *resume, struct run_material *out) ERROR_RESULT;

#endif
