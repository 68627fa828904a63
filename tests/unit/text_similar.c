// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <limits.h>

#include "text/similar.h"

static void steps_are_counted(void **state)
{
	(void)state;
	assert_int_equal(similar_distance("", ""), 0);
	assert_int_equal(similar_distance("", "abc"), 3);
	assert_int_equal(similar_distance("abc", ""), 3);
	assert_int_equal(similar_distance("board", "board"), 0);
	assert_int_equal(similar_distance("baord", "board"), 1); // swapped
	assert_int_equal(similar_distance("bord", "board"), 1);  // left out
	assert_int_equal(similar_distance("boarrd", "board"), 1);
	assert_int_equal(similar_distance("boarb", "board"), 1);
	assert_int_equal(similar_distance("kitten", "sitting"), 3);
	assert_int_equal(similar_distance("ab", "ba"), 1);
	assert_int_equal(similar_distance("abcd", "badc"), 2);
}

static void long_words_are_far_apart(void **state)
{
	(void)state;
	char word[66];
	memset(word, 'a', sizeof(word));
	word[63] = '\0';
	assert_int_equal(similar_distance(word, word), 0);
	assert_int_equal(similar_distance(word, ""), 63);
	word[63] = 'a', word[64] = '\0';
	assert_int_equal(similar_distance(word, word), UINT_MAX);
	assert_int_equal(similar_distance("a", word), UINT_MAX);
}

static const char *best_of(const char *word, const char *const *known)
{
	struct similar s;
	similar_init(&s, word);
	for (; *known; known++)
		similar_offer(&s, *known);
	return s.best;
}

static void the_nearest_known_word_is_meant(void **state)
{
	(void)state;
	static const char *const commands[] = {"run",    "report", "results",
					       "rescan", "boards", NULL};
	assert_string_equal(best_of("rum", commands), "run");
	assert_string_equal(best_of("reslts", commands), "results");
	assert_string_equal(best_of("rpeort", commands), "report");
	assert_null(best_of("publish", commands));
	assert_null(best_of("", commands));
	assert_null(best_of("xyz", commands));
}

static void a_word_of_one_letter_means_nothing(void **state)
{
	(void)state;
	static const char *const known[] = {"j", "on", NULL};
	assert_null(best_of("k", known));
	assert_string_equal(best_of("onn", known), "on");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(steps_are_counted),
	    cmocka_unit_test(long_words_are_far_apart),
	    cmocka_unit_test(the_nearest_known_word_is_meant),
	    cmocka_unit_test(a_word_of_one_letter_means_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
