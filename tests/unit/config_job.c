// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include "config/job.h"
#include "config/problems.h"
#include "unit/folder.h"

static const char whole[] =
    "name: n\n"
    "payload: {kernel: k.Image, initrd: i.gz}\n"
    "pools: [a, b]\n"
    "deadline: 2min\n"
    "done: {panic: \"no root \\\"fs\\\"\", power_off: true}\n"
    "detect: [{text: tea is cold, means: splat}]\n"
    "source: {tree_name: t, git_repository_url: \"https://x/y.git\"}\n"
    "variants:\n"
    "  - name: one\n"
    "    arguments: console=ttyAMA0 x=\"y z\"\n"
    "    want:\n"
    "      - pools: [a]\n"
    "        splats: [{class: warn, function: f, count: 2}, {title: 'some \"thing\"'}]\n"
    "        failing_tests: [t1]\n"
    "      - splats: []\n"
    "  - name: two\n";

#define SOURCE "name: n\npayload: {firmware: a}\npools: [p]\nvariants: [{name: v}]\nsource: {"

struct fixture {
	char *dir;
	char *path;
};

static int set_up(void **state)
{
	static struct fixture f;
	f.dir = folder_new();
	assert_true(asprintf(&f.path, "%s/j.yaml", f.dir) > 0);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	folder_remove(f->dir);
	free(f->dir);
	free(f->path);
	return 0;
}

static void every_key_is_read(void **state)
{
	struct fixture *f = *state;
	folder_write(f->dir, "j.yaml", whole);
	CLEANUP_JOB struct job_config *job = NULL;
	assert_null(job_load(f->path, &job));
	assert_int_equal(job->payload.kind, PAYLOAD_KERNEL);
	assert_float_equal(job->deadline_s, 120, 1e-9);
	assert_true(job->done.power_off);
	assert_string_equal(job->done.panic, "no root \"fs\"");
	assert_int_equal(job->variants_count, 2);
	const struct want *w = &job->variants[0].wants[0];
	assert_string_equal(w->pools[0], "a");
	assert_int_equal(w->splats[0].count, 2);
	assert_int_equal(w->splats[1].count, 1);
	assert_string_equal(w->splats[1].title, "some \"thing\"");
	assert_string_equal(w->failing_tests[0], "t1");
	assert_null(job->variants[0].wants[1].pools);
	assert_string_equal(job->variants[1].arguments, "");
}

static void mistakes_are_named_with_their_place(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *text;
		const char *message;
	} cases[] = {
	    {"name: n\n", "key \"payload\" is missing"},
	    {"name: n\npayload: {firmware: a, kernel: b}\n",
	     "j.yaml:2:10: expected one of \"firmware\" and \"kernel\""},
	    {"name: n\npayload: {firmware: a, initrd: b}\n", "an initrd goes with a kernel"},
	    {"name: n\npayload: {firmware: a}\npools: [p]\nvariants: []\n", "an empty list"},
	    {"name: n\npayload: {firmware: a}\npools: [p]\nvariants: [{name: v}, {name: v}]\n",
	     "variant \"v\" a second time"},
	    {"name: n\npayload: {firmware: a}\npools: [p]\ndeadline: never\n"
	     "variants: [{name: v}]\n",
	     "j.yaml:4:11: \"never\", expected a time"},
	    {"name: n\npayload: {firmware: a}\npools: [p]\n"
	     "variants: [{name: v, want: [{splats: [{count: 2}]}]}]\n",
	     "expected at least one of class, function and title"},
	    {"name: n\npayload: {firmware: a}\npools: [p]\n"
	     "variants: [{name: v, want: [{splats: [{class: warn, count: 0}]}]}]\n",
	     "expected a whole number from 1"},
	    {"name: n\npayload: {firmware: a}\npools: [p]\n"
	     "variants: [{name: v, want: [{splats: [{class: warning}]}]}]\n",
	     "j.yaml:4:47: class \"warning\", expected one of: alloc, "},
	    {"name: n\npayload: {firmware: a}\npools: [p]\n"
	     "variants: [{name: v, want: [{pools: [p, q]}]}]\n",
	     "j.yaml:4:37: something is wanted on pool \"q\", expected one of the job's own"},
	    {SOURCE "git_commit_hash: 5d14e2e4b8f0}\n",
	     "j.yaml:5:27: git_commit_hash \"5d14e2e4b8f0\", expected 40 digits of 0-9 a-f"},
	    {SOURCE "patchset_hash: 1}\n", "patchset_hash \"1\", expected \"\" or 64 digits"},
	    {SOURCE "git_repository_url: 'https://secret@h/x.git'}\n",
	     "expected a URL without a user or password, which would be published"},
	    {SOURCE "message_id: m}\n", "message_id \"m\", expected a mail's Message-ID"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		folder_write(f->dir, "j.yaml", cases[i].text);
		CLEANUP_JOB struct job_config *job = NULL;
		CLEANUP_ERROR struct error *e = job_load(f->path, &job);
		assert_non_null(e);
		if (!strstr(error_text(e), cases[i].message))
			fail_msg("\"%s\" does not contain \"%s\"", error_text(e), cases[i].message);
	}
}

static void all_mistakes_are_told(void **state)
{
	struct fixture *f = *state;
	folder_write(f->dir, "j.yaml", "name: x y\nsilence: soon\nfoo: 1\nbar: 2\npools: []\n");
	CLEANUP_PROBLEMS struct config_problems problems = {0};
	CLEANUP_JOB struct job_config *job = NULL;
	job_load_all(f->path, &problems, &job);
	assert_null(job);
	static const char *const told[] = {":3:1: unknown key \"foo\"",
					   ":4:1: unknown key \"bar\"",
					   ":2:10: \"soon\"",
					   ":1:7: name \"x y\"",
					   ":1:1: key \"payload\" is missing",
					   ":5:8: an empty list",
					   ":1:1: key \"variants\" is missing"};
	assert_int_equal(problems.mistakes, sizeof(told) / sizeof(told[0]));
	for (size_t i = 0; i < problems.count; i++)
		assert_non_null(strstr(error_text(problems.items[i].error), told[i]));
}

static void a_run_snapshot_reads_back_to_the_same_run(void **state)
{
	struct fixture *f = *state;
	folder_write(f->dir, "j.yaml", whole);
	CLEANUP_JOB struct job_config *job = NULL;
	assert_null(job_load(f->path, &job));
	static const char digest[] =
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	const struct run_identity run = {.id = "b-one-1",
					 .batch = "b",
					 .pool = "a",
					 .sha256 = digest,
					 .payload_name = "k.Image.xz",
					 .attempt = 1};
	CLEANUP_BUFFER struct buffer once = {0};
	job_dump_run(job, &job->variants[0], &run, &once);
	folder_write(f->dir, "j.yaml", buffer_str(&once));
	CLEANUP_JOB struct job_config *again = NULL;
	struct error *e = job_load(f->path, &again);
	if (e)
		fail_msg("%s\n%s", error_text(e), buffer_str(&once));
	CLEANUP_BUFFER struct buffer twice = {0};
	job_dump_run(again, &again->variants[0], &again->run, &twice);
	assert_string_equal(buffer_str(&once), buffer_str(&twice));
	assert_int_equal(again->variants_count, 1);
	assert_string_equal(again->run.sha256, digest);
	assert_string_equal(again->variants[0].arguments, job->variants[0].arguments);
}

static void a_run_snapshot_keeps_wants_on_pools_that_it_was_not_in(void **state)
{
	struct fixture *f = *state;
	folder_write(f->dir, "j.yaml", whole);
	CLEANUP_JOB struct job_config *job = NULL;
	assert_null(job_load(f->path, &job));
	const struct run_identity run = {.id = "b-one-1",
					 .batch = "b",
					 .pool = "b",
					 .sha256 = "",
					 .payload_name = "k.Image",
					 .attempt = 1};
	CLEANUP_BUFFER struct buffer text = {0};
	job_dump_run(job, &job->variants[0], &run, &text);
	folder_write(f->dir, "j.yaml", buffer_str(&text));
	CLEANUP_JOB struct job_config *again = NULL;
	assert_null(job_load(f->path, &again));
	assert_string_equal(again->variants[0].wants[0].pools[0], "a");
}

static void a_command_line_that_a_kernel_would_cut_is_refused(void **state)
{
	struct fixture *f = *state;
	for (int len = 2047; len <= 2048; len++) {
		CLEANUP_BUFFER struct buffer text = {0};
		buffer_printf(&text,
			      "name: n\npayload: {kernel: a}\npools: [p]\n"
			      "variants: [{name: v, arguments: \"%0*d\"}]\n",
			      len, 0);
		folder_write(f->dir, "j.yaml", buffer_str(&text));
		CLEANUP_JOB struct job_config *job = NULL;
		CLEANUP_ERROR struct error *e = job_load(f->path, &job);
		assert_true(!e == (len == 2047));
		if (e)
			assert_non_null(strstr(
			    error_text(e), "j.yaml:4:12: variant \"v\": 2048 bytes of arguments"));
	}
}

static void whose_words_end_a_run_is_said_and_kept(void **state)
{
	struct fixture *f = *state;
	static const char head[] =
	    "name: n\npayload: {kernel: a}\npools: [p]\nvariants: [{name: v}]\n";
	static const struct {
		const char *done;
		bool from_handover;
	} good[] = {{"done: {text: x}\n", false},
		    {"done: {text: x, from: payload}\n", false},
		    {"done: {text: x, from: handover}\n", true}};
	for (size_t i = 0; i < 3; i++) {
		CLEANUP_BUFFER struct buffer text = {0};
		CLEANUP_JOB struct job_config *job = NULL, *again = NULL;
		buffer_printf(&text, "%s%s", head, good[i].done);
		folder_write(f->dir, "j.yaml", text.data);
		assert_null(job_load(f->path, &job));
		assert_int_equal(job->done.from_handover, good[i].from_handover);
		const struct run_identity run = {.id = "i",
						 .batch = "b",
						 .pool = "p",
						 .sha256 = "",
						 .payload_name = "a",
						 .attempt = 1};
		buffer_truncate(&text, 0);
		job_dump_run(job, &job->variants[0], &run, &text);
		folder_write(f->dir, "j.yaml", text.data);
		assert_null(job_load(f->path, &again));
		assert_int_equal(again->done.from_handover, good[i].from_handover);
	}
	CLEANUP_BUFFER struct buffer bad = {0};
	CLEANUP_JOB struct job_config *job = NULL;
	buffer_printf(&bad, "%sdone: {text: x, from: anybody}\n", head);
	folder_write(f->dir, "j.yaml", bad.data);
	CLEANUP_ERROR struct error *e = job_load(f->path, &job);
	assert_non_null(
	    strstr(error_text(e), "5:23: from: \"anybody\", expected one of: payload, handover"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(whose_words_end_a_run_is_said_and_kept, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(every_key_is_read, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(mistakes_are_named_with_their_place, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(all_mistakes_are_told, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_run_snapshot_reads_back_to_the_same_run, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(a_run_snapshot_keeps_wants_on_pools_that_it_was_not_in,
					    set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_command_line_that_a_kernel_would_cut_is_refused,
					    set_up, tear_down),
	};
	return cmocka_run_group_tests_name("config/job", tests, NULL, NULL);
}
