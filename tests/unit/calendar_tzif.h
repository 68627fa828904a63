// SPDX-License-Identifier: GPL-2.0-or-later
// TZif files made by hand, for tests of their reader.
#ifndef UNIT_CALENDAR_TZIF_H
#define UNIT_CALENDAR_TZIF_H

#include "base/buffer.h"

struct tzif_type {
	int32_t offset_s;
	bool summer;
	uint8_t word;
};

struct tzif {
	char version; // 0 or '2' to '4'
	const int64_t *changes;
	const uint8_t *change_types;
	size_t changes_count;
	const struct tzif_type *types;
	size_t types_count;
	const char *words; // abbreviations with NULs between
	size_t words_size;
	uint32_t leaps;
	const char *rule; // NULL: no footer at all
};

static inline void tzif_number(struct buffer *out, int64_t value, int bytes)
{
	for (int i = bytes; i--;) {
		char byte = (char)((uint64_t)value >> 8 * i);
		buffer_append(out, &byte, 1);
	}
}

static inline void tzif_block(const struct tzif *t, int time_size, struct buffer *out)
{
	buffer_append(out, "TZif", 4);
	buffer_append(out, &t->version, 1);
	tzif_number(out, 0, 8);
	tzif_number(out, 0, 7);
	tzif_number(out, 0, 8); // indicators
	tzif_number(out, t->leaps, 4);
	tzif_number(out, (int64_t)t->changes_count, 4);
	tzif_number(out, (int64_t)t->types_count, 4);
	tzif_number(out, (int64_t)t->words_size, 4);
	for (size_t i = 0; i < t->changes_count; i++)
		tzif_number(out, t->changes[i], time_size);
	if (t->changes_count)
		buffer_append(out, t->change_types, t->changes_count);
	for (size_t i = 0; i < t->types_count; i++) {
		tzif_number(out, t->types[i].offset_s, 4);
		tzif_number(out, t->types[i].summer, 1);
		tzif_number(out, t->types[i].word, 1);
	}
	buffer_append(out, t->words, t->words_size);
	for (uint32_t i = 0; i < t->leaps; i++) {
		tzif_number(out, 78796800 * (int64_t)(i + 1), time_size);
		tzif_number(out, i + 1, 4);
	}
}

// Appends the file's bytes.
static inline void tzif_write(const struct tzif *t, struct buffer *out)
{
	tzif_block(t, 4, out);
	if (!t->version)
		return;
	tzif_block(t, 8, out);
	if (t->rule)
		buffer_printf(out, "\n%s\n", t->rule);
}

#endif
