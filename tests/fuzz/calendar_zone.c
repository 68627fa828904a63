// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as the file of a time zone: refused with the zone's name, or a clock whose stretches join,
// whose readings lead back to their instants, and by which schedules go forward.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "calendar/calendar.h"
#include "calendar/civil.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_reading(const struct zone *z, int64_t at)
{
	struct zone_span s = zone_span_at(z, at);
	if (at < s.begin || at >= s.end || strlen(s.abbreviation) > ZONE_BYTES_MAX)
		abort();
	struct zone_instants back = zone_instants(z, at + s.offset_s);
	if (!back.count || at < back.at[0] || at > back.at[1])
		abort();
}

static void check_stretches(const struct zone *z)
{
	struct zone_span s = zone_span_at(z, -(INT64_C(1) << 40));
	for (size_t i = 0; i < 600 && s.end < INT64_C(1) << 33; i++) {
		check_reading(z, s.end - 1);
		check_reading(z, s.end);
		struct zone_span next = zone_span_at(z, s.end);
		if (next.begin != s.end)
			abort();
		s = next;
	}
}

static void check_schedule(const struct zone *z, const char *text)
{
	CLEANUP_CALENDAR struct calendar *c = NULL;
	CLEANUP_ERROR struct error *e = calendar_parse(text, z, &c);
	if (e)
		abort();
	CLEANUP_BUFFER struct buffer words = {0};
	calendar_describe(c, &words);
	int64_t at = 1790000000;
	for (size_t i = 0; i < 40; i++) {
		struct calendar_time next = calendar_next_time(c, at);
		if (next.at_s <= at || next.at_s == INT64_MAX ||
		    calendar_next(c, next.at_s - 1) != next.at_s)
			abort();
		at = next.at_s;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_ZONE struct zone *z = NULL;
	CLEANUP_ERROR struct error *e = zone_parse("Fuzz/Zone", data, size, &z);
	if (e) {
		if (strncmp(error_text(e), "zone Fuzz/Zone: ", 16) != 0 || z)
			abort();
		return 0;
	}
	check_stretches(z);
	const char *const texts[] = {"30 2 * * *", "*/20 1-3 * * *", "0 */6 * * 1", "0 0 L * *",
				     "every 7h"};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		check_schedule(z, texts[i]);
	return 0;
}
