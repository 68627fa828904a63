// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/doubt.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static bool has_word(const char *line, size_t len, const char *word, size_t *at)
{
	size_t n = strlen(word);
	for (size_t i = *at; i + n <= len; i++) {
		bool begins = i == 0 || !isalnum((unsigned char)line[i - 1]);
		if (begins && strncasecmp(line + i, word, n) == 0) {
			*at = i;
			return true;
		}
	}
	return false;
}

// "0 errors", "no error", "without errors", "errors: 0", "error=0".
static bool is_denied(const char *line, size_t len, size_t at)
{
	static const char *const before[] = {"0 ",   "no ",     "without ",
					     "any ", "ignore ", "ignoring "};
	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		size_t n = strlen(before[i]);
		bool whole = at == n || (at > n && !isalnum((unsigned char)line[at - n - 1]));
		if (at >= n && whole && strncasecmp(line + at - n, before[i], n) == 0)
			return true;
	}
	while (at < len && isalpha((unsigned char)line[at]))
		at++;
	while (at < len && strchr(" \t:=", line[at]))
		at++;
	return at < len && line[at] == '0' &&
	       (at + 1 == len || !isalnum((unsigned char)line[at + 1]));
}

static bool tells_of_failure(const char *line, size_t len)
{
	static const char *const words[] = {
	    "fail",    "error",     "fatal",  "abort",    "cannot",    "can't",  "unable",
	    "timeout", "timed out", "denied", "mismatch", "not found", "no such"};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		for (size_t at = 0; has_word(line, len, words[i], &at); at++)
			if (!is_denied(line, len, at))
				return true;
	return false;
}

bool doubt_find(const char *text, char out[DOUBT_SIZE])
{
	while (*text) {
		size_t len = strcspn(text, "\r\n");
		if (tells_of_failure(text, len)) {
			size_t from = strspn(text, " \t");
			snprintf(out, DOUBT_SIZE, "%.*s", (int)(len - from), text + from);
			return true;
		}
		text += len;
		text += strspn(text, "\r\n");
	}
	return false;
}
