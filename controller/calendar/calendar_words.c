// SPDX-License-Identifier: GPL-2.0-or-later
// A calendar in plain words.
#include "calendar/calendar.h"
#include "calendar/calendar_fields.h"

static const char *const months[] = {"",        "January",  "February", "March",  "April",
				     "May",     "June",     "July",     "August", "September",
				     "October", "November", "December"};

static bool has(uint64_t set, int i)
{
	return set >> i & 1;
}

static int set_first(uint64_t set)
{
	return __builtin_ctzll(set);
}

static int set_last(uint64_t set)
{
	return 63 - __builtin_clzll(set);
}

// ", " between the parts of a list, " and " ahead of its last.
static void put_joint(struct buffer *out, size_t at, size_t count)
{
	if (at)
		buffer_append_str(out, at + 1 == count ? " and " : ", ");
}

static void put_value(struct buffer *out, const char *const *names, int value)
{
	if (names)
		buffer_append_str(out, names[value]);
	else
		buffer_printf(out, "%d", value);
}

// The last member of the run of members that begins at `i`; two alone are no run.
static int run_end(uint64_t set, int i)
{
	int end = i;
	while (end < 63 && has(set, end + 1))
		end++;
	return end - i >= 2 ? end : i;
}

// "1, 3 and 5 to 9"; `also` (or NULL) is one more part.
static void put_set(struct buffer *out, uint64_t set, const char *const *names, const char *also)
{
	size_t count = also ? 1 : 0, at = 0;
	for (uint64_t left = set; left; count++)
		left &= ~UINT64_C(0) << run_end(left, set_first(left)) << 1;
	for (uint64_t left = set; left; at++) {
		int first = set_first(left), last = run_end(left, first);
		put_joint(out, at, count);
		put_value(out, names, first);
		if (last > first) {
			buffer_append_str(out, " to ");
			put_value(out, names, last);
		}
		left &= ~UINT64_C(0) << last << 1;
	}
	if (also) {
		put_joint(out, at, count);
		buffer_append_str(out, also);
	}
}

// ---- days ----------------------------------------------------------------------------------------

static bool is_any_day(const struct calendar *c)
{
	return c->days == ALL_DAYS;
}

static void put_days_of_month(const struct calendar *c, struct buffer *out)
{
	const char *last = c->last_day ? "the last day" : NULL;
	if (c->days)
		buffer_append_str(out, "day ");
	put_set(out, c->days, NULL, last);
	buffer_append_str(out, " of ");
	if (c->months == ALL_MONTHS)
		buffer_append_str(out, "each month");
	else
		put_set(out, c->months, months, NULL);
}

static void put_months(const struct calendar *c, struct buffer *out)
{
	if (c->months == ALL_MONTHS)
		return;
	buffer_append_str(out, " in ");
	put_set(out, c->months, months, NULL);
}

// Monday to Sunday, so that a week-end stands together.
static void put_weekdays(const struct calendar *c, struct buffer *out)
{
	static const char *const from_monday[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
						  "Friday", "Saturday", "Sunday"};
	uint64_t set = c->weekdays >> 1 | (c->weekdays & 1) << 6;
	put_set(out, set, from_monday, NULL);
}

static void put_dates(const struct calendar *c, struct buffer *out)
{
	bool any_weekday = c->weekdays == ALL_WEEKDAYS;
	if (is_any_day(c) && any_weekday) {
		buffer_append_str(out, "each day");
		put_months(c, out);
	} else if (is_any_day(c)) {
		buffer_append_str(out, "each ");
		put_weekdays(c, out);
		put_months(c, out);
	} else if (any_weekday) {
		buffer_append_str(out, "on ");
		put_days_of_month(c, out);
	} else if (calendar_days_are_both(c)) {
		buffer_append_str(out, "each ");
		put_weekdays(c, out);
		buffer_append_str(out, " that is ");
		put_days_of_month(c, out);
	} else {
		buffer_append_str(out, "on ");
		put_days_of_month(c, out);
		buffer_append_str(out, " and each ");
		put_weekdays(c, out);
		put_months(c, out);
	}
}

static bool is_each_date(const struct calendar *c)
{
	return is_any_day(c) && c->weekdays == ALL_WEEKDAYS && c->months == ALL_MONTHS;
}

// ---- times ---------------------------------------------------------------------------------------

// The step of a set that is 0, N, 2N ... up to its size and comes out even there; 0: it is none.
static int even_step(uint64_t set, int size)
{
	if (!has(set, 0))
		return 0;
	int step = set == 1 ? size : set_first(set & (set - 1));
	if (size % step)
		return 0;
	uint64_t same = 0;
	for (int i = 0; i < size; i += step)
		same |= UINT64_C(1) << i;
	return set == same ? step : 0;
}

static void put_every(struct buffer *out, int64_t minutes)
{
	const struct {
		const char *name;
		int64_t minutes;
	} units[] = {{"day", 24 * 60}, {"hour", 60}, {"minute", 1}};
	size_t i = 0;
	while (minutes % units[i].minutes)
		i++;
	int64_t count = minutes / units[i].minutes;
	if (count == 1)
		buffer_printf(out, "every %s", units[i].name);
	else
		buffer_printf(out, "every %lld %ss", (long long)count, units[i].name);
}

static void put_minutes(const struct calendar *c, struct buffer *out)
{
	bool one = c->minutes == (c->minutes & -c->minutes);
	buffer_append_str(out, one ? "at minute " : "at minutes ");
	put_set(out, c->minutes, NULL, NULL);
}

// The even clock, "UTC+01:00".
static void put_even_clock(const struct calendar *c, struct buffer *out)
{
	int32_t offset = zone_standard_offset(c->zone);
	int32_t size = offset < 0 ? -offset : offset;
	buffer_append_str(out, " UTC");
	if (offset)
		buffer_printf(out, "%c%02d:%02d", offset < 0 ? '-' : '+', size / 3600,
			      size / 60 % 60);
}

static void put_period(const struct calendar *c, int64_t minutes, struct buffer *out)
{
	put_every(out, minutes);
	if (minutes > 60 && 24 * 60 % minutes == 0) {
		buffer_append_str(out, " from 00:00");
		put_even_clock(c, out);
	}
}

// Of an hour field that begins with *.
static void put_interval(const struct calendar *c, struct buffer *out)
{
	int minutes = even_step(c->minutes, 60), hours = even_step(c->hours, 24);
	if (c->hours == ALL_HOURS && minutes) {
		put_period(c, minutes, out);
	} else if (c->hours == ALL_HOURS) {
		put_minutes(c, out);
		buffer_append_str(out, " of every hour");
		put_even_clock(c, out);
	} else if (c->minutes == 1 && hours) {
		put_period(c, hours * 60, out);
	} else {
		put_minutes(c, out);
		buffer_append_str(out, " of hour ");
		put_set(out, c->hours, NULL, NULL);
		put_even_clock(c, out);
	}
	if (is_each_date(c))
		return;
	buffer_append_str(out, ", ");
	put_dates(c, out);
	buffer_printf(out, " in %s", zone_name(c->zone));
}

#define TIMES_SHOWN 4

static void put_times(const struct calendar *c, struct buffer *out)
{
	size_t count =
	    (size_t)__builtin_popcountll(c->hours) * (size_t)__builtin_popcountll(c->minutes);
	int first = set_first(c->hours) * 60 + set_first(c->minutes);
	int last = set_last(c->hours) * 60 + set_last(c->minutes);
	if (count > TIMES_SHOWN) {
		buffer_printf(out, " at %zu times from %02d:%02d to %02d:%02d", count, first / 60,
			      first % 60, last / 60, last % 60);
		return;
	}
	buffer_append_str(out, " at ");
	size_t at = 0;
	for (int time = first; time <= last; time++) {
		if (!has(c->hours, time / 60) || !has(c->minutes, time % 60))
			continue;
		put_joint(out, at++, count);
		buffer_printf(out, "%02d:%02d", time / 60, time % 60);
	}
}

void calendar_describe(const struct calendar *calendar, struct buffer *out)
{
	if (calendar->kind == CALENDAR_PERIOD) {
		put_period(calendar, calendar->period_s / 60, out);
	} else if (calendar->kind == CALENDAR_INTERVAL) {
		put_interval(calendar, out);
	} else {
		put_dates(calendar, out);
		put_times(calendar, out);
		buffer_printf(out, " %s", zone_name(calendar->zone));
	}
}
