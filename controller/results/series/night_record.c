// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/series/night_record.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "record/json_fields.h"
#include "text/json_writer.h"
#include "record/model.h"
#include "results/series/night.h"

#define FORMAT       "mmfarm-timing/1"
#define RECORD_LIMIT ((size_t)64 << 20)

static char *record_path(const char *results_dir, const char *batch)
{
	return memory_printf("%s/batches/%s/timing.json", results_dir, batch);
}

// ---- writing ------------------------------------------------------------------------------------

static void put_text_filled(struct json_writer *j, const char *key, const char *s)
{
	if (s && s[0])
		json_put_text(j, key, s);
}

static void put_ab(struct json_writer *j, const struct night_alert *a)
{
	json_put_text(j, "ab", ab_state_name(a->ab));
	if (a->ab_boards == 0)
		return;
	json_put_double_if(j, "ab_p", a->ab_p);
	json_put_int(j, "ab_boards", a->ab_boards);
	json_put_int(j, "ab_runs", a->ab_runs);
}

static void put_alert(struct json_writer *j, const struct night_alert *a)
{
	json_put_line(j);
	json_put_object(j, NULL);
	json_put_text(j, "id", a->id);
	json_put_text(j, "kind", alert_kind_name(a->kind));
	json_put_text(j, "state", alert_state_name(a->state));
	json_put_text(j, "effect", alert_effect_name(a->effect));
	json_put_text(j, "class", a->class);
	json_put_flag(j, "failure", a->failure);
	json_put_flag(j, "tell", a->tell);
	put_text_filled(j, "run", a->run);
	put_text_filled(j, "variant", a->variant);
	json_put_text(j, "series", a->key);
	json_put_text(j, "metric", a->metric);
	put_text_filled(j, "unit", a->unit);
	json_put_text(j, "direction", metric_direction_name(a->direction));
	json_put_double_if(j, "relative", a->relative);
	json_put_double_if(j, "low", a->low);
	json_put_double_if(j, "high", a->high);
	json_put_double_if(j, "before", a->before);
	json_put_double_if(j, "after", a->after);
	json_put_double_if(j, "t", a->t);
	put_ab(j, a);
	put_text_filled(j, "commit_from", a->commit_from);
	put_text_filled(j, "commit_to", a->commit_to);
	put_text_filled(j, "board", a->board);
	json_put_text(j, "reason", a->reason);
	if (a->incident != SIZE_MAX)
		json_put_int(j, "incident", (int64_t)a->incident + 1);
	json_put_flag(j, "title", a->title);
	json_put_end(j, '}');
}

struct error *night_record_write(const char *results_dir, const char *batch,
				 const struct night_report *r, const struct timing_params *params)
{
	char hash[17];
	snprintf(hash, sizeof(hash), "%016" PRIx64, timing_params_hash(params));
	CLEANUP_JSON_WRITER struct json_writer j;
	json_writer_init(&j, NULL);
	json_put_object(&j, NULL);
	json_put_text(&j, "format", FORMAT);
	json_put_text(&j, "batch", batch);
	json_put_text(&j, "params", hash);
	json_put_int(&j, "series", (int64_t)r->series);
	json_put_array(&j, "alerts");
	for (size_t i = 0; i < r->alerts_count; i++)
		put_alert(&j, &r->alerts[i]);
	json_put_end(&j, ']');
	json_put_array(&j, "notes");
	for (size_t i = 0; i < r->notes_count; i++)
		json_put_text(&j, NULL, r->notes[i]);
	json_put_end(&j, ']');
	json_put_end(&j, '}');
	CLEANUP_FREE char *path = record_path(results_dir, batch);
	return file_write_atomic(path, buffer_str(&j.text), j.text.len);
}

// ---- reading ------------------------------------------------------------------------------------

#define ALERT(name, type, needed)                                                        \
	{                                                                                \
#name, type, needed, offsetof(struct alert_record, name), 0, NULL, 0, 0, \
		    INT64_MAX, MODEL_UNKNOWN                                             \
	}

// clang-format off: one field a line
static const struct field alert_fields[] = {
    ALERT(id, FIELD_WORD, true),          ALERT(kind, FIELD_TEXT, true),
    ALERT(state, FIELD_TEXT, true),       ALERT(effect, FIELD_TEXT, true),
    ALERT(class, FIELD_TEXT, true),       ALERT(failure, FIELD_FLAG, false),
    ALERT(tell, FIELD_FLAG, false),       ALERT(run, FIELD_WORD, false),
    ALERT(variant, FIELD_TEXT, false),    ALERT(series, FIELD_TEXT, true),
    ALERT(metric, FIELD_TEXT, true),      ALERT(unit, FIELD_TEXT, false),
    ALERT(direction, FIELD_TEXT, true),   ALERT(relative, FIELD_NUMBER, false),
    ALERT(low, FIELD_NUMBER, false),      ALERT(high, FIELD_NUMBER, false),
    ALERT(before, FIELD_NUMBER, false),   ALERT(after, FIELD_NUMBER, false),
    ALERT(t, FIELD_NUMBER, false),        ALERT(ab, FIELD_TEXT, true),
    ALERT(ab_p, FIELD_NUMBER, false),     ALERT(ab_boards, FIELD_INTEGER, false),
    ALERT(ab_runs, FIELD_INTEGER, false), ALERT(commit_from, FIELD_TEXT, false),
    ALERT(commit_to, FIELD_TEXT, false),  ALERT(board, FIELD_TEXT, false),
    ALERT(reason, FIELD_TEXT, true),      ALERT(incident, FIELD_INTEGER, false),
    ALERT(title, FIELD_FLAG, false),
};
// clang-format on

static const struct record alert_record = RECORD(struct alert_record, alert_fields);

static const struct field record_fields[] = {
    {.name = "format",
     .type = FIELD_TEXT,
     .required = true,
     .offset = offsetof(struct night_record, format)},
    {.name = "batch",
     .type = FIELD_WORD,
     .required = true,
     .offset = offsetof(struct night_record, batch)},
    {.name = "params",
     .type = FIELD_HEX,
     .required = true,
     .offset = offsetof(struct night_record, params),
     .width = 16},
    {.name = "series",
     .type = FIELD_INTEGER,
     .offset = offsetof(struct night_record, series),
     .max = INT64_MAX},
    {.name = "alerts",
     .type = FIELD_LIST,
     .offset = offsetof(struct night_record, alerts),
     .count_offset = offsetof(struct night_record, alerts_count),
     .record = &alert_record},
    {.name = "notes",
     .type = FIELD_TEXTS,
     .offset = offsetof(struct night_record, notes),
     .count_offset = offsetof(struct night_record, notes_count)},
};

static const struct record night_record = RECORD(struct night_record, record_fields);

struct error *night_record_load(const char *results_dir, const char *batch, struct arena *arena,
				const struct night_record **out)
{
	CLEANUP_FREE char *path = record_path(results_dir, batch);
	*out = NULL;
	if (!file_exists(path))
		return NULL;
	struct night_record *r = arena_new(arena, 1, sizeof(*r));
	TRY(json_fields_load(path, RECORD_LIMIT, &night_record, arena, r));
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
