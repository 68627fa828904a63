// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/prefix.h"

#include "detect/text.h"

// ---- the kernel's own parts ---------------------------------------------------------------------

// "<4>", "<38>": the level, and whether the facility is the kernel's
static bool take_level(struct cursor *c, int *level, bool *kernel)
{
	struct cursor probe = *c;
	uint64_t value;
	if (!cursor_char(&probe, '<') || probe.end - probe.p < 2 || !is_digit(*probe.p))
		return false;
	if (!cursor_decimal(&probe, &value) || value > 255 || !cursor_char(&probe, '>'))
		return false;
	*level = (int)(value & 7);
	*kernel = value < 8;
	*c = probe;
	return true;
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
static uint64_t eight_bytes(const char *p)
{
	uint64_t x;
	memcpy(&x, p, sizeof(x));
	return x;
}

// Value of eight digits, the first one in the lowest byte, or -1.
static int32_t eight_digits(uint64_t x)
{
	if (((x & (x + 0x0606060606060606)) & 0xF0F0F0F0F0F0F0F0) != 0x3030303030303030)
		return -1;
	x -= 0x3030303030303030;
	x = x * 10 + (x >> 8); // pairs, then fours, then all eight
	return (int32_t)(((x & 0x000000FF000000FF) * 0x000F424000000064 +
			  ((x >> 16) & 0x000000FF000000FF) * 0x0000271000000001) >>
			 32);
}

// "[    3.298433]" with the seconds in five columns, as nearly all are. 14 bytes can be read.
static inline bool take_common_stamp(const char *p, int64_t *us)
{
	if (p[0] != '[' || p[6] != '.' || p[13] != ']')
		return false;
	uint64_t columns = eight_bytes(p + 1) << 24;
	uint64_t blanks = ~columns & 0x0010101010000000;     // ' ' is '0' without this bit
	if (blanks & ~(blanks << 8) & ~UINT64_C(0x10000000)) // one behind a digit
		return false;
	if (columns & (blanks >> 4) * 15) // '!' to '/', which lack that bit as well
		return false;
	int32_t seconds = eight_digits(columns | blanks | 0x303030);
	int32_t micro = eight_digits(eight_bytes(p + 5) >> 16 << 16 | 0x3030);
	if (seconds < 0 || micro < 0)
		return false;
	*us = (int64_t)seconds * 1000000 + micro;
	return true;
}
#else
static inline bool take_common_stamp(const char *p, int64_t *us)
{
	(void)p, (void)us;
	return false;
}
#endif

// "[    3.298433]": seconds in at least five columns, six digits behind the point
static bool take_stamp(struct cursor *c, int64_t *us)
{
	const char *p = c->p;
	if (c->end - p < 14 || *p != '[')
		return false;
	if (take_common_stamp(p, us)) {
		c->p += 14;
		return true;
	}
	p++;
	while (p < c->end && *p == ' ')
		p++;
	int64_t seconds = 0, micro = 0;
	const char *digits = p;
	while (p < c->end && is_digit(*p) && p - digits < 10)
		seconds = seconds * 10 + (*p++ - '0');
	if (p == digits || c->end - p < 8 || *p != '.' || p[7] != ']')
		return false;
	for (int i = 1; i <= 6; i++) {
		if (!is_digit(p[i]))
			return false;
		micro = micro * 10 + (p[i] - '0');
	}
	*us = seconds * 1000000 + micro;
	c->p = p + 8;
	return true;
}

static inline bool may_be_caller(const struct cursor *c)
{
	return c->end - c->p >= 4 && (c->p[0] == '[' || (c->p[0] == ' ' && c->p[1] == '['));
}

// "[  T123]", "[    C0]", "[  T123@C0]"; a blank may stand ahead of it
static bool take_caller(struct cursor *c, char *kind, uint32_t *id)
{
	struct cursor probe = *c;
	uint64_t value;
	probe.p += c->p[0] == ' ' ? 2 : 1;
	cursor_blanks(&probe);
	if (probe.p == probe.end || (*probe.p != 'T' && *probe.p != 'C'))
		return false;
	char found = *probe.p++;
	uint64_t cpu;
	if (!cursor_decimal(&probe, &value))
		return false;
	if (found == 'T' && cursor_literal(&probe, VIEW("@C")) && !cursor_decimal(&probe, &cpu))
		return false;
	if (!cursor_char(&probe, ']'))
		return false;
	*kind = found;
	*id = (uint32_t)value;
	*c = probe;
	return true;
}

// ---- behind the kernel's stamp ------------------------------------------------------------------

// What may stand there is told by its first byte; most messages begin with none of these.
static const bool may_be_column[256] = {
    ['['] = true, ['('] = true, ['<'] = true, ['.'] = true,  [' '] = true, ['0'] = true,
    ['1'] = true, ['2'] = true, ['3'] = true, ['4'] = true,  ['5'] = true, ['6'] = true,
    ['7'] = true, ['8'] = true, ['9'] = true, [0xC2] = true,
};

// "pid:12,cpu3,": at least two words of letters and a number
static bool is_context_list(struct cursor c)
{
	for (int words = 0; words < 2; words++) {
		const char *start = c.p;
		uint64_t number;
		while (c.p < c.end && c.p - start < 5 && is_alpha(*c.p))
			c.p++;
		bool letters = c.p > start;
		cursor_char(&c, ':');
		if (!letters || !cursor_decimal(&c, &number))
			return false;
		if (!cursor_char(&c, ',') && words == 0)
			return false;
		cursor_blanks(&c);
	}
	return true;
}

// "[3:  swapper/0:    1]", "[c3]", "[p123]", "[123:comm]", "[pid:12,cpu3,comm]": CPU, task and process
// in vendors' kernels
static bool take_context(struct cursor *c)
{
	struct cursor probe = *c;
	struct detect_view inside;
	if (!cursor_char(&probe, '[') || !cursor_until(&probe, VIEW("]"), &inside) ||
	    inside.len == 0 || inside.len > 40)
		return false;
	struct cursor within = cursor_of(inside);
	uint64_t number;
	cursor_blanks(&within);
	if (is_context_list(within)) {
		*c = probe;
		return true;
	}
	bool letter = cursor_char(&within, 'c') || cursor_char(&within, 'p');
	cursor_blanks(&within);
	if (!cursor_decimal(&within, &number))
		return false;
	bool alone = within.p == within.end && (letter || inside.len <= 2);
	bool list = !letter && cursor_left(&within) > 1 && within.p[0] == ':' && within.p[1] != ':';
	if (!alone && !list)
		return false;
	*c = probe;
	return true;
}

// "(3)" ahead of such a one
static bool take_cpu_number(struct cursor *c)
{
	struct cursor probe = *c;
	uint64_t number;
	if (!cursor_char(&probe, '(') || !cursor_decimal(&probe, &number) || number > 1023 ||
	    !cursor_char(&probe, ')') || cursor_left(&probe) == 0 || *probe.p != '[')
		return false;
	*c = probe;
	return true;
}

// "[comm]" behind another column
static bool take_task_name(struct cursor *c)
{
	struct cursor probe = *c;
	struct detect_view inside;
	if (!cursor_char(&probe, '[') || !cursor_until(&probe, VIEW("]"), &inside) ||
	    inside.len == 0 || inside.len > 16)
		return false;
	*c = probe;
	return true;
}

// Columns that kernels with patches put behind the stamp: the CPU ("000: " of PREEMPT_RT), the task.
static void take_columns(struct cursor *c)
{
	struct cursor probe = *c;
	uint64_t number;
	const char *start = probe.p;
	if (cursor_decimal(&probe, &number) && probe.p - start == 3 &&
	    cursor_literal(&probe, VIEW(": "))) {
		*c = probe;
		return;
	}
	probe = *c;
	if (cursor_char(&probe, 'c')) { // "c3 3456 "
		bool cpu = cursor_decimal(&probe, &number) && cursor_blanks(&probe) > 0;
		if (cpu && cursor_decimal(&probe, &number))
			cpu = cursor_blanks(&probe) > 0;
		if (cpu)
			*c = probe;
		return;
	}
	cursor_blanks(&probe);
	cursor_char(&probe, '.');
	bool found = take_cpu_number(&probe);
	for (int i = 0; i < 3 && take_context(&probe); i++)
		found = true;
	if (!found)
		return;
	(void)take_task_name(&probe);
	cursor_char(&probe, ' ');
	*c = probe;
}

// Digits behind the point of a stamp as microseconds. False: none, or more than nine.
static bool take_fraction(struct cursor *c, int64_t *micro, ptrdiff_t *digits)
{
	static const int64_t scale[] = {0, 100000, 10000, 1000, 100, 10, 1};
	const char *start = c->p;
	uint64_t value;
	if (!cursor_decimal(c, &value) || c->p - start > 9)
		return false;
	*digits = c->p - start;
	for (ptrdiff_t i = *digits; i > 6; i--)
		value /= 10;
	*micro = (int64_t)value * scale[*digits < 6 ? *digits : 6];
	return true;
}

// "[   12.345678,3]", "[   12.345678 <    0.000012>]", "[   12.345678 / 11-22 16:00:04.112]",
// "[   12.345678@3]", "[   12.0@3]", "[   12.3]": a stamp with more in its brackets, or with another
// fraction. Without six digits the seconds must stand in five columns, and a level or a CPU beside them:
// "[1.2]" is a footnote.
static bool take_rich_stamp(struct cursor *c, bool level, int64_t *us)
{
	struct cursor probe = *c;
	struct detect_view inside;
	if (!cursor_char(&probe, '[') || !cursor_until(&probe, VIEW("]"), &inside) ||
	    inside.len < 7 || inside.len > 60)
		return false;
	struct cursor within = cursor_of(inside);
	uint64_t seconds;
	int64_t micro;
	ptrdiff_t digits;
	cursor_blanks(&within);
	if (!cursor_decimal(&within, &seconds) || seconds > UINT32_MAX)
		return false;
	bool padded = within.p - inside.ptr >= 5;
	if (!cursor_char(&within, '.') || !take_fraction(&within, &micro, &digits))
		return false;
	bool whole = within.p == within.end;
	bool more = !whole && memchr(", /<-@", *within.p, 6) && within.end[-1] != ' ';
	bool stamp = padded && (whole ? level : *within.p == '@');
	if (digits == 6 ? !more : !stamp)
		return false;
	*us = (int64_t)seconds * 1000000 + micro;
	*c = probe;
	return true;
}

// ---- all of it ----------------------------------------------------------------------------------

// Behind the digits that a prefix begins with, where it does: "22:", "2026-", "1,", "12.", "22 Nov", a
// letter outside ASCII.
static inline bool may_be_number(struct detect_view text)
{
	size_t i = 1;
	while (i < text.len && is_digit(text.ptr[i]))
		i++;
	unsigned char c = i < text.len ? (unsigned char)text.ptr[i] : 0;
	return c == ':' || c == '-' || c == ',' || c == '.' || c == ' ' || c == '\t' || c == '/' ||
	       c >= 0x80;
}

enum beginning { BEGINS_NONE, BEGINS_WORD, BEGINS_NUMBER, BEGINS_OTHER };

// What the first byte begins. A word is a prefix only when it begins a date; 'k': "kern  :warn  : ".
static inline enum beginning beginning_of(char first)
{
	static const uint8_t marks[128] = {
	    ['['] = BEGINS_OTHER, ['<'] = BEGINS_OTHER, [' '] = BEGINS_OTHER, ['\t'] = BEGINS_OTHER,
	    ['>'] = BEGINS_OTHER, ['|'] = BEGINS_OTHER, ['k'] = BEGINS_OTHER,
	};
	bool word = (is_alpha(first) & (first != 'k')) | ((unsigned char)first >= 0x80);
	if (word)
		return BEGINS_WORD;
	return is_digit(first) ? BEGINS_NUMBER : (enum beginning)marks[first & 0x7F];
}

// The message of a journal that was exported (journalctl -o export, -o verbose)
static inline bool begins_field(struct detect_view text)
{
	return *text.ptr == 'M' && view_starts(text, VIEW("MESSAGE="));
}

// Most lines without the common prefix are words. Must not refuse a line that has a prefix.
static inline bool may_begin(struct detect_view text)
{
	enum beginning beginning = beginning_of(*text.ptr);
	if (beginning == BEGINS_WORD)
		return prefix_may_be_date(text.ptr, text.len) || begins_field(text);
	return beginning == BEGINS_NUMBER ? may_be_number(text) : beginning != BEGINS_NONE;
}

// Behind the common stamp: does the message begin, with at most one blank of its own? Vendors' columns
// and more blanks are looked at more closely.
static inline bool begins_message(const char *p)
{
	char first = *p == ' ' ? p[1] : *p;
	return !may_be_column[(unsigned char)first] && !(first == 'c' && is_digit(p[1]));
}

// "<4>[    3.298433][  T123] text": as parse_columns would take it, level and caller optional.
static inline bool parse_usual(struct detect_view text, struct prefix *out)
{
	const char *p = text.ptr;
	bool level = *p == '<';
	if (level) {
		if (text.len < 20 || p[2] != '>' || !is_digit(p[1]))
			return false;
		p += 3;
	}
	int64_t us;
	if (!take_common_stamp(p, &us))
		return false;
	struct cursor c = {p + 14, text.ptr + text.len};
	if (*c.p == '[' && !take_caller(&c, &out->caller_kind, &out->caller))
		return false;
	if (cursor_left(&c) < 3 || *c.p != ' ' || !begins_message(c.p + 1)) {
		out->caller_kind = 0;
		out->caller = 0;
		return false;
	}
	if (level)
		out->level = (p[-2] - '0') & 7;
	out->kernel = true;
	out->kernel_us = us;
	out->len = (size_t)(c.p + 1 - text.ptr);
	return true;
}

// "[    3.298433] text": most lines of a kernel.
static inline bool parse_common(struct detect_view text, struct prefix *out)
{
	if (text.len < 17)
		return false;
	if (text.ptr[14] != ' ')
		return (*text.ptr == '<' || text.ptr[14] == '[') && parse_usual(text, out);
	char first = text.ptr[15] == ' ' ? text.ptr[16] : text.ptr[15];
	if ((may_be_column[(unsigned char)first] && first != ' ') ||
	    (first == 'c' && is_digit(text.ptr[16])))
		return false;
	if (!take_common_stamp(text.ptr, &out->kernel_us))
		return false;
	out->kernel = true;
	out->len = 15;
	return true;
}

// Behind a '>' of a mail: a blank, another one, or right away the text.
static bool is_quotable(char c)
{
	return c == ' ' || c == '>' || c == '[' || c == '-' || c == '<' || is_alpha(c);
}

static void take_quotes(struct cursor *c)
{
	while (cursor_left(c) > 2 && (*c->p == '>' || *c->p == '|')) {
		if (*c->p == '|' ? c->p[1] != ' ' : !is_quotable(c->p[1]))
			break;
		c->p += c->p[1] == ' ' ? 2 : 1;
	}
}

// The stamp of a tool or vendor; behind it there may be the kernel's own, which counts.
static bool take_other_stamp(struct cursor *c, bool level, int64_t *us)
{
	if (!take_rich_stamp(c, level, us))
		return false;
	struct cursor own = *c;
	if (cursor_char(&own, ' ') && take_stamp(&own, us))
		*c = own;
	return true;
}

// Level, stamp and caller, in the kernel's order. The cursor is on '<' or '['.
static bool take_kernel(struct cursor *c, struct prefix *out)
{
	const char *start = c->p;
	bool kernel = false; // facility
	bool level = *c->p == '<' && take_level(c, &out->level, &kernel);
	if (level && c->p < c->end && *c->p != '[' && prefix_take_host(c, out))
		return true;
	bool stamp = take_stamp(c, &out->kernel_us) || take_other_stamp(c, level, &out->kernel_us);
	out->kernel |= stamp || kernel;
	// Without level and stamp (printk.time=0) a caller stands at the very start.
	bool caller = out->kernel || (cursor_left(c) > 8 && c->p[0] == '[');
	if (caller && may_be_caller(c) && take_caller(c, &out->caller_kind, &out->caller))
		out->kernel = true;
	struct cursor at = *c; // "@3", the CPU
	uint64_t number;
	if (stamp && cursor_char(&at, '@') && cursor_decimal(&at, &number))
		*c = at;
	if (stamp && cursor_left(c) > 3 && *c->p == '<') // some vendors put it there
		(void)take_level(c, &out->level, &kernel);
	if (c->p == start)
		return false;
	struct cursor columns = *c;
	cursor_char(c, ' ');
	bool cpu = cursor_left(c) > 2 && *c->p == 'c' && is_digit(c->p[1]);
	if (stamp && c->p < c->end && (cpu || may_be_column[(unsigned char)*c->p]))
		take_columns(c);
	if (stamp && c->p == columns.p && c->p < c->end && may_be_column[(unsigned char)*c->p])
		take_columns(c);
	return true;
}

// In a function of its own, so that the common lines need not save what only this one uses.
static __attribute__((noinline)) void parse_columns(struct detect_view text, struct prefix *out)
{
	struct cursor c = cursor_of(text);
	take_quotes(&c); // of a mail
	const char *start = c.p;
	bool indented = *c.p == ' ' || *c.p == '\t'; // a listing: counts only with a prefix in it
	if (indented)
		cursor_blanks(&c);
	const char *first = c.p;
	(void)cursor_literal(&c, VIEW("MESSAGE="));
	for (int i = 0; i < 4 && c.p < c.end && *c.p != ' '; i++) {
		if (indented && *c.p == '[') // the kernel's own, or a frame of an old one
			break;
		if ((*c.p == '<' || *c.p == '[') && take_kernel(&c, out))
			break;
		bool letter = is_alpha(*c.p) && *c.p != 'k';
		if (letter && !prefix_may_be_date(c.p, cursor_left(&c)))
			break;
		if (out->speaker == PREFIX_PROGRAM || !prefix_take_host(&c, out))
			break;
	}
	if (indented && c.p == first)
		c.p = start;
	out->len = (size_t)(c.p - text.ptr);
}

// "## ", "// ", "; ", "%% ", "-- ": what a log behind it was quoted with in a note or a source. A single
// '#' is a line of a test's output, a single '-' a list.
static __attribute__((noinline)) uint8_t comment_mark(struct detect_view text)
{
	char mark = text.ptr[0];
	size_t len = 1;
	while (len < text.len && len < 8 && text.ptr[len] == mark)
		len++;
	bool pair = mark == '#' || mark == '/' || mark == '-';
	if ((pair && len < 2) || (len < text.len && text.ptr[len] != ' '))
		return 0;
	return (uint8_t)(len + (len < text.len));
}

static inline bool begins_comment(char first)
{
	return first == '#' || first == '/' || first == ';' || first == '%' || first == '-';
}

void prefix_parse(struct detect_view text, struct prefix *out)
{
	*out = (struct prefix){.level = -1, .kernel_us = -1};
	if (text.len == 0 || parse_common(text, out))
		return;
	if (may_begin(text))
		parse_columns(text, out);
	else if (begins_comment(*text.ptr))
		out->comment = comment_mark(text);
}

void prefix_look_behind(struct detect_view text, struct prefix *prefix)
{
	struct cursor c = cursor_of(view_from(text, prefix->len));
	if (prefix->kernel_us < 0 || prefix->speaker != PREFIX_UNKNOWN || cursor_left(&c) == 0 ||
	    is_blank(*c.p))
		return;
	prefix_take_speaker(&c, prefix, true);
	prefix->len = (size_t)(c.p - text.ptr);
}

size_t prefix_search(struct detect_view text, size_t from, size_t bracket)
{
	while (from <= bracket && from + 14 <= text.len) {
		const char *p = memchr(text.ptr + from, '[', text.len - from);
		if (!p)
			break;
		struct cursor c = {p, text.ptr + text.len};
		int64_t us;
		size_t at = (size_t)(p - text.ptr);
		// Seconds are padded to five columns: the point is at least 6 bytes behind '['.
		if (text.len - at >= 14 && (p[6] == '.' || p[7] == '.' || p[8] == '.') &&
		    take_stamp(&c, &us)) {
			bool level = at >= from + 3 && p[-1] == '>' && is_digit(p[-2]);
			if (level && p[-3] == '<')
				at -= 3;
			return at;
		}
		from = at + 1;
	}
	return text.len;
}

struct detect_view prefix_take_record(struct detect_view *rest, const struct prefix *prefix,
				      size_t bracket)
{
	size_t next = prefix_find(*rest, prefix->len ? prefix->len : 1, bracket);
	struct detect_view record = {rest->ptr, next};
	*rest = view_from(*rest, next);
	return record;
}
