// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/words.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "text/utf8.h"
#include "text/terminal.h"

// ---- one line -----------------------------------------------------------------------------------

// The line as people read it, blanks around it away.
static void tidy(const char *line, size_t len, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer text = {0};
	for (size_t i = 0; i < len;) {
		unsigned char c = (unsigned char)line[i];
		if (c == 0x1b) {
			i += terminal_escape_length(line + i, len - i);
			continue;
		}
		if (c == '\b' && text.len)
			buffer_truncate(&text, text.len - 1);
		else if (c == '\t')
			buffer_append_str(&text, " ");
		else if (c >= 0x20 && c != 0x7f && (text.len || c != ' '))
			buffer_append(&text, line + i, 1);
		i++;
	}
	while (text.len && text.data[text.len - 1] == ' ')
		buffer_truncate(&text, text.len - 1);
	utf8_clean(buffer_str(&text), text.len, WORDS_MAX, out);
}

// Calls for each line: what CR overwrites is a line of its own (progress).
typedef void line_fn(const char *line, void *arg);

static void each_line(const char *text, size_t len, line_fn *fn, void *arg)
{
	for (size_t at = 0; at < len;) {
		size_t end = at;
		while (end < len && text[end] != '\n' && text[end] != '\r')
			end++;
		CLEANUP_BUFFER struct buffer line = {0};
		tidy(text + at, end - at, &line);
		if (line.len)
			fn(buffer_str(&line), arg);
		at = end + 1;
	}
}

// ---- which one ----------------------------------------------------------------------------------

struct choice {
	char *error, *failure, *last; // owned
};

static void choice_deinit(struct choice *c)
{
	free(c->error);
	free(c->failure);
	free(c->last);
}
#define CLEANUP_CHOICE CLEANUP(choice_deinit)

static bool has(const char *line, const char *const *words)
{
	for (; *words; words++)
		if (strcasestr(line, *words))
			return true;
	return false;
}

// "0 errors" and the like are good news.
static bool is_harmless(const char *line)
{
	static const char *const words[] = {"0 error",       "no error", "error: 0",  "errors: 0",
					    "0 fail",        "no fail",  "failed: 0", "failures: 0",
					    "without error", NULL};
	return has(line, words);
}

// A headline that says less than the line behind it (snmpset).
static bool is_headline(const char *line)
{
	static const char *const words[] = {"Error in packet", NULL};
	return has(line, words);
}

static void consider(const char *line, void *arg)
{
	static const char *const errors[] = {"error",       "fatal",         "Reason: (",
					     "Reason: not", "Reason: wrong", NULL};
	static const char *const failures[] = {
	    "fail",      "cannot",   "can't",     "could not", "couldn't",  "unable",
	    "denied",    "refused",  "not found", "no such",   "no device", "no compatible",
	    "timed out", "timeout",  "invalid",   "missing",   "blocked",   "not available",
	    "mismatch",  "rejected", "unknown",   NULL};
	struct choice *c = arg;
	free(c->last);
	c->last = memory_strdup(line);
	if (is_harmless(line) || is_headline(line))
		return;
	if (!c->error && has(line, errors))
		c->error = memory_strdup(line);
	if (!c->failure && has(line, failures))
		c->failure = memory_strdup(line);
}

void words_last_line(const char *text, size_t len, struct buffer *out)
{
	CLEANUP_CHOICE struct choice c = {0};
	each_line(text, len, consider, &c);
	buffer_append_str(out, c.last ? c.last : "");
}

void words_telling_line(const char *text, size_t len, struct buffer *out)
{
	CLEANUP_CHOICE struct choice c = {0};
	each_line(text, len, consider, &c);
	buffer_append_str(out, c.error ? c.error : c.failure ? c.failure : c.last ? c.last : "");
}
