// SPDX-License-Identifier: GPL-2.0-or-later
// What counts as the payload's first and last words: a banner that U-Boot says, a panic or a power-off
// that a program says, and logs of earlier boots that are printed prove nothing.
#include "unit/unit.h"

#include "run/judge.h"

#define OWN "Linux version 7.3.0-test (t@t) (gcc) #1 SMP Tue"

static struct banners own = {.items = {(char *)(uintptr_t)OWN}, .count = 1};

struct scene {
	struct job_config job;
	struct variant_config variant;
	struct board_config board;
	struct judge_input input;
	struct evidence evidence;
	struct judgement out;
	struct detect *detect;
	uint64_t said;
};

static void on_event(const struct detect_event *event, void *arg)
{
	struct scene *s = arg;
	evidence_take(event, &s->evidence);
	detect_want(s->detect, evidence_wants(&s->evidence));
}

static void scene_init(struct scene *s, struct done_config done)
{
	*s = (struct scene){.job = {.payload = {.kind = PAYLOAD_KERNEL},
				    .done = done,
				    .variants_count = 1,
				    .deadline_s = 60,
				    .silence_s = 10},
			    .board = {.cpu = {.midr = 0x410fd083, .bbm = -1}}};
	s->job.variants = &s->variant;
	s->input = (struct judge_input){.job = &s->job,
					.variant = &s->variant,
					.board = &s->board,
					.pool = "all",
					.end = BOARD_END_UNKNOWN,
					.watch = {.end = WATCH_SILENCE, .silent_s = 10}};
	evidence_init(&s->evidence, &s->job, &own);
	assert_null(detect_new(NULL, &s->detect));
}

static void say(struct scene *s, const char *text)
{
	detect_feed(s->detect, text, strlen(text), 0, on_event, s);
	s->said += strlen(text);
}

static void hand_over(struct scene *s)
{
	evidence_hand_over(&s->evidence, s->said);
	detect_hand_over(s->detect, on_event, s);
}

static enum status verdict_of(struct scene *s)
{
	detect_end(s->detect, watch_detect_reason(s->input.watch.end), on_event, s);
	judge(&s->input, &s->evidence, &s->out);
	return s->out.verdict;
}

static void scene_deinit(struct scene *s)
{
	evidence_deinit(&s->evidence);
	detect_free(s->detect);
}

static const char boot[] = "[    0.000000] Booting Linux on physical CPU 0x0 [0x410fd083]\n"
			   "[    0.000000] " OWN "\n"
			   "[    2.000000] Run /init as init process\n"
			   "init: hello\n";

static const struct done_config by_panic = {.panic = (char *)(uintptr_t) "no root"};
static const struct done_config by_power_off = {.power_off = true};

// ---- first words --------------------------------------------------------------------------------

static void a_banner_that_u_boot_says_is_no_start(void **state)
{
	(void)state;
	const struct done_config text = {.text = (char *)(uintptr_t) "=> "};
	for (int handed = 0; handed < 2; handed++) {
		struct scene s;
		scene_init(&s, text);
		say(&s, "U-Boot 2024.01 (Jan 01 2024 - 00:00:00 +0000)\n");
		if (handed)
			hand_over(&s);
		say(&s, OWN "\nBooting Linux on physical CPU 0x0\n=> \n");
		assert_int_equal(s.evidence.speech.own_boots, 0);
		assert_int_equal(s.evidence.boots, 0);
		assert_false(s.evidence.speech.proven);
		assert_false(s.evidence.done_text);
		assert_int_equal(verdict_of(&s), STATUS_MISS);
		scene_deinit(&s);
	}
}

// It says so when it gives way, as other loaders do; a stamp is the kernel's own.
static void a_banner_behind_u_boots_farewell_is_a_start(void **state)
{
	(void)state;
	static const char *const farewells[] = {
	    "Starting kernel ...\n\n" OWN "\n", "[    0.000000] " OWN "\n",
	    "EFI stub: Booting Linux Kernel...\n" OWN "\n", "GNU GRUB  version 2.06\n" OWN "\n",
	    "EFI stub: Exiting boot services...\n" OWN "\n"};
	for (size_t i = 0; i < sizeof(farewells) / sizeof(farewells[0]); i++) {
		struct scene s;
		scene_init(&s, by_power_off);
		say(&s, "U-Boot 2024.01 (Jan 01 2024 - 00:00:00 +0000)\n" OWN "\n");
		say(&s, farewells[i]);
		say(&s, "next\n");
		assert_int_equal(s.evidence.speech.own_boots, 1);
		assert_true(s.evidence.speech.proven);
		scene_deinit(&s);
	}
}

// ---- last words ---------------------------------------------------------------------------------

static enum status ends_with(struct done_config done, const char *words)
{
	struct scene s;
	scene_init(&s, done);
	say(&s, boot);
	say(&s, words);
	enum status verdict = verdict_of(&s);
	scene_deinit(&s);
	return verdict;
}

static void a_power_off_is_said_by_the_kernel_itself(void **state)
{
	(void)state;
	assert_int_equal(ends_with(by_power_off, "[    5.000000] reboot: Power down\n"),
			 STATUS_PASS);
	assert_int_equal(ends_with(by_power_off, "reboot: Power down\n"), STATUS_FAIL);
	// In a log of another form: what pstore keeps, a journal.
	assert_int_equal(ends_with(by_power_off, "<6>[  150.000000] reboot: Power down\n"),
			 STATUS_FAIL);
	assert_int_equal(
	    ends_with(by_power_off, "Nov 30 21:40:00 board kernel: reboot: Power down\n"),
	    STATUS_FAIL);
}

static void who_goes_on_was_not_switched_off(void **state)
{
	(void)state;
	assert_int_equal(
	    ends_with(by_power_off, "[  150.000000] reboot: Power down\n[    6.000000] eth0: up\n"),
	    STATUS_FAIL);
	assert_int_equal(
	    ends_with(by_power_off, "[  150.000000] reboot: Power down\nroot@board:~# \n"),
	    STATUS_FAIL);
	// Firmware may speak of it, and so may the kernel's drivers.
	assert_int_equal(ends_with(by_power_off, "[    5.000000] reboot: Power down\n"
						 "[    5.100000] pmic: going down\nINFO: off\n"),
			 STATUS_PASS);
	// It comes to its own end after all.
	assert_int_equal(ends_with(by_power_off,
				   "[  150.000000] reboot: Power down\n[    6.000000] eth0: up\n"
				   "[    7.000000] reboot: Power down\n"),
			 STATUS_PASS);
}

static void an_emulator_knows_whether_its_board_is_off(void **state)
{
	(void)state;
	static const struct {
		enum board_end end;
		enum status verdict;
	} known[] = {{BOARD_END_OFF, STATUS_PASS},
		     {BOARD_END_UNKNOWN, STATUS_PASS},
		     {BOARD_END_RUNS, STATUS_FAIL}};
	for (size_t i = 0; i < 3; i++) {
		struct scene s;
		scene_init(&s, by_power_off);
		s.input.end = known[i].end;
		say(&s, boot);
		say(&s, "[    5.000000] reboot: Power down\n");
		assert_int_equal(verdict_of(&s), known[i].verdict);
		scene_deinit(&s);
	}
}

static void a_kernel_without_stamps_is_believed_without_them(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s, by_power_off);
	say(&s, "Booting Linux on physical CPU 0x0 [0x410fd083]\n" OWN "\n");
	say(&s, "Run /init as init process\nreboot: Power down\n");
	assert_int_equal(verdict_of(&s), STATUS_PASS);
	scene_deinit(&s);
}

#define PANIC "Kernel panic - not syncing: no root"
#define END   "---[ end " PANIC " ]---\n"

static void a_panic_is_the_kernels_last_word(void **state)
{
	(void)state;
	assert_int_equal(ends_with(by_panic, "[    5.000000] " PANIC "\n[    5.100000] " END),
			 STATUS_PASS);
	assert_int_equal(ends_with(by_panic, "[    5.000000] " PANIC "\n[    5.100000] " END
					     "INFO: PSCI reset\nDDR V1.13\n"),
			 STATUS_PASS);
	assert_int_equal(ends_with(by_panic, "[    5.000000] " PANIC "\n[    5.100000] " END
					     "U-Boot SPL 2024.01\n"),
			 STATUS_PASS);
	// pstore's dump of a boot before, by cat; its console's by cat; a journal.
	assert_int_equal(ends_with(by_panic, "Panic#1 Part1\n<0>[  150.000000] " PANIC
					     "\n<0>[  150.100000] " END),
			 STATUS_FAIL);
	assert_int_equal(
	    ends_with(by_panic, "[  150.000000] " PANIC "\n[  150.100000] " END "/ # \n"),
	    STATUS_FAIL);
	assert_int_equal(ends_with(by_panic, "[  150.000000] " PANIC "\n[  150.100000] " END
					     "[    6.000000] eth0: link up\n"),
			 STATUS_FAIL);
	assert_int_equal(ends_with(by_panic, "Nov 30 21:40:00 board kernel: " PANIC "\n"),
			 STATUS_FAIL);
}

// Nor does such a text end the run before the payload comes to its end.
static void a_printed_panic_does_not_end_the_watch(void **state)
{
	(void)state;
	const struct done_config text = {.text = (char *)(uintptr_t) "all done"};
	static const char *const printed[] = {"<0>[  150.000000] " PANIC "\n",
					      "[  150.000000] " PANIC "\n[  150.100000] " END
					      "/ # \n",
					      "Nov 30 21:40:00 board kernel: " PANIC "\n"};
	for (size_t i = 0; i < 3; i++) {
		struct scene s;
		scene_init(&s, text);
		say(&s, boot);
		say(&s, printed[i]);
		say(&s, "[    6.000000] eth0: link up\n");
		assert_false(s.evidence.fatal);
		say(&s, "all done\n");
		assert_true(s.evidence.done_text);
		scene_deinit(&s);
	}
}

// ---- a bad start --------------------------------------------------------------------------------

static void firmware_that_crashed_once_is_no_panic_of_the_payload(void **state)
{
	(void)state;
	static const char crash[] = "U-Boot SPL 2024.01 (Jan 01 2024 - 00:00:00 +0000)\r\n"
				    "PANIC at PC : 0x0000000000001234\r\n"
				    "U-Boot SPL 2024.01 (Jan 01 2024 - 00:00:00 +0000)\r\n"
				    "Starting kernel ...\r\n";
	struct scene s;
	scene_init(&s, (struct done_config){0});
	say(&s, crash);
	say(&s, boot);
	say(&s, "board login: \n");
	assert_int_equal(verdict_of(&s), STATUS_PASS);
	scene_deinit(&s);
	// The payload did not come to its end: that is told.
	scene_init(&s, (struct done_config){0});
	say(&s, crash);
	say(&s, boot);
	assert_int_equal(verdict_of(&s), STATUS_FAIL);
	scene_deinit(&s);
	// It was the payload that panicked, and came up the second time.
	scene_init(&s, (struct done_config){0});
	say(&s, boot);
	say(&s, "[    5.000000] " PANIC "\n[    5.100000] " END);
	say(&s, "U-Boot SPL 2024.01 (Jan 01 2024 - 00:00:00 +0000)\r\nStarting kernel ...\r\n");
	say(&s, boot);
	say(&s, "board login: \n");
	assert_int_equal(verdict_of(&s), STATUS_FAIL);
	scene_deinit(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_banner_that_u_boot_says_is_no_start),
	    cmocka_unit_test(a_banner_behind_u_boots_farewell_is_a_start),
	    cmocka_unit_test(a_power_off_is_said_by_the_kernel_itself),
	    cmocka_unit_test(who_goes_on_was_not_switched_off),
	    cmocka_unit_test(an_emulator_knows_whether_its_board_is_off),
	    cmocka_unit_test(a_kernel_without_stamps_is_believed_without_them),
	    cmocka_unit_test(a_panic_is_the_kernels_last_word),
	    cmocka_unit_test(a_printed_panic_does_not_end_the_watch),
	    cmocka_unit_test(firmware_that_crashed_once_is_no_panic_of_the_payload),
	};
	return cmocka_run_group_tests_name("run: first and last words", tests, NULL, NULL);
}
