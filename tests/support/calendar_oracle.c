// SPDX-License-Identifier: GPL-2.0-or-later
#include "support/calendar_oracle.h"

#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ZONES      "/usr/share/zoneinfo/"
#define SCHEDULES  64
#define DAY_MIN    1440
#define WARM_UP_S  (3 * 86400)
#define FAR_FUTURE 4102444800 // 2100-01-01

const char *const oracle_texts[] = {"30 2 * * *",
				    "0 2 * * *",
				    "15,45 0-3 * * *",
				    "0 0 * * *",
				    "59 23 * * *",
				    "*/15 * * * *",
				    "0 */6 * * *",
				    "*/7 * * * *",
				    "30 * * * *",
				    "*/20 1-3 * * *",
				    "* 0,2,23 * * *",
				    "0 0 1 * *",
				    "30 1 * * 0",
				    "30 2 13 * 5",
				    "0 12 L * *",
				    "0 3 29 2 *",
				    "0 0 */2 * 1",
				    "10 4 1-7 3-10/2 1-3",
				    "every 15",
				    "every 360",
				    "every 7",
				    "every 90",
				    "0 */5 * * 7",
				    "45 1,2 28-31 3,10 *",
				    "* * * * *",
				    "0 0,6,12,18 * * *",
				    "30 0-23 * * 6",
				    "20 */3 L 4-9 *",
				    "5 1 * 2 */3",
				    "*/30 22-23 15 * 3",
				    NULL};

struct schedule {
	bool minutes[60], hours[24], days[33], months[13], weekdays[8];
	bool last_day, either; // day of the month or of the week
	enum { DAY, WINDOW, INTERVAL, PERIOD } kind;
	long period_min;
};

// ---- texts ---------------------------------------------------------------------------------------

static void read_part(const char *part, int min, int max, bool *set, bool *last_day)
{
	int from = min, to = max, step = 1;
	if (part[0] == 'L') {
		*last_day = true;
		return;
	}
	if (part[0] == '*') {
		sscanf(part, "*/%d", &step);
	} else {
		int got = sscanf(part, "%d-%d/%d", &from, &to, &step);
		if (got < 2)
			to = from;
	}
	for (int i = min; i <= max; i++)
		if (i >= from && i <= to && (i - from) % step == 0)
			set[i] = true;
}

static void read_field(const char *field, int min, int max, bool *set, bool *last_day)
{
	char copy[100], *rest = copy, *part;
	snprintf(copy, sizeof(copy), "%s", field);
	while ((part = strsep(&rest, ",")))
		read_part(part, min, max, set, last_day);
}

static bool is_full(const bool *set, int count)
{
	for (int i = 0; i < count; i++)
		if (!set[i])
			return false;
	return true;
}

static struct schedule read_text(const char *text)
{
	struct schedule s = {.kind = PERIOD};
	char f[5][40];
	if (sscanf(text, "every %ld", &s.period_min) == 1)
		return s;
	if (sscanf(text, "%39s %39s %39s %39s %39s", f[0], f[1], f[2], f[3], f[4]) != 5)
		abort();
	read_field(f[0], 0, 59, s.minutes, NULL);
	read_field(f[1], 0, 23, s.hours, NULL);
	read_field(f[2], 1, 31, s.days, &s.last_day);
	read_field(f[3], 1, 12, s.months, NULL);
	read_field(f[4], 0, f[4][0] == '*' ? 6 : 7, s.weekdays, NULL);
	s.weekdays[0] = s.weekdays[0] || s.weekdays[7];
	s.either = f[2][0] != '*' && f[4][0] != '*';
	if (f[1][0] == '*' || is_full(s.hours, 24))
		s.kind = INTERVAL;
	else
		s.kind = f[0][0] == '*' || is_full(s.minutes, 60) ? WINDOW : DAY;
	return s;
}

// ---- minutes -------------------------------------------------------------------------------------

static bool names_date(const struct schedule *s, const struct tm *date)
{
	struct tm next = *date;
	next.tm_mday++;
	next.tm_hour = 12;
	timegm(&next);
	bool of_month = s->days[date->tm_mday] || (s->last_day && next.tm_mday == 1);
	bool of_week = s->weekdays[date->tm_wday];
	return s->months[date->tm_mon + 1] &&
	       (s->either ? of_month || of_week : of_month && of_week);
}

static bool names_time(const struct schedule *s, const struct tm *time)
{
	return s->minutes[time->tm_min] && s->hours[time->tm_hour];
}

static struct tm civil_tm(int64_t civil_min)
{
	time_t t = (time_t)(civil_min * 60);
	struct tm tm;
	gmtime_r(&t, &tm);
	return tm;
}

// Whether something of the minutes between `before` and `now`, which no clock showed, fires now.
static bool fires_behind_gap(const struct schedule *s, int64_t before, int64_t now)
{
	struct tm behind = civil_tm(now);
	for (int64_t m = before + 1; m < now; m++) {
		struct tm missing = civil_tm(m);
		int64_t midnight = m - missing.tm_hour * 60 - missing.tm_min;
		bool whole_date = midnight > before && midnight + DAY_MIN <= now;
		if (names_time(s, &missing) && names_date(s, &missing) &&
		    !(whole_date && names_date(s, &behind)))
			return true;
	}
	return false;
}

static long standard_offset_min(void)
{
	for (time_t t = FAR_FUTURE; t < FAR_FUTURE + 366 * 86400; t += 7 * 86400) {
		struct tm tm;
		localtime_r(&t, &tm);
		if (!tm.tm_isdst)
			return tm.tm_gmtoff / 60;
	}
	abort();
}

struct walk {
	int64_t at_min; // since 1970
	int64_t now, before,
	    most; // civil minutes: shown now, a minute ago, the latest one before now
	long standard_min;
	struct tm wall, even;
};

static bool fires(const struct schedule *s, const struct walk *w)
{
	if (s->kind == PERIOD) {
		int64_t even = w->at_min + w->standard_min;
		return even % s->period_min == 0;
	}
	if (s->kind == INTERVAL)
		return names_time(s, &w->even) && names_date(s, &w->wall);
	if (w->now > w->before + 1 && fires_behind_gap(s, w->before, w->now))
		return true;
	return names_time(s, &w->wall) && (s->kind == WINDOW || w->now > w->most) &&
	       names_date(s, &w->wall);
}

void oracle_walk(const char *zone, int64_t begin_s, int64_t end_s, const char *const *texts,
		 size_t count, oracle_told told, void *cookie)
{
	struct schedule schedules[SCHEDULES];
	if (count > SCHEDULES)
		abort();
	for (size_t i = 0; i < count; i++)
		schedules[i] = read_text(texts[i]);
	setenv("TZ", zone, 1);
	tzset();
	struct walk w = {.standard_min = standard_offset_min(), .before = INT64_MAX - 1};
	w.most = INT64_MIN;
	for (int64_t at = begin_s - WARM_UP_S; at < end_s; at += 60) {
		time_t t = (time_t)at;
		localtime_r(&t, &w.wall);
		w.at_min = at / 60;
		w.now = w.at_min + w.wall.tm_gmtoff / 60;
		w.even = civil_tm(w.at_min + w.standard_min);
		if (w.wall.tm_sec)
			abort(); // of no year that is walked
		for (size_t i = 0; i < count && at >= begin_s; i++)
			if (fires(&schedules[i], &w))
				told(cookie, i, at);
		w.before = w.now;
		if (w.now > w.most)
			w.most = w.now;
	}
}

// ---- zones ---------------------------------------------------------------------------------------

static char **found;
static size_t found_count;

static int look(const char *path, const struct stat *status, int type, struct FTW *at)
{
	(void)at;
	(void)status;
	const char *name = path + strlen(ZONES);
	char magic[4] = "";
	if ((type != FTW_F && type != FTW_SL) || strncmp(name, "right/", 6) == 0 ||
	    strncmp(name, "posix/", 6) == 0)
		return 0;
	FILE *f = fopen(path, "r");
	size_t got = f ? fread(magic, 1, 4, f) : 0;
	if (f)
		fclose(f);
	if (got != 4 || memcmp(magic, "TZif", 4) != 0)
		return 0;
	found = realloc(found, (found_count + 1) * sizeof(*found));
	found[found_count++] = strdup(name);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool same_bytes(const char *a, const char *b)
{
	char path[2][300];
	snprintf(path[0], sizeof(path[0]), ZONES "%s", a);
	snprintf(path[1], sizeof(path[1]), ZONES "%s", b);
	FILE *f = fopen(path[0], "r"), *g = fopen(path[1], "r");
	int c = 0, d = 0;
	while (f && g && c == d && c != EOF) {
		c = fgetc(f);
		d = fgetc(g);
	}
	if (f)
		fclose(f);
	if (g)
		fclose(g);
	return f && g && c == d;
}

char **oracle_zones(int distinct, size_t *count)
{
	found = NULL;
	found_count = 0;
	nftw(ZONES, look, 16, FTW_PHYS); // folders of posix/ are links to the others
	qsort(found, found_count, sizeof(*found), by_name);
	size_t kept = 0;
	for (size_t i = 0; i < found_count; i++) {
		bool again = false;
		for (size_t k = 0; distinct && k < kept && !again; k++)
			again = same_bytes(found[k], found[i]);
		if (again)
			free(found[i]);
		else
			found[kept++] = found[i];
	}
	*count = kept;
	return found;
}
