// SPDX-License-Identifier: GPL-2.0-or-later
#include "calendar/zone.h"

#include <string.h>

#include "base/memory.h"
#include "calendar/zone_rule.h"

#define HEADER_BYTES 44
#define TYPE_BYTES   6
#define TYPES_MAX    256
#define CHANGES_MAX  4096
#define APART_MIN_S  86400 // no place on earth has had less than four days

// Beyond these, no arithmetic is tried: some two and four million years.
#define CIVIL_MAX   (INT64_C(1) << 46)
#define INSTANT_MAX (INT64_C(1) << 47)

struct zone_type {
	int32_t offset_s;
	bool summer;
	const char *abbreviation; // in zone.words
};

struct zone {
	char *name;
	char *words; // abbreviations, each with its NUL
	struct zone_type *types;
	size_t types_count;
	int64_t *changes; // rising
	uint8_t *change_types;
	size_t changes_count;
	bool has_rule; // from the last change on
	struct zone_rule rule;
};

void zone_free(struct zone *zone)
{
	if (!zone)
		return;
	free(zone->name);
	free(zone->words);
	free(zone->types);
	free(zone->changes);
	free(zone->change_types);
	free(zone);
}

const char *zone_name(const struct zone *zone)
{
	return zone->name;
}

struct zone *zone_new_utc(void)
{
	struct zone *z = memory_new(1, sizeof(*z));
	z->name = memory_strdup("UTC");
	z->has_rule = true;
	strcpy(z->rule.standard.abbreviation, "UTC");
	return z;
}

// ---- reading -------------------------------------------------------------------------------------

struct bytes {
	const uint8_t *at;
	size_t left;
};

// One header and the block behind it.
struct block {
	char version;
	size_t utc_count, standard_count, leap_count, changes_count, types_count, words_count;
	size_t time_size; // 4 in the first block, 8 in the second
};

static uint32_t big_endian_32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t big_endian_time(const uint8_t *p, size_t size)
{
	if (size == 4)
		return (int32_t)big_endian_32(p);
	return (int64_t)((uint64_t)big_endian_32(p) << 32 | big_endian_32(p + 4));
}

// The next `len` bytes, or NULL when so many are not there.
static const uint8_t *take(struct bytes *b, size_t len)
{
	if (len > b->left)
		return NULL;
	const uint8_t *p = b->at;
	b->at += len;
	b->left -= len;
	return p;
}

static struct error *broken(const char *name, const char *what)
{
	return error_new(ERROR_CONFIG, "zone %s: %s", name, what);
}

static struct error *read_header(const char *name, struct bytes *b, struct block *out)
{
	const uint8_t *p = take(b, HEADER_BYTES);
	if (!p || memcmp(p, "TZif", 4) != 0)
		return broken(name, "no TZif header, expected a file of tzdata");
	out->version = (char)p[4];
	if (out->version && out->version < '2')
		return broken(name, "an unknown version of TZif, expected 1 to 4");
	size_t *counts[] = {&out->utc_count,     &out->standard_count, &out->leap_count,
			    &out->changes_count, &out->types_count,    &out->words_count};
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		*counts[i] = big_endian_32(p + 20 + 4 * i);
	return NULL;
}

static size_t block_bytes(const struct block *b)
{
	return b->changes_count * (b->time_size + 1) + b->types_count * TYPE_BYTES +
	       b->words_count + b->leap_count * (b->time_size + 4) + b->standard_count +
	       b->utc_count;
}

static struct error *check_counts(const char *name, const struct block *b)
{
	if (b->leap_count)
		return broken(name, "it counts leap seconds, expected a zone without them");
	if (!b->types_count || b->types_count > TYPES_MAX)
		return broken(name, "no kind of local time, or too many, expected 1 to 256");
	if (b->changes_count > CHANGES_MAX)
		return broken(name, "too many changes, expected at most 4096");
	if (!b->words_count)
		return broken(name, "no abbreviation, expected one at least");
	if ((b->utc_count && b->utc_count != b->types_count) ||
	    (b->standard_count && b->standard_count != b->types_count))
		return broken(name, "other counts of indicators than of kinds of local time");
	return NULL;
}

static struct error *read_types(struct zone *z, const uint8_t *p, size_t words_count)
{
	for (size_t i = 0; i < z->types_count; i++, p += TYPE_BYTES) {
		int32_t offset = (int32_t)big_endian_32(p);
		if (offset < -ZONE_OFFSET_MAX_S || offset > ZONE_OFFSET_MAX_S)
			return broken(z->name, "a clock more than 26 hours from UTC");
		if (p[4] > 1)
			return broken(z->name, "a clock that is neither standard nor summer time");
		if (p[5] >= words_count || !memchr(z->words + p[5], 0, words_count - p[5]))
			return broken(z->name, "an abbreviation that does not end");
		z->types[i] = (struct zone_type){offset, p[4] == 1, z->words + p[5]};
	}
	return NULL;
}

static struct error *read_changes(struct zone *z, const uint8_t *times, const uint8_t *types,
				  size_t time_size)
{
	for (size_t i = 0; i < z->changes_count; i++) {
		z->changes[i] = big_endian_time(times + i * time_size, time_size);
		if (i && z->changes[i] <= z->changes[i - 1])
			return broken(z->name, "changes that are not in the order of time");
		// Without this, a file could make each question about it cost a walk through all of it.
		if (i && (uint64_t)z->changes[i] - (uint64_t)z->changes[i - 1] < APART_MIN_S)
			return broken(z->name, "clocks that change twice within a day");
		if (types[i] >= z->types_count)
			return broken(z->name,
				      "a change to a kind of local time that is not there");
		z->change_types[i] = types[i];
	}
	return NULL;
}

static struct error *read_block(struct zone *z, struct bytes *b, const struct block *block)
{
	TRY(check_counts(z->name, block));
	struct bytes inside = {take(b, block_bytes(block)), block_bytes(block)};
	if (!inside.at)
		return broken(z->name, "the file is cut off");
	const uint8_t *times = take(&inside, block->changes_count * block->time_size);
	const uint8_t *indices = take(&inside, block->changes_count);
	const uint8_t *types = take(&inside, block->types_count * TYPE_BYTES);
	z->words = memory_new(block->words_count, 1);
	memcpy(z->words, take(&inside, block->words_count), block->words_count);
	z->types_count = block->types_count;
	z->types = memory_new(z->types_count, sizeof(*z->types));
	z->changes_count = block->changes_count;
	z->changes = memory_new(z->changes_count, sizeof(*z->changes));
	z->change_types = memory_new(z->changes_count, 1);
	TRY(read_types(z, types, block->words_count));
	return read_changes(z, times, indices, block->time_size);
}

// A line of its own; an empty one says that nobody knows what comes after the last change.
static struct error *read_footer(struct zone *z, struct bytes *b)
{
	const uint8_t *begin = take(b, 1);
	const uint8_t *end = begin && b->left ? memchr(b->at, '\n', b->left) : NULL;
	if (!begin || *begin != '\n' || !end)
		return broken(z->name, "no rule at the end of the file, expected a line");
	size_t len = (size_t)(end - b->at);
	if (!len)
		return NULL;
	const char *why = "";
	z->has_rule = zone_rule_parse((const char *)b->at, len, &z->rule, &why);
	return z->has_rule ? NULL
			   : error_new(ERROR_CONFIG, "zone %s: the rule at the end of the file: %s",
				       z->name, why);
}

static struct error *read_file(struct zone *z, struct bytes *b)
{
	struct block block = {.time_size = 4};
	TRY(read_header(z->name, b, &block));
	if (!block.version)
		return read_block(z, b, &block);
	if (!take(b, block_bytes(&block)))
		return broken(z->name, "the file is cut off");
	block.time_size = 8;
	TRY(read_header(z->name, b, &block));
	TRY(read_block(z, b, &block));
	return read_footer(z, b);
}

struct error *zone_parse(const char *name, const void *bytes, size_t len, struct zone **out)
{
	if (len > ZONE_BYTES_MAX)
		return broken(name, "too big a file, expected 256 KiB at most");
	CLEANUP_ZONE struct zone *z = memory_new(1, sizeof(*z));
	z->name = memory_strdup(name);
	struct bytes b = {bytes, len};
	TRY(read_file(z, &b));
	*out = STEAL(z);
	return NULL;
}

// ---- asking --------------------------------------------------------------------------------------

static int64_t clamp(int64_t value, int64_t max)
{
	if (value > max)
		return max;
	return value < -max ? -max : value;
}

// How many of the listed changes are at or before the instant.
static size_t count_changes(const struct zone *z, int64_t instant)
{
	size_t low = 0, high = z->changes_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (z->changes[middle] <= instant)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct zone_span zone_span_at(const struct zone *zone, int64_t instant)
{
	instant = clamp(instant, INSTANT_MAX);
	size_t n = count_changes(zone, instant);
	int64_t begin = n ? zone->changes[n - 1] : INT64_MIN;
	if (n == zone->changes_count && zone->has_rule) {
		struct zone_span span = zone_rule_span(&zone->rule, instant);
		if (span.begin < begin)
			span.begin = begin;
		return span;
	}
	const struct zone_type *type = &zone->types[n ? zone->change_types[n - 1] : 0];
	return (struct zone_span){
	    .begin = begin,
	    .end = n < zone->changes_count ? zone->changes[n] : INT64_MAX,
	    .offset_s = type->offset_s,
	    .summer = type->summer,
	    .abbreviation = type->abbreviation,
	};
}

struct zone_instants zone_instants(const struct zone *zone, int64_t civil_s)
{
	struct zone_instants found = {0};
	bool gap_known = false;
	civil_s = clamp(civil_s, CIVIL_MAX);
	struct zone_span span = zone_span_at(zone, civil_s - ZONE_OFFSET_MAX_S);
	for (;;) {
		int64_t at = civil_s - span.offset_s;
		if (at >= span.begin && at < span.end) {
			found.at[found.count ? 1 : 0] = at;
			found.count = found.count ? 2 : 1;
		}
		if (span.end > civil_s + ZONE_OFFSET_MAX_S)
			break;
		span = zone_span_at(zone, span.end);
		if (!gap_known && span.begin + span.offset_s > civil_s) {
			gap_known = true;
			found.gap_end = span.begin;
		}
	}
	if (found.count == 1)
		found.at[1] = found.at[0];
	if (found.count)
		found.gap_end = 0;
	return found;
}

int32_t zone_standard_offset(const struct zone *zone)
{
	if (zone->has_rule)
		return zone->rule.standard.offset_s;
	for (size_t n = zone->changes_count; n--;) {
		const struct zone_type *type = &zone->types[zone->change_types[n]];
		if (!type->summer)
			return type->offset_s;
	}
	return zone->types[0].offset_s;
}
