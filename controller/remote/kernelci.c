// SPDX-License-Identifier: GPL-2.0-or-later
#include "remote/kernelci.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "remote/kernelci_events.h"
#include "remote/kernelci_machine.h"
#include "remote/kernelci_outcome.h"

#define LOGIN_AGAIN_S 60.0 // when the token was refused: a person may have changed the file
#define REQUEST_S     60.0
#define TOMBSTONE_MS  (INT64_C(14) * 24 * 3600 * 1000) // rows of jobs that are over
#define ANSWER_LIMIT  ((size_t)4 << 20)

void kernelci_options_usual(struct kernelci_options *o)
{
	*o = (struct kernelci_options){
	    .kinds = 1u << KERNELCI_BOOT,
	    .outputs = KERNELCI_TO_MAESTRO,
	    .poll_s = 30,
	    .overlap_s = 120,
	    .lookback_s = 24 * 3600,
	    .claim_wait_min_s = 10,
	    .claim_wait_max_s = 20,
	    .retry_first_s = 5,
	    .retry_max_s = 600,
	    .longest_s = 6 * 3600, // what KernelCI itself gives a node
	    .most_taken = 16,
	};
}

static const char *const stages[KERNELCI_STAGES] = {"found",    "claiming", "taken",  "finishing",
						    "finished", "lost",     "refused"};

const char *kernelci_stage_name(enum kernelci_stage stage)
{
	return stages[stage];
}

enum kernelci_stage kernelci_stage_parse(const char *name)
{
	int i = 0;
	while (i < KERNELCI_STAGES && strcmp(stages[i], name) != 0)
		i++;
	return (enum kernelci_stage)i;
}

// ---- rows ---------------------------------------------------------------------------------------

static void set_text(const char **to, const char *from)
{
	if (!from || from == *to)
		return;
	free((char *)(uintptr_t)*to);
	*to = memory_strdup(from);
}

static void row_set(struct kernelci_job *to, const struct kernelci_job *from)
{
	set_text(&to->node, from->node);
	set_text(&to->platform, from->platform);
	set_text(&to->definition, from->definition);
	set_text(&to->claim, from->claim);
	set_text(&to->batch, from->batch);
	set_text(&to->outcome, from->outcome);
	set_text(&to->reason, from->reason);
	set_text(&to->callback, from->callback);
	to->stage = from->stage;
	to->since_ms = from->since_ms;
}

static void job_free(struct kept_job *j)
{
	const char *const texts[] = {j->row.node,   j->row.platform, j->row.definition,
				     j->row.claim,  j->row.batch,    j->row.outcome,
				     j->row.reason, j->row.callback, j->definition,
				     j->refusal,    j->refusal_code, j->body};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free((char *)(uintptr_t)texts[i]);
	free(j);
}

struct kept_job *machine_find(const struct kernelci *k, const char *node)
{
	for (size_t i = 0; i < k->jobs_count; i++)
		if (strcmp(k->jobs[i]->row.node, node) == 0)
			return k->jobs[i];
	return NULL;
}

struct kept_job *machine_add(struct kernelci *k, const struct kernelci_job *row)
{
	struct kept_job *j = memory_new(1, sizeof(*j));
	row_set(&j->row, row);
	ARRAY_APPEND(k->jobs, k->jobs_count, j);
	return j;
}

bool machine_stage(struct kernelci *k, struct kept_job *j, const struct kernelci_time *now,
		   const struct kernelci_job *to, const struct kernelci_take *take)
{
	struct kernelci_job row = j->row;
	const char **const mine[] = {&row.claim, &row.outcome, &row.reason, &row.callback};
	const char *const theirs[] = {to->claim, to->outcome, to->reason, to->callback};
	for (size_t i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++)
		if (theirs[i])
			*mine[i] = theirs[i];
	row.stage = to->stage;
	row.since_ms = now->real_ms;
	struct kernelci_take taken = take ? *take : (struct kernelci_take){0};
	taken.job = &row;
	const struct kernelci_change change = {
	    .cursor_us = INT64_MIN,
	    .forget_us = INT64_MIN,
	    .jobs = &row,
	    .jobs_count = 1,
	    .take = take ? &taken : NULL,
	};
	CLEANUP_FREE char *batch = NULL;
	CLEANUP_ERROR struct error *e = k->store.commit(k->store.arg, &change, &batch);
	if (e) {
		machine_tell(k, "job %s cannot be stored: %s", row.node, error_text(e));
		j->next_ns = machine_retry(k, now, j->tries++, NULL);
		return false;
	}
	row.batch = batch ? batch : row.batch;
	row_set(&j->row, &row);
	return true;
}

// ---- small things -------------------------------------------------------------------------------

void machine_tell(struct kernelci *k, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	CLEANUP_FREE char *text = memory_vprintf(fmt, args);
	va_end(args);
	// What goes on and on is said once.
	if (!k->o->tell || (k->last_told && strcmp(k->last_told, text) == 0))
		return;
	free(k->last_told);
	k->last_told = memory_strdup(text);
	k->o->tell(k->o->tell_arg, text);
}

int64_t machine_after(const struct kernelci_time *now, double seconds)
{
	return now->ns + (int64_t)(seconds * (double)NS_PER_S);
}

int64_t machine_retry(struct kernelci *k, const struct kernelci_time *now, unsigned tries,
		      const struct kernelci_answer *a)
{
	double wait = k->o->retry_first_s * pow(2, tries < 30 ? tries : 30);
	if (wait > k->o->retry_max_s)
		wait = k->o->retry_max_s;
	wait *= 1 - random_uniform(&k->random) / 2;
	if (a && a->retry_after_s > wait) // NaN is not
		wait = fmin(a->retry_after_s, 3600);
	return machine_after(now, wait);
}

bool machine_passes(const struct kernelci_answer *a)
{
	return a->status == 0 || a->status == 408 || a->status == 409 || a->status == 425 ||
	       a->status == 429 || a->status >= 500;
}

bool machine_blocked(struct kernelci *k, const struct kernelci_time *now,
		     const struct kernelci_answer *a)
{
	if (a->status != 401)
		return false;
	if (!k->login.blocked)
		machine_tell(k, "KernelCI refuses the token (HTTP 401): no job is claimed or "
				"finished until it is a good one");
	k->login.blocked = true;
	k->login.next_ns = machine_after(now, LOGIN_AGAIN_S);
	return true;
}

const char *machine_describe(const struct kernelci_answer *a, struct buffer *out)
{
	if (a->status == 0)
		buffer_printf(out, "%s", a->why ? a->why : "no answer");
	else
		buffer_printf(out, "HTTP %ld", a->status);
	// What a validating service finds wrong stands in the body.
	if (a->status >= 400 && a->status < 500 && a->len)
		buffer_printf(out, ": %.*s", (int)(a->len < 300 ? a->len : 300), a->body);
	return buffer_str(out);
}

const char *machine_url(struct kernelci *k, const char *path, const char *id)
{
	buffer_truncate(&k->url, 0);
	buffer_printf(&k->url, "%s%s%s", k->o->api, path, id);
	return buffer_str(&k->url);
}

// ---- life ---------------------------------------------------------------------------------------

struct kernelci *kernelci_new(const struct kernelci_options *options,
			      const struct kernelci_store *store)
{
	struct kernelci *k = memory_new(1, sizeof(*k));
	k->o = options;
	k->store = *store;
	k->cursor_us = INT64_MIN;
	k->poll.before_us = INT64_MIN;
	k->random.state = options->seed;
	return k;
}

void kernelci_free(struct kernelci *k)
{
	if (!k)
		return;
	for (size_t i = 0; i < k->jobs_count; i++)
		job_free(k->jobs[i]);
	for (size_t i = 0; i < k->seen_count; i++)
		free((char *)(uintptr_t)k->seen[i].id);
	free(k->jobs);
	free(k->seen);
	free(k->poll.first);
	free(k->last_told);
	buffer_deinit(&k->url);
	free(k);
}

void kernelci_load_cursor(struct kernelci *k, int64_t cursor_us)
{
	k->cursor_us = cursor_us;
}

void kernelci_load_seen(struct kernelci *k, const struct kernelci_seen *seen)
{
	const struct kernelci_seen copy = {memory_strdup(seen->id), seen->time_us};
	ARRAY_APPEND(k->seen, k->seen_count, copy);
}

void kernelci_load_job(struct kernelci *k, const struct kernelci_job *row)
{
	struct kept_job *j = machine_add(k, row);
	j->unsure = true; // who stored it may have sent more than it stored
	if (row->stage == KERNELCI_FOUND || row->stage == KERNELCI_CLAIMING)
		j->step = STEP_DEFINITION;
	else if (row->stage == KERNELCI_TAKEN)
		j->step = STEP_OVERDUE;
	else if (row->stage == KERNELCI_FINISHING)
		j->step = STEP_FINISH_READ;
}

void kernelci_each(const struct kernelci *k,
		   void (*take)(void *arg, const struct kernelci_job *job), void *arg)
{
	for (size_t i = 0; i < k->jobs_count; i++)
		take(arg, &k->jobs[i]->row);
}

struct error *kernelci_finish(struct kernelci *k, const char *node, const char *outcome,
			      const struct kernelci_time *now)
{
	struct kept_job *j = machine_find(k, node);
	if (!j || j->row.stage != KERNELCI_TAKEN)
		return NULL;
	const struct kernelci_job to = {.stage = KERNELCI_FINISHING, .outcome = outcome};
	if (!machine_stage(k, j, now, &to, NULL))
		return error_new(ERROR_SYSTEM, "the outcome of KernelCI's job %s is not stored",
				 node);
	finish_begin(k, j, now);
	return NULL;
}

// ---- who we are ---------------------------------------------------------------------------------

static void login_request(struct kernelci *k, struct kernelci_request *r)
{
	*r = (struct kernelci_request){
	    .method = "GET", .url = machine_url(k, "/whoami", ""), .login = KERNELCI_BEARER};
}

static void login_answer(struct kernelci *k, const struct kernelci_time *now,
			 const struct kernelci_answer *a)
{
	CLEANUP_BUFFER struct buffer why = {0};
	if (machine_blocked(k, now, a))
		return;
	if (a->status != 200) {
		if (!k->login.blocked) // not fatal: the rest may go on
			machine_tell(k, "KernelCI does not say who we are: %s",
				     machine_describe(a, &why));
		k->login.next_ns = machine_retry(k, now, k->login.tries++, a);
		return;
	}
	k->login.next_ns = INT64_MAX;
	k->login.tries = 0;
	if (k->login.blocked)
		machine_tell(k, "KernelCI takes the token again");
	k->login.blocked = false;
	if (!kernelci_rights(a->body, a->len, k->o->lab, &why))
		machine_tell(k, "the token for KernelCI: %s", buffer_str(&why));
}

// ---- time ---------------------------------------------------------------------------------------

static size_t taken(const struct kernelci *k)
{
	size_t count = 0;
	for (size_t i = 0; i < k->jobs_count; i++)
		count += k->jobs[i]->row.stage == KERNELCI_TAKEN ||
			 k->jobs[i]->row.stage == KERNELCI_CLAIMING;
	return count;
}

// A job that is not ours yet waits for room, and is anybody's meanwhile.
static bool may_go_on(const struct kernelci *k, const struct kept_job *j, size_t in_hand)
{
	if (j->step == STEP_NONE)
		return false;
	return j->row.stage != KERNELCI_FOUND || in_hand < k->o->most_taken;
}

static struct kept_job *next_job(const struct kernelci *k)
{
	struct kept_job *first = NULL;
	size_t in_hand = taken(k);
	for (size_t i = 0; i < k->jobs_count; i++) {
		struct kept_job *j = k->jobs[i];
		if (may_go_on(k, j, in_hand) && (!first || j->next_ns < first->next_ns))
			first = j;
	}
	return first;
}

int64_t kernelci_due_ns(const struct kernelci *k)
{
	if (k->work != WORK_NONE)
		return INT64_MAX;
	if (k->login.blocked)
		return k->login.next_ns;
	int64_t due = k->poll.next_ns < k->login.next_ns ? k->poll.next_ns : k->login.next_ns;
	const struct kept_job *j = next_job(k);
	return j && j->next_ns < due ? j->next_ns : due;
}

static bool is_over(const struct kept_job *j)
{
	return j->row.stage == KERNELCI_FINISHED || j->row.stage == KERNELCI_LOST;
}

// Rows of jobs that are over for long go: no event will name them again.
static void forget(struct kernelci *k, const struct kernelci_time *now)
{
	CLEANUP_FREE const char **gone = memory_new(k->jobs_count + 1, sizeof(*gone));
	size_t count = 0, kept = 0;
	for (size_t i = 0; i < k->jobs_count; i++)
		if (is_over(k->jobs[i]) && k->jobs[i]->row.since_ms < now->real_ms - TOMBSTONE_MS)
			gone[count++] = k->jobs[i]->row.node;
	if (!count)
		return;
	const struct kernelci_change change = {
	    .cursor_us = INT64_MIN, .forget_us = INT64_MIN, .gone = gone, .gone_count = count};
	char *batch = NULL;
	CLEANUP_ERROR struct error *e = k->store.commit(k->store.arg, &change, &batch);
	if (e)
		return; // later
	for (size_t i = 0; i < k->jobs_count; i++) {
		struct kept_job *j = k->jobs[i];
		if (is_over(j) && j->row.since_ms < now->real_ms - TOMBSTONE_MS)
			job_free(j);
		else
			k->jobs[kept++] = j;
	}
	k->jobs_count = kept;
}

static void overdue(struct kernelci *k, struct kept_job *j, const struct kernelci_time *now)
{
	int64_t limit_ms = (int64_t)(k->o->longest_s * 1000);
	int64_t left_ms = j->row.since_ms + limit_ms - now->real_ms;
	if (left_ms > limit_ms) // the clock was set back
		left_ms = limit_ms;
	if (left_ms > 0) {
		j->next_ns = machine_after(now, (double)left_ms / 1000);
		return;
	}
	CLEANUP_FREE char *reason =
	    memory_printf("the lab had no result within %.0f s", k->o->longest_s);
	CLEANUP_FREE char *outcome = kernelci_outcome_failed(KERNELCI_INFRASTRUCTURE, reason);
	machine_tell(k, "job %s: %s", j->row.node, reason);
	CLEANUP_ERROR struct error *e = kernelci_finish(k, j->row.node, outcome, now);
	if (e)
		j->next_ns = machine_retry(k, now, j->tries++, NULL);
}

static bool job_request(struct kernelci *k, struct kept_job *j, const struct kernelci_time *now,
			struct kernelci_request *r)
{
	if (j->step == STEP_OVERDUE) {
		overdue(k, j, now);
		return false;
	}
	if (j->step >= STEP_FINISH_READ) {
		finish_request(k, j, r);
		return true;
	}
	return claim_request(k, j, now, r);
}

static bool choose(struct kernelci *k, const struct kernelci_time *now, struct kernelci_request *r)
{
	if (k->login.next_ns <= now->ns) {
		k->work = WORK_LOGIN;
		login_request(k, r);
		return true;
	}
	if (k->login.blocked)
		return false;
	// Each step that needs no request puts its job off or ahead; none does so without end.
	for (size_t i = 0; i <= 2 * k->jobs_count; i++) {
		struct kept_job *j = next_job(k);
		if (!j || j->next_ns > now->ns)
			break;
		if (job_request(k, j, now, r)) {
			k->work = WORK_JOB;
			k->job = j;
			return true;
		}
	}
	if (k->poll.next_ns > now->ns)
		return false;
	forget(k, now);
	k->work = WORK_POLL;
	poll_request(k, now, r);
	return true;
}

bool kernelci_next(struct kernelci *k, const struct kernelci_time *now,
		   struct kernelci_request *request)
{
	*request = (struct kernelci_request){0};
	if (k->work != WORK_NONE || !choose(k, now, request))
		return false;
	if (request->timeout_s <= 0)
		request->timeout_s = REQUEST_S;
	if (!request->answer_limit)
		request->answer_limit = ANSWER_LIMIT;
	return true;
}

void kernelci_answer(struct kernelci *k, const struct kernelci_time *now,
		     const struct kernelci_answer *answer)
{
	enum kernelci_work work = k->work;
	k->work = WORK_NONE;
	if (work == WORK_LOGIN)
		login_answer(k, now, answer);
	else if (work == WORK_POLL)
		poll_answer(k, now, answer);
	else if (work == WORK_JOB && k->job->step >= STEP_FINISH_READ)
		finish_answer(k, k->job, now, answer);
	else if (work == WORK_JOB)
		claim_answer(k, k->job, now, answer);
}
