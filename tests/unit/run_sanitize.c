// SPDX-License-Identifier: GPL-2.0-or-later
// `sanitize:` of a job, and what a report becomes: findings and tests, judged for the capability that
// counts; and never clean when it is not complete.
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/memory.h"
#include "record/layout.h"
#include "run/judge.h"
#include "run/sanitize.h"
#include "unit/folder.h"

#define HEAD \
	"name: j\npayload: {kernel: k.Image}\npools: [p]\nvariants: [{name: v, want: [{splats: ["
static const char board[] = "types:\n"
			    "  t:\n"
			    "    compatible: [\"a,b\"]\n"
			    "    cpu: {name: c, midr: 0x410fd823, bbm: 2, bbml2: true}\n"
			    "    console: {driver: unix}\n"
			    "    power: {driver: qmp, cpu: max}\n"
			    "    boot: {driver: direct}\n"
			    "boards: {b: {type: t}}\n"
			    "pools: {p: {bbml2: true}}\n";

struct scene {
	char *dir;
	struct job_config *job;
	struct boards_config *boards;
	struct plan plan;
	struct evidence evidence;
	struct buffer text;
	unsigned lines;
};
static struct scene s;

static struct error *load_job(const char *sanitize, const char *wants)
{
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_printf(&text, HEAD "%s]}]}]\nsanitize: %s\n", wants, sanitize);
	folder_write(s.dir, "j.yaml", buffer_str(&text));
	CLEANUP_FREE char *path = NULL;
	assert_true(asprintf(&path, "%s/j.yaml", s.dir) > 0);
	return job_load(path, &s.job);
}

static void begin(const char *sanitize, const char *wants)
{
	s = (struct scene){.dir = folder_new()};
	assert_null(load_job(sanitize, wants));
	folder_write(s.dir, "b.yaml", board);
	CLEANUP_FREE char *path = NULL;
	assert_true(asprintf(&path, "%s/b.yaml", s.dir) > 0);
	assert_null(boards_load(path, &s.boards));
	s.plan = (struct plan){.job = s.job,
			       .boards = s.boards,
			       .variant = &s.job->variants[0],
			       .board = &s.boards->boards[0]};
	evidence_init(&s.evidence, s.job, NULL);
	s.evidence.version = strdup("Linux version 7.3.0-rc7 (a@b) #1");
}

static void add(const char *body)
{
	unsigned crc = (unsigned)crc32(0, (const unsigned char *)body, (unsigned)strlen(body));
	buffer_printf(&s.text, "#ptsan %u %08x %s\n", ++s.lines, crc, body);
}

static void take(bool report)
{
	if (report)
		folder_write(s.dir, LAYOUT_PTSAN, buffer_str(&s.text));
	folder_write(s.dir, LAYOUT_PTSAN_NAMES,
		     "1000 do_wp_page+0x10\n2000 __pi_map_range+0x18c\n3000 split_contpte+0x24\n");
	assert_null(sanitize_take(s.dir, &s.plan, true, &s.evidence));
}

static void finish(void)
{
	evidence_deinit(&s.evidence);
	buffer_deinit(&s.text);
	boards_free(s.boards);
	job_free(s.job);
	folder_remove(s.dir);
	free(s.dir);
}

static const struct evidence_test *test(const char *path)
{
	for (size_t i = 0; i < s.evidence.tests_count; i++)
		if (strcmp(s.evidence.tests[i].path, path) == 0)
			return &s.evidence.tests[i];
	return NULL;
}

static void expect(const char *path, enum detect_test_result result)
{
	const struct evidence_test *t = test(path);
	assert_non_null(t);
	assert_int_equal(t->result, result);
}

static const char oa[] = "finding bbm-oa-live below=4 cpu=1 pc=1000 va=48e000 level=3 old=3 new=7";
static const char contiguous[] =
    "finding bbm-contiguous-live below=1 cpu=0 pc=3000 va=1 level=3 old=3 new=7";
static const char gap[] =
    "finding bbm-make-before-dsb below=4 cpu=0 pc=2000 va=1 level=3 old=3 new=7";
static const char end[] = "end complete findings=2 changes=10 tlbi=3 tables=5 missed-stores=0";

static void findings_become_splats_and_tests(void **state)
{
	(void)state;
	begin("page-tables", "");
	add(oa);
	add(end);
	take(true);
	assert_int_equal(s.evidence.splats_count, 1);
	const struct evidence_splat *f = &s.evidence.splats[0];
	assert_string_equal(f->class_name, "ptsan");
	assert_string_equal(f->sub, "bbm-oa-live");
	assert_string_equal(f->func, "do_wp_page");
	assert_string_equal(f->title, "bbm-oa-live in do_wp_page");
	assert_int_equal(f->line, 1);
	assert_int_equal(f->cpu, 1);
	assert_true(f->complete && f->of_payload && !f->wanted);
	assert_non_null(strstr(f->excerpt, "do_wp_page+0x10"));
	assert_int_equal(s.evidence.tests_count, 29);
	expect("mmfarm.ptsan.bbm-oa-live", DETECT_TEST_FAIL);
	expect("mmfarm.ptsan.bbm-type-live", DETECT_TEST_PASS);
	expect("mmfarm.ptsan.report", DETECT_TEST_PASS);
	finish();
}

static void what_is_not_complete_is_never_clean(void **state)
{
	(void)state;
	begin("page-tables", "");
	add(oa);
	take(true);
	assert_int_equal(s.evidence.tests_count, 2);
	expect("mmfarm.ptsan.report", DETECT_TEST_ERROR);
	assert_string_equal(test("mmfarm.ptsan.report")->comment,
			    "not complete: it has no end record");
	expect("mmfarm.ptsan.bbm-oa-live", DETECT_TEST_FAIL);
	finish();
	begin("page-tables", "");
	add("end incomplete findings=0 missed-stores=2");
	take(true);
	assert_int_equal(s.evidence.tests_count, 1);
	assert_string_equal(test("mmfarm.ptsan.report")->comment,
			    "not complete: 2 stores to tables were missed");
	finish();
	begin("page-tables", "");
	take(false);
	assert_int_equal(s.evidence.tests_count, 1);
	assert_string_equal(test("mmfarm.ptsan.report")->comment,
			    "not complete: there is no report");
	finish();
}

static void a_run_that_never_began_has_no_report(void **state)
{
	(void)state;
	begin("page-tables", "");
	assert_null(sanitize_take(s.dir, &s.plan, false, &s.evidence));
	assert_int_equal(s.evidence.tests_count, 0);
	finish();
}

// The job, then the kernel's word, that it has none, the firmware's, and the board's file.
static void the_capability_decides(void **state)
{
	static const struct {
		const char *sanitize;
		const char *feature;
		bool firmware;
		int cap;
		const char *words;
		bool wrong;
	} rows[] = {
	    {"page-tables", NULL, false, 0, "level 2 as the board's file says", false},
	    {"page-tables", NULL, true, 0, "level 0 as the firmware says", true},
	    {"page-tables", NULL, true, 1, "level 2 as the firmware says", false},
	    {"page-tables", "Privileged Access Never", false, 0, "level 0 as the kernel says",
	     true},
	    {"page-tables", "BBM Level 3", false, 0, "level 3 as the kernel says", false},
	    {"page-tables", "BBM Level 2 without TLB conflict abort", false, 0,
	     "level 2 as the kernel says", false},
	    {"{check: page-tables, levels: [2, 0]}", "BBM Level 3", false, 0,
	     "level 0 as the job says", true},
	    {"{check: page-tables, levels: 1}", NULL, false, 0, "level 1 as the job says", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin(rows[i].sanitize, "");
		if (rows[i].feature)
			ARRAY_APPEND(s.evidence.features, s.evidence.features_count,
				     strdup(rows[i].feature));
		s.evidence.hello = rows[i].firmware;
		struct evidence_cpu cpu = {.cap = rows[i].cap};
		s.evidence.cpus = malloc(sizeof(cpu));
		s.evidence.cpus[0] = cpu;
		s.evidence.cpus_count = 1;
		add(contiguous);
		add(end);
		take(true);
		assert_non_null(strstr(test("mmfarm.ptsan.report")->comment, rows[i].words));
		expect("mmfarm.ptsan.bbm-contiguous-live",
		       rows[i].wrong ? DETECT_TEST_FAIL : DETECT_TEST_PASS);
		assert_int_equal(s.evidence.splats_count, rows[i].wrong);
		finish();
	}
}

static void judge_it(struct judgement *out)
{
	const struct judge_input in = {.job = s.job,
				       .variant = &s.job->variants[0],
				       .board = s.plan.board,
				       .pool = "p",
				       .end = BOARD_END_OFF};
	s.evidence.outcome = DETECT_OUTCOME_OK;
	s.evidence.final = true;
	s.evidence.speech.own_boots = 1;
	judge(&in, &s.evidence, out);
}

static void known_findings_redden_nothing(void **state)
{
	struct judgement j;
	(void)state;
	begin("page-tables", "");
	add(gap);
	add(end);
	take(true);
	assert_true(s.evidence.splats[0].wanted);
	assert_non_null(strstr(s.evidence.splats[0].excerpt, "  known    "));
	judge_it(&j);
	assert_int_equal(j.verdict, STATUS_PASS);
	assert_true(test("mmfarm.ptsan.bbm-make-before-dsb")->wanted_fail);
	finish();
	begin("page-tables", "");
	add(gap);
	add("finding bbm-make-before-dsb below=4 cpu=0 pc=1000 va=1 level=3 old=3 new=7");
	add(end);
	take(true);
	judge_it(&j);
	assert_int_equal(j.verdict, STATUS_FAIL);
	assert_string_equal(j.reason, "bbm-make-before-dsb in do_wp_page at ptsan.report line 2");
	assert_false(test("mmfarm.ptsan.bbm-make-before-dsb")->wanted_fail);
	finish();
}

static void a_job_may_want_findings(void **state)
{
	struct judgement j;
	(void)state;
	begin("page-tables", "{class: ptsan, function: do_wp_page, title: bbm-oa-live, count: 1}");
	add(oa);
	add(end);
	take(true);
	judge_it(&j);
	assert_int_equal(j.verdict, STATUS_PASS);
	finish();
	begin("page-tables", "{class: ptsan, function: do_wp_page, title: bbm-oa-live, count: 1}");
	add(end);
	take(true);
	judge_it(&j);
	assert_int_equal(j.verdict, STATUS_FAIL);
	assert_string_equal(j.reason, "wanted 1 x ptsan in do_wp_page \"bbm-oa-live\", saw 0");
	finish();
}

static void mistakes_are_told(void **state)
{
	static const struct {
		const char *sanitize, *words;
	} rows[] = {
	    {"pages", "sanitize: \"pages\", expected page-tables"},
	    {"{levels: 0}", "check"},
	    {"{check: page-tables, colour: blue}", "colour"},
	    {"{check: page-tables, levels: 4}", "4"},
	    {"{check: page-tables, levels: []}", "levels"},
	    {"{check: page-tables, lone_data: [1]}", "lone_data: 1 numbers, expected [START, END]"},
	    {"{check: page-tables, lone_data: [4096, 4096]}", "4096"},
	    {"{check: page-tables, loads: perhaps}", "perhaps"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		s = (struct scene){.dir = folder_new()};
		struct error *e = load_job(rows[i].sanitize, "");
		assert_non_null(e);
		if (!strstr(error_text(e), rows[i].words))
			fail_msg("%s: %s", rows[i].sanitize, error_text(e));
		error_free(e);
		folder_remove(s.dir);
		free(s.dir);
	}
}

static void a_snapshot_says_the_same(void **state)
{
	(void)state;
	begin(
	    "{check: page-tables, levels: [3, 1], loads: true, symbols: \"System.map\", lone_data: "
	    "[0x3e0000, 0x4ab000]}",
	    "");
	struct buffer text = {0};
	sanitize_config_dump(&s.job->sanitize, &text);
	const char *body = strstr(buffer_str(&text), "\n") + 1;
	assert_non_null(strstr(body, "  levels: 1\n"));
	assert_non_null(strstr(body, "  loads: true\n"));
	assert_non_null(strstr(body, "  lone_data: [4063232, 4894720]\n"));
	assert_non_null(strstr(body, "/System.map\"\n"));
	buffer_deinit(&text);
	finish();
	begin("page-tables", "");
	s.job->sanitize.page_tables = false;
	sanitize_config_dump(&s.job->sanitize, &text);
	assert_int_equal(text.len, 0);
	finish();
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(findings_become_splats_and_tests),
	    TEST(what_is_not_complete_is_never_clean),
	    TEST(a_run_that_never_began_has_no_report),
	    TEST(the_capability_decides),
	    TEST(known_findings_redden_nothing),
	    TEST(a_job_may_want_findings),
	    TEST(mistakes_are_told),
	    TEST(a_snapshot_says_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
