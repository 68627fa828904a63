// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel that waits for its text: silence, deadlines, lost consoles, and other payloads.
#include "unit/run_judge_scene.h"

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
	    cmocka_unit_test(a_board_that_still_talks_at_its_deadline_had_too_little_time),
	    cmocka_unit_test(a_silent_board_hangs),
	    cmocka_unit_test(a_deadline_takes_back_nothing_that_was_proved),
	    cmocka_unit_test(a_console_that_is_lost_is_the_labs),
	    cmocka_unit_test(what_is_missing_may_have_been_said_in_a_gap),
	    cmocka_unit_test(nothing_passes_without_a_word_of_the_payload),
	    cmocka_unit_test(a_panic_ends_a_run_only_as_the_payloads),
	    cmocka_unit_test(another_payload_than_the_jobs_is_the_labs),
	    cmocka_unit_test(a_tools_words_count_where_nothing_proves_the_payload),
	    cmocka_unit_test(a_job_waits_in_vain_for_a_power_off),
	};
	return cmocka_run_group_tests_name("run/judge kernel", tests, NULL, NULL);
}
