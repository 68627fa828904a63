// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/batch_json.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "kernel/payload.h"
#include "record/layout.h"
#include "record/model.h"
#include "run/directory.h"

static const char *filled(const char *s)
{
	return s && s[0] ? s : NULL;
}

static const char *time_text(struct arena *a, int64_t realtime_ns)
{
	char text[CLOCK_RFC3339_SIZE];
	clock_rfc3339(realtime_ns, text);
	return arena_strndup(a, text, strlen(text));
}

static struct checkout make_checkout(const struct batch_facts *r)
{
	const struct source_config *s = &r->job->source;
	return (struct checkout){
	    .tree_name = filled(s->tree_name),
	    .git_repository_url = filled(s->repository_url),
	    .git_repository_branch = filled(s->branch),
	    .git_commit_hash = filled(s->commit ? s->commit : r->commit),
	    .git_commit_name = filled(s->commit_name ? s->commit_name : r->commit_name),
	    .message_id = filled(s->message_id),
	    .patchset_hash = s->patchset_hash ? s->patchset_hash : "",
	};
}

static struct build make_build(const struct batch_facts *r, const struct variant_config *v,
			       struct arena *a)
{
	struct payload *payload = arena_new(a, 1, sizeof(*payload));
	char config_name[160];
	// '+' stands in no name, so that two pairs of job and variant never share a word.
	snprintf(config_name, sizeof(config_name), "%s+%s", r->job->name, v->name);
	*payload = (struct payload){
	    .kind = payload_kind_name(r->job->payload.kind),
	    .name = r->payload->name,
	    .sha256 = r->payload->sha256,
	    .size = (int64_t)r->payload->size,
	    .package = r->payload->package,
	    .build_id = filled(r->payload->build_id),
	    .arguments = v->arguments,
	};
	return (struct build){.name = v->name,
			      .config_name = arena_strndup(a, config_name, strlen(config_name)),
			      .payload = payload,
			      .architecture = "arm64"};
}

static struct planned_run make_planned(const struct batch_run *run)
{
	// What became of one without a run.json, as far as its scheduler knew.
	bool lost = run->state == BATCH_FINISHED && !run->verdict[0];
	return (struct planned_run){
	    .id = run->id,
	    .board = run->board->name,
	    .type = run->board->type,
	    .pool = run->pool,
	    .variant = run->variant->name,
	    .attempt = run->attempt,
	    .retry_of = run->why == BATCH_RETRY ? run->of : NULL,
	    .confirms = run->why == BATCH_CONFIRM ? run->of : NULL,
	    .rerun_of = run->why == BATCH_RERUN ? run->of : NULL,
	    .reason = lost ? filled(run->reason) : NULL,
	};
}

static void put_runs(struct batch_record *b, const struct batch_facts *r, struct arena *a)
{
	const char **runs = arena_new(a, r->runs_count, sizeof(*runs));
	struct planned_run *plan = arena_new(a, r->runs_count, sizeof(*plan));
	for (size_t i = 0; i < r->runs_count; i++) {
		plan[i] = make_planned(&r->runs[i]);
		if (r->runs[i].state != BATCH_PENDING || !r->finish_realtime_ns)
			runs[b->runs_count++] = r->runs[i].id;
	}
	b->runs = runs;
	b->plan = plan;
	b->plan_count = r->runs_count;
	b->planned = (int64_t)r->runs_count;
}

static void put_builds(struct batch_record *b, const struct batch_facts *r, struct arena *a)
{
	struct build *builds = arena_new(a, r->job->variants_count, sizeof(*builds));
	for (size_t i = 0; i < r->job->variants_count; i++)
		builds[i] = make_build(r, &r->job->variants[i], a);
	b->builds = builds;
	b->builds_count = r->job->variants_count;
}

struct error *batch_json_write(const char *batch_dir, const struct batch_facts *r)
{
	CLEANUP_ARENA struct arena arena = {0};
	const struct checkout checkout = make_checkout(r);
	// What the operator left of the job; NULL: all of it.
	const struct batch_options *o = r->options;
	const struct narrowed narrowed = {filled(o->board), filled(o->pool), filled(o->variant),
					  filled(o->changed)};
	struct batch_record b = {
	    .format = BATCH_FORMAT,
	    .id = r->id,
	    .job = r->job->name,
	    .file = config_file_name(r->job->file),
	    .lab = r->options->lab,
	    .origin = r->options->origin,
	    .start_time = time_text(&arena, r->start_realtime_ns),
	    .finish_time = r->finish_realtime_ns ? time_text(&arena, r->finish_realtime_ns) : NULL,
	    .comment = filled(r->job->description),
	    .tree = r->job->tree ? r->job->tree : filled(r->options->tree),
	    .contact = filled(r->options->contact),
	    .unpublished = !r->publish,
	    .interrupted = r->interrupted,
	    .narrowed = o->board || o->pool || o->variant || o->changed ? &narrowed : NULL,
	    .empty_pools = r->empty_pools_count ? r->empty_pools : NULL,
	    .empty_pools_count = r->empty_pools_count,
	    .checkout = &checkout,
	};
	put_runs(&b, r, &arena);
	put_builds(&b, r, &arena);
	CLEANUP_FREE char *path = path_join(batch_dir, LAYOUT_BATCH_JSON);
	return model_write_batch(path, &b);
}

static struct error *update_batch(struct batch_record *b, struct arena *arena, void *arg)
{
	const struct batch_facts *r = arg;
	b->runs_count = 0;
	put_runs(b, r, arena);
	b->finish_time = r->finish_realtime_ns ? time_text(arena, r->finish_realtime_ns) : NULL;
	b->interrupted = r->interrupted;
	b->unpublished = !r->publish;
	return NULL;
}

struct error *batch_json_update(const char *results_dir, const struct batch_facts *r)
{
	struct batch_facts facts = *r;
	return model_change_batch(results_dir, r->id, update_batch, &facts);
}

// Of a batch that an older mmfarm began nothing is known of the runs that have no directory.
static void drop_unmade(const char *results_dir, struct batch_record *b, struct arena *arena)
{
	const char **runs = arena_new(arena, b->runs_count, sizeof(*runs));
	size_t count = 0;
	for (size_t i = 0; i < b->runs_count; i++) {
		CLEANUP_FREE char *dir = layout_run(results_dir, b->runs[i]);
		if (file_exists(dir))
			runs[count++] = b->runs[i];
	}
	b->runs = runs;
	b->runs_count = count;
}

struct closing {
	const char *results_dir;
	int64_t finish_realtime_ns;
};

static struct error *close_batch(struct batch_record *b, struct arena *arena, void *arg)
{
	const struct closing *c = arg;
	if (!b->plan)
		drop_unmade(c->results_dir, b, arena);
	// A scheduler that died while its results were being made had set it already.
	if (!b->finish_time)
		b->finish_time = time_text(arena, c->finish_realtime_ns);
	return NULL;
}

struct error *batch_json_close(const char *results_dir, const char *batch_id,
			       int64_t finish_realtime_ns)
{
	struct closing c = {results_dir, finish_realtime_ns};
	return model_change_batch(results_dir, batch_id, close_batch, &c);
}

// ---- runs that left nothing ---------------------------------------------------------------------

static struct error *write_run(const char *results_dir, const struct run *run)
{
	CLEANUP_FREE char *text = model_print_run(run);
	if (!text)
		return error_new(ERROR_BUG, "the run.json of %s could not be put together",
				 run->id);
	CLEANUP_FREE char *dir = layout_run(results_dir, run->id);
	if (!file_exists(dir))
		return directory_create_finished(results_dir, run->id, text, strlen(text));
	return directory_write_verdict(dir, text, strlen(text));
}

static struct error *write_unheard(const char *results_dir, const struct run *unheard,
				   enum status verdict)
{
	const struct run_error error = {unheard->error->code, unheard->reason};
	struct run run = *unheard;
	run.verdict = verdict;
	run.error = verdict == STATUS_MISS ? &error : NULL;
	return write_run(results_dir, &run);
}

static struct error *give_verdict(const char *results_dir, const char *batch_id, const char *run_id,
				  enum status verdict, const char *reason)
{
	CLEANUP_FREE char *dir = layout_run(results_dir, run_id);
	CLEANUP_ARENA struct arena arena = {0};
	const struct batch_record *b;
	if (directory_is_finished(dir))
		return NULL;
	TRY(model_load_batch(results_dir, batch_id, &arena, &b));
	for (size_t i = 0; i < b->plan_count; i++) {
		struct planned_run plan = b->plan[i];
		if (strcmp(plan.id, run_id) != 0)
			continue;
		plan.reason = reason;
		return write_unheard(results_dir, model_unheard_run(b, &plan, reason, &arena),
				     verdict);
	}
	return error_new(ERROR_SYSTEM, "batch %s does not say what run %s was", batch_id, run_id);
}

struct error *batch_json_miss(const char *results_dir, const char *batch_id, const char *run_id,
			      const char *reason)
{
	return give_verdict(results_dir, batch_id, run_id, STATUS_MISS, reason);
}

struct error *batch_json_skip(const char *results_dir, const char *batch_id, const char *run_id,
			      const char *reason)
{
	return give_verdict(results_dir, batch_id, run_id, STATUS_SKIP, reason);
}

struct error *batch_json_runs(const char *results_dir, const char *batch_id, char ***ids,
			      size_t *count)
{
	CLEANUP_ARENA struct arena arena = {0};
	const struct batch_record *b;
	TRY(model_load_batch(results_dir, batch_id, &arena, &b));
	char **list = NULL;
	size_t n = 0;
	for (size_t i = 0; i < b->runs_count; i++)
		ARRAY_APPEND(list, n, memory_strdup(b->runs[i]));
	*ids = list;
	*count = n;
	return NULL;
}
