// SPDX-License-Identifier: GPL-2.0-or-later
// Each verdict with its whole sentence and its code, at the borders of what decides it.
#include "unit/run_judge_words.h"

static void verdicts_have_their_names(void **state)
{
	(void)state;
	static const char *const names[] = {"PASS", "FAIL", "ERROR", "MISS", "SKIP", "DONE"};
	static const enum status verdicts[] = {STATUS_PASS, STATUS_FAIL, STATUS_ERROR,
					       STATUS_MISS, STATUS_SKIP, STATUS_DONE};
	for (size_t i = 0; i < 6; i++)
		assert_string_equal(status_name(verdicts[i]), names[i]);
}

// ---- what the job wants -------------------------------------------------------------------------

static void want_splats(struct scene *s, struct want *w, struct want_splat *splats, size_t count)
{
	*w = (struct want){.splats = splats, .splats_count = count};
	s->variant.wants = w;
	s->variant.wants_count = 1;
}

static void a_wanted_splat_agrees_in_every_key_that_is_set(void **state)
{
	(void)state;
	static const struct {
		struct want_splat want;
		const char *text;
		unsigned agree; // a bit a splat of the scene
	} cases[] = {
	    {{.class = "warn"}, "warn", 0x3},
	    {{.function = "f"}, "splat in f", 0x5},
	    {{.title = "odd"}, "splat \"odd\"", 0x9},
	    {{.class = "warn", .function = "f"}, "warn in f", 0x1},
	    {{.class = "warn", .title = "odd"}, "warn \"odd\"", 0x1},
	    {{.class = "bug", .function = "g", .title = "odd"}, "bug in g \"odd\"", 0x8},
	    {{.class = "warn", .function = "f", .title = "no"}, "warn in f \"no\"", 0},
	    {{.class = NULL}, "splat", 0xf},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene s;
		struct want w;
		struct want_splat want = cases[i].want;
		char reason[160];
		scene_good(&s);
		want.count = 7;
		want_splats(&s, &w, &want, 1);
		add_splat(&s, "warn", "f", "WARNING: odd thing");
		add_splat(&s, "warn", "g", "WARNING: even thing");
		add_splat(&s, "bug", "f", "BUG: even thing");
		add_splat(&s, "bug", "g", "BUG: odd thing");
		// Of another system it is nobody's.
		add_splat(&s, "warn", "f", "WARNING: odd thing")->of_another = true;
		run_judge(&s);
		unsigned marked = 0;
		for (unsigned k = 0; k < s.evidence.splats_count; k++)
			marked |= (unsigned)s.evidence.splats[k].wanted << k;
		assert_int_equal(marked, cases[i].agree);
		assert_false(s.out.wanted);
		if (marked == 0xf) {
			snprintf(reason, sizeof(reason), "wanted 7 x %s, saw 4", cases[i].text);
			assert_said(&s, "FAIL", "", reason);
		}
		evidence_deinit(&s.evidence);
		// Alone, so that nothing unwanted comes first.
		scene_good(&s);
		want_splats(&s, &w, &want, 1);
		snprintf(reason, sizeof(reason), "wanted 7 x %s, saw 0", cases[i].text);
		assert_judged(&s, "FAIL", "", reason);
	}
}

static void a_want_holds_in_its_pools_or_everywhere(void **state)
{
	(void)state;
	static const char *pools[] = {"o", "p"};
	for (size_t count = 0; count < 3; count++) {
		struct scene s;
		struct want w;
		struct want_splat want = {.class = "warn", .count = 1};
		scene_good(&s);
		want_splats(&s, &w, &want, 1);
		w.pools = count ? pools : NULL;
		w.pools_count = count;
		assert_judged(&s, count == 1 ? "PASS" : "FAIL", "",
			      count == 1 ? GOOD : "wanted 1 x warn, saw 0");
	}
}

static void the_first_unmet_want_is_told_and_all_are_marked(void **state)
{
	(void)state;
	struct scene s;
	const char *tests[] = {"t1", "t2"};
	struct want_splat first[] = {{.class = "bug", .count = 1}, {.class = "oops", .count = 1}};
	struct want_splat second[] = {{.class = "warn", .count = 1}};
	struct want wants[] = {
	    {.splats = first, .splats_count = 2, .failing_tests = tests, .failing_tests_count = 2},
	    {.splats = second, .splats_count = 1}};
	scene_good(&s);
	s.variant.wants = wants;
	s.variant.wants_count = 2;
	add_splat(&s, "warn", "f", "WARNING");
	add_test(&s, "t2", DETECT_TEST_FAIL);
	run_judge(&s);
	assert_said(&s, "FAIL", "", "wanted 1 x bug, saw 0");
	assert_true(s.evidence.splats[0].wanted);
	assert_true(s.evidence.tests[0].wanted_fail);
	assert_false(s.out.wanted);
	evidence_deinit(&s.evidence);
	// Of tests as well.
	scene_good(&s);
	wants[0].splats_count = 0;
	s.variant.wants = wants;
	s.variant.wants_count = 2;
	assert_judged(&s, "FAIL", "", "test t1 was wanted to fail and did not");
	// Met, one after the other; only splats make it "every wanted splat came".
	scene_good(&s);
	s.variant.wants = wants;
	s.variant.wants_count = 2;
	add_splat(&s, "warn", "f", "WARNING");
	add_test(&s, "t1", DETECT_TEST_FAIL);
	add_test(&s, "t2", DETECT_TEST_XFAIL);
	assert_judged(&s, "PASS", "", ALL_CAME);
	assert_true(s.out.wanted);
	scene_good(&s);
	s.variant.wants = wants;
	s.variant.wants_count = 1;
	add_test(&s, "t1", DETECT_TEST_FAIL);
	add_test(&s, "t2", DETECT_TEST_XFAIL);
	assert_judged(&s, "PASS", "", CHECKED);
	assert_false(s.out.wanted);
}

static void a_wanted_failing_test_goes_by_its_path_or_its_own_name(void **state)
{
	(void)state;
	static const struct {
		const char *path;
		enum detect_test_result result;
		bool met;
	} cases[] = {
	    {"a.b", DETECT_TEST_FAIL, true},      {"a.b", DETECT_TEST_XFAIL, true},
	    {"ktap.a.b", DETECT_TEST_FAIL, true}, {"ktap.x.a.b", DETECT_TEST_FAIL, false},
	    {"a.bc", DETECT_TEST_FAIL, false},    {"b", DETECT_TEST_FAIL, false},
	    {"a.b", DETECT_TEST_SKIP, false},     {"ktap.a.b", DETECT_TEST_PASS, false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *wanted[] = {"a.b"};
		struct want w = {.failing_tests = wanted, .failing_tests_count = 1};
		struct scene s;
		scene_good(&s);
		s.variant.wants = &w;
		s.variant.wants_count = 1;
		add_test(&s, "other", DETECT_TEST_PASS);
		add_test(&s, cases[i].path, cases[i].result)->informative = true;
		run_judge(&s);
		assert_int_equal(s.evidence.tests[1].wanted_fail, cases[i].met);
		if (cases[i].met)
			assert_said(&s, "PASS", "", CHECKED);
		else
			assert_said(&s, "FAIL", "", "test a.b was wanted to fail and did not");
		evidence_deinit(&s.evidence);
	}
}

static void a_test_that_ran_well_will_not_fail_later(void **state)
{
	(void)state;
	for (int ran = 0; ran < 2; ran++) {
		const char *wanted[] = {"t"};
		struct want w = {.failing_tests = wanted, .failing_tests_count = 1};
		struct scene s;
		scene_init(&s);
		s.variant.wants = &w;
		s.variant.wants_count = 1;
		s.input.watch.end = WATCH_DEADLINE;
		s.input.watch.silent_s = 3;
		if (ran)
			add_test(&s, "t", DETECT_TEST_PASS);
		add_test(&s, ran ? "t" : "u", DETECT_TEST_FAIL)->informative = true;
		if (ran)
			assert_judged(&s, "FAIL", "", "test t was wanted to fail and did not");
		else
			assert_judged(&s, "ERROR", "Deadline",
				      "deadline of 120 s reached, board still talking, last line "
				      "«Starting» 3 s before (stuck_userspace)");
	}
}

static void one_splat_too_many_is_told_at_the_deadline_too(void **state)
{
	(void)state;
	struct scene s;
	struct want w;
	struct want_splat want = {.class = "warn", .count = 1};
	scene_init(&s);
	want_splats(&s, &w, &want, 1);
	s.input.watch.end = WATCH_DEADLINE;
	add_splat(&s, "warn", "f", "WARNING");
	add_splat(&s, "warn", "f", "WARNING");
	assert_judged(&s, "FAIL", "", "wanted 1 x warn, saw 2");
	// As many as wanted: it is the time that was too short.
	scene_init(&s);
	want_splats(&s, &w, &want, 1);
	s.input.watch.end = WATCH_DEADLINE;
	add_splat(&s, "warn", "f", "WARNING");
	run_judge(&s);
	assert_int_equal(s.out.verdict, STATUS_ERROR);
	assert_true(s.out.wanted);
	evidence_deinit(&s.evidence);
}

// ---- panics that are wanted ---------------------------------------------------------------------

static void the_jobs_panic_is_found_in_title_or_message(void **state)
{
	(void)state;
	static const struct {
		const char *class_name, *title, *message;
		bool of_payload, ended_boot, end;
	} cases[] = {
	    {"panic", "panic: root fs", "", true, true, true},
	    {"panic", "panic", "no root fs here", true, true, true},
	    {"panic", "panic: else", "else", true, true, false},
	    {"warn", "root fs", "root fs", true, true, false},
	    {"panic", "root fs", "root fs", false, true, false},
	    {"panic", "root fs", "root fs", true, false, false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene s;
		scene_init(&s);
		s.evidence.outcome = DETECT_OUTCOME_PANIC;
		s.job.done = (struct done_config){.panic = "root fs"};
		add_splat(&s, "bug", "f", "root fs")->severity = 1;
		struct evidence_splat *p = add_splat(&s, cases[i].class_name, "", cases[i].title);
		free(p->message);
		p->message = memory_strdup(cases[i].message);
		p->of_payload = cases[i].of_payload;
		p->ended_boot = cases[i].ended_boot;
		p->severity = 1; // the mark alone is looked at
		run_judge(&s);
		assert_false(s.evidence.splats[0].is_end);
		assert_int_equal(s.evidence.splats[1].is_end, cases[i].end);
		assert_int_equal(s.evidence.splats[1].wanted, cases[i].end);
		assert_said(&s, cases[i].end ? "PASS" : "FAIL", "",
			    cases[i].end ? GOOD
					 : "the console ended without \"root fs\": panic" SILENT);
		evidence_deinit(&s.evidence);
	}
	// Without such a job no panic is an end.
	struct scene s;
	scene_good(&s);
	add_splat(&s, "panic", "", "panic: root fs");
	assert_judged(&s, "FAIL", "", "panic: root fs at line 10");
}

static void only_a_panic_that_closes_a_wanted_report_comes_with_it(void **state)
{
	(void)state;
	static const struct {
		const char *class_name;
		uint64_t folded_into;
		const char *reason; // NULL: good
	} cases[] = {
	    {"panic", 11, NULL},
	    {"panic", 0, "end at line 10"},
	    {"panic", 12, "other at line 12"},
	    {"panic", 13, "end at line 10"},
	    {"bug", 11, "end at line 10"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene s;
		struct want w;
		struct want_splat want = {.class = "warn", .count = 1};
		scene_good(&s);
		want_splats(&s, &w, &want, 1);
		// A report may end behind the panic that belongs to it.
		add_splat(&s, cases[i].class_name, "", "end")->folded_into = cases[i].folded_into;
		add_splat(&s, "warn", "f", "wanted");
		if (cases[i].folded_into == 12)
			add_splat(&s, "bug", "f", "other");
		if (cases[i].reason)
			assert_judged(&s, "FAIL", "", cases[i].reason);
		else
			assert_judged(&s, "PASS", "", ALL_CAME);
	}
}

static void the_wanted_report_may_come_first_or_last(void **state)
{
	(void)state;
	for (unsigned first = 0; first < 2; first++) {
		struct scene s;
		struct want w;
		struct want_splat want = {.class = "warn", .count = 1};
		scene_good(&s);
		want_splats(&s, &w, &want, 1);
		for (unsigned i = 0; i < 2; i++) {
			bool panic = (i == 0) == (first == 0);
			add_splat(&s, panic ? "panic" : "warn", "f", "x")->folded_into =
			    panic ? 11 - i : 0;
		}
		assert_judged(&s, "PASS", "", ALL_CAME);
	}
}

// ---- identity -----------------------------------------------------------------------------------

static void a_board_is_known_by_each_of_its_cpus(void **state)
{
	(void)state;
	static const struct {
		uint32_t midr;
		int bbm, declared, cap;
		const char *reason; // NULL: it is the board
	} cases[] = {
	    {0x410fd823, 2, 2, 1, NULL},
	    {0x410fd824, 2, 2, 1,
	     "board reports MIDR 0x410fd824 on CPU 1, boards/ declares 0x410fd823 (X4)"},
	    {0x410fd823, 1, 2, 1,
	     "board reports ID_AA64MMFR2_EL1.BBM 1 on CPU 1, boards/ declares 2"},
	    {0x410fd823, 0, 1, 1,
	     "board reports ID_AA64MMFR2_EL1.BBM 0 on CPU 1, boards/ declares 1"},
	    {0x410fd823, 1, 0, 1,
	     "board reports ID_AA64MMFR2_EL1.BBM 1 on CPU 1, boards/ declares 0"},
	    {0x410fd823, -1, 2, 1, NULL},
	    {0x410fd823, 2, -1, 1, NULL},
	    {0x410fd823, 2, 2, -1, NULL},
	    {0x410fd823, 2, 2, 0, "board says BBML2 no, boards/ declares yes"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene s;
		scene_firmware(&s);
		s.board.cpu.bbm = cases[i].declared;
		add_cpu(&s, 0x410fd823, -1, -1);
		add_cpu(&s, cases[i].midr, cases[i].bbm, cases[i].cap);
		if (cases[i].reason)
			assert_judged(&s, "MISS", "Identity", cases[i].reason);
		else
			assert_judged(&s, "PASS", "", GOOD);
	}
	struct scene s;
	scene_firmware(&s);
	s.board.cpu.bbml2 = false;
	add_cpu(&s, 0x410fd823, -1, 1);
	assert_judged(&s, "MISS", "Identity", "board says BBML2 yes, boards/ declares no");
	// Only the honest policy speaks of the CPU.
	scene_firmware(&s);
	free(s.evidence.policy);
	s.evidence.policy = NULL;
	s.board.cpu.bbml2 = false;
	add_cpu(&s, 0x410fd823, -1, 1);
	assert_judged(&s, "PASS", "", GOOD);
}

static void another_payload_is_told_by_short_names(void **state)
{
	(void)state;
	char kexec[] = "Linux version 5.0 (x) #1";
	char own[] = "Linux version 7.3.0 (a@b) (gcc 12) #2 SMP Sun";
	struct banners payload = {.items = {kexec, own}, .count = 2};
	static const struct {
		const char *runs, *short_name;
	} names[] = {
	    {"Linux version 6.1 (d@d) (gcc) #1 SMP", "Linux version 6.1 #1 SMP"},
	    {"Linux version 6.1 without", "Linux version 6.1 without"},
	    {"Linux version 6.1 #1 (late)", "Linux version 6.1 #1 (late)"},
	    {"mm firmware, build abc", "mm firmware, build abc"},
	};
	char reason[400];
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct scene s;
		scene_good(&s);
		s.evidence.speech.payload = &payload;
		s.evidence.speech.own_boots = 0;
		s.evidence.speech.another = memory_strdup(names[i].runs);
		s.input.doubt = i ? "flash: FAILED" : NULL;
		snprintf(reason, sizeof(reason),
			 "board runs \"%s\", not the payload \"Linux version 7.3.0 #2 SMP Sun\"%s",
			 names[i].short_name, i ? "; the boot tool had said: flash: FAILED" : "");
		assert_judged(&s, "MISS", "OtherPayload", reason);
	}
	// Whole, where they differ in nothing else.
	struct scene s;
	scene_good(&s);
	s.evidence.speech.payload = &payload;
	s.evidence.speech.own_boots = 0;
	s.evidence.speech.another = memory_strdup("Linux version 7.3.0 (c@d) #2 SMP Sun");
	assert_judged(&s, "MISS", "OtherPayload",
		      "board runs \"Linux version 7.3.0 (c@d) #2 SMP Sun\", not the payload "
		      "\"Linux version 7.3.0 (a@b) (gcc 12) #2 SMP Sun\"");
	// What comes behind the payload's end is nothing to the run.
	scene_good(&s);
	s.evidence.speech.payload = &payload;
	s.evidence.speech.another = memory_strdup("Linux version 6.1");
	assert_judged(&s, "PASS", "", GOOD);
	scene_init(&s);
	s.evidence.speech.payload = &payload;
	s.evidence.speech.another = memory_strdup("Linux version 6.1");
	s.evidence.speech.own_reset = true;
	assert_judged(&s, "FAIL", "",
		      "the payload's boot ended in a reset, and then the board runs \"Linux "
		      "version 6.1\", not the payload \"Linux version 7.3.0 #2 SMP Sun\"");
}

// Of a payload's names the longest is told; of equally long ones the first.
static void of_a_payloads_names_the_longest_is_told(void **state)
{
	(void)state;
	char first[] = "Linux version 7.1", second[] = "Linux version 7.2",
	     longest[] = "Linux version 7.10";
	static const struct {
		size_t count;
		const char *told;
	} cases[] = {{0, ""}, {1, "7.1"}, {2, "7.1"}, {3, "7.10"}};
	struct banners payload = {.items = {first, second, longest}};
	char reason[200];
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene s;
		scene_good(&s);
		payload.count = cases[i].count;
		s.evidence.speech.payload = &payload;
		s.evidence.speech.own_boots = 0;
		s.evidence.speech.another = memory_strdup("Linux version 6");
		snprintf(reason, sizeof(reason),
			 "board runs \"Linux version 6\", not the payload \"%s%s\"",
			 cases[i].count ? "Linux version " : "", cases[i].told);
		assert_judged(&s, "MISS", "OtherPayload", reason);
	}
}

// ---- splats and troubles ------------------------------------------------------------------------

static void the_root_speaks_and_other_roots_are_counted(void **state)
{
	(void)state;
	for (size_t roots = 1; roots < 4; roots++) {
		struct scene s;
		char reason[80];
		scene_good(&s);
		for (size_t i = 0; i < 2; i++)
			add_splat(&s, "bug", "f", "follower")->folded_into = 12;
		for (size_t i = 0; i < roots; i++)
			add_splat(&s, "warn", "f", i ? "other" : "root");
		add_splat(&s, "warn", "f", "note")->severity = 1;
		add_splat(&s, "warn", "f", "other's")->of_another = true;
		strcpy(reason, "root at line 12");
		if (roots > 1)
			snprintf(reason + strlen(reason), 20, " (and %zu more)", roots - 1);
		assert_judged(&s, "FAIL", "", reason);
	}
	struct scene s;
	scene_good(&s);
	add_splat(&s, "warn", "f", "first")->folded_into = 3;
	add_splat(&s, "warn", "f", "second")->folded_into = 3;
	assert_judged(&s, "FAIL", "", "first at line 10");
}

static void each_kind_of_trouble_has_its_verdict(void **state)
{
	(void)state;
	static const struct {
		enum error_kind kind;
		const char *verdict, *code;
	} kinds[] = {
	    {ERROR_BUG, "ERROR", "Bug"},
	    {ERROR_UNMET, "SKIP", ""},
	    {ERROR_QUARANTINE, "MISS", "HookQuarantine"},
	    {ERROR_CONFIG, "MISS", "Configuration"},
	    {ERROR_LAB, "MISS", "Infrastructure"},
	    {ERROR_SYSTEM, "MISS", "Infrastructure"},
	    {ERROR_IDENTITY, "MISS", "Identity"},
	};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct scene s;
		CLEANUP_ERROR struct error *e = error_new(kinds[i].kind, "what went wrong");
		scene_good(&s);
		s.input.trouble = e;
		s.input.interrupted = true;
		assert_judged(&s, kinds[i].verdict, kinds[i].code, "what went wrong");
	}
	struct scene s;
	CLEANUP_ERROR struct error *off = error_new(ERROR_LAB, "the relay sticks");
	scene_good(&s);
	s.input.interrupted = true;
	assert_judged(&s, "MISS", "Canceled", "interrupted by the operator");
	scene_good(&s);
	s.input.off = off;
	assert_judged(&s, "MISS", "Infrastructure",
		      "the board was not switched off; the board may still be on: the relay "
		      "sticks");
}

// ---- what the payload said of itself ------------------------------------------------------------

static void the_firmwares_end_record_decides(void **state)
{
	(void)state;
	static const struct {
		const char *result;
		bool intact;
		const char *verdict, *code, *reason;
	} cases[] = {
	    {"pass", true, "PASS", "", GOOD},
	    {"pass", false, "MISS", "SerialLoss",
	     "records were lost or damaged on the serial line (3 missing)"},
	    {"error", true, "ERROR", "Test", "the firmware could not run its tests"},
	    {"skip", true, "SKIP", "", "the firmware says that it does not apply here"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene s;
		scene_firmware(&s);
		free(s.evidence.end_result);
		s.evidence.end_result = memory_strdup(cases[i].result);
		s.evidence.end_intact = cases[i].intact;
		s.evidence.records_missing = 3;
		assert_judged(&s, cases[i].verdict, cases[i].code, cases[i].reason);
	}
	// What looks like one in a kernel's log says nothing of the kernel.
	struct scene s;
	scene_good(&s);
	s.evidence.end = true;
	s.evidence.end_result = memory_strdup("error");
	assert_judged(&s, "PASS", "", GOOD);
	scene_init(&s);
	s.evidence.end = true;
	assert_judged(&s, "FAIL", "",
		      "the console ended without \"login:\": stuck_userspace" SILENT);
}

static void the_first_failed_test_is_told_and_the_others_counted(void **state)
{
	(void)state;
	struct scene s;
	for (size_t more = 0; more < 3; more++) {
		char reason[80];
		scene_good(&s);
		add_test(&s, "p", DETECT_TEST_PASS);
		add_test(&s, "i", DETECT_TEST_FAIL)->informative = true;
		add_test(&s, "x", DETECT_TEST_XFAIL);
		add_test(&s, "t", more ? DETECT_TEST_XPASS : DETECT_TEST_FAIL)->comment =
		    more == 2 ? memory_strdup("why") : NULL;
		for (size_t i = 0; i < more; i++)
			add_test(&s, "u", DETECT_TEST_FAIL);
		strcpy(reason, more == 2 ? "test t failed: why" : "test t failed");
		if (more)
			snprintf(reason + strlen(reason), 20, " (and %zu more)", more);
		assert_judged(&s, "FAIL", "", reason);
	}
	static const struct {
		enum detect_test_result first, second;
		const char *verdict, *reason;
	} cases[] = {
	    {DETECT_TEST_PASS, DETECT_TEST_INCOMPLETE, "ERROR", "test b did not run properly"},
	    {DETECT_TEST_ERROR, DETECT_TEST_INCOMPLETE, "ERROR", "test a did not run properly"},
	    {DETECT_TEST_ERROR, DETECT_TEST_PASS, "ERROR",
	     "test a did not run properly: no memory"},
	    {DETECT_TEST_FAIL, DETECT_TEST_PASS, "FAIL", "test a failed"},
	    {DETECT_TEST_SKIP, DETECT_TEST_SKIP, "SKIP", "nothing applies to this board"},
	    {DETECT_TEST_SKIP, DETECT_TEST_PASS, "PASS", CHECKED},
	    {DETECT_TEST_XFAIL, DETECT_TEST_SKIP, "PASS", CHECKED},
	    {DETECT_TEST_SKIP, DETECT_TEST_XFAIL, "PASS", CHECKED},
	    {DETECT_TEST_PASS, DETECT_TEST_SKIP, "PASS", CHECKED},
	    {DETECT_TEST_PASS, DETECT_TEST_PASS, "PASS", CHECKED},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		scene_good(&s);
		add_test(&s, "a", cases[i].first);
		add_test(&s, "b", cases[i].second);
		bool error = strcmp(cases[i].verdict, "ERROR") == 0;
		if (error && cases[i].second == DETECT_TEST_PASS)
			s.evidence.tests[0].comment = memory_strdup("no memory");
		assert_judged(&s, cases[i].verdict, error ? "Test" : "", cases[i].reason);
	}
}

static void what_ended_well_must_have_been_the_payload(void **state)
{
	(void)state;
	struct scene s;
	scene_good(&s);
	s.input.doubt = "FAILED";
	assert_judged(&s, "MISS", "Unproven",
		      "the boot tool said \"FAILED\", and nothing proves that the board runs the "
		      "payload");
	scene_good(&s);
	s.evidence.speech.own_boots = 0;
	assert_judged(&s, "MISS", "NoPayload", "nothing of the payload was seen on the console");
	scene_good(&s);
	s.evidence.speech.own_boots = 0;
	s.job.done.from_handover = true;
	assert_judged(&s, "PASS", "", GOOD);
}

// ---- where a sentence is cut --------------------------------------------------------------------

static void a_sentence_that_just_fits_stays_whole(void **state)
{
	(void)state;
	static const char tail[] = " at line 10";
	for (size_t over = 0; over < 4; over++) {
		char title[JUDGE_REASON_SIZE + 8], whole[JUDGE_REASON_SIZE + 32];
		size_t len = JUDGE_REASON_SIZE - sizeof(tail) + over;
		memset(title, 'x', len);
		title[len] = '\0';
		memcpy(title, "\xc3\xa4", 2);
		snprintf(whole, sizeof(whole), "%s%s", title, tail);
		whole[JUDGE_REASON_SIZE - 1] = '\0';
		struct scene s;
		scene_good(&s);
		add_splat(&s, "warn", "f", title);
		assert_judged(&s, "FAIL", "", whole);
	}
	// Of the last character its end or nothing.
	for (size_t lack = 0; lack < 4; lack++) {
		char title[JUDGE_REASON_SIZE + 8];
		size_t len = JUDGE_REASON_SIZE - 1 - 4 + lack;
		memset(title, 'x', len);
		strcpy(title + len, "\xf0\x9f\x98\x80");
		struct scene s;
		scene_good(&s);
		add_splat(&s, "warn", "f", title);
		run_judge(&s);
		assert_int_equal(strlen(s.out.reason), lack ? len : JUDGE_REASON_SIZE - 1);
		assert_memory_equal(s.out.reason, title, strlen(s.out.reason));
		evidence_deinit(&s.evidence);
	}
}

static void the_power_that_may_be_on_keeps_half_of_the_sentence_at_most(void **state)
{
	(void)state;
	static const char words[] = "; the board may still be on: ";
	static const size_t room = JUDGE_REASON_SIZE - sizeof(words);
	static const struct {
		size_t title, why, shown_title, shown_why;
	} cases[] = {
	    // The first: both fit.
	    {100, 100, 111, 100},
	    {480, 40, room - 40, 40},
	    {20, 480, 31, room / 2},
	    {480, 200, room - 200, 200},
	    {480, 480, room - room / 2, room / 2},
	    {room - 50 - 11, 50, room - 50, 50},
	    {room - 50 - 10, 50, room - 50, 50},
	    {20, room / 2, 31, room / 2},
	    {20, room / 2 + 1, 31, room / 2},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char title[JUDGE_REASON_SIZE], why[JUDGE_REASON_SIZE];
		memset(title, 't', sizeof(title));
		memset(why, 'w', sizeof(why));
		title[cases[i].title] = why[cases[i].why] = '\0';
		CLEANUP_ERROR struct error *off = error_new(ERROR_LAB, "%s", why);
		struct scene s;
		scene_good(&s);
		s.input.off = off;
		add_splat(&s, "warn", "f", title);
		run_judge(&s);
		const char *at = strstr(s.out.reason, words);
		assert_non_null(at);
		assert_int_equal(at - s.out.reason, cases[i].shown_title);
		assert_int_equal(strlen(at) - (sizeof(words) - 1), cases[i].shown_why);
		assert_int_equal(strspn(at + sizeof(words) - 1, "w"), cases[i].shown_why);
		assert_int_equal(s.out.verdict, STATUS_FAIL);
		evidence_deinit(&s.evidence);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(verdicts_have_their_names),
	    cmocka_unit_test(a_wanted_splat_agrees_in_every_key_that_is_set),
	    cmocka_unit_test(a_want_holds_in_its_pools_or_everywhere),
	    cmocka_unit_test(the_first_unmet_want_is_told_and_all_are_marked),
	    cmocka_unit_test(a_wanted_failing_test_goes_by_its_path_or_its_own_name),
	    cmocka_unit_test(a_test_that_ran_well_will_not_fail_later),
	    cmocka_unit_test(one_splat_too_many_is_told_at_the_deadline_too),
	    cmocka_unit_test(the_jobs_panic_is_found_in_title_or_message),
	    cmocka_unit_test(only_a_panic_that_closes_a_wanted_report_comes_with_it),
	    cmocka_unit_test(the_wanted_report_may_come_first_or_last),
	    cmocka_unit_test(a_board_is_known_by_each_of_its_cpus),
	    cmocka_unit_test(another_payload_is_told_by_short_names),
	    cmocka_unit_test(of_a_payloads_names_the_longest_is_told),
	    cmocka_unit_test(the_root_speaks_and_other_roots_are_counted),
	    cmocka_unit_test(each_kind_of_trouble_has_its_verdict),
	    cmocka_unit_test(the_firmwares_end_record_decides),
	    cmocka_unit_test(the_first_failed_test_is_told_and_the_others_counted),
	    cmocka_unit_test(what_ended_well_must_have_been_the_payload),
	    cmocka_unit_test(a_sentence_that_just_fits_stays_whole),
	    cmocka_unit_test(the_power_that_may_be_on_keeps_half_of_the_sentence_at_most),
	};
	return cmocka_run_group_tests_name("run/judge words", tests, NULL, NULL);
}
