// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <jansson.h>

#include "text/utf8.h"
#include "results/console.h"
#include "results/kcidb/kcidb_check.h"
#include "results/kcidb/kcidb_write.h"
#include "unit/results_fixture.h"

static int setup(void **state)
{
	*state = fixture_dir();
	return 0;
}

static int teardown(void **state)
{
	fixture_remove(*state);
	return 0;
}

// The document of the fixture's batch, which has to be valid.
static json_t *document(const char *dir)
{
	struct batch_results b;
	fixture_check(batch_results_load(dir, FIXTURE_BATCH, &b));
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	fixture_check(kcidb_write(dir, &b, f, "document"));
	fclose(f);
	CLEANUP_KCIDB_PROBLEMS struct kcidb_problems p = {0};
	kcidb_check_text("document", text, len, &p);
	if (p.count)
		fail_msg("%s", p.texts[0]);
	json_t *doc = json_loadb(text, len, 0, NULL);
	assert_non_null(doc);
	free(text);
	batch_results_deinit(&b);
	return doc;
}

static json_t *item(json_t *doc, const char *list, size_t i)
{
	return json_array_get(json_object_get(doc, list), i);
}

// The object of a list whose member has that text.
static json_t *find(json_t *doc, const char *list, const char *member, const char *text)
{
	size_t i;
	json_t *o;
	json_array_foreach(json_object_get(doc, list), i, o)
	{
		const char *s = json_string_value(json_object_get(o, member));
		if (s && strcmp(s, text) == 0)
			return o;
	}
	return NULL;
}

static const char *text(json_t *o, const char *member)
{
	const char *s = json_string_value(json_object_get(o, member));
	return s ? s : "";
}

static void a_run_is_a_boot_test_with_its_verdict(void **state)
{
	const struct fixture_run run = {.id = "r1",
					.verdict = "MISS",
					.reason = "relay did not answer",
					.console = "U-Boot\nno more\n",
					.extra =
					    ",\"error\":{\"code\":\"power\",\"message\":\"m\"}"};
	fixture_write(*state, &run, 1);
	json_t *doc = document(*state);
	json_t *boot = find(doc, "tests", "id", "mmfarm:t-r1.boot");
	assert_string_equal(text(boot, "status"), "MISS");
	assert_string_equal(text(boot, "comment"), "relay did not answer");
	assert_string_equal(text(boot, "path"), "boot");
	assert_string_equal(text(boot, "log_excerpt"), "U-Boot\nno more\n");
	json_t *misc = json_object_get(boot, "misc");
	assert_string_equal(text(misc, "error_code"), "power");
	json_t *environment = json_object_get(boot, "environment");
	json_t *where = json_object_get(environment, "misc");
	assert_string_equal(text(where, "platform"), "qemu-virt-cortex-x4");
	assert_string_equal(text(where, "board"), "vx4-01");
	assert_string_equal(text(json_object_get(where, "cpu"), "part"), "0xd82");
	json_decref(doc);
}

static void a_metric_is_a_test_with_a_number(void **state)
{
	const struct fixture_run run = {.id = "r1", .metrics = 1};
	fixture_write(*state, &run, 1);
	json_t *doc = document(*state);
	json_t *metric = find(doc, "tests", "path", "mmfarm.t.0");
	assert_string_equal(text(metric, "status"), "DONE");
	json_t *number = json_object_get(metric, "number");
	assert_true(json_real_value(json_object_get(number, "value")) == 1.6e-7);
	assert_string_equal(text(number, "unit"), "s");
	assert_string_equal(text(number, "prefix"), "metric");
	json_decref(doc);
}

static void every_signature_is_one_issue_and_every_run_an_incident(void **state)
{
	fixture_write(*state, fixture_seed, FIXTURE_SEED_COUNT);
	json_t *doc = document(*state);
	assert_int_equal(json_array_size(json_object_get(doc, "issues")), 2);
	assert_int_equal(json_array_size(json_object_get(doc, "incidents")), 4);
	json_t *issue = find(doc, "issues", "id", "mmfarm:warn-2000000000000000");
	assert_string_equal(text(issue, "comment"), "WARNING at firmware/mm/split.c split_guard");
	json_t *incident = find(doc, "incidents", "test_id", "mmfarm:t-r-vv3-premap.boot");
	assert_string_equal(text(incident, "comment"), "console.raw lines 118-141");
	json_t *misc = json_object_get(incident, "misc");
	assert_int_equal(json_integer_value(json_object_get(misc, "byte_first")), 8123);
	assert_true(json_is_true(json_object_get(misc, "wanted")));
	json_decref(doc);
}

static void variants_are_builds_of_one_checkout(void **state)
{
	fixture_write(*state, fixture_seed, FIXTURE_SEED_COUNT);
	json_t *doc = document(*state);
	json_t *premap = find(doc, "builds", "config_name", "premap");
	json_t *textro = find(doc, "builds", "config_name", "textro");
	assert_string_not_equal(text(premap, "id"), text(textro, "id"));
	assert_string_equal(text(premap, "checkout_id"), text(item(doc, "checkouts", 0), "id"));
	json_t *boot = find(doc, "tests", "id", "mmfarm:t-r-vx4-textro.boot");
	assert_string_equal(text(boot, "build_id"), text(textro, "id"));
	json_decref(doc);
}

static void a_repository_that_is_not_https_is_told_in_misc(void **state)
{
	const struct fixture_run run = {.id = "r1"};
	fixture_write(*state, &run, 1);
	CLEANUP_FREE char *path =
	    memory_printf("%s/batches/%s/batch.json", (char *)*state, FIXTURE_BATCH);
	json_t *batch = json_load_file(path, 0, NULL);
	json_object_set_new(json_object_get(batch, "checkout"), "git_repository_url",
			    json_string("git://git.example.org/linux.git"));
	assert_int_equal(json_dump_file(batch, path, 0), 0);
	json_decref(batch);
	json_t *doc = document(*state);
	json_t *checkout = item(doc, "checkouts", 0);
	assert_null(json_object_get(checkout, "git_repository_url"));
	assert_string_equal(text(json_object_get(checkout, "misc"), "git_repository_url"),
			    "git://git.example.org/linux.git");
	json_decref(doc);
}

static void the_short_excerpt_of_an_issue_ends_with_a_line(void **state)
{
	char excerpt[4096];
	for (size_t i = 0; i < sizeof(excerpt) - 1; i++)
		excerpt[i] = i % 60 == 59 ? '\n' : 'a';
	excerpt[sizeof(excerpt) - 1] = '\0';
	const struct fixture_run run = {.id = "r1", .splats = 1, .excerpt = excerpt};
	fixture_write(*state, &run, 1);
	json_t *doc = document(*state);
	json_t *logspec =
	    json_object_get(json_object_get(item(doc, "issues", 0), "misc"), "logspec");
	const char *shown = text(json_object_get(logspec, "error"), "log_excerpt");
	assert_int_equal(strlen(shown), 1020); // 17 lines of 60
	json_decref(doc);
}

// The member "misc" of the environment of a run's boot test, in `*doc` that the caller frees.
static json_t *boot_environment(const char *dir, const char *cpus, json_t **doc)
{
	CLEANUP_FREE char *path = memory_printf("%s/runs/r1/run.json", dir);
	json_t *run = json_load_file(path, 0, NULL);
	json_object_set_new(run, "cpus", json_loads(cpus, 0, NULL));
	assert_int_equal(json_dump_file(run, path, 0), 0);
	json_decref(run);
	*doc = document(dir);
	json_t *boot = find(*doc, "tests", "path", "boot");
	return json_object_get(json_object_get(boot, "environment"), "misc");
}

static void every_kind_of_cpu_is_told_and_none_made_up(void **state)
{
	const struct fixture_run run = {.id = "r1"};
	fixture_write(*state, &run, 1);
	json_t *doc;
	json_t *misc = boot_environment(*state,
					"[{\"n\":0,\"midr\":\"0x410fd034\"},"
					"{\"n\":1,\"midr\":\"0x410fd034\"},"
					"{\"n\":2,\"midr\":\"0x410fd082\"}]",
					&doc);
	CLEANUP_FREE char *midrs = json_dumps(json_object_get(misc, "midrs"), JSON_COMPACT);
	assert_string_equal(midrs, "[\"0x410fd034\",\"0x410fd082\"]");
	assert_int_equal(json_integer_value(json_object_get(misc, "cpus")), 3);
	json_decref(doc);
	misc = boot_environment(*state, "[]", &doc);
	assert_null(json_object_get(misc, "cpus"));
	assert_null(json_object_get(misc, "midrs"));
	json_decref(doc);
}

static void an_expected_failure_stays_a_failure_and_says_so(void **state)
{
	const struct fixture_run run = {.id = "r1"};
	fixture_write_batch(*state, &run, 1, NULL);
	// The fixture's tests all pass: give it one of its own.
	CLEANUP_JSON_WRITER struct json_writer w;
	json_writer_init(&w, NULL);
	fixture_put_run(&w, &run);
	char *at = strstr(w.text.data, "\"tests\":[");
	CLEANUP_FREE char *changed =
	    memory_printf("%.*s\"tests\":[{\"path\":\"mmfarm.S4.I1\",\"status\":\"FAIL\","
			  "\"expected\":\"FAIL\"}%s",
			  (int)(at - w.text.data), w.text.data, at + strlen("\"tests\":["));
	fixture_file(*state, "runs/r1/run.json", changed, strlen(changed));
	json_t *doc = document(*state);
	json_t *test = find(doc, "tests", "path", "mmfarm.S4.I1");
	assert_string_equal(text(test, "status"), "FAIL");
	assert_string_equal(text(json_object_get(test, "misc"), "expected"), "FAIL");
	json_decref(doc);
}

static void excerpts_are_cut_between_characters(void **state)
{
	// 16385 characters of two bytes each.
	CLEANUP_BUFFER struct buffer excerpt = {0};
	for (int i = 0; i < 16385; i++)
		buffer_append_str(&excerpt, "\xc3\xa9");
	const struct fixture_run run = {
	    .id = "r1", .splats = 1, .excerpt = excerpt.data, .excerpt_len = excerpt.len};
	fixture_write(*state, &run, 1);
	json_t *doc = document(*state);
	const char *cut = text(find(doc, "tests", "path", "boot"), "log_excerpt");
	assert_int_equal(strlen(cut), 2 * KCIDB_EXCERPT_MAX);
	assert_true(utf8_valid(cut, strlen(cut)));
	json_decref(doc);
}

static void any_console_bytes_leave_the_document_valid(void **state)
{
	// Every byte there is, NUL and ESC too, then a line of a megabyte.
	CLEANUP_BUFFER struct buffer bytes = {0};
	for (int i = 0; i < 256; i++)
		buffer_append(&bytes, (char[]){(char)i}, 1);
	for (int i = 0; i < 1 << 20; i++)
		buffer_append(&bytes, "\xe2\x82", 2);
	const struct fixture_run run = {
	    .id = "r1", .splats = 1, .excerpt = bytes.data, .excerpt_len = bytes.len};
	fixture_write(*state, &run, 1);
	json_decref(document(*state));
}

static void a_raw_console_tail_is_cleaned_too(void **state)
{
	const struct fixture_run run = {.id = "r1", .verdict = "FAIL"};
	fixture_write(*state, &run, 1);
	char console[70000];
	for (size_t i = 0; i < sizeof(console); i++)
		console[i] = (char)(i % 251);
	fixture_file(*state, "runs/r1/console.raw", console, sizeof(console));
	json_t *doc = document(*state);
	assert_true(strlen(text(find(doc, "tests", "path", "boot"), "log_excerpt")) > 0);
	json_decref(doc);
}

static void two_results_of_one_path_have_two_ids(void **state)
{
	const struct fixture_run run = {.id = "r1"};
	fixture_write_batch(*state, &run, 1, NULL);
	CLEANUP_JSON_WRITER struct json_writer w;
	json_writer_init(&w, NULL);
	fixture_put_run(&w, &run);
	char *at = strstr(w.text.data, "\"tests\":[");
	CLEANUP_FREE char *changed = memory_printf(
	    "%.*s\"tests\":[{\"path\":\"a/b\",\"status\":\"PASS\"},{\"path\":\"a b\",\"status\":"
	    "\"FAIL\"},{\"path\":\"boot\",\"status\":\"PASS\"}%s",
	    (int)(at - w.text.data), w.text.data, at + strlen("\"tests\":["));
	fixture_file(*state, "runs/r1/run.json", changed, strlen(changed));
	json_t *doc = document(*state);
	assert_string_equal(text(find(doc, "tests", "id", "mmfarm:t-r1.a_b"), "status"), "PASS");
	assert_string_equal(text(find(doc, "tests", "id", "mmfarm:t-r1.a_b#2"), "status"), "FAIL");
	assert_non_null(find(doc, "tests", "id", "mmfarm:t-r1.boot#2"));
	json_decref(doc);
}

// The URL a list of files gives to a name, or "".
static const char *url_of(json_t *files, const char *name)
{
	size_t i;
	json_t *file;
	json_array_foreach(files, i, file) if (strcmp(text(file, "name"), name) == 0)
	{
		return text(file, "url");
	}
	return "";
}

static void files_are_those_that_are_there_percent_encoded(void **state)
{
	const struct fixture_run run = {.id = "r1", .console = "hello\n"};
	fixture_write_run(*state, &run);
	fixture_write_batch(*state, &run, 1, ",\"files_url\":\"https://files.example/a%20b/\"");
	fixture_file(*state, "runs/r1/job.yaml", "x", 1);
	fixture_file(*state, "runs/r1/a [1].log", "x", 1);
	fixture_file(*state, "runs/r1/worker.log", "", 0);
	json_t *doc = document(*state);
	json_t *boot = find(doc, "tests", "path", "boot");
	json_t *out = json_object_get(boot, "output_files");
	assert_string_equal(text(boot, "log_url"), "https://files.example/a%20b/r1/console.raw");
	assert_string_equal(url_of(out, "console.raw"), text(boot, "log_url"));
	assert_string_equal(url_of(out, "a [1].log"),
			    "https://files.example/a%20b/r1/a%20%5B1%5D.log");
	assert_string_equal(url_of(out, "worker.log"), "");
	assert_string_equal(url_of(out, "job.yaml"), "");
	assert_string_equal(url_of(json_object_get(boot, "input_files"), "job.yaml"),
			    "https://files.example/a%20b/r1/job.yaml");
	json_decref(doc);
}

static void a_document_written_after_packing_names_the_packed_console(void **state)
{
	const struct fixture_run run = {.id = "r1", .console = "hello\n"};
	fixture_write_run(*state, &run);
	fixture_write_batch(*state, &run, 1, ",\"files_url\":\"https://files.example\"");
	CLEANUP_FREE char *dir = path_join(*state, "runs/r1");
	fixture_check(console_pack(dir));
	json_t *doc = document(*state);
	json_t *boot = find(doc, "tests", "path", "boot");
	json_t *out = json_object_get(boot, "output_files");
	assert_string_equal(text(boot, "log_url"), "https://files.example/r1/console.raw.zst");
	assert_string_equal(url_of(out, "console.raw.zst"), text(boot, "log_url"));
	assert_string_equal(url_of(out, "console.raw"), "");
	json_decref(doc);
}

static void a_run_without_console_names_none(void **state)
{
	const struct fixture_run run = {.id = "r1", .verdict = "MISS"};
	fixture_write_run(*state, &run);
	fixture_write_batch(*state, &run, 1, ",\"files_url\":\"https://files.example\"");
	json_t *doc = document(*state);
	json_t *boot = find(doc, "tests", "path", "boot");
	assert_null(json_object_get(boot, "log_url"));
	assert_string_not_equal(url_of(json_object_get(boot, "output_files"), "run.json"), "");
	json_decref(doc);
}

static void a_url_that_is_none_is_left_out(void **state)
{
	const struct fixture_run run = {.id = "r1"};
	fixture_write_run(*state, &run);
	fixture_write_batch(*state, &run, 1, ",\"files_url\":\"/srv/a b\"");
	json_t *doc = document(*state);
	assert_null(json_object_get(find(doc, "tests", "path", "boot"), "log_url"));
	json_decref(doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_run_is_a_boot_test_with_its_verdict, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_metric_is_a_test_with_a_number, setup, teardown),
	    cmocka_unit_test_setup_teardown(every_signature_is_one_issue_and_every_run_an_incident,
					    setup, teardown),
	    cmocka_unit_test_setup_teardown(variants_are_builds_of_one_checkout, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_repository_that_is_not_https_is_told_in_misc, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(the_short_excerpt_of_an_issue_ends_with_a_line, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(every_kind_of_cpu_is_told_and_none_made_up, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(an_expected_failure_stays_a_failure_and_says_so, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(excerpts_are_cut_between_characters, setup, teardown),
	    cmocka_unit_test_setup_teardown(any_console_bytes_leave_the_document_valid, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(a_raw_console_tail_is_cleaned_too, setup, teardown),
	    cmocka_unit_test_setup_teardown(two_results_of_one_path_have_two_ids, setup, teardown),
	    cmocka_unit_test_setup_teardown(files_are_those_that_are_there_percent_encoded, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(
		a_document_written_after_packing_names_the_packed_console, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_run_without_console_names_none, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_url_that_is_none_is_left_out, setup, teardown),
	};
	return cmocka_run_group_tests_name("results/kcidb_write", tests, NULL, NULL);
}
