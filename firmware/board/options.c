// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/options.h"

#include <string.h>

#include "report/format.h"

enum key {
	KEY_ORDER,
	KEY_GRANULE,
	KEY_RODATA,
	KEY_KFENCE,
	KEY_DEBUG_PAGEALLOC,
	KEY_BBM,
	KEY_TESTS,
	KEY_REPS,
	KEY_STRESS_MS,
	KEY_STRESS_ITERS,
	KEY_INJECT,
	KEY_SEED,
	KEY_DET,
	KEY_END,
	KEY_MAXCPU,
	KEY_TLBI2,
};

struct key_name {
	char name[16];
	uint8_t key;
};

static const struct key_name key_names[] = {
    {"order", KEY_ORDER},
    {"granule", KEY_GRANULE},
    {"rodata", KEY_RODATA},
    {"kfence", KEY_KFENCE},
    {"debug_pagealloc", KEY_DEBUG_PAGEALLOC},
    {"bbm", KEY_BBM},
    {"tests", KEY_TESTS},
    {"reps", KEY_REPS},
    {"stress_ms", KEY_STRESS_MS},
    {"stress_iters", KEY_STRESS_ITERS},
    {"inject", KEY_INJECT},
    {"seed", KEY_SEED},
    {"det", KEY_DET},
    {"end", KEY_END},
    {"maxcpu", KEY_MAXCPU},
    {"tlbi2", KEY_TLBI2},
};

// The words a key may have, and what each means.
struct choice {
	char word[16];
	uint8_t value;
};

static const struct choice order_choices[] = {
    {"premap", ORDER_PREMAP},
    {"textro", ORDER_TEXTRO},
    {"rodataro", ORDER_RODATARO},
    {"roonly", ORDER_ROONLY},
};
static const struct choice granule_choices[] = {
    {"auto", OPTION_GRANULE_AUTO},
    {"4k", OPTION_GRANULE_4K},
    {"16k", OPTION_GRANULE_16K},
    {"64k", OPTION_GRANULE_64K},
};
static const struct choice rodata_choices[] = {
    {"full", RODATA_FULL},
    {"noalias", RODATA_NOALIAS},
    {"off", RODATA_OFF},
};
static const struct choice kfence_choices[] = {
    {"early", KFENCE_EARLY},
    {"late", KFENCE_LATE},
    {"off", KFENCE_OFF},
};
static const struct choice bbm_choices[] = {
    {"auto72", BBM_AUTO72}, {"auto73", BBM_AUTO73}, {"idreg2", BBM_IDREG2},
    {"force0", BBM_FORCE0}, {"force2", BBM_FORCE2},
};
static const struct choice inject_choices[] = {
    {"none", OPTION_INJECT_NONE},           {"publish-first", OPTION_INJECT_PUBLISH_FIRST},
    {"wrong-oa", OPTION_INJECT_WRONG_OA},   {"no-tlbi", OPTION_INJECT_NO_TLBI},
    {"no-clear", OPTION_INJECT_NO_CLEAR},   {"cont-hole", OPTION_INJECT_CONT_HOLE},
    {"guard-off", OPTION_INJECT_GUARD_OFF}, {"splat", OPTION_INJECT_SPLAT},
    {"oops", OPTION_INJECT_OOPS},           {"hang", OPTION_INJECT_HANG},
};
static const struct choice end_choices[] = {
    {"off", OPTION_END_OFF},
    {"reset", OPTION_END_RESET},
    {"halt", OPTION_END_HALT},
};

// A piece of the command line.
struct word {
	const char *text;
	size_t size;
};

static bool word_is(struct word word, const char *text)
{
	return strlen(text) == word.size && !memcmp(word.text, text, word.size);
}

static bool choose(struct word word, const struct choice *choices, size_t count,
		   unsigned int *value)
{
	for (size_t i = 0; i < count; i++) {
		if (word_is(word, choices[i].word)) {
			*value = choices[i].value;
			return true;
		}
	}
	return false;
}
#define CHOOSE(word, choices, value) \
	choose(word, choices, sizeof(choices) / sizeof((choices)[0]), value)

// Decimal, or hexadecimal behind 0x; at most `limit`.
static bool number(struct word word, uint64_t limit, uint64_t *value)
{
	unsigned int base = 10;
	if (word.size > 2 && word.text[0] == '0' && word.text[1] == 'x') {
		base = 16;
		word.text += 2;
		word.size -= 2;
	}
	uint64_t sum = 0;
	if (!word.size)
		return false;
	for (size_t i = 0; i < word.size; i++) {
		char c = word.text[i];
		unsigned int digit = c >= '0' && c <= '9'   ? (unsigned int)(c - '0')
				     : c >= 'a' && c <= 'f' ? (unsigned int)(c - 'a') + 10
							    : 16;
		if (digit >= base || digit > limit || sum > (limit - digit) / base)
			return false;
		sum = sum * base + digit;
	}
	*value = sum;
	return true;
}

static bool number32(struct word word, uint32_t *value)
{
	uint64_t wide;
	if (!number(word, UINT32_MAX, &wide))
		return false;
	*value = (uint32_t)wide;
	return true;
}

static bool boolean(struct word word, bool *value)
{
	uint64_t wide;
	if (!number(word, 1, &wide))
		return false;
	*value = wide;
	return true;
}

// inject=slow=N%
static bool inject_slow(struct word word, struct options *options)
{
	if (word.size < 7 || memcmp(word.text, "slow=", 5) || word.text[word.size - 1] != '%')
		return false;
	struct word percent = {word.text + 5, word.size - 6};
	if (!number32(percent, &options->slow))
		return false;
	options->inject = OPTION_INJECT_SLOW;
	return true;
}

// bbm.cpuN=0|1
static bool apply_override(struct options *options, struct word key, struct word value)
{
	uint64_t cpu;
	bool has;
	if (key.size < 8 || memcmp(key.text, "bbm.cpu", 7) ||
	    !number((struct word){key.text + 7, key.size - 7}, CPU_MAX - 1, &cpu) ||
	    !boolean(value, &has))
		return false;
	options->cap_override[cpu] = has ? CAP_PRETEND_HAS : CAP_PRETEND_LACKS;
	return true;
}

static bool apply(struct options *options, enum key key, struct word value)
{
	unsigned int choice = 0;
	bool good = false;
	switch (key) {
	case KEY_ORDER:
		good = CHOOSE(value, order_choices, &choice);
		if (good)
			options->policy.order = (enum order)choice;
		return good;
	case KEY_GRANULE:
		good = CHOOSE(value, granule_choices, &choice);
		if (good)
			options->granule = (uint8_t)choice;
		return good;
	case KEY_RODATA:
		good = CHOOSE(value, rodata_choices, &choice);
		if (good)
			options->policy.rodata = (enum rodata)choice;
		return good;
	case KEY_KFENCE:
		good = CHOOSE(value, kfence_choices, &choice);
		if (good)
			options->policy.kfence = (enum kfence)choice;
		return good;
	case KEY_BBM:
		good = CHOOSE(value, bbm_choices, &choice);
		if (good)
			options->policy.bbm = (enum bbm_policy)choice;
		return good;
	case KEY_INJECT:
		good = CHOOSE(value, inject_choices, &choice);
		if (good)
			options->inject = (uint8_t)choice;
		return good || inject_slow(value, options);
	case KEY_END:
		good = CHOOSE(value, end_choices, &choice);
		if (good)
			options->end = (uint8_t)choice;
		return good;
	case KEY_TESTS:
		if (value.size >= sizeof(options->tests))
			return false;
		memcpy(options->tests, value.text, value.size);
		options->tests[value.size] = '\0';
		return true;
	case KEY_DEBUG_PAGEALLOC:
		return boolean(value, &options->policy.debug_pagealloc);
	case KEY_DET:
		return boolean(value, &options->det);
	case KEY_TLBI2:
		return boolean(value, &options->tlbi_twice);
	case KEY_REPS:
		return number32(value, &options->reps);
	case KEY_STRESS_MS:
		return number32(value, &options->stress_ms);
	case KEY_STRESS_ITERS:
		return number32(value, &options->stress_iters);
	case KEY_MAXCPU:
		return number32(value, &options->maxcpu) && options->maxcpu > 0;
	case KEY_SEED:
		return number(value, UINT64_MAX, &options->seed);
	}
	return false;
}

static bool apply_word(struct options *options, struct word word)
{
	size_t at = 0;
	while (at < word.size && word.text[at] != '=')
		at++;
	if (at == word.size)
		return false;
	struct word key = {word.text, at};
	struct word value = {word.text + at + 1, word.size - at - 1};
	for (size_t i = 0; i < sizeof(key_names) / sizeof(key_names[0]); i++)
		if (word_is(key, key_names[i].name))
			return apply(options, (enum key)key_names[i].key, value);
	return apply_override(options, key, value);
}

// For each of eight patterns: with that a whole run stays within 5 s on an emulator.
#define STRESS_MS_DEFAULT 150

void options_init(struct options *options)
{
	memset(options, 0, sizeof(*options));
	options->policy.order = ORDER_TEXTRO;
	options->policy.rodata = RODATA_FULL;
	options->policy.kfence = KFENCE_EARLY;
	options->policy.bbm = BBM_AUTO72;
	options->stress_ms = STRESS_MS_DEFAULT;
	options->maxcpu = CPU_MAX;
	options->seed = 1;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

unsigned int options_parse(struct options *options, const char *text, char *problem, size_t size)
{
	unsigned int bad = 0;
	for (const char *p = text; *p;) {
		if (is_blank(*p)) {
			p++;
			continue;
		}
		struct word word = {p, 0};
		while (*p && !is_blank(*p))
			p++;
		word.size = (size_t)(p - word.text);
		if (!apply_word(options, word) && bad++ == 0)
			format(problem, size, "'%.*s' at column %zu is no known key=value",
			       word.size < 60 ? (int)word.size : 60, word.text,
			       (size_t)(word.text - text) + 1);
	}
	return bad;
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

// Whether a word of tests= selects `id`; a list without such words selects everything.
static bool list_selects(const char *list, bool (*selects)(struct word word, const char *id),
			 const char *id)
{
	struct word word;
	bool any = false;
	while (next_word(&list, &word)) {
		if (word_is(word, "quick") || word_is(word, "unsafe"))
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
