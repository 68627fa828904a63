// SPDX-License-Identifier: GPL-2.0-or-later
#include "sanitizer/report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/memory.h"

#define MARK      "#ptsan "
#define WORD_SIZE 1024

void sanitizer_report_deinit(struct sanitizer_report *r)
{
	if (!r)
		return;
	free(r->items);
	*r = (struct sanitizer_report){0};
}

__attribute__((format(printf, 2, 3))) static void note_defect(struct sanitizer_report *r,
							      const char *fmt, ...)
{
	if (r->defect[0]) // the first one
		return;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(r->defect, sizeof(r->defect), fmt, ap);
	va_end(ap);
}

// ---- words of a line ----------------------------------------------------------------------------

struct report_line {
	const char *at, *end;
	char word[WORD_SIZE];
	char *value; // behind the first '=' of the word; NULL: it has none
};

static bool next_word(struct report_line *w)
{
	while (w->at < w->end && *w->at == ' ')
		w->at++;
	size_t n = 0;
	while (w->at + n < w->end && w->at[n] != ' ')
		n++;
	if (n == 0 || n >= sizeof(w->word))
		return false;
	memcpy(w->word, w->at, n);
	w->word[n] = '\0';
	w->at += n;
	w->value = strchr(w->word, '=');
	if (w->value)
		*w->value++ = '\0';
	return true;
}

static bool read_number(const char *text, int base, uint64_t *out)
{
	char *end;
	if (!text || !text[0] || strspn(text, "0123456789abcdef") != strlen(text))
		return false;
	*out = strtoull(text, &end, base);
	return !*end;
}

// "ffff8000,ffff8010"
static bool read_frames(const char *text, uint64_t *frames, unsigned *count)
{
	for (*count = 0; text && *text;) {
		char number[24];
		size_t n = strcspn(text, ",");
		if (*count == REPORT_FRAMES || n >= sizeof(number))
			return false;
		memcpy(number, text, n);
		number[n] = '\0';
		if (!read_number(number, 16, &frames[(*count)++]))
			return false;
		text += n + (text[n] == ',');
	}
	return *count > 0;
}

// ---- records ------------------------------------------------------------------------------------

// Keys with one number; those that are an unsigned have room for 32 bits.
static const struct {
	const char *key;
	int base;
	size_t at;
	bool wide;
} numbers[] = {
#define WIDE(key, base, member)                                            \
	{                                                                  \
		key, base, offsetof(struct reported_finding, member), true \
	}
#define SHORT(key, base, member)                                            \
	{                                                                   \
		key, base, offsetof(struct reported_finding, member), false \
	}
    SHORT("below", 10, below),
    SHORT("cpu", 10, cpu),
    SHORT("granule", 10, granule),
    SHORT("author-cpu", 10, author_cpu),
    WIDE("pc", 16, pc),
    WIDE("va", 16, va),
    WIDE("old", 16, old_descriptor),
    WIDE("new", 16, new_descriptor),
    WIDE("other-va", 16, other_va),
    WIDE("size", 16, size),
    WIDE("author-pc", 16, author_pc),
    WIDE("n", 10, times),
#undef WIDE
#undef SHORT
};

static bool take_number(struct reported_finding *f, const struct report_line *w, bool *known)
{
	uint64_t value = 0;
	*known = false;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (strcmp(w->word, numbers[i].key) != 0)
			continue;
		*known = true;
		if (!read_number(w->value, numbers[i].base, &value) ||
		    (!numbers[i].wide && value > UINT32_MAX))
			return false;
		void *place = (char *)f + numbers[i].at;
		if (numbers[i].wide)
			memcpy(place, &value, sizeof(value));
		else
			memcpy(place, &(unsigned){(unsigned)value}, sizeof(unsigned));
	}
	return true;
}

// False: the word makes no sense. A key that a newer plugin says is left out.
static bool take_word(struct reported_finding *f, const struct report_line *w)
{
	bool known;
	uint64_t value;
	if (!take_number(f, w, &known))
		return false;
	if (strcmp(w->word, "author-pc") == 0)
		f->has_author = f->told || f->author_pc;
	if (known)
		return true;
	if (strcmp(w->word, "level") == 0) {
		f->level = w->value ? (int)strtol(w->value, NULL, 10) : 0;
		return w->value && f->level >= -1 && f->level <= 3;
	}
	if (strcmp(w->word, "asid") == 0) {
		if (!read_number(w->value, 10, &value) || value > UINT16_MAX)
			return false;
		f->asid = (int64_t)value;
	} else if (strcmp(w->word, "trace") == 0) {
		return read_frames(w->value, f->trace, &f->frames);
	} else if (strcmp(w->word, "author-trace") == 0) {
		return read_frames(w->value, f->author_trace, &f->author_frames);
	} else if (strcmp(w->word, "lpa2") == 0) {
		f->lpa2 = true;
	} else if (strcmp(w->word, "hint-excluded") == 0) {
		f->hint_excluded = true;
	}
	return true;
}

// [a-z-]: it becomes part of a test's path.
static bool is_rule(const char *word)
{
	size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-");
	return n > 0 && n < REPORT_RULE_SIZE && !word[n];
}

static bool take_finding(struct sanitizer_report *r, struct report_line *w, bool told)
{
	struct reported_finding f = {
	    .line = r->lines, .told = told, .below = REPORT_ALL_LEVELS, .asid = -1, .times = told};
	if (!next_word(w) || w->value || !is_rule(w->word))
		return false;
	memcpy(f.rule, w->word, strlen(w->word) + 1);
	while (next_word(w))
		if (!take_word(&f, w))
			return false;
	if (f.below == 0 || f.below > REPORT_ALL_LEVELS)
		return false;
	if (r->count < REPORT_MAX)
		ARRAY_APPEND(r->items, r->count, f);
	else
		note_defect(r, "it has more than %d findings", REPORT_MAX);
	return true;
}

static bool take_vectors(struct sanitizer_report *r, struct report_line *w)
{
	bool va = false, address = false;
	while (next_word(w)) {
		if (strcmp(w->word, "va") == 0)
			va = read_number(w->value, 16, &r->vectors_va);
		else if (strcmp(w->word, "pa") == 0)
			address = read_number(w->value, 16, &r->vectors_address);
	}
	r->has_vectors = va && address;
	return r->has_vectors;
}

static const struct {
	const char *key;
	size_t at;
} figures[] = {
    {"findings", offsetof(struct report_figures, findings)},
    {"stores", offsetof(struct report_figures, stores)},
    {"changes", offsetof(struct report_figures, changes)},
    {"size-changes", offsetof(struct report_figures, size_changes)},
    {"tlbi", offsetof(struct report_figures, tlbi)},
    {"dsb", offsetof(struct report_figures, dsb)},
    {"tables", offsetof(struct report_figures, tables)},
    {"records-peak", offsetof(struct report_figures, records_peak)},
    {"missed-stores", offsetof(struct report_figures, missed_stores)},
};

static bool take_end(struct sanitizer_report *r, struct report_line *w)
{
	if (!next_word(w))
		return false;
	r->complete = strcmp(w->word, "complete") == 0;
	bool said = r->complete || strcmp(w->word, "incomplete") == 0;
	while (next_word(w))
		for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
			uint64_t value;
			if (strcmp(w->word, figures[i].key) != 0)
				continue;
			if (!read_number(w->value, 10, &value))
				return false;
			memcpy((char *)&r->figures + figures[i].at, &value, sizeof(value));
			r->has_figures = true;
		}
	if (r->figures.missed_stores)
		note_defect(r, "%" PRIu64 " stores to tables were missed",
			    r->figures.missed_stores);
	else if (!r->complete)
		note_defect(r, "it had no room for all that it followed");
	else if (!r->figures.tables)
		note_defect(r, "no table was followed: translation was never switched on");
	return said;
}

static bool take_record(struct sanitizer_report *r, const char *text, size_t len, bool *ended)
{
	struct report_line w = {.at = text, .end = text + len};
	if (!next_word(&w))
		return false;
	if (strcmp(w.word, "finding") == 0 || strcmp(w.word, "count") == 0)
		return take_finding(r, &w, w.word[0] == 'f');
	if (strcmp(w.word, "vectors") == 0)
		return take_vectors(r, &w);
	if (strcmp(w.word, "end") != 0)
		return true; // for others: "site"
	*ended = true;
	return take_end(r, &w);
}

// "#ptsan NUMBER CRC32 TEXT": the text, if the line is whole.
static const char *check_line(const char *line, size_t len, unsigned number)
{
	char head[32];
	int n = snprintf(head, sizeof(head), MARK "%u ", number);
	size_t start = (size_t)n + 9;
	if (len <= start || memcmp(line, head, (size_t)n) != 0 || line[start - 1] != ' ')
		return NULL;
	char crc[9] = {0};
	memcpy(crc, line + n, 8);
	uint64_t said;
	uint64_t is = crc32(0, (const unsigned char *)line + start, (unsigned)(len - start));
	return read_number(crc, 16, &said) && said == is ? line + start : NULL;
}

void sanitizer_report_read(const char *text, size_t len, struct sanitizer_report *out)
{
	struct sanitizer_report r = {0};
	bool ended = false;
	for (size_t at = 0; at < len && !r.defect[0];) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t n = end ? (size_t)(end - text) - at : len - at;
		const char *body = end ? check_line(text + at, n, ++r.lines) : NULL;
		if (!end)
			note_defect(&r, "it is cut off behind line %u", r.lines);
		else if (ended)
			note_defect(&r, "something stands behind its end");
		else if (!body)
			note_defect(&r, "line %u is damaged or missing", r.lines);
		else if (!take_record(&r, body, n - (size_t)(body - (text + at)), &ended))
			note_defect(&r, "line %u makes no sense", r.lines);
		at += n + 1;
	}
	if (!ended)
		note_defect(&r, "it has no end record");
	r.complete &= !r.defect[0];
	*out = r;
}

// ---- addresses ----------------------------------------------------------------------------------

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

uint64_t *sanitizer_report_addresses(const struct sanitizer_report *r, size_t *count)
{
	size_t n = 0;
	uint64_t *all = memory_new(r->count * (2 + 2 * REPORT_FRAMES) + 1, sizeof(*all));
	for (size_t i = 0; i < r->count; i++) {
		const struct reported_finding *f = &r->items[i];
		all[n++] = f->pc;
		all[n++] = f->author_pc;
		for (unsigned k = 0; k < f->frames; k++)
			all[n++] = f->trace[k];
		for (unsigned k = 0; k < f->author_frames; k++)
			all[n++] = f->author_trace[k];
	}
	qsort(all, n, sizeof(*all), by_value);
	*count = 0;
	for (size_t i = 0; i < n; i++)
		if (all[i] && (*count == 0 || all[*count - 1] != all[i]))
			all[(*count)++] = all[i];
	return all;
}
