// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/evaluate/alert.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "timing/ab.h"
#include "timing/evaluate/exact.h"

static const char *const kind_names[ALERT_KINDS] = {
    "step",  "drift",          "budget",      "metric-missing",
    "board", "board-unstable", "environment", "nondeterministic",
};
static const char *const state_names[ALERT_STATES] = {
    "candidate", "pending", "confirmed", "acked", "fixed", "wontfix", "recovered", "withdrawn",
};
static const char *const effect_names[ALERT_EFFECTS] = {"regression", "improvement", "change"};
static const char *const ab_names[AB_STATES] = {
    "none", "booked", "confirmed", "equivalent", "inconclusive", "board",
};

const char *alert_kind_name(enum alert_kind k)
{
	return kind_names[k];
}

const char *alert_state_name(enum alert_state s)
{
	return state_names[s];
}

const char *alert_effect_name(enum alert_effect e)
{
	return effect_names[e];
}

const char *ab_state_name(enum ab_state s)
{
	return ab_names[s];
}

const char *alert_class_name(const struct alert *a)
{
	return a->exact ? exact_size_name(exact_size_of(a->relative))
			: confidence_name(a->confidence);
}

int place_compare(struct place a, struct place b)
{
	if (a.position != b.position)
		return a.position < b.position ? -1 : 1;
	return (a.time_ns > b.time_ns) - (a.time_ns < b.time_ns);
}

void alert_deinit(struct alert *a)
{
	for (size_t i = 0; i < a->transitions_count; i++)
		free(a->transitions[i].reason);
	free(a->transitions);
	free(a->commit_from);
	free(a->commit_to);
	free(a->board);
	free(a->bug);
	free(a->by);
	*a = (struct alert){0};
}

void series_state_deinit(struct series_state *s)
{
	for (size_t i = 0; i < s->alerts_count; i++)
		alert_deinit(&s->alerts[i]);
	for (size_t i = 0; i < s->sightings_count; i++)
		free(s->sightings[i].batch);
	free(s->alerts);
	free(s->sightings);
	free(s->batch);
	*s = (struct series_state){0};
}

static void record(struct alert *a, enum alert_state to, int64_t now_ns, char *reason)
{
	const struct transition t = {to, now_ns, reason};
	ARRAY_APPEND(a->transitions, a->transitions_count, t);
	a->state = to;
}

// The n-th alert at one place gets another id than the first.
static void make_id(struct alert *a, const struct series_state *s, const char *key)
{
	for (unsigned n = 0;; n++) {
		CLEANUP_FREE char *name =
		    memory_printf("%s|%s|%" PRId64 "|%" PRId64 "|%u", key, kind_names[a->kind],
				  a->place.position, a->place.time_ns, n);
		snprintf(a->id, sizeof(a->id), "%016" PRIx64, name_hash(name));
		bool taken = false;
		for (size_t i = 0; i < s->alerts_count; i++)
			taken = taken || strcmp(s->alerts[i].id, a->id) == 0;
		if (!taken)
			return;
	}
}

struct alert *alert_raise(struct series_state *s, const char *key, enum alert_kind kind,
			  enum alert_state state, struct place place, int64_t now_ns,
			  const char *reason)
{
	struct alert a = {.kind = kind, .place = place, .from = place, .to = place};
	make_id(&a, s, key);
	a.commit_from = memory_strdup("");
	a.commit_to = memory_strdup("");
	a.board = memory_strdup("");
	a.bug = memory_strdup("");
	a.by = memory_strdup("");
	record(&a, state, now_ns, memory_strdup(reason));
	ARRAY_APPEND(s->alerts, s->alerts_count, a);
	return &s->alerts[s->alerts_count - 1];
}

void alert_move(struct alert *a, enum alert_state to, int64_t now_ns, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	char *reason = NULL;
	if (vasprintf(&reason, fmt, args) < 0)
		reason = memory_strdup("");
	va_end(args);
	record(a, to, now_ns, reason);
}

void alert_ab_booked(struct alert *a)
{
	a->ab = AB_BOOKED;
}

void alert_bisect_booked(struct alert *a)
{
	a->bisect_booked = true;
}

static void ab_move(struct alert *a, const struct ab_outcome *o, enum alert_state to,
		    enum ab_state ab, const char *what, int64_t now_ns)
{
	a->ab = ab;
	alert_move(
	    a, to, now_ns,
	    "A/B %s: %+.2f %% (%+.2f to %+.2f %%), p = %.2g, %u runs of each image, %u board%s",
	    what, 100 * o->relative, 100 * o->low, 100 * o->high, o->p, o->runs, o->boards,
	    o->boards == 1 ? "" : "s");
}

void alert_ab_result(struct alert *a, const struct ab_outcome *o, int64_t now_ns)
{
	if (o->verdict == AB_VERDICT_RUNNING)
		return;
	a->ab_p = o->p;
	a->ab_boards = o->boards;
	a->ab_runs = o->runs;
	// Somebody may have answered for the alert while the boards ran.
	bool open = alert_is_open(a);
	if (o->boards_disagree)
		ab_move(a, o, open ? STATE_WITHDRAWN : a->state, AB_BOARD,
			"boards disagree, the board's doing", now_ns);
	else if (o->verdict == AB_VERDICT_CONFIRMED)
		ab_move(a, o, open ? STATE_CONFIRMED : a->state, AB_CONFIRMED, "confirmed", now_ns);
	else if (o->verdict == AB_VERDICT_EQUIVALENT)
		ab_move(a, o, open ? STATE_WITHDRAWN : a->state, AB_EQUIVALENT, "found both alike",
			now_ns);
	else
		ab_move(a, o, a->state, AB_INCONCLUSIVE,
			o->verdict == AB_VERDICT_FAILED ? "had too few valid runs" : "inconclusive",
			now_ns);
}

bool alert_is_open(const struct alert *a)
{
	return a->state == STATE_PENDING || a->state == STATE_CONFIRMED;
}

static void replace(char **field, const char *text)
{
	free(*field);
	*field = memory_strdup(text);
}

static struct error *answer(struct alert *a, enum alert_state to, const char *by, int64_t now_ns,
			    const char *word, const char *note)
{
	if (!alert_is_open(a) && a->state != STATE_ACKED && a->state != STATE_CANDIDATE)
		return error_new(ERROR_USAGE, "alert %s is %s: nothing to answer for", a->id,
				 state_names[a->state]);
	replace(&a->by, by);
	alert_move(a, to, now_ns, "%s by %s%s%s", word, by, *note ? ": " : "", note);
	return NULL;
}

struct error *alert_acknowledge(struct alert *a, const char *by, const char *bug, int64_t now_ns)
{
	TRY(answer(a, STATE_ACKED, by, now_ns, "acknowledged", bug));
	replace(&a->bug, bug);
	return NULL;
}

struct error *alert_wontfix(struct alert *a, const char *by, const char *why, int64_t now_ns)
{
	return answer(a, STATE_WONTFIX, by, now_ns, "will not be fixed, says", why);
}

bool alert_is_failure(const struct alert *a)
{
	switch (a->kind) {
	case ALERT_STEP:
	case ALERT_DRIFT:
	case ALERT_BUDGET:
		return a->effect == EFFECT_REGRESSION &&
		       (a->state == STATE_CONFIRMED ||
			(a->state == STATE_PENDING && a->kind != ALERT_STEP));
	case ALERT_MISSING:
		return alert_is_open(a);
	default:
		return false; // the lab's business
	}
}

bool alert_wants_telling(const struct alert *a)
{
	if (a->state == STATE_CANDIDATE || a->effect == EFFECT_IMPROVEMENT)
		return false;
	if (!a->told)
		return alert_is_open(a);
	bool doubled = a->told_shift > 0 && fabs(a->shift) >= 2 * a->told_shift;
	return a->state != a->told_state || (alert_is_open(a) && doubled);
}

void alert_told(struct alert *a)
{
	a->told = true;
	a->told_state = a->state;
	a->told_shift = fabs(a->shift);
}

struct alert *alert_find(struct series_state *s, const char *id)
{
	for (size_t i = 0; i < s->alerts_count; i++)
		if (strcmp(s->alerts[i].id, id) == 0)
			return &s->alerts[i];
	return NULL;
}
