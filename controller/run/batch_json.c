// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/batch_json.h"

#include <jansson.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "run/directory.h"
#include "run/payload.h"

static void set_string(json_t *o, const char *key, const char *value)
{
	if (value && value[0])
		json_object_set_new(o, key, json_string(value));
}

static void set_time(json_t *o, const char *key, int64_t realtime_ns)
{
	char text[CLOCK_RFC3339_SIZE];
	clock_rfc3339(realtime_ns, text);
	json_object_set_new(o, key, json_string(text));
}

static json_t *checkout_json(const struct batch_record *r)
{
	const struct source_config *s = &r->job->source;
	json_t *o = json_object();
	set_string(o, "tree_name", s->tree_name);
	set_string(o, "git_repository_url", s->repository_url);
	set_string(o, "git_repository_branch", s->branch ? s->branch : r->branch);
	set_string(o, "git_commit_hash", s->commit ? s->commit : r->commit);
	set_string(o, "git_commit_name", s->commit_name);
	set_string(o, "message_id", s->message_id);
	json_object_set_new(o, "patchset_hash",
			    json_string(s->patchset_hash ? s->patchset_hash : ""));
	return o;
}

static json_t *build_json(const struct batch_record *r, const struct variant_config *v)
{
	const struct payload_file *p = r->payload;
	char config_name[160];
	snprintf(config_name, sizeof(config_name), "%s-%s", r->job->name, v->name);
	json_t *payload = json_pack(
	    "{s:s, s:s, s:s, s:I, s:s}", "kind", payload_kind_name(r->job->payload.kind), "name",
	    p->name, "sha256", p->sha256, "size", (json_int_t)p->size, "arguments", v->arguments);
	return json_pack("{s:s, s:s, s:o, s:s}", "name", v->name, "config_name", config_name,
			 "payload", payload, "architecture", "arm64");
}

static json_t *batch_json(const struct batch_record *r)
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

struct error *batch_json_write(const char *batch_dir, const struct batch_record *r)
{
	CLEANUP_FREE char *path = path_join(batch_dir, "batch.json");
	json_t *o = batch_json(r);
	struct error *e = write_object(path, o);
	json_decref(o);
	return e;
}

static struct error *load_object(const char *path, json_t **out)
{
	json_error_t why;
	json_t *o = json_load_file(path, 0, &why);
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

struct error *batch_json_close(const char *results_dir, const char *batch_id,
			       int64_t finish_realtime_ns)
{
	CLEANUP_FREE char *path = batch_path(results_dir, batch_id);
	json_t *o = NULL;
	TRY(load_object(path, &o));
	json_t *runs = json_object_get(o, "runs");
	for (size_t i = json_array_size(runs); i-- > 0;) {
		const char *id = json_string_value(json_array_get(runs, i));
		CLEANUP_FREE char *dir = id ? directory_path(results_dir, id) : NULL;
		CLEANUP_FREE char *plan = dir ? path_join(dir, "board.yaml") : NULL;
		if (!plan || !file_exists(plan)) // never begun
			json_array_remove(runs, i);
	}
	// A scheduler that died while its results were being made had set it already.
	if (!json_object_get(o, "finish_time"))
		set_time(o, "finish_time", finish_realtime_ns);
	struct error *e = write_object(path, o);
	json_decref(o);
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
