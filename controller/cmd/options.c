// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/options.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static const struct option_spec *find_option(const struct option_spec *specs, const char *word,
					     const char **value)
{
	*value = NULL;
	for (const struct option_spec *s = specs; s->name; s++) {
		size_t len = strlen(s->name);
		if (word[1] == '-' && strncmp(word + 2, s->name, len) == 0) {
			if (word[2 + len] == '\0')
				return s;
			if (word[2 + len] == '=') {
				*value = word + 3 + len;
				return s;
			}
		}
		if (s->letter && word[1] == s->letter) {
			*value = word[2] ? word + 2 : NULL;
			return s;
		}
	}
	return NULL;
}

static struct error *set_count(const struct option_spec *s, const char *value)
{
	char *end;
	errno = 0;
	unsigned long n = strtoul(value, &end, 10);
	if (end == value || *end || errno || n < 1 || n > INT_MAX || value[0] == '-')
		return error_new(ERROR_USAGE, "--%s %s: expected a whole number, at least 1",
				 s->name, value);
	*(unsigned *)s->target = (unsigned)n;
	return NULL;
}

static struct error *set_option(const struct option_spec *s, const char *value)
{
	if (s->kind == OPTION_COUNT)
		return set_count(s, value);
	*(const char **)s->target = value;
	return NULL;
}

struct error *options_parse(int argc, char **argv, const struct option_spec *specs, int *rest)
{
	int out = 1;
	bool ended = false;
	for (int i = 1; i < argc; i++) {
		char *word = argv[i];
		if (ended || word[0] != '-' || word[1] == '\0') {
			argv[out++] = word;
			continue;
		}
		if (strcmp(word, "--") == 0) {
			ended = true;
			continue;
		}
		const char *value;
		const struct option_spec *s = find_option(specs, word, &value);
		if (!s)
			return error_new(ERROR_USAGE, "unknown option %s", word);
		if (s->kind == OPTION_FLAG) {
			if (value)
				return error_new(ERROR_USAGE, "--%s takes no value", s->name);
			*(bool *)s->target = true;
			continue;
		}
		if (!value && i + 1 < argc)
			value = argv[++i];
		if (!value)
			return error_new(ERROR_USAGE, "--%s needs a value", s->name);
		TRY(set_option(s, value));
	}
	*rest = out - 1;
	return NULL;
}
