// SPDX-License-Identifier: GPL-2.0-or-later
// What a busy host is given of a verdict, and what it is not.
#include "unit/run_judge_words.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_what_time_did_is_the_hosts),
	    cmocka_unit_test(a_busy_host_excuses_nothing_that_has_another_cause),
	};
	return cmocka_run_group_tests_name("run/judge host", tests, NULL, NULL);
}
