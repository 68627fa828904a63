// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include "board/options.h"

static struct options options;
static struct options_problems problems;

// Returns the number of bad words.
static unsigned int parse(const char *text)
{
	options_init(&options);
	options_parse(&options, text, &problems);
	return problems.bad;
}

static void nothing_said_means_the_defaults(void **state)
{
	(void)state;
	assert_int_equal(parse(""), 0);
	assert_int_equal(options.policy.order, ORDER_TEXTRO);
	assert_int_equal(options.policy.rodata, RODATA_FULL);
	assert_int_equal(options.policy.kfence, KFENCE_EARLY);
	assert_int_equal(options.policy.bbm, BBM_AUTO72);
	assert_int_equal(options.granule, OPTION_GRANULE_AUTO);
	assert_int_equal(options.maxcpu, CPU_MAX);
	assert_true(options_selects(&options, "S11"));
}

static void every_key_is_understood(void **state)
{
	(void)state;
	assert_int_equal(parse("order=premap granule=64k rodata=noalias kfence=late "
			       "debug_pagealloc=1 bbm=force2 bbm.cpu3=0 bbm.cpu31=1 tests=S11,S13 "
			       "reps=7 stress_ms=100 stress_iters=2000 inject=no-tlbi seed=0xab "
			       "det=1 end=halt maxcpu=2 tlbi2=1"),
			 0);
	assert_int_equal(options.policy.order, ORDER_PREMAP);
	assert_int_equal(options.granule, OPTION_GRANULE_64K);
	assert_int_equal(options.policy.rodata, RODATA_NOALIAS);
	assert_int_equal(options.policy.kfence, KFENCE_LATE);
	assert_true(options.policy.debug_pagealloc);
	assert_int_equal(options.policy.bbm, BBM_FORCE2);
	assert_int_equal(options.cap_override[3], CAP_PRETEND_LACKS);
	assert_int_equal(options.cap_override[31], CAP_PRETEND_HAS);
	assert_int_equal(options.cap_override[0], CAP_AS_FOUND);
	assert_int_equal(options.reps, 7);
	assert_int_equal(options.stress_ms, 100);
	assert_int_equal(options.stress_iters, 2000);
	assert_int_equal(options.inject, OPTION_INJECT_NO_TLBI);
	assert_int_equal(options.seed, 0xab);
	assert_true(options.det);
	assert_int_equal(options.end, OPTION_END_HALT);
	assert_int_equal(options.maxcpu, 2);
	assert_true(options.tlbi_twice);
}

static void the_last_of_a_key_wins(void **state)
{
	(void)state;
	assert_int_equal(parse("order=premap  order=roonly"), 0);
	assert_int_equal(options.policy.order, ORDER_ROONLY);
}

static void a_bad_value_is_told_with_its_column_and_the_values_there_are(void **state)
{
	(void)state;
	assert_int_equal(parse("det=1 order=sideways granule=4k granule=5k"), 2);
	assert_string_equal(problems.bad_why, "'order=sideways' at column 7, expected: "
					      "premap, textro, rodataro, roonly");
	assert_true(options.det);
	assert_int_equal(options.granule, OPTION_GRANULE_4K);
	assert_int_equal(options.policy.order, ORDER_TEXTRO);
	assert_int_equal(parse("inject=all"), 1);
	assert_non_null(strstr(problems.bad_why, "hang, slow=N%"));
	assert_int_equal(parse("reps=many"), 1);
	assert_non_null(strstr(problems.bad_why, "a number of 32 bits"));
	assert_int_equal(parse("det"), 1);
	assert_string_equal(problems.bad_why, "'det' at column 1, expected: 0 or 1");
}

static void a_misspelt_key_is_bad_and_one_of_others_is_foreign(void **state)
{
	(void)state;
	static const char *const misspelt[] = {"ordre=premap", "oder=premap", "orders=premap",
					       "test=S11",     "dett=1",      "maxcpus=2",
					       "inject-=oops", "bbm.cpux=1"};
	for (size_t i = 0; i < sizeof(misspelt) / sizeof(misspelt[0]); i++) {
		assert_int_equal(parse(misspelt[i]), 1);
		assert_int_equal(problems.foreign, 0);
	}
	assert_int_equal(parse(misspelt[0]), 1);
	assert_string_equal(problems.bad_why, "'ordre=premap' at column 1, expected: order=");
	assert_int_equal(parse("quiet console=ttyAMA0,115200 root=/dev/vda det=1"), 0);
	assert_int_equal(problems.foreign, 3);
	assert_non_null(strstr(problems.foreign_why, "'quiet' at column 1 ignored, keys: "));
	assert_non_null(strstr(problems.foreign_why, "tlbi2 bbm.cpuN"));
	assert_true(options.det);
}

static void a_test_that_there_is_not_is_bad(void **state)
{
	(void)state;
	assert_int_equal(parse("tests=S99"), 1);
	assert_int_equal(parse("tests=S11,quack"), 1);
	assert_int_equal(parse("tests=S11.R12"), 1);
	assert_int_equal(parse("tests=S14.W9,S13"), 1);
	assert_int_equal(parse("tests=S14.W8,S4p,S5,S1?,S11.*,quick,unsafe,*"), 0);
	assert_int_equal(parse("tests="), 0);
}

static void the_longest_complaint_fits_a_line(void **state)
{
	(void)state;
	assert_int_equal(
	    parse("         xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx=yyyyyyyyyyyyyyyyy"), 0);
	assert_in_range(strlen(problems.foreign_why), 1, OPTIONS_WHY_MAX - 2);
	assert_int_equal(parse("         inject=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), 1);
	assert_in_range(strlen(problems.bad_why), 1, OPTIONS_WHY_MAX - 2);
}

static void numbers_out_of_range_are_refused(void **state)
{
	(void)state;
	assert_int_equal(parse("reps=4294967296"), 1);
	assert_int_equal(parse("reps=4294967295"), 0);
	assert_int_equal(parse("seed=0x10000000000000000"), 1);
	assert_int_equal(parse("seed=0xffffffffffffffff"), 0);
	assert_int_equal(parse("seed=18446744073709551616"), 1);
	assert_int_equal(parse("seed="), 1);
	assert_int_equal(parse("seed=12x"), 1);
	assert_int_equal(parse("maxcpu=0"), 1);
	assert_int_equal(parse("bbm.cpu32=1"), 1);
	assert_int_equal(parse("bbm.cpu=1"), 1);
	assert_int_equal(parse("det=2"), 1);
}

static void slow_takes_a_percentage(void **state)
{
	(void)state;
	assert_int_equal(parse("inject=slow=25%"), 0);
	assert_int_equal(options.inject, OPTION_INJECT_SLOW);
	assert_int_equal(options.slow, 25);
	assert_int_equal(parse("inject=slow=25"), 1);
	assert_int_equal(parse("inject=slow=%"), 1);
}

static void tests_are_selected_by_id_stage_or_glob(void **state)
{
	(void)state;
	assert_int_equal(parse("tests=S13,S11.R*,S?4.W2"), 0);
	assert_true(options_selects(&options, "S13"));
	assert_true(options_selects(&options, "S13.invalid.ldr"));
	assert_true(options_selects(&options, "S11.R10"));
	assert_false(options_selects(&options, "S11.X"));
	assert_false(options_selects(&options, "S12"));
	assert_true(options_selects(&options, "S14.W2"));
	assert_false(options_selects(&options, "S14.W3"));
}

static void a_mode_word_selects_nothing_by_itself(void **state)
{
	(void)state;
	assert_int_equal(parse("tests=unsafe"), 0);
	assert_true(options_names(&options, "unsafe"));
	assert_false(options_names(&options, "quick"));
	assert_true(options_selects(&options, "S14"));
}

static void a_glob_with_many_stars_ends(void **state)
{
	(void)state;
	assert_int_equal(parse("tests=*a*a*a*a*a*a*a*a*b"), 1); // selects nothing
	assert_false(options_selects(&options, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_said_means_the_defaults),
	    cmocka_unit_test(every_key_is_understood),
	    cmocka_unit_test(the_last_of_a_key_wins),
	    cmocka_unit_test(a_bad_value_is_told_with_its_column_and_the_values_there_are),
	    cmocka_unit_test(a_misspelt_key_is_bad_and_one_of_others_is_foreign),
	    cmocka_unit_test(a_test_that_there_is_not_is_bad),
	    cmocka_unit_test(the_longest_complaint_fits_a_line),
	    cmocka_unit_test(numbers_out_of_range_are_refused),
	    cmocka_unit_test(slow_takes_a_percentage),
	    cmocka_unit_test(tests_are_selected_by_id_stage_or_glob),
	    cmocka_unit_test(a_mode_word_selects_nothing_by_itself),
	    cmocka_unit_test(a_glob_with_many_stars_ends),
	};
	return cmocka_run_group_tests_name("firmware/board/options", tests, NULL, NULL);
}
