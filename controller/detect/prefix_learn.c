// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/prefix_learn.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "detect/rules.h"
#include "detect/text.h"

#define PREFIX_MAX   160 // bytes of a prefix
#define WORDS_MAX    5   // more words are prose
#define PROOF_LINES  3   // weak lines that prove a shape
#define PROOF_LENGTH 16  // bytes of literal text that make a header strong
#define GROUP_MAX    64  // bytes in brackets
#define PROMPT_MAX   80  // bytes of a prompt

enum column {
	COLUMN_BLANKS,
	COLUMN_NUMBER, // digits and what stands between them
	COLUMN_TIME,   // a number with two parts or more
	COLUMN_WORD,
	COLUMN_NAME,   // a word with a colon behind it: constant
	COLUMN_KERNEL, // "kernel", in any case
	COLUMN_GROUP,  // in brackets; with digits in it
	COLUMN_LABEL,  // in brackets, without digits
	COLUMN_BAR,    // '|' or '>'
	COLUMN_MARK,   // other punctuation: constant
};

struct columns {
	struct shape_column column[SHAPE_COLUMNS];
	size_t end[SHAPE_COLUMNS];
	size_t count;
};

// ---- columns ------------------------------------------------------------------------------------

static uint32_t hash_of(struct detect_view v)
{
	uint32_t hash = 2166136261u;
	for (size_t i = 0; i < v.len; i++)
		hash = (hash ^ (unsigned char)v.ptr[i]) * 16777619u;
	return hash ? hash : 1;
}

static bool is_word_byte(char c)
{
	return is_word(c) || (unsigned char)c >= 0x80 || c == '.' || c == '-' || c == '/' ||
	       c == '@';
}

static bool is_number_byte(char c)
{
	return is_digit(c) || c == '.' || c == ':' || c == ',' || c == '-' || c == '/' ||
	       c == '+' || c == 'T' || c == 'Z';
}

// "kernel", "KERNEL", "E/KERNEL"
static bool names_kernel(struct detect_view word)
{
	static const char name[] = "kernel";
	size_t len = sizeof(name) - 1;
	if (word.len < len || (word.len > len && word.ptr[word.len - len - 1] != '/'))
		return false;
	for (size_t i = 0; i < len; i++)
		if ((word.ptr[word.len - len + i] | 0x20) != name[i])
			return false;
	return true;
}

static struct shape_column take_number(struct cursor *c)
{
	const char *start = c->p;
	unsigned parts = 0;
	cursor_char(c, '+');
	cursor_char(c, '-');
	for (; c->p < c->end && is_number_byte(*c->p); c->p++)
		parts += !is_digit(*c->p) && c->p > start && is_digit(c->p[-1]);
	while (c->p > start + 1 && (c->p[-1] == ':' || c->p[-1] == ',')) { // ends the column
		c->p--;
		parts -= parts > 0;
	}
	size_t len = (size_t)(c->p - start);
	bool time = parts >= 2 || (parts == 1 && len >= 5) || len >= 10; // the last: since 1970
	return (struct shape_column){.kind = time ? COLUMN_TIME : COLUMN_NUMBER};
}

static struct shape_column take_word(struct cursor *c)
{
	const char *start = c->p;
	while (c->p < c->end && is_word_byte(*c->p))
		c->p++;
	struct detect_view word = {start, (size_t)(c->p - start)};
	bool named = c->p < c->end && *c->p == ':';
	struct shape_column column = {.kind = named ? COLUMN_NAME : COLUMN_WORD};
	if (names_kernel(word))
		column.kind = COLUMN_KERNEL;
	if (column.kind != COLUMN_WORD)
		column.hash = hash_of(word);
	return column;
}

// "[..]", "(..)", "<..>"; false: no end in sight
static bool take_group(struct cursor *c, struct shape_column *column)
{
	char close = *c->p == '[' ? ']' : *c->p == '(' ? ')' : '>';
	size_t left = cursor_left(c);
	const char *end = memchr(c->p, close, left < GROUP_MAX ? left : GROUP_MAX);
	if (!end || end == c->p + 1)
		return false;
	bool digits = false;
	for (const char *p = c->p + 1; p < end; p++)
		digits |= is_digit(*p);
	*column = (struct shape_column){.kind = digits ? COLUMN_GROUP : COLUMN_LABEL};
	struct detect_view inside = {c->p + 1, (size_t)(end - c->p - 1)};
	if (names_kernel(inside))
		*column = (struct shape_column){.kind = COLUMN_KERNEL, .hash = hash_of(inside)};
	c->p = end + 1;
	return true;
}

static struct shape_column take_mark(struct cursor *c)
{
	const char *start = c->p;
	char mark = *c->p;
	while (c->p < c->end && *c->p == mark)
		c->p++;
	if (mark == '|' || mark == '>')
		return (struct shape_column){.kind = COLUMN_BAR};
	struct detect_view text = {start, (size_t)(c->p - start)};
	return (struct shape_column){.kind = COLUMN_MARK, .hash = hash_of(text)};
}

static struct shape_column take_column(struct cursor *c)
{
	struct shape_column column = {.kind = COLUMN_BLANKS};
	char first = *c->p;
	bool sign = (first == '+' || first == '-') && cursor_left(c) > 1 && is_digit(c->p[1]);
	if (cursor_blanks(c))
		return column;
	if (is_digit(first) || sign)
		return take_number(c);
	if (cursor_literal(c, VIEW("\xE2\x94\x82"))) // a bar that is drawn
		return (struct shape_column){.kind = COLUMN_BAR};
	if (is_word_byte(first) && first != '-' && first != '.' && first != '/')
		return take_word(c);
	if ((first == '[' || first == '(' || first == '<') && take_group(c, &column))
		return column;
	return take_mark(c);
}

static void split_columns(struct detect_view text, struct columns *out)
{
	struct cursor c = cursor_of(text);
	out->count = 0;
	while (out->count < SHAPE_COLUMNS && c.p < c.end && c.p - text.ptr < PREFIX_MAX) {
		out->column[out->count] = take_column(&c);
		out->end[out->count++] = (size_t)(c.p - text.ptr);
	}
}

// ---- is it a prefix? ----------------------------------------------------------------------------

struct character {
	bool kernel;  // it names the kernel
	bool evident; // it has a time, a bar, a bracket with digits
	bool firm;    // it ends as prefixes end
	bool program; // it names a program
};

// "- ", "* ": a list in a text about a log
static bool is_bullet(const struct shape_column *column)
{
	return column->kind == COLUMN_MARK &&
	       (column->hash == hash_of(VIEW("-")) || column->hash == hash_of(VIEW("*")));
}

// What the first `count` columns look like. False: like no prefix.
static bool judge(const struct columns *c, size_t count, struct character *out)
{
	unsigned words = 0;
	*out = (struct character){0};
	for (size_t i = 0; i < count; i++) {
		enum column kind = (enum column)c->column[i].kind;
		words += kind == COLUMN_WORD || kind == COLUMN_NAME;
		out->kernel |= kind == COLUMN_KERNEL;
		out->evident |= kind == COLUMN_TIME || kind == COLUMN_BAR || kind == COLUMN_GROUP;
		bool tag = kind == COLUMN_MARK && i >= 2 && c->column[i - 1].kind == COLUMN_GROUP &&
			   c->column[i - 2].kind == COLUMN_WORD;
		out->program |= tag; // "name[123]:"
	}
	size_t last = count - 1;
	while (last > 0 && c->column[last].kind == COLUMN_BLANKS)
		last--;
	enum column end = (enum column)c->column[last].kind;
	enum column before = (enum column)(last ? c->column[last - 1].kind : COLUMN_BLANKS);
	bool named = end == COLUMN_MARK && before == COLUMN_NAME;
	out->firm = end == COLUMN_TIME || end == COLUMN_BAR || end == COLUMN_GROUP ||
		    end == COLUMN_KERNEL || (end == COLUMN_MARK && !named);
	if (count == 4 && c->column[0].kind == COLUMN_TIME && c->column[2].kind == COLUMN_WORD)
		out->firm = true; // a time and a host
	bool listing = count == 3 && c->column[0].kind == COLUMN_NUMBER &&
		       c->column[1].kind == COLUMN_MARK && c->column[2].kind == COLUMN_BLANKS;
	bool bullet = count == 2 && is_bullet(&c->column[0]) && c->column[1].kind == COLUMN_BLANKS;
	out->evident |= listing || bullet; // "12: ", "- "
	return words <= WORDS_MAX && (out->evident || out->kernel) && !out->program;
}

// ---- lines that speak for a shape ---------------------------------------------------------------

static bool is_of_console(const struct rule *rule)
{
	switch (rule->role) {
	case RULE_HEADER:
		return strcmp(rule->class_name, "user") != 0 &&
		       strcmp(rule->class_name, "program") != 0;
	case RULE_CUT:
	case RULE_RULER:
	case RULE_END:
	case RULE_END_PANIC:
	case RULE_TRACE:
	case RULE_AHEAD:
		return true;
	case RULE_STATE:
		return rule->state <= DETECT_STATE_KERNEL;
	default:
		return false;
	}
}

static bool is_strong(const struct rule *rule)
{
	size_t len = 0;
	const struct rule_op *ops = rules_builtin.ops + rule->ops_first;
	for (size_t i = 0; i < rule->ops_count; i++)
		len += ops[i].is_field ? 0 : ops[i].len;
	bool loader = rule->role == RULE_STATE && rule->state < DETECT_STATE_KERNEL_EARLY;
	return len >= PROOF_LENGTH && rule->role != RULE_RULER && rule->role != RULE_AHEAD &&
	       !loader;
}

static const struct rule *rule_at(struct detect_view text, size_t at)
{
	struct rule_match match;
	rules_match_start(&rules_builtin, view_from(text, at), &match);
	return match.rule && is_of_console(match.rule) ? match.rule : NULL;
}

// ---- shapes -------------------------------------------------------------------------------------

static bool fits(const struct prefix_shape *s, const struct columns *c)
{
	if (s->count == 0 || c->count < s->count)
		return false;
	for (size_t i = 0; i < s->count; i++) {
		const struct shape_column *a = &s->columns[i], *b = &c->column[i];
		bool kind =
		    a->kind == b->kind || (a->kind == COLUMN_NUMBER && b->kind == COLUMN_TIME);
		if (!kind || (a->hash && a->hash != b->hash))
			return false;
	}
	return true;
}

static bool same_shape(const struct prefix_shape *s, const struct columns *c, size_t count)
{
	return s->count == count && fits(s, c);
}

static struct prefix_shape *shape_of(struct prefix_learner *l, const struct columns *c,
				     size_t count, const struct character *character)
{
	struct prefix_shape *slot = NULL;
	for (size_t i = 0; i < SHAPES_MAX; i++) {
		if (same_shape(&l->shapes[i], c, count))
			return &l->shapes[i];
		if (!slot && l->shapes[i].count == 0)
			slot = &l->shapes[i];
	}
	for (size_t i = 0; !slot && i < SHAPES_MAX;
	     i++) { // one that has proved nothing, if there is
		struct prefix_shape *s = &l->shapes[(l->next + i) % SHAPES_MAX];
		if (!s->proven)
			slot = s;
	}
	if (!slot)
		slot = &l->shapes[l->next];
	l->next = (uint8_t)((slot - l->shapes + 1) % SHAPES_MAX);
	*slot = (struct prefix_shape){.count = (uint8_t)count, .kernel = character->kernel};
	memcpy(slot->columns, c->column, count * sizeof(c->column[0]));
	return slot;
}

// "root@board:~# ", "/ # ", "board login: ": the kernel spoke while somebody was asked to type.
static bool is_prompt(struct detect_view head)
{
	struct detect_view text = view_trim(head);
	if (text.len == 0 || text.len == head.len || text.len > PROMPT_MAX)
		return false;
	if (view_ends(text, VIEW(" login:")) || view_ends(text, VIEW("Password:")))
		return true;
	char sign = text.ptr[text.len - 1];
	text.len--;
	bool bare = !memchr(text.ptr, '#', text.len) && !memchr(text.ptr, '$', text.len);
	bool shell = view_has(text, VIEW("@")) || view_starts(text, VIEW("/")) ||
		     view_starts(text, VIEW("~")) || view_starts(text, VIEW("sh-")) ||
		     view_starts(text, VIEW("bash-"));
	return (sign == '#' || sign == '$') && bare && shell;
}

// A rule begins behind the first `count` columns: is that a prefix by now?
static bool count_line(struct prefix_learner *l, const struct columns *c, size_t count,
		       const struct rule *rule, struct character *character)
{
	if (!judge(c, count, character))
		return false;
	struct prefix_shape *s = shape_of(l, c, count, character);
	if (s->seen < PROOF_LINES)
		s->seen++;
	s->proven |= (character->firm && is_strong(rule)) || s->seen >= PROOF_LINES;
	l->proven |= s->proven;
	return s->proven;
}

// Blanks of the message itself stay with it.
static size_t end_of(const struct detect_view text, const struct columns *c, size_t count)
{
	size_t end = c->end[count - 1];
	if (c->column[count - 1].kind == COLUMN_BLANKS && count > 1)
		end = c->end[count - 2] + 1;
	return end < text.len ? end : text.len;
}

bool prefix_take_shape(struct prefix_learner *l, struct detect_view text, struct prefix *prefix,
		       bool learn)
{
	struct columns c;
	split_columns(text, &c);
	for (size_t i = 0; i < SHAPES_MAX; i++) {
		const struct prefix_shape *s = &l->shapes[i];
		if (s->proven && fits(s, &c)) {
			prefix->len = end_of(text, &c, s->count);
			prefix->kernel |= s->kernel;
			return true;
		}
	}
	// Behind the kernel's own stamp nothing needs to be learnt.
	learn = learn && prefix_find(text, 1, text.len) == text.len;
	for (size_t i = 0; learn && i + 1 < c.count; i++) {
		bool start = c.column[i + 1].kind != COLUMN_BLANKS;
		const struct rule *rule = start ? rule_at(text, c.end[i]) : NULL;
		struct character character;
		if (!rule)
			continue;
		if (count_line(l, &c, i + 1, rule, &character)) {
			prefix->len = end_of(text, &c, i + 1);
			prefix->kernel |= character.kernel;
			return true;
		}
		if (is_strong(rule) && is_prompt((struct detect_view){text.ptr, c.end[i]})) {
			prefix->len = c.end[i]; // of this line alone
			prefix->prompt = true;
			return true;
		}
		if (character.evident && character.program)
			prefix->speaker = PREFIX_PROGRAM;
	}
	return false;
}

// ---- the quick look -----------------------------------------------------------------------------

static bool begins_rule(struct detect_view text, size_t at)
{
	return text.len - at >= 4 && !is_blank(text.ptr[at]) &&
	       rule_filter_hit(rules_builtin.anchored, rule_word(text.ptr + at)) &&
	       rules_begin(&rules_builtin, view_from(text, at));
}

static const bool ends_column[256] = {
    [' '] = true, ['\t'] = true, [']'] = true, [')'] = true,
    ['>'] = true, [';'] = true,  ['|'] = true,
};

#ifdef __SSE2__
static inline uint64_t ends_in_block(const char *p)
{
	__m128i v = _mm_loadu_si128((const __m128i *)p);
	__m128i low = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8(' ')),
				   _mm_cmpeq_epi8(v, _mm_set1_epi8('\t')));
	__m128i close = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8(']')),
				     _mm_cmpeq_epi8(v, _mm_set1_epi8(')')));
	__m128i bar = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('>')),
				   _mm_cmpeq_epi8(v, _mm_set1_epi8('|')));
	__m128i semicolon = _mm_cmpeq_epi8(v, _mm_set1_epi8(';'));
	__m128i any = _mm_or_si128(_mm_or_si128(low, close), _mm_or_si128(bar, semicolon));
	return (unsigned)_mm_movemask_epi8(any);
}
#endif

// One bit for each of at most 64 bytes that ends a column.
static inline uint64_t column_ends(const char *p, size_t len)
{
	uint64_t ends = 0;
#ifdef __SSE2__
	if (len >= 16) {
		for (size_t i = 0; i + 16 <= len; i += 16)
			ends |= ends_in_block(p + i) << i;
		return ends | ends_in_block(p + len - 16) << (len - 16); // overlaps
	}
#endif
	for (size_t i = 0; i < len; i++)
		ends |= (uint64_t)ends_column[(unsigned char)p[i]] << i;
	return ends;
}

// Could a rule begin behind any of the columns that end? Without a branch for each: which one it is
// cannot be foreseen.
static inline bool any_hit(struct detect_view text, size_t at, uint64_t ends)
{
	size_t last = text.len - 4;
	bool hit = false;
	for (; ends; ends &= ends - 1) {
		size_t start = at + (size_t)__builtin_ctzll(ends) + 1;
		const char *word = text.ptr + (start < last ? start : last);
		hit |= rule_filter_hit(rules_builtin.anchored, rule_word(word));
	}
	return hit;
}

bool prefix_may_hide(struct detect_view text, size_t from)
{
	size_t end = text.len < PREFIX_MAX ? text.len : PREFIX_MAX;
	if (text.len < 4)
		return false;
	for (size_t at = from; at + 1 < end; at += 64) {
		size_t len = end - 1 - at < 64 ? end - 1 - at : 64;
		uint64_t ends = column_ends(text.ptr + at, len);
		if (!any_hit(text, at, ends))
			continue;
		for (; ends; ends &= ends - 1)
			if (begins_rule(text, at + (size_t)__builtin_ctzll(ends) + 1))
				return true;
	}
	return false;
}
