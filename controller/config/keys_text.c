// SPDX-License-Identifier: GPL-2.0-or-later
// What a table of keys says of itself.
#include "config/keys.h"

#include <string.h>

#define LINE_MAX 80

const char *key_type_name(enum key_type type)
{
	static const char *const names[] = {
	    [KEY_TYPE_TEXT] = "text",
	    [KEY_TYPE_NUMBER] = "number",
	    [KEY_TYPE_BOOL] = "bool",
	    [KEY_TYPE_SECONDS] = "seconds",
	    [KEY_TYPE_SIZE] = "size",
	    [KEY_TYPE_WORD] = "word",
	    [KEY_TYPE_LIST] = "list",
	    [KEY_TYPE_COMMAND] = "command",
	    [KEY_TYPE_VARIABLES] = "variables",
	    [KEY_TYPE_FILE] = "file",
	    [KEY_TYPE_SERVER] = "server",
	    [KEY_TYPE_URL] = "url",
	    [KEY_TYPE_URL_PATH] = "path",
	    [KEY_TYPE_SECRET] = "secret",
	    [KEY_TYPE_GROUP] = "group",
	    [KEY_TYPE_NAME] = "name",
	    [KEY_TYPE_MAP] = "map",
	};
	return names[type];
}

static void put_group(const struct key *keys, struct buffer *out)
{
	buffer_append_str(out, "{");
	for (const struct key *k = keys; k->name; k++) {
		buffer_printf(out, "%s%s: ", k == keys ? "" : ", ", k->name);
		key_put_value(k, out);
	}
	buffer_append_str(out, "}");
}

void key_put_value(const struct key *k, struct buffer *out)
{
	static const char *const values[] = {
	    [KEY_TYPE_TEXT] = "TEXT",     [KEY_TYPE_NUMBER] = "N",
	    [KEY_TYPE_BOOL] = "BOOL",     [KEY_TYPE_SECONDS] = "SECONDS",
	    [KEY_TYPE_SIZE] = "SIZE",     [KEY_TYPE_LIST] = "LIST",
	    [KEY_TYPE_COMMAND] = "LIST",  [KEY_TYPE_VARIABLES] = "LIST",
	    [KEY_TYPE_FILE] = "FILE",     [KEY_TYPE_SERVER] = "URL",
	    [KEY_TYPE_URL] = "URL",       [KEY_TYPE_URL_PATH] = "PATH",
	    [KEY_TYPE_SECRET] = "SECRET", [KEY_TYPE_NAME] = "NAME",
	    [KEY_TYPE_MAP] = "MAP",
	};
	if (k->value) {
		buffer_append_str(out, k->value);
	} else if (k->type == KEY_TYPE_GROUP) {
		put_group(k->keys, out);
	} else if (k->type == KEY_TYPE_WORD) {
		for (size_t i = 0; k->words[i]; i++)
			buffer_printf(out, "%s%s", i ? " | " : "", k->words[i]);
	} else {
		buffer_append_str(out, values[k->type]);
	}
}

// One word behind the others, in lines of LINE_MAX behind `column` blanks.
static void put_word(const char *word, size_t len, size_t column, size_t *at, struct buffer *out)
{
	bool first = *at == 0;
	if (first || *at + 1 + len > LINE_MAX) {
		buffer_printf(out, "%s%*s", first ? "" : "\n", first ? 0 : (int)column, "");
		*at = column;
	} else {
		buffer_append_str(out, " ");
		++*at;
	}
	buffer_append(out, word, len);
	*at += len;
}

static void put_words(const char *text, size_t column, size_t *at, struct buffer *out)
{
	while (*text) {
		size_t len = strcspn(text, " ");
		put_word(text, len, column, at, out);
		text += len + strspn(text + len, " ");
	}
}

static void put_key(const struct key *k, const char *indent, size_t column, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer head = {0};
	CLEANUP_BUFFER struct buffer tail = {0};
	buffer_printf(&head, "%s%s: ", indent, k->name);
	key_put_value(k, &head);
	buffer_append(out, buffer_str(&head), head.len);
	size_t at = 0;
	if (k->required)
		buffer_append_str(&tail, "(required)");
	else if (k->preset)
		buffer_printf(&tail, "(%s)", k->preset);
	if (k->help || tail.len)
		buffer_printf(out, head.len + 2 > column ? "\n%*s" : "%*s",
			      (int)(head.len + 2 > column ? column : column - head.len), "");
	if (k->help)
		put_words(k->help, column, &at, out);
	put_words(buffer_str(&tail), column, &at, out);
	buffer_append_str(out, "\n");
}

void keys_describe(const struct key *table, const char *indent, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer inner = {0};
	buffer_printf(&inner, "%s    ", indent);
	size_t column = strlen(indent) + 24;
	for (const struct key *k = table; k->name; k++) {
		if (k->type != KEY_TYPE_GROUP) {
			put_key(k, indent, column, out);
			continue;
		}
		const struct key head = {.name = k->name,
					 .value = "",
					 .help = k->help,
					 .type = KEY_TYPE_NAME,
					 .required = k->required};
		put_key(&head, indent, column, out);
		keys_describe(k->keys, buffer_str(&inner), out);
	}
}
