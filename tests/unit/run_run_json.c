// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "record/model.h"
#include "run/run_json.h"
#include "unit/folder.h"

static struct evidence evidence;

static void write_console(const char *dir, char byte, size_t len)
{
	CLEANUP_FREE char *path = path_join(dir, "console.raw");
	CLEANUP_FREE char *bytes = memory_new(1, len);
	memset(bytes, byte, len);
	assert_null(file_write_atomic(path, bytes, len));
}

static json_t *make(const char *dir, size_t *size)
{
	char sha256[] = "0", name[] = "n";
	struct job_config job = {.name = name, .run = {.id = name, .batch = name, .pool = name}};
	job.run.sha256 = job.run.payload_name = sha256;
	struct variant_config variant = {.name = name, .arguments = name};
	struct board_config board = {.name = name, .type = name, .cpu = {.name = name}};
	const struct judge_input input = {
	    .job = &job, .variant = &variant, .board = &board, .pool = name};
	struct judgement judgement = {0};
	const struct run_record record = {
	    .input = &input, .evidence = &evidence, .judgement = &judgement};
	CLEANUP_FREE char *console = path_join(dir, "console.raw");
	json_t *o = run_json_make(console, &record);
	assert_non_null(o);
	char *text = json_dumps(o, JSON_INDENT(1));
	*size = strlen(text);
	free(text);
	return o;
}

static void take_splats(size_t count, size_t message, uint64_t bytes)
{
	CLEANUP_FREE char *text = memory_new(1, message + 1);
	memset(text, 1, message);
	for (size_t i = 0; i < count; i++) {
		const struct detect_event event = {
		    .kind = DETECT_SPLAT_CLOSE,
		    .splat = {.id = (uint32_t)i,
			      .first = {.byte = i * bytes},
			      .last = {.end = (i + 1) * bytes},
			      .class_name = "oops",
			      .sub = "",
			      .message = {text, message}},
		};
		evidence_take(&event, &evidence);
	}
}

// It waits for no text and declares no metrics.
static const struct job_config plain_job;

static void a_run_full_of_reports_fits_into_what_readers_take(void **state)
{
	(void)state;
	CLEANUP_FREE char *dir = folder_new();
	evidence_init(&evidence, &plain_job, NULL);
	write_console(dir, '\\', 1100 * 16384); // each byte takes two in JSON
	take_splats(1100, 4000, 16384);
	size_t size;
	json_t *o = make(dir, &size);
	assert_true(size < MODEL_RUN_LIMIT);
	json_t *findings = json_object_get(o, "findings");
	// What was left out is told: reports beyond the cap, and bytes of the others' texts.
	assert_int_equal(json_array_size(findings) +
			     (size_t)json_integer_value(json_object_get(o, "dropped")),
			 1100);
	assert_true(json_integer_value(json_object_get(o, "excerpts_cut")) > 0);
	for (size_t i = 0; i < json_array_size(findings); i++)
		assert_true(json_string_length(
				json_object_get(json_array_get(findings, i), "excerpt")) > 1000);
	json_decref(o);
	evidence_deinit(&evidence);
	folder_remove(dir);
}

static void a_few_reports_keep_their_whole_text(void **state)
{
	(void)state;
	CLEANUP_FREE char *dir = folder_new();
	evidence_init(&evidence, &plain_job, NULL);
	write_console(dir, '"', 20 * 16384);
	take_splats(20, 100, 16384);
	size_t size;
	json_t *o = make(dir, &size);
	assert_null(json_object_get(o, "excerpts_cut"));
	assert_null(json_object_get(o, "dropped"));
	json_t *last = json_array_get(json_object_get(o, "findings"), 19);
	assert_int_equal(json_string_length(json_object_get(last, "excerpt")), 16384);
	json_decref(o);
	evidence_deinit(&evidence);
	folder_remove(dir);
}

static void what_others_than_the_payload_said_is_no_finding(void **state)
{
	(void)state;
	CLEANUP_FREE char *dir = folder_new();
	evidence_init(&evidence, &plain_job, NULL);
	write_console(dir, 'x', 300);
	take_splats(5, 10, 60);
	evidence.splats[0].of_another = true; // of what ran before the hand-over
	free(evidence.splats[1].class_name);  // the board's own, ahead of the payload
	evidence.splats[1].class_name = memory_strdup("firmware");
	free(evidence.splats[2].class_name); // the same behind the payload's first line
	evidence.splats[2].class_name = memory_strdup("firmware");
	evidence.splats[2].of_payload = true;
	free(evidence.splats[3].class_name); // or where the job wants it
	evidence.splats[3].class_name = memory_strdup("firmware");
	evidence.splats[3].wanted = true;
	size_t size;
	json_t *o = make(dir, &size);
	assert_int_equal(json_array_size(json_object_get(o, "findings")), 3);
	assert_int_equal(json_integer_value(json_object_get(o, "splats")), 3);
	assert_int_equal(json_array_size(json_object_get(o, "foreign")), 2);
	json_decref(o);
	evidence_deinit(&evidence);
	folder_remove(dir);
}

static void tests_with_endless_comments_are_counted_when_there_is_no_room(void **state)
{
	(void)state;
	CLEANUP_FREE char *dir = folder_new();
	evidence_init(&evidence, &plain_job, NULL);
	char comment[4096];
	memset(comment, 2, sizeof(comment));
	for (size_t i = 0; i < 20000; i++) {
		const struct detect_event event = {
		    .kind = DETECT_TEST,
		    .test = {.path = {"a.b", 3}, .diagnostic = {comment, sizeof(comment)}},
		};
		evidence_take(&event, &evidence);
	}
	assert_int_equal(evidence.tests_count + evidence.dropped, 20000);
	assert_true(evidence.tests_count > 500);
	size_t size;
	json_decref(make(dir, &size));
	assert_true(size < MODEL_RUN_LIMIT);
	evidence_deinit(&evidence);
	folder_remove(dir);
}

static void take_line(const char *text)
{
	const struct detect_event event = {.kind = DETECT_LINE,
					   .line = {.text = {text, strlen(text)}, .kernel_us = -1}};
	evidence_take(&event, &evidence);
}

static void repetitions_are_kept_one_by_one_as_they_came(void **state)
{
	(void)state;
	static const char yaml[] = "metrics: [{name: fork, unit: us, from: {line: fork}}]\n";
	CLEANUP_FREE char *dir = folder_new();
	CLEANUP_CONFIG_MAP struct config_map top = {0};
	struct config_file *file = NULL;
	struct job_config job = {.done = {.from_handover = true}};
	assert_null(config_file_parse("j.yaml", yaml, strlen(yaml), &file));
	assert_null(config_map_init(&top, config_file_root(file)));
	assert_null(metrics_config_parse(config_map_find(&top, "metrics"), &job.metrics));
	evidence_init(&evidence, &job, NULL);
	take_line("fork=3 us");
	take_line("fork=1 us");
	take_line("fork=2 us");
	const struct detect_event end = {.kind = DETECT_BOOT, .boot = {.what = DETECT_BOOT_FINAL}};
	evidence_take(&end, &evidence);
	write_console(dir, 'x', 1);
	size_t size;
	json_t *o = make(dir, &size);
	const json_t *metric = json_array_get(json_object_get(o, "metrics"), 0);
	const json_t *samples = json_object_get(metric, "samples");
	static const double wanted[] = {3e-6, 1e-6, 2e-6};
	assert_int_equal(json_array_size(samples), 3);
	for (size_t i = 0; i < 3; i++)
		assert_float_equal(json_real_value(json_array_get(samples, i)), wanted[i], 1e-15);
	assert_float_equal(json_real_value(json_object_get(metric, "value")), 2e-6, 1e-15);
	json_decref(o);
	evidence_deinit(&evidence);
	metrics_config_deinit(&job.metrics);
	config_file_free(file);
	folder_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_run_full_of_reports_fits_into_what_readers_take),
	    cmocka_unit_test(a_few_reports_keep_their_whole_text),
	    cmocka_unit_test(what_others_than_the_payload_said_is_no_finding),
	    cmocka_unit_test(tests_with_endless_comments_are_counted_when_there_is_no_room),
	    cmocka_unit_test(repetitions_are_kept_one_by_one_as_they_came),
	};
	return cmocka_run_group_tests_name("run/run_json", tests, NULL, NULL);
}
