// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/options.h"

#include <string.h>

static const struct cmd_option *find_long(const struct cmd_option *options, size_t count,
					  const char *name, size_t len)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(options[i].name) == len && memcmp(options[i].name, name, len) == 0)
			return &options[i];
	return NULL;
}

static const struct cmd_option *find_letter(const struct cmd_option *options, size_t count,
					    char letter)
{
	for (size_t i = 0; i < count; i++)
		if (options[i].letter == letter)
			return &options[i];
	return NULL;
}

// Takes the option in argv[*i], and the word behind it when that is its value.
static struct error *take_option(int argc, char **argv, int *i, const struct cmd_option *options,
				 size_t count)
{
	const char *word = argv[*i];
	const char *inline_value = NULL;
	const struct cmd_option *o;
	if (word[1] == '-') {
		const char *equals = strchr(word, '=');
		size_t len = equals ? (size_t)(equals - word) - 2 : strlen(word) - 2;
		o = find_long(options, count, word + 2, len);
		inline_value = equals ? equals + 1 : NULL;
	} else {
		o = find_letter(options, count, word[1]);
		inline_value = word[2] ? word + 2 : NULL;
	}
	if (!o)
		return error_new(ERROR_USAGE, "unknown option \"%s\"", word);
	if (o->flag) {
		if (inline_value)
			return error_new(ERROR_USAGE, "--%s takes no value", o->name);
		*o->flag = true;
		return NULL;
	}
	if (*o->value)
		return error_new(ERROR_USAGE, "--%s is given twice", o->name);
	if (!inline_value && *i + 1 >= argc)
		return error_new(ERROR_USAGE, "--%s needs a value", o->name);
	*o->value = inline_value ? inline_value : argv[++*i];
	return NULL;
}

struct error *cmd_parse_options(int argc, char **argv, const struct cmd_option *options,
				size_t count, int *first)
{
	int operands = 1; // argv[1..operands-1] are operands seen so far, moved to the front
	bool ended = false;
	for (int i = 1; i < argc; i++) {
		if (!ended && strcmp(argv[i], "--") == 0)
			ended = true;
		else if (!ended && argv[i][0] == '-' && argv[i][1] != '\0')
			TRY(take_option(argc, argv, &i, options, count));
		else
			argv[operands++] = argv[i];
	}
	// Operands go to the end, where the caller looks for them.
	int n = operands - 1;
	memmove(&argv[argc - n], &argv[1], (size_t)n * sizeof(*argv));
	*first = argc - n;
	return NULL;
}
