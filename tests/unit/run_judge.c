// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <stdio.h>

#include "base/memory.h"
#include "text/utf8.h"
#include "run/judge.h"

// A firmware run on a BBML2 board, in pool "bbml2", that went well; each test spoils one thing.
struct scene {
	struct job_config job;
	struct variant_config variant;
	struct board_config board;
	struct evidence evidence;
	struct judge_input input;
	struct judgement out;
};

static void add_cpu(struct scene *s, uint32_t midr, int bbm, int cap)
{
	struct evidence_cpu cpu = {(long)s->evidence.cpus_count, midr, bbm, cap};
	ARRAY_APPEND(s->evidence.cpus, s->evidence.cpus_count, cpu);
}

static struct evidence_splat *add_splat(struct scene *s, const char *class_name, const char *func,
					const char *title)
{
	struct evidence_splat splat = {
	    .line = 10 + s->evidence.splats_count,
	    .class_name = memory_strdup(class_name),
	    .sub = memory_strdup(""),
	    .func = memory_strdup(func),
	    .file = memory_strdup(""),
	    .title = memory_strdup(title),
	    .message = memory_strdup(""),
	    .severity = 3,
	    .of_payload = true,
	    .ended_boot = true,
	};
	ARRAY_APPEND(s->evidence.splats, s->evidence.splats_count, splat);
	return &s->evidence.splats[s->evidence.splats_count - 1];
}

static void add_test(struct scene *s, const char *path, enum detect_test_result result)
{
	struct evidence_test t = {.path = memory_strdup(path), .result = result};
	ARRAY_APPEND(s->evidence.tests, s->evidence.tests_count, t);
}

static void scene_init(struct scene *s)
{
	*s = (struct scene){0};
	s->variant.name = "premap";
	s->board.name = "b1";
	s->board.cpu =
	    (struct cpu_config){.name = "X4", .midr = 0x410fd823, .bbm = 2, .bbml2 = true};
	s->evidence.outcome = DETECT_OUTCOME_OK;
	s->evidence.final = s->evidence.hello = true;
	s->evidence.speech.own_boots = 1;
	s->evidence.end = s->evidence.end_intact = true;
	s->evidence.end_result = memory_strdup("pass");
	s->evidence.policy = memory_strdup("auto72");
	s->input = (struct judge_input){.job = &s->job,
					.variant = &s->variant,
					.board = &s->board,
					.pool = "bbml2",
					.end = BOARD_END_OFF};
	add_cpu(s, 0x410fd823, 2, 1);
	add_test(s, "mmfarm.S4.walk", DETECT_TEST_PASS);
}

static void assert_judged(struct scene *s, enum status verdict, const char *reason)
{
	judge(&s->input, &s->evidence, &s->out);
	if (s->out.verdict != verdict || !strstr(s->out.reason, reason))
		fail_msg("%s: %s; wanted %s: ..%s..", status_name(s->out.verdict), s->out.reason,
			 status_name(verdict), reason);
	evidence_deinit(&s->evidence);
}

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

static struct want_splat two_wants[] = {{.class = "warn", .function = "split_guard", .count = 1},
					{.class = "warn", .function = "change_range", .count = 1}};
static const char *bbml2_pool[] = {"bbml2"};
static struct want premap_want = {
    .pools = bbml2_pool, .pools_count = 1, .splats = two_wants, .splats_count = 2};

static void scene_premap(struct scene *s)
{
	scene_init(s);
	s->variant.wants = &premap_want;
	s->variant.wants_count = 1;
	add_splat(s, "warn", "split_guard", "WARNING in split_guard");
	add_splat(s, "warn", "change_range", "WARNING in change_range")->folded_into = 10;
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

// A kernel run that waits for "login:" and has not seen it.
static void scene_kernel(struct scene *s, enum watch_end end, enum detect_outcome outcome)
{
	scene_init(s);
	s->job.payload.kind = PAYLOAD_KERNEL;
	s->job.done.text = "login:";
	s->job.deadline_s = 120;
	s->job.silence_s = 10;
	s->evidence.end = false;
	s->evidence.outcome = outcome;
	s->input.end = BOARD_END_UNKNOWN;
	s->input.watch = (struct watch){.end = end,
					.after_s = 120,
					.silent_s = 3,
					.last_line = "[   99.0] systemd[1]: Starting"};
}

static void a_board_that_still_talks_at_its_deadline_had_too_little_time(void **state)
{
	(void)state;
	struct scene s;
	scene_kernel(&s, WATCH_DEADLINE, DETECT_OUTCOME_STUCK_USERSPACE);
	assert_judged(
	    &s, STATUS_ERROR,
	    "deadline of 120 s reached, board still talking, last line «[   99.0] systemd[1]: "
	    "Starting» 3 s before");
	assert_string_equal(s.out.code, "Deadline");
	scene_kernel(&s, WATCH_DEADLINE, DETECT_OUTCOME_STUCK_USERSPACE);
	s.input.watch.silent_s = 7.25;
	assert_judged(&s, STATUS_ERROR,
		      "board silent, last line «[   99.0] systemd[1]: Starting» 7.2 s");
	// Firmware has its end record to say.
	scene_kernel(&s, WATCH_DEADLINE, DETECT_OUTCOME_TRUNCATED);
	s.job.payload.kind = PAYLOAD_FIRMWARE;
	assert_judged(&s, STATUS_ERROR, "still talking");
	// One that waits for nothing and is ready has reached its end.
	scene_kernel(&s, WATCH_DEADLINE, DETECT_OUTCOME_OK);
	s.job.done.text = NULL;
	assert_judged(&s, STATUS_PASS, "");
}

static void a_silent_board_hangs(void **state)
{
	(void)state;
	struct scene s;
	scene_kernel(&s, WATCH_SILENCE, DETECT_OUTCOME_STUCK_USERSPACE);
	s.input.watch.after_s = 45;
	s.input.watch.silent_s = 10;
	assert_judged(
	    &s, STATUS_FAIL,
	    "without \"login:\": stuck_userspace (silent for 10 s, 45 s after power-on, last "
	    "line «[   99.0] systemd[1]: Starting»)");
}

static void a_deadline_takes_back_nothing_that_was_proved(void **state)
{
	(void)state;
	static const enum detect_outcome proofs[] = {DETECT_OUTCOME_PANIC, DETECT_OUTCOME_RESET,
						     DETECT_OUTCOME_BOOT_LOOP,
						     DETECT_OUTCOME_WATCHDOG};
	struct scene s;
	for (size_t i = 0; i < 4; i++) {
		scene_kernel(&s, WATCH_DEADLINE, proofs[i]);
		assert_judged(&s, STATUS_FAIL, detect_outcome_name(proofs[i]));
	}
	scene_kernel(&s, WATCH_DEADLINE, DETECT_OUTCOME_STUCK_KERNEL);
	add_test(&s, "ktap.mm.split", DETECT_TEST_FAIL);
	assert_judged(&s, STATUS_FAIL, "ktap.mm.split failed");
	scene_kernel(&s, WATCH_DEADLINE, DETECT_OUTCOME_STUCK_KERNEL);
	add_splat(&s, "warn", "g", "WARNING in g");
	assert_judged(&s, STATUS_FAIL, "WARNING in g");
	// A wanted splat may have come later; one too many will not go.
	scene_kernel(&s, WATCH_DEADLINE, DETECT_OUTCOME_STUCK_KERNEL);
	s.variant.wants = &premap_want;
	s.variant.wants_count = 1;
	assert_judged(&s, STATUS_ERROR, "deadline");
	scene_kernel(&s, WATCH_DEADLINE, DETECT_OUTCOME_STUCK_KERNEL);
	s.variant.wants = &premap_want;
	s.variant.wants_count = 1;
	add_splat(&s, "warn", "split_guard", "WARNING in split_guard");
	add_splat(&s, "warn", "split_guard", "WARNING in split_guard");
	add_splat(&s, "warn", "change_range", "WARNING in change_range");
	assert_judged(&s, STATUS_FAIL, "wanted 1 x warn in split_guard, saw 2");
}

static void a_console_that_is_lost_is_the_labs(void **state)
{
	(void)state;
	struct scene s;
	scene_kernel(&s, WATCH_LOST, DETECT_OUTCOME_STUCK_KERNEL);
	snprintf(s.input.watch.cause, sizeof(s.input.watch.cause), "Input/output error");
	assert_judged(&s, STATUS_MISS, "Input/output error");
	assert_string_equal(s.out.code, "ConsoleLost");
	scene_kernel(&s, WATCH_LOST, DETECT_OUTCOME_STUCK_KERNEL);
	add_splat(&s, "warn", "g", "WARNING in g");
	assert_judged(&s, STATUS_FAIL, "WARNING in g");
	scene_kernel(&s, WATCH_LOST, DETECT_OUTCOME_STUCK_KERNEL);
	s.evidence.done_text = true;
	assert_judged(&s, STATUS_PASS, "");
	scene_kernel(&s, WATCH_LOST, DETECT_OUTCOME_OK);
	s.job.done = (struct done_config){.power_off = true};
	s.evidence.clean_shutdown = true;
	assert_judged(&s, STATUS_PASS, "");
	scene_kernel(&s, WATCH_LOST, DETECT_OUTCOME_OK);
	s.job.done = (struct done_config){.power_off = true};
	assert_judged(&s, STATUS_MISS, "lost");
}

static void what_is_missing_may_have_been_said_in_a_gap(void **state)
{
	(void)state;
	struct scene s;
	scene_kernel(&s, WATCH_SILENCE, DETECT_OUTCOME_STUCK_KERNEL);
	s.input.watch.gap_s = 2.5;
	assert_judged(&s, STATUS_MISS, "away for 2.5 s");
	scene_kernel(&s, WATCH_DEADLINE, DETECT_OUTCOME_STUCK_KERNEL);
	s.input.watch.gap_s = 2.5;
	assert_judged(&s, STATUS_MISS, "away for 2.5 s");
	scene_kernel(&s, WATCH_SILENCE, DETECT_OUTCOME_RESET);
	s.input.watch.gap_s = 2.5;
	assert_judged(&s, STATUS_FAIL, "reset");
	for (int gap = 0; gap < 2; gap++) {
		scene_kernel(&s, WATCH_DONE, DETECT_OUTCOME_OK);
		s.input.watch.gap_s = gap;
		s.evidence.done_text = true;
		s.variant.wants = &premap_want;
		s.variant.wants_count = 1;
		assert_judged(&s, gap ? STATUS_MISS : STATUS_FAIL,
			      gap ? "away for 1 s" : "wanted 1 x warn");
	}
	scene_kernel(&s, WATCH_DONE, DETECT_OUTCOME_OK);
	s.input.watch.gap_s = 2.5;
	s.evidence.done_text = true;
	assert_judged(&s, STATUS_PASS, "");
}

static void nothing_passes_without_a_word_of_the_payload(void **state)
{
	(void)state;
	struct scene s;
	static const struct done_config dones[] = {{.power_off = true}, {.text = NULL}};
	for (size_t i = 0; i < 2; i++) {
		scene_kernel(&s, WATCH_SILENCE, DETECT_OUTCOME_OK);
		s.job.done = dones[i];
		s.input.end = BOARD_END_OFF;
		s.evidence.speech.own_boots = 0;
		assert_judged(&s, STATUS_MISS, "nothing of the payload was seen");
		assert_string_equal(s.out.code, "NoPayload");
	}
	scene_kernel(&s, WATCH_SILENCE, DETECT_OUTCOME_NO_KERNEL_OUTPUT);
	s.evidence.speech.own_boots = 0;
	s.evidence.stray_line = 7;
	assert_judged(&s, STATUS_MISS, "\"login:\" at line 7 does not count");
	scene_kernel(&s, WATCH_SILENCE, DETECT_OUTCOME_STUCK_BOOTLOADER);
	s.job.done.from_handover = s.evidence.from_handover = true;
	s.evidence.speech.own_boots = 0;
	s.evidence.done_text = true;
	assert_judged(&s, STATUS_PASS, "");
}

static void a_panic_ends_a_run_only_as_the_payloads(void **state)
{
	(void)state;
	struct scene s;
	scene_kernel(&s, WATCH_SILENCE, DETECT_OUTCOME_PANIC);
	s.job.done = (struct done_config){.panic = "root fs"};
	add_splat(&s, "panic", "", "panic: no root fs")->of_payload = false;
	s.evidence.splats[0].of_another = true;
	assert_judged(&s, STATUS_FAIL, "without \"root fs\"");
}

static void another_payload_than_the_jobs_is_the_labs(void **state)
{
	(void)state;
	char own[] = "Linux version 7.3.0 (a@b) (gcc (Debian 12) 12) #2 SMP Sun";
	char other[] = "Linux version 6.1.0 (d@d) (gcc) #1 SMP Debian 6.1.1 (2026)";
	char sibling[] = "Linux version 7.3.0 (c@d) (gcc (Debian 12) 12) #2 SMP Sun";
	const struct banners payload = {.items = {own}, .count = 1};
	struct scene s;
	scene_kernel(&s, WATCH_DONE, DETECT_OUTCOME_OK);
	s.evidence.speech.payload = &payload;
	s.evidence.speech.own_boots = 0;
	s.evidence.speech.another = memory_strdup(other);
	add_splat(&s, "warn", "g", "WARNING in g")->of_another = true;
	assert_judged(
	    &s, STATUS_MISS,
	    "board runs \"Linux version 6.1.0 #1 SMP Debian 6.1.1 (2026)\", not the payload "
	    "\"Linux version 7.3.0 #2 SMP Sun\"");
	assert_string_equal(s.out.code, "OtherPayload");
	// Who built it is told where nothing else differs.
	scene_kernel(&s, WATCH_DONE, DETECT_OUTCOME_OK);
	s.evidence.speech.payload = &payload;
	s.evidence.speech.own_boots = 0;
	s.evidence.speech.another = memory_strdup(sibling);
	assert_judged(&s, STATUS_MISS, "(c@d)");
	// The payload's own boot before it counts.
	scene_kernel(&s, WATCH_SILENCE, DETECT_OUTCOME_OK);
	s.evidence.speech.payload = &payload;
	s.evidence.speech.another = memory_strdup(other);
	assert_judged(&s, STATUS_MISS, "board runs");
	scene_kernel(&s, WATCH_SILENCE, DETECT_OUTCOME_OK);
	s.evidence.speech.payload = &payload;
	s.evidence.speech.another = memory_strdup(other);
	add_splat(&s, "warn", "g", "WARNING in g");
	assert_judged(&s, STATUS_FAIL, "WARNING in g");
	scene_kernel(&s, WATCH_SILENCE, DETECT_OUTCOME_RESET);
	s.evidence.speech.payload = &payload;
	s.evidence.speech.another = memory_strdup(other);
	s.evidence.speech.own_reset = true;
	assert_judged(&s, STATUS_FAIL, "ended in a reset, and then the board runs");
}

static void a_tools_words_count_where_nothing_proves_the_payload(void **state)
{
	(void)state;
	struct scene s;
	for (int proven = 0; proven < 2; proven++) {
		scene_kernel(&s, WATCH_DONE, DETECT_OUTCOME_OK);
		s.evidence.done_text = true;
		s.evidence.speech.proven = proven;
		s.input.doubt = "flash: FAILED (remote: no such partition)";
		assert_judged(&s, proven ? STATUS_PASS : STATUS_MISS,
			      proven ? "" : "FAILED (remote: no such partition)");
	}
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

static void a_job_waits_in_vain_for_a_power_off(void **state)
{
	(void)state;
	struct scene s;
	scene_kernel(&s, WATCH_SILENCE, DETECT_OUTCOME_OK);
	s.job.done = (struct done_config){.power_off = true};
	assert_judged(&s, STATUS_FAIL, "did not switch itself off");
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
	    cmocka_unit_test(a_pretended_capability_is_not_the_boards_identity),
	    cmocka_unit_test(a_board_that_answers_for_another_is_a_miss_of_identity),
	    cmocka_unit_test(a_host_without_what_the_board_needs_skips_the_run),
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
	    cmocka_unit_test(a_board_that_still_talks_at_its_deadline_had_too_little_time),
	    cmocka_unit_test(a_silent_board_hangs),
	    cmocka_unit_test(a_deadline_takes_back_nothing_that_was_proved),
	    cmocka_unit_test(a_console_that_is_lost_is_the_labs),
	    cmocka_unit_test(what_is_missing_may_have_been_said_in_a_gap),
	    cmocka_unit_test(nothing_passes_without_a_word_of_the_payload),
	    cmocka_unit_test(a_panic_ends_a_run_only_as_the_payloads),
	    cmocka_unit_test(another_payload_than_the_jobs_is_the_labs),
	    cmocka_unit_test(a_tools_words_count_where_nothing_proves_the_payload),
	    cmocka_unit_test(a_board_that_may_still_be_on_is_told_with_every_verdict),
	    cmocka_unit_test(a_reason_is_cut_between_characters),
	    cmocka_unit_test(a_job_waits_in_vain_for_a_power_off),
	};
	return cmocka_run_group_tests_name("run/judge", tests, NULL, NULL);
}
