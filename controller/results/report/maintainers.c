// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/report/maintainers.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/mail_address.h"

#define LINE_MAX_BYTES 1024 // longer lines are none of a MAINTAINERS
#define PATTERN_MAX    256

// ---- patterns -----------------------------------------------------------------------------------

// The rest of `file` behind as many folders as the pattern has; NULL: it has fewer.
static const char *behind_folders(const char *file, size_t slashes)
{
	for (; slashes > 0; slashes--) {
		file = strchr(file, '/');
		if (!file)
			return NULL;
		file++;
	}
	return file;
}

static size_t count_slashes(const char *s)
{
	size_t n = 0;
	for (; *s; s++)
		n += *s == '/';
	return n;
}

bool maintainers_pattern_fits(const char *pattern, const char *file)
{
	size_t len = strlen(pattern);
	if (len == 0 || len > PATTERN_MAX)
		return false;
	size_t slashes = count_slashes(pattern);
	if (pattern[len - 1] != '/')
		return fnmatch(pattern, file, FNM_PATHNAME) == 0 ||
		       // "Documentation" is the folder.
		       (!strpbrk(pattern, "*?[") && strncmp(file, pattern, len) == 0 &&
			file[len] == '/');
	const char *rest = behind_folders(file, slashes);
	if (!rest || !*rest)
		return false;
	CLEANUP_FREE char *folder = memory_strndup(file, (size_t)(rest - file));
	return fnmatch(pattern, folder, FNM_PATHNAME) == 0;
}

// How special a pattern is: deeper ones, and those that end with a file, come first.
static size_t depth(const char *pattern)
{
	size_t len = strlen(pattern);
	return 2 * count_slashes(pattern) + (len > 0 && pattern[len - 1] != '/');
}

// N: is a regular expression; what is a plain word is looked for, the rest is left to people.
static bool word_fits(const char *word, const char *file)
{
	for (const char *c = word; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '_' && *c != '-')
			return false;
	return word[0] && strstr(file, word);
}

// ---- sections -----------------------------------------------------------------------------------

// A stretch of lines between two empty ones that has a line "X:\t...".
struct maintainers_section {
	const char *at, *end;
	size_t rank; // of the pattern that has the file; 0: it has not
};

struct maintainers_line {
	char kind; // 'M', 'F'...; 0: no such line
	const char *value;
	size_t len;
	const char *text; // the whole line
	size_t text_len;
};

// The line at `*at`, which goes to the next one. False: there is none.
static bool next_line(const char **at, const char *end, struct maintainers_line *out)
{
	if (*at >= end)
		return false;
	const char *stop = memchr(*at, '\n', (size_t)(end - *at));
	stop = stop ? stop : end;
	*out = (struct maintainers_line){.text = *at, .text_len = (size_t)(stop - *at)};
	if (out->text_len > 2 && out->text_len < LINE_MAX_BYTES && out->text[1] == ':' &&
	    out->text[0] >= 'A' && out->text[0] <= 'Z') {
		out->kind = out->text[0];
		out->value = out->text + 2;
		while (out->value < stop && (*out->value == '\t' || *out->value == ' '))
			out->value++;
		out->len = (size_t)(stop - out->value);
		while (out->len > 0 && isspace((unsigned char)out->value[out->len - 1]))
			out->len--;
	}
	*at = stop < end ? stop + 1 : end;
	return true;
}

#define RANK_REST 1 // of a section that has everything

static bool is_everything(const char *pattern)
{
	return strcmp(pattern, "*") == 0 || strcmp(pattern, "*/") == 0;
}

// 0: the section has the file not.
static size_t rank_section(const char *at, const char *end, const char *file)
{
	size_t rank = 0;
	struct maintainers_line l;
	while (next_line(&at, end, &l)) {
		CLEANUP_FREE char *value = l.kind ? memory_strndup(l.value, l.len) : NULL;
		if (l.kind == 'X' && maintainers_pattern_fits(value, file))
			return 0;
		size_t one = 0;
		if (l.kind == 'F' && maintainers_pattern_fits(value, file))
			one = is_everything(value) ? RANK_REST : RANK_REST + 1 + depth(value);
		else if (l.kind == 'N' && word_fits(value, file))
			one = RANK_REST + 1;
		rank = one > rank ? one : rank;
	}
	return rank;
}

static int by_rank(const void *a, const void *b)
{
	const struct maintainers_section *x = a, *y = b;
	if (x->rank != y->rank)
		return x->rank > y->rank ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static struct maintainers_section *find_sections(const char *text, size_t len, const char *file,
						 size_t *count)
{
	const char *end = text + len;
	struct maintainers_section *list = NULL;
	*count = 0;
	for (const char *at = text; at < end;) {
		const char *gap = memmem(at, (size_t)(end - at), "\n\n", 2);
		gap = gap ? gap + 1 : end;
		struct maintainers_section s = {at, gap, rank_section(at, gap, file)};
		if (s.rank > 0)
			ARRAY_APPEND(list, *count, s);
		at = gap < end ? gap + 1 : end;
	}
	if (list)
		qsort(list, *count, sizeof(*list), by_rank);
	return list;
}

// ---- addresses ----------------------------------------------------------------------------------

static bool is_listed(const struct maintainers *m, const char *address)
{
	for (size_t i = 0; i < m->to_count; i++)
		if (strcmp(m->to[i], address) == 0)
			return true;
	for (size_t i = 0; i < m->cc_count; i++)
		if (strcmp(m->cc[i], address) == 0)
			return true;
	return false;
}

// "list@host (moderated for non-subscribers)" without the remark.
static void add_address(const struct maintainers_line *l, bool to, struct arena *arena,
			struct maintainers *m)
{
	const char *remark = memchr(l->value, '(', l->len);
	size_t len = remark ? (size_t)(remark - l->value) : l->len;
	while (len > 0 && isspace((unsigned char)l->value[len - 1]))
		len--;
	const char *address = arena_strndup(arena, l->value, len);
	if (strlen(address) != len || !mail_address_is_valid(address) || is_listed(m, address))
		return;
	if (to && m->to_count < MAINTAINERS_MAX)
		m->to[m->to_count++] = address;
	else if (!to && m->cc_count < MAINTAINERS_MAX)
		m->cc[m->cc_count++] = address;
}

static void add_kind(const struct maintainers_section *s, char kind, bool to, struct arena *arena,
		     struct maintainers *m)
{
	struct maintainers_line l;
	for (const char *at = s->at; next_line(&at, s->end, &l);)
		if (l.kind == kind)
			add_address(&l, to, arena, m);
}

static const char *title_of(const struct maintainers_section *s, struct arena *arena)
{
	struct maintainers_line l;
	for (const char *at = s->at; next_line(&at, s->end, &l);)
		if (!l.kind && l.text_len > 0)
			return arena_strndup(arena, l.text, l.text_len);
	return "";
}

void maintainers_find(const char *text, size_t len, const char *file, struct arena *arena,
		      struct maintainers *out)
{
	size_t count;
	*out = (struct maintainers){0};
	struct maintainers_section *list = find_sections(text, len, file, &count);
	for (size_t i = 0; i < count; i++) {
		bool best = list[i].rank == list[0].rank;
		if (best)
			add_kind(&list[i], 'M', true, arena, out);
	}
	for (size_t i = 0; i < count; i++) {
		// Who has everything answers for nothing in particular: the list is enough.
		if (list[i].rank > RANK_REST)
			add_kind(&list[i], 'M', false, arena, out);
		add_kind(&list[i], 'R', false, arena, out);
		add_kind(&list[i], 'L', false, arena, out);
	}
	if (count > 0)
		out->section = title_of(&list[0], arena);
	free(list);
}
