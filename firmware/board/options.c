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
	KEY_COUNT,
};

struct key_name {
	char name[16];
	uint8_t key;
};

static const struct key_name key_names[KEY_COUNT] = {
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

struct choices {
	const struct choice *choice;
	size_t count;
};
#define CHOICES(array) ((struct choices){array, sizeof(array) / sizeof((array)[0])})

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

// Empty for a key whose value is no word.
static struct choices choices_of(enum key key)
{
	switch (key) {
	case KEY_ORDER:
		return CHOICES(order_choices);
	case KEY_GRANULE:
		return CHOICES(granule_choices);
	case KEY_RODATA:
		return CHOICES(rodata_choices);
	case KEY_KFENCE:
		return CHOICES(kfence_choices);
	case KEY_BBM:
		return CHOICES(bbm_choices);
	case KEY_INJECT:
		return CHOICES(inject_choices);
	case KEY_END:
		return CHOICES(end_choices);
	default:
		return (struct choices){NULL, 0};
	}
}

// A piece of the command line.
struct word {
	const char *text;
	size_t size;
};

static bool word_is(struct word word, const char *text)
{
	return strlen(text) == word.size && !memcmp(word.text, text, word.size);
}

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

static void set_choice(struct options *options, enum key key, uint8_t value)
{
	switch (key) {
	case KEY_ORDER:
		options->policy.order = (enum order)value;
		break;
	case KEY_GRANULE:
		options->granule = value;
		break;
	case KEY_RODATA:
		options->policy.rodata = (enum rodata)value;
		break;
	case KEY_KFENCE:
		options->policy.kfence = (enum kfence)value;
		break;
	case KEY_BBM:
		options->policy.bbm = (enum bbm_policy)value;
		break;
	case KEY_INJECT:
		options->inject = value;
		break;
	case KEY_END:
		options->end = value;
		break;
	default:
		break;
	}
}

// What is no choice of words.
static bool set_value(struct options *options, enum key key, struct word value)
{
	switch (key) {
	case KEY_INJECT:
		return inject_slow(value, options);
	case KEY_TESTS:
		if (value.size >= sizeof(options->tests))
			return false;
		memcpy(options->tests, value.text, value.size);
		options->tests[value.size] = '\0';
		return options_tests_known(options);
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
	default:
		return false;
	}
}

static bool apply(struct options *options, enum key key, struct word value)
{
	struct choices choices = choices_of(key);
	for (size_t i = 0; i < choices.count; i++) {
		if (word_is(value, choices.choice[i].word)) {
			set_choice(options, key, choices.choice[i].value);
			return true;
		}
	}
	return set_value(options, key, value);
}

static void append(char *text, size_t size, const char *more)
{
	size_t length = strlen(text);
	format(text + length, size - length, "%s", more);
}

// The values a key takes, for people.
static void describe_values(enum key key, char *text, size_t size)
{
	struct choices choices = choices_of(key);
	text[0] = '\0';
	for (size_t i = 0; i < choices.count; i++) {
		append(text, size, i ? ", " : "");
		append(text, size, choices.choice[i].word);
	}
	switch (key) {
	case KEY_INJECT:
		append(text, size, ", slow=N%");
		break;
	case KEY_TESTS:
		append(text, size,
		       "quick, unsafe, S0 to S16, S4p, S11.R1 to R11, S14.W1 to W8, globs");
		break;
	case KEY_DEBUG_PAGEALLOC:
	case KEY_DET:
	case KEY_TLBI2:
		append(text, size, "0 or 1");
		break;
	case KEY_SEED:
		append(text, size, "a number of 64 bits");
		break;
	case KEY_MAXCPU:
		append(text, size, "a number from 1");
		break;
	default:
		append(text, size, choices.count ? "" : "a number of 32 bits");
		break;
	}
}

static void describe_keys(char *text, size_t size)
{
	text[0] = '\0';
	for (size_t i = 0; i < KEY_COUNT; i++) {
		append(text, size, key_names[i].name);
		append(text, size, " ");
	}
	append(text, size, "bbm.cpuN");
}

// Whether one letter more, less, other or swapped with the next makes `word` of `name`.
static bool misspells(struct word word, const char *name)
{
	size_t length = strlen(name), front = 0, back = 0;
	size_t shorter = word.size < length ? word.size : length;
	while (front < shorter && word.text[front] == name[front])
		front++;
	while (back < shorter - front && word.text[word.size - 1 - back] == name[length - 1 - back])
		back++;
	size_t odd = word.size - front - back, wanted = length - front - back;
	if (odd == 2 && wanted == 2)
		return word.text[front] == name[front + 1] && word.text[front + 1] == name[front];
	return odd <= 1 && wanted <= 1;
}

// The key that must be meant by one that does not exist; NULL: the word is somebody else's.
static const char *key_meant(struct word key)
{
	for (size_t i = 0; i < KEY_COUNT; i++)
		if (misspells(key, key_names[i].name))
			return key_names[i].name;
	return NULL;
}

// What the parsing of one word came to.
enum word_sort {
	WORD_GOOD,
	WORD_BAD,
	WORD_FOREIGN,
};

// `why` is written unless the word is good.
static enum word_sort apply_word(struct options *options, struct word word, char *why, size_t size)
{
	size_t at = 0;
	while (at < word.size && word.text[at] != '=')
		at++;
	bool valued = at < word.size;
	struct word key = {word.text, at};
	struct word value = {word.text + at + valued, word.size - at - valued};
	for (size_t i = 0; i < KEY_COUNT; i++) {
		if (!word_is(key, key_names[i].name))
			continue;
		if (valued && apply(options, (enum key)key_names[i].key, value))
			return WORD_GOOD;
		describe_values((enum key)key_names[i].key, why, size);
		return WORD_BAD;
	}
	if (key.size >= 7 && !memcmp(key.text, "bbm.cpu", 7)) {
		format(why, size, "bbm.cpuN=0 or 1, N below %u", CPU_MAX);
		return apply_override(options, key, value) ? WORD_GOOD : WORD_BAD;
	}
	const char *meant = key_meant(key);
	if (meant)
		format(why, size, "%s=", meant);
	else
		describe_keys(why, size);
	return meant && valued ? WORD_BAD : WORD_FOREIGN;
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

void options_parse(struct options *options, const char *text, struct options_problems *problems)
{
	memset(problems, 0, sizeof(*problems));
	for (const char *p = text; *p;) {
		if (is_blank(*p)) {
			p++;
			continue;
		}
		struct word word = {p, 0};
		char why[OPTIONS_WHY_MAX];
		while (*p && !is_blank(*p))
			p++;
		word.size = (size_t)(p - word.text);
		int shown = word.size < 20 ? (int)word.size : 20;
		size_t column = (size_t)(word.text - text) + 1;
		switch (apply_word(options, word, why, sizeof(why))) {
		case WORD_GOOD:
			break;
		case WORD_BAD:
			if (!problems->bad++)
				format(problems->bad_why, OPTIONS_WHY_MAX,
				       "'%.*s' at column %zu, expected: %s", shown, word.text,
				       column, why);
			break;
		case WORD_FOREIGN:
			if (!problems->foreign++)
				format(problems->foreign_why, OPTIONS_WHY_MAX,
				       "'%.*s' at column %zu ignored, keys: %s", shown, word.text,
				       column, why);
			break;
		}
	}
}
