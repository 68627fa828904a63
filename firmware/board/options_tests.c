// SPDX-License-Identifier: GPL-2.0-or-later
// tests=: which stages and tests are to run. A word that selects nothing is an error: whoever wrote
// it would take the run for one of what it names.

#include "board/options.h"
#include "report/format.h"

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

// The stages whose tests run one by one, and what their ids begin with.
struct numbered {
	char stage[4];
	char prefix[6];
	uint8_t count;
};

static const struct numbered numbered_stages[] = {
    {"S11", "S11.R", 11},
    {"S14", "S14.W", 8},
};

static const struct numbered *numbered_stage(const char *stage)
{
	for (size_t i = 0; i < sizeof(numbered_stages) / sizeof(numbered_stages[0]); i++)
		if (!strcmp(numbered_stages[i].stage, stage))
			return &numbered_stages[i];
	return NULL;
}

// Copies what stands ahead of the dot.
static void stage_of(const char *id, char *stage, size_t size)
{
	size_t n = 0;
	while (id[n] && id[n] != '.' && n + 1 < size) {
		stage[n] = id[n];
		n++;
	}
	stage[n] = '\0';
}

// The set that "quick" stands for: what takes no time and needs no second CPU.
static bool is_quick(const char *id)
{
	char stage[16];
	stage_of(id, stage, sizeof(stage));
	return strcmp(stage, "S13") && strcmp(stage, "S14");
}

// One word of tests= against an id: the whole id, or the stage ahead of its dot.
static bool word_selects(struct word word, const char *id)
{
	char stage[16];
	if (word_is(word, "quick"))
		return is_quick(id);
	if (glob(word.text, word.size, id))
		return true;
	stage_of(id, stage, sizeof(stage));
	return glob(word.text, word.size, stage);
}

static bool selects_numbered(struct word word, const struct numbered *stage)
{
	for (unsigned int i = 1; i <= stage->count; i++) {
		char id[16];
		format(id, sizeof(id), "%s%u", stage->prefix, i);
		if (word_selects(word, id))
			return true;
	}
	return false;
}

// One word against a stage: any of its tests where they run one by one, else all of it.
static bool word_selects_stage(struct word word, const char *stage)
{
	const struct numbered *numbered = numbered_stage(stage);
	if (numbered)
		return selects_numbered(word, numbered);
	if (word_is(word, "quick"))
		return is_quick(stage);
	size_t size = 0;
	while (size < word.size && word.text[size] != '.')
		size++;
	for (size_t i = size + 1; i < word.size; i++)
		if (word.text[i] != '*')
			return false;
	return (size == word.size || size + 1 < word.size) && glob(word.text, size, stage);
}

// Says how to run, not what.
static bool is_mode(struct word word)
{
	return word_is(word, "unsafe");
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

#define STAGES 17 // S0 to S16

// Whether there is something that the word may mean.
static bool word_known(struct word word)
{
	char stage[8];
	if (is_mode(word) || word_is(word, "quick") || word_selects_stage(word, "S4p"))
		return true;
	for (unsigned int i = 0; i < STAGES; i++) {
		format(stage, sizeof(stage), "S%u", i);
		if (word_selects_stage(word, stage))
			return true;
	}
	return false;
}

unsigned int options_tests_unknown(const struct options *options, char *why, size_t size)
{
	const char *list = options->tests;
	struct word word;
	unsigned int unknown = 0;
	while (next_word(&list, &word)) {
		if (word_known(word) || unknown++ || !why)
			continue;
		int shown = word.size < 20 ? (int)word.size : 20;
		format(why, size,
		       "quick, unsafe, S0 to S16, S4p, S11.R1 to R11, S14.W1 to W8, globs; not "
		       "'%.*s'",
		       shown, word.text);
	}
	return unknown;
}

// Where inject= puts its fault: test ids, a list as tests= is one. Empty: it needs no test that
// tests= may leave out.
static const char *inject_homes(enum option_inject fault)
{
	switch (fault) {
	case OPTION_INJECT_PUBLISH_FIRST:
		return "S14.W1,S14.W5";
	case OPTION_INJECT_WRONG_OA:
		return "S14.W1,S14.W4";
	case OPTION_INJECT_NO_TLBI:
	case OPTION_INJECT_EARLY_TLBI:
		return "S14.W2,S14.W6,S14.W7,S14.W8";
	case OPTION_INJECT_MARK_BREAK:
	case OPTION_INJECT_CONT_HOLE:
		return "S14.W3,S14.W4";
	case OPTION_INJECT_SLOW:
		return "S15";
	default:
		return "";
	}
}

bool options_injects(const struct options *options, const char *id)
{
	const char *homes = inject_homes((enum option_inject)options->inject);
	struct word word;
	while (next_word(&homes, &word))
		if (word_is(word, id))
			return true;
	return false;
}

bool options_inject_selected(const struct options *options)
{
	const char *homes = inject_homes((enum option_inject)options->inject);
	struct word word;
	// The last stage of a run with it has a group with a hole, too.
	bool any = options->inject == OPTION_INJECT_CONT_HOLE;
	bool needed = false;
	while (next_word(&homes, &word)) {
		char id[16];
		format(id, sizeof(id), "%.*s", (int)word.size, word.text);
		needed = true;
		any |= options_selects(options, id);
	}
	return any || !needed;
}
