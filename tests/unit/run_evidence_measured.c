// SPDX-License-Identifier: GPL-2.0-or-later
// How much the evidence keeps at most, and the numbers that the console tells.
#include "unit/run_evidence.h"

#include "run/measure.h"

#define TEXT_BYTES (EVIDENCE_TEXT_MAX / 6)

static void texts_have_one_budget_to_the_byte(void **state)
{
	(void)state;
	char *text = malloc(TEXT_BYTES + 1);
	assert_non_null(text);
	memset(text, 'x', TEXT_BYTES + 1);
	for (size_t over = 0; over < 2; over++) {
		struct scene s;
		events_init(&s);
		// Each of the four texts counts.
		size_t part = TEXT_BYTES / 4;
		struct detect_splat splat = {.header = {.line = 1, .byte = 100},
					     .class_name = "warn",
					     .sub = "",
					     .func = {text, part},
					     .file = {text, part},
					     .title = {text, part},
					     .message = {text, part + over}};
		assert_int_equal(4 * part, TEXT_BYTES);
		take_splat(&s, splat);
		assert_int_equal(s.evidence.splats_count, !over);
		assert_int_equal(s.evidence.dropped, over);
		assert_int_equal(s.evidence.text, over ? 0 : EVIDENCE_TEXT_MAX);
		// All kinds share it; what has no text has room.
		take_test(&s, DETECT_TEST_KTAP, "t", "", 100);
		take_record(&s, "time id=t med=1");
		assert_int_equal(s.evidence.tests_count, over);
		assert_int_equal(s.evidence.metrics_count, over);
		assert_int_equal(s.evidence.dropped, over ? 1 : 2);
		splat.func.len = splat.file.len = splat.title.len = splat.message.len = 0;
		take_splat(&s, splat);
		assert_int_equal(s.evidence.splats_count, over ? 1 : 2);
		evidence_deinit(&s.evidence);
	}
	// What is left goes to what fits into it.
	struct scene s;
	events_init(&s);
	take_splat(&s, (struct detect_splat){.header = {.line = 1, .byte = 100},
					     .class_name = "warn",
					     .sub = "",
					     .title = {text, TEXT_BYTES - 10}});
	assert_int_equal(s.evidence.text, EVIDENCE_TEXT_MAX - 60);
	take_test(&s, DETECT_TEST_KTAP, "123", "abcd", 100); // 8 and 4
	assert_int_equal(s.evidence.tests_count, 0);
	take_test(&s, DETECT_TEST_KTAP, "123", "ab", 100); // 8 and 2
	assert_int_equal(s.evidence.tests_count, 1);
	assert_int_equal(s.evidence.text, EVIDENCE_TEXT_MAX);
	assert_int_equal(s.evidence.dropped, 1);
	evidence_deinit(&s.evidence);
	free(text);
}

static void each_kind_has_its_cap(void **state)
{
	(void)state;
	struct scene s;
	events_init(&s);
	for (size_t i = 0; i < EVIDENCE_SPLATS_MAX + 1; i++)
		take_splat(&s, (struct detect_splat){.header = {.line = 1, .byte = 100},
						     .class_name = "warn",
						     .sub = ""});
	assert_int_equal(s.evidence.splats_count, EVIDENCE_SPLATS_MAX);
	assert_int_equal(s.evidence.dropped, 1);
	// One that is not kept is fatal all the same.
	assert_false(s.evidence.fatal);
	take_splat(&s,
		   (struct detect_splat){
		       .header = {.byte = 100}, .class_name = "panic", .sub = "", .fatal = true});
	assert_true(s.evidence.fatal);
	for (size_t i = 0; i < EVIDENCE_TESTS_MAX + 1; i++)
		take_test(&s, DETECT_TEST_KTAP, "t", "d", 100);
	assert_int_equal(s.evidence.tests_count, EVIDENCE_TESTS_MAX);
	assert_int_equal(s.evidence.dropped, 3);
	for (size_t i = 0; i < EVIDENCE_METRICS_MAX + 1; i++)
		take_record(&s, "time id=t med=1");
	assert_int_equal(s.evidence.metrics_count, EVIDENCE_METRICS_MAX);
	assert_int_equal(s.evidence.dropped, 4);
	for (size_t i = 0; i < EVIDENCE_CPUS_MAX + 1; i++)
		take_record(&s, "cpu midr=1");
	assert_int_equal(s.evidence.cpus_count, EVIDENCE_CPUS_MAX);
	evidence_deinit(&s.evidence);
}

// ---- numbers that the console tells -------------------------------------------------------------

static void measured_init(struct scene *s, struct config_file **file)
{
	static const char yaml[] = "metrics: [{name: a, unit: us, from: {line: a}}, {name: b, "
				   "unit: us, from: {line: b}},\n"
				   "          {name: c, unit: us, from: {line: c}}, {name: d, "
				   "unit: us, from: {line: d}},\n"
				   "          {name: e, unit: us, from: {line: e}}, {name: f, "
				   "unit: us, from: {line: f}}]\n";
	CLEANUP_CONFIG_MAP struct config_map top = {0};
	*s = (struct scene){.job = {.payload = {.kind = PAYLOAD_KERNEL}}};
	assert_null(config_file_parse("j.yaml", yaml, strlen(yaml), file));
	assert_null(config_map_init(&top, config_file_root(*file)));
	assert_null(metrics_config_parse(config_map_find(&top, "metrics"), &s->job.metrics));
	evidence_init(&s->evidence, &s->job, NULL);
	s->evidence.speech.speaker = SPEAKER_PAYLOAD;
	s->evidence.speech.handover = 0;
}

static void measured_end(struct scene *s)
{
	struct detect_event event = {.kind = DETECT_BOOT,
				     .boot = {.what = DETECT_BOOT_FINAL,
					      .boots = 3,
					      .outcome = DETECT_OUTCOME_HANG,
					      .clean_shutdown = true}};
	evidence_take(&event, &s->evidence);
}

static void measured_deinit(struct scene *s, struct config_file *file)
{
	evidence_deinit(&s->evidence);
	metrics_config_deinit(&s->job.metrics);
	config_file_free(file);
}

static void say_number(struct scene *s, char name, unsigned value, uint64_t line)
{
	char text[40];
	snprintf(text, sizeof(text), "%c=%u us", name, value);
	take_line(s, text, line);
}

static void repetitions_are_one_number_with_its_spread(void **state)
{
	(void)state;
	struct scene s;
	struct config_file *file;
	measured_init(&s, &file);
	static const unsigned values[] = {30, 10, 20, 50, 40};
	say_number(&s, 'a', 7, 4);
	for (size_t i = 0; i < 5; i++)
		say_number(&s, 'b', values[i], 5 + i);
	measured_end(&s);
	measured_end(&s); // once
	assert_int_equal(s.evidence.metrics_count, 2);
	const struct evidence_metric *a = &s.evidence.metrics[0], *b = &s.evidence.metrics[1];
	assert_string_equal(a->path, "a");
	assert_string_equal(a->unit, "s");
	assert_number(a->value, 7e-6);
	assert_number(a->min, NAN);
	assert_number(a->max, NAN);
	assert_number(a->p90, NAN);
	assert_number(a->mad, NAN);
	assert_number(a->cycles, NAN);
	assert_int_equal(a->n, 0);
	assert_null(a->samples);
	assert_int_equal(a->line, 4);
	assert_string_equal(b->path, "b");
	assert_number(b->value, 30e-6);
	assert_number(b->min, 10e-6);
	assert_number(b->max, 50e-6);
	assert_number(b->p90, 46e-6);
	assert_number(b->mad, NAN);
	assert_number(b->cycles, NAN);
	assert_int_equal(b->n, 5);
	assert_int_equal(b->line, 5);
	for (size_t i = 0; i < 5; i++) // as they came
		assert_number(b->samples[i], values[i] * 1e-6);
	assert_int_equal(s.evidence.samples_kept, 5);
	assert_true(s.evidence.final && s.evidence.clean_shutdown);
	assert_int_equal(s.evidence.outcome, DETECT_OUTCOME_HANG);
	assert_int_equal(s.evidence.boots, 3);
	measured_deinit(&s, file);
}

static void samples_are_kept_up_to_their_cap(void **state)
{
	(void)state;
	struct scene s;
	struct config_file *file;
	measured_init(&s, &file);
	for (char name = 'a'; name <= 'e'; name++)
		for (unsigned i = 0; i < EVIDENCE_SAMPLES_MAX / 5; i++)
			say_number(&s, name, i, 1);
	say_number(&s, 'f', 1, 1);
	say_number(&s, 'f', 3, 1);
	s.evidence.metrics_count = 0;
	measured_end(&s);
	assert_int_equal(s.evidence.metrics_count, 6);
	assert_int_equal(s.evidence.samples_kept, EVIDENCE_SAMPLES_MAX);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(s.evidence.metrics[i].samples != NULL, i < 5);
	assert_int_equal(s.evidence.metrics[5].n, 2);
	assert_number(s.evidence.metrics[5].value, 2e-6);
	assert_int_equal(s.evidence.dropped, 0);
	measured_deinit(&s, file);
	// And the numbers themselves, beside those of records.
	measured_init(&s, &file);
	for (size_t i = 0; i < EVIDENCE_METRICS_MAX - 1; i++)
		take_record(&s, "time id=t med=1");
	for (char name = 'a'; name <= 'c'; name++)
		say_number(&s, name, 5, 1);
	measured_end(&s);
	assert_int_equal(s.evidence.metrics_count, EVIDENCE_METRICS_MAX);
	assert_int_equal(s.evidence.dropped, 2);
	measured_deinit(&s, file);
}

// Numbers of one metric beyond its cap are counted with all else that was dropped.
static void numbers_beyond_their_cap_are_counted(void **state)
{
	(void)state;
	struct scene s;
	struct config_file *file;
	measured_init(&s, &file);
	for (unsigned i = 0; i < MEASURE_SAMPLES_MAX + 3; i++)
		say_number(&s, 'a', i, 1);
	s.evidence.dropped = 2;
	measured_end(&s);
	assert_int_equal(s.evidence.dropped, 5);
	assert_int_equal(s.evidence.metrics[0].n, MEASURE_SAMPLES_MAX);
	measured_end(&s); // once
	assert_int_equal(s.evidence.dropped, 5);
	assert_int_equal(s.evidence.metrics_count, 1);
	measured_deinit(&s, file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(texts_have_one_budget_to_the_byte),
	    cmocka_unit_test(each_kind_has_its_cap),
	    cmocka_unit_test(repetitions_are_one_number_with_its_spread),
	    cmocka_unit_test(samples_are_kept_up_to_their_cap),
	    cmocka_unit_test(numbers_beyond_their_cap_are_counted),
	};
	return cmocka_run_group_tests_name("run/evidence measured", tests, NULL, NULL);
}
