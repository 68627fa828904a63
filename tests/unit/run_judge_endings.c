// SPDX-License-Identifier: GPL-2.0-or-later
// How the console ended, and what the verdict says of it.
#include "unit/run_judge_words.h"

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

// Neither power nor cable: the kernel, or what it was told.
static void a_silent_kernel_on_a_board_that_is_well_is_not_the_labs(void **state)
{
	(void)state;
	static const char lab[] = "the board printed nothing: power, cable or boot path";
	static const struct {
		enum payload_kind kind;
		const char *arguments, *well, *verdict, *code, *reason;
	} cases[] = {
	    {PAYLOAD_KERNEL, "console=ttyAMA0", "it is emulated", "FAIL", "",
	     "the kernel printed nothing: it ended before its console came, or console= names none "
	     "of "
	     "the board's; with earlycon among its arguments it would say which (the board is "
	     "well: "
	     "it is emulated)"},
	    {PAYLOAD_KERNEL, "quiet", "it spoke 12 min before, in run R", "ERROR", "NoConsole",
	     "the kernel printed nothing: its arguments name no console: console= the board's own, "
	     "and earlycon (the board is well: it spoke 12 min before, in run R)"},
	    {PAYLOAD_KERNEL, "console=ttyAMA0", NULL, "MISS", "NoOutput", lab},
	    {PAYLOAD_FIRMWARE, "", "it is emulated", "MISS", "NoOutput", lab},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene s;
		scene_init(&s);
		s.job.payload.kind = cases[i].kind;
		s.evidence.outcome = DETECT_OUTCOME_NO_OUTPUT;
		s.evidence.speech.own_boots = s.evidence.boots = 0;
		s.input.watch.end = WATCH_CLOSED;
		s.input.watch.last_line[0] = '\0';
		s.input.well = cases[i].well;
		s.variant.arguments = cases[i].arguments;
		assert_judged(&s, cases[i].verdict, cases[i].code, cases[i].reason);
	}
}

static void what_cannot_run_on_the_board_is_skipped(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s);
	s.input.unfit = "the Image is for pages of 16K";
	assert_judged(&s, "SKIP", "", "the Image is for pages of 16K");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(seconds_have_a_tenth_below_ten),
	    cmocka_unit_test(the_end_is_told_as_it_was),
	    cmocka_unit_test(a_lost_console_is_told_with_its_cause),
	    cmocka_unit_test(a_silent_kernel_on_a_board_that_is_well_is_not_the_labs),
	    cmocka_unit_test(what_cannot_run_on_the_board_is_skipped),
	    cmocka_unit_test(a_board_that_never_came_to_the_payload_is_told_with_what_is_known),
	    cmocka_unit_test(a_crash_is_the_boards_own_until_something_started_the_payload),
	    cmocka_unit_test(a_bad_start_is_forgiven_to_one_good_boot),
	    cmocka_unit_test(the_text_where_it_does_not_count_is_shown),
	    cmocka_unit_test(a_boot_that_did_not_finish_is_told_by_what_the_job_waits_for),
	    cmocka_unit_test(a_power_off_is_seen_or_announced),
	    cmocka_unit_test(a_deadline_tells_talk_from_silence),
	    cmocka_unit_test(a_deadline_counts_where_the_job_waits_for_something),
	};
	return cmocka_run_group_tests_name("run/judge endings", tests, NULL, NULL);
}
