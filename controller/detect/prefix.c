// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/prefix.h"

#include "detect/text.h"

// ---- the kernel's own parts ---------------------------------------------------------------------

// "<4>", "<38>"
static bool take_level(struct cursor *c, int *level)
{
	struct cursor probe = *c;
	uint64_t value;
	if (!cursor_char(&probe, '<') || probe.end - probe.p < 2 || !is_digit(*probe.p))
		return false;
	if (!cursor_decimal(&probe, &value) || value > 255 || !cursor_char(&probe, '>'))
		return false;
	*level = (int)(value & 7); // above: the facility
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
static bool take_common_stamp(const char *p, int64_t *us)
{
	if (p[0] != '[' || p[6] != '.' || p[13] != ']')
		return false;
	uint64_t columns = eight_bytes(p + 1) << 24;
	uint64_t blanks = ~columns & 0x1010101010000000;     // ' ' is '0' without this bit
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
static bool take_common_stamp(const char *p, int64_t *us)
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

// "[  T123]", "[    C0]"; a blank may stand ahead of it
static bool take_caller(struct cursor *c, char *kind, uint32_t *id)
{
	struct cursor probe = *c;
	uint64_t value;
	probe.p += c->p[0] == ' ' ? 2 : 1;
	cursor_blanks(&probe);
	if (probe.p == probe.end || (*probe.p != 'T' && *probe.p != 'C'))
		return false;
	char found = *probe.p++;
	if (!cursor_decimal(&probe, &value) || !cursor_char(&probe, ']'))
		return false;
	*kind = found;
	*id = (uint32_t)value;
	*c = probe;
	return true;
}

// ---- what hosts put ahead -----------------------------------------------------------------------

// Shape of a stamp: '9' a digit, other bytes themselves.
static bool take_shape(struct cursor *c, const char *shape)
{
	const char *p = c->p;
	for (; *shape; shape++, p++) {
		if (p == c->end || (*shape == '9' ? !is_digit(*p) : *p != *shape))
			return false;
	}
	c->p = p;
	return true;
}

// Fraction and zone of a clock time: ".112000", "Z", "+01:00"
static void take_fraction(struct cursor *c)
{
	if (c->end - c->p > 1 && (*c->p == '.' || *c->p == ',') && is_digit(c->p[1])) {
		c->p++;
		while (c->p < c->end && is_digit(*c->p))
			c->p++;
	}
	if (!cursor_char(c, 'Z') && c->p < c->end && (*c->p == '+' || *c->p == '-'))
		(void)(take_shape(c, "+99:99") || take_shape(c, "-99:99") ||
		       take_shape(c, "+9999") || take_shape(c, "-9999"));
}

static bool take_clock(struct cursor *c)
{
	if (!take_shape(c, "9999-99-99T99:99:99") && !take_shape(c, "9999-99-99 99:99:99") &&
	    !take_shape(c, "9999/99/99 99:99:99") && !take_shape(c, "99:99:99"))
		return false;
	take_fraction(c);
	return true;
}

// "host kernel:" or "host kern.warn kernel:" behind the time of a system log
static bool take_log_host(struct cursor *c)
{
	struct cursor probe = *c;
	struct detect_view host = cursor_word(&probe);
	struct cursor facility = probe;
	if (host.len == 0)
		return false;
	if (!cursor_literal(&probe, VIEW(" kernel:"))) {
		struct detect_view word = cursor_word(&facility);
		if (!view_has(word, VIEW(".")) || !cursor_literal(&facility, VIEW(" kernel:")))
			return false;
		probe = facility;
	}
	*c = probe;
	return true;
}

// "Nov 22 16:00:04 host kernel: " of syslog. At least 16 bytes are left.
static bool take_syslog(struct cursor *c)
{
	struct cursor probe = *c;
	probe.p += 3;
	if (!take_shape(&probe, " 99 99:99:99 ") && !take_shape(&probe, "  9 99:99:99 "))
		return false;
	if (!take_log_host(&probe))
		return false;
	*c = probe;
	return true;
}

// "kern  :warn  : " of dmesg -x
static bool take_facility(struct cursor *c)
{
	struct cursor probe = *c;
	if (!cursor_literal(&probe, VIEW("kern")) || cursor_blanks(&probe) > 6 ||
	    !cursor_char(&probe, ':'))
		return false;
	const char *word = probe.p;
	while (probe.p < probe.end && *probe.p >= 'a' && *probe.p <= 'z')
		probe.p++;
	if (probe.p == word || cursor_blanks(&probe) > 6 || !cursor_char(&probe, ':'))
		return false;
	*c = probe;
	return true;
}

// A clock time in brackets, as conserver and dmesg -T write it
static bool take_bracketed(struct cursor *c)
{
	struct cursor probe = *c;
	struct detect_view inside;
	if (!cursor_char(&probe, '[') || !cursor_until(&probe, VIEW("]"), &inside) ||
	    inside.len < 8 || inside.len > 34)
		return false;
	struct cursor within = cursor_of(inside);
	if (is_alpha(inside.ptr[0])) { // "Sun Nov 22 16:00:04 2026"
		cursor_word(&within);
		cursor_word(&within);
		cursor_word(&within);
		cursor_blanks(&within);
	}
	if (!take_clock(&within))
		return false;
	*c = probe;
	return true;
}

// A clock time; a full date may be that of a system log, with the host behind it.
static bool take_dated(struct cursor *c)
{
	bool date = cursor_left(c) > 20 && c->p[10] == 'T';
	if (!take_clock(c))
		return false;
	struct cursor probe = *c;
	if (date && cursor_char(&probe, ' ') && probe.p < probe.end && is_alpha(*probe.p) &&
	    take_log_host(&probe))
		*c = probe;
	return true;
}

static bool take_host(struct cursor *c)
{
	struct cursor probe = *c;
	bool found = false;
	char first = *probe.p;
	if (is_digit(first))
		found = take_dated(&probe);
	else if (is_alpha(first) && probe.end - probe.p >= 16 && probe.p[3] == ' ')
		found = take_syslog(&probe);
	else if (first == 'k')
		found = take_facility(&probe);
	else if (first == '[')
		found = take_bracketed(&probe);
	if (!found || (probe.p < probe.end && !is_blank(*probe.p)))
		return false;
	cursor_blanks(&probe);
	*c = probe;
	return true;
}

// ---- all of it ----------------------------------------------------------------------------------

// "[    3.298433] text": most lines of a kernel.
static bool parse_common(struct detect_view text, struct prefix *out)
{
	bool fits = text.len >= 16 && text.ptr[14] == ' ' && text.ptr[15] != '[';
	if (!fits || !take_common_stamp(text.ptr, &out->kernel_us))
		return false;
	out->kernel = true;
	out->len = 15;
	return true;
}

// Behind a '>' of a mail: a blank, another one, or right away the text.
static bool is_quotable(char c)
{
	return c == ' ' || c == '>' || c == '[' || c == '-' || is_alpha(c);
}

static void take_quotes(struct cursor *c)
{
	while (*c->p == '>' && cursor_left(c) > 2 && is_quotable(c->p[1]))
		c->p += c->p[1] == ' ' ? 2 : 1;
}

// Level, stamp and caller, in the kernel's order. The cursor is on '<' or '['.
static void take_kernel(struct cursor *c, struct prefix *out)
{
	const char *start = c->p;
	bool level = take_level(c, &out->level);
	out->kernel = take_stamp(c, &out->kernel_us) || level;
	// Without level and stamp (printk.time=0) a caller stands at the very start.
	bool caller = out->kernel || (cursor_left(c) > 8 && c->p[0] == '[');
	if (caller && may_be_caller(c) && take_caller(c, &out->caller_kind, &out->caller))
		out->kernel = true;
	if (c->p > start)
		cursor_char(c, ' ');
}

void prefix_parse(struct detect_view text, struct prefix *out)
{
	struct cursor c = cursor_of(text);
	*out = (struct prefix){.level = -1, .kernel_us = -1};
	if (text.len == 0 || parse_common(text, out))
		return;
	take_quotes(&c); // of a mail
	if (*c.p != ' ' && *c.p != '<' && !(*c.p == '[' && text.len > 1 && c.p[1] == ' '))
		for (int i = 0; i < 2 && c.p < c.end && take_host(&c); i++)
			;
	if (c.p < c.end && (*c.p == '<' || *c.p == '['))
		take_kernel(&c, out);
	out->len = (size_t)(c.p - text.ptr);
}

size_t prefix_find(struct detect_view text, size_t from, size_t bracket)
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
