// SPDX-License-Identifier: GPL-2.0-or-later
// The planner's configuration and rows.
#include "schedule/planner.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "schedule/planner_state.h"

// ---- names --------------------------------------------------------------------------------------

static const char *const trigger_names[] = {"schedule", "person", "change", "health", "kernelci"};
static const char *const health_names[] = {"Good", "Unknown", "Bad", "Maintenance", "Retired"};
static const char *const outcome_names[] = {"fired", "missed", "superseded", "skipped"};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool find_name(const char *const *names, size_t count, const char *name, size_t *out)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0) {
			*out = i;
			return true;
		}
	return false;
}

const char *trigger_name(enum trigger t)
{
	return trigger_names[t];
}

bool trigger_from_name(const char *name, enum trigger *out)
{
	size_t i;
	bool found = find_name(trigger_names, COUNT(trigger_names), name, &i);
	if (found)
		*out = (enum trigger)i;
	return found;
}

const char *health_name(enum health h)
{
	return health_names[h];
}

bool health_from_name(const char *name, enum health *out)
{
	size_t i;
	bool found = find_name(health_names, COUNT(health_names), name, &i);
	if (found)
		*out = (enum health)i;
	return found;
}

const char *fire_outcome_name(enum fire_outcome o)
{
	return outcome_names[o];
}

bool fire_outcome_from_name(const char *name, enum fire_outcome *out)
{
	size_t i;
	bool found = find_name(outcome_names, COUNT(outcome_names), name, &i);
	if (found)
		*out = (enum fire_outcome)i;
	return found;
}

// ---- life ---------------------------------------------------------------------------------------

void planner_text(char **owned, const char *value)
{
	char *copy = value ? memory_strdup(value) : NULL;
	free(*owned);
	*owned = copy;
}

static void free_fire(struct fire_row *f)
{
	free(f->schedule);
	free(f->reason);
}

static void free_seen(struct seen_row *s)
{
	free(s->run);
}

static void free_audit(struct audit_row *a)
{
	free(a->who);
	free(a->what);
}

static void free_reservation(struct reservation_row *r)
{
	free(r->board);
	free(r->who);
	free(r->why);
}

static void free_board(struct planned_board *b)
{
	free(b->row.name);
	free(b->row.reason);
	free(b->row.who);
	free(b->row.link);
	free(b->row.streak_job);
	free(b->type);
	free(b->health_check);
	free(b);
}

static void free_schedule(struct planned_schedule *s)
{
	free(s->row.name);
	free(s->row.text);
	free(s->job);
	free(s);
}

// What is only ever added has been saved.
static void forget_added(struct planner *p)
{
	for (size_t i = 0; i < p->fires_count; i++)
		free_fire(&p->fires[i]);
	for (size_t i = 0; i < p->seen_count; i++)
		free_seen(&p->seen[i]);
	for (size_t i = 0; i < p->audits_count; i++)
		free_audit(&p->audits[i]);
	p->fires_count = p->seen_count = p->audits_count = 0;
	free(p->fires);
	free(p->seen);
	free(p->audits);
	p->fires = NULL;
	p->seen = NULL;
	p->audits = NULL;
}

struct planner *planner_new(const struct planner_limits *limits)
{
	struct planner *p = memory_new(1, sizeof(*p));
	p->random.state = limits->seed;
	planner_set_limits(p, limits);
	return p;
}

void planner_set_limits(struct planner *p, const struct planner_limits *limits)
{
	p->limits = *limits;
	planner_text(&p->stuck, limits->stuck);
}

void planner_free(struct planner *p)
{
	if (!p)
		return;
	forget_added(p);
	for (size_t i = 0; i < p->boards_count; i++)
		free_board(p->boards[i]);
	for (size_t i = 0; i < p->batches_count; i++)
		planner_batch_free(p->batches[i]);
	for (size_t i = 0; i < p->schedules_count; i++)
		free_schedule(p->schedules[i]);
	for (size_t i = 0; i < p->reservations_count; i++)
		free_reservation(&p->reservations[i].row);
	for (size_t i = 0; i < REFUSALS_KEPT; i++)
		free(p->refusals[i].why);
	free(p->boards);
	free(p->batches);
	free(p->schedules);
	free(p->reservations);
	free(p->changes);
	free(p->order);
	free(p->stuck);
	free(p);
}

void planner_note(struct planner *p, int64_t now_s, const char *who, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	struct audit_row row = {.at_s = now_s, .what = memory_vprintf(fmt, ap)};
	va_end(ap);
	planner_text(&row.who, who);
	ARRAY_APPEND(p->audits, p->audits_count, row);
}

// ---- boards -------------------------------------------------------------------------------------

// The place of the first board whose name is not before `name`.
static size_t board_place(const struct planner *p, const char *name)
{
	size_t low = 0, high = p->boards_count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (strcmp(p->boards[middle]->row.name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct planned_board *planner_board_find(const struct planner *p, const char *name)
{
	size_t i = board_place(p, name);
	bool found = i < p->boards_count && strcmp(p->boards[i]->row.name, name) == 0;
	return found ? p->boards[i] : NULL;
}

struct planned_board *planner_board_need(struct planner *p, const char *name)
{
	struct planned_board *b = planner_board_find(p, name);
	if (b)
		return b;
	b = memory_new(1, sizeof(*b));
	b->row.name = memory_strdup(name);
	b->row.health = HEALTH_UNKNOWN;
	size_t i = board_place(p, name);
	ARRAY_APPEND(p->boards, p->boards_count, b);
	memmove(p->boards + i + 1, p->boards + i, (p->boards_count - 1 - i) * sizeof(*p->boards));
	p->boards[i] = b;
	return b;
}

void planner_set_boards(struct planner *p, const struct planner_board *boards, size_t count)
{
	for (size_t i = 0; i < p->boards_count; i++)
		p->boards[i]->known = false;
	for (size_t i = 0; i < count; i++) {
		struct planned_board *b = planner_board_need(p, boards[i].name);
		b->known = true;
		planner_text(&b->type, boards[i].type);
		planner_text(&b->health_check, boards[i].health_check);
		b->power_cap = boards[i].power_cap;
		b->erase_cap = boards[i].erase_cap;
		b->erases = boards[i].erases;
	}
	planner_queue_forget(p);
}

size_t planner_boards(const struct planner *p)
{
	return p->boards_count;
}

const struct board_row *planner_board_row(const struct planner *p, size_t i)
{
	return &p->boards[i]->row;
}

const struct board_row *planner_find_board(const struct planner *p, const char *name)
{
	const struct planned_board *b = planner_board_find(p, name);
	return b ? &b->row : NULL;
}

// ---- schedules ----------------------------------------------------------------------------------

static struct planned_schedule *find_schedule(const struct planner *p, const char *name)
{
	for (size_t i = 0; i < p->schedules_count; i++)
		if (strcmp(p->schedules[i]->row.name, name) == 0)
			return p->schedules[i];
	return NULL;
}

static struct planned_schedule *need_schedule(struct planner *p, const char *name)
{
	struct planned_schedule *s = find_schedule(p, name);
	if (s)
		return s;
	s = memory_new(1, sizeof(*s));
	s->row.name = memory_strdup(name);
	ARRAY_APPEND(p->schedules, p->schedules_count, s);
	return s;
}

// A schedule that is new, or means other times than before, begins now: what it would have meant
// yesterday, nobody asked for. Its cursor never goes back, so no time can be fired twice.
static void begin_schedule(struct planned_schedule *s, int64_t now_s, const char *text)
{
	if (s->row.text && strcmp(s->row.text, text) == 0)
		return;
	planner_text(&s->row.text, text);
	s->row.cursor_s = now_s > s->row.cursor_s ? now_s : s->row.cursor_s;
	s->dirty = true;
}

void planner_set_schedules(struct planner *p, int64_t now_s,
			   const struct planner_schedule *schedules, size_t count)
{
	for (size_t i = 0; i < p->schedules_count; i++)
		p->schedules[i]->known = false;
	for (size_t i = 0; i < count; i++) {
		const struct planner_schedule *from = &schedules[i];
		struct planned_schedule *s = need_schedule(p, from->name);
		s->known = true;
		planner_text(&s->job, from->job);
		s->calendar = from->calendar;
		s->window_s = from->window_s;
		s->catch_up = from->catch_up;
		s->backlog = from->backlog;
		s->every = from->every;
		s->priority = from->priority;
		begin_schedule(s, now_s, from->text);
		s->next_s = calendar_next(s->calendar, s->row.cursor_s);
	}
}

// ---- rows that were saved -----------------------------------------------------------------------

static void load_board(struct planner *p, const struct board_row *row)
{
	struct planned_board *b = planner_board_need(p, row->name);
	char *name = b->row.name;
	b->row = *row;
	b->row.name = name;
	b->row.reason = b->row.who = b->row.link = b->row.streak_job = NULL;
	planner_text(&b->row.reason, row->reason);
	planner_text(&b->row.who, row->who);
	planner_text(&b->row.link, row->link);
	planner_text(&b->row.streak_job, row->streak_job);
}

static void load_schedule(struct planner *p, const struct schedule_row *row)
{
	struct planned_schedule *s = need_schedule(p, row->name);
	planner_text(&s->row.text, row->text);
	s->row.cursor_s = row->cursor_s;
	s->row.fired = row->fired;
}

static struct reservation_row copy_reservation(const struct reservation_row *row)
{
	struct reservation_row copy = *row;
	copy.board = memory_strdup(row->board);
	copy.who = memory_strdup(row->who);
	copy.why = memory_strdup(row->why ? row->why : "");
	return copy;
}

static void load_reservation(struct planner *p, const struct reservation_row *row)
{
	const struct planned_reservation r = {.row = copy_reservation(row)};
	ARRAY_APPEND(p->reservations, p->reservations_count, r);
	if (row->id > p->last_reservation)
		p->last_reservation = row->id;
}

void planner_load(struct planner *p, const struct planner_change *c)
{
	switch (c->kind) {
	case ROW_SCHEDULE:
		load_schedule(p, c->row.schedule);
		break;
	case ROW_BATCH:
		planner_queue_load(p, c->row.batch);
		break;
	case ROW_BOARD:
		load_board(p, c->row.board);
		break;
	case ROW_RESERVATION:
		load_reservation(p, c->row.reservation);
		break;
	case ROW_SEEN:
		planner_queue_load_seen(p, c->row.seen);
		break;
	case ROW_FIRE:
	case ROW_AUDIT:
		break; // history: nothing is decided by it
	}
}

// ---- reservations -------------------------------------------------------------------------------

struct error *planner_reserve(struct planner *p, const struct reservation_row *r, int64_t now_s,
			      int64_t *id)
{
	const struct planned_board *b = planner_board_find(p, r->board);
	if (!b || !b->known)
		return error_new(ERROR_USAGE, "%s: no such board", r->board);
	if (r->until_s <= r->from_s || r->until_s <= now_s)
		return error_new(ERROR_USAGE, "the reservation ends before it begins");
	if (r->until_s > now_s + PLANNER_RESERVE_S)
		return error_new(ERROR_USAGE, "the reservation ends more than a year from now");
	for (size_t i = 0; i < p->reservations_count; i++) {
		const struct planned_reservation *other = &p->reservations[i];
		if (!other->gone && strcmp(other->row.board, r->board) == 0 &&
		    other->row.from_s < r->until_s && r->from_s < other->row.until_s)
			return error_new(ERROR_USAGE, "%s is reserved by %s at that time", r->board,
					 other->row.who);
	}
	struct planned_reservation own = {.row = copy_reservation(r), .dirty = true};
	own.row.id = *id = ++p->last_reservation;
	ARRAY_APPEND(p->reservations, p->reservations_count, own);
	planner_note(p, now_s, r->who, "reserves %s: %s", r->board, own.row.why);
	return NULL;
}

bool planner_release(struct planner *p, int64_t now_s, const char *board, const char *who)
{
	bool found = false;
	for (size_t i = 0; i < p->reservations_count; i++) {
		struct planned_reservation *r = &p->reservations[i];
		if (r->gone || strcmp(r->row.board, board) != 0 ||
		    (who && strcmp(r->row.who, who) != 0))
			continue;
		r->gone = r->dirty = found = true;
		planner_note(p, now_s, who, "releases %s, reserved by %s", board, r->row.who);
	}
	return found;
}

static bool end_reservations(struct planner *p, int64_t now_s)
{
	bool ended = false;
	for (size_t i = 0; i < p->reservations_count; i++) {
		struct planned_reservation *r = &p->reservations[i];
		if (!r->gone && r->row.until_s <= now_s)
			r->gone = r->dirty = ended = true;
	}
	return ended;
}

size_t planner_reservations(const struct planner *p)
{
	return p->reservations_count;
}

const struct reservation_row *planner_reservation(const struct planner *p, size_t i)
{
	return &p->reservations[i].row;
}

const struct reservation_row *planner_reserved(const struct planner *p, const char *board,
					       int64_t now_s)
{
	const struct reservation_row *best = NULL;
	for (size_t i = 0; i < p->reservations_count; i++) {
		const struct planned_reservation *r = &p->reservations[i];
		if (!r->gone && strcmp(r->row.board, board) == 0 && r->row.until_s > now_s &&
		    (!best || r->row.from_s < best->from_s))
			best = &r->row;
	}
	return best;
}

// ---- time ---------------------------------------------------------------------------------------

bool planner_tick(struct planner *p, int64_t now_s)
{
	bool changed = end_reservations(p, now_s);
	changed |= planner_fire_all(p, now_s);
	changed |= planner_health_check(p, now_s);
	return changed;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t planner_wake_s(const struct planner *p)
{
	int64_t wake = planner_health_wake(p);
	for (size_t i = 0; i < p->schedules_count; i++)
		if (p->schedules[i]->known)
			wake = earlier(wake, p->schedules[i]->next_s);
	for (size_t i = 0; i < p->reservations_count; i++)
		if (!p->reservations[i].gone)
			wake = earlier(wake, p->reservations[i].row.until_s);
	for (size_t i = 0; i < p->batches_count; i++)
		wake = earlier(wake, p->batches[i]->row.window_end_s);
	return wake;
}

// ---- what is to be saved ------------------------------------------------------------------------

static void add_change(struct planner *p, struct planner_change c)
{
	ARRAY_APPEND(p->changes, p->changes_count, c);
}

// What is only added goes first: a batch that is gone takes its seen runs along.
static void list_added(struct planner *p)
{
	for (size_t i = 0; i < p->fires_count; i++)
		add_change(p, (struct planner_change){ROW_FIRE, false, {.fire = &p->fires[i]}});
	for (size_t i = 0; i < p->seen_count; i++)
		add_change(p, (struct planner_change){ROW_SEEN, false, {.seen = &p->seen[i]}});
	for (size_t i = 0; i < p->audits_count; i++)
		add_change(p, (struct planner_change){ROW_AUDIT, false, {.audit = &p->audits[i]}});
}

const struct planner_change *planner_unsaved(struct planner *p, size_t *count)
{
	p->changes_count = 0;
	free(p->changes);
	p->changes = NULL;
	list_added(p);
	for (size_t i = 0; i < p->schedules_count; i++)
		if (p->schedules[i]->dirty)
			add_change(p, (struct planner_change){ROW_SCHEDULE,
							      false,
							      {.schedule = &p->schedules[i]->row}});
	for (size_t i = 0; i < p->batches_count; i++)
		if (p->batches[i]->dirty)
			add_change(p, (struct planner_change){ROW_BATCH,
							      p->batches[i]->gone,
							      {.batch = &p->batches[i]->row}});
	for (size_t i = 0; i < p->boards_count; i++)
		if (p->boards[i]->dirty)
			add_change(p, (struct planner_change){
					  ROW_BOARD, false, {.board = &p->boards[i]->row}});
	for (size_t i = 0; i < p->reservations_count; i++)
		if (p->reservations[i].dirty)
			add_change(
			    p, (struct planner_change){ROW_RESERVATION,
						       p->reservations[i].gone,
						       {.reservation = &p->reservations[i].row}});
	*count = p->changes_count;
	return p->changes;
}

static void drop_reservations(struct planner *p)
{
	size_t kept = 0;
	for (size_t i = 0; i < p->reservations_count; i++) {
		struct planned_reservation *r = &p->reservations[i];
		r->dirty = false;
		if (r->gone)
			free_reservation(&r->row);
		else
			p->reservations[kept++] = *r;
	}
	p->reservations_count = kept;
}

void planner_saved(struct planner *p)
{
	forget_added(p);
	for (size_t i = 0; i < p->schedules_count; i++)
		p->schedules[i]->dirty = false;
	for (size_t i = 0; i < p->boards_count; i++)
		p->boards[i]->dirty = false;
	drop_reservations(p);
	planner_drop_gone(p);
	p->changes_count = 0;
}
