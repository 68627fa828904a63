// SPDX-License-Identifier: GPL-2.0-or-later
// The calendar against a walk through each minute of ten years: every zone of tzdata that is named, a
// line for each. Without a name: the names of all zones whose files differ.
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "calendar/calendar.h"
#include "config/zone_file.h"
#include "support/calendar_oracle.h"

#define BEGIN_S INT64_C(1735689600) // 2025-01-01
#define END_S   INT64_C(2051222400) // 2035-01-01
#define TEXTS   64

struct comparison {
	struct calendar *calendars[TEXTS];
	int64_t next[TEXTS];
	size_t told, wrong;
	const char *zone;
};

static void complain(struct comparison *c, size_t i, int64_t walk, int64_t calendar)
{
	if (c->wrong++ < 5)
		printf("# %s, \"%s\": the walk says %lld, the calendar %lld\n", c->zone,
		       oracle_texts[i], (long long)walk, (long long)calendar);
}

static void compare(void *cookie, size_t i, int64_t at_s)
{
	struct comparison *c = cookie;
	if (c->next[i] != at_s)
		complain(c, i, at_s, c->next[i]);
	c->next[i] = calendar_next(c->calendars[i], at_s);
	c->told++;
}

static bool compare_zone(const char *name)
{
	CLEANUP_ZONE struct zone *zone = NULL;
	CLEANUP_ERROR struct error *e = zone_file_load(name, &zone);
	struct comparison c = {.zone = name};
	size_t count = 0;
	for (; !e && oracle_texts[count]; count++) {
		bool period = strncmp(oracle_texts[count], "every", 5) == 0;
		CLEANUP_FREE char *text =
		    memory_printf("%s%s", oracle_texts[count], period ? "m" : "");
		e = calendar_parse(text, zone, &c.calendars[count]);
		if (!e)
			c.next[count] = calendar_next(c.calendars[count], BEGIN_S - 1);
	}
	if (e) {
		printf("not ok - %s: %s\n", name, error_text(e));
		return false;
	}
	oracle_walk(name, BEGIN_S, END_S, oracle_texts, count, compare, &c);
	for (size_t i = 0; i < count; i++) {
		if (c.next[i] < END_S)
			complain(&c, i, INT64_MAX, c.next[i]);
		calendar_free(c.calendars[i]);
	}
	printf("%s - %s: %zu nominal times of %zu schedules\n", c.wrong ? "not ok" : "ok", name,
	       c.told, count);
	return !c.wrong;
}

int main(int argc, char **argv)
{
	bool right = true;
	if (argc == 1) {
		size_t count;
		char **zones = oracle_zones(1, &count);
		for (size_t i = 0; i < count; i++) {
			puts(zones[i]);
			free(zones[i]);
		}
		free(zones);
	}
	for (int i = 1; i < argc; i++)
		right &= compare_zone(argv[i]);
	return right ? 0 : 1;
}
