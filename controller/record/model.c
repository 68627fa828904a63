// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/model.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "record/json_fields.h"
#include "record/layout.h"
#include "text/format.h"

// One table a struct: the members as run.json and batch.json have them, in the order in which they are
// written.
// clang-format off: one member a line
static const struct field cpu_fields[] = {
    MAY(TEXT, cpu, name),
    MAY(TEXT, cpu, midr),
    INTEGER(cpu, bbm, 0, 15),
    MAY(FLAG, cpu, bbml2),
};
static const struct record cpu_record = RECORD(struct cpu, cpu_fields);

static const struct field board_fields[] = {
    NEED(WORD, board_record, name),         NEED(TEXT, board_record, type),
    MAY(TEXT, board_record, pool),          TEXTS(board_record, compatible),
    OBJECT(board_record, cpu, &cpu_record), MAY(TEXT, board_record, description),
    MAY(TEXT, board_record, emulator),
};
static const struct record board_record = RECORD(struct board_record, board_fields);

static const struct field file_ref_fields[] = {
    NEED(TEXT, file_ref, name),
    HEX(file_ref, sha256, 64),
    COUNT(file_ref, size, MODEL_UNKNOWN),
};
static const struct record file_ref_record = RECORD(struct file_ref, file_ref_fields);

static const struct field payload_fields[] = {
    NEED(TEXT, payload, kind),
    NEED(TEXT, payload, name),
    MAY(TEXT, payload, file),
    HEX(payload, sha256, 64),
    COUNT(payload, size, MODEL_UNKNOWN),
    MAY(TEXT, payload, arguments),
    MAY(TEXT, payload, package),
    MAY(TEXT, payload, build_id),
    MAY(TEXT, payload, version),
    TEXTS(payload, banners),
    OBJECT(payload, initrd, &file_ref_record),
};
static const struct record payload_record = RECORD(struct payload, payload_fields);

static const struct field run_cpu_fields[] = {
    KEPT(run_cpu, n, 0),          MAY(TEXT, run_cpu, midr), MAY(TEXT, run_cpu, revidr),
    INTEGER(run_cpu, bbm, 0, 15), ANSWER(run_cpu, cap),
};
static const struct record run_cpu_record = RECORD(struct run_cpu, run_cpu_fields);

static const struct field test_fields[] = {
    NEED(TEXT, test, path),   NEED(STATUS, test, status),  COUNT(test, line, MODEL_UNKNOWN),
    MAY(TEXT, test, comment), MAY(STATUS, test, expected),
};
static const struct record test_record = RECORD(struct test, test_fields);

static const struct field metric_fields[] = {
    NEED(TEXT, metric, path),    NEED(NUMBER, metric, value),        MAY(TEXT, metric, unit),
    MAY(STATUS, metric, status), COUNT(metric, line, MODEL_UNKNOWN), MAY(TEXT, metric, prefix),
    MAY(TEXT, metric, comment),  COUNT(metric, n, MODEL_UNKNOWN),    MAY(NUMBER, metric, min),
    MAY(NUMBER, metric, max),    MAY(NUMBER, metric, p90),           MAY(NUMBER, metric, mad),
    MAY(NUMBER, metric, cycles), MAY(NUMBER, metric, step),          NUMBERS(metric, samples),
};
static const struct record metric_record = RECORD(struct metric, metric_fields);

static const struct field finding_fields[] = {
    NEED_INTEGER(finding, line, 0, INT64_MAX),
    COUNT(finding, line_last, MODEL_UNKNOWN),
    COUNT(finding, byte_first, MODEL_UNKNOWN),
    COUNT(finding, byte_last, MODEL_UNKNOWN),
    NEED(TEXT, finding, class),
    MAY(TEXT, finding, sub),
    MAY(TEXT, finding, func),
    MAY(TEXT, finding, file),
    NEED(TEXT, finding, title),
    INTEGER(finding, severity, 0, 9),
    MAY(FLAG, finding, fatal),
    MAY(FLAG, finding, complete),
    MAY(FLAG, finding, wanted),
    FIELD_ROW(FIELD(FIELD_INTEGER, finding, rules_version), .max = INT32_MAX, .absent = 1,
	      .kept = true),
    HEX(finding, sig1, 16),
    NEED_HEX(finding, sig2, 16),
    HEX(finding, sig3, 16),
    COUNT(finding, folded_into, MODEL_UNKNOWN),
    COUNT(finding, cpu, MODEL_UNKNOWN),
    MAY(MARK, finding, bbm_violation),
    MAY(BLOCK, finding, message),
    MAY(BLOCK, finding, excerpt),
};
static const struct record finding_record = RECORD(struct finding, finding_fields);

static const struct field foreign_fields[] = {
    COUNT(foreign, line, MODEL_UNKNOWN),
    MAY(TEXT, foreign, class),
    MAY(TEXT, foreign, title),
};
static const struct record foreign_record = RECORD(struct foreign, foreign_fields);

static const struct field run_error_fields[] = {
    MAY(TEXT, run_error, code),
    MAY(TEXT, run_error, message),
};
static const struct record run_error_record = RECORD(struct run_error, run_error_fields);

static const struct field run_log_fields[] = {
    NEED(WORD, run_log, file),
    COUNT(run_log, bytes, MODEL_UNKNOWN),
    COUNT(run_log, lines, MODEL_UNKNOWN),
    FIELD_ROW(FIELD(FIELD_INTEGER, run_log, handover), .max = INT64_MAX, .kept = true,
	      .nullable = true),
    COUNT(run_log, lost, 0),
    COUNT(run_log, gaps, 0),
    MAY(NUMBER, run_log, away),
    HEX(run_log, sha256, 64),
};
static const struct record run_log_record = RECORD(struct run_log, run_log_fields);

static const struct field run_end_fields[] = {
    NEED(TEXT, run_end, console),     NEED(TEXT, run_end, board),
    MAY(FLAG, run_end, interrupted),  MAY(NUMBER, run_end, after),
    MAY(NUMBER, run_end, silent),     MAY(NUMBER, run_end, gap),
    MAY(BLOCK, run_end, last_line),   MAY(BLOCK, run_end, cause),
    MAY(BLOCK, run_end, doubt),       MAY(BLOCK, run_end, trouble),
    MAY(TEXT, run_end, trouble_kind), MAY(BLOCK, run_end, may_be_on),
    MAY(BLOCK, run_end, unfit),       MAY(BLOCK, run_end, well),
};
static const struct record run_end_record = RECORD(struct run_end, run_end_fields);

static const struct field run_host_fields[] = {
    COUNT(run_host, cores, MODEL_UNKNOWN),
    MAY(NUMBER, run_host, load),
    MAY(NUMBER, run_host, cpu),
    MAY(NUMBER, run_host, lost),
    MAY(NUMBER, run_host, share),
    MAY(NUMBER, run_host, worst_share),
    MAY(FLAG, run_host, starved),
    MAY(FLAG, run_host, starved_once),
    MAY(FLAG, run_host, own_clock),
    MAY(FLAG, run_host, by_time),
};
static const struct record run_host_record = RECORD(struct run_host, run_host_fields);

static const struct field run_cycles_fields[] = {
    KEPT(run_cycles, power, 0),
    KEPT(run_cycles, erase, 0),
};
static const struct record run_cycles_record = RECORD(struct run_cycles, run_cycles_fields);

static const struct field run_fields[] = {
    NEED(TEXT, run, format),
    NEED(WORD, run, id),
    NEED(WORD, run, batch),
    NEED(TEXT, run, job),
    NEED(TEXT, run, variant),
    NEED_INTEGER(run, attempt, 1, INT32_MAX),
    MAY(WORD, run, retry_of),
    MAY(WORD, run, confirms),
    MAY(WORD, run, rerun_of),
    NEED_OBJECT(run, board, &board_record),
    NEED_OBJECT(run, payload, &payload_record),
    NEED(TIME, run, start_time),
    MAY(NUMBER, run, duration),
    MAY(NUMBER, run, deadline),
    NEED(STATUS, run, verdict),
    NEED(TEXT, run, reason),
    MAY(FLAG, run, wanted),
    OBJECT(run, error, &run_error_record),
    MAY(TEXT, run, outcome),
    COUNT(run, boots, MODEL_UNKNOWN),
    MAY(NUMBER, run, clock_hz),
    LIST(run, cpus, &run_cpu_record),
    LIST(run, tests, &test_record),
    LIST(run, metrics, &metric_record),
    TEXTS(run, metrics_absent),
    TEXTS(run, features),
    COUNT(run, splats, MODEL_UNKNOWN),
    LIST(run, findings, &finding_record),
    LIST(run, foreign, &foreign_record),
    COUNT(run, excerpts_cut, 0),
    COUNT(run, dropped, 0),
    OBJECT(run, log, &run_log_record),
    OBJECT(run, end, &run_end_record),
    OBJECT(run, host, &run_host_record),
    OBJECT(run, cycles, &run_cycles_record),
    MAY(NUMBER, run, waited),
    COUNT(run, rules_version, MODEL_UNKNOWN),
};
const struct record run_document = RECORD(struct run, run_fields);

static const struct field checkout_fields[] = {
    MAY(TEXT, checkout, tree_name),
    MAY(TEXT, checkout, git_repository_url),
    MAY(TEXT, checkout, git_repository_branch),
    HEX(checkout, git_commit_hash, 40),
    MAY(TEXT, checkout, git_commit_name),
    MAY(TEXT, checkout, message_id),
    MAY(TEXT, checkout, patchset_hash),
};
static const struct record checkout_record = RECORD(struct checkout, checkout_fields);

static const struct field build_fields[] = {
    NEED(TEXT, build, name),
    MAY(TEXT, build, config_name),
    OBJECT(build, payload, &payload_record),
    MAY(TEXT, build, architecture),
    MAY(TEXT, build, compiler),
    MAY(TIME, build, start_time),
};
static const struct record build_record = RECORD(struct build, build_fields);

static const struct field planned_run_fields[] = {
    NEED(WORD, planned_run, id),      NEED(WORD, planned_run, board),
    NEED(TEXT, planned_run, type),    MAY(TEXT, planned_run, pool),
    NEED(TEXT, planned_run, variant), NEED_INTEGER(planned_run, attempt, 1, INT32_MAX),
    MAY(WORD, planned_run, retry_of), MAY(WORD, planned_run, confirms),
    MAY(WORD, planned_run, rerun_of), MAY(TEXT, planned_run, reason),
};
static const struct record planned_run_record = RECORD(struct planned_run, planned_run_fields);

static const struct field narrowed_fields[] = {
    MAY(TEXT, narrowed, board),
    MAY(TEXT, narrowed, pool),
    MAY(TEXT, narrowed, variant),
    MAY(TEXT, narrowed, changed),
};
static const struct record narrowed_record = RECORD(struct narrowed, narrowed_fields);

static const struct field batch_fields[] = {
    NEED(TEXT, batch_record, format),
    NEED(WORD, batch_record, id),
    NEED(TEXT, batch_record, job),
    MAY(TEXT, batch_record, file),
    MAY(TEXT, batch_record, lab),
    MAY(TEXT, batch_record, origin),
    NEED(TIME, batch_record, start_time),
    MAY(TIME, batch_record, finish_time),
    MAY(TEXT, batch_record, comment),
    MAY(TEXT, batch_record, files_url),
    MAY(TEXT, batch_record, tree),
    MAY(TEXT, batch_record, contact),
    TEXTS(batch_record, runs),
    TEXTS(batch_record, removed_runs),
    LIST(batch_record, plan, &planned_run_record),
    MAY(MARK, batch_record, unpublished),
    MAY(MARK, batch_record, interrupted),
    OBJECT(batch_record, narrowed, &narrowed_record),
    TEXTS(batch_record, empty_pools),
    COUNT(batch_record, planned, MODEL_UNKNOWN),
    OBJECT(batch_record, checkout, &checkout_record),
    LIST(batch_record, builds, &build_record),
};
const struct record batch_document = RECORD(struct batch_record, batch_fields);
// clang-format on

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
	TRY(json_fields_parse(name, text, len, &run_document, arena, run));
	TRY(check_format(name, run->format, RUN_FORMAT));
	*out = run;
	return NULL;
}

struct error *model_parse_batch(const char *name, const char *text, size_t len, struct arena *arena,
				const struct batch_record **out)
{
	struct batch_record *batch = arena_new(arena, 1, sizeof(*batch));
	TRY(json_fields_parse(name, text, len, &batch_document, arena, batch));
	TRY(check_format(name, batch->format, BATCH_FORMAT));
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

char *model_print_run(const struct run *r)
{
	return json_fields_print(&run_document, r);
}

struct error *model_write_batch(const char *path, const struct batch_record *b)
{
	return json_fields_write(path, &batch_document, b);
}

static struct error *read_text(const char *id, const char *path, size_t limit, struct buffer *text)
{
	if (!format_is_word(id))
		return error_new(ERROR_USAGE, "\"%s\" is no id of a run or batch", id);
	return file_read_regular(path, limit, ERROR_LAB, text);
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
	CLEANUP_FREE char *path = layout_run_file(results_dir, id, LAYOUT_RUN_JSON);
	CLEANUP_BUFFER struct buffer text = {0};
	const struct run *run;
	TRY(read_text(id, path, MODEL_RUN_LIMIT, &text));
	TRY(model_parse_run(path, buffer_str(&text), text.len, arena, &run));
	TRY(check_id(path, run->id, id));
	*out = run;
	return NULL;
}

struct error *model_load_batch(const char *results_dir, const char *id, struct arena *arena,
			       const struct batch_record **out)
{
	CLEANUP_FREE char *path = layout_batch_file(results_dir, id, LAYOUT_BATCH_JSON);
	CLEANUP_BUFFER struct buffer text = {0};
	const struct batch_record *batch;
	TRY(read_text(id, path, MODEL_BATCH_LIMIT, &text));
	TRY(model_parse_batch(path, buffer_str(&text), text.len, arena, &batch));
	TRY(check_id(path, batch->id, id));
	*out = batch;
	return NULL;
}

struct error *model_change_batch(const char *results_dir, const char *id, batch_change_fn *change,
				 void *arg)
{
	CLEANUP_FREE char *path = layout_batch_file(results_dir, id, LAYOUT_BATCH_JSON);
	CLEANUP_BUFFER struct buffer text = {0};
	CLEANUP_ARENA struct arena arena = {0};
	struct batch_record b = {0};
	TRY(read_text(id, path, MODEL_BATCH_LIMIT, &text));
	TRY(json_fields_parse(path, buffer_str(&text), text.len, &batch_document, &arena, &b));
	TRY(check_format(path, b.format, BATCH_FORMAT));
	TRY(change(&b, &arena, arg));
	json_t *document = json_loadb(buffer_str(&text), text.len, JSON_ALLOW_NUL, NULL);
	bool whole = document && json_fields_change(document, &batch_document, &b);
	CLEANUP_FREE char *changed = whole ? json_fields_text(document) : NULL;
	json_decref(document);
	return changed ? file_write_atomic(path, changed, strlen(changed))
		       : error_new(ERROR_BUG, "%s could not be put together", path);
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

const struct run *model_unheard_run(const struct batch_record *b, const struct planned_run *p,
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
	    .format = RUN_FORMAT,
	    .id = p->id,
	    .batch = b->id,
	    .job = b->job,
	    .variant = p->variant,
	    .attempt = p->attempt,
	    .retry_of = p->retry_of,
	    .confirms = p->confirms,
	    .rerun_of = p->rerun_of,
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
	    .splats = MODEL_UNKNOWN,
	    .rules_version = MODEL_UNKNOWN,
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
		CLEANUP_FREE char *path = layout_run_file(results_dir, p->id, LAYOUT_RUN_JSON);
		if (!is_listed(p->id, b->removed_runs, b->removed_runs_count) && !file_exists(path))
			(*runs)[(*count)++] = model_unheard_run(b, p, NULL, arena);
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
	    e ? model_unheard_run(out->batch, p, why_not(e, &out->arena), &out->arena) : run;
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

static bool is_miss_for(const struct run *r, const char *code)
{
	return r->verdict == STATUS_MISS && r->error && r->error->code &&
	       strcmp(r->error->code, code) == 0;
}

// A later attempt of the same board and variant stands for one that the host was too busy for; a retry,
// wherever it was made, for the MISS that it repeats. Nothing stands for a verdict on the code.
static bool stands_for(const struct run *later, const struct run *r)
{
	if (later->unheard)
		return false;
	if (r->verdict == STATUS_MISS && later->retry_of && strcmp(later->retry_of, r->id) == 0)
		return true;
	return is_miss_for(r, "HostBusy") && later->attempt > r->attempt && !later->confirms &&
	       strcmp(later->board->name, r->board->name) == 0 &&
	       strcmp(later->variant, r->variant) == 0;
}

static void mark_repeated(struct batch_results *b)
{
	for (size_t i = 0; i < b->runs_count; i++) {
		struct run *r = (struct run *)(uintptr_t)b->runs[i]; // ours, in our arena
		bool missed = r->verdict == STATUS_MISS;
		for (size_t k = 0; k < b->runs_count && missed && !r->repeated; k++)
			r->repeated = stands_for(b->runs[k], r);
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

bool finding_is_of_console(const struct finding *f)
{
	return strcmp(f->class, FINDING_PTSAN) != 0;
}

const char *finding_file(const struct finding *f)
{
	return finding_is_of_console(f) ? LAYOUT_CONSOLE : LAYOUT_PTSAN;
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
