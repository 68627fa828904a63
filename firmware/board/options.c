// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/options.h"

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
    {"none", OPTION_INJECT_NONE},
    {"publish-first", OPTION_INJECT_PUBLISH_FIRST},
    {"wrong-oa", OPTION_INJECT_WRONG_OA},
    {"no-tlbi", OPTION_INJECT_NO_TLBI},
    {"no-clear", OPTION_INJECT_NO_CLEAR},
    {"cont-hole", OPTION_INJECT_CONT_HOLE},
    {"early-tlbi", OPTION_INJECT_EARLY_TLBI},
    {"mark-break", OPTION_INJECT_MARK_BREAK},
    {"guard-off", OPTION_INJECT_GUARD_OFF},
    {"splat", OPTION_INJECT_SPLAT},
    {"oops", OPTION_INJECT_OOPS},
    {"hang", OPTION_INJECT_HANG},
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

// As the kernel compares the names of parameters.
static char key_letter(char c)
{
	return c == '-' ? '_' : c;
}

static bool key_is(struct word key, const char *name)
{
	size_t at = 0;
	while (at < key.size && name[at] && key_letter(key.text[at]) == name[at])
		at++;
	return at == key.size && !name[at];
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

static bool number32(struct word word, uint32_t least, uint32_t most, uint32_t *value)
{
	uint64_t wide;
	if (!number(word, most, &wide) || wide < least)
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
	if (!number32(percent, 1, UINT32_MAX, &options->slow))
		return false;
	options->inject = OPTION_INJECT_SLOW;
	return true;
}

// bbm.cpuN=0|1
static bool apply_override(struct options *options, struct word key, struct word value)
{
	uint64_t cpu;
	bool has;
	if (!number((struct word){key.text + 7, key.size - 7}, CPU_MAX - 1, &cpu) ||
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
		return !options_tests_unknown(options, NULL, 0);
	case KEY_DEBUG_PAGEALLOC:
		return boolean(value, &options->policy.debug_pagealloc);
	case KEY_DET:
		return boolean(value, &options->det);
	case KEY_TLBI2:
		return boolean(value, &options->tlbi_twice);
	case KEY_REPS:
		return number32(value, 0, OPTIONS_REPS_MAX, &options->reps);
	case KEY_STRESS_MS:
		return number32(value, 0, UINT32_MAX, &options->stress_ms);
	case KEY_STRESS_ITERS:
		return number32(value, 0, UINT32_MAX, &options->stress_iters);
	case KEY_MAXCPU:
		return number32(value, 1, CPU_MAX, &options->maxcpu);
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
static void describe_values(enum key key, const struct options *options, char *text, size_t size)
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
		if (!options_tests_unknown(options, text, size))
			format(text, size, "a list of at most %u characters",
			       OPTIONS_TESTS_MAX - 1);
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
		format(text, size, "a number from 1 to %u", CPU_MAX);
		break;
	case KEY_REPS:
		format(text, size, "a number to %u", OPTIONS_REPS_MAX);
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

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : key_letter(c);
}

// Whether one letter more, less, other or swapped with the next makes `word` of `name`, capitals or
// not.
static bool misspells(struct word word, const char *name)
{
	size_t length = strlen(name), front = 0, back = 0;
	size_t shorter = word.size < length ? word.size : length;
	while (front < shorter && lower(word.text[front]) == name[front])
		front++;
	while (back < shorter - front &&
	       lower(word.text[word.size - 1 - back]) == name[length - 1 - back])
		back++;
	size_t odd = word.size - front - back, wanted = length - front - back;
	if (odd == 2 && wanted == 2)
		return lower(word.text[front]) == name[front + 1] &&
		       lower(word.text[front + 1]) == name[front];
	return odd <= 1 && wanted <= 1;
}

// What the names of our keys begin with and no kernel's do.
static bool has_own_prefix(struct word key)
{
	static const char prefixes[][8] = {"bbm", "stress", "inject", "tests", "maxcpu", "tlbi2"};
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		size_t length = strlen(prefixes[i]);
		if (key.size > length && !memcmp(key.text, prefixes[i], length) &&
		    (key.text[length] == '.' || key_letter(key.text[length]) == '_'))
			return true;
	}
	return false;
}

// The key that must be meant by one that does not exist; NULL: the word is somebody else's.
static const char *key_meant(struct word key)
{
	for (size_t i = 0; i < KEY_COUNT; i++)
		if (misspells(key, key_names[i].name))
			return key_names[i].name;
	return NULL;
}

// Whether a word without a value is one that tests= would have to stand in front of.
static bool is_bare_test(struct word word)
{
	struct options scratch = {0};
	if (word.size >= sizeof(scratch.tests) ||
	    !(word_is(word, "quick") || word_is(word, "unsafe") ||
	      (word.size && *word.text == 'S')))
		return false;
	memcpy(scratch.tests, word.text, word.size);
	return !options_tests_unknown(&scratch, NULL, 0);
}

// What the parsing of one word came to.
enum word_sort {
	WORD_GOOD,
	WORD_AGAIN, // good, and another value of its key was there before
	WORD_BAD,
	WORD_FOREIGN,
};

// Key and value as the kernel tells them apart.
struct pair {
	struct word whole; // as it stands in the line
	struct word key, value;
	bool valued;
	bool open; // its quote is not closed
};

static bool same_setting(const struct options *a, const struct options *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static enum word_sort apply_known(struct options *options, enum key key, const struct pair *pair,
				  char *why, size_t size)
{
	const struct options before = *options;
	uint32_t bit = UINT32_C(1) << key;
	if (!pair->valued || !apply(options, key, pair->value)) {
		describe_values(key, options, why, size);
		return WORD_BAD;
	}
	bool again = before.given & bit;
	options->given |= bit;
	return again && !same_setting(options, &before) ? WORD_AGAIN : WORD_GOOD;
}

// A kernel's words about its console, as far as they are of use to us: the last of each wins there, too.
static bool apply_console(struct options *options, const struct pair *pair)
{
	if (key_is(pair->key, "console"))
		return options->hvc = pair->valued && word_is(pair->value, "hvc0");
	struct uart uart;
	if (!key_is(pair->key, "earlycon"))
		return false;
	if (pair->value.size && !uart_match_earlycon(pair->value.text, pair->value.size, &uart))
		return false;
	if (pair->value.size)
		options->earlycon = uart;
	return true; // without a value: the port that the board's description names
}

// `why` is written where the word is neither good nor a repetition.
static enum word_sort apply_pair(struct options *options, const struct pair *pair, char *why,
				 size_t size)
{
	for (size_t i = 0; i < KEY_COUNT; i++)
		if (key_is(pair->key, key_names[i].name))
			return apply_known(options, (enum key)key_names[i].key, pair, why, size);
	if (pair->key.size >= 7 && !memcmp(pair->key.text, "bbm.cpu", 7)) {
		const struct options before = *options;
		format(why, size, "bbm.cpuN=0 or 1, N below %u", CPU_MAX);
		if (!apply_override(options, pair->key, pair->value))
			return WORD_BAD;
		for (unsigned int i = 0; i < CPU_MAX; i++)
			if (before.cap_override[i] != CAP_AS_FOUND &&
			    before.cap_override[i] != options->cap_override[i])
				return WORD_AGAIN;
		return WORD_GOOD;
	}
	if (apply_console(options, pair))
		return WORD_GOOD;
	if (!pair->valued && is_bare_test(pair->key)) {
		format(why, size, "tests= in front of it");
		return WORD_BAD;
	}
	const char *meant = key_meant(pair->key);
	if (meant)
		format(why, size, "%s=", meant);
	else
		describe_keys(why, size);
	return (meant && pair->valued) || has_own_prefix(pair->key) ? WORD_BAD : WORD_FOREIGN;
}

// For each of eight patterns: with that a whole run stays within 5 s on an emulator.
#define STRESS_MS_DEFAULT 150

void options_init(struct options *options, struct options_problems *problems)
{
	memset(options, 0, sizeof(*options));
	memset(problems, 0, sizeof(*problems));
	options->policy.order = ORDER_TEXTRO;
	options->policy.rodata = RODATA_FULL;
	options->policy.kfence = KFENCE_EARLY;
	options->policy.bbm = BBM_AUTO72;
	options->stress_ms = STRESS_MS_DEFAULT;
	options->maxcpu = CPU_MAX;
	options->seed = 1;
}

// The kernel's isspace(): Latin-1's no-break space is one.
static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || (unsigned char)c == 0xa0;
}

// Takes the next word off the line; false at its end. A quote in front of the word is no part of its
// key, one in front of the value none of the value; then one at the end is dropped, too.
static bool next_pair(const char *line, size_t *at, size_t end, struct pair *pair)
{
	while (*at < end && is_blank(line[*at]))
		(*at)++;
	if (*at >= end)
		return false;
	size_t start = *at, i = start, equals = 0;
	bool quoted = line[i] == '"', inside = quoted;
	i += quoted;
	size_t key = i;
	for (; i < end && (inside || !is_blank(line[i])); i++) {
		if (line[i] == '=' && !equals && i > key)
			equals = i;
		inside ^= line[i] == '"';
	}
	*at = i;
	size_t value = equals ? equals + 1 : i, last = i;
	bool value_quoted = equals && value < i && line[value] == '"';
	last -= (quoted || value_quoted) && i > key && line[i - 1] == '"';
	value += value_quoted;
	if (value > last)
		value = last;
	*pair = (struct pair){
	    .whole = {line + start, i - start},
	    .key = {line + key, (equals ? equals : last) - key},
	    .value = {line + value, last - value},
	    .valued = equals,
	    .open = inside,
	};
	return true;
}

static void complain(struct options_problems *problems, enum options_sort sort,
		     const struct word *word, size_t column, const char *what, const char *why)
{
	int shown = word->size < 20 ? (int)word->size : 20;
	if (!problems->count[sort]++)
		format(problems->why[sort], OPTIONS_WHY_MAX, "'%.*s' at column %zu%s%s", shown,
		       word->text, column, what, why);
}

void options_parse(struct options *options, const char *line, size_t start, size_t end,
		   struct options_problems *problems)
{
	struct pair pair;
	while (next_pair(line, &start, end, &pair)) {
		char why[OPTIONS_WHY_MAX];
		size_t column = (size_t)(pair.whole.text - line) + 1;
		if (pair.open) {
			complain(problems, OPTIONS_BAD, &pair.whole, column,
				 ": a quote is not closed", "");
			continue;
		}
		if (!pair.valued && word_is(pair.key, "--"))
			return;
		switch (apply_pair(options, &pair, why, sizeof(why))) {
		case WORD_GOOD:
			break;
		case WORD_AGAIN:
			complain(problems, OPTIONS_REPLACED, &pair.whole, column,
				 " replaces an earlier value of its key", "");
			break;
		case WORD_BAD:
			complain(problems, OPTIONS_BAD, &pair.whole, column, ", expected: ", why);
			break;
		case WORD_FOREIGN:
			complain(problems, OPTIONS_FOREIGN, &pair.whole, column,
				 " ignored, keys: ", why);
			break;
		}
	}
}

static bool is_given(const struct options *options, enum key key)
{
	return options->given >> key & 1;
}

static void note(struct options_problems *problems, enum options_sort sort, const char *why)
{
	if (!problems->count[sort]++)
		format(problems->why[sort], OPTIONS_WHY_MAX, "%s", why);
}

static bool selects_size_change(const struct options *options)
{
	for (unsigned int i = 1; i <= 5; i++) {
		char id[8];
		format(id, sizeof(id), "S14.W%u", i);
		if (options_selects(options, id))
			return true;
	}
	return false;
}

// Words that each have a meaning and together have none.
static void check_together(const struct options *options, struct options_problems *problems)
{
	bool ms = is_given(options, KEY_STRESS_MS), iters = options->stress_iters;
	if (ms && iters)
		note(problems, OPTIONS_BAD, "stress_ms= and stress_iters=: one of them must go");
	if (ms && options->det)
		note(problems, OPTIONS_BAD,
		     "stress_ms= with det=1, which counts: use stress_iters=");
	if (options_names(options, "unsafe") && !selects_size_change(options))
		note(problems, OPTIONS_BAD, "tests=unsafe selects none of S14.W1 to W5");
	if (!options_inject_selected(options))
		note(problems, OPTIONS_BAD, "tests= leaves out what inject= puts its fault into");
	if ((ms || iters) && !options_selects_stage(options, "S14"))
		note(problems, OPTIONS_IDLE, "stress_ms=, stress_iters=: S14 is not selected");
	if (options->reps && !options_selects_stage(options, "S15"))
		note(problems, OPTIONS_IDLE, "reps=: S15 is not selected");
}

void options_check(const struct options *options, unsigned int used, bool psci,
		   struct options_problems *problems)
{
	for (unsigned int i = used; i < CPU_MAX; i++) {
		char why[OPTIONS_WHY_MAX];
		if (options->cap_override[i] == CAP_AS_FOUND)
			continue;
		format(why, sizeof(why), "bbm.cpu%u=: %u CPU%s to be used, bbm.cpu%u= is the last",
		       i, used, used == 1 ? " is" : "s are", used - 1);
		note(problems, OPTIONS_BAD, why);
	}
	if (!psci && is_given(options, KEY_END) && options->end != OPTION_END_HALT)
		note(problems, OPTIONS_IDLE, "end=: the board has no PSCI, the run ends in a halt");
	check_together(options, problems);
}
