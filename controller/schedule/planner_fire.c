// SPDX-License-Identifier: GPL-2.0-or-later
// Schedules: which nominal times become a batch, and what is on record of those that don't.
#include <string.h>

#include "base/memory.h"
#include "schedule/planner_state.h"

// Of one schedule in one tick: a schedule of every minute that slept for a year is caught up in several.
#define STEPS_MAX 20000

static struct fire_row *add_row(struct planner *p, int64_t now_s, const char *schedule,
				int64_t first_s, enum fire_outcome outcome, const char *reason)
{
	const struct fire_row row = {.schedule = memory_strdup(schedule),
				     .first_s = first_s,
				     .last_s = first_s,
				     .count = 1,
				     .outcome = outcome,
				     .reason = memory_strdup(reason),
				     .decided_s = now_s};
	ARRAY_APPEND(p->fires, p->fires_count, row);
	return &p->fires[p->fires_count - 1];
}

void planner_fire_note(struct planner *p, int64_t now_s, const struct batch_row *batch,
		       enum fire_outcome outcome, const char *reason)
{
	if (!batch->schedule)
		return;
	struct fire_row *row =
	    add_row(p, now_s, batch->schedule, batch->nominal_s, outcome, reason);
	memcpy(row->batch, batch->id, PLANNER_ID_SIZE);
}

// ---- what was missed ----------------------------------------------------------------------------

// Nominal times in a row that are missed for one reason share a row.
static void miss(struct planner *p, int64_t now_s, const struct planned_schedule *s,
		 int64_t nominal_s, const char *reason)
{
	struct fire_row *last = p->fires_count ? &p->fires[p->fires_count - 1] : NULL;
	if (last && last->outcome == FIRE_MISSED && strcmp(last->schedule, s->row.name) == 0 &&
	    strcmp(last->reason, reason) == 0) {
		last->last_s = nominal_s;
		last->count++;
		return;
	}
	add_row(p, now_s, s->row.name, nominal_s, FIRE_MISSED, reason);
}

// ---- the backlog --------------------------------------------------------------------------------

static bool stays(const struct planned_schedule *s, const struct queued_batch *b)
{
	if (s->backlog == BACKLOG_EVERY)
		return b->row.ordinal % (s->every ? s->every : 1) == 0;
	return s->backlog == BACKLOG_ALL;
}

static bool waits_for(const struct queued_batch *b, const struct planned_schedule *s)
{
	return !b->gone && !b->row.begun && b->row.schedule &&
	       strcmp(b->row.schedule, s->row.name) == 0;
}

static void supersede(struct planner *p, int64_t now_s, struct queued_batch *b, const char *reason)
{
	planner_fire_note(p, now_s, &b->row, FIRE_SUPERSEDED, reason);
	b->gone = b->dirty = true;
}

static void supersede_older(struct planner *p, int64_t now_s, const struct planned_schedule *s)
{
	size_t left = 0;
	for (size_t i = 0; i < p->batches_count; i++) {
		struct queued_batch *b = p->batches[i];
		if (!waits_for(b, s))
			continue;
		if (stays(s, b))
			left++;
		else
			supersede(p, now_s, b, "it had not begun when the next one came");
	}
	for (size_t i = 0; i < p->batches_count && left >= PLANNER_BACKLOG_MAX; i++)
		if (waits_for(p->batches[i], s)) {
			supersede(p, now_s, p->batches[i], "too many of its schedule waited");
			left--;
		}
}

// ---- firing -------------------------------------------------------------------------------------

static void fire(struct planner *p, int64_t now_s, struct planned_schedule *s, int64_t nominal_s)
{
	supersede_older(p, now_s, s);
	s->row.fired++;
	if (planner_waiting(p) >= PLANNER_QUEUE_MAX) {
		add_row(p, now_s, s->row.name, nominal_s, FIRE_SKIPPED, "the queue is full");
		return;
	}
	const struct batch_row row = {
	    .job = s->job,
	    .schedule = s->row.name,
	    .nominal_s = nominal_s,
	    .ordinal = s->row.fired,
	    .trigger = TRIGGER_SCHEDULE,
	    .priority = s->priority,
	    .window_end_s = s->window_s ? nominal_s + s->window_s : PLANNER_NO_TIME,
	};
	const struct queued_batch *b = planner_batch_add(p, now_s, &row);
	planner_fire_note(p, now_s, &b->row, FIRE_FIRED,
			  now_s - nominal_s > PLANNER_ON_TIME_S ? "late" : "");
}

// How late a nominal time may be to be fired at all.
static int64_t patience(const struct planned_schedule *s)
{
	if (s->catch_up == CATCH_UP_NONE || (s->window_s && s->window_s < PLANNER_ON_TIME_S))
		return s->window_s && s->window_s < PLANNER_ON_TIME_S ? s->window_s
								      : PLANNER_ON_TIME_S;
	return s->window_s ? s->window_s : PLANNER_NO_TIME;
}

// With its cursor the schedule is moved, so that what is decided here stands for ever: it is saved with
// the batch in one step.
static void fire_schedule(struct planner *p, int64_t now_s, struct planned_schedule *s)
{
	for (int steps = 0; s->next_s <= now_s && steps < STEPS_MAX; steps++) {
		int64_t nominal_s = s->next_s;
		s->row.cursor_s = nominal_s;
		s->next_s = calendar_next(s->calendar, nominal_s);
		s->dirty = true;
		bool newest = s->next_s > now_s;
		if (now_s - nominal_s > patience(s))
			miss(p, now_s, s, nominal_s, "the farm was not there in time");
		else if (!newest && s->catch_up != CATCH_UP_ALL)
			miss(p, now_s, s, nominal_s, "a later time was caught up instead");
		else
			fire(p, now_s, s, nominal_s);
	}
}

bool planner_fire_all(struct planner *p, int64_t now_s)
{
	bool changed = false;
	for (size_t i = 0; i < p->schedules_count; i++) {
		struct planned_schedule *s = p->schedules[i];
		if (!s->known || s->next_s > now_s)
			continue;
		fire_schedule(p, now_s, s);
		changed = true;
	}
	return changed;
}
