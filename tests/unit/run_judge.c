// SPDX-License-Identifier: GPL-2.0-or-later
// What decides a verdict, and what outweighs what.
#include "unit/run_judge_scene.h"

static void a_silent_run_with_an_intact_end_passes(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	assert_judged(&s, STATUS_PASS, "no splat");
	assert_false(s.out.wanted);
}

static void an_unwanted_splat_is_the_codes_fault(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	add_splat(&s, "warn", "g", "WARNING in g");
	assert_judged(&s, STATUS_FAIL, "WARNING in g at line 10");
}

static void notes_below_severity_2_decide_nothing(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	add_splat(&s, "user", "g", "segfault")->severity = 1;
	assert_judged(&s, STATUS_PASS, "");
}

static void exactly_the_wanted_splats_pass(void **state)
{
	(void)state;
	struct scene s;
	scene_premap(&s);
	judge(&s.input, &s.evidence, &s.out);
	assert_int_equal(s.out.verdict, STATUS_PASS);
	assert_true(s.out.wanted);
	assert_true(s.evidence.splats[0].wanted);
	assert_true(s.evidence.splats[1].wanted);
	evidence_deinit(&s.evidence);
}

static void a_wanted_splat_that_does_not_come_fails(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	s.variant.wants = &premap_want;
	s.variant.wants_count = 1;
	add_splat(&s, "warn", "change_range", "WARNING in change_range");
	assert_judged(&s, STATUS_FAIL, "wanted 1 x warn in split_guard, saw 0");
	assert_false(s.out.wanted);
}

static void a_wanted_splat_that_comes_twice_fails(void **state)
{
	(void)state;
	struct scene s;
	scene_premap(&s);
	add_splat(&s, "warn", "split_guard", "WARNING in split_guard");
	assert_judged(&s, STATUS_FAIL, "wanted 1 x warn in split_guard, saw 2");
}

static void a_want_of_another_pool_does_not_excuse_a_splat(void **state)
{
	(void)state;
	struct scene s;
	scene_premap(&s);
	s.input.pool = "no-bbml2";
	assert_judged(&s, STATUS_FAIL, "WARNING in split_guard at line 10");
	assert_null(strstr(s.out.reason, "more")); // what is part of a report is no other one
}

static void a_board_that_is_not_what_its_file_says_is_a_miss(void **state)
{
	(void)state;
	static const struct {
		uint32_t midr;
		int bbm, cap;
		const char *reason;
	} cases[] = {{0x410fd083, 0, 0, "MIDR 0x410fd083"},
		     {0x410fd823, 0, 1, "BBM 0"},
		     {0x410fd823, 2, 0, "BBML2 no, boards/ declares yes"}};
	for (size_t i = 0; i < 3; i++) {
		struct scene s;
		scene_init(&s);
		add_cpu(&s, cases[i].midr, cases[i].bbm, cases[i].cap);
		add_splat(&s, "warn", "g", "WARNING in g"); // says nothing about this board type
		assert_judged(&s, STATUS_MISS, cases[i].reason);
		assert_string_equal(s.out.code, "Identity");
	}
}

static void a_board_that_answers_for_another_is_a_miss_of_identity(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	add_splat(&s, "warn", "g", "WARNING in g"); // of whatever runs on that other board
	struct error *e = error_new(ERROR_IDENTITY, "identity: swapped cable?");
	s.input.trouble = e;
	assert_judged(&s, STATUS_MISS, "swapped cable?");
	assert_string_equal(s.out.code, "Identity");
	error_free(e);
}

static void a_host_without_what_the_board_needs_skips_the_run(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	s.evidence.outcome = DETECT_OUTCOME_NO_OUTPUT;
	struct error *e = error_new(ERROR_UNMET, "needs QEMU 10");
	s.input.trouble = e;
	assert_judged(&s, STATUS_SKIP, "needs QEMU 10");
	error_free(e);
}

static void a_pretended_capability_is_not_the_boards_identity(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	free(s.evidence.policy);
	s.evidence.policy = memory_strdup("force0");
	s.evidence.cpus[0].cap = 0;
	assert_judged(&s, STATUS_PASS, "");
}

static void lab_trouble_is_a_miss_unless_the_console_proves_the_code_bad(void **state)
{
	(void)state;
	CLEANUP_ERROR struct error *e = error_new(ERROR_LAB, "relay 3 is stuck");
	struct scene s;
	scene_init(&s);
	s.input.trouble = e;
	assert_judged(&s, STATUS_MISS, "relay 3 is stuck");
	assert_string_equal(s.out.code, "Infrastructure");
	scene_init(&s);
	s.input.trouble = e;
	add_splat(&s, "panic", "", "panic: oh no");
	assert_judged(&s, STATUS_FAIL, "panic: oh no");
}

static void outcomes_blame_lab_or_code_by_how_far_the_board_got(void **state)
{
	(void)state;
	static const struct {
		enum detect_outcome outcome;
		enum board_end end;
		enum status verdict;
	} cases[] = {
	    {DETECT_OUTCOME_NO_OUTPUT, BOARD_END_UNKNOWN, STATUS_MISS},
	    {DETECT_OUTCOME_GARBAGE, BOARD_END_UNKNOWN, STATUS_MISS},
	    {DETECT_OUTCOME_STUCK_BOOTLOADER, BOARD_END_UNKNOWN, STATUS_MISS},
	    {DETECT_OUTCOME_HANG, BOARD_END_UNKNOWN, STATUS_FAIL},
	    {DETECT_OUTCOME_NO_KERNEL_OUTPUT, BOARD_END_UNKNOWN, STATUS_FAIL},
	    {DETECT_OUTCOME_RESET, BOARD_END_RESET, STATUS_FAIL},
	    {DETECT_OUTCOME_BOOT_LOOP, BOARD_END_UNKNOWN, STATUS_FAIL},
	    {DETECT_OUTCOME_TRUNCATED, BOARD_END_OFF, STATUS_FAIL},
	    {DETECT_OUTCOME_TRUNCATED, BOARD_END_LOST, STATUS_MISS},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene s;
		scene_init(&s);
		s.evidence.end = false;
		s.evidence.outcome = cases[i].outcome;
		s.input.end = cases[i].end;
		judge(&s.input, &s.evidence, &s.out);
		if (s.out.verdict != cases[i].verdict)
			fail_msg("%s: %s", detect_outcome_name(cases[i].outcome),
				 status_name(s.out.verdict));
		evidence_deinit(&s.evidence);
	}
}

// What the board's own firmware does ahead of the payload is the lab's; behind its first line it is not.
static void firmware_that_crashes_ahead_of_the_payload_is_the_labs(void **state)
{
	(void)state;
	static const enum detect_outcome outcomes[] = {DETECT_OUTCOME_PANIC, DETECT_OUTCOME_RESET,
						       DETECT_OUTCOME_BOOT_LOOP,
						       DETECT_OUTCOME_WATCHDOG};
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
		struct scene s;
		scene_init(&s);
		s.evidence.end = s.evidence.hello = false;
		s.evidence.speech.own_boots = 0;
		s.evidence.outcome = outcomes[i];
		add_splat(&s, "firmware", "", "TF-A panic")->of_payload = false;
		assert_judged(&s, STATUS_MISS, "before the payload");
	}
	struct scene handed, running, again;
	scene_init(&handed);
	handed.evidence.end = handed.evidence.hello = false;
	handed.evidence.handed_over = true;
	handed.evidence.outcome = DETECT_OUTCOME_BOOT_LOOP;
	assert_judged(&handed, STATUS_FAIL, "boot_loop");
	scene_init(&running);
	running.evidence.outcome = DETECT_OUTCOME_PANIC;
	add_splat(&running, "firmware", "", "unhandled exception in EL3");
	assert_judged(&running, STATUS_FAIL, "unhandled exception in EL3");
	scene_init(&again); // it crashed once, then the payload came to its end
	again.evidence.outcome = DETECT_OUTCOME_PANIC;
	add_splat(&again, "firmware", "", "U-Boot synchronous abort")->of_payload = false;
	assert_judged(&again, STATUS_PASS, "");
}

static void the_jobs_own_end_outweighs_where_the_console_seems_to_stand(void **state)
{
	(void)state;
	static const enum detect_outcome outcomes[] = {
	    DETECT_OUTCOME_STUCK_BOOTLOADER, DETECT_OUTCOME_STUCK_FIRMWARE, DETECT_OUTCOME_GARBAGE};
	for (size_t i = 0; i < 3; i++) {
		struct scene s;
		scene_init(&s);
		s.job.payload.kind = PAYLOAD_KERNEL;
		s.job.done.text = "=> ";
		s.evidence.end = false;
		s.evidence.outcome = outcomes[i];
		s.evidence.done_text = true;
		assert_judged(&s, STATUS_PASS, "");
	}
}

static void a_board_that_went_away_owes_no_wanted_splat(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	s.variant.wants = &premap_want;
	s.variant.wants_count = 1;
	s.evidence.end = false;
	s.evidence.outcome = DETECT_OUTCOME_TRUNCATED;
	s.input.end = BOARD_END_LOST;
	assert_judged(&s, STATUS_MISS, "went away");
}

static void lost_records_are_the_lines_fault(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	s.evidence.end_intact = false;
	s.evidence.records_missing = 3;
	assert_judged(&s, STATUS_MISS, "3 missing");
}

static void the_firmwares_own_word_of_skip_or_error_holds(void **state)
{
	(void)state;
	static const struct {
		const char *word;
		enum status verdict;
	} cases[] = {{"skip", STATUS_SKIP}, {"error", STATUS_ERROR}};
	for (size_t i = 0; i < 2; i++) {
		struct scene s;
		scene_init(&s);
		free(s.evidence.end_result);
		s.evidence.end_result = memory_strdup(cases[i].word);
		assert_judged(&s, cases[i].verdict, "the firmware");
	}
}

static void the_regular_end_of_a_boot_is_no_finding(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	s.job.payload.kind = PAYLOAD_KERNEL;
	s.job.done.panic = "root fs";
	add_splat(&s, "panic", "", "panic: no root fs");
	judge(&s.input, &s.evidence, &s.out);
	assert_true(s.evidence.splats[0].is_end);
	assert_int_equal(s.out.verdict, STATUS_PASS);
	evidence_deinit(&s.evidence);
}

static void tests_decide_when_nothing_else_does(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	add_test(&s, "mmfarm.S9.text", DETECT_TEST_FAIL);
	assert_judged(&s, STATUS_FAIL, "test mmfarm.S9.text failed");
	scene_init(&s);
	add_test(&s, "mmfarm.S9.text", DETECT_TEST_ERROR);
	assert_judged(&s, STATUS_ERROR, "mmfarm.S9.text");
	scene_init(&s);
	s.evidence.tests[0].result = DETECT_TEST_SKIP;
	assert_judged(&s, STATUS_SKIP, "");
}

static void a_wanted_failing_test_must_fail(void **state)
{
	(void)state;
	const char *paths[] = {"sec-data-alias"};
	struct want w = {.failing_tests = paths, .failing_tests_count = 1};
	struct scene s;
	scene_init(&s);
	s.variant.wants = &w;
	s.variant.wants_count = 1;
	add_test(&s, "mmfarm.sec-data-alias", DETECT_TEST_FAIL);
	assert_judged(&s, STATUS_PASS, "");
	scene_init(&s);
	s.variant.wants = &w;
	s.variant.wants_count = 1;
	add_test(&s, "mmfarm.sec-data-alias", DETECT_TEST_PASS);
	assert_judged(&s, STATUS_FAIL, "sec-data-alias was wanted to fail");
}

static void a_kernel_ends_well_only_where_its_job_says(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	s.job.payload.kind = PAYLOAD_KERNEL;
	s.job.done.panic = "Unable to mount root fs";
	s.evidence.end = false;
	s.evidence.outcome = DETECT_OUTCOME_PANIC;
	add_splat(&s, "panic", "", "panic: VFS: Unable to mount root fs on N")->fatal = true;
	assert_judged(&s, STATUS_PASS, "");
	scene_init(&s);
	s.job.payload.kind = PAYLOAD_KERNEL;
	s.job.done.panic = "Unable to mount root fs";
	s.evidence.end = false;
	assert_judged(&s, STATUS_FAIL, "ended without \"Unable to mount root fs\"");
}

static void an_operators_interrupt_is_a_miss(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	s.input.interrupted = true;
	assert_judged(&s, STATUS_MISS, "interrupted");
}

// ---- a busy host --------------------------------------------------------------------------------

static const struct host_use starved = {.known = true,
					.cores = 2,
					.load = 21,
					.whole = {.ran_s = 1, .lost_s = 9},
					.worst = 0.05,
					.starved = true,
					.starved_once = true,
					.by_time = true};

static void never_ended(struct scene *s)
{
	s->evidence.end = s->evidence.end_intact = false;
	s->evidence.outcome = DETECT_OUTCOME_HANG;
}

static void a_hang_of_a_starved_board_is_the_hosts(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	never_ended(&s);
	s.input.host = &starved;
	assert_judged(&s, STATUS_MISS, "host too busy: the board got");
	assert_string_equal(s.out.code, HOST_BUSY_CODE);
	assert_non_null(strstr(s.out.reason, "got 10 %"));
}

static void a_hang_of_a_board_that_got_its_cpu_stays_a_hang(void **state)
{
	(void)state;
	struct scene s;
	struct host_use fed = starved;
	fed.starved = fed.starved_once = false;
	scene_init(&s);
	never_ended(&s);
	s.input.host = &fed;
	assert_judged(&s, STATUS_FAIL, "");
}

static void a_board_that_ended_by_itself_is_not_the_hosts(void **state)
{
	(void)state;
	struct scene s;
	struct host_use closed = starved;
	closed.by_time = false;
	scene_init(&s);
	never_ended(&s);
	s.input.host = &closed;
	assert_judged(&s, STATUS_FAIL, "");
}

static void stall_reports_of_a_starved_board_are_the_hosts(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	add_splat(&s, "hang", "f", "rcu: INFO: rcu_sched self-detected stall on CPU");
	struct evidence_splat *panic = add_splat(&s, "panic", "", "Kernel panic");
	panic->folded_into = 10;
	s.input.host = &starved;
	assert_judged(&s, STATUS_MISS, "host too busy: the board got");
	assert_string_equal(s.out.code, HOST_BUSY_CODE);
}

static void a_stall_on_a_clock_that_waits_with_its_board_counts(void **state)
{
	(void)state;
	struct scene s;
	struct host_use icount = starved;
	icount.own_clock = true;
	scene_init(&s);
	add_splat(&s, "hang", "f", "watchdog: BUG: soft lockup");
	s.input.host = &icount;
	assert_judged(&s, STATUS_FAIL, "soft lockup");
}

static void any_other_report_of_a_starved_board_counts(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	never_ended(&s);
	add_splat(&s, "hang", "f", "watchdog: BUG: soft lockup");
	add_splat(&s, "warn", "split_guard", "WARNING in split_guard");
	s.input.host = &starved;
	assert_judged(&s, STATUS_FAIL, "");
}

static void firmware_that_crashed_ahead_of_the_payload_does_not_excuse_the_host(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	s.evidence.end = false;
	s.evidence.outcome = DETECT_OUTCOME_HANG;
	s.input.watch.end = WATCH_SILENCE;
	s.input.host = &starved;
	add_splat(&s, "firmware", "", "U-Boot synchronous abort")->of_payload = false;
	assert_judged(&s, STATUS_MISS, "host too busy");
	scene_init(&s); // where the payload never came, the crash is what there is to tell
	s.evidence.end = s.evidence.hello = false;
	s.evidence.speech.own_boots = 0;
	s.evidence.outcome = DETECT_OUTCOME_PANIC;
	s.input.host = &starved;
	add_splat(&s, "firmware", "", "TF-A panic")->of_payload = false;
	assert_judged(&s, STATUS_MISS, "crashed before the payload");
}

static void a_failed_test_of_a_starved_board_counts(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	never_ended(&s);
	add_test(&s, "mmfarm.a", DETECT_TEST_FAIL);
	s.input.host = &starved;
	assert_judged(&s, STATUS_FAIL, "");
}

static void what_a_starved_board_passes_is_passed(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	s.input.host = &starved;
	assert_judged(&s, STATUS_PASS, "");
}

static void a_board_that_may_still_be_on_is_told_with_every_verdict(void **state)
{
	(void)state;
	CLEANUP_ERROR struct error *off = error_new(ERROR_LAB, "power-off: relay 3 is stuck");
	CLEANUP_ERROR struct error *trouble = error_new(ERROR_LAB, "the console closed");
	struct scene s;
	scene_init(&s);
	s.input.off = off;
	assert_judged(&s, STATUS_MISS, "the board may still be on: power-off: relay 3 is stuck");
	scene_init(&s);
	s.input.off = off;
	s.input.trouble = trouble;
	assert_judged(&s, STATUS_MISS, "the console closed; the board may still be on: power-off");
	scene_init(&s);
	s.input.off = off;
	add_splat(&s, "warn", "g", "WARNING in g");
	assert_judged(&s, STATUS_FAIL, "WARNING in g at line 10; the board may still be on");
	// However long the reason is.
	char title[2000] = "";
	for (size_t i = 0; i + 3 < sizeof(title); i += 2)
		memcpy(title + i, "\xc3\xa4", 3);
	scene_init(&s);
	s.input.off = off;
	add_splat(&s, "warn", "g", title);
	assert_judged(&s, STATUS_FAIL, "; the board may still be on: power-off: relay 3 is stuck");
	assert_true(utf8_valid(s.out.reason, strlen(s.out.reason)));
}

static void a_reason_is_cut_between_characters(void **state)
{
	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		char title[2000] = "----";
		for (size_t i = shift; i + 4 < sizeof(title); i += 3)
			memcpy(title + i, "\xe2\x82\xac", 4);
		struct scene s;
		scene_init(&s);
		add_splat(&s, "warn", "g", title);
		assert_judged(&s, STATUS_FAIL, "\xe2\x82\xac");
		assert_true(utf8_valid(s.out.reason, strlen(s.out.reason)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_silent_run_with_an_intact_end_passes),
	    cmocka_unit_test(an_unwanted_splat_is_the_codes_fault),
	    cmocka_unit_test(notes_below_severity_2_decide_nothing),
	    cmocka_unit_test(exactly_the_wanted_splats_pass),
	    cmocka_unit_test(a_wanted_splat_that_does_not_come_fails),
	    cmocka_unit_test(a_wanted_splat_that_comes_twice_fails),
	    cmocka_unit_test(a_want_of_another_pool_does_not_excuse_a_splat),
	    cmocka_unit_test(a_board_that_is_not_what_its_file_says_is_a_miss),
	    cmocka_unit_test(a_board_that_answers_for_another_is_a_miss_of_identity),
	    cmocka_unit_test(a_host_without_what_the_board_needs_skips_the_run),
	    cmocka_unit_test(a_pretended_capability_is_not_the_boards_identity),
	    cmocka_unit_test(lab_trouble_is_a_miss_unless_the_console_proves_the_code_bad),
	    cmocka_unit_test(outcomes_blame_lab_or_code_by_how_far_the_board_got),
	    cmocka_unit_test(firmware_that_crashes_ahead_of_the_payload_is_the_labs),
	    cmocka_unit_test(the_jobs_own_end_outweighs_where_the_console_seems_to_stand),
	    cmocka_unit_test(a_board_that_went_away_owes_no_wanted_splat),
	    cmocka_unit_test(lost_records_are_the_lines_fault),
	    cmocka_unit_test(the_firmwares_own_word_of_skip_or_error_holds),
	    cmocka_unit_test(the_regular_end_of_a_boot_is_no_finding),
	    cmocka_unit_test(tests_decide_when_nothing_else_does),
	    cmocka_unit_test(a_wanted_failing_test_must_fail),
	    cmocka_unit_test(a_kernel_ends_well_only_where_its_job_says),
	    cmocka_unit_test(an_operators_interrupt_is_a_miss),
	    cmocka_unit_test(a_hang_of_a_starved_board_is_the_hosts),
	    cmocka_unit_test(a_hang_of_a_board_that_got_its_cpu_stays_a_hang),
	    cmocka_unit_test(a_board_that_ended_by_itself_is_not_the_hosts),
	    cmocka_unit_test(stall_reports_of_a_starved_board_are_the_hosts),
	    cmocka_unit_test(a_stall_on_a_clock_that_waits_with_its_board_counts),
	    cmocka_unit_test(any_other_report_of_a_starved_board_counts),
	    cmocka_unit_test(firmware_that_crashed_ahead_of_the_payload_does_not_excuse_the_host),
	    cmocka_unit_test(a_failed_test_of_a_starved_board_counts),
	    cmocka_unit_test(what_a_starved_board_passes_is_passed),
	    cmocka_unit_test(a_board_that_may_still_be_on_is_told_with_every_verdict),
	    cmocka_unit_test(a_reason_is_cut_between_characters),
	};
	return cmocka_run_group_tests_name("run/judge", tests, NULL, NULL);
}
