// SPDX-License-Identifier: GPL-2.0-or-later
// A series' state as JSON.
#include <errno.h>
#include <float.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "timing/evaluate/alert.h"

#define STATE_FORMAT "mmfarm-series-state/1"

static json_t *place_json(struct place p)
{
	return json_pack("[I,I]", (json_int_t)p.position, (json_int_t)p.time_ns);
}

// JSON has no infinity; evidence without bound is as good as the largest number.
static json_t *number(double v)
{
	return json_real(isnan(v) ? 0 : fmax(-DBL_MAX, fmin(DBL_MAX, v)));
}

// Text from outside may not be UTF-8; what jansson refuses is kept without those bytes.
static json_t *text(const char *s)
{
	json_t *j = json_string(s ? s : "");
	if (j)
		return j;
	CLEANUP_FREE char *clean = memory_strdup(s);
	for (char *c = clean; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	return json_string(clean);
}

static json_t *transitions_json(const struct alert *a)
{
	json_t *list = json_array();
	for (size_t i = 0; i < a->transitions_count; i++) {
		const struct transition *t = &a->transitions[i];
		json_t *j = json_object();
		json_object_set_new(j, "to", json_string(alert_state_name(t->to)));
		json_object_set_new(j, "time_ns", json_integer((json_int_t)t->time_ns));
		json_object_set_new(j, "reason", text(t->reason));
		json_array_append_new(list, j);
	}
	return list;
}

// X(field) of struct alert, by how they are stored under their own name.
#define NUMBER_FIELDS(X) \
	X(shift)         \
	X(shift_raised)  \
	X(relative) X(low) X(high) X(before) X(after) X(t) X(sigma) X(ab_p) X(told_shift)
#define BOOL_FIELDS(X)  X(same_night) X(exact) X(bisect_booked) X(told)
#define TEXT_FIELDS(X)  X(commit_from) X(commit_to) X(board) X(bug) X(by)
#define PLACE_FIELDS(X) X(place) X(from) X(to)

#define PROOF_FIELDS(X) X(before) X(after) X(relative) X(low) X(high) X(t) X(sigma)

static json_t *proof_json(const struct proof *p)
{
	json_t *j = json_object();
#define SET(field) json_object_set_new(j, #field, number(p->field));
	PROOF_FIELDS(SET)
#undef SET
	json_object_set_new(j, "before_points", json_integer(p->before_points));
	json_object_set_new(j, "after_points", json_integer(p->after_points));
	return j;
}

static json_t *alert_json(const struct alert *a)
{
	json_t *j = json_object();
	json_object_set_new(j, "id", json_string(a->id));
	json_object_set_new(j, "kind", json_string(alert_kind_name(a->kind)));
	json_object_set_new(j, "state", json_string(alert_state_name(a->state)));
	json_object_set_new(j, "effect", json_string(alert_effect_name(a->effect)));
	json_object_set_new(j, "class", json_string(confidence_name(a->confidence)));
	json_object_set_new(j, "ab", json_string(ab_state_name(a->ab)));
	json_object_set_new(j, "ab_boards", json_integer(a->ab_boards));
	json_object_set_new(j, "ab_runs", json_integer(a->ab_runs));
	json_object_set_new(j, "told_state", json_string(alert_state_name(a->told_state)));
	json_object_set_new(j, "linked", json_string(a->linked));
#define SET(field) json_object_set_new(j, #field, number(a->field));
	NUMBER_FIELDS(SET)
#undef SET
#define SET(field) json_object_set_new(j, #field, json_boolean(a->field));
	BOOL_FIELDS(SET)
#undef SET
#define SET(field) json_object_set_new(j, #field, text(a->field));
	TEXT_FIELDS(SET)
#undef SET
#define SET(field) json_object_set_new(j, #field, place_json(a->field));
	PLACE_FIELDS(SET)
#undef SET
	if (a->proof.before_points > 0)
		json_object_set_new(j, "proof", proof_json(&a->proof));
	json_object_set_new(j, "history", transitions_json(a));
	return j;
}

void series_state_print(const struct series_state *s, struct buffer *out)
{
	json_t *alerts = json_array(), *sightings = json_array(), *j = json_object();
	for (size_t i = 0; i < s->alerts_count; i++)
		json_array_append_new(alerts, alert_json(&s->alerts[i]));
	for (size_t i = 0; i < s->sightings_count; i++) {
		const struct step_sighting *seen = &s->sightings[i];
		json_t *item = json_object();
		json_object_set_new(item, "place", place_json(seen->place));
		json_object_set_new(item, "sign", json_integer(seen->sign));
		json_object_set_new(item, "nights", json_integer(seen->nights));
		json_object_set_new(item, "batch", text(seen->batch));
		json_array_append_new(sightings, item);
	}
	json_object_set_new(j, "format", json_string(STATE_FORMAT));
	if (s->batch)
		json_object_set_new(j, "batch", text(s->batch));
	json_object_set_new(j, "announced", json_boolean(s->announced));
	json_object_set_new(j, "aggregate_told", json_boolean(s->aggregate_told));
	json_object_set_new(j, "demoted", json_boolean(s->demoted));
	json_object_set_new(j, "suggested_exact", json_boolean(s->suggested_exact));
	json_object_set_new(j, "baseline_lost", json_boolean(s->baseline_lost));
	json_object_set_new(j, "closed_told", json_boolean(s->closed_told));
	json_object_set_new(j, "noise_told", json_integer(s->noise_told));
	json_object_set_new(j, "drift_told", number(s->drift_told));
	json_object_set_new(j, "drift_place", place_json(s->drift_place));
	json_object_set_new(j, "sightings", sightings);
	json_object_set_new(j, "alerts", alerts);
	char *dumped = json_dumps(j, JSON_COMPACT | JSON_SORT_KEYS);
	buffer_append_str(out, dumped ? dumped : "{}");
	free(dumped);
	json_decref(j);
}

// ---- reading -------------------------------------------------------------------------------

static struct error *wrong(const char *key, const char *expected)
{
	return error_new(ERROR_CONFIG, "series state: \"%s\": expected %s", key, expected);
}

static struct error *get_number(const json_t *j, const char *key, double *out)
{
	const json_t *v = json_object_get(j, key);
	if (!json_is_number(v))
		return wrong(key, "a number");
	*out = json_number_value(v);
	return NULL;
}

static struct error *get_integer(const json_t *j, const char *key, int64_t least, int64_t most,
				 int64_t *out)
{
	const json_t *v = json_object_get(j, key);
	if (!json_is_integer(v) || json_integer_value(v) < least || json_integer_value(v) > most)
		return wrong(key, "a whole number in its range");
	*out = json_integer_value(v);
	return NULL;
}

static struct error *get_bool(const json_t *j, const char *key, bool *out)
{
	const json_t *v = json_object_get(j, key);
	if (!json_is_boolean(v))
		return wrong(key, "true or false");
	*out = json_is_true(v);
	return NULL;
}

static struct error *get_text(const json_t *j, const char *key, char **out)
{
	const json_t *v = json_object_get(j, key);
	if (!json_is_string(v)) // without a NUL: jansson takes none
		return wrong(key, "a string");
	free(*out);
	*out = memory_strdup(json_string_value(v));
	return NULL;
}

static struct error *get_place(const json_t *j, const char *key, struct place *out)
{
	const json_t *v = json_object_get(j, key);
	const json_t *position = json_array_get(v, 0), *time = json_array_get(v, 1);
	if (json_array_size(v) != 2 || !json_is_integer(position) || !json_is_integer(time))
		return wrong(key, "[position, time_ns]");
	*out = (struct place){json_integer_value(position), json_integer_value(time)};
	return NULL;
}

static struct error *get_id(const json_t *j, const char *key, bool may_be_empty,
			    char out[ALERT_ID_SIZE])
{
	const char *s = json_string_value(json_object_get(j, key));
	bool good = s && (strlen(s) == ALERT_ID_SIZE - 1 || (may_be_empty && !*s)) &&
		    strspn(s, "0123456789abcdef") == strlen(s);
	if (!good)
		return wrong(key, "16 hexadecimal digits");
	memcpy(out, s, strlen(s) + 1);
	return NULL;
}

static struct error *get_word(const json_t *j, const char *key, const char *(*name)(unsigned),
			      unsigned count, unsigned *out)
{
	const char *s = json_string_value(json_object_get(j, key));
	for (unsigned i = 0; s && i < count; i++) {
		if (strcmp(s, name(i)) == 0) {
			*out = i;
			return NULL;
		}
	}
	return wrong(key, "one of its words");
}

#define NAMED(function, type, names)            \
	static const char *function(unsigned i) \
	{                                       \
		return names((type)i);          \
	}
NAMED(name_kind, enum alert_kind, alert_kind_name)
NAMED(name_state, enum alert_state, alert_state_name)
NAMED(name_effect, enum alert_effect, alert_effect_name)
NAMED(name_class, enum confidence, confidence_name)
NAMED(name_ab, enum ab_state, ab_state_name)
#undef NAMED

static struct error *parse_words(const json_t *j, struct alert *a)
{
	unsigned kind = 0, state = 0, effect = 0, class = 0, ab = 0, told = 0;
	TRY(get_word(j, "kind", name_kind, ALERT_KINDS, &kind));
	TRY(get_word(j, "state", name_state, ALERT_STATES, &state));
	TRY(get_word(j, "effect", name_effect, ALERT_EFFECTS, &effect));
	TRY(get_word(j, "class", name_class, CONFIDENCE_STRONG + 1, &class));
	TRY(get_word(j, "ab", name_ab, AB_STATES, &ab));
	TRY(get_word(j, "told_state", name_state, ALERT_STATES, &told));
	a->kind = (enum alert_kind)kind;
	a->state = (enum alert_state)state;
	a->effect = (enum alert_effect)effect;
	a->confidence = (enum confidence) class;
	a->ab = (enum ab_state)ab;
	a->told_state = (enum alert_state)told;
	return NULL;
}

static struct error *parse_history(const json_t *list, struct alert *a)
{
	if (!json_is_array(list))
		return wrong("history", "a list");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *j = json_array_get(list, i);
		unsigned to = 0;
		int64_t time_ns = 0;
		TRY(get_word(j, "to", name_state, ALERT_STATES, &to));
		TRY(get_integer(j, "time_ns", INT64_MIN, INT64_MAX, &time_ns));
		struct transition t = {(enum alert_state)to, time_ns, NULL};
		TRY(get_text(j, "reason", &t.reason));
		ARRAY_APPEND(a->transitions, a->transitions_count, t);
	}
	return NULL;
}

// States written before proofs were kept have none.
static struct error *parse_proof(const json_t *j, struct proof *p)
{
	int64_t before, after;
	if (!j)
		return NULL;
	if (!json_is_object(j))
		return wrong("proof", "an object");
	TRY(get_integer(j, "before_points", 1, 1000000, &before));
	TRY(get_integer(j, "after_points", 1, 1000000, &after));
	p->before_points = (unsigned)before;
	p->after_points = (unsigned)after;
#define GET(field) TRY(get_number(j, #field, &p->field));
	PROOF_FIELDS(GET)
#undef GET
	return NULL;
}

static struct error *parse_alert(const json_t *j, struct alert *a)
{
	int64_t boards, runs;
	TRY(get_id(j, "id", false, a->id));
	TRY(get_id(j, "linked", true, a->linked));
	TRY(parse_words(j, a));
	TRY(get_integer(j, "ab_boards", 0, 1000, &boards));
	TRY(get_integer(j, "ab_runs", 0, 1000000, &runs));
	a->ab_boards = (unsigned)boards;
	a->ab_runs = (unsigned)runs;
#define GET(field) TRY(get_number(j, #field, &a->field));
	NUMBER_FIELDS(GET)
#undef GET
#define GET(field) TRY(get_bool(j, #field, &a->field));
	BOOL_FIELDS(GET)
#undef GET
#define GET(field) TRY(get_text(j, #field, &a->field));
	TEXT_FIELDS(GET)
#undef GET
#define GET(field) TRY(get_place(j, #field, &a->field));
	PLACE_FIELDS(GET)
#undef GET
	TRY(parse_proof(json_object_get(j, "proof"), &a->proof));
	return parse_history(json_object_get(j, "history"), a);
}

static struct error *parse_alerts(const json_t *list, struct series_state *s)
{
	if (!json_is_array(list))
		return wrong("alerts", "a list");
	for (size_t i = 0; i < json_array_size(list); i++) {
		// Appended before it is read, so that a half-read one is freed with the state.
		const struct alert empty = {0};
		ARRAY_APPEND(s->alerts, s->alerts_count, empty);
		TRY(error_wrap(parse_alert(json_array_get(list, i), &s->alerts[i]), "alert %zu",
			       i));
	}
	return NULL;
}

static struct error *parse_sightings(const json_t *list, struct series_state *s)
{
	if (!json_is_array(list))
		return wrong("sightings", "a list");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *j = json_array_get(list, i);
		struct step_sighting seen = {.batch = NULL};
		int64_t sign, nights;
		TRY(get_place(j, "place", &seen.place));
		TRY(get_integer(j, "sign", -1, 1, &sign));
		TRY(get_integer(j, "nights", 1, 1000000, &nights));
		seen.sign = (int)sign;
		seen.nights = (unsigned)nights;
		TRY(get_text(j, "batch", &seen.batch));
		ARRAY_APPEND(s->sightings, s->sightings_count, seen);
	}
	return NULL;
}

static struct error *parse_state(const json_t *j, struct series_state *s)
{
	const char *format = json_string_value(json_object_get(j, "format"));
	if (!format || strcmp(format, STATE_FORMAT) != 0)
		return wrong("format", STATE_FORMAT);
	if (json_object_get(j, "batch"))
		TRY(get_text(j, "batch", &s->batch));
	int64_t noise;
	TRY(get_bool(j, "announced", &s->announced));
	TRY(get_bool(j, "aggregate_told", &s->aggregate_told));
	TRY(get_bool(j, "demoted", &s->demoted));
	TRY(get_bool(j, "suggested_exact", &s->suggested_exact));
	if (json_object_get(j, "baseline_lost"))
		TRY(get_bool(j, "baseline_lost", &s->baseline_lost));
	if (json_object_get(j, "closed_told"))
		TRY(get_bool(j, "closed_told", &s->closed_told));
	TRY(get_integer(j, "noise_told", 0, 2, &noise));
	s->noise_told = (int)noise;
	TRY(get_number(j, "drift_told", &s->drift_told));
	TRY(get_place(j, "drift_place", &s->drift_place));
	TRY(parse_sightings(json_object_get(j, "sightings"), s));
	return parse_alerts(json_object_get(j, "alerts"), s);
}

struct error *series_state_parse(const char *bytes, size_t len, struct series_state *out)
{
	json_error_t where;
	json_t *j = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &where);
	if (!j)
		return error_new_at(ERROR_CONFIG, "series state", (size_t)where.line,
				    (size_t)where.column, "%s", where.text);
	CLEANUP_SERIES_STATE struct series_state s = {0};
	struct error *e = parse_state(j, &s);
	json_decref(j);
	if (e)
		return e;
	*out = s;
	s = (struct series_state){0};
	return NULL;
}
