// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "record/model.h"
#include "run/run_json.h"
#include "run/run_json_fit.h"
#include "unit/folder.h"

static struct evidence evidence;

static void write_console(const char *dir, char byte, size_t len)
{
	CLEANUP_FREE char *path = path_join(dir, "console.raw");
	CLEANUP_FREE char *bytes = memory_new(1, len);
	memset(bytes, byte, len);
	assert_null(file_write_atomic(path, bytes, len));
}

static struct arena arena;

// The run as it is read back; `*size`: of its text. In the arena.
static const struct run *make(const char *dir, size_t *size)
{
	char sha256[] = "", name[] = "n";
	struct job_config job = {.name = name,
				 .run = {.id = name, .batch = name, .pool = name, .attempt = 1}};
	job.run.sha256 = job.run.payload_name = sha256;
	struct variant_config variant = {.name = name, .arguments = name};
	struct board_config board = {.name = name, .type = name, .cpu = {.name = name}};
	const struct judge_input input = {
	    .job = &job, .variant = &variant, .board = &board, .pool = name};
	struct judgement judgement = {0};
	const struct run_record record = {
	    .input = &input, .evidence = &evidence, .judgement = &judgement};
	CLEANUP_FREE char *console = path_join(dir, "console.raw");
	char *text = model_print_run(run_json_make(console, &record, &arena));
	assert_non_null(text);
	const struct run *run;
	struct error *e = model_parse_run("run.json", text, strlen(text), &arena, &run);
	if (e)
		fail_msg("%s", error_text(e));
	*size = strlen(text);
	free(text);
	return run;
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
	const struct run *r = make(dir, &size);
	assert_true(size < MODEL_RUN_LIMIT);
	// What was left out is told: reports beyond the cap, and bytes of the others' texts.
	assert_int_equal(r->findings_count + (size_t)r->dropped, 1100);
	assert_true(r->excerpts_cut > 0);
	for (size_t i = 0; i < r->findings_count; i++)
		assert_true(strlen(r->findings[i].excerpt) > 1000);
	arena_deinit(&arena);
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
	const struct run *r = make(dir, &size);
	assert_int_equal(r->excerpts_cut, 0);
	assert_int_equal(r->dropped, 0);
	assert_int_equal(strlen(r->findings[19].excerpt), 16384);
	arena_deinit(&arena);
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
	const struct run *r = make(dir, &size);
	assert_int_equal(r->findings_count, 3);
	assert_int_equal(r->splats, 3);
	assert_int_equal(r->foreign_count, 2);
	arena_deinit(&arena);
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
	make(dir, &size);
	arena_deinit(&arena);
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
	const struct run *r = make(dir, &size);
	static const double wanted[] = {3e-6, 1e-6, 2e-6};
	assert_int_equal(r->metrics[0].samples_count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_float_equal(r->metrics[0].samples[i], wanted[i], 1e-15);
	assert_float_equal(r->metrics[0].value, 2e-6, 1e-15);
	arena_deinit(&arena);
	evidence_deinit(&evidence);
	metrics_config_deinit(&job.metrics);
	config_file_free(file);
	folder_remove(dir);
}

static struct run whole_run(struct finding *findings, size_t count)
{
	static const struct board_record board = {.name = "n", .type = "t"};
	static const struct payload payload = {.kind = "kernel", .name = "p"};
	return (struct run){.format = RUN_FORMAT,
			    .id = "r",
			    .batch = "b",
			    .job = "j",
			    .variant = "v",
			    .attempt = 1,
			    .board = &board,
			    .payload = &payload,
			    .start_time = "2026-06-04T01:00:00Z",
			    .verdict = STATUS_FAIL,
			    .reason = "because",
			    .findings = findings,
			    .findings_count = count,
			    .rules_version = MODEL_UNKNOWN};
}

static void what_decided_the_verdict_is_dropped_last(void **state)
{
	(void)state;
	static struct finding findings[2000];
	for (size_t i = 0; i < 2000; i++)
		findings[i] = (struct finding){.line = (int64_t)i,
					       .class = "warn",
					       .title = "t",
					       .sig2 = "0123456789abcdef",
					       .severity = i == 1500 ? 5 : 1,
					       .wanted = i % 2,
					       .folded_into = i % 4 ? MODEL_UNKNOWN : 3,
					       .excerpt = "0123456789"};
	findings[1500].folded_into = MODEL_UNKNOWN;
	const struct run whole = whole_run(findings, 2000);
	char *text = run_json_fit(&whole, 100000, &arena);
	const struct run *r;
	assert_true(strlen(text) <= 100000);
	struct error *e = model_parse_run("run.json", text, strlen(text), &arena, &r);
	if (e)
		fail_msg("%s", error_text(e));
	assert_true(r->excerpts_cut > 0 && r->dropped > 0);
	assert_int_equal(r->findings_count + (size_t)r->dropped, 2000);
	assert_string_equal(r->reason, "because");
	bool kept = false;
	for (size_t i = 0; i < r->findings_count; i++) {
		kept |= r->findings[i].line == 1500;
		assert_false(r->findings[i].wanted);
		assert_true(i == 0 || r->findings[i].line > r->findings[i - 1].line);
	}
	assert_true(kept);
	free(text);
	arena_deinit(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_run_full_of_reports_fits_into_what_readers_take),
	    cmocka_unit_test(a_few_reports_keep_their_whole_text),
	    cmocka_unit_test(what_others_than_the_payload_said_is_no_finding),
	    cmocka_unit_test(tests_with_endless_comments_are_counted_when_there_is_no_room),
	    cmocka_unit_test(what_decided_the_verdict_is_dropped_last),
	    cmocka_unit_test(repetitions_are_kept_one_by_one_as_they_came),
	};
	return cmocka_run_group_tests_name("run/run_json", tests, NULL, NULL);
}
