// SPDX-License-Identifier: GPL-2.0-or-later
#include "pull/pull_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "record/json_fields.h"

#define KIND_CURSOR "kernelci.cursor"
#define KIND_SEEN   "kernelci.seen"
#define KIND_JOB    "kernelci.job"
#define KIND_WORK   "kernelci.work"
#define CURSOR      "events"

// ---- a row as text ------------------------------------------------------------------------------

struct job_text {
	const char *node, *platform, *definition, *claim, *batch, *outcome, *reason, *callback;
	const char *stage;
	int64_t since_ms;
};

static const struct field job_fields[] = {
    NEED(BLOCK, job_text, node),      NEED(BLOCK, job_text, stage), MAY(BLOCK, job_text, platform),
    MAY(BLOCK, job_text, definition), MAY(BLOCK, job_text, claim),  MAY(BLOCK, job_text, batch),
    MAY(BLOCK, job_text, outcome),    MAY(BLOCK, job_text, reason), MAY(BLOCK, job_text, callback),
    COUNT(job_text, since_ms, 0),
};
static const struct record job_record = RECORD(struct job_text, job_fields);

static const struct field work_fields[] = {
    NEED(BLOCK, pull_work_row, node),
    NEED(BLOCK, pull_work_row, platform),
    NEED(BLOCK, pull_work_row, definition),
    MAY(BLOCK, pull_work_row, batch),
};
static const struct record work_record = RECORD(struct pull_work_row, work_fields);

static char *print_job(const struct kernelci_job *j)
{
	const struct job_text t = {j->node,    j->platform, j->definition,
				   j->claim,   j->batch,    j->outcome,
				   j->reason,  j->callback, kernelci_stage_name(j->stage),
				   j->since_ms};
	return json_fields_print(&job_record, &t);
}

// ---- writing ------------------------------------------------------------------------------------

// Entries with the texts that they own.
struct entries {
	struct state_entry *items;
	size_t count;
	char **texts;
	size_t texts_count;
};

static void entries_deinit(struct entries *e)
{
	for (size_t i = 0; i < e->texts_count; i++)
		free(e->texts[i]);
	free(e->texts);
	free(e->items);
}
#define CLEANUP_ENTRIES CLEANUP(entries_deinit)

// Takes `value` over; NULL: the entry goes.
static void put(struct entries *e, const char *kind, const char *key, char *value)
{
	const struct state_entry item = {kind, key, value};
	ARRAY_APPEND(e->items, e->count, item);
	if (value)
		ARRAY_APPEND(e->texts, e->texts_count, value);
}

static char *print_number(int64_t n)
{
	return memory_printf("%" PRId64, n);
}

struct forgetting {
	struct entries *entries;
	int64_t until_us;
};

static void forget_seen(void *arg, const char *key, const char *value)
{
	struct forgetting *f = arg;
	if (strtoll(value, NULL, 10) > f->until_us)
		return;
	char *copy = memory_strdup(key);
	ARRAY_APPEND(f->entries->texts, f->entries->texts_count, copy);
	put(f->entries, KIND_SEEN, copy, NULL);
}

static struct error *commit(void *arg, const struct kernelci_change *c, char **batch)
{
	struct pull_store *s = arg;
	CLEANUP_ENTRIES struct entries e = {0};
	struct forgetting f = {&e, c->forget_us};
	*batch = NULL;
	if (c->forget_us != INT64_MIN)
		TRY(state_entries(s->state, KIND_SEEN, forget_seen, &f));
	if (c->cursor_us != INT64_MIN)
		put(&e, KIND_CURSOR, CURSOR, print_number(c->cursor_us));
	for (size_t i = 0; i < c->seen_count; i++)
		put(&e, KIND_SEEN, c->seen[i].id, print_number(c->seen[i].time_us));
	for (size_t i = 0; i < c->jobs_count; i++)
		put(&e, KIND_JOB, c->jobs[i].node, print_job(&c->jobs[i]));
	for (size_t i = 0; i < c->gone_count; i++)
		put(&e, KIND_JOB, c->gone[i], NULL);
	if (c->take) {
		CLEANUP_FREE char *text = memory_strndup(c->take->definition, c->take->len);
		const struct pull_work_row work = {c->take->job->node, c->take->job->platform, text,
						   NULL};
		put(&e, KIND_WORK, work.node, json_fields_print(&work_record, &work));
	}
	return state_save(s->state, s->planner, e.items, e.count);
}

struct kernelci_store pull_store_rows(struct pull_store *s)
{
	return (struct kernelci_store){commit, s};
}

// ---- reading ------------------------------------------------------------------------------------

static void load_cursor(void *arg, const char *key, const char *value)
{
	if (strcmp(key, CURSOR) == 0)
		kernelci_load_cursor(arg, strtoll(value, NULL, 10));
}

static void load_seen(void *arg, const char *key, const char *value)
{
	const struct kernelci_seen seen = {key, strtoll(value, NULL, 10)};
	kernelci_load_seen(arg, &seen);
}

struct job_loading {
	struct kernelci *k;
	struct error *error; // the first one
};

static struct error *load_one(struct kernelci *k, const char *key, const char *value)
{
	CLEANUP_ARENA struct arena arena = {0};
	struct job_text t = {0};
	TRY(json_fields_parse(key, value, strlen(value), &job_record, &arena, &t));
	enum kernelci_stage stage = kernelci_stage_parse(t.stage);
	if (stage == KERNELCI_STAGES)
		return error_new(ERROR_LAB, "job %s: \"%s\" is no stage", key, t.stage);
	const struct kernelci_job job = {t.node,    t.platform, t.definition, t.claim, t.batch,
					 t.outcome, t.reason,   t.callback,   stage,   t.since_ms};
	kernelci_load_job(k, &job);
	return NULL;
}

static void load_job(void *arg, const char *key, const char *value)
{
	struct job_loading *l = arg;
	if (!l->error)
		l->error = load_one(l->k, key, value);
}

struct error *pull_store_load(struct pull_store *s, struct kernelci *k)
{
	struct job_loading jobs = {.k = k};
	TRY(state_entries(s->state, KIND_CURSOR, load_cursor, k));
	TRY(state_entries(s->state, KIND_SEEN, load_seen, k));
	TRY(state_entries(s->state, KIND_JOB, load_job, &jobs));
	return jobs.error;
}

// ---- work ---------------------------------------------------------------------------------------

struct work_reading {
	void (*take)(void *arg, const struct pull_work_row *row);
	void *arg;
	struct error *error; // the first one
};

static void read_work(void *arg, const char *key, const char *value)
{
	struct work_reading *r = arg;
	CLEANUP_ARENA struct arena arena = {0};
	struct pull_work_row row = {0};
	struct error *e = json_fields_parse(key, value, strlen(value), &work_record, &arena, &row);
	if (e && !r->error)
		r->error = e;
	else
		error_free(e);
	if (!e)
		r->take(r->arg, &row);
}

struct error *pull_store_works(struct pull_store *s,
			       void (*take)(void *arg, const struct pull_work_row *row), void *arg)
{
	struct work_reading r = {.take = take, .arg = arg};
	TRY(state_entries(s->state, KIND_WORK, read_work, &r));
	return r.error;
}

struct error *pull_store_submit(struct pull_store *s, const struct pull_work_row *work,
				const struct planner_request *request, int64_t now_s,
				char batch[PLANNER_ID_SIZE])
{
	CLEANUP_ENTRIES struct entries e = {0};
	TRY(planner_submit(s->planner, now_s, request, batch));
	struct pull_work_row row = *work;
	row.batch = batch;
	put(&e, KIND_WORK, row.node, json_fields_print(&work_record, &row));
	struct error *failed = state_save(s->state, s->planner, e.items, e.count);
	// Not saved: no later save may make it a batch of its own.
	if (failed)
		planner_cancel(s->planner, now_s, batch, "kernelci");
	return failed;
}

struct error *pull_store_end(struct pull_store *s, const char *node)
{
	const struct state_entry gone = {KIND_WORK, node, NULL};
	return state_save(s->state, s->planner, &gone, 1);
}
