// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/request.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "record/json_fields.h"

static const struct field request_fields[] = {
    NEED(TEXT, run_request, job),       MAY(TEXT, run_request, payload),
    MAY(TEXT, run_request, initrd),     MAY(TEXT, run_request, pool),
    MAY(TEXT, run_request, board),      MAY(TEXT, run_request, variants),
    MAY(TEXT, run_request, append),     MAY(TEXT, run_request, deadline),
    COUNT(run_request, repeat, 0),      MAY(MARK, run_request, publish),
    MAY(MARK, run_request, no_publish),
};
static const struct record request_record = RECORD(struct run_request, request_fields);

char *request_print(const struct run_request *r)
{
	json_t *json = json_fields_make(&request_record, r);
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	char *own = text ? memory_strdup(text) : NULL;
	free(text);
	json_decref(json);
	return own;
}

struct error *request_parse(const char *name, const char *text, struct arena *arena,
			    struct run_request *out)
{
	*out = (struct run_request){0};
	TRY(error_wrap_kind(
	    json_fields_parse(name, text, strlen(text), &request_record, arena, out), ERROR_USAGE,
	    "a request"));
	if (out->repeat > REQUEST_REPEAT_MAX)
		return error_new(ERROR_USAGE, "%s: repeat is at most %d", name, REQUEST_REPEAT_MAX);
	if (out->publish && out->no_publish)
		return error_new(ERROR_USAGE, "%s: publish and no_publish: one of them", name);
	return NULL;
}

void run_material_deinit(struct run_material *m)
{
	job_free(m->job);
	payload_deinit(&m->payload);
	free(m->changed);
	*m = (struct run_material){0};
}

// For the batch's record; NULL: nothing. The caller frees.
static char *name_changes(const struct run_request *r)
{
	const struct {
		const char *value, *name;
	} changes[] = {{r->append, "arguments"}, {r->initrd, "initrd"}, {r->deadline, "deadline"}};
	CLEANUP_BUFFER struct buffer text = {0};
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		if (changes[i].value)
			buffer_printf(&text, "%s%s", text.len ? ", " : "", changes[i].name);
	return text.len ? buffer_steal(&text) : NULL;
}

static struct error *load_job(const struct run_request *r, const struct farm_config *farm,
			      struct run_material *m)
{
	const struct job_changes changes = {.variants = r->variants,
					    .append = r->append,
					    .initrd = r->initrd,
					    .deadline = r->deadline};
	TRY(job_load(r->job, &m->job));
	TRY(job_change(m->job, &changes));
	// The farm's go with each run, to be judged again.
	return literals_append(&m->job->detect, &farm->detect);
}

static struct error *find_payload(const struct run_request *r, const char *results,
				  const char *resume, struct run_material *m)
{
	if (resume)
		TRY(batch_payload(results, resume, m->job, &m->payload));
	else
		TRY(payload_resolve(m->job, r->payload, results, &m->payload));
	TRY(payload_resolve_parts(m->job, results));
	TRY(job_use_payload(m->job, m->payload.path));
	return resume ? NULL : payload_keep(&m->payload, results);
}

struct error *request_open(const struct run_request *r, const struct farm_config *farm,
			   const char *results, const char *program, unsigned parallel,
			   const char *resume, struct run_material *out)
{
	CLEANUP_RUN_MATERIAL struct run_material m = {0};
	TRY(load_job(r, farm, &m));
	TRY(find_payload(r, results, resume, &m));
	m.changed = name_changes(r);
	m.options = (struct batch_options){
	    .results_dir = results,
	    .lab = farm->lab,
	    .origin = farm->origin,
	    .tree = farm->tree,
	    .contact = farm->contact,
	    .pool = r->pool,
	    .board = r->board,
	    .variant = r->variants,
	    .changed = m.changed,
	    .repeat = (unsigned)r->repeat,
	    .parallel = parallel,
	    .no_publish = r->no_publish,
	    .ask_publish = r->publish,
	    .program = program,
	};
	*out = m;
	m = (struct run_material){0};
	return NULL;
}
