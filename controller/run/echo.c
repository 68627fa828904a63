// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/echo.h"

#include <string.h>

// init/main.c: start_kernel() (print_kernel_cmdline() repeats the head on each line that it wraps to),
// print_unknown_bootoptions(), do_early_param(); kernel/params.c: parse_args(), parse_one().
static const char *const heads[] = {
    "Kernel command line: ",    "Command line: ",   "Unknown kernel command line parameters ",
    "Malformed early option '", "Booting kernel: ", "doing Booting kernel",
    "doing early options",
};

bool echo_is_command_line(struct detect_view message)
{
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		size_t len = strlen(heads[i]);
		if (message.len >= len && memcmp(message.ptr, heads[i], len) == 0)
			return true;
	}
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

// What parts words, or goes when they are taken apart.
static bool parts_words(char c)
{
	return is_blank(c) || c == '"' || c == '\'';
}

// Whether arguments[at] is where a word begins or ends.
static bool is_edge(const char *arguments, size_t at)
{
	return at == 0 || !arguments[at] || parts_words(arguments[at]) ||
	       parts_words(arguments[at - 1]);
}

// Of the bytes on both sides of `len` bytes that agree, how many are of words, as far as they make
// whole words of the arguments; -1 when the words that the bytes stand in do not agree.
static long agreement(struct detect_view line, size_t at, const char *arguments, size_t place,
		      size_t len)
{
	long before = -1, behind = -1, seen = 0;
	for (size_t n = 0;; n++) {
		if (is_edge(arguments, place - n))
			before = seen;
		if (n == place || n == at || line.ptr[at - n - 1] != arguments[place - n - 1])
			break;
		seen += !parts_words(arguments[place - n - 1]);
	}
	seen = 0;
	for (size_t n = 0;; n++) {
		size_t next = place + len + n;
		if (is_edge(arguments, next))
			behind = seen;
		if (!arguments[next] || at + len + n == line.len ||
		    line.ptr[at + len + n] != arguments[next])
			break;
		seen += !parts_words(arguments[next]);
	}
	return before < 0 || behind < 0 ? -1 : before + behind;
}

static bool is_echo(struct detect_view line, size_t at, const char *wanted, const char *arguments)
{
	size_t len = strlen(wanted);
	for (const char *p = arguments; (p = strstr(p, wanted)); p++)
		if (agreement(line, at, arguments, (size_t)(p - arguments), len) > 0)
			return true;
	return false;
}

bool echo_find(struct detect_view line, const char *wanted, const char *arguments, bool *echoed)
{
	size_t len = strlen(wanted), from = 0;
	const char *found;
	*echoed = false;
	while (from < line.len && (found = memmem(line.ptr + from, line.len - from, wanted, len))) {
		size_t at = (size_t)(found - line.ptr);
		if (!arguments || !is_echo(line, at, wanted, arguments))
			return true;
		*echoed = true;
		from = at + 1;
	}
	return false;
}
