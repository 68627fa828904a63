// SPDX-License-Identifier: GPL-2.0-or-later
// The names that a kernel with CONFIG_KALLSYMS has in its Image (scripts/kallsyms.c of Linux writes
// them): a count, compressed names, every 256th name's place, the table of what a byte stands for, the
// index into that, and an offset for each name. Nothing says where they lie. So the table of bytes is
// looked for, of which digits stand for themselves, and what lies around it is taken only if all of it
// fits together.
#include <string.h>

#include "sanitizer/symbols.h"

#define TOKENS       256
#define MARKER_STEP  256
#define NAME_MAX_LEN 1024
#define TABLE_MAX    8192 // bytes of the table of tokens, and more
#define ALIGNMENT    8
#define IMAGE_LIMIT  (1u << 30) // bytes that an Image has from its begin to its last name

struct kallsyms {
	const unsigned char *bytes;
	size_t len;
	size_t tokens;          // place of the table
	uint16_t index[TOKENS]; // into it
	size_t after;           // place behind the index
	size_t markers, markers_count;
	size_t names, names_end;
	uint32_t count;
	size_t offsets;
	bool place_relative; // an offset counts from where it stands itself
};

static uint32_t word_at(const struct kallsyms *k, size_t at)
{
	uint32_t value = 0;
	if (at <= k->len && k->len - at >= sizeof(value))
		memcpy(&value, k->bytes + at, sizeof(value));
	return value;
}

static size_t align_up(size_t at, size_t to)
{
	return (at + to - 1) & ~(to - 1);
}

// ---- the table of tokens ------------------------------------------------------------------------

static bool is_index(const struct kallsyms *k, size_t at, uint16_t out[TOKENS])
{
	if (at > k->len || k->len - at < TOKENS * sizeof(out[0]))
		return false;
	memcpy(out, k->bytes + at, TOKENS * sizeof(out[0]));
	if (out[0] != 0)
		return false;
	for (unsigned i = 1; i < TOKENS; i++)
		if (out[i] <= out[i - 1])
			return false;
	for (unsigned c = '0'; c < '9'; c++) // one character and its NUL each
		if (out[c + 1] - out[c] != 2)
			return false;
	return true;
}

// `zero`: where "0", "1", ... "9" stand behind each other.
static bool find_index(struct kallsyms *k, size_t zero)
{
	for (size_t at = align_up(zero, 4); at < zero + TABLE_MAX && at < k->len; at += 4) {
		if (!is_index(k, at, k->index) || k->index['0'] > zero)
			continue;
		k->tokens = zero - k->index['0'];
		k->after = at + TOKENS * sizeof(k->index[0]);
		return k->tokens + k->index[TOKENS - 1] < at;
	}
	return false;
}

static bool find_tokens(struct kallsyms *k)
{
	static const char digits[] = "0\0001\0002\0003\0004\0005\0006\0007\0008\0009";
	for (size_t at = 0; at < k->len;) {
		const unsigned char *found =
		    memmem(k->bytes + at, k->len - at, digits, sizeof(digits));
		if (!found)
			return false;
		size_t zero = (size_t)(found - k->bytes);
		if (find_index(k, zero))
			return true;
		at = zero + 1;
	}
	return false;
}

// ---- markers, and the names ahead of them -------------------------------------------------------

// Ahead of the table, read backwards down to the first one, which is 0.
static bool find_markers(struct kallsyms *k)
{
	size_t at = k->tokens & ~(size_t)3;
	while (at >= 4 && word_at(k, at - 4) == 0 && k->tokens - at < ALIGNMENT)
		at -= 4;
	size_t end = at;
	uint32_t last = UINT32_MAX;
	while (at >= 4) {
		uint32_t value = word_at(k, at -= 4);
		if (value >= last)
			return false;
		last = value;
		if (value == 0)
			break;
	}
	k->markers = at;
	k->markers_count = (end - at) / 4;
	return last == 0 && k->markers_count > 0;
}

// The length of the name at `*at`, which is moved to its first byte.
static size_t name_length(const struct kallsyms *k, size_t *at)
{
	if (*at + 2 > k->len)
		return 0;
	size_t n = k->bytes[(*at)++];
	if (n & 0x80)
		n = (n & 0x7f) | (size_t)k->bytes[(*at)++] << 7;
	return n <= NAME_MAX_LEN && n <= k->len - *at ? n : 0;
}

// Whether `count` names from `start` on lie as the markers say; `*end`: behind the last.
static bool names_fit(const struct kallsyms *k, size_t start, uint32_t count, size_t *end)
{
	size_t at = start;
	for (uint32_t i = 0; i < count; i++) {
		if (i % MARKER_STEP == 0 &&
		    at - start != word_at(k, k->markers + 4 * (size_t)(i / MARKER_STEP)))
			return false;
		size_t n = name_length(k, &at);
		if (!n)
			return false;
		at += n;
	}
	*end = at;
	return at <= k->markers;
}

static bool find_names(struct kallsyms *k)
{
	uint32_t last = word_at(k, k->markers + 4 * (k->markers_count - 1));
	if (last > k->markers)
		return false;
	size_t high = (k->markers - last) & ~(size_t)3;
	for (size_t at = high; at >= ALIGNMENT && high - at < MARKER_STEP * NAME_MAX_LEN; at -= 4)
		for (size_t back = 4; back <= ALIGNMENT; back += 4) {
			uint32_t count = word_at(k, at - back);
			bool right = count && (count - 1) / MARKER_STEP + 1 == k->markers_count;
			if (!right || !names_fit(k, at, count, &k->names_end))
				continue;
			k->names = at;
			k->count = count;
			return true;
		}
	return false;
}

// ---- offsets ------------------------------------------------------------------------------------

static uint32_t offset_of(const struct kallsyms *k, uint32_t i)
{
	size_t at = k->offsets + 4 * (size_t)i;
	uint32_t value = word_at(k, at);
	return k->place_relative ? value + (uint32_t)at : value;
}

static bool offsets_fit(const struct kallsyms *k)
{
	if (k->offsets > k->len || (k->len - k->offsets) / 4 < k->count)
		return false;
	uint32_t last = 0;
	bool any = false;
	for (uint32_t i = 0; i < k->count; i++) {
		uint32_t value = offset_of(k, i);
		if (value < last || value >= IMAGE_LIMIT)
			return false;
		any |= value > last;
		last = value;
	}
	return any;
}

// Behind the index since Linux 6.4, ahead of the count before; from their own places in the newest.
static bool find_offsets(struct kallsyms *k)
{
	size_t table = 4 * (size_t)k->count;
	size_t base_and_count = 2 * ALIGNMENT; // kallsyms_relative_base, kallsyms_num_syms
	size_t behind = align_up(k->after, ALIGNMENT);
	size_t ahead = k->names > table + base_and_count
			   ? (k->names - base_and_count - table) & ~(size_t)(ALIGNMENT - 1)
			   : SIZE_MAX;
	const size_t places[] = {behind, behind, ahead, k->after};
	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		k->offsets = places[i];
		k->place_relative = i == 1;
		if (offsets_fit(k))
			return true;
	}
	return false;
}

// ---- all of it ----------------------------------------------------------------------------------

static size_t expand(const struct kallsyms *k, size_t at, size_t n, char out[NAME_MAX_LEN])
{
	size_t len = 0;
	for (size_t i = 0; i < n; i++) {
		size_t from = k->tokens + k->index[k->bytes[at + i]];
		for (; from < k->len && k->bytes[from] && len < NAME_MAX_LEN; from++)
			out[len++] = (char)k->bytes[from];
	}
	return len;
}

static void add_names(const struct kallsyms *k, struct symbol_table *out)
{
	size_t at = k->names;
	for (uint32_t i = 0; i < k->count; i++) {
		char name[NAME_MAX_LEN];
		size_t n = name_length(k, &at);
		size_t len = expand(k, at, n, name);
		at += n;
		// The first character is the type, as nm has it.
		if (len > 1 && memchr("tTwW", name[0], 4))
			symbol_table_add(out, offset_of(k, i), name + 1, len - 1, name[0] == 't');
	}
}

bool symbols_is_image(const void *bytes, size_t len)
{
	static const char magic[] = "ARM\x64"; // Documentation/arch/arm64/booting.rst
	return len > 64 && memcmp((const char *)bytes + 56, magic, 4) == 0;
}

void symbols_read_kallsyms(const void *bytes, size_t len, struct symbol_table *out)
{
	struct kallsyms k = {.bytes = bytes, .len = len};
	if (find_tokens(&k) && find_markers(&k) && find_names(&k) && find_offsets(&k))
		add_names(&k, out);
}
