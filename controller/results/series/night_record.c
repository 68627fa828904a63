// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/series/night_record.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "record/json_fields.h"
#include "record/layout.h"
#include "text/json_writer.h"
#include "record/model.h"
#include "results/series/night.h"

#define FORMAT       "mmfarm-timing/1"
#define RECORD_LIMIT ((size_t)64 << 20)

static char *record_path(const char *results_dir, const char *batch)
{
	return layout_batch_file(results_dir, batch, LAYOUT_TIMING_JSON);
}

// clang-format off: one member a line
static const struct field alert_fields[] = {
    NEED(WORD, alert_record, id),
    NEED(TEXT, alert_record, kind),
    NEED(TEXT, alert_record, state),
    NEED(TEXT, alert_record, effect),
    NEED(TEXT, alert_record, class),
    MAY(FLAG, alert_record, failure),
    MAY(FLAG, alert_record, tell),
    MAY(WORD, alert_record, run),
    MAY(TEXT, alert_record, variant),
    NEED(TEXT, alert_record, series),
    NEED(TEXT, alert_record, metric),
    MAY(TEXT, alert_record, unit),
    NEED(TEXT, alert_record, direction),
    MAY(NUMBER, alert_record, relative),
    MAY(NUMBER, alert_record, low),
    MAY(NUMBER, alert_record, high),
    MAY(NUMBER, alert_record, before),
    MAY(NUMBER, alert_record, after),
    MAY(NUMBER, alert_record, t),
    NEED(TEXT, alert_record, ab),
    MAY(NUMBER, alert_record, ab_p),
    COUNT(alert_record, ab_boards, MODEL_UNKNOWN),
    COUNT(alert_record, ab_runs, MODEL_UNKNOWN),
    MAY(TEXT, alert_record, commit_from),
    MAY(TEXT, alert_record, commit_to),
    MAY(TEXT, alert_record, board),
    NEED(TEXT, alert_record, reason),
    COUNT(alert_record, incident, MODEL_UNKNOWN),
    MAY(FLAG, alert_record, title),
};
static const struct record alert_record = RECORD(struct alert_record, alert_fields);

static const struct field record_fields[] = {
    NEED(TEXT, night_record, format),          NEED(WORD, night_record, batch),
    NEED_HEX(night_record, params, 16),        KEPT(night_record, series, 0),
    LIST(night_record, alerts, &alert_record), TEXTS(night_record, notes),
};
const struct record night_document = RECORD(struct night_record, record_fields);
// clang-format on

static const char *filled(const char *s)
{
	return s && s[0] ? s : NULL;
}

static struct alert_record make_alert(const struct night_alert *a)
{
	return (struct alert_record){
	    .id = a->id,
	    .kind = alert_kind_name(a->kind),
	    .state = alert_state_name(a->state),
	    .effect = alert_effect_name(a->effect),
	    .class = a->class,
	    .failure = a->failure,
	    .tell = a->tell,
	    .run = filled(a->run),
	    .variant = filled(a->variant),
	    .series = a->key,
	    .metric = a->metric,
	    .unit = filled(a->unit),
	    .direction = metric_direction_name(a->direction),
	    .relative = a->relative,
	    .low = a->low,
	    .high = a->high,
	    .before = a->before,
	    .after = a->after,
	    .t = a->t,
	    .ab = ab_state_name(a->ab),
	    .ab_p = a->ab_boards ? a->ab_p : NAN,
	    .ab_boards = a->ab_boards ? a->ab_boards : MODEL_UNKNOWN,
	    .ab_runs = a->ab_boards ? a->ab_runs : MODEL_UNKNOWN,
	    .commit_from = filled(a->commit_from),
	    .commit_to = filled(a->commit_to),
	    .board = filled(a->board),
	    .reason = a->reason,
	    .incident = a->incident != SIZE_MAX ? (int64_t)a->incident + 1 : MODEL_UNKNOWN,
	    .title = a->title,
	};
}

struct error *night_record_write(const char *results_dir, const char *batch,
				 const struct night_report *r, const struct timing_params *params)
{
	CLEANUP_ARENA struct arena arena = {0};
	struct alert_record *alerts = arena_new(&arena, r->alerts_count, sizeof(*alerts));
	char hash[17];
	snprintf(hash, sizeof(hash), "%016" PRIx64, timing_params_hash(params));
	for (size_t i = 0; i < r->alerts_count; i++)
		alerts[i] = make_alert(&r->alerts[i]);
	const struct night_record record = {
	    .format = FORMAT,
	    .batch = batch,
	    .params = hash,
	    .series = (int64_t)r->series,
	    .alerts = alerts,
	    .alerts_count = r->alerts_count,
	    .notes = r->notes,
	    .notes_count = r->notes_count,
	};
	CLEANUP_FREE char *path = record_path(results_dir, batch);
	return json_fields_write(path, &night_document, &record);
}

struct error *night_record_load(const char *results_dir, const char *batch, struct arena *arena,
				const struct night_record **out)
{
	CLEANUP_FREE char *path = record_path(results_dir, batch);
	*out = NULL;
	if (!file_exists(path))
		return NULL;
	struct night_record *r = arena_new(arena, 1, sizeof(*r));
	TRY(json_fields_load(path, RECORD_LIMIT, &night_document, arena, r));
	if (strcmp(r->format, FORMAT) != 0)
		return error_new(ERROR_LAB, "%s: format \"%s\", expected \"%s\"", path, r->format,
				 FORMAT);
	*out = r;
	return NULL;
}

void alert_record_size(const struct alert_record *a, struct buffer *out)
{
	buffer_printf(out, "%+.2f %%", 100 * a->relative);
	if (isfinite(a->low) && isfinite(a->high) && a->high > a->low)
		buffer_printf(out, " (%+.2f to %+.2f %%)", 100 * a->low, 100 * a->high);
}
