// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/series/night.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "timing/evaluate/alert.h"

void night_report_deinit(struct night_report *r)
{
	for (size_t i = 0; i < r->wishes_count; i++) {
		free(r->wishes[i].wish.commit_from);
		free(r->wishes[i].wish.commit_to);
	}
	free(r->wishes);
	free(r->alerts);
	free(r->notes);
	arena_deinit(&r->arena);
	*r = (struct night_report){0};
}

static const char *keep(struct night_report *r, const char *s)
{
	return s ? arena_strndup(&r->arena, s, strlen(s)) : "";
}

static void take_wishes(struct night_report *r, struct evaluation *e, const char *key)
{
	for (size_t i = 0; i < e->wishes_count; i++) {
		struct night_wish w = {.wish = e->wishes[i], .key = keep(r, key)};
		w.wish.run = keep(r, w.wish.run);
		w.wish.board = keep(r, w.wish.board);
		e->wishes[i].commit_from = e->wishes[i].commit_to = NULL; // ours now
		ARRAY_APPEND(r->wishes, r->wishes_count, w);
	}
	for (size_t i = 0; i < e->notes_count; i++)
		ARRAY_APPEND(r->notes, r->notes_count, keep(r, e->notes[i].text));
}

// Runs of a series come newest first.
static const char *newest_run(const struct stored_series *s, const char *batch)
{
	for (size_t i = 0; i < s->input.runs_count; i++)
		if (s->runs[i].batch && strcmp(s->runs[i].batch, batch) == 0)
			return s->runs[i].id;
	return NULL;
}

static void take_alert(struct night_report *r, struct alert *a, const struct stored_series *s,
		       const struct night_options *o)
{
	const struct transition *last = &a->transitions[a->transitions_count - 1];
	bool moved = last->time_ns == o->now_ns, tell = alert_wants_telling(a);
	if (a->state == STATE_CANDIDATE || (!alert_is_open(a) && !moved && !tell))
		return;
	struct night_alert n = {.key = keep(r, s->key),
				.metric = keep(r, s->input.metric.name),
				.unit = keep(r, s->input.metric.unit),
				.kind = a->kind,
				.state = a->state,
				.effect = a->effect,
				.failure = alert_is_failure(a),
				.tell = tell,
				.run = keep(r, newest_run(s, o->batch)),
				.variant = keep(r, s->input.key.variant),
				.class = alert_class_name(a),
				.direction = s->input.metric.direction,
				.ab = a->ab,
				.ab_p = a->ab_p,
				.ab_boards = a->ab_boards,
				.ab_runs = a->ab_runs,
				.t = a->t,
				.relative = a->relative,
				.low = a->low,
				.high = a->high,
				.before = a->before,
				.after = a->after,
				.shift = a->shift,
				.sigma = a->sigma,
				.from = a->from,
				.to = a->to,
				.incident = SIZE_MAX,
				.commit_from = keep(r, a->commit_from),
				.commit_to = keep(r, a->commit_to),
				.board = keep(r, a->board),
				.reason = keep(r, last->reason)};
	memcpy(n.id, a->id, sizeof(n.id));
	ARRAY_APPEND(r->alerts, r->alerts_count, n);
	if (tell && o->mark_told)
		alert_told(a);
}

static struct error *evaluate_one(struct evaluator *e, const struct night_options *o,
				  struct series_states *states, const struct series_id *id,
				  struct night_report *r)
{
	CLEANUP_STORED_SERIES struct stored_series s = {0};
	enum platform platform = series_id_platform(id, o->platform, o->platform_context);
	TRY(series_load(o->store, id, platform, 2 * (size_t)o->params.tail, &s));
	if (o->job) {
		TRY(series_declare(o->store, o->job, &s));
		TRY(series_is_closed(o->results_dir, o->job, &s, &s.input.closed));
	}
	s.input.batch = o->batch;
	s.input.now_ns = o->now_ns;
	CLEANUP_SERIES_STATE struct series_state state = {0};
	TRY(series_states_load(states, s.key, &state));
	CLEANUP_EVALUATION struct evaluation result = {0};
	series_evaluate(e, &s.input, &state, &result);
	take_wishes(r, &result, s.key);
	for (size_t i = 0; i < state.alerts_count; i++)
		take_alert(r, &state.alerts[i], &s, o);
	r->series++;
	return series_states_save(states, s.key, &state);
}

static void choose(struct night_report *r, const struct timing_params *p)
{
	const struct wish **wishes = memory_new(r->wishes_count, sizeof(*wishes));
	bool *chosen = memory_new(r->wishes_count, sizeof(*chosen));
	for (size_t i = 0; i < r->wishes_count; i++)
		wishes[i] = &r->wishes[i].wish;
	wishes_choose(wishes, r->wishes_count, p, chosen);
	for (size_t i = 0; i < r->wishes_count; i++)
		r->wishes[i].chosen = chosen[i];
	free(wishes);
	free(chosen);
}

static bool in_incident(const struct night_alert *a)
{
	return (a->kind == ALERT_STEP || a->kind == ALERT_DRIFT || a->kind == ALERT_BUDGET) &&
	       a->effect == EFFECT_REGRESSION &&
	       (a->state == STATE_PENDING || a->state == STATE_CONFIRMED);
}

static void group(struct night_report *r)
{
	struct alert *alerts = memory_new(r->alerts_count, sizeof(*alerts));
	struct incident_member *members = memory_new(r->alerts_count, sizeof(*members));
	size_t *places = memory_new(2 * r->alerts_count, sizeof(*places)), count = 0;
	bool *title = memory_new(r->alerts_count, sizeof(*title));
	size_t *incident = places + r->alerts_count;
	for (size_t i = 0; i < r->alerts_count; i++) {
		const struct night_alert *a = &r->alerts[i];
		if (!in_incident(a))
			continue;
		alerts[count] = (struct alert){
		    .from = a->from, .to = a->to, .shift = a->shift, .sigma = a->sigma};
		members[count] = (struct incident_member){a->key, &alerts[count]};
		places[count++] = i;
	}
	r->incidents = incidents_group(members, count, incident, title);
	for (size_t i = 0; i < count; i++) {
		r->alerts[places[i]].incident = incident[i];
		r->alerts[places[i]].title = title[i];
	}
	free(alerts);
	free(members);
	free(places);
	free(title);
}

static struct error *evaluate_all(struct evaluator *e, const struct night_options *o,
				  struct night_report *r)
{
	CLEANUP_SERIES_STATES struct series_states *states = NULL;
	CLEANUP_SERIES_LIST struct series_list list = {0};
	TRY(series_list_load(o->store, o->batch, NULL, &list));
	if (list.count == 0)
		return NULL; // a batch without numbers
	TRY(series_states_open(o->results_dir, &states));
	TRY(series_states_begin(states));
	for (size_t i = 0; i < list.count; i++)
		TRY(evaluate_one(e, o, states, &list.ids[i], r));
	return series_states_commit(states);
}

struct error *night_evaluate(const struct night_options *o, struct night_report *out)
{
	CLEANUP_NIGHT_REPORT struct night_report r = {0};
	struct evaluator e;
	evaluator_init(&e, &o->params);
	struct error *failed = evaluate_all(&e, o, &r);
	evaluator_deinit(&e);
	if (failed)
		return failed;
	choose(&r, &o->params);
	group(&r);
	*out = r;
	r = (struct night_report){0};
	return NULL;
}

// Loads the series' state, has `change` work on the alert, saves it.
static struct error *change_alert(const char *results_dir, const char *key, const char *id,
				  void (*change)(struct alert *a, void *context), void *context)
{
	CLEANUP_SERIES_STATES struct series_states *states = NULL;
	CLEANUP_SERIES_STATE struct series_state state = {0};
	TRY(series_states_open(results_dir, &states));
	TRY(series_states_begin(states));
	TRY(series_states_load(states, key, &state));
	struct alert *a = alert_find(&state, id);
	if (!a)
		return error_new(ERROR_USAGE, "%s has no alert %s", key, id);
	change(a, context);
	TRY(series_states_save(states, key, &state));
	return series_states_commit(states);
}

static void book(struct alert *a, void *context)
{
	const enum wish_kind *kind = context;
	if (*kind == WISH_AB)
		alert_ab_booked(a);
	else if (*kind == WISH_BISECT)
		alert_bisect_booked(a);
}

struct error *night_book(const char *results_dir, const struct wish *wish, const char *key)
{
	enum wish_kind kind = wish->kind;
	if (kind == WISH_RERUN)
		return NULL; // the re-runs themselves are the record
	return change_alert(results_dir, key, wish->alert, book, &kind);
}

struct ab_news {
	const struct ab_outcome *outcome;
	int64_t now_ns;
};

static void take_ab(struct alert *a, void *context)
{
	const struct ab_news *news = context;
	alert_ab_result(a, news->outcome, news->now_ns);
}

struct error *night_ab_result(const char *results_dir, const char *key, const char *alert,
			      const struct ab_outcome *outcome, int64_t now_ns)
{
	struct ab_news news = {outcome, now_ns};
	return change_alert(results_dir, key, alert, take_ab, &news);
}
