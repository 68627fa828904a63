// SPDX-License-Identifier: GPL-2.0-or-later
// How a prefix that nobody knows is learnt from the lines behind it, and what is taken for none.
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "detect/prefix.h"
#include "detect/prefix_learn.h"
#include "detect/text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define STRONG "Unable to handle kernel paging request at virtual address 08"
#define WEAK   "Linux version 7.2.0" // fewer than 16 bytes of it are constant

static const char letters[] =
    "tttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt"
    "tttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt";

static struct prefix take(struct prefix_learner *l, const char *text)
{
	size_t len = strlen(text);
	char *copy = malloc(len + !len); // of exactly this size
	assert_non_null(copy);
	memcpy(copy, text, len);
	struct prefix prefix = {.level = -1, .kernel_us = -1};
	struct detect_view view = {copy, len};
	bool may = prefix_may_hide(view, 0);
	bool took = prefix_take_shape(l, view, &prefix, true);
	assert_true(took || prefix.len == 0);
	if (took) // the quick look must not refuse what the slow one takes
		assert_true(may || l->proven);
	free(copy);
	return prefix;
}

static void assert_taken(const char *head, const char *message, bool wanted)
{
	struct prefix_learner l = {0};
	char text[512];
	snprintf(text, sizeof(text), "%s%s", head, message);
	struct prefix p = take(&l, text);
	if (p.len != (wanted ? strlen(head) : 0))
		fail_msg("\"%s\": %zu bytes", text, p.len);
}

static void one_strong_line_proves_a_firm_prefix(void **state)
{
	(void)state;
	static const struct {
		const char *head;
		bool taken;
	} cases[] = {
	    {"rpi5 #12 16:00:04.112 :: ", true},
	    {"@22.11.26-16.00.04/12 console> ", true},
	    {"(ch0) <12> 0x0001 4.112; ", true},
	    {"12: ", true},
	    {"- ", true},
	    {"* ", true},
	    {"+ ", false},
	    {"-- ", false},
	    {"kernel: ", true},
	    {"KERNEL: ", true},
	    {"a/kernel: ", true},
	    {"akernel: ", false},
	    {"kernels: ", false},
	    {"[kernel] ", true},
	    {"[kettle] ", false}, // no digits
	    {"[kettle1] ", true},
	    {"(1) ", true},
	    {"<1> ", true},
	    {"(kettle) ", false},
	    {"board-1  | ", true},
	    {"board-1 > ", true},
	    {"board-1 : ", false},
	    {"\xE2\x94\x82 ", true},
	    {"16:00:04 board ", true}, // a time and a host
	    {"16:00:04 board tea ", false},
	    {"the board said: ", false},
	    {"a b c d 16:00:04 ", true},
	    {"a b c d e 16:00:04 ", true},
	    {"a b c d e f 16:00:04 ", false}, // six words are prose
	    {"1795106413112 ", true},         // ten digits are a time
	    {"1795106413 ", true},
	    {"179510641 ", false},
	    {"12.345 ", true}, // a part, five bytes
	    {"1.34 ", false},
	    {"1.2.3 ", true},
	    {"kettle[12]: ", false}, // a program
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_taken(cases[i].head, STRONG, cases[i].taken);
}

static void program_is_named_by_its_number(void **state)
{
	(void)state;
	struct prefix_learner l = {0};
	assert_int_equal(take(&l, "16:00:04 kettle[12]: " STRONG).speaker, PREFIX_PROGRAM);
	assert_int_equal(take(&l, "16:00:04 kettle[x]: " STRONG).speaker, PREFIX_UNKNOWN);
}

static void weak_lines_prove_a_prefix_by_three(void **state)
{
	(void)state;
	struct prefix_learner l = {0};
	char text[128];
	for (unsigned i = 1; i <= 5; i++) {
		snprintf(text, sizeof(text), "@a #%u 16:00:0%u.112 board %s", 90 + 5 * i, i, WEAK);
		struct prefix p = take(&l, text);
		assert_int_equal(p.len, i < 3 ? 0 : strlen(text) - strlen(WEAK));
		assert_true(l.proven == (i >= 3));
		// Another mark is another prefix, and counts for itself.
		snprintf(text, sizeof(text), "@a !%u 16:00:0%u.112 board %s", i, i, WEAK);
		if (i < 3)
			assert_int_equal(take(&l, text).len, 0);
	}
	// Once proven it is taken whatever stands behind, with one blank; more are the message's.
	assert_int_equal(take(&l, "@a #3 16:00:09.112 kettle tea").len, 26);
	assert_int_equal(take(&l, "@a #3 16:00:09.112 kettle   tea").len, 26);
	assert_int_equal(take(&l, "@b #3 16:00:09.112 kettle tea").len, 26); // a word may differ
	assert_int_equal(take(&l, "@a #3 tea kettle tea").len, 0);           // no time
	assert_int_equal(take(&l, "@a #3").len, 0);
}

// Where a number stood a time may stand, not the other way round.
static void time_fits_a_number(void **state)
{
	(void)state;
	struct prefix_learner l = {0};
	assert_int_equal(take(&l, "12 | " STRONG).len, 5);
	assert_int_equal(take(&l, "16:00:04 | tea").len, 11);
	struct prefix_learner m = {0};
	assert_int_equal(take(&m, "16:00:04 | " STRONG).len, 11);
	assert_int_equal(take(&m, "12 | tea").len, 0);
}

static void name_of_the_kernel_makes_a_line_its_own(void **state)
{
	(void)state;
	struct prefix_learner l = {0};
	assert_true(take(&l, "16:00:04 E/KERNEL: " STRONG).kernel);
	assert_true(take(&l, "16:00:05 E/KERNEL: tea").kernel);
	struct prefix_learner m = {0};
	assert_false(take(&m, "16:00:04 :: " STRONG).kernel);
	assert_false(take(&m, "16:00:04 :: tea").kernel);
}

// Four shapes at once. One that proved nothing goes first, else the oldest.
static void fifth_shape_takes_the_place_of_another(void **state)
{
	(void)state;
	static const char *const heads[] = {"1 | ", "(2) ", "! 3 | ", "= 4 | ", "~ 5 | "};
	char text[128];
	struct prefix_learner l = {0};
	for (size_t i = 0; i < 5; i++) {
		snprintf(text, sizeof(text), "%s%s", heads[i], STRONG);
		assert_int_equal(take(&l, text).len, strlen(heads[i]));
	}
	for (size_t i = 0; i < 5; i++) {
		snprintf(text, sizeof(text), "%stea", heads[i]);
		struct prefix p = take(&l, text);
		assert_int_equal(p.len, i ? strlen(heads[i]) : 0); // the first is gone
	}
	struct prefix_learner m = {0};
	for (size_t i = 0; i < 5; i++) { // the third is not proven
		snprintf(text, sizeof(text), "%s%s", heads[i], i == 2 ? WEAK : STRONG);
		take(&m, text);
	}
	for (size_t i = 0; i < 5; i++) {
		snprintf(text, sizeof(text), "%stea", heads[i]);
		assert_int_equal(take(&m, text).len, i == 2 ? 0 : strlen(heads[i]));
	}
}

static void limits_hold_on_both_sides(void **state)
{
	(void)state;
	for (int n = 140; n <= 170;
	     n++) { // bytes of a prefix: a rule is looked for up to the 160th
		char head[256], text[512];
		snprintf(head, sizeof(head), "%0*d16:00:04 | ", n - 11, 0);
		head[0] = 'x';
		snprintf(text, sizeof(text), "%s%s", head, STRONG);
		struct prefix_learner l = {0};
		struct prefix p = {.level = -1, .kernel_us = -1};
		bool hides = prefix_may_hide(view_of(text), 0);
		bool took = prefix_take_shape(&l, view_of(text), &p, true);
		assert_int_equal(hides, n < 160);
		assert_int_equal(took && hides, n < 160);
	}
	for (int n = 62; n <= 65; n++) { // bytes from bracket to bracket
		char head[128];
		snprintf(head, sizeof(head), "[%.*s1] ", n - 3, letters);
		assert_taken(head, STRONG, n <= 64);
	}
}

static void prompt_is_of_its_line_alone(void **state)
{
	(void)state;
	char longest[128], longer[128];
	snprintf(longest, sizeof(longest), "/%.78s# ", letters);
	snprintf(longer, sizeof(longer), "/%.79s# ", letters);
	const struct {
		const char *head;
		bool prompt;
	} cases[] = {
	    {"root@board:~# ", true},
	    {"/ # ", true},
	    {"~ # ", true},
	    {"sh-5.2# ", true},
	    {"bash-5.2$ ", true},
	    {"/tea $ ", true},
	    {"board login: ", true},
	    {"Password: ", true},
	    {"tea # ", false},
	    {"/ #", false},
	    {"root@board:~% ", false},
	    {"/ # # ", false},
	    {"/ $ # ", false},
	    {"login: ", false},
	    {longest, true},
	    {longer, false},
	    {"zsh-5# ", false},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct prefix_learner l = {0};
		char text[512];
		snprintf(text, sizeof(text), "%s%s", cases[i].head, STRONG);
		struct prefix p = take(&l, text);
		if (p.prompt != cases[i].prompt ||
		    p.len != (cases[i].prompt ? strlen(cases[i].head) : 0))
			fail_msg("\"%s\": prompt %d, %zu bytes", text, p.prompt, p.len);
		assert_false(l.proven);
		snprintf(text, sizeof(text), "%s%s", cases[i].head, WEAK);
		assert_false(take(&l, text).prompt);
	}
}

// The quick look sees a rule behind each mark that ends a column, at each place.
static void quick_look_finds_a_rule_behind_each_mark(void **state)
{
	(void)state;
	static const char marks[] = " \t])>;|";
	for (size_t n = 0; n < 150; n++) {
		for (size_t i = 0; marks[i]; i++) {
			char text[512];
			snprintf(text, sizeof(text), "%.*s%c%s", (int)n,
				 "ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt"
				 "tttttttttt"
				 "ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt"
				 "tttttttttt",
				 marks[i], STRONG);
			size_t len = strlen(text);
			char *copy = malloc(len);
			assert_non_null(copy);
			memcpy(copy, text, len);
			assert_true(prefix_may_hide((struct detect_view){copy, len}, 0));
			assert_true(prefix_may_hide((struct detect_view){copy, len}, n));
			assert_false(prefix_may_hide((struct detect_view){copy, len}, n + 1));
			copy[n] = 't';
			assert_false(prefix_may_hide((struct detect_view){copy, len}, 0));
			free(copy);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_strong_line_proves_a_firm_prefix),
	    cmocka_unit_test(program_is_named_by_its_number),
	    cmocka_unit_test(weak_lines_prove_a_prefix_by_three),
	    cmocka_unit_test(time_fits_a_number),
	    cmocka_unit_test(name_of_the_kernel_makes_a_line_its_own),
	    cmocka_unit_test(fifth_shape_takes_the_place_of_another),
	    cmocka_unit_test(limits_hold_on_both_sides),
	    cmocka_unit_test(prompt_is_of_its_line_alone),
	    cmocka_unit_test(quick_look_finds_a_rule_behind_each_mark),
	};
	return cmocka_run_group_tests_name("detect/learn", tests, NULL, NULL);
}
