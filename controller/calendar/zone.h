// SPDX-License-Identifier: GPL-2.0-or-later
// A time zone, from the bytes of its TZif file (RFC 8536, versions 1 to 4): what a clock shows at an
// instant, and which instants a clock's reading stands for. Nothing here opens a file.
//
// An instant is in seconds since 1970, UTC; a civil second is what the clock shows (civil.h). A gap is
// the hour that clocks jump over in spring, a fold the one that they show twice in autumn.
#ifndef CALENDAR_ZONE_H
#define CALENDAR_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "calendar/span.h"

// More bytes are no zone's; the longest of tzdata has 4 KiB.
#define ZONE_BYTES_MAX ((size_t)256 << 10)

// No clock is further than this from UTC.
#define ZONE_OFFSET_MAX_S (26 * 3600)

struct zone;

// Reads the file's bytes; `name` is the zone's ("Europe/Berlin") and begins each complaint. A file with
// leap seconds (tzdata's "right/") is refused, since its instants are not UTC's. Fails with
// ERROR_CONFIG; `*out` is freed with zone_free.
struct error *zone_parse(const char *name, const void *bytes, size_t len,
			 struct zone **out) ERROR_RESULT;

// UTC, which needs no file. Never NULL; freed with zone_free.
struct zone *zone_new_utc(void);

void zone_free(struct zone *zone);
CLEANUP_DEFINE(cleanup_zone, struct zone *, zone_free)
#define CLEANUP_ZONE CLEANUP(cleanup_zone)

const char *zone_name(const struct zone *zone);

// The stretch that holds an instant.
struct zone_span zone_span_at(const struct zone *zone, int64_t instant);

// The instants at which the clock shows `civil_s`, within [-2^46, 2^46]: one, none in a gap, two in a
// fold (the first and the last). In a gap `gap_end` is the first instant behind it.
struct zone_instants {
	size_t count;
	int64_t at[2];
	int64_t gap_end;
};

struct zone_instants zone_instants(const struct zone *zone, int64_t civil_s);

// How far the zone's standard time is from UTC today, as far as its file says: that of the rule which
// holds from the last listed change on, or else of the last standard time.
int32_t zone_standard_offset(const struct zone *zone);

#endif
