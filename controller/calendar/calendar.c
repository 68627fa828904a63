// SPDX-License-Identifier: GPL-2.0-or-later
#include "calendar/calendar.h"

#include "base/memory.h"
#include "calendar/calendar_fields.h"
#include "calendar/civil.h"

#define NEVER INT64_MAX

void calendar_free(struct calendar *calendar)
{
	if (!calendar)
		return;
	free(calendar->text);
	free(calendar);
}

const char *calendar_text(const struct calendar *calendar)
{
	return calendar->text;
}

const struct zone *calendar_zone(const struct calendar *calendar)
{
	return calendar->zone;
}

struct error *calendar_parse_at(const char *text, const struct zone *zone, size_t *column,
				struct calendar **out)
{
	CLEANUP_CALENDAR struct calendar *c = memory_new(1, sizeof(*c));
	c->zone = zone;
	TRY(calendar_read_fields(text, column, c));
	c->text = memory_strdup(text);
	*out = STEAL(c);
	return NULL;
}

struct error *calendar_parse(const char *text, const struct zone *zone, struct calendar **out)
{
	size_t column = 1;
	struct error *e = calendar_parse_at(text, zone, &column, out);
	return error_wrap(e, "column %zu", column);
}

// ---- dates and times of the day ------------------------------------------------------------------

// The smallest member of a set that is `from` or more, or -1.
static int set_next(uint64_t set, int from)
{
	uint64_t left = from < 64 ? set >> from << from : 0;
	return left ? __builtin_ctzll(left) : -1;
}

static bool is_day_of_month(const struct calendar *c, struct civil_date d)
{
	return (c->days >> d.day & 1) ||
	       (c->last_day && d.day == civil_month_days(d.year, d.month));
}

static bool is_date(const struct calendar *c, int64_t day)
{
	struct civil_date d = civil_date(day);
	if (!(c->months >> d.month & 1))
		return false;
	bool of_month = is_day_of_month(c, d);
	bool of_week = c->weekdays >> civil_weekday(day) & 1;
	return calendar_days_are_both(c) ? of_month && of_week : of_month || of_week;
}

// 29 February on one weekday may take 40 years.
#define YEARS_APART 41

// The first date of the calendar that is `day` or later, or NEVER.
static int64_t next_date(const struct calendar *c, int64_t day)
{
	struct civil_date d = civil_date(day);
	int64_t last_year = d.year + YEARS_APART;
	while (d.year <= last_year) {
		int month = set_next(c->months, d.month);
		if (month < 0) {
			d = (struct civil_date){d.year + 1, 1, 1};
			continue;
		}
		if (month != d.month)
			d = (struct civil_date){d.year, month, 1};
		int64_t first = civil_day(d.year, month, 1);
		for (; d.day <= civil_month_days(d.year, month); d.day++)
			if (is_date(c, first + d.day - 1))
				return first + d.day - 1;
		d.day = 1;
		d.year += month == 12;
		d.month = month == 12 ? 1 : month + 1;
	}
	return NEVER;
}

// The first time of the day, in seconds, that is `from` or later; -1: none.
static int64_t next_time_of_day(const struct calendar *c, int64_t from)
{
	int minute_of_day = (int)((from + 59) / 60);
	int first_hour = minute_of_day / 60;
	int hour = set_next(c->hours, first_hour);
	if (hour >= 0 && hour == first_hour) {
		int minute = set_next(c->minutes, minute_of_day % 60);
		if (minute >= 0)
			return hour * 3600 + minute * 60;
		hour = set_next(c->hours, first_hour + 1);
	}
	return hour < 0 ? -1 : hour * 3600 + set_next(c->minutes, 0) * 60;
}

// The first civil second that the calendar names, `from` or later; NEVER: none.
static int64_t next_civil(const struct calendar *c, int64_t from)
{
	int64_t day = civil_day_of(from);
	int64_t date = next_date(c, day);
	if (date == day) {
		int64_t time = next_time_of_day(c, from - day * CIVIL_DAY_S);
		if (time >= 0)
			return day * CIVIL_DAY_S + time;
		date = next_date(c, day + 1);
	}
	return date == NEVER ? NEVER : date * CIVIL_DAY_S + next_time_of_day(c, 0);
}

// Where to look on behind a stretch in which the calendar names nothing more. What clocks show from its
// end on may repeat what they showed before, but by no more than clocks differ from UTC.
static int64_t look_on(const struct calendar *c, const struct zone_span *span)
{
	if (span->end > CALENDAR_LAST_S)
		return NEVER;
	int64_t date = next_date(c, civil_day_of(span->end - ZONE_OFFSET_MAX_S));
	int64_t earliest = date == NEVER ? NEVER : date * CIVIL_DAY_S - ZONE_OFFSET_MAX_S;
	return earliest > span->end ? earliest : span->end;
}

// ---- on the wall: day jobs and windows -----------------------------------------------------------

// A date of which the clock showed nothing, since it jumped from `before` to `behind`.
static bool is_skipped_date(int64_t day, int64_t before, int64_t behind)
{
	return before <= day * CIVIL_DAY_S && behind >= (day + 1) * CIVIL_DAY_S;
}

// Whether something named in the gap ahead of the stretch fires at its begin.
static bool find_in_gap(const struct calendar *c, const struct zone_span *span,
			struct calendar_time *out)
{
	struct zone_span last = zone_span_at(c->zone, span->begin - 1);
	int64_t before = span->begin + last.offset_s, behind = span->begin + span->offset_s;
	int64_t civil = next_civil(c, before);
	while (civil < behind) {
		int64_t day = civil_day_of(civil);
		struct zone_instants there = zone_instants(c->zone, civil);
		if (there.count || there.gap_end != span->begin) {
			civil = next_civil(c, civil + 1);
		} else if (is_skipped_date(day, before, behind) &&
			   is_date(c, civil_day_of(behind))) {
			civil = next_civil(c, (day + 1) * CIVIL_DAY_S);
		} else {
			*out = (struct calendar_time){span->begin, civil, CALENDAR_GAP};
			return true;
		}
	}
	return false;
}

// What the clock shows at `at` as a nominal time, if it is one: a day job takes the first pass alone.
static bool take_pass(const struct calendar *c, int64_t at, int64_t civil,
		      struct calendar_time *out)
{
	struct zone_instants there = zone_instants(c->zone, civil);
	*out = (struct calendar_time){at, civil, CALENDAR_PLAIN};
	if (there.count < 2)
		return true;
	out->change = at == there.at[0] ? CALENDAR_FOLD_FIRST : CALENDAR_FOLD_SECOND;
	return out->change == CALENDAR_FOLD_FIRST || c->kind == CALENDAR_WINDOW;
}

// The first nominal time from `*from` on within the stretch that holds it. False: there is none before
// `*from`, which is set to where to look on.
static bool find_in_span(const struct calendar *c, const struct zone_span *span, int64_t *from,
			 struct calendar_time *out)
{
	if (*from == span->begin && find_in_gap(c, span, out))
		return true;
	int64_t civil = next_civil(c, *from + span->offset_s);
	while (civil != NEVER && civil - span->offset_s < span->end) {
		if (take_pass(c, civil - span->offset_s, civil, out))
			return true;
		civil = next_civil(c, civil + 1);
	}
	*from = look_on(c, span);
	return false;
}

static struct calendar_time next_on_wall(const struct calendar *c, int64_t from)
{
	struct calendar_time found;
	while (from <= CALENDAR_LAST_S) {
		struct zone_span span = zone_span_at(c->zone, from);
		if (find_in_span(c, &span, &from, &found))
			return found;
	}
	return (struct calendar_time){.at_s = NEVER};
}

// ---- on the even clock: intervals ----------------------------------------------------------------

// The first instant of the even clock from `from` on, whatever its date.
static int64_t next_even(const struct calendar *c, int64_t from)
{
	int64_t offset = zone_standard_offset(c->zone);
	int64_t even = from + offset;
	if (c->kind == CALENDAR_PERIOD) {
		int64_t behind = even % c->period_s;
		if (behind < 0)
			behind += c->period_s;
		return behind ? from + c->period_s - behind : from;
	}
	int64_t day = civil_day_of(even);
	int64_t time = next_time_of_day(c, even - day * CIVIL_DAY_S);
	if (time < 0)
		time = CIVIL_DAY_S + next_time_of_day(c, 0);
	return day * CIVIL_DAY_S + time - offset;
}

static struct calendar_time next_interval(const struct calendar *c, int64_t from)
{
	while (from <= CALENDAR_LAST_S) {
		int64_t at = next_even(c, from);
		struct zone_span span = zone_span_at(c->zone, at);
		int64_t civil = at + span.offset_s;
		int64_t day = civil_day_of(civil);
		int64_t date = c->kind == CALENDAR_PERIOD ? day : next_date(c, day);
		if (date == day)
			return (struct calendar_time){at, civil, CALENDAR_PLAIN};
		int64_t begin = date == NEVER ? NEVER : date * CIVIL_DAY_S - span.offset_s;
		from = begin < span.end ? begin : look_on(c, &span);
	}
	return (struct calendar_time){.at_s = NEVER};
}

struct calendar_time calendar_next_time(const struct calendar *calendar, int64_t after_s)
{
	struct calendar_time found = {.at_s = NEVER};
	if (after_s >= CALENDAR_LAST_S)
		return found;
	int64_t from = after_s < CALENDAR_FIRST_S ? CALENDAR_FIRST_S : after_s + 1;
	bool on_wall = calendar->kind == CALENDAR_DAY || calendar->kind == CALENDAR_WINDOW;
	found = on_wall ? next_on_wall(calendar, from) : next_interval(calendar, from);
	if (found.at_s > CALENDAR_LAST_S)
		found = (struct calendar_time){.at_s = NEVER};
	return found;
}

int64_t calendar_next(const struct calendar *calendar, int64_t after_s)
{
	return calendar_next_time(calendar, after_s).at_s;
}
