// SPDX-License-Identifier: GPL-2.0-or-later
// tests=: which stages and tests are to run.
#include <string.h>

#include "board/options.h"
#include "report/format.h"

// One word of the list.
struct word {
	const char *text;
	size_t size;
};

static bool word_is(struct word word, const char *text)
{
	return strlen(text) == word.size && !memcmp(word.text, text, word.size);
}

static bool glob(const char *pattern, size_t size, const char *text)
{
	size_t star = SIZE_MAX, at = 0;
	const char *retry = NULL;
	while (*text) {
		if (at < size && pattern[at] == '*') {
			star = at++;
			retry = text;
		} else if (at < size && (pattern[at] == '?' || pattern[at] == *text)) {
			at++;
			text++;
		} else if (star != SIZE_MAX) {
			at = star + 1;
			text = ++retry;
		} else {
			return false;
		}
	}
	while (at < size && pattern[at] == '*')
		at++;
	return at == size;
}

// One word of tests= against an id: the whole id, or the stage ahead of its dot.
static bool word_selects(struct word word, const char *id)
{
	if (glob(word.text, word.size, id))
		return true;
	char stage[16];
	size_t n = 0;
	while (id[n] && id[n] != '.' && n + 1 < sizeof(stage)) {
		stage[n] = id[n];
		n++;
	}
	stage[n] = '\0';
	return glob(word.text, word.size, stage);
}

// Takes the next word off the list at *list; false at its end.
static bool next_word(const char **list, struct word *word)
{
	while (**list == ',')
		(*list)++;
	word->text = *list;
	while (**list && **list != ',')
		(*list)++;
	word->size = (size_t)(*list - word->text);
	return word->size > 0;
}

// The part of the word ahead of its dot against a stage.
static bool word_selects_stage(struct word word, const char *stage)
{
	size_t size = 0;
	while (size < word.size && word.text[size] != '.')
		size++;
	return glob(word.text, size, stage);
}

// Says how to run, not what.
static bool is_mode(struct word word)
{
	return word_is(word, "quick") || word_is(word, "unsafe");
}

// Whether a word of tests= selects `id`; a list without such words selects everything.
static bool list_selects(const char *list, bool (*selects)(struct word word, const char *id),
			 const char *id)
{
	struct word word;
	bool any = false;
	while (next_word(&list, &word)) {
		if (is_mode(word))
			continue;
		any = true;
		if (selects(word, id))
			return true;
	}
	return !any;
}

bool options_selects(const struct options *options, const char *id)
{
	return list_selects(options->tests, word_selects, id);
}

bool options_selects_stage(const struct options *options, const char *stage)
{
	return list_selects(options->tests, word_selects_stage, stage);
}

bool options_names(const struct options *options, const char *wanted)
{
	const char *list = options->tests;
	struct word word;
	while (next_word(&list, &word))
		if (word_is(word, wanted))
			return true;
	return false;
}

#define STAGES  17 // S0 to S16
#define S11_OPS 11 // S11.R1 to R11
#define S14_OPS 8  // S14.W1 to W8

// Whether the word selects one of PREFIX1 to PREFIXn.
static bool selects_numbered(struct word word, const char *prefix, unsigned int n)
{
	for (unsigned int i = 1; i <= n; i++) {
		char id[16];
		format(id, sizeof(id), "%s%u", prefix, i);
		if (word_selects(word, id))
			return true;
	}
	return false;
}

// Whether there is something that the word may mean. Tests can be told apart where they run one by
// one; the other stages run whole.
static bool word_known(struct word word)
{
	char stage[8];
	if (is_mode(word) || word_selects_stage(word, "S4p"))
		return true;
	for (unsigned int i = 0; i < STAGES; i++) {
		format(stage, sizeof(stage), "S%u", i);
		if (i != 11 && i != 14 && word_selects_stage(word, stage))
			return true;
	}
	return selects_numbered(word, "S11.R", S11_OPS) || selects_numbered(word, "S14.W", S14_OPS);
}

bool options_tests_known(const struct options *options)
{
	const char *list = options->tests;
	struct word word;
	while (next_word(&list, &word))
		if (!word_known(word))
			return false;
	return true;
}
