// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/placeholder.h"

#include <string.h>

#include "base/url.h"

// `at` is behind a '{'.
static bool is_name(const char *at, const char *name)
{
	size_t len = strlen(name);
	return strncmp(at, name, len) == 0 && at[len] == '}';
}

static const struct placeholder *find(const char *at, const struct placeholder *list)
{
	for (; list->name; list++)
		if (is_name(at, list->name))
			return list;
	return NULL;
}

void placeholder_fill(const char *text, const struct placeholder *list, bool escape,
		      struct buffer *out)
{
	while (*text) {
		const struct placeholder *p = *text == '{' ? find(text + 1, list) : NULL;
		if (!p) {
			buffer_append(out, text++, 1);
			continue;
		}
		if (p->value && escape)
			url_escape(p->value, out);
		else if (p->value)
			buffer_append_str(out, p->value);
		text += strlen(p->name) + 2;
	}
}

bool placeholder_uses(const char *text, const char *name)
{
	for (const char *at = text ? strchr(text, '{') : NULL; at; at = strchr(at + 1, '{'))
		if (is_name(at + 1, name))
			return true;
	return false;
}

const char *placeholder_find_unknown(const char *text, const struct placeholder *list)
{
	for (const char *at = strchr(text, '{'); at; at = strchr(at + 1, '{'))
		if (!find(at + 1, list))
			return at;
	return NULL;
}
