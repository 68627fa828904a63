// SPDX-License-Identifier: GPL-2.0-or-later
// Each verdict with its whole sentence and its code, at the borders of what decides it.
#include "unit/unit.h"

#include <stdio.h>

#include "base/memory.h"
#include "text/utf8.h"
#include "run/judge.h"

// A kernel run that waits for "login:", was silent for 10 s of its 45 and said its last line.
struct scene {
	struct job_config job;
	struct variant_config variant;
	struct board_config board;
	struct evidence evidence;
	struct judge_input input;
	struct judgement out;
};

#define SILENT " (silent for 10 s, 45 s after power-on, last line «Starting»)"

static void scene_init(struct scene *s)
{
	*s = (struct scene){
	    .job = {.payload = {.kind = PAYLOAD_KERNEL},
		    .done = {.text = "login:"},
		    .deadline_s = 120,
		    .silence_s = 10},
	    .variant = {.name = "v"},
	    .board = {.name = "b1",
		      .cpu = {.name = "X4", .midr = 0x410fd823, .bbm = -1, .bbml2 = true}},
	    .evidence = {.outcome = DETECT_OUTCOME_STUCK_USERSPACE,
			 .final = true,
			 .boots = 1,
			 .speech = {.own_boots = 1}},
	    .input = {.end = BOARD_END_UNKNOWN,
		      .pool = "p",
		      .watch = {.end = WATCH_SILENCE,
				.after_s = 45,
				.silent_s = 10,
				.last_line = "Starting"}},
	};
}

// The same, and it came to its end.
static void scene_good(struct scene *s)
{
	scene_init(s);
	s->evidence.outcome = DETECT_OUTCOME_OK;
	s->evidence.done_text = true;
	s->input.watch.end = WATCH_DONE;
}

// A firmware run with its end record.
static void scene_firmware(struct scene *s)
{
	scene_good(s);
	s->job.payload.kind = PAYLOAD_FIRMWARE;
	s->job.done = (struct done_config){0};
	s->evidence.done_text = false;
	s->evidence.end = s->evidence.end_intact = s->evidence.hello = true;
	s->evidence.end_result = memory_strdup("pass");
	s->evidence.policy = memory_strdup("auto72");
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
	    .severity = 2,
	    .of_payload = true,
	    .ended_boot = true,
	};
	ARRAY_APPEND(s->evidence.splats, s->evidence.splats_count, splat);
	return &s->evidence.splats[s->evidence.splats_count - 1];
}

static struct evidence_test *add_test(struct scene *s, const char *path,
				      enum detect_test_result result)
{
	struct evidence_test t = {.path = memory_strdup(path), .result = result};
	ARRAY_APPEND(s->evidence.tests, s->evidence.tests_count, t);
	return &s->evidence.tests[s->evidence.tests_count - 1];
}

static void add_cpu(struct scene *s, uint32_t midr, int bbm, int cap)
{
	struct evidence_cpu cpu = {(long)s->evidence.cpus_count, midr, bbm, cap};
	ARRAY_APPEND(s->evidence.cpus, s->evidence.cpus_count, cpu);
}

static void run_judge(struct scene *s)
{
	s->input.job = &s->job;
	s->input.variant = &s->variant;
	s->input.board = &s->board;
	judge(&s->input, &s->evidence, &s->out);
}

static void assert_said(const struct scene *s, const char *verdict, const char *code,
			const char *reason)
{
	assert_string_equal(s->out.reason, reason);
	assert_string_equal(status_name(s->out.verdict), verdict);
	assert_string_equal(s->out.code, code);
}

static void assert_judged(struct scene *s, const char *verdict, const char *code,
			  const char *reason)
{
	run_judge(s);
	assert_said(s, verdict, code, reason);
	evidence_deinit(&s->evidence);
}

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

#define GOOD     "no splat, the boot reached its end"
#define CHECKED  "no splat, every check passed"
#define ALL_CAME "every wanted splat came and nothing else"

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

// ---- a host that was too busy -------------------------------------------------------------------

// A run cut off by the clock on a host that let its board run for half of its time.
static void scene_starved(struct scene *s, struct host_use *h)
{
	scene_init(s);
	*h = (struct host_use){
	    .known = true, .starved = true, .by_time = true, .worst = 0.25, .load = 20, .cores = 2};
	s->input.host = h;
}

static void only_what_time_did_is_the_hosts(void **state)
{
	(void)state;
	static const struct {
		const char *class_name, *sub; // of a report; NULL: none
		bool hosts;
	} cases[] = {
	    {NULL, NULL, true},
	    {"hang", "", true},
	    {"panic", "softlockup", true},
	    {"panic", "hardlockup", true},
	    {"panic", "hung_task", true},
	    {"panic", "rcu", true},
	    {"panic", "oops", false},
	    {"bug", "softlockup", false},
	    {"warn", "", false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (int folded = 0; folded < 2; folded++) {
			struct scene s;
			struct host_use h;
			scene_starved(&s, &h);
			if (cases[i].class_name) {
				struct evidence_splat *p =
				    add_splat(&s, cases[i].class_name, "f", "x");
				free(p->sub);
				p->sub = memory_strdup(cases[i].sub);
				p->folded_into = folded ? 3 : 0;
			}
			// None of these is a finding.
			add_splat(&s, "warn", "f", "note")->severity = 1;
			add_splat(&s, "warn", "f", "other's")->of_another = true;
			run_judge(&s);
			assert_string_equal(s.out.code,
					    cases[i].hosts || folded ? HOST_BUSY_CODE : "");
			assert_int_equal(s.out.verdict == STATUS_MISS, cases[i].hosts || folded);
			evidence_deinit(&s.evidence);
		}
	}
}

static void a_busy_host_excuses_nothing_that_has_another_cause(void **state)
{
	(void)state;
	CLEANUP_ERROR struct error *off = error_new(ERROR_LAB, "stuck");
	for (unsigned i = 0; i < 12; i++) {
		struct scene s;
		struct host_use h;
		scene_starved(&s, &h);
		h.known = i != 1;
		h.starved = i != 2;
		h.by_time = i != 3;
		s.input.interrupted = i == 4;
		s.input.off = i == 5 ? off : NULL;
		s.input.end = i == 6 ? BOARD_END_LOST : BOARD_END_UNKNOWN;
		s.input.host = i == 7 ? NULL : &h;
		if (i == 8)
			add_test(&s, "t", DETECT_TEST_FAIL);
		// A failure that was wanted or has no verdict is none.
		if (i == 9)
			add_test(&s, "t", DETECT_TEST_FAIL)->informative = true;
		if (i == 10)
			add_test(&s, "t", DETECT_TEST_FAIL)->wanted_fail = true;
		if (i == 11)
			s.input.watch.end = WATCH_DEADLINE; // ERROR is the host's as well
		run_judge(&s);
		bool hosts = i == 0 || i > 8;
		assert_int_equal(strcmp(s.out.code, HOST_BUSY_CODE) == 0, hosts);
		assert_int_equal(s.out.verdict == STATUS_MISS && hosts, hosts);
		evidence_deinit(&s.evidence);
	}
	// A stall on a host that was busy once only; not where the board's clock waits with it.
	for (unsigned i = 0; i < 4; i++) {
		struct scene s;
		struct host_use h;
		scene_starved(&s, &h);
		h.starved = false;
		h.starved_once = i != 1;
		h.own_clock = i == 2;
		if (i != 3)
			add_splat(&s, "hang", "f", "stall");
		run_judge(&s);
		assert_int_equal(strcmp(s.out.code, HOST_BUSY_CODE) == 0, i == 0);
		evidence_deinit(&s.evidence);
	}
	// What it was taken for is told behind it.
	struct scene told;
	struct host_use use;
	scene_starved(&told, &use);
	run_judge(&told);
	assert_non_null(strstr(told.out.reason,
			       "(load 20.0 on 2 cores), and so: the console ended without "
			       "\"login:\": stuck_userspace" SILENT));
	evidence_deinit(&told.evidence);
	// Which codes time alone can bring about.
	static const struct {
		enum detect_outcome outcome;
		const char *trouble; // or NULL
		bool lost, hosts;
	} codes[] = {
	    {DETECT_OUTCOME_NO_OUTPUT, NULL, false, true},
	    {DETECT_OUTCOME_GARBAGE, NULL, false, true},
	    {DETECT_OUTCOME_STUCK_BOOTLOADER, NULL, false, true},
	    {DETECT_OUTCOME_HANG, "no answer", false, true},
	    {DETECT_OUTCOME_HANG, NULL, true, false}, // its console went
	};
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct scene s;
		struct host_use h;
		CLEANUP_ERROR struct error *trouble =
		    codes[i].trouble ? error_new(ERROR_LAB, "%s", codes[i].trouble) : NULL;
		scene_starved(&s, &h);
		s.evidence.outcome = codes[i].outcome;
		s.evidence.boots = 0;
		s.input.trouble = trouble;
		if (codes[i].lost)
			s.input.watch.end = WATCH_LOST;
		run_judge(&s);
		assert_int_equal(strcmp(s.out.code, HOST_BUSY_CODE) == 0, codes[i].hosts);
		evidence_deinit(&s.evidence);
	}
	// Nor of a good run.
	struct scene s;
	struct host_use h;
	scene_starved(&s, &h);
	s.evidence.outcome = DETECT_OUTCOME_OK;
	s.evidence.done_text = true;
	assert_judged(&s, "PASS", "", GOOD);
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

// ---- how the console ended ----------------------------------------------------------------------

static void seconds_have_a_tenth_below_ten(void **state)
{
	(void)state;
	static const struct {
		double gap_s;
		const char *text;
	} cases[] = {{0.5, "0.5 s"}, {1, "1 s"},     {9, "9 s"},      {9.94, "9.9 s"},
		     {9.95, "10 s"}, {9.96, "10 s"}, {12.34, "12 s"}, {0.04, "0.0 s"}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene s;
		char reason[120];
		scene_init(&s);
		s.input.watch.gap_s = cases[i].gap_s;
		snprintf(reason, sizeof(reason),
			 "the console was away for %s: what the board said meanwhile is lost",
			 cases[i].text);
		assert_judged(&s, "MISS", "ConsoleLost", reason);
	}
}

static void the_end_is_told_as_it_was(void **state)
{
	(void)state;
	static const struct {
		enum watch_end watch;
		enum board_end end;
		const char *line, *words;
	} cases[] = {
	    {WATCH_SILENCE, BOARD_END_UNKNOWN, "Starting", SILENT},
	    {WATCH_SILENCE, BOARD_END_OFF, "", " (silent for 10 s, 45 s after power-on)"},
	    {WATCH_CLOSED, BOARD_END_OFF, "Starting",
	     " (the board switched itself off, last line «Starting»)"},
	    {WATCH_CLOSED, BOARD_END_OFF, "", " (the board switched itself off)"},
	    {WATCH_CLOSED, BOARD_END_RESET, "Starting",
	     " (the board reset itself, last line «Starting»)"},
	    {WATCH_CLOSED, BOARD_END_UNKNOWN, "Starting", " (last line «Starting»)"},
	    {WATCH_CLOSED, BOARD_END_UNKNOWN, "", ""},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene s;
		char reason[200];
		scene_init(&s);
		s.input.watch.end = cases[i].watch;
		s.input.end = cases[i].end;
		snprintf(s.input.watch.last_line, WATCH_LINE_SIZE, "%s", cases[i].line);
		snprintf(reason, sizeof(reason),
			 "the console ended without \"login:\": stuck_userspace%s", cases[i].words);
		assert_judged(&s, "FAIL", "", reason);
	}
}

static void a_lost_console_is_told_with_its_cause(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	s.input.watch.end = WATCH_LOST;
	assert_judged(&s, "MISS", "ConsoleLost",
		      "the console was lost in the middle of the run, 45 s after power-on: it "
		      "closed, last line «Starting»");
	scene_init(&s);
	s.input.watch.end = WATCH_LOST;
	s.input.watch.last_line[0] = '\0';
	strcpy(s.input.watch.cause, "unplugged");
	assert_judged(&s, "MISS", "ConsoleLost",
		      "the console was lost in the middle of the run, 45 s after power-on: "
		      "unplugged");
	scene_init(&s);
	s.input.end = BOARD_END_LOST;
	assert_judged(&s, "MISS", "BoardLost", "the board went away in the middle of the run");
	scene_good(&s);
	s.input.end = BOARD_END_LOST;
	assert_judged(&s, "PASS", "", GOOD);
	// It had said goodbye.
	scene_init(&s);
	s.input.watch.end = WATCH_LOST;
	s.evidence.clean_shutdown = true;
	assert_judged(&s, "FAIL", "",
		      "the console ended without \"login:\": stuck_userspace (last line "
		      "«Starting»)");
}

static void a_board_that_never_came_to_the_payload_is_told_with_what_is_known(void **state)
{
	(void)state;
	static const struct {
		enum detect_outcome outcome;
		const char *code, *words;
		bool details;
	} cases[] = {
	    {DETECT_OUTCOME_NO_OUTPUT, "NoOutput",
	     "the board printed nothing: power, cable or boot path", true},
	    {DETECT_OUTCOME_GARBAGE, "Garbage",
	     "the console is unreadable: baud rate, cable or power", false},
	    {DETECT_OUTCOME_STUCK_FIRMWARE, "BootLoader",
	     "the board stopped in its own firmware before the payload", true},
	    {DETECT_OUTCOME_STUCK_BOOTLOADER, "BootLoader",
	     "the board stopped in its own boot loader before the payload", true},
	    {DETECT_OUTCOME_PANIC, "BootLoader",
	     "the board's own firmware or boot loader crashed before the payload", true},
	    {DETECT_OUTCOME_RESET, "BootLoader",
	     "the board's own firmware or boot loader started over before the payload", true},
	    {DETECT_OUTCOME_BOOT_LOOP, "BootLoader",
	     "the board's own firmware or boot loader started over before the payload", true},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (int hints = 0; hints < 3; hints++) {
			struct scene s;
			char reason[400];
			scene_init(&s);
			s.evidence.outcome = cases[i].outcome;
			s.evidence.speech.own_boots = s.evidence.boots = 0;
			s.input.watch.end = WATCH_CLOSED;
			if (hints == 0)
				s.input.watch.last_line[0] = '\0';
			if (hints == 2) {
				s.evidence.stray_line = 7;
				s.evidence.speech.before =
				    memory_strdup("Linux version 6.1 (d) #1");
				s.input.doubt = "no such file";
			}
			const char *more = hints == 0   ? ""
					   : hints == 1 ? " (last line «Starting»)"
							: " (last line «Starting»; \"login:\" at "
							  "line 7 does not count: the payload had "
							  "not said anything before it; before the "
							  "hand-over it ran \"Linux version 6.1 "
							  "#1\"; the boot tool had said: no such "
							  "file)";
			snprintf(reason, sizeof(reason), "%s%s", cases[i].words,
				 cases[i].details ? more : "");
			assert_judged(&s, "MISS", cases[i].code, reason);
		}
	}
}

static void a_crash_is_the_boards_own_until_something_started_the_payload(void **state)
{
	(void)state;
	for (unsigned sign = 0; sign < 4; sign++) {
		struct scene s;
		scene_init(&s);
		s.evidence.outcome = DETECT_OUTCOME_PANIC;
		s.evidence.handed_over = sign == 1;
		s.evidence.hello = sign == 2;
		s.evidence.boots = sign == 3;
		run_judge(&s);
		assert_string_equal(status_name(s.out.verdict), sign ? "FAIL" : "MISS");
		evidence_deinit(&s.evidence);
	}
	// Its report is a finding about the payload only behind the payload's first line.
	static const struct {
		const char *class_name;
		bool of_payload, counts;
	} cases[] = {{"firmware", false, false}, {"firmware", true, true}, {"bug", false, true}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene s;
		scene_good(&s);
		add_splat(&s, cases[i].class_name, "", "crash")->of_payload = cases[i].of_payload;
		if (cases[i].counts)
			assert_judged(&s, "FAIL", "", "crash at line 10");
		else
			assert_judged(&s, "PASS", "", GOOD);
	}
}

// Of a kernel that declares no end its last boot must have come to one; an end record says so itself.
static void a_bad_start_is_forgiven_to_one_good_boot(void **state)
{
	(void)state;
	static const struct {
		enum detect_outcome outcome, last;
		unsigned own_boots;
		bool own_reset, end, intact;
		enum speaker speaker;
		const char *verdict;
	} bad[] = {
#define OK DETECT_OUTCOME_OK
#define PN DETECT_OUTCOME_PANIC
#define RS DETECT_OUTCOME_RESET
#define US SPEAKER_PAYLOAD
	    {PN, OK, 1, false, true, true, US, "PASS"},
	    {RS, OK, 1, false, true, true, US, "PASS"},
	    {DETECT_OUTCOME_HANG, OK, 1, false, true, true, US, "FAIL"},
	    {PN, OK, 2, false, true, true, US, "FAIL"},
	    {PN, OK, 1, true, true, true, US, "FAIL"},
	    {PN, OK, 1, false, true, false, US, "FAIL"},
	    {PN, PN, 1, false, true, true, US, "PASS"},
	    {PN, OK, 1, false, false, false, US, "PASS"},
	    {RS, OK, 1, false, false, false, US, "PASS"},
	    {PN, PN, 1, false, false, false, US, "FAIL"},
	    {PN, OK, 2, false, false, false, US, "FAIL"},
	    {PN, OK, 1, true, false, false, US, "FAIL"},
	    {PN, OK, 1, false, false, false, SPEAKER_ANOTHER, "FAIL"},
#undef OK
#undef PN
#undef RS
#undef US
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct scene s;
		scene_init(&s);
		s.job.done = (struct done_config){0};
		s.evidence.outcome = bad[i].outcome;
		s.evidence.last_outcome = bad[i].last;
		s.evidence.end = bad[i].end;
		s.evidence.end_intact = bad[i].intact;
		s.evidence.speech.own_boots = bad[i].own_boots;
		s.evidence.speech.own_reset = bad[i].own_reset;
		s.evidence.speech.speaker = bad[i].speaker;
		run_judge(&s);
		assert_string_equal(status_name(s.out.verdict), bad[i].verdict);
		evidence_deinit(&s.evidence);
	}
}

static void the_text_where_it_does_not_count_is_shown(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	s.input.watch.end = WATCH_CLOSED;
	s.input.watch.last_line[0] = '\0';
	s.evidence.stray_line = 7;
	s.evidence.stray_is_echo = true;
	assert_judged(&s, "FAIL", "",
		      "the console ended without \"login:\": stuck_userspace (\"login:\" at line 7 "
		      "does not count: it is the command line, said back)");
	// Said by others before a payload that never spoke.
	for (int echo = 0; echo < 2; echo++) {
		scene_init(&s);
		s.input.watch.end = WATCH_CLOSED;
		s.evidence.outcome = DETECT_OUTCOME_NO_KERNEL_OUTPUT;
		s.evidence.speech.own_boots = 0;
		s.evidence.stray_line = 7;
		s.evidence.stray_is_echo = echo;
		run_judge(&s);
		assert_string_equal(s.out.code, echo ? "" : "NoPayload");
		evidence_deinit(&s.evidence);
	}
	// Where it counted later, the earlier place is nothing.
	scene_good(&s);
	s.evidence.stray_line = 7;
	assert_judged(&s, "PASS", "", GOOD);
}

static void a_boot_that_did_not_finish_is_told_by_what_the_job_waits_for(void **state)
{
	(void)state;
	static const struct {
		struct done_config done;
		enum payload_kind kind;
		enum detect_outcome outcome;
		const char *reason; // NULL: good
	} cases[] = {
	    {{.text = "a"},
	     PAYLOAD_KERNEL,
	     DETECT_OUTCOME_OK,
	     "the console ended without \"a\": ok" SILENT},
	    {{.panic = "b"},
	     PAYLOAD_KERNEL,
	     DETECT_OUTCOME_HANG,
	     "the console ended without \"b\": hang" SILENT},
	    {{.text = "a", .panic = "b"},
	     PAYLOAD_KERNEL,
	     DETECT_OUTCOME_HANG,
	     "the console ended without \"a\": hang" SILENT},
	    {{.power_off = true},
	     PAYLOAD_KERNEL,
	     DETECT_OUTCOME_OK,
	     "the board did not switch itself off" SILENT},
	    {{.power_off = true},
	     PAYLOAD_KERNEL,
	     DETECT_OUTCOME_HANG,
	     "the boot did not finish: hang" SILENT},
	    {{.text = NULL},
	     PAYLOAD_KERNEL,
	     DETECT_OUTCOME_HANG,
	     "the boot did not finish: hang" SILENT},
	    {{.text = NULL}, PAYLOAD_KERNEL, DETECT_OUTCOME_OK, NULL},
	    {{.text = NULL},
	     PAYLOAD_FIRMWARE,
	     DETECT_OUTCOME_HANG,
	     "the boot did not finish: hang" SILENT},
	    {{.text = NULL},
	     PAYLOAD_FIRMWARE,
	     DETECT_OUTCOME_OK,
	     "the firmware ended without its end record"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene s;
		scene_init(&s);
		s.job.done = cases[i].done;
		s.job.payload.kind = cases[i].kind;
		s.evidence.outcome = cases[i].outcome;
		if (cases[i].reason)
			assert_judged(&s, "FAIL", "", cases[i].reason);
		else
			assert_judged(&s, "PASS", "", GOOD);
	}
}

static void a_power_off_is_seen_or_announced(void **state)
{
	(void)state;
	static const struct {
		enum board_end end;
		bool clean;
		enum detect_outcome outcome;
		bool good;
	} cases[] = {
	    {BOARD_END_OFF, false, DETECT_OUTCOME_HANG, true},
	    {BOARD_END_UNKNOWN, true, DETECT_OUTCOME_OK, true},
	    {BOARD_END_UNKNOWN, true, DETECT_OUTCOME_HANG, false},
	    {BOARD_END_UNKNOWN, false, DETECT_OUTCOME_OK, false},
	    {BOARD_END_RESET, true, DETECT_OUTCOME_OK, false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (int wanted = 0; wanted < 2; wanted++) {
			struct scene s;
			scene_init(&s);
			s.job.done =
			    (struct done_config){.text = wanted ? NULL : "a", .power_off = wanted};
			s.input.end = cases[i].end;
			s.evidence.clean_shutdown = cases[i].clean;
			s.evidence.outcome = cases[i].outcome;
			run_judge(&s);
			assert_int_equal(s.out.verdict,
					 cases[i].good && wanted ? STATUS_PASS : STATUS_FAIL);
			evidence_deinit(&s.evidence);
		}
	}
}

static void a_deadline_tells_talk_from_silence(void **state)
{
	(void)state;
	static const struct {
		double silent_s;
		const char *line, *reason;
	} cases[] = {
	    {0, "x",
	     "deadline of 120 s reached, board still talking, last line «x» 0 s before (hang)"},
	    {4.9, "x",
	     "deadline of 120 s reached, board still talking, last line «x» 4.9 s before "
	     "(hang)"},
	    {5, "x",
	     "deadline of 120 s reached, board silent, last line «x» 5 s before (a hang after "
	     "10 s; hang)"},
	    {5, "",
	     "deadline of 120 s reached, board silent, last line of blanks 5 s before (a hang "
	     "after 10 s; hang)"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene s;
		scene_init(&s);
		s.evidence.outcome = DETECT_OUTCOME_HANG;
		s.input.watch.end = WATCH_DEADLINE;
		s.input.watch.silent_s = cases[i].silent_s;
		strcpy(s.input.watch.last_line, cases[i].line);
		assert_judged(&s, "ERROR", "Deadline", cases[i].reason);
	}
}

static void a_deadline_counts_where_the_job_waits_for_something(void **state)
{
	(void)state;
	static const struct {
		struct done_config done;
		enum payload_kind kind;
		enum detect_outcome outcome;
		bool late;
	} cases[] = {
	    {{.text = "a"}, PAYLOAD_KERNEL, DETECT_OUTCOME_OK, true},
	    {{.panic = "a"}, PAYLOAD_KERNEL, DETECT_OUTCOME_OK, true},
	    {{.power_off = true}, PAYLOAD_KERNEL, DETECT_OUTCOME_OK, true},
	    {{.text = NULL}, PAYLOAD_FIRMWARE, DETECT_OUTCOME_OK, true},
	    {{.text = NULL}, PAYLOAD_KERNEL, DETECT_OUTCOME_OK, false},
	    {{.text = NULL}, PAYLOAD_KERNEL, DETECT_OUTCOME_STUCK_KERNEL, true},
	    {{.text = "a"}, PAYLOAD_KERNEL, DETECT_OUTCOME_RESET, false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene s;
		scene_init(&s);
		s.job.done = cases[i].done;
		s.job.payload.kind = cases[i].kind;
		s.evidence.outcome = cases[i].outcome;
		s.input.watch.end = WATCH_DEADLINE;
		run_judge(&s);
		assert_int_equal(s.out.verdict == STATUS_ERROR, cases[i].late);
		evidence_deinit(&s.evidence);
	}
	struct scene s;
	scene_good(&s);
	s.input.watch.end = WATCH_DEADLINE;
	assert_judged(&s, "PASS", "", GOOD);
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
	    cmocka_unit_test(the_root_speaks_and_other_roots_are_counted),
	    cmocka_unit_test(only_what_time_did_is_the_hosts),
	    cmocka_unit_test(a_busy_host_excuses_nothing_that_has_another_cause),
	    cmocka_unit_test(each_kind_of_trouble_has_its_verdict),
	    cmocka_unit_test(seconds_have_a_tenth_below_ten),
	    cmocka_unit_test(the_end_is_told_as_it_was),
	    cmocka_unit_test(a_lost_console_is_told_with_its_cause),
	    cmocka_unit_test(a_board_that_never_came_to_the_payload_is_told_with_what_is_known),
	    cmocka_unit_test(a_crash_is_the_boards_own_until_something_started_the_payload),
	    cmocka_unit_test(a_bad_start_is_forgiven_to_one_good_boot),
	    cmocka_unit_test(the_text_where_it_does_not_count_is_shown),
	    cmocka_unit_test(a_boot_that_did_not_finish_is_told_by_what_the_job_waits_for),
	    cmocka_unit_test(a_power_off_is_seen_or_announced),
	    cmocka_unit_test(a_deadline_tells_talk_from_silence),
	    cmocka_unit_test(a_deadline_counts_where_the_job_waits_for_something),
	    cmocka_unit_test(the_firmwares_end_record_decides),
	    cmocka_unit_test(the_first_failed_test_is_told_and_the_others_counted),
	    cmocka_unit_test(what_ended_well_must_have_been_the_payload),
	    cmocka_unit_test(a_sentence_that_just_fits_stays_whole),
	    cmocka_unit_test(the_power_that_may_be_on_keeps_half_of_the_sentence_at_most),
	};
	return cmocka_run_group_tests_name("run/judge words", tests, NULL, NULL);
}
