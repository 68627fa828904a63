// SPDX-License-Identifier: GPL-2.0-or-later
// A pull lab of KernelCI (docs/kernelci.md) as a pure machine: it says which request is to be sent when,
// is told what came of it, and says through `commit` what is to be stored. It knows no clock, socket or
// file. One request is under way at a time.
//
//     poll -> FOUND -> definition read -> claim written, read back -> TAKEN (a batch of ours runs)
//          -> kernelci_finish -> FINISHING -> told, exactly once -> FINISHED
//
// The API has no compare-and-set: two pollers may both write their claim, and the later one stands. Each
// writes within half of `claim_wait_min_s` of having seen the job free, and believes its claim when that
// still stands after a random wait of at least `claim_wait_min_s`.
#ifndef REMOTE_KERNELCI_H
#define REMOTE_KERNELCI_H

#include <stdbool.h>

#include "remote/kernelci_events.h"
#include "remote/kernelci_exchange.h"
#include "remote/kernelci_state.h"

struct kernelci;

// `options` and what it points to outlive the machine.
struct kernelci *kernelci_new(const struct kernelci_options *options,
			      const struct kernelci_store *store);
void kernelci_free(struct kernelci *k);
CLEANUP_DEFINE(cleanup_kernelci, struct kernelci *, kernelci_free)
#define CLEANUP_KERNELCI CLEANUP(cleanup_kernelci)

// What was stored, before the first kernelci_next.
void kernelci_load_cursor(struct kernelci *k, int64_t cursor_us);
void kernelci_load_seen(struct kernelci *k, const struct kernelci_seen *seen);
void kernelci_load_job(struct kernelci *k, const struct kernelci_job *job);

// The request that is to be sent now; false: none is due, or one is under way. It is valid until
// kernelci_answer, which must follow.
bool kernelci_next(struct kernelci *k, const struct kernelci_time *now,
		   struct kernelci_request *request);
void kernelci_answer(struct kernelci *k, const struct kernelci_time *now,
		     const struct kernelci_answer *answer);

// When kernelci_next may have something (monotonic); INT64_MAX while a request is under way.
int64_t kernelci_due_ns(const struct kernelci *k);

// The job's batch is over: stores `outcome` (kernelci_outcome.h), to be told. A job that is not TAKEN
// (any more) is left as it is, so that a caller who was killed may say it again.
struct error *kernelci_finish(struct kernelci *k, const char *node, const char *outcome,
			      const struct kernelci_time *now) ERROR_RESULT;

// Calls `take` for each job that is kept, in the order in which they were found.
void kernelci_each(const struct kernelci *k,
		   void (*take)(void *arg, const struct kernelci_job *job), void *arg);

// Whether a node is an offer to this lab that nobody has taken: a job for one of its platforms that is
// available, or done in the sense of "published".
bool kernelci_is_offer(const struct kernelci_options *o, const struct kernelci_node *n);

// Appends the URL that asks for events of jobs in a state ("available", "done") from a time on.
void kernelci_events_url(const struct kernelci_options *o, const char *state, int64_t from_us,
			 size_t offset, struct buffer *out);

// Reads a definition as the machine does, for the caller that got one to run: with what this lab
// does not run skipped. False: it is refused, for `why`.
bool kernelci_understand(const struct kernelci_options *o, const char *platform, const char *text,
			 size_t len, struct arena *arena, struct kernelci_definition *out,
			 struct buffer *why);

#endif
