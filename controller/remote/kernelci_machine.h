// SPDX-License-Identifier: GPL-2.0-or-later
// The inside of a pull lab's machine: what kernelci.c (time, dispatch), kernelci_poll.c, kernelci_claim.c
// and kernelci_finish.c share, and nobody else includes.
#ifndef REMOTE_KERNELCI_MACHINE_H
#define REMOTE_KERNELCI_MACHINE_H

#include "base/random.h"
#include "remote/kernelci_body.h"
#include "remote/kernelci_exchange.h"
#include "remote/kernelci_state.h"

// What is to be asked next for a job.
enum kernelci_step {
	STEP_NONE,
	STEP_DEFINITION,  // GET of its definition
	STEP_CLAIM_READ,  // GET: is the node free?
	STEP_CLAIM_WRITE, // PUT of our claim
	STEP_CLAIM_CHECK, // GET: does our claim stand?
	STEP_OVERDUE,     // nothing is asked: the job was ours for too long
	STEP_FINISH_READ, // GET: what the node says now
	STEP_CHILDREN,    // GET: whether all tests arrived
	STEP_FINISH_WRITE,
	STEP_CALLBACK,
};

// A row with what is not stored beside it. The row's texts are owned.
struct kept_job {
	struct kernelci_job row;
	enum kernelci_step step;
	int64_t next_ns;
	unsigned tries;   // failed in a row
	int64_t read_ns;  // when the node was asked for that was free
	char *definition; // owned; NULL: not read (again) yet
	size_t definition_len;
	char *refusal, *refusal_code; // owned: the job cannot be done
	char *body;                   // owned: to be sent
	bool tree;                    // it goes to /nodes
	bool unsure;                  // something may have arrived before
	enum kernelci_detail detail;
};

struct kernelci_polling {
	int64_t next_ns;
	unsigned tries;
	int state;         // of those that are asked for, one after the other
	int64_t round_us;  // from which this round asks
	int64_t from_us;   // from which the pages of this state are
	size_t offset;     // of the page
	int64_t newest_us; // event of this round
	int64_t before_us; // the newest of the round before
	char *first;       // owned: id of the last page's first event
	unsigned repeats;  // how often in a row the same page came
};

struct kernelci_login_state {
	int64_t next_ns; // INT64_MAX: no need to ask
	unsigned tries;
	bool blocked; // the token is refused
	bool told;    // that it cannot do all
};

enum kernelci_work { WORK_NONE, WORK_LOGIN, WORK_POLL, WORK_JOB };

struct kernelci {
	const struct kernelci_options *o;
	struct kernelci_store store;
	struct kept_job **jobs; // owned
	size_t jobs_count;
	struct kernelci_seen *seen; // owned, ids too
	size_t seen_count;
	int64_t cursor_us; // INT64_MIN: none
	struct kernelci_polling poll;
	struct kernelci_login_state login;
	struct random random;
	enum kernelci_work work; // what the request under way is for
	struct kept_job *job;    // of WORK_JOB
	struct buffer url;
	char *last_told; // owned
};

// ---- kernelci.c: for all ---------------------------------------------------------------------

void machine_tell(struct kernelci *k, const char *fmt, ...) ERROR_PRINTF(2, 3);
int64_t machine_after(const struct kernelci_time *now, double seconds);
// When the next try is, after `tries` failed ones.
int64_t machine_retry(struct kernelci *k, const struct kernelci_time *now, unsigned tries,
		      const struct kernelci_answer *a);
// Whether the answer is of a kind that passes: none, 408, 409, 425, 429, 5xx.
bool machine_passes(const struct kernelci_answer *a);
// 401: nothing is asked but who we are, until the token is good again. True when it was one.
bool machine_blocked(struct kernelci *k, const struct kernelci_time *now,
		     const struct kernelci_answer *a);
struct kept_job *machine_find(const struct kernelci *k, const char *node);
struct kept_job *machine_add(struct kernelci *k, const struct kernelci_job *row);
// Stores the row in another stage, then changes it. False: it could not be stored, which is told; the
// job is tried again later. Texts of `to` that are NULL stay as they are.
bool machine_stage(struct kernelci *k, struct kept_job *j, const struct kernelci_time *now,
		   const struct kernelci_job *to, const struct kernelci_take *take);
// What the answer was, for messages.
const char *machine_describe(const struct kernelci_answer *a, struct buffer *out);
// A URL of the API, in k->url: "/node/" ID.
const char *machine_url(struct kernelci *k, const char *path, const char *id);

// ---- the parts -------------------------------------------------------------------------------

void poll_request(struct kernelci *k, const struct kernelci_time *now, struct kernelci_request *r);
void poll_answer(struct kernelci *k, const struct kernelci_time *now,
		 const struct kernelci_answer *a);

// Each of a job's steps; false: it needs no request now.
bool claim_request(struct kernelci *k, struct kept_job *j, const struct kernelci_time *now,
		   struct kernelci_request *r);
void claim_answer(struct kernelci *k, struct kept_job *j, const struct kernelci_time *now,
		  const struct kernelci_answer *a);
void finish_request(struct kernelci *k, struct kept_job *j, struct kernelci_request *r);
void finish_answer(struct kernelci *k, struct kept_job *j, const struct kernelci_time *now,
		   const struct kernelci_answer *a);
// The first step of a job that is in KERNELCI_FINISHING.
void finish_begin(struct kernelci *k, struct kept_job *j, const struct kernelci_time *now);

#endif
