// SPDX-License-Identifier: GPL-2.0-or-later
#include "calendar/zone_rule.h"

#include <string.h>

#include "calendar/civil.h"

#define RULE_TIME_HOURS   167 // RFC 8536 3.3.1: a week but an hour, either way
#define RULE_OFFSET_HOURS 25

struct rule_reader {
	const char *at, *end;
	const char *why; // the first complaint; NULL: none
};

static bool complain(struct rule_reader *r, const char *why)
{
	if (!r->why)
		r->why = why;
	return false;
}

static bool take(struct rule_reader *r, char c)
{
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

// "CET" or "<+0330>".
static bool read_name(struct rule_reader *r, char out[ZONE_ABBREVIATION_SIZE])
{
	bool quoted = take(r, '<');
	size_t len = 0;
	for (; r->at < r->end; r->at++) {
		char c = *r->at;
		if (!is_letter(c) && !(quoted && (is_digit(c) || c == '+' || c == '-')))
			break;
		if (len + 1 == ZONE_ABBREVIATION_SIZE)
			return complain(r, "expected a shorter name of a clock");
		out[len++] = c;
	}
	out[len] = 0;
	if (quoted && !take(r, '>'))
		return complain(r, "expected > behind the name of a clock");
	return len >= 3 || complain(r, "expected a clock's name of three letters or more");
}

// Digits for a number from `min` to `max`, or the complaint `why`.
static bool read_number(struct rule_reader *r, int min, int max, const char *why, int *out)
{
	int value = 0, digits = 0;
	while (r->at < r->end && is_digit(*r->at) && digits < 4) {
		value = value * 10 + (*r->at++ - '0');
		digits++;
	}
	*out = value;
	return (digits && value >= min && value <= max) || complain(r, why);
}

// [+-]hh[:mm[:ss]]
static bool read_time(struct rule_reader *r, int hours_max, int32_t *out)
{
	bool negative = take(r, '-');
	if (!negative)
		take(r, '+');
	int hours, minutes = 0, seconds = 0;
	if (!read_number(r, 0, hours_max, "expected hours within their range", &hours))
		return false;
	if (take(r, ':')) {
		if (!read_number(r, 0, 59, "expected minutes from 0 to 59", &minutes))
			return false;
		if (take(r, ':') &&
		    !read_number(r, 0, 59, "expected seconds from 0 to 59", &seconds))
			return false;
	}
	int32_t value = hours * 3600 + minutes * 60 + seconds;
	*out = negative ? -value : value;
	return true;
}

static bool read_dot(struct rule_reader *r)
{
	return take(r, '.') || complain(r, "expected Mm.w.d");
}

static bool read_day_of_week(struct rule_reader *r, struct zone_day *d)
{
	d->kind = ZONE_DAY_OF_WEEK;
	return read_number(r, 1, 12, "expected a month from 1 to 12", &d->month) && read_dot(r) &&
	       read_number(r, 1, 5, "expected a week from 1 to 5", &d->week) && read_dot(r) &&
	       read_number(r, 0, 6, "expected a weekday from 0 to 6", &d->day);
}

static bool read_day_of_year(struct rule_reader *r, struct zone_day *d)
{
	d->kind = take(r, 'J') ? ZONE_DAY_NO_LEAP : ZONE_DAY_OF_YEAR;
	if (d->kind == ZONE_DAY_NO_LEAP)
		return read_number(r, 1, 365, "expected a day from J1 to J365", &d->day);
	return read_number(r, 0, 365, "expected a day from 0 to 365", &d->day);
}

// "J60", "59", "M3.5.0", each with or without "/TIME".
static bool read_day(struct rule_reader *r, struct zone_day *d)
{
	if (!take(r, ','))
		return complain(r, "expected the days on which summer time begins and ends");
	if (!(take(r, 'M') ? read_day_of_week(r, d) : read_day_of_year(r, d)))
		return false;
	d->time_s = 2 * 3600;
	return !take(r, '/') || read_time(r, RULE_TIME_HOURS, &d->time_s);
}

// POSIX counts offsets westward.
static bool read_offset(struct rule_reader *r, int32_t *out)
{
	int32_t west;
	if (!read_time(r, RULE_OFFSET_HOURS, &west))
		return false;
	*out = -west;
	return true;
}

static bool read_rule(struct rule_reader *r, struct zone_rule *rule)
{
	if (!read_name(r, rule->standard.abbreviation) || !read_offset(r, &rule->standard.offset_s))
		return false;
	if (r->at == r->end)
		return true;
	rule->has_summer = true;
	if (!read_name(r, rule->summer.abbreviation))
		return false;
	rule->summer.offset_s = rule->standard.offset_s + 3600;
	if (r->at < r->end && *r->at != ',' && !read_offset(r, &rule->summer.offset_s))
		return false;
	if (!read_day(r, &rule->begin) || !read_day(r, &rule->end))
		return false;
	return r->at == r->end || complain(r, "expected nothing behind the rule");
}

bool zone_rule_parse(const char *text, size_t len, struct zone_rule *out, const char **why)
{
	struct rule_reader r = {.at = text, .end = text + len};
	struct zone_rule rule = {0};
	if (!read_rule(&r, &rule)) {
		*why = r.why;
		return false;
	}
	*out = rule;
	return true;
}

// The civil second, on the clock before the change, at which clocks change in a year.
static int64_t change_civil(const struct zone_day *d, int64_t year)
{
	int64_t day;
	if (d->kind == ZONE_DAY_OF_WEEK) {
		int64_t first = civil_day(year, d->month, 1);
		int ahead = (d->day - civil_weekday(first) + 7) % 7;
		int of_month = ahead + 7 * (d->week - 1);
		if (of_month >= civil_month_days(year, d->month))
			of_month -= 7;
		day = first + of_month;
	} else if (d->kind == ZONE_DAY_NO_LEAP) {
		bool behind_leap_day = civil_leap_year(year) && d->day >= 60;
		day = civil_day(year, 1, 1) + d->day - 1 + behind_leap_day;
	} else {
		day = civil_day(year, 1, 1) + d->day;
	}
	return day * CIVIL_DAY_S + d->time_s;
}

struct rule_change {
	int64_t at;
	bool to_summer;
};

// Where summer time ends at the instant at which it begins anew, it does not end.
static bool is_before(const struct rule_change *a, const struct rule_change *b)
{
	return a->at < b->at || (a->at == b->at && b->to_summer && !a->to_summer);
}

// A change may lie a week outside of its year, so the years around are looked at, too.
#define YEARS_AROUND 2
#define CHANGES      (2 * (2 * YEARS_AROUND + 1))

static void list_changes(const struct zone_rule *rule, int64_t year,
			 struct rule_change out[CHANGES])
{
	size_t count = 0;
	for (int64_t y = year - YEARS_AROUND; y <= year + YEARS_AROUND; y++) {
		const struct rule_change two[2] = {
		    {change_civil(&rule->begin, y) - rule->standard.offset_s, true},
		    {change_civil(&rule->end, y) - rule->summer.offset_s, false},
		};
		for (size_t i = 0; i < 2; i++) {
			size_t k = count++;
			for (; k && is_before(&two[i], &out[k - 1]); k--)
				out[k] = out[k - 1];
			out[k] = two[i];
		}
	}
}

struct zone_span zone_rule_span(const struct zone_rule *rule, int64_t instant)
{
	struct zone_span span = {
	    .begin = INT64_MIN,
	    .end = INT64_MAX,
	    .offset_s = rule->standard.offset_s,
	    .abbreviation = rule->standard.abbreviation,
	};
	if (!rule->has_summer)
		return span;
	struct rule_change changes[CHANGES];
	list_changes(rule, civil_date(civil_day_of(instant + span.offset_s)).year, changes);
	for (size_t i = 0; i < CHANGES; i++) {
		if (changes[i].at > instant) {
			span.end = changes[i].at;
			break;
		}
		span.begin = changes[i].at;
		span.summer = changes[i].to_summer;
	}
	const struct zone_clock *clock = span.summer ? &rule->summer : &rule->standard;
	span.offset_s = clock->offset_s;
	span.abbreviation = clock->abbreviation;
	return span;
}
