// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/publish/placeholder.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/percent.h"

static const char *const words[] = {"batch",    "what", "item",    "file",
				    "document", "run",  "run_dir", NULL};

// The word after '{' if it is one of ours and '}' follows; its length, 0 otherwise.
static size_t word_at(const char *s, const char **word)
{
	for (size_t i = 0; words[i]; i++) {
		size_t len = strlen(words[i]);
		if (strncmp(s, words[i], len) == 0 && s[len] == '}') {
			*word = words[i];
			return len;
		}
	}
	return 0;
}

struct error *placeholder_check(struct config_node n, const char *text)
{
	const char *word;
	for (const char *s = strchr(text, '{'); s; s = strchr(s + 1, '{'))
		if (word_at(s + 1, &word) == 0)
			return config_error(
			    n,
			    "\"%.30s\": unknown placeholder, expected {batch}, "
			    "{what}, {item}, {file}, {document}, {run} or {run_dir}",
			    s);
	return NULL;
}

// The value; the caller frees.
static char *value_of(const char *word, const struct send_context *c, const char *run)
{
	if (strcmp(word, "batch") == 0)
		return memory_strdup(c->item->batch);
	if (strcmp(word, "what") == 0)
		return memory_strdup(c->item->what);
	if (strcmp(word, "item") == 0)
		return memory_strdup(c->item->name);
	if (strcmp(word, "file") == 0)
		return memory_strdup(c->item->file_name);
	if (strcmp(word, "document") == 0)
		return spool_document_path(c->spool, c->item);
	if (!run)
		return memory_strdup("");
	if (strcmp(word, "run") == 0)
		return memory_strdup(run);
	return memory_printf("%s/runs/%s", c->results_dir, run);
}

void placeholder_expand(const char *text, const struct send_context *c, const char *run,
			bool encode, struct buffer *out)
{
	while (*text) {
		const char *word;
		size_t len = *text == '{' ? word_at(text + 1, &word) : 0;
		if (len == 0) {
			buffer_append(out, text++, 1);
			continue;
		}
		CLEANUP_FREE char *value = value_of(word, c, run);
		if (encode)
			percent_encode(value, false, out);
		else
			buffer_append_str(out, value);
		text += len + 2;
	}
}
