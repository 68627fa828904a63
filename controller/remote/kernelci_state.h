// SPDX-License-Identifier: GPL-2.0-or-later
// What a pull lab must not forget, as rows, and the one way in which they change: a transaction of the
// caller's, who may put rows of its own into it. The protocol believes only what is stored: it acts on
// a change after `commit` has returned.
#ifndef REMOTE_KERNELCI_STATE_H
#define REMOTE_KERNELCI_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

// How far a job of theirs has come with us. Names are stored: stage_name, stage_parse.
enum kernelci_stage {
	KERNELCI_FOUND,     // an event offered it
	KERNELCI_CLAIMING,  // the claim's id is fixed, and may have been sent
	KERNELCI_TAKEN,     // ours: `batch` runs it
	KERNELCI_FINISHING, // `outcome` is to be told
	KERNELCI_FINISHED,  // it was told
	KERNELCI_LOST,      // somebody else's, or gone: `reason`
	KERNELCI_REFUSED,   // the service takes no result of it: `reason`; waits for a person
	KERNELCI_STAGES,
};
const char *kernelci_stage_name(enum kernelci_stage stage);
// KERNELCI_STAGES: no such name.
enum kernelci_stage kernelci_stage_parse(const char *name);

// A job of theirs. Key: `node`. Texts are NULL where they do not apply.
struct kernelci_job {
	const char *node;       // their id
	const char *platform;   // theirs
	const char *definition; // URL of what is to be done
	const char *claim;      // our data.job_id, from KERNELCI_CLAIMING on
	const char *batch;      // ours, from KERNELCI_TAKEN on
	const char *outcome;    // JSON (kernelci_outcome.h), from KERNELCI_FINISHING on
	const char *reason;     // for people
	const char *callback;   // URL for results of the job, when the definition has one
	enum kernelci_stage stage;
	int64_t since_ms; // when it came to the stage, since 1970
};

// An event that was looked at. Key: `id`.
struct kernelci_seen {
	const char *id;
	int64_t time_us; // the event's, since 1970
};

// A job that is ours from this transaction on.
struct kernelci_take {
	const struct kernelci_job *job;
	const char *definition; // the text that its URL gave, understood
	size_t len;
};

// All of it or nothing.
struct kernelci_change {
	int64_t cursor_us;                // events up to it were looked at; INT64_MIN: as it was
	const struct kernelci_seen *seen; // new
	size_t seen_count;
	int64_t forget_us;               // events seen up to here go; INT64_MIN: none
	const struct kernelci_job *jobs; // new, or in the place of the same node's
	size_t jobs_count;
	const char *const *gone; // nodes whose jobs go
	size_t gone_count;
	const struct kernelci_take *take; // or NULL
};

struct kernelci_store {
	// Stores a change. With `take` the caller makes a batch of its own in the same transaction, and
	// sets `*batch` to its id, which the job's row gets in that transaction as well. (The caller of
	// `commit` frees it.) After an error nothing is stored.
	struct error *(*commit)(void *arg, const struct kernelci_change *change,
				char **batch)ERROR_RESULT;
	void *arg;
};

#endif
