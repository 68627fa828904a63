// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's own prefix, from its definition: each number that printk can print is read back, each
// changed byte is judged as a slow reader of the definition judges it, and what stands behind the
// stamp ends exactly where it ends.
#include "unit/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "detect/prefix.h"
#include "detect/text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

// Parses a copy of exactly this size: the sanitizer sees any read behind it.
static struct prefix parse(const char *text, size_t len)
{
	char *copy = malloc(len + !len);
	assert_non_null(copy);
	memcpy(copy, text, len);
	struct prefix prefix;
	prefix_parse((struct detect_view){copy, len}, &prefix);
	free(copy);
	return prefix;
}

static struct prefix parse_text(const char *text)
{
	return parse(text, strlen(text));
}

// ---- numbers ------------------------------------------------------------------------------------

static const uint64_t seconds[] = {0,       1,        9,        10,        42,        99,
				   100,     999,      1000,     9999,      10000,     12345,
				   56789,   99999,    100000,   123456,    999999,    1000000,
				   9999999, 12345678, 99999999, 100000000, 9999999999};
static const unsigned micros[] = {0,      1,      9,      10,     90,     100,    900,
				  1000,   9000,   10000,  90000,  100000, 900000, 123456,
				  234567, 345678, 456789, 987654, 999999};

struct head {
	const char *text;
	int level;
};

static const struct head heads[] = {
    {"", -1},   {"<0>", 0},  {"<1>", 1},  {"<4>", 4},   {"<7>", 7},   {"<8>", 0},
    {"<9>", 1}, {"<12>", 4}, {"<38>", 6}, {"<100>", 4}, {"<191>", 7}, {"<255>", 7},
};

struct caller {
	const char *text;
	char kind;
	uint32_t id;
};

static const struct caller callers[] = {
    {"", 0, 0},
    {"[    T1]", 'T', 1},
    {"[  T123]", 'T', 123},
    {"[    C0]", 'C', 0},
    {"[   C15]", 'C', 15},
    {"[T4294967295]", 'T', 4294967295},
    {" [    T7]", 'T', 7},
    {"[  T312@C3]", 'T', 312},
    {"[T9]", 'T', 9},
};

static const char *const messages[] = {
    "t",
    "te",
    "tea",
    "tea is served",
    " tea",
    "  tea",
    "c",
    "c tea",
    "cold",
    ".tea",
    "(tea)",
    "<tea>",
    "3 cups",
    "30 cups",
    "[tea]",
    "[tea pot] x",
    "\xC3\xA9t\xC3\xA9",
    "-tea",
    "@tea",
    "0",
    "00: tea",
    "0000: tea",
    "000:tea",
    "(3) tea",

    "k",
    "M",
};

static void check_whole(const struct head *h, uint64_t s, unsigned us, const struct caller *c,
			const char *message)
{
	char text[160];
	int len = snprintf(text, sizeof(text), "%s[%5" PRIu64 ".%06u]%s %s", h->text, s, us,
			   c->text, message);
	size_t wanted = (size_t)len - strlen(message);
	struct prefix p = parse(text, (size_t)len);
	bool right = p.kernel_us == (int64_t)s * 1000000 + us && p.level == h->level &&
		     p.caller_kind == c->kind && p.caller == c->id && p.kernel && p.len == wanted &&
		     !p.stamped && !p.prompt && !p.comment && p.speaker == PREFIX_UNKNOWN;
	if (!right)
		fail_msg("\"%s\": us %" PRId64 " level %d caller %c%" PRIu32
			 " kernel %d length %zu "
			 "of %zu",
			 text, p.kernel_us, p.level, p.caller_kind ? p.caller_kind : '-', p.caller,
			 p.kernel, p.len, wanted);
}

static void every_stamp_is_read_back(void **state)
{
	(void)state;
	static const struct caller none = {"", 0, 0};
	for (size_t s = 0; s < COUNT(seconds); s++)
		for (size_t u = 0; u < COUNT(micros); u++)
			for (size_t h = 0; h < COUNT(heads); h++)
				check_whole(&heads[h], seconds[s], micros[u], &none,
					    "tea is served");
	// Each digit in each column.
	for (unsigned digit = 0; digit < 10; digit++) {
		uint64_t s = digit;
		unsigned us = digit;
		for (int column = 0; column < 6; column++, s *= 10, us *= 10) {
			check_whole(&heads[0], s, 0, &none, "tea");
			check_whole(&heads[0], 0, us, &none, "tea");
		}
	}
}

static void every_part_is_read_with_every_other(void **state)
{
	(void)state;
	static const uint64_t some[] = {3, 12345, 123456};
	for (size_t s = 0; s < COUNT(some); s++)
		for (size_t h = 0; h < COUNT(heads); h++)
			for (size_t c = 0; c < COUNT(callers); c++)
				for (size_t m = 0; m < COUNT(messages); m++)
					check_whole(&heads[h], some[s], 298433, &callers[c],
						    messages[m]);
}

// ---- changed bytes ------------------------------------------------------------------------------

// "[" blanks, one to ten digits, a point, six digits, "]": 14 bytes or more.
static bool slow_stamp(const char *p, int64_t *us)
{
	const char *start = p;
	int64_t s = 0, fraction = 0;
	int digits = 0;
	if (*p++ != '[')
		return false;
	while (*p == ' ')
		p++;
	for (; *p >= '0' && *p <= '9'; p++, digits++)
		s = s * 10 + (*p - '0');
	if (digits < 1 || digits > 10 || *p++ != '.')
		return false;
	for (int i = 0; i < 6; i++, p++) {
		if (*p < '0' || *p > '9')
			return false;
		fraction = fraction * 10 + (*p - '0');
	}
	if (*p++ != ']' || p - start < 14)
		return false;
	*us = s * 1000000 + fraction;
	return true;
}

// "[", blanks, 'T' or 'C', digits, with 'T' maybe "@C" and digits, "]"
static bool slow_caller(const char *p, char *kind, uint32_t *id)
{
	uint64_t value = 0;
	if (*p++ != '[')
		return false;
	while (*p == ' ' || *p == '\t')
		p++;
	*kind = *p++;
	if ((*kind != 'T' && *kind != 'C') || *p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++)
		value = value * 10 + (unsigned)(*p - '0');
	if (*kind == 'T' && p[0] == '@' && p[1] == 'C' && p[2] >= '0' && p[2] <= '9')
		for (p += 2; *p >= '0' && *p <= '9';)
			p++;
	*id = (uint32_t)value;
	return *p == ']';
}

static void changed_byte_makes_another_stamp_or_none(void **state)
{
	(void)state;
	static const char *const texts[] = {
	    "[    3.298433] tea is served",  "[12345.000000] tea is served",    "[   42.999999] t",
	    "[123456.298433] tea is served", "<4>[    3.298433] tea is served",
	};
	for (size_t t = 0; t < COUNT(texts); t++) {
		size_t begin = texts[t][0] == '<' ? 3 : 0;
		for (size_t at = begin; at < begin + 16 && texts[t][at]; at++) {
			for (int byte = 1; byte < 256; byte++) {
				char text[64];
				snprintf(text, sizeof(text), "%s", texts[t]);
				text[at] = (char)byte;
				// With a CPU, or a level ahead, other fractions are stamps as well.
				if (byte == '@' || (begin && byte == ']'))
					continue;
				int64_t us = -1;
				bool stamp = slow_stamp(text + begin, &us);
				struct prefix p = parse_text(text);
				if (p.kernel_us != (stamp ? us : -1))
					fail_msg("\"%s\": %" PRId64, text, p.kernel_us);
			}
		}
	}
}

static void changed_byte_makes_another_caller_or_none(void **state)
{
	(void)state;
	static const char *const callers_of[] = {"[  T123]", "[    C0]", "[T312@C3]"};
	for (size_t t = 0; t < COUNT(callers_of); t++) {
		for (size_t at = 0; callers_of[t][at]; at++) {
			for (int byte = 1; byte < 256; byte++) {
				char text[80], caller[16], kind = 0;
				uint32_t id = 0;
				snprintf(caller, sizeof(caller), "%s", callers_of[t]);
				caller[at] = (char)byte;
				snprintf(text, sizeof(text), "[    3.298433]%s tea is served",
					 caller);
				bool wanted = slow_caller(caller, &kind, &id);
				if (at == 0 && byte == ' ')
					continue; // "[    3.298433]   T123]": no caller, nor is it asked
				struct prefix p = parse_text(text);
				if (p.caller_kind != (wanted ? kind : 0) ||
				    p.caller != (wanted ? id : 0) || p.kernel_us != 3298433)
					fail_msg("\"%s\": %c%" PRIu32, text,
						 p.caller_kind ? p.caller_kind : '-', p.caller);
			}
		}
	}
}

static void cut_line_ends_its_prefix_where_it_is_cut(void **state)
{
	(void)state;
	static const char text[] = "<4>[    3.298433][  T312] tea";
	for (size_t len = 1; len < sizeof(text); len++) {
		struct prefix p = parse(text, len);
		assert_int_equal(p.level, len >= 3 ? 4 : -1);
		assert_int_equal(p.kernel_us, len >= 17 ? 3298433 : -1);
		assert_int_equal(p.caller_kind, len >= 25 ? 'T' : 0);
		assert_int_equal(p.len, len >= 26   ? 26
					: len >= 25 ? 25
					: len >= 17 ? 17
					: len >= 3  ? 3
						    : 0);
	}
}

// ---- other forms, both sides of each limit ------------------------------------------------------

struct form {
	const char *prefix, *message;
	int64_t us;
};

static void check_forms(const struct form *forms, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char text[256];
		snprintf(text, sizeof(text), "%s%s", forms[i].prefix, forms[i].message);
		struct prefix p = parse_text(text);
		if (p.len != strlen(forms[i].prefix) || p.kernel_us != forms[i].us)
			fail_msg("\"%s\": %zu bytes, wanted %zu; us %" PRId64, text, p.len,
				 strlen(forms[i].prefix), p.kernel_us);
	}
}

#define S  "[    3.298433]"
#define US 3298433

static void columns_of_vendors_end_where_they_end(void **state)
{
	(void)state;
	static const struct form forms[] = {
	    // PREEMPT_RT: three digits, a colon, a blank
	    {S " 000: ", "tea", US},
	    {S " 127: ", "tea", US},
	    {S " 000: ", "", US},
	    {S " ", "12: tea", US},
	    {S " ", "1234: tea", US},
	    {S " ", "123:tea", US},
	    {S " ", "123 : tea", US},
	    {S " ", "12 [3] tea", US},
	    {S " ", "12c3 tea", US},
	    // the CPU as a word, maybe a task
	    {S " c3 ", "tea", US},
	    {S " c3   312 ", "tea", US},
	    {S " c3 312 ", "tea", US},
	    {S " c11 4 ", "tea", US},
	    {S " ", "c3", US},
	    {S " ", "c3tea", US},
	    {S " ", "c3:tea", US},
	    {S " c3 ", "", US},
	    {S " ", "c3 312", US},
	    {S " ", "c3 312x tea", US},
	    {S " ", "cx 312 tea", US},
	    // "(cpu)" ahead of a bracket
	    {S " (3)[312:kettle]", "tea", US},
	    {S " (1023)[312:kettle]", "tea", US},
	    {S " ", "(1024)[312:kettle]tea", US},
	    {S " ", "(3) [312:kettle]tea", US},
	    {S " ", "(x)[312:kettle]tea", US},
	    {S " ", "(3", US},
	    {S " ", "(3)", US},
	    {S " (3)", "[tea", US},
	    {S ".(3)[312:kettle]", "tea", US},
	    {S " .(3)[312:kettle]", "tea", US},
	    // CPU, task, process in brackets
	    {S " [3:  swapper/0:    1] ", "tea", US},
	    {S " [3:  swapper/0:    1]", "tea", US},
	    {S " [3] ", "tea", US},
	    {S " [31] ", "tea", US},
	    {S " ", "[312] tea", US},
	    {S " [c3] ", "tea", US},
	    {S " [p312] ", "tea", US},
	    {S " [p 312] ", "tea", US},
	    {S " ", "[t312] tea", US},
	    {S " ", "[3:] tea", US},
	    {S " ", "[3::4] tea", US},
	    {S " ", "[3;4] tea", US},
	    {S " ", "[] tea", US},
	    {S " ", "[p3:4] tea", US},
	    {S " ", "[p3x] tea", US},
	    {S " [3:kettle] ", "tea", US},
	    {S " [312:12345678901234567890123456789012345x] ", "tea", US}, // 40 bytes
	    {S " ", "[312:12345678901234567890123456789012345xy] tea", US},
	    {S " [3][p312][kettle] ", "tea", US},
	    {S " [3][p312][312:k][kettle] ", "tea", US},
	    {S " [3][p312][312:k][kettle]", "[c3] tea", US}, // the fourth is the task
	    {S " [3][1234567890123456] ", "tea", US},        // 16 bytes
	    {S " [3]", "[12345678901234567] tea", US},
	    {S " [3]", "[] tea", US},
	    {S " [3]", "[tea", US},
	    // words with numbers
	    {S " [pid:12,cpu3,swapper] ", "tea", US},
	    {S " [pid:12,cpu3] ", "tea", US},
	    {S " [pid12,cpu3] ", "tea", US},
	    {S " [pid:12, cpu3] ", "tea", US},
	    {S " [ pid:12,cpu3] ", "tea", US},
	    {S " [tasks:1,cpu:3] ", "tea", US},
	    {S " ", "[threads:1,cpu:3] tea", US},
	    {S " ", "[pid:12] tea", US},
	    {S " ", "[pid:12;cpu3] tea", US},
	    {S " ", "[pid:12,3] tea", US},
	    {S " ", "[pid:x,cpu3] tea", US},
	    {S " ", "[:12,cpu3] tea", US},
	    {S " ", "[pid:12,cpu] tea", US},
	    // a CPU or a level right behind the stamp
	    {S "@3 ", "tea", US},
	    {S "@12 ", "tea", US},
	    {S "", "@x tea", US},
	    {S "<4> ", "tea", US},
	    {S "<4>", "tea", US},
	    {S "", "<x> tea", US},
	    {S "<4>.(3)[312:kettle]", "tea", US},
	};
	check_forms(forms, COUNT(forms));
}

static void stamp_with_more_in_it_is_read_back(void **state)
{
	(void)state;
	static const struct form forms[] = {
	    // six digits: what follows begins with one of these, and does not end in a blank
	    {"[   12.345678,3] ", "tea", 12345678},
	    {"[   12.345678 <    0.000012>] ", "tea", 12345678},
	    {"[   12.345678 / 11-22 16:00:04.112] ", "tea", 12345678},
	    {"[   12.345678-3] ", "tea", 12345678},
	    {"[   12.345678@3] ", "tea", 12345678},
	    {"[   12.345678/3] ", "tea", 12345678},
	    {"[   12.345678<3] ", "tea", 12345678},
	    {"[12.345678,3] ", "tea", 12345678},
	    {"[4294967295.345678,3] ", "tea", INT64_C(4294967295345678)},
	    {"", "[4294967296.345678,3] tea", -1},
	    {"", "[   12.345678;3] tea", -1},
	    {"", "[   12.345678x] tea", -1},
	    {"", "[   12.345678, ] tea", -1},
	    {"", "[   12.345678 ] tea", -1},
	    // another fraction: five columns, and a CPU, or a level ahead
	    {"[   12.3@3] ", "tea", 12300000},
	    {"[   12.34@3] ", "tea", 12340000},
	    {"[   12.345@3] ", "tea", 12345000},
	    {"[   12.3456@3] ", "tea", 12345600},
	    {"[   12.34567@3] ", "tea", 12345670},
	    {"[   12.3456789@3] ", "tea", 12345678},
	    {"[   12.34567890@3] ", "tea", 12345678},
	    {"[   12.345678901@3] ", "tea", 12345678},
	    {"", "[   12.3456789012@3] tea", -1},
	    {"", "[   12.@3] tea", -1},
	    {"", "[  12.3@3] tea", -1},
	    {"[12345.3@3] ", "tea", INT64_C(12345300000)},
	    {"", "[1234.3@3] tea", -1},
	    {"", "[   12.3,3] tea", -1},
	    {"", "[   12.3] tea", -1},
	    {"<4>[   12.3] ", "tea", 12300000},
	    {"<4>[    1.2] ", "tea", 1200000},
	    {"<4>", "[   1.2] tea", -1},
	    {"<4>", "[   12.3,3] tea", -1},
	    {"<4>[   12.3@3] ", "tea", 12300000},
	    {"<4>", "[   12-3] tea", -1},
	    // sixty bytes
	    {"[   12.345678 / 345678901234567890123456789012345678901234567] ", "tea", 12345678},
	    {"", "[   12.345678 / 3456789012345678901234567890123456789012345678] tea", -1},
	};
	check_forms(forms, COUNT(forms));
}

static void level_needs_a_number_of_a_byte_between_brackets(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int level;
		size_t len;
		bool kernel;
	} cases[] = {
	    {"<0>tea", 0, 3, true},       {"<7>tea", 7, 3, true},
	    {"<8>tea", 0, 3, false},      {"<15>tea", 7, 4, false},
	    {"<255>tea", 7, 5, false},    {"<256>tea", -1, 0, false},
	    {"<>tea", -1, 0, false},      {"<x>tea", -1, 0, false},
	    {"<4tea", -1, 0, false},      {"<4]tea", -1, 0, false},
	    {"< 4>tea", -1, 0, false},    {"<4>", 4, 3, true},
	    {"<4> tea", 4, 4, true},      {"<4>  tea", 4, 4, true},
	    {"<-4>tea", -1, 0, false},    {"<4>[  T12] tea", 4, 11, true},
	    {"[  T12] tea", -1, 8, true}, {"[   C1] tea", -1, 8, true},
	    {"[  T12]", -1, 0, false}, // too short to be told from a word in brackets
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct prefix p = parse_text(cases[i].text);
		if (p.level != cases[i].level || p.len != cases[i].len ||
		    p.kernel != cases[i].kernel)
			fail_msg("\"%s\": level %d, %zu bytes, kernel %d", cases[i].text, p.level,
				 p.len, p.kernel);
	}
}

static void quotes_and_comments_are_told_by_their_marks(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t len, comment;
	} cases[] = {
	    {"> tea", 2, 0},
	    {"> > tea", 4, 0},
	    {">> tea", 3, 0},
	    {">tea", 1, 0},
	    {">[tea", 1, 0},
	    {">-- tea", 1, 0},
	    {"><tea", 1, 0},
	    {">1 tea", 0, 0},
	    {">=tea", 0, 0},
	    {"> ", 0, 0},
	    {">te", 1, 0},
	    {">t", 0, 0},
	    {"| tea", 2, 0},
	    {"|tea", 0, 0},
	    {"| | tea", 4, 0},
	    {"|| tea", 0, 0},
	    {"# tea", 0, 0},
	    {"## tea", 0, 3},
	    {"### tea", 0, 4},
	    {"##tea", 0, 0},
	    {"######## tea", 0, 9},
	    {"######### tea", 0, 0},
	    {"##", 0, 2},
	    {"// tea", 0, 3},
	    {"/ tea", 0, 0},
	    {"- tea", 0, 0},
	    {"-- tea", 0, 3},
	    {"; tea", 0, 2},
	    {";; tea", 0, 3},
	    {"% tea", 0, 2},
	    {"%% tea", 0, 3},
	    {";", 0, 1},
	    {"#- tea", 0, 0},
	    {"! tea", 0, 0},
	    {"MESSAGE=tea", 8, 0},
	    {"MESSAGE =tea", 0, 0},
	    {"MESSAG", 0, 0},
	    {"  MESSAGE=tea", 10, 0},
	    {"  tea", 0, 0},
	    {"\ttea", 0, 0},
	    {" [    3.298433] tea", 0, 0},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct prefix p = parse_text(cases[i].text);
		if (p.len != cases[i].len || p.comment != cases[i].comment)
			fail_msg("\"%s\": %zu bytes, comment %u", cases[i].text, p.len, p.comment);
	}
}

// ---- several records on one line ----------------------------------------------------------------

static size_t search(const char *text, size_t len, size_t from, size_t bracket)
{
	char *copy = malloc(len + !len);
	assert_non_null(copy);
	memcpy(copy, text, len);
	size_t at = prefix_search((struct detect_view){copy, len}, from, bracket);
	free(copy);
	return at;
}

static void record_in_a_line_is_found_at_each_place(void **state)
{
	(void)state;
	static const char *const stamps[] = {"[    3.298433]", "[12345.298433]", "[123456.298433]",
					     "[1234567.298433]"};
	static const char *const fillers[] = {"tttttttttttttttttttt", "[[[[[[[[[[[[[[[[[[[[",
					      "[    3.29843x [ 3.29"};
	for (size_t s = 0; s < COUNT(stamps); s++) {
		for (size_t f = 0; f < COUNT(fillers); f++) {
			for (size_t n = 0; n <= 20; n++) {
				char text[80];
				size_t len = (size_t)snprintf(text, sizeof(text), "%.*s%s tea",
							      (int)n, fillers[f], stamps[s]);
				size_t stamp_end = n + strlen(stamps[s]);
				for (size_t from = 0; from <= n; from++)
					assert_int_equal(search(text, len, from, len), n);
				assert_int_equal(search(text, len, n + 1, len), len);
				// The last bracket is known: nothing is looked for behind it.
				assert_int_equal(search(text, len, n, n), n);
				if (n > 0)
					assert_int_equal(search(text, len, n, n - 1), len);
				// It may end the line, but must be whole.
				assert_int_equal(search(text, stamp_end, 0, len), n);
				assert_int_equal(search(text, stamp_end - 1, 0, len),
						 stamp_end - 1);
			}
		}
	}
	assert_int_equal(search("t[12345678.298433] t", 20, 0, 20), 20); // eight digits
}

// The level belongs to the record, where all of it stands behind the place from which is looked.
static void level_in_a_line_begins_its_record(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t from, at;
	} cases[] = {
	    {"tea<4>[    3.298433] t", 0, 3}, {"tea<4>[    3.298433] t", 3, 3},
	    {"tea<4>[    3.298433] t", 4, 6}, {"tea<4>[    3.298433] t", 6, 6},
	    {"<4>[    3.298433] t", 0, 0},    {"4>[    3.298433] t", 0, 2},
	    {"tea>4>[    3.298433] t", 0, 6}, {"tea<x>[    3.298433] t", 0, 6},
	    {"tea<4][    3.298433] t", 0, 6}, {"te<12>[    3.298433] t", 0, 6},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t len = strlen(cases[i].text);
		assert_int_equal(search(cases[i].text, len, cases[i].from, len), cases[i].at);
	}
}

static void line_is_taken_apart_into_its_records(void **state)
{
	(void)state;
	static const char text[] = "[    1.000001] a<4>[    1.000002] b[[    1.000003] c";
	static const char *const records[] = {"[    1.000001] a", "<4>[    1.000002] b[",
					      "[    1.000003] c"};
	struct detect_view rest = view_of(text);
	for (size_t i = 0; i < COUNT(records); i++) {
		struct prefix prefix;
		prefix_parse(rest, &prefix);
		struct detect_view record = prefix_take_record(&rest, &prefix, rest.len);
		assert_int_equal(record.len, strlen(records[i]));
		assert_memory_equal(record.ptr, records[i], record.len);
	}
	assert_int_equal(rest.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_stamp_is_read_back),
	    cmocka_unit_test(every_part_is_read_with_every_other),
	    cmocka_unit_test(changed_byte_makes_another_stamp_or_none),
	    cmocka_unit_test(changed_byte_makes_another_caller_or_none),
	    cmocka_unit_test(cut_line_ends_its_prefix_where_it_is_cut),
	    cmocka_unit_test(columns_of_vendors_end_where_they_end),
	    cmocka_unit_test(stamp_with_more_in_it_is_read_back),
	    cmocka_unit_test(level_needs_a_number_of_a_byte_between_brackets),
	    cmocka_unit_test(quotes_and_comments_are_told_by_their_marks),
	    cmocka_unit_test(record_in_a_line_is_found_at_each_place),
	    cmocka_unit_test(level_in_a_line_begins_its_record),
	    cmocka_unit_test(line_is_taken_apart_into_its_records),
	};
	return cmocka_run_group_tests_name("detect/stamps", tests, NULL, NULL);
}
