// SPDX-License-Identifier: GPL-2.0-or-later
// Which lines the evidence asks the detector for, to which a clean log costs least without any.
#include "unit/unit.h"

#include "run/evidence.h"

struct scene {
	struct job_config job;
	struct evidence evidence;
	struct detect *detect;
	unsigned lines;
};

static void on_event(const struct detect_event *event, void *arg)
{
	struct scene *s = arg;
	s->lines += event->kind == DETECT_LINE;
	evidence_take(event, &s->evidence);
	detect_want(s->detect, evidence_wants(&s->evidence));
}

static void scene_init(struct scene *s, const char *done)
{
	*s = (struct scene){.job = {.done = {.text = (char *)(uintptr_t)done}}};
	evidence_init(&s->evidence, &s->job, NULL);
	assert_null(detect_new(NULL, &s->detect));
}

static void scene_deinit(struct scene *s)
{
	evidence_deinit(&s->evidence);
	detect_free(s->detect);
}

static void say(struct scene *s, const char *text)
{
	detect_feed(s->detect, text, strlen(text), 0, on_event, s);
}

static const char boot[] =
    "[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd083]\n"
    "[    0.100000] CPU1: Booted secondary processor 0x0000000001 [0x410fd083]\n"
    "[    0.500000] Run /sbin/init as init process\n";

static void lines_are_wanted_until_the_kernel_has_named_its_cpus(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s, NULL);
	say(&s, boot);
	assert_int_equal(s.evidence.cpus_count, 2);
	assert_int_equal(s.lines, 3);
	say(&s, "[    1.000000] one\n[    1.100000] two\n");
	assert_int_equal(s.lines, 3);
	scene_deinit(&s);
}

static void a_board_that_starts_again_names_them_again(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s, NULL);
	say(&s, boot);
	say(&s, "[    1.000000] one\n");
	say(&s, boot);
	assert_int_equal(s.evidence.boots, 2);
	assert_true(s.evidence.cpus_count >= 3);
	scene_deinit(&s);
}

static void a_text_that_is_waited_for_is_found_after_the_boot(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s, "all tests done");
	say(&s, boot);
	say(&s, "[    1.000000] one\n");
	assert_false(s.evidence.done_text);
	say(&s, "[    1.100000] all tests done\n");
	assert_true(s.evidence.done_text);
	scene_deinit(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_are_wanted_until_the_kernel_has_named_its_cpus),
	    cmocka_unit_test(a_board_that_starts_again_names_them_again),
	    cmocka_unit_test(a_text_that_is_waited_for_is_found_after_the_boot),
	};
	return cmocka_run_group_tests_name("run/evidence", tests, NULL, NULL);
}
