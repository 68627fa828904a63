// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as a JSON document: accepted exactly when jansson accepts them.
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text/json_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Where the two differ on purpose: jansson takes at most 64-bit integers and deeper nesting,
// refuses numbers that underflow, and takes a NUL for the end of the text.
static bool is_comparable(const char *text, size_t len)
{
	if (memchr(text, '\0', len))
		return false;
	size_t digits = 0, depth = 0, deepest = 0;
	for (size_t i = 0; i < len; i++) {
		bool digit = text[i] >= '0' && text[i] <= '9';
		digits = digit ? digits + 1 : 0;
		if (digits > 15 || (digits > 2 && i >= 4 && memchr(text + i - 4, 'e', 4)) ||
		    (digits > 2 && i >= 4 && memchr(text + i - 4, 'E', 4)))
			return false;
		depth += text[i] == '[' || text[i] == '{';
		depth -= (text[i] == ']' || text[i] == '}') && depth > 0;
		deepest = depth > deepest ? depth : deepest;
	}
	return deepest < JSON_READER_DEPTH;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	// Without a NUL behind it, so that reading past the end is seen.
	char *text = malloc(size ? size : 1);
	memcpy(text, data, size);
	struct json_reader r;
	json_reader_init(&r, text, size);
	bool ours = json_reader_skip(&r) && json_reader_end(&r);
	json_reader_deinit(&r);
	json_t *theirs = json_loadb(text, size, JSON_DECODE_ANY, NULL);
	if (ours != (theirs != NULL) && is_comparable(text, size))
		abort();
	json_decref(theirs);
	free(text);
	return 0;
}
