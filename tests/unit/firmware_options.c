// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include "board/options.h"

static struct options options;
static struct options_problems problems;

// Returns the number of bad words.
static unsigned int parse(const char *line)
{
	options_init(&options, &problems);
	options_parse(&options, line, 0, strlen(line), &problems);
	return problems.count[OPTIONS_BAD];
}

// The same, held against a board that uses so many CPUs.
static unsigned int parse_for(unsigned int used, const char *line)
{
	parse(line);
	options_check(&options, used, true, &problems);
	return problems.count[OPTIONS_BAD];
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
	assert_string_equal(problems.why[OPTIONS_BAD], "'order=sideways' at column 7, expected: "
						       "premap, textro, rodataro, roonly");
	assert_true(options.det);
	assert_int_equal(options.granule, OPTION_GRANULE_4K);
	assert_int_equal(options.policy.order, ORDER_TEXTRO);
	assert_int_equal(parse("inject=all"), 1);
	assert_non_null(strstr(problems.why[OPTIONS_BAD], "hang, slow=N%"));
	assert_int_equal(parse("reps=many"), 1);
	assert_non_null(strstr(problems.why[OPTIONS_BAD], "a number to 255"));
	assert_int_equal(parse("stress_ms=many"), 1);
	assert_non_null(strstr(problems.why[OPTIONS_BAD], "a number of 32 bits"));
	assert_int_equal(parse("det"), 1);
	assert_string_equal(problems.why[OPTIONS_BAD], "'det' at column 1, expected: 0 or 1");
}

static void a_misspelt_key_is_bad_and_one_of_others_is_foreign(void **state)
{
	(void)state;
	static const char *const misspelt[] = {"ordre=premap", "oder=premap", "orders=premap",
					       "test=S11",     "dett=1",      "maxcpus=2",
					       "inject-=oops", "bbm.cpux=1"};
	for (size_t i = 0; i < sizeof(misspelt) / sizeof(misspelt[0]); i++) {
		assert_int_equal(parse(misspelt[i]), 1);
		assert_int_equal(problems.count[OPTIONS_FOREIGN], 0);
	}
	assert_int_equal(parse(misspelt[0]), 1);
	assert_string_equal(problems.why[OPTIONS_BAD],
			    "'ordre=premap' at column 1, expected: order=");
	assert_int_equal(parse("quiet console=ttyAMA0,115200 root=/dev/vda det=1"), 0);
	assert_int_equal(problems.count[OPTIONS_FOREIGN], 3);
	assert_non_null(
	    strstr(problems.why[OPTIONS_FOREIGN], "'quiet' at column 1 ignored, keys: "));
	assert_non_null(strstr(problems.why[OPTIONS_FOREIGN], "tlbi2 bbm.cpuN"));
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
	assert_in_range(strlen(problems.why[OPTIONS_FOREIGN]), 1, OPTIONS_WHY_MAX - 2);
	assert_int_equal(parse("         inject=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), 1);
	assert_in_range(strlen(problems.why[OPTIONS_BAD]), 1, OPTIONS_WHY_MAX - 2);
}

static void numbers_out_of_range_are_refused(void **state)
{
	(void)state;
	assert_int_equal(parse("stress_ms=4294967296"), 1);
	assert_int_equal(parse("stress_ms=4294967295"), 0);
	assert_int_equal(parse("reps=256"), 1);
	assert_int_equal(parse("reps=255"), 0);
	assert_int_equal(parse("maxcpu=33"), 1);
	assert_int_equal(parse("maxcpu=32"), 0);
	assert_int_equal(options.maxcpu, 32);
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
	assert_int_equal(parse("inject=slow=0%"), 1);
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

static void quick_is_a_set_that_further_words_add_to(void **state)
{
	(void)state;
	assert_int_equal(parse("tests=quick"), 0);
	assert_true(options_selects_stage(&options, "S11"));
	assert_true(options_selects(&options, "S11.R3"));
	assert_true(options_selects_stage(&options, "S15"));
	assert_false(options_selects_stage(&options, "S13"));
	assert_false(options_selects_stage(&options, "S14"));
	assert_int_equal(parse("tests=quick,S14"), 0);
	assert_true(options_selects_stage(&options, "S14"));
	assert_true(options_selects(&options, "S14.W7"));
	assert_true(options_selects_stage(&options, "S12"));
	assert_false(options_selects_stage(&options, "S13"));
	assert_int_equal(parse("tests=S14.W6,quick"), 0);
	assert_true(options_selects_stage(&options, "S14"));
	assert_true(options_selects(&options, "S14.W6"));
	assert_false(options_selects(&options, "S14.W5"));
}

static void a_test_of_a_stage_that_runs_whole_cannot_be_asked_for(void **state)
{
	(void)state;
	assert_int_equal(parse("tests=S13.invalid.ldr"), 1);
	assert_int_equal(parse("tests=S12,S15.nonsense"), 1);
	assert_string_equal(problems.why[OPTIONS_BAD],
			    "'tests=S12,S15.nonsen' at column 1, expected: quick, unsafe, S0 to "
			    "S16, S4p, S11.R1 to R11, S14.W1 to W8, globs; not 'S15.nonsense'");
	assert_int_equal(parse("tests=S13."), 1);
	assert_int_equal(parse("tests=S13.*"), 0);
	assert_true(options_selects_stage(&options, "S13"));
	// The glob is one of tests: it takes no whole stage along.
	assert_int_equal(parse("tests=S1?.R1"), 0);
	assert_true(options_selects_stage(&options, "S11"));
	assert_false(options_selects_stage(&options, "S12"));
	assert_false(options_selects_stage(&options, "S14"));
}

static void a_cpu_that_is_not_used_cannot_be_pretended_about(void **state)
{
	(void)state;
	assert_int_equal(parse_for(2, "bbm.cpu1=0"), 0);
	assert_int_equal(parse_for(2, "bbm.cpu9=1"), 1);
	assert_string_equal(problems.why[OPTIONS_BAD],
			    "bbm.cpu9=: 2 CPUs are to be used, bbm.cpu1= is the last");
	assert_int_equal(parse_for(2, "bbm.cpu2=1 bbm.cpu31=0"), 2);
	assert_int_equal(parse_for(1, "bbm.cpu1=0"), 1);
	assert_string_equal(problems.why[OPTIONS_BAD],
			    "bbm.cpu1=: 1 CPU is to be used, bbm.cpu0= is the last");
	assert_int_equal(parse_for(32, "bbm.cpu31=0"), 0);
}

static void what_takes_each_other_s_effect_is_bad(void **state)
{
	(void)state;
	static const char *const lines[] = {
	    "stress_ms=2000 stress_iters=100",
	    "det=1 stress_ms=2000",
	    "tests=unsafe,S13",
	    "tests=unsafe,S14.W6",
	    "tests=quick,unsafe",
	    "inject=no-tlbi tests=S14.W1",
	    "inject=publish-first tests=quick",
	    "inject=slow=10% tests=S14",
	    "inject=mark-break tests=S14.W2",
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (parse_for(4, lines[i]) != 1)
			fail_msg("not refused: %s", lines[i]);
	assert_int_equal(parse_for(4, "det=1 stress_iters=100 tests=unsafe,S14.W3"), 0);
	assert_int_equal(parse_for(4, "inject=no-tlbi tests=S14.W6"), 0);
	assert_int_equal(parse_for(4, "inject=no-tlbi"), 0);
	assert_int_equal(parse_for(4, "inject=oops tests=S12"), 0);
	assert_int_equal(problems.count[OPTIONS_IDLE], 0);
}

static void a_number_for_a_stage_that_does_not_run_is_told(void **state)
{
	(void)state;
	assert_int_equal(parse_for(4, "stress_ms=2000 tests=S11"), 0);
	assert_int_equal(problems.count[OPTIONS_IDLE], 1);
	assert_string_equal(problems.why[OPTIONS_IDLE],
			    "stress_ms=, stress_iters=: S14 is not selected");
	assert_int_equal(parse_for(4, "reps=5 tests=S14"), 0);
	assert_int_equal(problems.count[OPTIONS_IDLE], 1);
	parse("end=reset");
	options_check(&options, 1, false, &problems);
	assert_string_equal(problems.why[OPTIONS_IDLE],
			    "end=: the board has no PSCI, the run ends in a halt");
	parse("end=halt");
	options_check(&options, 1, false, &problems);
	assert_int_equal(problems.count[OPTIONS_IDLE], 0);
	assert_int_equal(parse_for(4, "reps=5 stress_ms=2000"), 0);
	assert_int_equal(problems.count[OPTIONS_IDLE], 0);
}

static void a_repeated_key_is_told_when_its_value_changes(void **state)
{
	(void)state;
	assert_int_equal(parse("order=premap det=1 order=premap det=1 bbm.cpu1=0 bbm.cpu1=0"), 0);
	assert_int_equal(problems.count[OPTIONS_REPLACED], 0);
	assert_int_equal(parse("order=premap det=1 order=roonly bbm.cpu1=0 bbm.cpu1=1"), 0);
	assert_int_equal(problems.count[OPTIONS_REPLACED], 2);
	assert_string_equal(problems.why[OPTIONS_REPLACED],
			    "'order=roonly' at column 20 replaces an earlier value of its key");
	assert_int_equal(options.policy.order, ORDER_ROONLY);
	assert_int_equal(options.cap_override[1], CAP_PRETEND_HAS);
}

static void words_behind_two_dashes_are_for_init(void **state)
{
	(void)state;
	assert_int_equal(parse("det=1 -- order=premap tests=nonsense \"open"), 0);
	assert_true(options.det);
	assert_int_equal(options.policy.order, ORDER_TEXTRO);
	assert_int_equal(problems.count[OPTIONS_FOREIGN], 0);
	assert_int_equal(parse("\"--\" order=premap"), 0);
	assert_int_equal(options.policy.order, ORDER_TEXTRO);
	// Only the whole word does that.
	assert_int_equal(parse("--x --=1 a--b order=premap"), 0);
	assert_int_equal(options.policy.order, ORDER_PREMAP);
}

static void quotes_are_those_of_the_kernel(void **state)
{
	(void)state;
	// Blanks inside belong to the word, which is somebody else's as a whole.
	assert_int_equal(parse("dyndbg=\"file x order=premap\" det=1"), 0);
	assert_int_equal(options.policy.order, ORDER_TEXTRO);
	assert_true(options.det);
	assert_int_equal(problems.count[OPTIONS_FOREIGN], 1);
	// Around a value and around a word they are taken off.
	assert_int_equal(parse("order=\"premap\" \"granule=4k\" tests=\"S11,S13\" \"seed=7\""), 0);
	assert_int_equal(options.policy.order, ORDER_PREMAP);
	assert_int_equal(options.granule, OPTION_GRANULE_4K);
	assert_string_equal(options.tests, "S11,S13");
	assert_int_equal(options.seed, 7);
	// Elsewhere they are part of it.
	assert_int_equal(parse("order=pre\"map\""), 1);
	assert_int_equal(parse("\"seed=\"7\"\""), 1); // one of the two is left at its end
	assert_int_equal(parse("tests=\"\" order=\"\""), 1);
	// What an open one would swallow may be meant.
	assert_int_equal(parse("dyndbg=\"file x order=premap"), 1);
	assert_string_equal(problems.why[OPTIONS_BAD],
			    "'dyndbg=\"file x order' at column 1: a quote is not closed");
	assert_int_equal(parse("\""), 1);
	assert_int_equal(parse("a=\""), 1);
	assert_int_equal(parse("\"\" = == \"=\""), 0);
}

static void a_quote_or_two_dashes_end_with_their_source(void **state)
{
	(void)state;
	static const char line[] = "det=1 -- x order=premap";
	options_init(&options, &problems);
	options_parse(&options, line, 0, 10, &problems);
	options_parse(&options, line, 10, sizeof(line) - 1, &problems);
	assert_int_equal(options.policy.order, ORDER_PREMAP);
	assert_true(options.det);
}

static void blanks_and_dashes_are_those_of_the_kernel(void **state)
{
	(void)state;
	assert_int_equal(parse("det=1\torder=premap\vgranule=4k\nstress-ms=7\xa0seed=3\fmaxcpu=2"),
			 0);
	assert_true(options.det);
	assert_int_equal(options.policy.order, ORDER_PREMAP);
	assert_int_equal(options.granule, OPTION_GRANULE_4K);
	assert_int_equal(options.stress_ms, 7);
	assert_int_equal(options.seed, 3);
	assert_int_equal(options.maxcpu, 2);
}

static void what_must_be_meant_for_us_is_not_left_to_others(void **state)
{
	(void)state;
	static const char *const lines[] = {
	    "S14",          "quick",       "unsafe",        "S11.R3,S13",
	    "ORDER=premap", "Inject=oops", "stress_reps=5", "stress.ms=5",
	    "bbm.cap=1",    "inject.w2=1", "tests-x=1",     "bbm_cpu1=1",
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (parse(lines[i]) != 1)
			fail_msg("left to others: %s", lines[i]);
	assert_int_equal(parse("S S99 ,, * kfence.sample_interval=100 maximum quit orderly=1"), 0);
}

static void a_kernel_s_words_about_its_console_are_used(void **state)
{
	(void)state;
	assert_int_equal(parse("earlycon=cdns,0xff000000 earlycon console=hvc0"), 0);
	assert_int_equal(options.earlycon.type, UART_CADENCE);
	assert_int_equal(options.earlycon.base, 0xff000000);
	assert_true(options.hvc);
	assert_int_equal(problems.count[OPTIONS_FOREIGN], 0);
	// The last one is the kernel's console.
	assert_int_equal(parse("console=hvc0 console=ttyAMA0"), 0);
	assert_false(options.hvc);
	assert_int_equal(problems.count[OPTIONS_FOREIGN], 1);
	// What there is no driver for is the kernel's business, and told.
	assert_int_equal(parse("earlycon=smh"), 0);
	assert_int_equal(options.earlycon.type, UART_NONE);
	assert_int_equal(problems.count[OPTIONS_FOREIGN], 1);
	assert_int_equal(parse("-- earlycon=cdns,0xff000000 console=hvc0"), 0);
	assert_int_equal(options.earlycon.type, UART_NONE);
	assert_false(options.hvc);
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
	    cmocka_unit_test(quick_is_a_set_that_further_words_add_to),
	    cmocka_unit_test(a_test_of_a_stage_that_runs_whole_cannot_be_asked_for),
	    cmocka_unit_test(a_cpu_that_is_not_used_cannot_be_pretended_about),
	    cmocka_unit_test(what_takes_each_other_s_effect_is_bad),
	    cmocka_unit_test(a_number_for_a_stage_that_does_not_run_is_told),
	    cmocka_unit_test(a_repeated_key_is_told_when_its_value_changes),
	    cmocka_unit_test(words_behind_two_dashes_are_for_init),
	    cmocka_unit_test(quotes_are_those_of_the_kernel),
	    cmocka_unit_test(a_quote_or_two_dashes_end_with_their_source),
	    cmocka_unit_test(blanks_and_dashes_are_those_of_the_kernel),
	    cmocka_unit_test(a_kernel_s_words_about_its_console_are_used),
	    cmocka_unit_test(what_must_be_meant_for_us_is_not_left_to_others),
	};
	return cmocka_run_group_tests_name("firmware/board/options", tests, NULL, NULL);
}
