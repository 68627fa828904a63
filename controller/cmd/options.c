// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "text/similar.h"

const struct cmd_option *cmd_find_option(const struct cmd_option *options, size_t count,
					 const char *word)
{
	bool is_long = word[1] == '-';
	size_t len = is_long ? strcspn(word + 2, "=") : 0;
	for (size_t i = 0; i < count; i++) {
		const char *name = options[i].name;
		if (is_long && strlen(name) == len && memcmp(name, word + 2, len) == 0)
			return &options[i];
		if (!is_long && word[1] && options[i].letter == word[1])
			return &options[i];
	}
	return NULL;
}

static struct error *unknown_option(const char *word, const struct cmd_option *options,
				    size_t count)
{
	struct similar s;
	bool is_long = word[1] == '-';
	CLEANUP_FREE char *name = is_long ? memory_strndup(word + 2, strcspn(word + 2, "=")) : NULL;
	similar_init(&s, is_long ? name : "");
	for (size_t i = 0; is_long && i < count; i++)
		if (!options[i].hidden)
			similar_offer(&s, options[i].name);
	if (s.best)
		return error_new(ERROR_USAGE, "unknown option \"%s\"; did you mean --%s?", word,
				 s.best);
	return error_new(ERROR_USAGE, "unknown option \"%s\"", word);
}

static bool *flag_of(const struct cmd_option *o, void *into)
{
	return (bool *)((char *)into + o->place);
}

static const char **value_of(const struct cmd_option *o, void *into)
{
	return (const char **)(void *)((char *)into + o->place);
}

// Takes the option in argv[*i], and the word behind it when that is its value.
static struct error *take_option(int argc, char **argv, int *i, const struct cmd_option *options,
				 size_t count, void *into)
{
	const char *word = argv[*i];
	const struct cmd_option *o = cmd_find_option(options, count, word);
	if (!o)
		return unknown_option(word, options, count);
	const char *inline_value = NULL;
	if (word[1] == '-') {
		const char *equals = strchr(word, '=');
		inline_value = equals ? equals + 1 : NULL;
	} else if (word[2]) {
		inline_value = word + 2;
	}
	if (!o->argument) {
		if (inline_value)
			return error_new(ERROR_USAGE, "--%s takes no value", o->name);
		*flag_of(o, into) = true;
		return NULL;
	}
	const char **value = value_of(o, into);
	if (*value)
		return error_new(ERROR_USAGE, "--%s is given twice", o->name);
	if (!inline_value && *i + 1 >= argc)
		return error_new(ERROR_USAGE, "--%s needs a value (%s)", o->name, o->argument);
	*value = inline_value ? inline_value : argv[++*i];
	bool is_path = o->values == VALUES_FILE || o->values == VALUES_FOLDER;
	if (is_path && !**value)
		return error_new(ERROR_USAGE, "--%s: an empty file name", o->name);
	return NULL;
}

struct error *cmd_parse_options(int argc, char **argv, const struct cmd_option *options,
				size_t count, void *into, int *first)
{
	int operands = 1; // argv[1..operands-1] are operands seen so far, moved to the front
	bool ended = false;
	for (int i = 1; i < argc; i++) {
		if (!ended && strcmp(argv[i], "--") == 0)
			ended = true;
		else if (!ended && argv[i][0] == '-' && argv[i][1] != '\0')
			TRY(take_option(argc, argv, &i, options, count, into));
		else
			argv[operands++] = argv[i];
	}
	for (size_t i = 0; i < count; i++)
		if (options[i].preset && !*value_of(&options[i], into))
			*value_of(&options[i], into) = options[i].preset;
	// Operands go to the end, where the caller looks for them.
	int n = operands - 1;
	memmove(&argv[argc - n], &argv[1], (size_t)n * sizeof(*argv));
	*first = argc - n;
	return NULL;
}

struct error *cmd_parse_count(const char *option, const char *text, unsigned max, unsigned *out)
{
	char *end;
	errno = 0;
	unsigned long n = strtoul(text, &end, 10);
	if (end == text || *end || errno || text[0] == '-' || n < 1 || n > max)
		return error_new(ERROR_USAGE, "--%s \"%s\": expected a whole number from 1 to %u",
				 option, text, max);
	*out = (unsigned)n;
	return NULL;
}

unsigned cmd_host_cores(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	return n > 0 ? (unsigned)n : 1;
}
