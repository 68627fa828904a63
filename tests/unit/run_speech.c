// SPDX-License-Identifier: GPL-2.0-or-later
// Who speaks on a console, and what of it is the payload's word: names, echoes, boots, the hand-over.
#include "unit/unit.h"

#include <stdio.h>

#include "run/echo.h"
#include "run/evidence.h"

#define OWN   "Linux version 7.3.0-test (t@t) (gcc) #1 SMP Tue"
#define OTHER "Linux version 7.3.0-test (t@t) (gcc) #2 SMP Wed"

static struct banners own = {.items = {(char *)(uintptr_t)OWN}, .count = 1};
static struct banners own_build = {.items = {(char *)(uintptr_t) "abc123"}, .count = 1};

struct scene {
	struct job_config job;
	struct variant_config variant;
	struct evidence evidence;
	struct detect *detect;
	uint64_t said;
};

static void on_event(const struct detect_event *event, void *arg)
{
	struct scene *s = arg;
	evidence_take(event, &s->evidence);
	detect_want(s->detect, evidence_wants(&s->evidence));
}

static void scene_init(struct scene *s, const char *text, const struct banners *payload)
{
	*s = (struct scene){.job = {.payload = {.kind = PAYLOAD_KERNEL},
				    .done = {.text = (char *)(uintptr_t)text},
				    .variants_count = 1}};
	s->variant.arguments = "console=ttyAMA0 marker=all-done";
	s->job.variants = &s->variant;
	evidence_init(&s->evidence, &s->job, payload);
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

static void scene_end(struct scene *s)
{
	detect_end(s->detect, DETECT_END_DEADLINE, on_event, s);
}

static void scene_deinit(struct scene *s)
{
	evidence_deinit(&s->evidence);
	detect_free(s->detect);
}

static const char first[] = "[    0.000000] Booting Linux on physical CPU 0x0 [0x410fd083]\n";
static const char own_name[] = "[    0.000000] " OWN "\n";
static const char other_name[] = "[    0.000000] " OTHER "\n";

static void a_text_counts_behind_the_payloads_first_line_only(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s, "login: ", &own);
	say(&s, "rack login: \n");
	say(&s, first);
	say(&s, own_name);
	assert_false(s.evidence.done_text);
	assert_int_equal(s.evidence.stray_line, 1);
	say(&s, "board login: \n");
	assert_true(s.evidence.done_text);
	assert_true(s.evidence.speech.proven);
	scene_end(&s);
	scene_deinit(&s);
}

static void the_first_line_itself_counts(void **state)
{
	(void)state;
	static const char *const firsts[] = {"Booting Linux", "Linux version"};
	for (size_t i = 0; i < 2; i++) {
		struct scene s;
		scene_init(&s, firsts[i], &own);
		if (i == 0)
			say(&s, first);
		say(&s, own_name);
		say(&s, "[    0.1] next\n");
		assert_true(s.evidence.done_text);
		scene_end(&s);
		scene_deinit(&s);
	}
}

static void the_command_line_said_back_does_not_count(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		bool counts;
	} lines[] = {
	    {"[    0.000000] Kernel command line: console=ttyAMA0 marker=all-done\n", false},
	    {"[    0.000000] Unknown kernel command line parameters \"all-done\", will be passed "
	     "to user "
	     "space.\n",
	     false},
	    {"[    1.000000]     marker=all-done\n", false},
	    {"cmdline: console=ttyAMA0 marker=all-done\n", false},
	    {"all-done\n", true},
	    {"[    2.000000] test: all-done\n", true},
	    {"marker=all-done and all-done\n", true},
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct scene s;
		scene_init(&s, "all-done", &own);
		say(&s, first);
		say(&s, own_name);
		say(&s, lines[i].line);
		if (s.evidence.done_text != lines[i].counts)
			fail_msg("%s", lines[i].line);
		assert_int_equal(s.evidence.stray_is_echo, !lines[i].counts);
		scene_end(&s);
		scene_deinit(&s);
	}
}

static void an_echo_needs_more_of_the_arguments_than_the_text_itself(void **state)
{
	(void)state;
	static const struct {
		const char *line, *wanted, *arguments;
		bool found;
	} cases[] = {
	    {"buildroot login: ", "login: ", "foo login: bar", true},
	    {"x foo login: y", "login: ", "foo login: bar", false},
	    {"+ echo all done", "all done", "-- sh -c \"echo all done\"", false},
	    {"all done", "all done", "-- sh -c \"echo all done\"", true},
	    {"all done", "all done", "all done", true},
	    {"all done", "all done", NULL, true},
	    // Words that agree on one side only are others; what parts words does not count.
	    {"x=done 5", "done", "x=done2 y", true},
	    {"5 done=x", "done", "y 2done=x", true},
	    {"done=7 x", "done", "done=7", false},
	    {"x y=done", "done", "y=done", false},
	    {"done  ", "done", "done  z", true},
	    {"'done'", "done", "a 'done' z", true},
	    {"nothing", "all done", "all done", false},
	    {"", "all done", "x all done", false},
	    {"a done", "done", "a done", false}, // one letter more is enough
	    // What agrees behind another word's end is of no whole word.
	    {"ay done", "done", "xy done", true},
	    // The next place may begin inside the one before.
	    {"xaaa", "aa", "xaa", true},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool echoed;
		struct detect_view line = {cases[i].line, strlen(cases[i].line)};
		if (echo_find(line, cases[i].wanted, cases[i].arguments, &echoed) != cases[i].found)
			fail_msg("%s in %s", cases[i].wanted, cases[i].line);
	}
}

// What lies in memory behind a line does not make an echo of it.
static void an_echo_ends_with_its_line(void **state)
{
	(void)state;
	static const char arguments[] = "x done23";
	for (size_t len = strlen("x done"); len <= strlen(arguments); len++) {
		bool echoed;
		struct detect_view line = {arguments, len};
		bool whole = len == strlen(arguments);
		assert_int_equal(echo_find(line, "done", arguments, &echoed), !whole);
		assert_int_equal(echoed, whole);
	}
}

static void a_message_tells_the_command_line_by_its_head(void **state)
{
	(void)state;
	static const char *const heads[] = {"Kernel command line: ",
					    "Command line: ",
					    "Unknown kernel command line parameters ",
					    "Malformed early option '",
					    "Booting kernel: ",
					    "doing Booting kernel",
					    "doing early options"};
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		size_t len = strlen(heads[i]);
		char text[80];
		assert_true(echo_is_command_line((struct detect_view){heads[i], len}));
		assert_false(echo_is_command_line((struct detect_view){heads[i], len - 1}));
		snprintf(text, sizeof(text), "%sx", heads[i]);
		assert_true(echo_is_command_line((struct detect_view){text, len + 1}));
		snprintf(text, sizeof(text), " %s", heads[i]);
		assert_false(echo_is_command_line((struct detect_view){text, len + 1}));
	}
	assert_false(echo_is_command_line((struct detect_view){"", 0}));
}

static void a_reset_takes_back_what_was_said_before_it(void **state)
{
	(void)state;
	for (int announced = 0; announced < 2; announced++) {
		struct scene s;
		scene_init(&s, "login: ", &own);
		say(&s, first);
		say(&s, own_name);
		say(&s, "[    1.000000] Run /init as init process\nboard login: \n");
		if (announced)
			say(&s, "[    2.000000] reboot: Restarting system\n");
		say(&s, first);
		say(&s, own_name);
		assert_int_equal(s.evidence.done_text, announced);
		assert_int_equal(s.evidence.speech.own_boots, 2);
		assert_int_equal(s.evidence.speech.own_reset, !announced);
		scene_end(&s);
		scene_deinit(&s);
	}
}

static void another_build_of_the_same_release_is_another_payload(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s, "login: ", &own);
	say(&s, first);
	say(&s, other_name);
	say(&s, "board login: \n");
	assert_false(s.evidence.done_text);
	assert_string_equal(s.evidence.speech.another, OTHER);
	assert_int_equal(s.evidence.speech.own_boots, 0);
	scene_end(&s);
	scene_deinit(&s);
}

static void in_a_second_boot_it_takes_nothing_from_the_first(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s, "login: ", &own);
	say(&s, first);
	say(&s, own_name);
	say(&s, "[    1.000000] Run /init as init process\n");
	say(&s, "[    1.000000] WARNING: CPU: 0 PID: 1 at mm/a.c:1 first_boot+0x1/0x2\n");
	say(&s, other_name); // "Booting Linux" was lost on the line
	say(&s, "[    1.000000] WARNING: CPU: 0 PID: 1 at mm/a.c:1 second_boot+0x1/0x2\n");
	scene_end(&s);
	assert_string_equal(s.evidence.speech.another, OTHER);
	assert_int_equal(s.evidence.speech.own_boots, 1);
	assert_int_equal(s.evidence.splats_count, 2);
	assert_true(s.evidence.splats[0].of_payload);
	assert_true(s.evidence.splats[1].of_another);
	scene_deinit(&s);
}

static void an_unreadable_name_is_no_other_one(void **state)
{
	(void)state;
	static const char *const names[] = {
	    "[    0.000000] Linux version 7.3.0-t\xc5st (t@t) (gcc) #1 SMP Tue\n",
	    "[    0.000000] Linux version something\n"};
	for (size_t i = 0; i < 2; i++) {
		struct scene s;
		scene_init(&s, "login: ", &own);
		say(&s, first);
		say(&s, names[i]);
		say(&s, "board login: \n");
		assert_null(s.evidence.speech.another);
		scene_end(&s);
		scene_deinit(&s);
	}
}

static void of_a_payload_without_a_name_every_kernel_will_do(void **state)
{
	(void)state;
	static const struct banners none;
	const struct banners *unknown[] = {NULL, &none};
	for (size_t i = 0; i < 2; i++) {
		struct scene s;
		scene_init(&s, "login: ", unknown[i]);
		say(&s, first);
		say(&s, other_name);
		say(&s, "board login: \n");
		assert_true(s.evidence.done_text);
		assert_false(s.evidence.speech.proven);
		scene_end(&s);
		scene_deinit(&s);
	}
}

static void what_came_before_the_hand_over_is_not_of_the_boot(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s, "login: ", &own);
	s.evidence.speech.handover = SPEECH_NO_HANDOVER;
	say(&s, first);
	say(&s, other_name);
	say(&s, "[    1.000000] WARNING: CPU: 0 PID: 1 at mm/a.c:1 old+0x1/0x2\n");
	say(&s, "[    1.000000] Kernel panic - not syncing: old\n");
	say(&s, "old login: \nok 1 old_test\n");
	hand_over(&s);
	say(&s, first);
	say(&s, own_name);
	say(&s, "[    1.000000] Run /init as init process\nboard login: \n");
	scene_end(&s);
	assert_true(s.evidence.done_text);
	assert_int_equal(s.evidence.boots, 1);
	assert_int_equal(s.evidence.outcome, DETECT_OUTCOME_OK);
	assert_null(s.evidence.speech.another);
	assert_string_equal(s.evidence.speech.before, OTHER);
	assert_int_equal(s.evidence.tests_count, 0);
	assert_false(s.evidence.fatal);
	for (size_t i = 0; i < s.evidence.splats_count; i++)
		assert_true(s.evidence.splats[i].of_another);
	scene_deinit(&s);
}

static void a_board_that_says_nothing_behind_it_said_nothing(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s, "login: ", &own);
	s.evidence.speech.handover = SPEECH_NO_HANDOVER;
	say(&s, first);
	say(&s, own_name);
	say(&s, "old login: \n");
	hand_over(&s);
	scene_end(&s);
	assert_false(s.evidence.done_text);
	assert_int_equal(s.evidence.outcome, DETECT_OUTCOME_NO_OUTPUT);
	scene_deinit(&s);
}

// Nor does an old system's own start prove that the payload was started.
static void only_a_start_behind_the_hand_over_is_the_payloads(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s, "login: ", &own);
	s.evidence.speech.handover = SPEECH_NO_HANDOVER;
	say(&s, "U-Boot 2024.01\nStarting kernel ...\n");
	assert_true(s.evidence.handed_over);
	hand_over(&s);
	say(&s, "U-Boot 2024.01\n");
	scene_end(&s);
	assert_false(s.evidence.handed_over);
	scene_deinit(&s);
	scene_init(&s, "login: ", &own);
	say(&s, "U-Boot 2024.01\nStarting kernel ...\nU-Boot 2024.01\n");
	scene_end(&s);
	assert_true(s.evidence.handed_over);
	scene_deinit(&s);
}

static void firmware_that_crashes_ends_a_run_only_behind_the_payloads_first_line(void **state)
{
	(void)state;
	static const char crash[] = "PANIC at PC : 0x0000000000001234\r\n";
	static const char loader[] = "U-Boot SPL 2024.01 (Jan 01 2024 - 00:00:00 +0000)\r\n"
				     "U-Boot 2024.01 (Jan 01 2024 - 00:00:00 +0000)\r\n";
	struct scene s;
	scene_init(&s, "login: ", &own);
	say(&s, loader);
	say(&s, crash);
	say(&s, loader);
	say(&s, "Starting kernel ...\r\n");
	assert_int_equal(s.evidence.splats_count, 1);
	assert_false(s.evidence.fatal);
	say(&s, first);
	say(&s, own_name);
	say(&s, "[    1.000000] Run /init as init process\n");
	say(&s, crash);
	scene_end(&s);
	assert_int_equal(s.evidence.splats_count, 2);
	assert_true(s.evidence.fatal);
	scene_deinit(&s);
}

static void a_job_may_count_all_that_follows_the_hand_over(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s, "=> ", &own);
	s.evidence.from_handover = true;
	s.evidence.speech.handover = SPEECH_NO_HANDOVER;
	say(&s, "U-Boot 2024.01\n=> boot\n");
	hand_over(&s);
	assert_false(s.evidence.done_text);
	say(&s, "U-Boot 2024.01\n=> \n");
	assert_true(s.evidence.done_text);
	scene_end(&s);
	scene_deinit(&s);
}

// A record as the firmware writes it: XOR of the bytes between '#' and " *".
static void record(struct scene *s, const char *text)
{
	char line[128];
	unsigned sum = 0;
	for (const char *p = text + 1; *p; p++)
		sum ^= (unsigned char)*p;
	snprintf(line, sizeof(line), "%s *%02x\n", text, sum);
	say(s, line);
}

static void the_firmware_is_known_by_its_build(void **state)
{
	(void)state;
	static const struct {
		enum payload_kind kind;
		const struct banners *payload;
		const char *hello;
		bool another;
	} cases[] = {
	    {PAYLOAD_FIRMWARE, &own_build, "#mm hello v=1 build=abc123 q=0", false},
	    {PAYLOAD_FIRMWARE, &own_build, "#mm hello v=1 build=abc124 q=0", true},
	    {PAYLOAD_FIRMWARE, NULL, "#mm hello v=1 build=abc124 q=0", false},
	    {PAYLOAD_KERNEL, &own, "#mm hello v=1 build=abc123 q=0", true},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene s;
		scene_init(&s, NULL, cases[i].payload);
		s.evidence.speech.kind = cases[i].kind;
		record(&s, cases[i].hello);
		record(&s, "#mm end r=pass q=1");
		scene_end(&s);
		if ((s.evidence.speech.another != NULL) != cases[i].another)
			fail_msg("case %zu", i);
		scene_deinit(&s);
	}
}

static void an_end_record_of_an_earlier_boot_ends_no_later_one(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s, NULL, &own_build);
	s.evidence.speech.kind = PAYLOAD_FIRMWARE;
	record(&s, "#mm hello v=1 build=abc123 q=0");
	record(&s, "#mm end r=pass q=1");
	assert_true(s.evidence.end);
	record(&s, "#mm hello v=1 build=abc123 q=0");
	assert_false(s.evidence.end);
	record(&s, "#mm end r=pass q=1");
	hand_over(&s); // all of it came out of a buffer
	assert_false(s.evidence.end);
	scene_end(&s);
	scene_deinit(&s);
}

static void numbers_of_the_command_line_are_no_measurement(void **state)
{
	(void)state;
	static const char yaml[] = "metrics: [{name: loops, unit: us, from: {line: loops}}]\n";
	CLEANUP_CONFIG_MAP struct config_map top = {0};
	struct config_file *file = NULL;
	struct scene s;
	scene_init(&s, NULL, &own);
	assert_null(config_file_parse("j.yaml", yaml, strlen(yaml), &file));
	assert_null(config_map_init(&top, config_file_root(file)));
	assert_null(metrics_config_parse(config_map_find(&top, "metrics"), &s.job.metrics));
	evidence_deinit(&s.evidence);
	evidence_init(&s.evidence, &s.job, &own);
	say(&s, "old board: loops=7 us\n");
	say(&s, first);
	say(&s, own_name);
	say(&s, "[    0.000000] Kernel command line: console=ttyAMA0 loops=9 us\n");
	say(&s, "[    1.000000] bench: loops=5 us\n");
	scene_end(&s);
	assert_int_equal(s.evidence.metrics_count, 1);
	assert_float_equal(s.evidence.metrics[0].value, 5e-6, 1e-12);
	metrics_config_deinit(&s.job.metrics);
	config_file_free(file);
	scene_deinit(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_text_counts_behind_the_payloads_first_line_only),
	    cmocka_unit_test(the_first_line_itself_counts),
	    cmocka_unit_test(the_command_line_said_back_does_not_count),
	    cmocka_unit_test(an_echo_needs_more_of_the_arguments_than_the_text_itself),
	    cmocka_unit_test(an_echo_ends_with_its_line),
	    cmocka_unit_test(a_message_tells_the_command_line_by_its_head),
	    cmocka_unit_test(a_reset_takes_back_what_was_said_before_it),
	    cmocka_unit_test(another_build_of_the_same_release_is_another_payload),
	    cmocka_unit_test(in_a_second_boot_it_takes_nothing_from_the_first),
	    cmocka_unit_test(an_unreadable_name_is_no_other_one),
	    cmocka_unit_test(of_a_payload_without_a_name_every_kernel_will_do),
	    cmocka_unit_test(what_came_before_the_hand_over_is_not_of_the_boot),
	    cmocka_unit_test(a_board_that_says_nothing_behind_it_said_nothing),
	    cmocka_unit_test(only_a_start_behind_the_hand_over_is_the_payloads),
	    cmocka_unit_test(firmware_that_crashes_ends_a_run_only_behind_the_payloads_first_line),
	    cmocka_unit_test(a_job_may_count_all_that_follows_the_hand_over),
	    cmocka_unit_test(the_firmware_is_known_by_its_build),
	    cmocka_unit_test(an_end_record_of_an_earlier_boot_ends_no_later_one),
	    cmocka_unit_test(numbers_of_the_command_line_are_no_measurement),
	};
	return cmocka_run_group_tests_name("run/speech", tests, NULL, NULL);
}
