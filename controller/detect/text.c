// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/text.h"

struct detect_view view_trim(struct detect_view v)
{
	while (v.len && is_blank(v.ptr[0])) {
		v.ptr++;
		v.len--;
	}
	while (v.len && is_blank(v.ptr[v.len - 1]))
		v.len--;
	return v;
}

bool cursor_decimal(struct cursor *c, uint64_t *value)
{
	const char *p = c->p;
	uint64_t v = 0;
	for (; p < c->end && is_digit(*p); p++) {
		unsigned digit = (unsigned)(*p - '0');
		if (v > (UINT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	if (p == c->p)
		return false;
	c->p = p;
	*value = v;
	return true;
}

// Value of a hexadecimal digit plus one; 0: none.
static const uint8_t hex_plus_one[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

bool cursor_hex(struct cursor *c, uint64_t *value)
{
	const char *p = c->p;
	if (c->end - p > 2 && p[0] == '0' && p[1] == 'x' && is_hex(p[2]))
		p += 2;
	const char *first = p;
	uint64_t v = 0;
	for (unsigned digit; p < c->end && (digit = hex_plus_one[(unsigned char)*p]); p++) {
		if (v >> 60)
			return false;
		v = v << 4 | (digit - 1);
	}
	if (p == first)
		return false;
	c->p = p;
	*value = v;
	return true;
}

bool cursor_until(struct cursor *c, struct detect_view literal, struct detect_view *before)
{
	struct detect_view rest = cursor_rest(c);
	size_t at = view_find(rest, literal);
	if (at == rest.len)
		return false;
	*before = (struct detect_view){rest.ptr, at};
	c->p += at + literal.len;
	return true;
}

struct detect_view cursor_word(struct cursor *c)
{
	cursor_blanks(c);
	const char *start = c->p;
	while (c->p < c->end && !is_blank(*c->p))
		c->p++;
	return (struct detect_view){start, (size_t)(c->p - start)};
}
