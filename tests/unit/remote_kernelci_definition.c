// SPDX-License-Identifier: GPL-2.0-or-later
// Definitions as KernelCI renders them (tests/data/kernelci) are understood; what is not is refused with
// its reason. Results of runs become what KernelCI wants to hear.
#include "unit/unit.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "remote/kernelci_body.h"
#include "remote/kernelci_outcome.h"

struct scene {
	struct arena arena;
	struct buffer text, why;
	struct kernelci_definition d;
	bool ok;
};

static void scene_deinit(struct scene *s)
{
	arena_deinit(&s->arena);
	buffer_deinit(&s->text);
	buffer_deinit(&s->why);
}
#define CLEANUP_SCENE CLEANUP(scene_deinit) struct scene

static struct scene parse(const char *text)
{
	struct scene s = {0};
	s.ok = kernelci_definition_parse(text, strlen(text), &s.arena, &s.d, &s.why);
	return s;
}

static struct scene load(const char *name)
{
	struct scene s = {0};
	CLEANUP_FREE char *path = memory_printf("tests/data/kernelci/%s.json", name);
	assert_null(file_read(path, 1 << 20, ERROR_SYSTEM, &s.text));
	s.ok = kernelci_definition_parse(buffer_str(&s.text), s.text.len, &s.arena, &s.d, &s.why);
	if (!s.ok)
		fail_msg("%s: %s", name, buffer_str(&s.why));
	return s;
}

static void same(const char *found, const char *wanted)
{
	if (!found || strcmp(found, wanted) != 0)
		fail_msg("\"%s\", expected \"%s\"", found ? found : "(nothing)", wanted);
}

// ---- definitions --------------------------------------------------------------------------------

static void a_boot_as_rendered(void **state)
{
	(void)state;
	CLEANUP_SCENE s = load("boot-rpi4");
	same(s.d.platform, "bcm2711-rpi-4-b");
	same(s.d.tests[0].id, "boot-test-674d8f3b");
	assert_int_equal(s.d.tests[0].kind, KERNELCI_BOOT);
	assert_null(s.d.tests[0].skip);
	assert_true(s.d.tests[0].timeout_s == 600);
	assert_int_equal(s.d.console_baud, 115200);
	// By its key, by its file's name; of another file: not needed.
	same(s.d.artifacts[KERNELCI_KERNEL].sha256,
	     "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
	same(s.d.artifacts[KERNELCI_DTB].sha256,
	     "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752");
	assert_null(s.d.artifacts[KERNELCI_MODULES].sha256);
	assert_non_null(s.d.artifacts[KERNELCI_MODULES].url);
	same(s.d.callback_url, "https://staging.kernelci.org:9100/node/674d8f3b2f1c9a0012ab34cd");
	same(s.d.callback_token, "kernelci-pipeline-callback");
}

static void ltp_and_kselftest_as_rendered(void **state)
{
	(void)state;
	CLEANUP_SCENE ltp = load("ltp-mm-vim3");
	assert_int_equal(ltp.d.tests[0].kind, KERNELCI_LTP);
	same(ltp.d.tests[0].suite, "mm");
	assert_null(ltp.d.tests[0].skip);
	assert_null(ltp.d.artifacts[KERNELCI_KERNEL].sha256); // only a _comment
	CLEANUP_SCENE smoke = load("ltp-smoke-imx8mp");
	same(smoke.d.tests[0].suite, "smoketest");
	same(smoke.d.tests[0].skip,
	     "this lab does not know the parameter \"skipfile=skipfile-lkft.yaml\" of ltp");
	CLEANUP_SCENE mm = load("kselftest-mm-kevin");
	assert_int_equal(mm.d.tests[0].kind, KERNELCI_KSELFTEST_SUITE);
	same(mm.d.tests[0].suite, "mm");
	assert_non_null(mm.d.artifacts[KERNELCI_KSELFTEST].url);
	assert_non_null(mm.d.artifacts[KERNELCI_ROOTFS].url);
	static const char *const some[] = {"memory=4G", NULL};
	static const char *const all[] = {"secretmem", "memory=4G", NULL};
	same(kernelci_definition_unmet(&mm.d, some), "secretmem");
	same(kernelci_definition_unmet(&mm.d, NULL), "memory=4G");
	assert_null(kernelci_definition_unmet(&mm.d, all));
	CLEANUP_SCENE arm64 = load("kselftest-arm64-qemu");
	same(arm64.d.arguments, "secretmem.enable=1 kpti=off");
	assert_int_equal(arm64.d.tests[0].subset_count, 2);
	same(arm64.d.tests[0].before[0], "sysctl -w vm.nr_hugepages=64");
}

static void what_this_lab_does_not_run_is_skipped_with_what_depends_on_it(void **state)
{
	(void)state;
	CLEANUP_SCENE s = load("unixbench-asurada");
	assert_null(s.d.tests[0].skip);
	same(s.d.tests[1].skip, "this lab does not know tests of the type \"unixbench\"");
	same(s.d.tests[2].skip, "it depends on \"unixbench\", which is skipped");
	assert_true(kernelci_definition_seconds(&s.d) == 600);
	CLEANUP_SCENE ltp = load("ltp-mm-vim3");
	kernelci_definition_limit(&ltp.d, &ltp.arena, 1u << KERNELCI_BOOT);
	same(ltp.d.tests[0].skip, "this lab does not run tests of the type \"ltp\"");
	assert_false(kernelci_definition_runs(&ltp.d));
}

#define KERNEL "\"artifacts\":{\"kernel\":\"http://s/Image\"}"
#define TESTS  "\"tests\":[{\"id\":\"b\",\"type\":\"boot\"}]"
#define BOARD  "\"environment\":{\"platform\":\"p\",\"arch\":\"arm64\"}"

static void what_is_not_understood_is_refused_with_its_place(void **state)
{
	(void)state;
	static const struct {
		const char *text, *why;
	} bad[] = {
	    {"", "definition: no JSON of a pull lab's job: line "},
	    {"[]", "definition: expected an object"},
	    {"{" KERNEL "," TESTS "}", "environment is missing"},
	    {"{" KERNEL "," BOARD "}", "tests is missing"},
	    {"{" TESTS "," BOARD "}", "artifacts is missing"},
	    {"{" KERNEL "," TESTS "," BOARD ",\"deploy\":1}",
	     "deploy: this lab does not know what it means"},
	    {"{\"artifacts\":{}," TESTS "," BOARD "}", "artifacts.kernel is missing"},
	    {"{\"artifacts\":{\"kernel\":\"http://s/I\",\"kernel\":\"http://s/J\"}," TESTS "," BOARD
	     "}",
	     "definition: no JSON"},
	    {"{\"artifacts\":{\"kernel\":\"file:///etc/shadow\"}," TESTS "," BOARD "}",
	     "kernel: a URL that is not one"},
	    {"{\"artifacts\":{\"kernel\":7}," TESTS "," BOARD "}", "kernel: expected a string"},
	    {"{" KERNEL ",\"tests\":[]," BOARD "}", "tests: expected a list of 1 to 256"},
	    {"{" KERNEL ",\"tests\":[{\"id\":\"../x\",\"type\":\"boot\"}]," BOARD "}",
	     "id: \"../x\" is no name"},
	    {"{" KERNEL
	     ",\"tests\":[{\"id\":\"a\",\"type\":\"boot\"},{\"id\":\"a\",\"type\":\"boot\"}]," BOARD
	     "}",
	     "tests: two are called \"a\""},
	    {"{" KERNEL ",\"tests\":[{\"id\":\"a\",\"type\":\"boot\",\"depends\":[\"z\"]}]," BOARD
	     "}",
	     "tests: \"a\" depends on \"z\", which is none"},
	    {"{" KERNEL ",\"tests\":[{\"id\":\"a\",\"type\":\"boot\",\"timeout_s\":0}]," BOARD "}",
	     "timeout_s: expected seconds"},
	    {"{" KERNEL ",\"tests\":[{\"id\":\"a\",\"type\":\"boot\",\"retries\":1}]," BOARD "}",
	     "tests.retries: this lab does not know"},
	    {"{" KERNEL "," TESTS ",\"environment\":{\"platform\":\"p\",\"arch\":\"x86_64\"}}",
	     "environment.arch: \"x86_64\", this lab boots arm64"},
	    {"{" KERNEL "," TESTS "," BOARD ",\"parameters\":{\"SHARD\":\"1\"}}",
	     "parameters.SHARD: this lab does not know"},
	    {"{" KERNEL "," TESTS "," BOARD ",\"parameters\":{\"boot-args\":\"a\\nb\"}}",
	     "boot-args: control characters"},
	    {"{" KERNEL "," TESTS "," BOARD ",\"integrity\":{\"sha256\":{\"kernel\":\"12\"}}}",
	     "integrity.sha256.kernel: no sha256"},
	    {"{" KERNEL "," TESTS "," BOARD ",\"integrity\":{\"md5\":{}}}",
	     "integrity.md5: this lab does not know"},
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CLEANUP_SCENE s = parse(bad[i].text);
		if (s.ok || strncmp(buffer_str(&s.why), bad[i].why, strlen(bad[i].why)) != 0)
			fail_msg("%s: \"%s\", expected \"%s\"", bad[i].text,
				 s.ok ? "understood" : buffer_str(&s.why), bad[i].why);
	}
	CLEANUP_SCENE least = parse("{" KERNEL "," TESTS "," BOARD "}");
	assert_true(least.ok);
}

// ---- results ------------------------------------------------------------------------------------

static const struct cpu a76 = {.name = "cortex-a76", .midr = "0x414fd0b1", .bbm = 2, .bbml2 = true};
static const struct board_record board = {.name = "rpi-1", .type = "rpi4", .cpu = &a76};

static struct run passing(void)
{
	return (struct run){.id = "b1~rpi-1~boot~1",
			    .board = &board,
			    .verdict = STATUS_PASS,
			    .outcome = "ok",
			    .reason = "all well"};
}

static json_t *outcome(const struct kernelci_definition *d, const struct run *a,
		       const struct run *b)
{
	static const char *const logs[] = {"https://lab/runs/1/console.raw",
					   "https://lab/runs/2/c"};
	const struct run *runs[] = {a, b};
	CLEANUP_FREE char *text = kernelci_outcome_runs(d, runs, b ? 2 : 1, logs, b ? 2 : 1);
	json_t *root = json_loads(text, 0, NULL);
	assert_non_null(root);
	return root;
}

static const char *member(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));
	return s ? s : "";
}

static const json_t *test_named(const json_t *o, const char *name)
{
	const json_t *tests = json_object_get(o, "tests");
	for (size_t i = 0; i < json_array_size(tests); i++)
		if (strcmp(member(json_array_get(tests, i), "name"), name) == 0)
			return json_array_get(tests, i);
	fail_msg("no test %s", name);
	return NULL;
}

static void a_boot_that_passes(void **state)
{
	(void)state;
	CLEANUP_SCENE s = load("boot-qemu");
	struct run r = passing();
	json_t *o = outcome(&s.d, &r, NULL);
	same(member(o, "result"), "pass");
	same(member(o, "device"), "rpi-1");
	same(member(o, "error_code"), "");
	same(member(test_named(o, "boot-test-674d8f3b"), "result"), "pass");
	const json_t *c = json_object_get(o, "capability");
	same(member(c, "midr"), "0x414fd0b1");
	assert_int_equal(json_integer_value(json_object_get(c, "bbm")), 2);
	assert_true(json_is_true(json_object_get(c, "bbml2_noabort")));
	json_decref(o);
}

static void a_splat_makes_a_passing_job_fail(void **state)
{
	(void)state;
	CLEANUP_SCENE s = load("boot-qemu");
	static const struct finding findings[] = {
	    {.class = "warn",
	     .sig2 = "00112233aabbccdd",
	     .title = "WARNING: mm/x.c",
	     .severity = 3,
	     .folded_into = MODEL_UNKNOWN},
	    {.class = "warn",
	     .sig2 = "00112233aabbccdd",
	     .title = "again",
	     .severity = 3,
	     .folded_into = MODEL_UNKNOWN},
	    {.class = "note",
	     .sig2 = "1",
	     .title = "harmless",
	     .severity = 1,
	     .folded_into = MODEL_UNKNOWN},
	    {.class = "oops",
	     .sig2 = "2",
	     .title = "asked for",
	     .severity = 4,
	     .wanted = true,
	     .folded_into = MODEL_UNKNOWN},
	    {.class = "oops",
	     .sig2 = "3",
	     .title = "part of another",
	     .severity = 4,
	     .folded_into = 1},
	};
	struct run r = passing();
	r.findings = findings;
	r.findings_count = 5;
	json_t *o = outcome(&s.d, &r, NULL);
	same(member(o, "result"), "fail");
	same(member(test_named(o, "boot-test-674d8f3b"), "result"), "pass");
	const json_t *splat = test_named(o, "mmfarm.splat");
	same(member(splat, "result"), "fail");
	assert_int_equal(json_array_size(json_object_get(splat, "tests")), 1);
	json_decref(o);
	r.findings = &findings[2]; // none that counts
	r.findings_count = 3;
	o = outcome(&s.d, &r, NULL);
	same(member(o, "result"), "pass");
	json_decref(o);
}

static void results_of_tests_become_a_tree(void **state)
{
	(void)state;
	CLEANUP_SCENE s = load("kselftest-mm-kevin");
	const struct test tests[] = {
	    {.path = "selftests.mm.hugepage", .status = STATUS_PASS},
	    {.path = "selftests.mm.gup.a", .status = STATUS_FAIL, .comment = "exit=1"},
	    {.path = "selftests.mm.gup.b", .status = STATUS_SKIP},
	    {.path = "mmfarm.console", .status = STATUS_PASS},
	};
	struct run r = passing();
	r.verdict = STATUS_FAIL;
	r.reason = "test selftests.mm.gup.a failed";
	r.tests = tests;
	r.tests_count = 4;
	json_t *o = outcome(&s.d, &r, NULL);
	same(member(o, "result"), "fail");
	same(member(o, "error_msg"), "test selftests.mm.gup.a failed");
	const json_t *mm = test_named(test_named(test_named(o, "kselftest-mm"), "selftests"), "mm");
	same(member(mm, "result"), "fail");
	same(member(test_named(mm, "hugepage"), "result"), "pass");
	same(member(test_named(test_named(mm, "gup"), "a"), "reason"), "exit=1");
	same(member(test_named(test_named(mm, "gup"), "b"), "result"), "skip");
	assert_int_equal(json_array_size(json_object_get(o, "tests")), 1);
	json_decref(o);
	// A test that says nothing is no pass.
	struct run silent = passing();
	o = outcome(&s.d, &silent, NULL);
	same(member(o, "result"), "incomplete");
	same(member(o, "error_code"), "Infrastructure");
	same(member(test_named(o, "kselftest-mm"), "result"), "incomplete");
	json_decref(o);
}

static void what_the_lab_did_wrong_is_no_result_of_the_kernel(void **state)
{
	(void)state;
	CLEANUP_SCENE s = load("boot-qemu");
	struct run miss = passing(), pass = passing();
	miss.verdict = STATUS_MISS;
	miss.outcome = "no_output";
	miss.reason = "the power switch does not answer";
	json_t *o = outcome(&s.d, &miss, NULL);
	same(member(o, "result"), "incomplete");
	same(member(o, "error_code"), "Infrastructure");
	same(member(o, "error_msg"), "the power switch does not answer");
	json_decref(o);
	miss.repeated = true; // a later attempt stands for it
	o = outcome(&s.d, &miss, &pass);
	same(member(o, "result"), "pass");
	assert_int_equal(json_array_size(json_object_get(o, "logs")), 2);
	json_decref(o);
}

static void the_forms_that_others_get(void **state)
{
	(void)state;
	static const char node[] = "{\"id\":\"n1\",\"_id\":\"n1\",\"kind\":\"job\",\"name\":\"j\","
				   "\"path\":[\"c\",\"j\"],\"group\":\"g\","
				   "\"state\":\"available\",\"created\":\"t\",\"owner\":\"o\","
				   "\"artifacts\":{\"job_definition\":\"http://s\"},"
				   "\"data\":{\"runtime\":\"l\",\"platform\":\"p\",\"kernel_"
				   "revision\":{\"tree\":\"t\"},\"job_id\":\"l:1\"}}";
	CLEANUP_SCENE s = load("kselftest-mm-kevin");
	const struct test tests[] = {{.path = "mm.a", .status = STATUS_PASS},
				     {.path = "mm.b", .status = STATUS_FAIL}};
	struct run r = passing(), other = passing();
	r.tests = tests;
	r.tests_count = 2;
	r.verdict = STATUS_FAIL;
	json_t *o = outcome(&s.d, &r, &other);
	CLEANUP_FREE char *text = json_dumps(o, 0);
	bool tree;
	CLEANUP_FREE char *body =
	    kernelci_body_finish(node, strlen(node), text, KERNELCI_FULL, &tree);
	assert_true(tree);
	json_t *b = json_loads(body, 0, NULL), *root = json_object_get(b, "node");
	same(member(root, "state"), "done");
	same(member(root, "created"), "t"); // the service stores the root as it comes
	same(member(json_object_get(root, "artifacts"), "job_definition"), "http://s");
	same(member(json_object_get(root, "artifacts"), "test_log"),
	     "https://lab/runs/1/console.raw");
	same(member(json_object_get(root, "artifacts"), "test_log_2"), "https://lab/runs/2/c");
	assert_null(json_object_get(root, "_id"));
	const json_t *suite = json_array_get(json_object_get(b, "child_nodes"), 0);
	same(member(json_object_get(suite, "node"), "kind"), "job");
	const json_t *mm = json_array_get(json_object_get(suite, "child_nodes"), 0);
	const json_t *leaf =
	    json_object_get(json_array_get(json_object_get(mm, "child_nodes"), 1), "node");
	same(member(leaf, "kind"), "test");
	same(member(leaf, "result"), "fail");
	assert_int_equal(json_array_size(json_object_get(leaf, "path")), 5);
	same(member(json_object_get(leaf, "data"), "platform"), "p");
	assert_null(json_object_get(json_object_get(leaf, "data"), "job_id"));
	json_decref(b);
	CLEANUP_FREE char *plain =
	    kernelci_body_finish(node, strlen(node), text, KERNELCI_RESULT, &tree);
	assert_false(tree);
	b = json_loads(plain, 0, NULL);
	assert_null(json_object_get(b, "created"));
	assert_null(json_object_get(b, "id"));
	same(member(b, "result"), "fail");
	json_decref(b);
	CLEANUP_FREE char *callback = kernelci_body_callback(text);
	b = json_loads(callback, 0, NULL);
	assert_int_equal(
	    json_integer_value(json_object_get(json_object_get(b, "summary"), "total")), 2);
	assert_int_equal(
	    json_integer_value(json_object_get(json_object_get(b, "summary"), "failed")), 1);
	same(member(json_object_get(b, "metadata"), "system"), "rpi-1");
	json_decref(b);
	json_decref(o);
	static const char document[] = "{\"version\":{\"major\":5,\"minor\":3},\"checkouts\":[{}],"
				       "\"builds\":[{}],\"tests\":[{\"id\":\"a:1\","
				       "\"build_id\":\"a:b\"}]}";
	CLEANUP_FREE char *kcidb = kernelci_body_kcidb(document, strlen(document), "maestro:k1");
	b = json_loads(kcidb, 0, NULL);
	assert_null(json_object_get(b, "builds"));
	assert_null(json_object_get(b, "checkouts"));
	same(member(json_array_get(json_object_get(b, "tests"), 0), "build_id"), "maestro:k1");
	json_decref(b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_boot_as_rendered),
	    cmocka_unit_test(ltp_and_kselftest_as_rendered),
	    cmocka_unit_test(what_this_lab_does_not_run_is_skipped_with_what_depends_on_it),
	    cmocka_unit_test(what_is_not_understood_is_refused_with_its_place),
	    cmocka_unit_test(a_boot_that_passes),
	    cmocka_unit_test(a_splat_makes_a_passing_job_fail),
	    cmocka_unit_test(results_of_tests_become_a_tree),
	    cmocka_unit_test(what_the_lab_did_wrong_is_no_result_of_the_kernel),
	    cmocka_unit_test(the_forms_that_others_get),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
