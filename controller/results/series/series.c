// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/series/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "record/layout.h"
#include "run/directory.h"
#include "text/format.h"

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

static const char *keep(struct arena *arena, const char *s)
{
	return s ? arena_strndup(arena, s, strlen(s)) : NULL;
}

// Nanoseconds since 1970; 0: not said.
static int64_t time_ns(const char *s)
{
	long long ns = 0;
	if (s)
		format_parse_time(s, &ns);
	return ns;
}

struct error *series_list_load(struct store *s, const char *batch, const char *metric,
			       struct series_list *out)
{
	CLEANUP_STORE_ROWS struct store_rows *rows = NULL;
	TRY(query_series_all(s, batch, metric, &rows));
	CLEANUP_SERIES_LIST struct series_list l = {0};
	for (bool more = true;;) {
		struct query_series q;
		TRY(query_series_next(rows, &q, &more));
		if (!more)
			break;
		const struct series_id id = {
		    .job = keep(&l.arena, q.job),
		    .variant = keep(&l.arena, q.variant),
		    .board_type = keep(&l.arena, q.board_type),
		    .metric = keep(&l.arena, q.metric),
		    .midr = (uint64_t)q.midr,
		    .bbml2 = q.bbml2,
		    .emulator = keep(&l.arena, q.emulator),
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

struct metric_spec series_metric(const char *path, const char *unit, double step,
				 enum platform platform)
{
	struct metric_spec m = {.name = path, .unit = unit ? unit : ""};
	m.model = platform == PLATFORM_ICOUNT ? MODEL_EXACT : MODEL_NOISY;
	// Elsewhere many readings are taken, and their noise tells how well the number is known.
	if (m.model == MODEL_EXACT && step > 0)
		m.tick = step;
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

// Kinds of payload measure differently, so kernels start with the median.
static enum metric_aggregate usual_of(const struct query_point *p)
{
	bool firmware = p->payload_kind && strcmp(p->payload_kind, "firmware") == 0;
	return firmware ? AGGREGATE_MIN : AGGREGATE_MEDIAN;
}

static struct timing_run read_run(struct arena *arena, const struct query_point *p)
{
	bool ab =
	    p->comment && strncmp(p->comment, SERIES_AB_COMMENT, strlen(SERIES_AB_COMMENT)) == 0;
	bool lab = p->status == STATUS_ERROR || p->status == STATUS_MISS;
	bool splat = p->splats > 0 && !p->wanted;
	return (struct timing_run){
	    .id = keep(arena, p->id),
	    .batch = keep(arena, p->batch),
	    .board = keep(arena, p->board),
	    .commit = keep(arena, p->commit),
	    .build = keep(arena, p->build),
	    .time_ns = time_ns(p->start_time),
	    .position = time_ns(p->position) / 1000000,
	    .purpose = ab ? PURPOSE_AB : PURPOSE_SCHEDULED,
	    .min = isnan(p->min) ? p->value : p->min,
	    .median = p->value,
	    .p90 = isnan(p->p90) ? p->value : p->p90,
	    .max = isnan(p->max) ? p->value : p->max,
	    // A number sent alone is what the payload made of however many it took.
	    .summary_count = p->samples > 1 ? (size_t)p->samples : SIZE_MAX,
	    .invalid = lab || splat || p->cut_short,
	    .absent = isnan(p->value) && !lab && !splat && !p->cut_short,
	    // How fast the board itself was; 0: not known.
	    .frequency = p->frequency > 0 ? p->frequency : 0,
	    .canary_start = p->canary_start > 0 ? p->canary_start : 0,
	    .canary_end = p->canary_end > 0 ? p->canary_end : 0,
	};
}

// `build` is "SHA256 ARGUMENTS" (query_point).
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
			       size_t most, struct stored_series *out, struct metric_spec *metric)
{
	const struct query_series q = {.job = id->job,
				       .variant = id->variant,
				       .board_type = id->board_type,
				       .metric = id->metric,
				       .midr = (int64_t)id->midr,
				       .bbml2 = id->bbml2,
				       .emulator = id->emulator};
	CLEANUP_STORE_ROWS struct store_rows *rows = NULL;
	// An emulator's loops tell of its host.
	TRY(query_points(s, &q, platform == PLATFORM_HARDWARE, most, &rows));
	const char *unit = NULL;
	double step = 0;
	size_t count = 0, read = 0;
	for (bool more = true;; read++) {
		struct query_point p;
		TRY(query_points_next(rows, &p, &more));
		if (!more)
			break;
		struct timing_run run = read_run(&out->arena, &p);
		if (!run.absent && isnan(run.median))
			continue; // a run that did not get there says nothing about the metric
		if (!unit)
			unit = keep(&out->arena, p.unit);
		step = fmax(step, p.step); // of no step the other
		out->input.usual = usual_of(&p);
		ARRAY_APPEND(out->runs, count, run);
	}
	out->input.runs = out->runs;
	out->input.runs_count = drop_unasked(out->runs, count);
	out->input.older_runs = read == most;
	*metric = series_metric(id->metric, unit, step, platform);
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

enum platform series_id_platform(const struct series_id *id, series_platform ask,
				 const void *context)
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
	const struct series_id own = own_id(&loaded.arena, id);
	TRY(read_runs(s, &own, platform, most, &loaded, &loaded.input.metric));
	loaded.input.key = key_of(&own, platform);
	struct buffer key = {0};
	series_key_print(&loaded.input.key, &key);
	loaded.key = buffer_steal(&key);
	*out = loaded;
	loaded = (struct stored_series){0};
	return NULL;
}

static struct error *find_baseline(struct store *s, const struct job_config *job,
				   struct series_input *in)
{
	CLEANUP_ARENA struct arena arena = {0};
	const char *start;
	TRY(query_baseline(s, job->name, job->baseline, &arena, &start));
	in->has_baseline = start;
	if (start)
		in->baseline = time_ns(start) / 1000000;
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
