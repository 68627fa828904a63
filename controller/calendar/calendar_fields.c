// SPDX-License-Identifier: GPL-2.0-or-later
#include "calendar/calendar_fields.h"

#include <string.h>
#include <strings.h>

#include "calendar/civil.h"

struct cron_reader {
	const char *text, *at;
	size_t *column;
};

// A complaint about what stands at `place`.
#define complain(r, place, ...) \
	(*(r)->column = (size_t)((place) - (r)->text) + 1, error_new(ERROR_CONFIG, __VA_ARGS__))

static const char *const month_names[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul",
					  "aug", "sep", "oct", "nov", "dec", NULL};
static const char *const weekday_names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL};

struct cron_field {
	const char *name;
	int min, max;
	const char *const *names; // of the values from `min` on; NULL: none
	const char *example;
};

enum { MINUTE, HOUR, DAY, MONTH, WEEKDAY, FIELDS };

static const struct cron_field fields[FIELDS] = {
    [MINUTE] = {"minute", 0, 59, NULL, "0 to 59"},
    [HOUR] = {"hour", 0, 23, NULL, "0 to 23"},
    [DAY] = {"day of the month", 1, 31, NULL, "1 to 31, or L for the last"},
    [MONTH] = {"month", 1, 12, month_names, "1 to 12, or jan to dec"},
    [WEEKDAY] = {"day of the week", 0, 7, weekday_names, "0 to 7, or sun to sat"},
};

#define FIELDS_EXPECTED "expected five fields: minute hour day-of-month month day-of-week"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static void skip_blanks(struct cron_reader *r)
{
	while (is_blank(*r->at))
		r->at++;
}

// The word at `s`, as far as a complaint repeats it.
static int word_length(const char *s)
{
	size_t len = strcspn(s, " \t,-/");
	return (int)(len > 20 ? 20 : len);
}

// Digits as a number; what is too big for any use is 1,000,000.
static int read_digits(struct cron_reader *r)
{
	int value = 0;
	for (; is_digit(*r->at); r->at++)
		if (value < 1000000)
			value = value * 10 + (*r->at - '0');
	return value;
}

// ---- one field -----------------------------------------------------------------------------------

static struct error *read_name(struct cron_reader *r, const struct cron_field *f, int *out)
{
	const char *begin = r->at;
	size_t len = 0;
	while (is_letter(begin[len]))
		len++;
	for (int i = 0; f->names && f->names[i]; i++) {
		if (len != strlen(f->names[i]) || strncasecmp(begin, f->names[i], len) != 0)
			continue;
		r->at += len;
		*out = f->min + i;
		return NULL;
	}
	return complain(r, begin, "%s \"%.*s\", expected %s", f->name, word_length(begin), begin,
			f->example);
}

static struct error *read_value(struct cron_reader *r, const struct cron_field *f, int *out)
{
	const char *begin = r->at;
	if (is_letter(*begin))
		return read_name(r, f, out);
	if (!is_digit(*begin))
		return complain(r, begin, "%s \"%.*s\", expected %s", f->name, word_length(begin),
				begin, f->example);
	*out = read_digits(r);
	if (*out < f->min || *out > f->max)
		return complain(r, begin, "%s %.*s, expected %s", f->name, word_length(begin),
				begin, f->example);
	return NULL;
}

// "/N" behind a range.
static struct error *read_step(struct cron_reader *r, const struct cron_field *f, int *step)
{
	*step = 1;
	if (*r->at != '/')
		return NULL;
	const char *begin = ++r->at;
	int value = read_digits(r);
	if (r->at == begin)
		return complain(r, begin, "no step of the %s, expected a number behind /", f->name);
	if (value < 1 || value > f->max)
		return complain(r, begin, "step %.*s of the %s, expected 1 to %d",
				word_length(begin), begin, f->name, f->max);
	*step = value;
	return NULL;
}

static void add_range(uint64_t *set, int first, int last, int step)
{
	for (int i = first; i <= last; i += step)
		*set |= UINT64_C(1) << i;
}

// A-B[/N], or a single value.
static struct error *read_range(struct cron_reader *r, const struct cron_field *f, uint64_t *set)
{
	const char *begin = r->at;
	int first, last, step;
	TRY(read_value(r, f, &first));
	last = first;
	bool range = *r->at == '-';
	if (range) {
		r->at++;
		TRY(read_value(r, f, &last));
		if (f == &fields[WEEKDAY] && last == 0 && first > 0)
			last = 7; // fri-sun
	}
	if (last < first)
		return complain(r, begin,
				"a range of the %s that goes backwards, expected the smaller one "
				"first",
				f->name);
	if (!range && *r->at == '/')
		return complain(r, begin,
				"a step of a single %s, expected a range, such as %d-%d/N", f->name,
				first, f->max);
	TRY(read_step(r, f, &step));
	add_range(set, first, last, step);
	return NULL;
}

static struct error *read_item(struct cron_reader *r, const struct cron_field *f, uint64_t *set,
			       bool *last_day)
{
	if (*r->at == '*') {
		int step;
		r->at++;
		TRY(read_step(r, f, &step));
		add_range(set, f->min, f == &fields[WEEKDAY] ? 6 : f->max, step);
		return NULL;
	}
	if (f == &fields[DAY] && (*r->at == 'L' || *r->at == 'l') && !is_letter(r->at[1])) {
		r->at++;
		*last_day = true;
		return NULL;
	}
	return read_range(r, f, set);
}

static struct error *read_list(struct cron_reader *r, const struct cron_field *f, uint64_t *set,
			       bool *last_day)
{
	for (;;) {
		TRY(read_item(r, f, set, last_day));
		if (*r->at != ',')
			break;
		r->at++;
	}
	if (*r->at && !is_blank(*r->at))
		return complain(
		    r, r->at, "\"%.*s\" in the %s, expected a blank, or one of , - / in its place",
		    word_length(r->at) ? word_length(r->at) : 1, r->at, f->name);
	return NULL;
}

// ---- five fields ---------------------------------------------------------------------------------

static bool has_date(const struct calendar *c)
{
	for (int month = 1; month <= 12; month++) {
		if (!(c->months >> month & 1))
			continue;
		if (c->last_day)
			return true;
		for (int day = 1; day <= civil_month_days(2000, month); day++)
			if (c->days >> day & 1)
				return true;
	}
	return false;
}

static void choose_kind(struct calendar *c, bool minutes_star, bool hours_star)
{
	c->kind = CALENDAR_DAY;
	if (hours_star || c->hours == ALL_HOURS)
		c->kind = CALENDAR_INTERVAL;
	else if (minutes_star || c->minutes == ALL_MINUTES)
		c->kind = CALENDAR_WINDOW;
}

static struct error *read_cron(struct cron_reader *r, struct calendar *out)
{
	uint64_t sets[FIELDS] = {0};
	const char *begins[FIELDS];
	for (size_t i = 0; i < FIELDS; i++) {
		skip_blanks(r);
		begins[i] = r->at;
		if (!*r->at)
			return complain(r, r->at, "only %zu of five fields, " FIELDS_EXPECTED, i);
		TRY(read_list(r, &fields[i], &sets[i], &out->last_day));
	}
	skip_blanks(r);
	if (*r->at)
		return complain(r, r->at, "\"%.*s\" behind the day of the week, " FIELDS_EXPECTED,
				word_length(r->at), r->at);
	out->minutes = sets[MINUTE];
	out->hours = sets[HOUR];
	out->days = sets[DAY];
	out->months = sets[MONTH];
	out->weekdays = (sets[WEEKDAY] | sets[WEEKDAY] >> 7) & ALL_WEEKDAYS;
	out->days_star = *begins[DAY] == '*';
	out->weekdays_star = *begins[WEEKDAY] == '*';
	choose_kind(out, *begins[MINUTE] == '*', *begins[HOUR] == '*');
	if (calendar_days_are_both(out) && !has_date(out))
		return complain(r, begins[DAY],
				"a day that never comes, expected one that its month has");
	return NULL;
}

// ---- words ---------------------------------------------------------------------------------------

static const struct {
	const char *word, *cron;
} nicknames[] = {
    {"@hourly", "0 * * * *"},   {"@daily", "0 0 * * *"},    {"@nightly", "30 2 * * *"},
    {"@midnight", "0 0 * * *"}, {"@weekly", "0 0 * * 0"},   {"@monthly", "0 0 1 * *"},
    {"@yearly", "0 0 1 1 *"},   {"@annually", "0 0 1 1 *"},
};

// Nothing but blanks is behind a word.
static struct error *read_end(struct cron_reader *r)
{
	skip_blanks(r);
	return *r->at ? complain(r, r->at, "\"%.*s\", expected nothing more", word_length(r->at),
				 r->at)
		      : NULL;
}

static struct error *read_nickname(struct cron_reader *r, struct calendar *out)
{
	const char *begin = r->at;
	size_t len = strcspn(begin, " \t");
	for (size_t i = 0; i < sizeof(nicknames) / sizeof(nicknames[0]); i++) {
		if (len != strlen(nicknames[i].word) || strncmp(begin, nicknames[i].word, len) != 0)
			continue;
		r->at += len;
		TRY(read_end(r));
		struct cron_reader cron = {nicknames[i].cron, nicknames[i].cron, r->column};
		return read_cron(&cron, out);
	}
	return complain(r, begin,
			"\"%.*s\", expected one of @hourly, @daily, @nightly, @midnight, @weekly, "
			"@monthly, @yearly",
			(int)(len > 20 ? 20 : len), begin);
}

#define EVERY_EXPECTED "expected an interval such as every 15m, every 6h or every 1h30m"
#define PERIOD_MAX_S   (366 * CIVIL_DAY_S)

// One number with its unit.
static struct error *read_period_part(struct cron_reader *r, int64_t *total_s)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = {{"m", 60}, {"min", 60}, {"h", 3600}, {"d", CIVIL_DAY_S}};
	const char *begin = r->at;
	int64_t number = read_digits(r);
	const char *unit = r->at;
	if (unit == begin)
		return complain(r, begin, "\"%.*s\" behind every, " EVERY_EXPECTED,
				word_length(begin), begin);
	size_t len = 0;
	while (is_letter(unit[len]))
		len++;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (len != strlen(units[i].name) || strncmp(unit, units[i].name, len) != 0)
			continue;
		r->at += len;
		*total_s += number * units[i].seconds;
		return *total_s <= PERIOD_MAX_S
			   ? NULL
			   : complain(r, begin, "too long an interval, expected 366d at most");
	}
	return complain(r, unit, "unit \"%.*s\" of an interval, expected m, h or d",
			word_length(unit), unit);
}

static struct error *read_period(struct cron_reader *r, struct calendar *out)
{
	r->at += strlen("every");
	skip_blanks(r);
	const char *begin = r->at;
	do {
		TRY(read_period_part(r, &out->period_s));
	} while (*r->at && !is_blank(*r->at));
	if (!out->period_s)
		return complain(r, begin, "an interval of nothing, expected one minute at least");
	out->kind = CALENDAR_PERIOD;
	return read_end(r);
}

struct error *calendar_read_fields(const char *text, size_t *column, struct calendar *out)
{
	struct cron_reader r = {text, text, column};
	skip_blanks(&r);
	if (!*r.at)
		return complain(&r, r.at,
				"an empty schedule, expected a line of cron, a word such as "
				"@nightly, or every N");
	if (*r.at == '@')
		return read_nickname(&r, out);
	if (strncmp(r.at, "every", 5) == 0 && !is_letter(r.at[5]))
		return read_period(&r, out);
	return read_cron(&r, out);
}
