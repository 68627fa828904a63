// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/batch_json.h"

#include <jansson.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "run/directory.h"
#include "text/json_text.h"
#include "run/payload.h"

#define BATCH_JSON_LIMIT ((size_t)64 << 20)

static void set_string(json_t *o, const char *key, const char *value)
{
	if (value && value[0])
		json_object_set_new(o, key, json_text(value, strlen(value)));
}

static void set_time(json_t *o, const char *key, int64_t realtime_ns)
{
	char text[CLOCK_RFC3339_SIZE];
	clock_rfc3339(realtime_ns, text);
	json_object_set_new(o, key, json_string(text));
}

static json_t *checkout_json(const struct batch_facts *r)
{
	const struct source_config *s = &r->job->source;
	json_t *o = json_object();
	set_string(o, "tree_name", s->tree_name);
	set_string(o, "git_repository_url", s->repository_url);
	set_string(o, "git_repository_branch", s->branch);
	set_string(o, "git_commit_hash", s->commit ? s->commit : r->commit);
	set_string(o, "git_commit_name", s->commit_name ? s->commit_name : r->commit_name);
	set_string(o, "message_id", s->message_id);
	json_object_set_new(o, "patchset_hash",
			    json_string(s->patchset_hash ? s->patchset_hash : ""));
	return o;
}

static json_t *build_json(const struct batch_facts *r, const struct variant_config *v)
{
	const struct payload_file *p = r->payload;
	char config_name[160];
	// '+' stands in no name, so that two pairs of job and variant never share a word.
	snprintf(config_name, sizeof(config_name), "%s+%s", r->job->name, v->name);
	json_t *payload = json_pack(
	    "{s:s, s:s, s:s, s:I, s:s}", "kind", payload_kind_name(r->job->payload.kind), "name",
	    p->name, "sha256", p->sha256, "size", (json_int_t)p->size, "arguments", v->arguments);
	return json_pack("{s:s, s:s, s:o, s:s}", "name", v->name, "config_name", config_name,
			 "payload", payload, "architecture", "arm64");
}

static json_t *plan_json(const struct batch_facts *r)
{
	json_t *plan = json_array();
	for (size_t i = 0; i < r->runs_count; i++) {
		const struct batch_run *run = &r->runs[i];
		json_t *o =
		    json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "id", run->id, "board",
			      run->board->name, "type", run->board->type, "pool", run->pool,
			      "variant", run->variant->name, "attempt", (json_int_t)run->attempt);
		// What became of one without a run.json, as far as its scheduler knew.
		if (run->state == BATCH_FINISHED && !run->verdict[0])
			set_string(o, "reason", run->reason);
		json_array_append_new(plan, o);
	}
	return plan;
}

// What the operator left of the job; NULL: all of it.
static json_t *narrowed_json(const struct batch_options *options)
{
	if (!options->board && !options->pool)
		return NULL;
	json_t *o = json_object();
	set_string(o, "board", options->board);
	set_string(o, "pool", options->pool);
	return o;
}

static json_t *batch_json(const struct batch_facts *r)
{
	json_t *runs = json_array();
	for (size_t i = 0; i < r->runs_count; i++)
		if (r->runs[i].state != BATCH_PENDING || !r->finish_realtime_ns)
			json_array_append_new(runs, json_string(r->runs[i].id));
	json_t *builds = json_array();
	for (size_t i = 0; i < r->job->variants_count; i++)
		json_array_append_new(builds, build_json(r, &r->job->variants[i]));
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "format", "mmfarm-batch/1", "id",
			      r->id, "job", r->job->name, "file", config_file_name(r->job->file),
			      "lab", r->options->lab, "origin", r->options->origin);
	set_time(o, "start_time", r->start_realtime_ns);
	if (r->finish_realtime_ns)
		set_time(o, "finish_time", r->finish_realtime_ns);
	set_string(o, "comment", r->job->description);
	json_object_set_new(o, "runs", runs);
	json_object_set_new(o, "plan", plan_json(r));
	if (!r->publish)
		json_object_set_new(o, "unpublished", json_true());
	if (r->interrupted)
		json_object_set_new(o, "interrupted", json_true());
	json_t *narrowed = narrowed_json(r->options);
	if (narrowed)
		json_object_set_new(o, "narrowed", narrowed);
	if (r->empty_pools_count) {
		json_t *empty = json_array();
		for (size_t i = 0; i < r->empty_pools_count; i++)
			json_array_append_new(empty, json_string(r->empty_pools[i]));
		json_object_set_new(o, "empty_pools", empty);
	}
	json_object_set_new(o, "planned", json_integer((json_int_t)r->runs_count));
	json_object_set_new(o, "checkout", checkout_json(r));
	json_object_set_new(o, "builds", builds);
	return o;
}

static struct error *write_object(const char *path, const json_t *o)
{
	CLEANUP_FREE char *text = json_dumps(o, JSON_INDENT(1));
	if (!text)
		return error_new(ERROR_BUG, "%s could not be put together", path);
	return file_write_atomic(path, text, strlen(text));
}

struct error *batch_json_write(const char *batch_dir, const struct batch_facts *r)
{
	CLEANUP_FREE char *path = path_join(batch_dir, "batch.json");
	json_t *o = batch_json(r);
	struct error *e = write_object(path, o);
	json_decref(o);
	return e;
}

static struct error *load_object(const char *path, json_t **out)
{
	CLEANUP_BUFFER struct buffer text = {0};
	json_error_t why;
	TRY(file_read_regular(path, BATCH_JSON_LIMIT, ERROR_SYSTEM, &text));
	json_t *o = json_loadb(buffer_str(&text), text.len, 0, &why);
	if (!json_is_array(json_object_get(o, "runs"))) {
		json_decref(o);
		return error_new(ERROR_SYSTEM, "%s: %s", path, o ? "no list of runs" : why.text);
	}
	*out = o;
	return NULL;
}

static char *batch_path(const char *results_dir, const char *batch_id)
{
	return memory_printf("%s/batches/%s/batch.json", results_dir, batch_id);
}

// Of a batch that an older mmfarm began nothing is known of the runs that have no directory.
static void drop_unmade(const char *results_dir, json_t *runs)
{
	for (size_t i = json_array_size(runs); i-- > 0;) {
		const char *id = json_string_value(json_array_get(runs, i));
		CLEANUP_FREE char *dir = id ? directory_path(results_dir, id) : NULL;
		if (!dir || !file_exists(dir))
			json_array_remove(runs, i);
	}
}

struct error *batch_json_close(const char *results_dir, const char *batch_id,
			       int64_t finish_realtime_ns)
{
	CLEANUP_FREE char *path = batch_path(results_dir, batch_id);
	json_t *o = NULL;
	TRY(load_object(path, &o));
	if (!json_object_get(o, "plan"))
		drop_unmade(results_dir, json_object_get(o, "runs"));
	// A scheduler that died while its results were being made had set it already.
	if (!json_object_get(o, "finish_time"))
		set_time(o, "finish_time", finish_realtime_ns);
	struct error *e = write_object(path, o);
	json_decref(o);
	return e;
}

// ---- runs that left nothing ---------------------------------------------------------------------

static const json_t *find_member(const json_t *list, const char *key, const char *value)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *o = json_array_get(list, i);
		const char *text = json_string_value(json_object_get(o, key));
		if (text && value && strcmp(text, value) == 0)
			return o;
	}
	return NULL;
}

// Copies a member that is there.
static void copy_member(json_t *to, const char *as, const json_t *from, const char *key)
{
	json_t *value = json_object_get(from, key);
	if (value)
		json_object_set(to, as, value);
}

static json_t *missed_json(const json_t *batch, const json_t *run, const char *reason)
{
	json_t *board = json_object();
	copy_member(board, "name", run, "board");
	copy_member(board, "type", run, "type");
	copy_member(board, "pool", run, "pool");
	json_t *error =
	    json_pack("{s:s, s:o}", "code", "NoRun", "message", json_text(reason, strlen(reason)));
	json_t *o = json_pack("{s:s, s:s, s:o, s:f, s:o, s:o}", "format", "mmfarm-run/1", "verdict",
			      "MISS", "reason", json_text(reason, strlen(reason)), "duration", 0.0,
			      "board", board, "error", error);
	copy_member(o, "id", run, "id");
	copy_member(o, "variant", run, "variant");
	copy_member(o, "attempt", run, "attempt");
	copy_member(o, "batch", batch, "id");
	copy_member(o, "job", batch, "job");
	copy_member(o, "start_time", batch, "start_time");
	const char *variant = json_string_value(json_object_get(run, "variant"));
	copy_member(o, "payload", find_member(json_object_get(batch, "builds"), "name", variant),
		    "payload");
	return o;
}

static struct error *write_missed(const char *results_dir, const char *run_id, const json_t *o)
{
	CLEANUP_FREE char *text = json_dumps(o, JSON_INDENT(1));
	if (!text)
		return error_new(ERROR_BUG, "the run.json of %s could not be put together", run_id);
	CLEANUP_FREE char *dir = directory_path(results_dir, run_id);
	if (!file_exists(dir))
		return directory_create_finished(results_dir, run_id, text, strlen(text));
	return directory_write_verdict(dir, text, strlen(text));
}

struct error *batch_json_miss(const char *results_dir, const char *batch_id, const char *run_id,
			      const char *reason)
{
	CLEANUP_FREE char *dir = directory_path(results_dir, run_id);
	if (directory_is_finished(dir))
		return NULL;
	CLEANUP_FREE char *path = batch_path(results_dir, batch_id);
	json_t *batch = NULL;
	TRY(load_object(path, &batch));
	const json_t *run = find_member(json_object_get(batch, "plan"), "id", run_id);
	json_t *o = run ? missed_json(batch, run, reason) : NULL;
	struct error *e =
	    o ? write_missed(results_dir, run_id, o)
	      : error_new(ERROR_SYSTEM, "%s does not say what run %s was", path, run_id);
	json_decref(o);
	json_decref(batch);
	return e;
}

struct error *batch_json_runs(const char *results_dir, const char *batch_id, char ***ids,
			      size_t *count)
{
	CLEANUP_FREE char *path = batch_path(results_dir, batch_id);
	json_t *o = NULL;
	TRY(load_object(path, &o));
	char **list = NULL;
	size_t n = 0;
	size_t i;
	json_t *value;
	json_array_foreach(json_object_get(o, "runs"), i, value)
	{
		const char *id = json_string_value(value);
		if (id && id[0] != '.' && !strchr(id, '/'))
			ARRAY_APPEND(list, n, memory_strdup(id));
	}
	json_decref(o);
	*ids = list;
	*count = n;
	return NULL;
}
