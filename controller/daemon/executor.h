// SPDX-License-Identifier: GPL-2.0-or-later
// The farm at work: asks the planner what is to be done, saves what it decided, carries it out, and tells
// it what came of it. It owns no rule: who runs when is schedule/'s, how a batch runs is night/'s.
//
// All that touches boards, disks and clocks goes through a struct executor_world, so that a simulator can put
// its own in place (tests/unit/daemon_simulation.c). The daemon's is daemon/world.h.
#ifndef DAEMON_EXECUTOR_H
#define DAEMON_EXECUTOR_H

#include "schedule/planner.h"

struct executor;
struct executor_work; // a batch that is being carried out; the world's

// The runs of a batch, as the world sees them.
struct executor_runs {
	struct plan_rules rules;
	const struct plan_run *runs;
	size_t count;
};

struct executor_world {
	void *arg; // of each function
	// Saves what has changed (state_save). Fails: nothing is carried out until it has worked.
	struct error *(*save)(void *arg, struct planner *p);
	// What the batch would run. The result is the world's, until its next call.
	struct error *(*expand)(void *arg, const struct batch_row *batch,
				struct executor_runs *out);
	// Makes the batch, or goes on with one that was begun by a farm that died. It may be called for a
	// batch that is done but for the planner's knowing it.
	struct error *(*begin)(void *arg, struct executor *x, const struct batch_row *batch,
			       struct executor_work **out);
	// Its runs as they stand; the result is the work's, until its next step.
	void (*look)(void *arg, struct executor_work *w, struct executor_runs *out);
	// Goes on with it, without waiting for anything. Runs begin only where executor_may_begin allows; a
	// run that ends is told (executor_take_news) before the batch can be done. *done: its results are out.
	struct error *(*step)(void *arg, struct executor_work *w, bool *done);
	struct error *(*add)(void *arg, struct executor_work *w, const struct planner_action *a);
	struct error *(*skip)(void *arg, struct executor_work *w, size_t run, const char *reason);
	void (*stop)(void *arg, struct executor_work *w, const char *why);
	void (*end)(void *arg,
		    struct executor_work *w); // frees it; what goes on of it is left alone
	// The batch cannot be made, or cannot go on (a full disk): it leaves the queue, and what there is of
	// it is for whoever brings old batches to their end. Takes the error over.
	void (*refuse)(void *arg, const char *batch, struct error *e);
	// One line for people: what could not be done (trouble), or what happened.
	void (*tell)(void *arg, bool trouble, const char *line);
};

// `p` is the caller's; both outlive the farm.
struct executor *executor_new(const struct executor_world *world, struct planner *p);
// What runs goes on, and is taken up by the next farm.
void executor_free(struct executor *x);
CLEANUP_DEFINE(cleanup_executor, struct executor *, executor_free)
#define CLEANUP_EXECUTOR CLEANUP(cleanup_executor)

// Does all that can be done at `now_s` (UTC), and returns. An error is of the farm's own memory of things
// (save): nothing is carried out meanwhile, and the next step tries again.
struct error *executor_step(struct executor *x, int64_t now_s) ERROR_RESULT;

// The planner was told something beside the farm: it is asked anew with the next step.
void executor_poke(struct executor *x);

// Batches that are being carried out.
size_t executor_works(const struct executor *x);
struct executor_work *executor_work_at(const struct executor *x, size_t i);

// For the world: may run `i` of the batch begin now?
bool executor_may_begin(const struct executor *x, const char *batch, size_t i);
// For the world, within `step`: the runs of the batch have changed; asks for runs to be added, at once.
void executor_take_news(struct executor *x, struct executor_work *w);

#endif
