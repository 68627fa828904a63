// SPDX-License-Identifier: GPL-2.0-or-later
// One batch, from its first run to its published results: what dead schedulers left is recovered
// beside it, then its numbers are looked at (re-runs, A/B), its results are made and published, and it
// is closed.
//
// In steps, of which none waits for a board, a process or a network: some compute, and write the
// results. The next step is due when carry_out_fd is readable, or at carry_out_wake_ns.
#ifndef NIGHT_CARRY_OUT_H
#define NIGHT_CARRY_OUT_H

#include <stdio.h>

#include "config/boards.h"
#include "config/farm.h"
#include "config/job.h"
#include "run/batch.h"

struct publish_config;

struct carry_out_options {
	const char *results, *boards_dir;
	const struct boards_config *boards; // from there
	const char *farm_file;              // NULL: the usual one
	const char *program;                // as in struct worker_order
	const struct farm_config *farm;
	const struct publish_config *publish;
	const struct job_config *job;
	struct batch *batch; // made and not begun, or resumed
	// Also of re-runs and confirmations; the same as the batch's own. NULL: none.
	const struct batch_gate *gate;
	bool no_recovery; // what dead schedulers left is somebody else's to see to (old_batches.h)
	batch_fn *progress; // of the batch's runs
	void *progress_arg;
	FILE *out; // summary and timings for people; NULL: nobody reads
	// Told, a line each, what happened beside the runs; `trouble`: what could not be done, which
	// cost this batch nothing.
	void (*tell)(void *arg, bool trouble, const char *line);
	void *tell_arg;
};

struct carry_out;

// Begins with what dead schedulers left. `o` is copied; what it names outlives the work. A batch that was
// resumed goes on where it was left; each step behind its runs may be made again.
struct carry_out *carry_out_new(const struct carry_out_options *o);
// A batch that is not done is left to the next scheduler; its workers are ended.
void carry_out_free(struct carry_out *c);
CLEANUP_DEFINE(cleanup_carry_out, struct carry_out *, carry_out_free)
#define CLEANUP_CARRY_OUT CLEANUP(cleanup_carry_out)

// *done: the batch has its results, in store and documents; they are in the publisher's hands.
struct error *carry_out_step(struct carry_out *c, bool *done) ERROR_RESULT;
// The batch of which runs go on now: the own one, also with re-runs, or a confirmation's, which has an
// id of its own. NULL: none does. May be another one after each step.
struct batch *carry_out_batch(const struct carry_out *c);
// Its workers go on without their scheduler, for whoever resumes the batch. Then it is to be freed.
void carry_out_leave(struct carry_out *c);

// The epoll set of that batch, -1: there is none.
int carry_out_fd(const struct carry_out *c);
int64_t carry_out_wake_ns(const struct carry_out *c); // monotonic

// Runs that go on are ended and judged, what has not begun is a MISS, no further one is begun; the
// steps go on to the results.
void carry_out_stop(struct carry_out *c);

// Of a batch that is done: 0 (all as wanted), 1 (a FAIL, or numbers that are one) or 3 (lab trouble).
int carry_out_exit_code(const struct carry_out *c);
bool carry_out_interrupted(const struct carry_out *c);

// All steps, waiting in between. SIGINT, SIGTERM and SIGHUP stop it.
struct error *carry_out_run(struct carry_out *c) ERROR_RESULT;

#endif
