// SPDX-License-Identifier: GPL-2.0-or-later
// The keys of a job that say when it is run by itself: schedule, trigger, hooks, and what stands alone.
#include "unit/unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "config/job.h"
#include "unit/folder.h"

#define JOB "name: n\npayload: {firmware: a}\npools: [p]\nvariants: [{name: v}]\n"

static char *dir;

static int set_up(void **state)
{
	(void)state;
	dir = folder_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	folder_remove(dir);
	free(dir);
	return 0;
}

static struct error *load(const char *text, struct job_config **out)
{
	CLEANUP_FREE char *path = memory_printf("%s/j.yaml", dir);
	CLEANUP_FREE char *whole = memory_printf(JOB "%s", text);
	folder_write(dir, "j.yaml", whole);
	return job_load(path, out);
}

static struct job_config *must_load(const char *text)
{
	struct job_config *job = NULL;
	CLEANUP_ERROR struct error *e = load(text, &job);
	if (e)
		fail_msg("%s", error_text(e));
	return job;
}

static void a_schedule_may_be_a_text(void **state)
{
	(void)state;
	CLEANUP_JOB struct job_config *job = must_load("schedule: \"@nightly\"\n");
	assert_int_equal(job->schedules.count, 1);
	const struct schedule_config *s = &job->schedules.items[0];
	assert_string_equal(s->text, "@nightly UTC");
	assert_int_equal(calendar_next(s->calendar, 1798761600), 1798761600 + 9000);
	assert_int_equal(s->catch_up, SCHEDULE_CATCH_UP_ONCE);
	assert_float_equal(s->queue.window_s, 6 * 3600, 1e-9);
	assert_int_equal(s->queue.backlog, SCHEDULE_BACKLOG_LATEST);
	assert_int_equal(s->queue.backlog_every, 1);
	assert_int_equal(s->queue.priority, 30);
	assert_false(job->confirm);
	assert_int_equal(job->boards_per_pool, 0);
}

static void a_schedule_has_all_its_keys(void **state)
{
	(void)state;
	CLEANUP_JOB struct job_config *job =
	    must_load("schedule: {cron: \"30 2 * * 1-5\", zone: Europe/Berlin, window: 90min, "
		      "catch_up: none, "
		      "backlog: every 3, priority: 70}\n");
	const struct schedule_config *s = &job->schedules.items[0];
	assert_string_equal(s->text, "30 2 * * 1-5 Europe/Berlin");
	assert_string_equal(zone_name(s->zone), "Europe/Berlin");
	assert_float_equal(s->queue.window_s, 5400, 1e-9);
	assert_int_equal(s->catch_up, SCHEDULE_CATCH_UP_NONE);
	assert_int_equal(s->queue.backlog, SCHEDULE_BACKLOG_EVERY);
	assert_int_equal(s->queue.backlog_every, 3);
	assert_int_equal(s->queue.priority, 70);
}

static void there_may_be_several(void **state)
{
	(void)state;
	CLEANUP_JOB struct job_config *job =
	    must_load("schedule:\n"
		      "  - \"@nightly\"\n"
		      "  - {cron: every 6h, backlog: all, catch_up: all}\n"
		      "  - {cron: \"@nightly\", zone: Asia/Kolkata}\n");
	assert_int_equal(job->schedules.count, 3);
	assert_string_equal(job->schedules.items[1].text, "every 6h UTC");
	assert_int_equal(job->schedules.items[1].queue.backlog, SCHEDULE_BACKLOG_ALL);
	assert_int_equal(job->schedules.items[1].catch_up, SCHEDULE_CATCH_UP_ALL);
	assert_string_equal(zone_name(job->schedules.items[2].zone), "Asia/Kolkata");
}

static void a_payload_a_url_or_a_ref_is_watched(void **state)
{
	(void)state;
	CLEANUP_JOB struct job_config *job = must_load(
	    "trigger:\n"
	    "  - {payload_changed: true}\n"
	    "  - {url: \"https://h.example/Image\", every: 1h, priority: 5}\n"
	    "  - {git: {repository: tree, ref: refs/heads/master}, backlog: all, window: 2h}\n");
	assert_int_equal(job->triggers.count, 3);
	const struct trigger_config *t = job->triggers.items;
	assert_int_equal(t[0].watch, TRIGGER_WATCH_PAYLOAD);
	assert_float_equal(t[0].every_s, 300, 1e-9);
	assert_float_equal(t[0].queue.window_s, 6 * 3600, 1e-9);
	assert_int_equal(t[1].watch, TRIGGER_WATCH_URL);
	assert_string_equal(t[1].url, "https://h.example/Image");
	assert_float_equal(t[1].every_s, 3600, 1e-9);
	assert_int_equal(t[1].queue.priority, 5);
	assert_int_equal(t[2].watch, TRIGGER_WATCH_GIT);
	CLEANUP_FREE char *tree = memory_printf("%s/tree", dir);
	assert_string_equal(t[2].repository, tree);
	assert_string_equal(t[2].ref, "refs/heads/master");
	assert_int_equal(t[2].queue.backlog, SCHEDULE_BACKLOG_ALL);
	assert_float_equal(t[2].queue.window_s, 7200, 1e-9);
}

static void hooks_are_programs_with_a_time_out(void **state)
{
	(void)state;
	CLEANUP_JOB struct job_config *job =
	    must_load("hooks:\n"
		      "  before:\n"
		      "    - {run: [fan, full], timeout: 10s, on_failure: warn}\n"
		      "    - {run: [door, shut], on_failure: quarantine}\n"
		      "  after: {run: [fan, quiet]}\n"
		      "confirm: true\n"
		      "boards_per_pool: 2\n");
	assert_int_equal(job->hooks.before_count, 2);
	assert_int_equal(job->hooks.after_count, 1);
	assert_string_equal(job->hooks.before[0].run[1], "full");
	assert_null(job->hooks.before[0].run[2]);
	assert_float_equal(job->hooks.before[0].timeout_s, 10, 1e-9);
	assert_int_equal(job->hooks.before[0].on_failure, HOOK_FAILURE_WARN);
	assert_int_equal(job->hooks.before[1].on_failure, HOOK_FAILURE_QUARANTINE);
	assert_float_equal(job->hooks.after[0].timeout_s, 30, 1e-9);
	assert_int_equal(job->hooks.after[0].on_failure, HOOK_FAILURE_FAIL);
	assert_true(job->confirm);
	assert_int_equal(job->boards_per_pool, 2);
}

static void a_runs_snapshot_says_nothing_of_these(void **state)
{
	(void)state;
	CLEANUP_JOB struct job_config *job =
	    must_load("schedule: \"@nightly\"\nhooks: {after: {run: [a]}}\nconfirm: true\n"
		      "trigger: {payload_changed: true}\nboards_per_pool: 1\n");
	const struct run_identity run = {
	    .id = "i", .batch = "b", .pool = "p", .sha256 = "s", .payload_name = "a", .attempt = 1};
	CLEANUP_BUFFER struct buffer out = {0};
	job_dump_run(job, &job->variants[0], &run, &out);
	// Its hooks are the run's own business, and stand in it.
	static const char *const words[] = {"schedule", "nightly", "confirm", "trigger",
					    "boards_per_pool"};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_null(strstr(buffer_str(&out), words[i]));
	assert_non_null(strstr(buffer_str(&out), "hooks"));
}

static void mistakes_are_named_with_their_place(void **state)
{
	(void)state;
	static const struct {
		const char *text, *message;
	} cases[] = {
	    // In the text of a schedule: its own column.
	    {"schedule: \"30 25 * * *\"", "j.yaml:5:15: hour 25, expected 0 to 23"},
	    {"schedule: 30 25 1 1 1", "j.yaml:5:14: hour 25, expected 0 to 23"},
	    {"schedule: {cron: '30 2 30 2 *'}", "j.yaml:5:24: a day that never comes"},
	    {"schedule:\n  - {cron: every 5s}", "j.yaml:6:19: unit \"s\" of an interval"},
	    {"schedule: \"\\x330 25 * * *\"", "j.yaml:5:11: hour 25"}, // 3 as an escape
	    {"schedule: {cron: \"@noon\"}", "j.yaml:5:19: \"@noon\", expected one of @hourly"},
	    {"schedule: \"\"", "j.yaml:5:12: an empty schedule"},
	    {"schedule: {zone: UTC}", "key \"cron\" is missing"},
	    {"schedule: {cron: \"@daily\", zone: Europe/Belin}",
	     "j.yaml:5:34: zone \"Europe/Belin\" is not in /usr/share/zoneinfo"},
	    {"schedule: {cron: \"@daily\", zone: ../../etc/passwd}", "expected an IANA name"},
	    {"schedule: {cron: \"@daily\", window: 8d}", "j.yaml:5:36: "},
	    {"schedule: {cron: \"@daily\", catch_up: twice}", "j.yaml:5:38: "},
	    {"schedule: {cron: \"@daily\", backlog: every}",
	     "j.yaml:5:37: backlog \"every\", expected latest, all or every N"},
	    {"schedule: {cron: \"@daily\", backlog: every 0}", "expected latest, all or every N"},
	    {"schedule: {cron: \"@daily\", backlog: every 2x}", "expected latest, all or every N"},
	    {"schedule: {cron: \"@daily\", backlog: every 99999999999999999999}",
	     "expected latest, all or every N"},
	    {"schedule: {cron: \"@daily\", priority: 101}", "a whole number from 0 to 100"},
	    {"schedule: {corn: \"@daily\"}", "unknown key \"corn\", did you mean \"cron\"?"},
	    {"schedule: []", "0 schedules, expected 1 to 100"},
	    {"schedule: [[]]", "a list, expected a single value"},
	    {"schedule: [\"@daily\", \"@daily\"]",
	     "j.yaml:5:22: the schedule \"@daily UTC\" a second"},
	    {"trigger: {every: 1h}",
	     "j.yaml:5:10: expected one of payload_changed: true, url: and"},
	    {"trigger: {payload_changed: true, url: \"http://h/x\"}", "expected one of"},
	    {"trigger: {payload_changed: false}", "expected one of"},
	    {"trigger: {url: \"ftp://h/x\"}", "j.yaml:5:16: "},
	    {"trigger: {git: {repository: d}}", "key \"ref\" is missing"},
	    {"trigger: {git: {ref: r}}", "key \"repository\" is missing"},
	    {"trigger: {git: {repository: d, ref: \"--upload-pack=x\"}}",
	     "j.yaml:5:37: ref \"--upload-pack=x\", expected one such as refs/heads/master"},
	    {"trigger: {git: {repository: d, ref: a..b}}", "expected one such as"},
	    {"trigger: {git: {repository: d, ref: \"a b\"}}", "expected one such as"},
	    {"trigger: {payload_changed: true, every: 5s}", "j.yaml:5:41: "},
	    {"trigger: []", "0 triggers, expected 1 to 20"},
	    {"hooks: {before: {timeout: 5s}}", "key \"run\" is missing"},
	    {"hooks: {before: {run: []}}", "j.yaml:5:23: "},
	    {"hooks: {before: [{run: [a], on_failure: ignore}]}", "j.yaml:5:41: "},
	    {"hooks: {during: {run: [a]}}", "unknown key \"during\""},
	    {"confirm: maybe", "j.yaml:5:10: "},
	    {"boards_per_pool: -1", "j.yaml:5:18: "},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP_JOB struct job_config *job = NULL;
		CLEANUP_ERROR struct error *e = load(cases[i].text, &job);
		if (!e || !strstr(error_text(e), cases[i].message))
			fail_msg("%s: %s", cases[i].text, e ? error_text(e) : "taken");
		assert_int_equal(error_kind(e), ERROR_CONFIG);
		assert_null(job);
	}
}

static void what_is_left_to_the_command_line_is_not_watched(void **state)
{
	(void)state;
	folder_write(dir, "k.yaml",
		     "name: n\npayload: {kernel: --payload}\npools: [p]\n"
		     "variants: [{name: v}]\ntrigger: {payload_changed: true}\n");
	CLEANUP_FREE char *path = memory_printf("%s/k.yaml", dir);
	CLEANUP_JOB struct job_config *job = NULL;
	CLEANUP_ERROR struct error *e = job_load(path, &job);
	assert_non_null(e);
	assert_non_null(
	    strstr(error_text(e), "k.yaml:5:10: payload_changed: the payload is left to"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_schedule_may_be_a_text),
	    cmocka_unit_test(a_schedule_has_all_its_keys),
	    cmocka_unit_test(there_may_be_several),
	    cmocka_unit_test(a_payload_a_url_or_a_ref_is_watched),
	    cmocka_unit_test(hooks_are_programs_with_a_time_out),
	    cmocka_unit_test(a_runs_snapshot_says_nothing_of_these),
	    cmocka_unit_test(mistakes_are_named_with_their_place),
	    cmocka_unit_test(what_is_left_to_the_command_line_is_not_watched),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
