// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/series/series.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "record/layout.h"
#include "run/directory.h"
#include "results/format.h"

#define CANARY_PATHS "mmfarm.t.canary."

void series_list_deinit(struct series_list *l)
{
	free(l->ids);
	arena_deinit(&l->arena);
	*l = (struct series_list){0};
}

void stored_series_deinit(struct stored_series *s)
{
	free(s->runs);
	free(s->key);
	arena_deinit(&s->arena);
	*s = (struct stored_series){0};
}

static const char *column_text(struct arena *arena, sqlite3_stmt *row, int column)
{
	const char *s = (const char *)sqlite3_column_text(row, column);
	return s ? arena_strndup(arena, s, strlen(s)) : NULL;
}

static double column_number(sqlite3_stmt *row, int column)
{
	return sqlite3_column_type(row, column) == SQLITE_NULL ? NAN
							       : sqlite3_column_double(row, column);
}

static int64_t column_time_ns(sqlite3_stmt *row, int column)
{
	const char *s = (const char *)sqlite3_column_text(row, column);
	long long ns = 0;
	if (s)
		format_parse_time(s, &ns);
	return ns;
}

static struct error *step(sqlite3_stmt *row, bool *more)
{
	int rc = sqlite3_step(row);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return store_error(sqlite3_db_handle(row), "reading series");
	*more = rc == SQLITE_ROW;
	return NULL;
}

struct error *series_list_load(struct store *s, const char *batch, const char *metric,
			       struct series_list *out)
{
	// The batch's own runs may lack a metric that their fellows bring: that is a finding too.
	static const char sql[] =
	    "SELECT DISTINCT r.job, r.variant, r.board_type, p.path, r.midr, r.bbml2,"
	    " r.emulator FROM runs r JOIN metrics m ON m.run = r.key JOIN paths p ON p.key = m.path"
	    " WHERE (?1 IS NULL OR EXISTS (SELECT 1 FROM runs o WHERE o.batch = ?1"
	    "  AND o.job = r.job AND o.variant = r.variant AND o.board_type = r.board_type))"
	    " AND (?2 IS NULL OR p.path GLOB ?2) AND r.job <> '" SERIES_AB_JOB "'"
	    // The board's own loops are what series are held against.
	    " AND p.path NOT GLOB '" CANARY_PATHS "*'"
	    " ORDER BY r.job, r.variant, r.board_type, p.path, r.midr, r.bbml2, r.emulator";
	CLEANUP_STATEMENT sqlite3_stmt *row = NULL;
	TRY(store_prepare(store_database(s), sql, &row));
	sqlite3_bind_text(row, 1, batch, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 2, metric, -1, SQLITE_STATIC);
	CLEANUP_SERIES_LIST struct series_list l = {0};
	for (;;) {
		bool more = false;
		TRY(step(row, &more));
		if (!more)
			break;
		const struct series_id id = {
		    .job = column_text(&l.arena, row, 0),
		    .variant = column_text(&l.arena, row, 1),
		    .board_type = column_text(&l.arena, row, 2),
		    .metric = column_text(&l.arena, row, 3),
		    .midr = (uint64_t)sqlite3_column_int64(row, 4),
		    .bbml2 = sqlite3_column_int64(row, 5) != 0,
		    .emulator = column_text(&l.arena, row, 6),
		};
		ARRAY_APPEND(l.ids, l.count, id);
	}
	*out = l;
	l = (struct series_list){0};
	return NULL;
}

static bool ends_with(const char *s, const char *end)
{
	size_t len = strlen(s), n = strlen(end);
	return len >= n && strcmp(s + len - n, end) == 0;
}

struct metric_spec series_metric(const char *path, const char *unit, enum platform platform)
{
	struct metric_spec m = {.name = path, .unit = unit ? unit : ""};
	m.model = platform == PLATFORM_ICOUNT ? MODEL_EXACT : MODEL_NOISY;
	if (ends_with(m.unit, "/s") || strcmp(m.unit, "Hz") == 0) {
		m.kind = KIND_COUNT;
		m.direction = DIRECTION_HIGHER;
		return m;
	}
	if (strcmp(m.unit, "s") == 0 || ends_with(m.unit, "seconds") || strcmp(m.unit, "ns") == 0 ||
	    strcmp(m.unit, "us") == 0 || strcmp(m.unit, "ms") == 0 || strcmp(m.unit, "tick") == 0)
		m.kind = KIND_TIME;
	else if (strcmp(m.unit, "cycles") == 0)
		m.kind = KIND_CYCLES;
	else if (strcmp(m.unit, "B") == 0 || strcmp(m.unit, "bytes") == 0 ||
		 strcmp(m.unit, "KiB") == 0 || strcmp(m.unit, "MiB") == 0)
		m.kind = KIND_BYTES;
	else
		m.kind = KIND_COUNT;
	if (m.kind == KIND_COUNT)
		m.direction = DIRECTION_NONE;
	return m;
}

static const char select_runs[] =
    "SELECT r.id, r.batch, r.board, b.git_commit_hash,"
    " r.payload_sha256 || ' ' || coalesce(r.arguments, ''), r.start_time, r.status,"
    " r.splats, r.wanted, r.payload_kind, m.value, m.min, m.p90, m.max, m.samples, m.unit,"
    " coalesce((SELECT min(f.start_time) FROM batches f"
    "  WHERE f.git_commit_hash = b.git_commit_hash AND f.job = r.job"
    "  AND f.comment NOT LIKE '" SERIES_AB_COMMENT "%'), b.start_time, r.start_time),"
    " b.comment, " SERIES_CUT_SHORT ","
    " (SELECT c.cycles / c.value FROM metrics c WHERE c.run = r.key AND c.path = ?9),"
    " (SELECT sum(c.min) FROM metrics c WHERE c.run = r.key AND c.path IN (?9, ?10)),"
    " (SELECT sum(c.min) FROM metrics c WHERE c.run = r.key AND c.path IN (?11, ?12))"
    " FROM runs r LEFT JOIN batches b ON b.id = r.batch"
    " LEFT JOIN metrics m ON m.run = r.key AND m.path = ?1"
    " WHERE r.job = ?2 AND r.variant = ?3 AND r.board_type = ?4 AND coalesce(r.midr, 0) = ?5"
    " AND coalesce(r.bbml2, 0) = ?6 AND r.emulator IS ?8 ORDER BY r.key DESC LIMIT ?7";

enum {
	COLUMN_ID,
	COLUMN_BATCH,
	COLUMN_BOARD,
	COLUMN_COMMIT,
	COLUMN_BUILD,
	COLUMN_START,
	COLUMN_STATUS,
	COLUMN_SPLATS,
	COLUMN_WANTED,
	COLUMN_KIND,
	COLUMN_VALUE,
	COLUMN_MIN,
	COLUMN_P90,
	COLUMN_MAX,
	COLUMN_SAMPLES,
	COLUMN_UNIT,
	COLUMN_POSITION,
	COLUMN_COMMENT,
	COLUMN_CUT,
	COLUMN_FREQUENCY,
	COLUMN_CANARY_START,
	COLUMN_CANARY_END,
};

// The firmware's fixed loops (firmware/stages/timing_canary.c): parameters 9 to 12 of select_runs.
static const char *const canaries[] = {
    CANARY_PATHS "alu.start",
    CANARY_PATHS "chase.start",
    CANARY_PATHS "alu.end",
    CANARY_PATHS "chase.end",
};

// Kinds of payload measure differently, so kernels start with the median.
static enum metric_aggregate usual_of(sqlite3_stmt *row)
{
	const char *kind = (const char *)sqlite3_column_text(row, COLUMN_KIND);
	return kind && strcmp(kind, "firmware") == 0 ? AGGREGATE_MIN : AGGREGATE_MEDIAN;
}

static struct timing_run read_run(struct arena *arena, sqlite3_stmt *row)
{
	const char *comment = (const char *)sqlite3_column_text(row, COLUMN_COMMENT);
	bool ab = comment && strncmp(comment, SERIES_AB_COMMENT, strlen(SERIES_AB_COMMENT)) == 0;
	int64_t status = sqlite3_column_int64(row, COLUMN_STATUS);
	bool lab = status == STATUS_ERROR || status == STATUS_MISS;
	bool splat = sqlite3_column_int64(row, COLUMN_SPLATS) > 0 &&
		     sqlite3_column_int64(row, COLUMN_WANTED) == 0;
	bool cut = sqlite3_column_int64(row, COLUMN_CUT) != 0;
	double value = column_number(row, COLUMN_VALUE), min = column_number(row, COLUMN_MIN);
	double p90 = column_number(row, COLUMN_P90), max = column_number(row, COLUMN_MAX);
	int64_t samples = sqlite3_column_int64(row, COLUMN_SAMPLES);
	return (struct timing_run){
	    .id = column_text(arena, row, COLUMN_ID),
	    .batch = column_text(arena, row, COLUMN_BATCH),
	    .board = column_text(arena, row, COLUMN_BOARD),
	    .commit = column_text(arena, row, COLUMN_COMMIT),
	    .build = column_text(arena, row, COLUMN_BUILD),
	    .time_ns = column_time_ns(row, COLUMN_START),
	    .position = column_time_ns(row, COLUMN_POSITION) / 1000000,
	    .purpose = ab ? PURPOSE_AB : PURPOSE_SCHEDULED,
	    .min = isnan(min) ? value : min,
	    .median = value,
	    .p90 = isnan(p90) ? value : p90,
	    .max = isnan(max) ? value : max,
	    // A number sent alone is what the payload made of however many it took.
	    .summary_count = samples > 1 ? (size_t)samples : SIZE_MAX,
	    .invalid = lab || splat || cut,
	    .absent = isnan(value) && !lab && !splat && !cut,
	};
}

// How fast the board itself was; 0: not known.
static void read_canary(sqlite3_stmt *row, struct timing_run *run)
{
	double frequency = column_number(row, COLUMN_FREQUENCY);
	double start = column_number(row, COLUMN_CANARY_START);
	double end = column_number(row, COLUMN_CANARY_END);
	run->frequency = frequency > 0 ? frequency : 0;
	run->canary_start = start > 0 ? start : 0;
	run->canary_end = end > 0 ? end : 0;
}

// "SHA256 ARGUMENTS" (select_runs).
static bool same_arguments(const struct timing_run *a, const struct timing_run *b)
{
	const char *x = a->build ? strchr(a->build, ' ') : NULL;
	const char *y = b->build ? strchr(b->build, ' ') : NULL;
	return strcmp(x ? x : "", y ? y : "") == 0;
}

// Whoever gives a variant other arguments asks for other metrics: those that no longer come are not
// missing. Runs come newest first.
static size_t drop_unasked(struct timing_run *runs, size_t count)
{
	size_t brought = 0, kept = 0;
	while (brought < count && runs[brought].absent)
		brought++;
	for (size_t i = 0; i < count; i++)
		if (i >= brought || brought == count || same_arguments(&runs[i], &runs[brought]))
			runs[kept++] = runs[i];
	return kept;
}

static struct error *read_runs(struct store *s, const struct series_id *id, enum platform platform,
			       size_t most, struct stored_series *out, const char **unit)
{
	CLEANUP_STATEMENT sqlite3_stmt *row = NULL;
	TRY(store_prepare(store_database(s), select_runs, &row));
	sqlite3_bind_int64(row, 1, store_path_key(id->metric));
	sqlite3_bind_text(row, 2, id->job, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 3, id->variant, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 4, id->board_type, -1, SQLITE_STATIC);
	sqlite3_bind_int64(row, 5, (int64_t)id->midr);
	sqlite3_bind_int64(row, 6, id->bbml2);
	sqlite3_bind_int64(row, 7, (int64_t)most);
	sqlite3_bind_text(row, 8, id->emulator, -1, SQLITE_STATIC);
	// An emulator's loops tell of its host: NULL, and nothing is looked for.
	for (int i = 0; i < 4 && platform == PLATFORM_HARDWARE; i++)
		sqlite3_bind_int64(row, 9 + i, store_path_key(canaries[i]));
	size_t count = 0, read = 0;
	for (;; read++) {
		bool more = false;
		TRY(step(row, &more));
		if (!more)
			break;
		struct timing_run run = read_run(&out->arena, row);
		read_canary(row, &run);
		if (!run.absent && isnan(run.median))
			continue; // a run that did not get there says nothing about the metric
		if (!*unit)
			*unit = column_text(&out->arena, row, COLUMN_UNIT);
		out->input.usual = usual_of(row);
		ARRAY_APPEND(out->runs, count, run);
	}
	out->input.runs = out->runs;
	out->input.runs_count = drop_unasked(out->runs, count);
	out->input.older_runs = read == most;
	return NULL;
}

static struct series_key key_of(const struct series_id *id, enum platform platform)
{
	return (struct series_key){
	    .job = id->job,
	    .variant = id->variant,
	    .board_class = id->board_type,
	    .metric = id->metric,
	    .cpu = {.midr = id->midr,
		    .bbml2 = id->bbml2,
		    .platform = platform,
		    .emulator = id->emulator},
	};
}

// The loaded series outlives the list that named it.
static struct series_id own_id(struct arena *arena, const struct series_id *id)
{
	struct series_id own = *id;
	own.job = arena_strndup(arena, id->job, strlen(id->job));
	own.variant = arena_strndup(arena, id->variant, strlen(id->variant));
	own.board_type = arena_strndup(arena, id->board_type, strlen(id->board_type));
	own.metric = arena_strndup(arena, id->metric, strlen(id->metric));
	if (id->emulator)
		own.emulator = arena_strndup(arena, id->emulator, strlen(id->emulator));
	return own;
}

enum platform series_id_platform(const struct series_id *id, series_platform ask, void *context)
{
	if (!id->emulator)
		return ask(context, id->board_type);
	return strstr(id->emulator, " icount") ? PLATFORM_ICOUNT : PLATFORM_TCG;
}

void series_id_print(const struct series_id *id, enum platform platform, struct buffer *out)
{
	const struct series_key key = key_of(id, platform);
	series_key_print(&key, out);
}

struct error *series_load(struct store *s, const struct series_id *id, enum platform platform,
			  size_t most, struct stored_series *out)
{
	CLEANUP_STORED_SERIES struct stored_series loaded = {0};
	const char *unit = NULL;
	const struct series_id own = own_id(&loaded.arena, id);
	TRY(read_runs(s, &own, platform, most, &loaded, &unit));
	loaded.input.key = key_of(&own, platform);
	loaded.input.metric = series_metric(own.metric, unit, platform);
	struct buffer key = {0};
	series_key_print(&loaded.input.key, &key);
	loaded.key = buffer_steal(&key);
	*out = loaded;
	loaded = (struct stored_series){0};
	return NULL;
}

// A commit's position is that of its first batch, as in select_runs.
static struct error *find_baseline(struct store *s, const struct job_config *job,
				   struct series_input *in)
{
	static const char sql[] =
	    "SELECT min(start_time) FROM batches WHERE job = ?1 AND (id = ?2 OR"
	    " git_commit_hash = (SELECT git_commit_hash FROM batches WHERE job = ?1 AND id = ?2) OR"
	    " (length(?2) >= 7 AND substr(git_commit_hash, 1, length(?2)) = ?2))";
	CLEANUP_STATEMENT sqlite3_stmt *row = NULL;
	TRY(store_prepare(store_database(s), sql, &row));
	sqlite3_bind_text(row, 1, job->name, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 2, job->baseline, -1, SQLITE_STATIC);
	bool more = false;
	TRY(step(row, &more));
	in->has_baseline = more && sqlite3_column_type(row, 0) != SQLITE_NULL;
	if (in->has_baseline)
		in->baseline = column_time_ns(row, 0) / 1000000;
	return NULL;
}

struct error *series_job(const char *results_dir, const char *run, struct job_config **out)
{
	CLEANUP_FREE char *dir = layout_run(results_dir, run);
	CLEANUP_FREE char *path = path_join(dir, LAYOUT_JOB_YAML);
	*out = NULL;
	return file_exists(path) ? job_load(path, out) : NULL;
}

static bool is_read_off_console(const struct job_config *job, const char *metric)
{
	const struct metric_config *c = metrics_config_find(&job->metrics, metric);
	return c && c->source != METRIC_RECORDS;
}

struct error *series_is_closed(const char *results_dir, const struct job_config *job,
			       const struct stored_series *s, bool *out)
{
	const char *metric = s->input.metric.name;
	size_t brought = 0;
	*out = false;
	while (brought < s->input.runs_count && s->runs[brought].absent)
		brought++;
	if (brought == 0 || brought == s->input.runs_count || is_read_off_console(job, metric))
		return NULL;
	CLEANUP_JOB struct job_config *before = NULL;
	TRY(series_job(results_dir, s->runs[brought].id, &before));
	*out = before && is_read_off_console(before, metric);
	return NULL;
}

struct error *series_declare(struct store *s, const struct job_config *job,
			     struct stored_series *series)
{
	struct metric_spec *spec = &series->input.metric;
	const struct metric_config *c = metrics_config_find(&job->metrics, spec->name);
	if (c)
		metric_config_apply(c, spec);
	return job->baseline ? find_baseline(s, job, &series->input) : NULL;
}
