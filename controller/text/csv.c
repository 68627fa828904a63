// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/csv.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "text/terminal.h"

// -12, +1.5e-3: as the farm writes numbers, nothing that a spreadsheet would compute.
static bool is_number(const char *s)
{
	s += *s == '+' || *s == '-';
	size_t digits = strspn(s, "0123456789");
	s += digits;
	if (*s == '.') {
		size_t more = strspn(s + 1, "0123456789");
		digits += more;
		s += 1 + more;
	}
	if (digits && (*s == 'e' || *s == 'E')) {
		s++;
		s += *s == '+' || *s == '-';
		if (!isdigit((unsigned char)*s))
			return false;
		s += strspn(s, "0123456789");
	}
	return digits && !*s;
}

// Blanks in front do not keep a spreadsheet from it; nor do the full-width forms of these signs
// (U+FF1D, U+FF0B, U+FF0D, U+FF20) in some of them.
static bool is_formula(const char *s)
{
	static const char *const signs[] = {"=",
					    "+",
					    "-",
					    "@",
					    "\t",
					    "\r",
					    "\xef\xbc\x9d",
					    "\xef\xbc\x8b",
					    "\xef\xbc\x8d",
					    "\xef\xbc\xa0"};
	const char *first = s + strspn(s, " \n");
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (strncmp(first, signs[i], strlen(signs[i])) == 0)
			return !is_number(s);
	return false;
}

void csv_field(const char *s, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer text = {0};
	if (is_formula(s))
		buffer_append_str(&text, "'");
	terminal_text(s, strlen(s), &text);
	const char *c = buffer_str(&text);
	if (!strpbrk(c, ",\"\r\n") && c[0] != ' ') {
		buffer_append_str(out, c);
		return;
	}
	buffer_append(out, "\"", 1);
	for (; *c; c++) {
		if (*c == '"')
			buffer_append(out, "\"", 1);
		buffer_append(out, c, 1);
	}
	buffer_append(out, "\"", 1);
}
