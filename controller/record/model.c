// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/model.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "text/format.h"
#include "record/json_fields.h"

// Rows of the tables below; T is the struct they describe.
#define FIELD(kind, type_, member) \
	.name = #member, .type = (kind), .offset = offsetof(type_, member)
#define NEED(kind, type_, member)                            \
	{                                                    \
		FIELD(kind, type_, member), .required = true \
	}
#define MAY(kind, type_, member)           \
	{                                  \
		FIELD(kind, type_, member) \
	}
#define HEX(type_, member, digits)                                 \
	{                                                          \
		FIELD(FIELD_HEX, type_, member), .width = (digits) \
	}
#define INTEGER(type_, member, low, high)                                         \
	{                                                                         \
		FIELD(FIELD_INTEGER, type_, member), .min = (low), .max = (high), \
						     .absent = MODEL_UNKNOWN      \
	}
#define COUNT(type_, member, none)                                                                \
	{                                                                                         \
		FIELD(FIELD_INTEGER, type_, member), .min = 0, .max = INT64_MAX, .absent = (none) \
	}
#define NEED_INTEGER(type_, member, low, high)                                                     \
	{                                                                                          \
		FIELD(FIELD_INTEGER, type_, member), .min = (low), .max = (high), .required = true \
	}
#define OBJECT(type_, member, r)                                  \
	{                                                         \
		FIELD(FIELD_OBJECT, type_, member), .record = (r) \
	}
#define LIST(type_, member, r)                                                                     \
	{                                                                                          \
		FIELD(FIELD_LIST, type_, member), .count_offset = offsetof(type_, member##_count), \
						  .record = (r)                                    \
	}
#define TEXTS(type_, member)                                                                       \
	{                                                                                          \
		FIELD(FIELD_TEXTS, type_, member), .count_offset = offsetof(type_, member##_count) \
	}

#define NUMBERS(type_, member)                                      \
	{                                                           \
		FIELD(FIELD_NUMBERS, type_, member),                \
		    .count_offset = offsetof(type_, member##_count) \
	}

static const struct field cpu_fields[] = {
    MAY(FIELD_TEXT, struct cpu, name),
    MAY(FIELD_TEXT, struct cpu, midr),
    INTEGER(struct cpu, bbm, 0, 15),
    MAY(FIELD_FLAG, struct cpu, bbml2),
};
static const struct record cpu_record = RECORD(struct cpu, cpu_fields);

static const struct field board_fields[] = {
    NEED(FIELD_WORD, struct board_record, name),
    NEED(FIELD_TEXT, struct board_record, type),
    MAY(FIELD_TEXT, struct board_record, pool),
    TEXTS(struct board_record, compatible),
    MAY(FIELD_TEXT, struct board_record, description),
    MAY(FIELD_TEXT, struct board_record, emulator),
    OBJECT(struct board_record, cpu, &cpu_record),
};
static const struct record board_record = RECORD(struct board_record, board_fields);

static const struct field file_ref_fields[] = {
    NEED(FIELD_TEXT, struct file_ref, name),
    HEX(struct file_ref, sha256, 64),
    COUNT(struct file_ref, size, MODEL_UNKNOWN),
};
static const struct record file_ref_record = RECORD(struct file_ref, file_ref_fields);

static const struct field payload_fields[] = {
    NEED(FIELD_TEXT, struct payload, kind),
    NEED(FIELD_TEXT, struct payload, name),
    MAY(FIELD_TEXT, struct payload, file),
    HEX(struct payload, sha256, 64),
    COUNT(struct payload, size, MODEL_UNKNOWN),
    MAY(FIELD_TEXT, struct payload, arguments),
    OBJECT(struct payload, initrd, &file_ref_record),
    MAY(FIELD_TEXT, struct payload, version),
};
static const struct record payload_record = RECORD(struct payload, payload_fields);

static const struct field run_cpu_fields[] = {
    COUNT(struct run_cpu, n, 0),
    MAY(FIELD_TEXT, struct run_cpu, midr),
    MAY(FIELD_TEXT, struct run_cpu, revidr),
    INTEGER(struct run_cpu, bbm, 0, 15),
    MAY(FIELD_FLAG, struct run_cpu, cap),
};
static const struct record run_cpu_record = RECORD(struct run_cpu, run_cpu_fields);

static const struct field test_fields[] = {
    NEED(FIELD_TEXT, struct test, path),      NEED(FIELD_STATUS, struct test, status),
    MAY(FIELD_TEXT, struct test, comment),    COUNT(struct test, line, MODEL_UNKNOWN),
    MAY(FIELD_STATUS, struct test, expected),
};
static const struct record test_record = RECORD(struct test, test_fields);

static const struct field metric_fields[] = {
    NEED(FIELD_TEXT, struct metric, path),    NEED(FIELD_NUMBER, struct metric, value),
    MAY(FIELD_TEXT, struct metric, unit),     MAY(FIELD_TEXT, struct metric, prefix),
    MAY(FIELD_STATUS, struct metric, status), MAY(FIELD_TEXT, struct metric, comment),
    COUNT(struct metric, n, MODEL_UNKNOWN),   MAY(FIELD_NUMBER, struct metric, min),
    MAY(FIELD_NUMBER, struct metric, max),    MAY(FIELD_NUMBER, struct metric, p90),
    MAY(FIELD_NUMBER, struct metric, mad),    MAY(FIELD_NUMBER, struct metric, cycles),
    NUMBERS(struct metric, samples),          COUNT(struct metric, line, MODEL_UNKNOWN),
};
static const struct record metric_record = RECORD(struct metric, metric_fields);

static const struct field finding_fields[] = {
    NEED_INTEGER(struct finding, line, 0, INT64_MAX),
    COUNT(struct finding, line_last, MODEL_UNKNOWN),
    COUNT(struct finding, byte_first, MODEL_UNKNOWN),
    COUNT(struct finding, byte_last, MODEL_UNKNOWN),
    NEED(FIELD_TEXT, struct finding, class),
    MAY(FIELD_TEXT, struct finding, sub),
    MAY(FIELD_TEXT, struct finding, func),
    MAY(FIELD_TEXT, struct finding, file),
    NEED(FIELD_TEXT, struct finding, title),
    HEX(struct finding, sig1, 16),
    {FIELD(FIELD_HEX, struct finding, sig2), .width = 16, .required = true},
    HEX(struct finding, sig3, 16),
    INTEGER(struct finding, severity, 0, 9),
    MAY(FIELD_FLAG, struct finding, fatal),
    MAY(FIELD_FLAG, struct finding, complete),
    COUNT(struct finding, folded_into, MODEL_UNKNOWN),
    MAY(FIELD_FLAG, struct finding, wanted),
    {FIELD(FIELD_INTEGER, struct finding, rules_version), .min = 0, .max = INT32_MAX, .absent = 1},
    MAY(FIELD_BLOCK, struct finding, excerpt),
};
static const struct record finding_record = RECORD(struct finding, finding_fields);

static const struct field run_error_fields[] = {
    MAY(FIELD_TEXT, struct run_error, code),
    MAY(FIELD_TEXT, struct run_error, message),
};
static const struct record run_error_record = RECORD(struct run_error, run_error_fields);

static const struct field run_log_fields[] = {
    NEED(FIELD_WORD, struct run_log, file),
    COUNT(struct run_log, bytes, MODEL_UNKNOWN),
    COUNT(struct run_log, lines, MODEL_UNKNOWN),
    HEX(struct run_log, sha256, 64),
    COUNT(struct run_log, gaps, 0),
    MAY(FIELD_NUMBER, struct run_log, away),
    COUNT(struct run_log, lost, 0),
};
static const struct record run_log_record = RECORD(struct run_log, run_log_fields);

static const struct field run_host_fields[] = {
    COUNT(struct run_host, cores, MODEL_UNKNOWN), MAY(FIELD_NUMBER, struct run_host, load),
    MAY(FIELD_NUMBER, struct run_host, cpu),      MAY(FIELD_NUMBER, struct run_host, lost),
    MAY(FIELD_NUMBER, struct run_host, share),    MAY(FIELD_NUMBER, struct run_host, worst_share),
    MAY(FIELD_FLAG, struct run_host, starved),    MAY(FIELD_FLAG, struct run_host, starved_once),
};
static const struct record run_host_record = RECORD(struct run_host, run_host_fields);

static const struct field run_fields[] = {
    NEED(FIELD_TEXT, struct run, format),
    NEED(FIELD_WORD, struct run, id),
    NEED(FIELD_WORD, struct run, batch),
    NEED(FIELD_TEXT, struct run, job),
    NEED(FIELD_TEXT, struct run, variant),
    NEED_INTEGER(struct run, attempt, 1, INT32_MAX),
    {FIELD(FIELD_OBJECT, struct run, board), .record = &board_record, .required = true},
    {FIELD(FIELD_OBJECT, struct run, payload), .record = &payload_record, .required = true},
    NEED(FIELD_TIME, struct run, start_time),
    MAY(FIELD_NUMBER, struct run, duration),
    MAY(FIELD_NUMBER, struct run, deadline),
    NEED(FIELD_STATUS, struct run, verdict),
    NEED(FIELD_TEXT, struct run, reason),
    MAY(FIELD_FLAG, struct run, wanted),
    OBJECT(struct run, error, &run_error_record),
    MAY(FIELD_TEXT, struct run, outcome),
    COUNT(struct run, boots, MODEL_UNKNOWN),
    MAY(FIELD_NUMBER, struct run, clock_hz),
    LIST(struct run, cpus, &run_cpu_record),
    LIST(struct run, tests, &test_record),
    LIST(struct run, metrics, &metric_record),
    TEXTS(struct run, metrics_absent),
    LIST(struct run, findings, &finding_record),
    OBJECT(struct run, log, &run_log_record),
    COUNT(struct run, splats, MODEL_UNKNOWN),
    MAY(FIELD_NUMBER, struct run, waited),
    OBJECT(struct run, host, &run_host_record),
};
static const struct record run_record = RECORD(struct run, run_fields);

static const struct field checkout_fields[] = {
    MAY(FIELD_TEXT, struct checkout, tree_name),
    MAY(FIELD_TEXT, struct checkout, git_repository_url),
    MAY(FIELD_TEXT, struct checkout, git_repository_branch),
    HEX(struct checkout, git_commit_hash, 40),
    MAY(FIELD_TEXT, struct checkout, git_commit_name),
    MAY(FIELD_TEXT, struct checkout, patchset_hash),
    MAY(FIELD_TEXT, struct checkout, message_id),
};
static const struct record checkout_record = RECORD(struct checkout, checkout_fields);

static const struct field build_fields[] = {
    NEED(FIELD_TEXT, struct build, name),           MAY(FIELD_TEXT, struct build, config_name),
    OBJECT(struct build, payload, &payload_record), MAY(FIELD_TEXT, struct build, architecture),
    MAY(FIELD_TEXT, struct build, compiler),        MAY(FIELD_TIME, struct build, start_time),
};
static const struct record build_record = RECORD(struct build, build_fields);

static const struct field planned_run_fields[] = {
    NEED(FIELD_WORD, struct planned_run, id),
    NEED(FIELD_WORD, struct planned_run, board),
    NEED(FIELD_TEXT, struct planned_run, type),
    MAY(FIELD_TEXT, struct planned_run, pool),
    NEED(FIELD_TEXT, struct planned_run, variant),
    NEED_INTEGER(struct planned_run, attempt, 1, INT32_MAX),
    MAY(FIELD_TEXT, struct planned_run, reason),
};
static const struct record planned_run_record = RECORD(struct planned_run, planned_run_fields);

static const struct field narrowed_fields[] = {
    MAY(FIELD_TEXT, struct narrowed, board),
    MAY(FIELD_TEXT, struct narrowed, pool),
};
static const struct record narrowed_record = RECORD(struct narrowed, narrowed_fields);

static const struct field batch_fields[] = {
    NEED(FIELD_TEXT, struct batch_record, format),
    NEED(FIELD_WORD, struct batch_record, id),
    NEED(FIELD_TEXT, struct batch_record, job),
    MAY(FIELD_TEXT, struct batch_record, file),
    MAY(FIELD_TEXT, struct batch_record, lab),
    MAY(FIELD_TEXT, struct batch_record, origin),
    NEED(FIELD_TIME, struct batch_record, start_time),
    MAY(FIELD_TIME, struct batch_record, finish_time),
    MAY(FIELD_TEXT, struct batch_record, comment),
    MAY(FIELD_TEXT, struct batch_record, files_url),
    TEXTS(struct batch_record, runs),
    TEXTS(struct batch_record, removed_runs),
    COUNT(struct batch_record, planned, MODEL_UNKNOWN),
    OBJECT(struct batch_record, checkout, &checkout_record),
    LIST(struct batch_record, builds, &build_record),
    LIST(struct batch_record, plan, &planned_run_record),
    MAY(FIELD_FLAG, struct batch_record, interrupted),
    OBJECT(struct batch_record, narrowed, &narrowed_record),
    MAY(FIELD_FLAG, struct batch_record, unpublished),
    TEXTS(struct batch_record, empty_pools),
};
static const struct record batch_record = RECORD(struct batch_record, batch_fields);

static struct error *check_format(const char *name, const char *found, const char *expected)
{
	if (strcmp(found, expected) == 0)
		return NULL;
	return error_new(ERROR_LAB, "%s: format: expected \"%s\", found \"%.40s\"", name, expected,
			 found);
}

struct error *model_parse_run(const char *name, const char *text, size_t len, struct arena *arena,
			      const struct run **out)
{
	struct run *run = arena_new(arena, 1, sizeof(*run));
	TRY(json_fields_parse(name, text, len, &run_record, arena, run));
	TRY(check_format(name, run->format, "mmfarm-run/1"));
	*out = run;
	return NULL;
}

struct error *model_parse_batch(const char *name, const char *text, size_t len, struct arena *arena,
				const struct batch_record **out)
{
	struct batch_record *batch = arena_new(arena, 1, sizeof(*batch));
	TRY(json_fields_parse(name, text, len, &batch_record, arena, batch));
	TRY(check_format(name, batch->format, "mmfarm-batch/1"));
	for (size_t i = 0; i < batch->runs_count; i++)
		if (!format_is_word(batch->runs[i]))
			return error_new(ERROR_LAB,
					 "%s: runs[%zu]: expected the id of a run, found \"%.40s\"",
					 name, i, batch->runs[i]);
	if (!batch->origin)
		batch->origin = "mmfarm";
	if (!format_is_origin(batch->origin, strlen(batch->origin)))
		return error_new(ERROR_LAB, "%s: origin: expected only a-z 0-9 _, found \"%.40s\"",
				 name, batch->origin);
	*out = batch;
	return NULL;
}

static struct error *read_member(const char *results_dir, const char *kind, const char *id,
				 const char *file, size_t limit, char **path, struct buffer *text)
{
	if (!format_is_word(id))
		return error_new(ERROR_USAGE, "\"%s\" is no id of a run or batch", id);
	*path = memory_printf("%s/%s/%s/%s", results_dir, kind, id, file);
	return file_read_regular(*path, limit, ERROR_LAB, text);
}

static struct error *check_id(const char *path, const char *found, const char *expected)
{
	if (strcmp(found, expected) == 0)
		return NULL;
	return error_new(ERROR_LAB, "%s: id: expected \"%s\", the directory's name, found \"%s\"",
			 path, expected, found);
}

struct error *model_load_run(const char *results_dir, const char *id, struct arena *arena,
			     const struct run **out)
{
	CLEANUP_FREE char *path = NULL;
	CLEANUP_BUFFER struct buffer text = {0};
	const struct run *run;
	TRY(read_member(results_dir, "runs", id, "run.json", MODEL_RUN_LIMIT, &path, &text));
	TRY(model_parse_run(path, buffer_str(&text), text.len, arena, &run));
	TRY(check_id(path, run->id, id));
	*out = run;
	return NULL;
}

struct error *model_load_batch(const char *results_dir, const char *id, struct arena *arena,
			       const struct batch_record **out)
{
	CLEANUP_FREE char *path = NULL;
	CLEANUP_BUFFER struct buffer text = {0};
	const struct batch_record *batch;
	TRY(read_member(results_dir, "batches", id, "batch.json", MODEL_BATCH_LIMIT, &path, &text));
	TRY(model_parse_batch(path, buffer_str(&text), text.len, arena, &batch));
	TRY(check_id(path, batch->id, id));
	*out = batch;
	return NULL;
}

// ---- planned runs -------------------------------------------------------------------------------

static bool is_listed(const char *id, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i], id) == 0)
			return true;
	return false;
}

static const struct build *build_of(const struct batch_record *b, const char *variant)
{
	for (size_t i = 0; i < b->builds_count; i++)
		if (strcmp(b->builds[i].name, variant) == 0)
			return &b->builds[i];
	return NULL;
}

// A run of which only its plan is known.
static const struct run *unheard_run(const struct batch_record *b, const struct planned_run *p,
				     const char *reason, struct arena *arena)
{
	static const struct payload unknown = {
	    .kind = "unknown", .name = "unknown", .size = MODEL_UNKNOWN};
	static const struct run_error error = {.code = "NoRun"};
	const struct build *build = build_of(b, p->variant);
	struct board_record *board = arena_new(arena, 1, sizeof(*board));
	*board = (struct board_record){.name = p->board, .type = p->type, .pool = p->pool};
	struct run *r = arena_new(arena, 1, sizeof(*r));
	*r = (struct run){
	    .format = "mmfarm-run/1",
	    .id = p->id,
	    .batch = b->id,
	    .job = b->job,
	    .variant = p->variant,
	    .attempt = p->attempt,
	    .board = board,
	    .payload = build && build->payload ? build->payload : &unknown,
	    .start_time = b->start_time,
	    .duration = 0,
	    .deadline = NAN,
	    .verdict = STATUS_MISS,
	    .reason = p->reason                                  ? p->reason
		      : reason                                   ? reason
		      : is_listed(p->id, b->runs, b->runs_count) ? "left no result"
		      : b->interrupted ? "never begun: the batch was interrupted"
				       : "never begun",
	    .error = &error,
	    .boots = MODEL_UNKNOWN,
	    .clock_hz = NAN,
	    .waited = NAN,
	    .splats = 0,
	    .unheard = true,
	};
	return r;
}

// Whether every planned run of the batch is to have a verdict by now.
static bool is_accountable(const struct batch_record *b)
{
	return b->finish_time && b->plan_count > 0;
}

void model_unheard_runs(const char *results_dir, const struct batch_record *b, struct arena *arena,
			const struct run ***runs, size_t *count)
{
	*runs = arena_new(arena, b->plan_count, sizeof(**runs));
	*count = 0;
	for (size_t i = 0; is_accountable(b) && i < b->plan_count; i++) {
		const struct planned_run *p = &b->plan[i];
		CLEANUP_FREE char *path = memory_printf("%s/runs/%s/run.json", results_dir, p->id);
		if (!is_listed(p->id, b->removed_runs, b->removed_runs_count) && !file_exists(path))
			(*runs)[(*count)++] = unheard_run(b, p, NULL, arena);
	}
}

static const char *why_not(const struct error *e, struct arena *arena)
{
	const char *text = error_text(e);
	return error_code(e) == ENOENT ? NULL : arena_strndup(arena, text, strlen(text));
}

static void load_planned(const char *results_dir, const struct planned_run *p,
			 struct batch_results *out)
{
	const struct run *run;
	if (is_listed(p->id, out->batch->removed_runs, out->batch->removed_runs_count))
		return;
	struct error *e = model_load_run(results_dir, p->id, &out->arena, &run);
	out->runs[out->runs_count++] =
	    e ? unheard_run(out->batch, p, why_not(e, &out->arena), &out->arena) : run;
	error_free(e);
}

static void load_listed(const char *results_dir, const char *id, struct batch_results *out)
{
	const struct run *run;
	struct error *e = model_load_run(results_dir, id, &out->arena, &run);
	if (!e) {
		out->runs[out->runs_count++] = run;
		return;
	}
	const char *reason = why_not(e, &out->arena);
	out->lost[out->lost_count++] = (struct lost_run){id, reason ? reason : "left no result"};
	error_free(e);
}

// A later attempt of the same board and variant stands for one that the host was too busy for.
static void mark_repeated(struct batch_results *b)
{
	for (size_t i = 0; i < b->runs_count; i++) {
		struct run *r = (struct run *)(uintptr_t)b->runs[i]; // ours, in our arena
		if (r->verdict != STATUS_MISS || !r->error || !r->error->code ||
		    strcmp(r->error->code, "HostBusy") != 0)
			continue;
		for (size_t k = 0; k < b->runs_count && !r->repeated; k++)
			r->repeated = b->runs[k]->attempt > r->attempt && !b->runs[k]->unheard &&
				      strcmp(b->runs[k]->board->name, r->board->name) == 0 &&
				      strcmp(b->runs[k]->variant, r->variant) == 0;
	}
}

struct error *batch_results_load(const char *results_dir, const char *batch_id,
				 struct batch_results *out)
{
	*out = (struct batch_results){0};
	TRY(model_load_batch(results_dir, batch_id, &out->arena, &out->batch));
	const struct batch_record *b = out->batch;
	out->runs = arena_new(&out->arena, b->plan_count + b->runs_count, sizeof(*out->runs));
	out->lost = arena_new(&out->arena, b->runs_count, sizeof(*out->lost));
	if (is_accountable(b))
		for (size_t i = 0; i < b->plan_count; i++)
			load_planned(results_dir, &b->plan[i], out);
	else
		for (size_t i = 0; i < b->runs_count; i++)
			load_listed(results_dir, b->runs[i], out);
	mark_repeated(out);
	return NULL;
}

size_t run_splats(const struct run *r)
{
	size_t count = 0;
	for (size_t i = 0; i < r->findings_count; i++)
		count += finding_is_root(&r->findings[i]);
	// Of a list that was shortened for want of room, run.json knows how long it was.
	bool shortened = r->splats != MODEL_UNKNOWN && (size_t)r->splats > r->findings_count;
	return shortened ? (size_t)r->splats : count;
}

void batch_results_deinit(struct batch_results *b)
{
	if (!b)
		return;
	arena_deinit(&b->arena);
	*b = (struct batch_results){0};
}
