// SPDX-License-Identifier: GPL-2.0-or-later
// A pull lab before a Maestro in memory (unit/remote_kernelci.h): each offer is taken by at most one lab
// and finished once, whatever fails and whoever is killed when.
#include "unit/unit.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "unit/remote_kernelci.h"

#define SEEDS 60 // or KERNELCI_SEEDS of the environment

static const char boot_job[] =
    "{\"artifacts\":{\"kernel\":\"http://storage/"
    "Image\"},\"tests\":[{\"id\":\"boot-test\",\"type\":\"boot\","
    "\"depends\":[],\"timeout_s\":600,\"pre-commands\":[],\"post-commands\":[]}],"
    "\"environment\":{\"platform\":\"qemu-arm64\",\"arch\":\"arm64\"}}";
static const char unknown_key[] =
    "{\"artifacts\":{\"kernel\":\"http://storage/Image\",\"kvmtool\":\"http://storage/"
    "x\"},\"tests\":"
    "[{\"id\":\"boot-test\",\"type\":\"boot\"}],"
    "\"environment\":{\"platform\":\"qemu-arm64\",\"arch\":\"arm64\"}}";
static const char unknown_type[] =
    "{\"artifacts\":{\"kernel\":\"http://storage/"
    "Image\"},\"tests\":[{\"id\":\"ub\",\"type\":\"unixbench\"}],"
    "\"environment\":{\"platform\":\"qemu-arm64\",\"arch\":\"arm64\"}}";

static void is(const struct sim *s, size_t i, const char *group, const char *name,
	       const char *wanted)
{
	const char *found = sim_text(&s->nodes[i], group, name);
	if (!found || strcmp(found, wanted) != 0)
		fail_msg("node %zu: %s is %s, not %s\n%s", i, name, found ? found : "nothing",
			 wanted, s->told ? s->told : "");
}

static void told(const struct sim *s, const char *text)
{
	if (!s->told || !strstr(s->told, text))
		fail_msg("\"%s\" was not told:\n%s", text, s->told ? s->told : "");
}

static void an_offer_is_taken_run_and_finished(void **state)
{
	(void)state;
	CLEANUP_SIM s;
	sim_init(&s, 1);
	sim_lab(&s, "acme");
	sim_offer(&s, "acme", "qemu-arm64", boot_job);
	sim_offer(&s, "other", "qemu-arm64", boot_job);
	sim_offer(&s, "acme", "unknown-board", boot_job);
	sim_run(&s, 200);
	is(&s, 0, NULL, "state", "done");
	is(&s, 0, NULL, "result", "pass");
	assert_int_equal(s.nodes[0].takes, 1);
	assert_int_equal(s.nodes[0].finishes, 1);
	assert_int_equal(json_array_size(s.nodes[0].tests), 2);
	assert_non_null(json_object_get(json_object_get(s.nodes[0].node, "data"), "misc"));
	const json_t *child = json_object_get(json_array_get(s.nodes[0].tests, 0), "node");
	assert_string_equal(json_string_value(json_object_get(child, "kind")), "test");
	assert_int_equal(json_array_size(json_object_get(child, "path")), 3);
	// What was there stays.
	is(&s, 0, NULL, "created", "2026-12-01T00:00:00");
	const json_t *data = json_object_get(s.nodes[0].node, "data");
	assert_non_null(json_object_get(data, "kernel_revision"));
	for (size_t i = 1; i < 3; i++) {
		is(&s, i, NULL, "state", "available");
		assert_int_equal(s.nodes[i].claims + s.nodes[i].takes, 0);
	}
}

static void what_is_not_understood_ends_with_the_reason(void **state)
{
	(void)state;
	CLEANUP_SIM s;
	sim_init(&s, 2);
	sim_lab(&s, "acme");
	static const char *const bad[] = {
	    unknown_key, "job_name: a LAVA job",
	    "{}",        "[]",
	    "",          "{\"artifacts\":{\"kernel\":\"file:///etc/passwd\"}}"};
	for (size_t i = 0; i < 6; i++)
		sim_offer(&s, "acme", "qemu-arm64", bad[i]);
	sim_offer(&s, "acme", "qemu-arm64", NULL);         // gone from its storage
	sim_offer(&s, "acme", "qemu-arm64", unknown_type); // all of it is skipped
	sim_run(&s, 400);
	for (size_t i = 0; i < 6; i++) {
		is(&s, i, NULL, "result", "incomplete");
		is(&s, i, "data", "error_code", "invalid_job_params");
		assert_true(strlen(sim_text(&s.nodes[i], "data", "error_msg")) > 10);
		assert_int_equal(s.nodes[i].takes, 0);
		assert_int_equal(s.nodes[i].finishes, 1);
	}
	is(&s, 0, "data", "error_msg", "artifacts.kvmtool: this lab does not know what it means");
	is(&s, 6, "data", "error_code", "Infrastructure");
	is(&s, 7, NULL, "result", "skip");
	assert_int_equal(s.nodes[7].takes, 0);
	const json_t *child = json_object_get(json_array_get(s.nodes[7].tests, 0), "node");
	assert_string_equal(json_string_value(json_object_get(child, "result")), "skip");
	assert_string_equal(
	    json_string_value(json_object_get(json_object_get(child, "data"), "error_msg")),
	    "this lab does not know tests of the type \"unixbench\"");
}

static void each_offer_is_run_and_finished_once_whatever_fails(void **state)
{
	(void)state;
	const char *wanted = getenv("KERNELCI_SEEDS");
	uint64_t seeds = wanted ? strtoull(wanted, NULL, 10) : SEEDS;
	int requests = 0;
	for (uint64_t seed = 0; seed < seeds; seed++) {
		CLEANUP_SIM s;
		sim_init(&s, seed * 1000003);
		size_t count = 1 + seed % 4;
		for (size_t i = 0; i <= seed % SIM_LABS; i++)
			sim_lab(&s, "acme");
		s.fail = seed % 3 * 0.15;
		s.kill = seed % 5 * 0.05;
		s.latency_s = 0.2 + (double)(seed % 7) * 0.6;
		s.offset_unknown = seed % 2;
		for (size_t i = 0; i < count; i++)
			sim_offer(&s, "acme", "qemu-arm64", i == 3 ? unknown_key : boot_job);
		sim_run(&s, 1500);
		s.fail = s.kill = 0;
		sim_run(&s, 3000);
		for (size_t i = 0; i < count; i++) {
			const struct sim_node *n = &s.nodes[i];
			if (n->takes != (i == 3 ? 0 : 1) || n->finishes != 1 ||
			    json_array_size(n->tests) != (i == 3 ? 0 : 2))
				fail_msg(
				    "seed %d, node %zu: taken %d times, finished %d times, %zu "
				    "tests\n%s",
				    (int)seed, i, n->takes, n->finishes, json_array_size(n->tests),
				    s.told ? s.told : "");
			is(&s, i, NULL, "result", i == 3 ? "incomplete" : "pass");
		}
		requests += s.requests;
	}
	assert_true(requests > (int)seeds * 100);
}

static void events_of_one_time_on_many_pages_are_all_seen(void **state)
{
	(void)state;
	for (int unknown = 0; unknown < 2; unknown++) {
		CLEANUP_SIM s;
		sim_init(&s, 4);
		sim_lab(&s, "acme");
		s.offset_unknown = unknown;
		sim_offer(&s, "other", "qemu-arm64", boot_job);
		// Without `offset` no way leads past a thousand events of one time.
		for (int i = 0; i < (unknown ? 1700 : 2700); i++)
			sim_event(&s, &s.nodes[0], s.real_ms + (unknown ? i / 900 : 0));
		sim_offer(&s, "acme", "qemu-arm64", boot_job);
		json_object_set(
		    json_array_get(s.events, json_array_size(s.events) - 1), "timestamp",
		    json_object_get(json_array_get(s.events, json_array_size(s.events) - 2),
				    "timestamp"));
		sim_run(&s, 300);
		is(&s, 1, NULL, "result", "pass");
		assert_int_equal(s.nodes[1].takes, 1);
	}
}

static void late_events_within_the_overlap_are_seen(void **state)
{
	(void)state;
	CLEANUP_SIM s;
	sim_init(&s, 5);
	sim_lab(&s, "acme");
	sim_offer(&s, "other", "qemu-arm64", boot_job);
	sim_run(&s, 300);
	sim_event(&s, &s.nodes[0], s.real_ms + s.now_ns / 1000000);
	sim_run(&s, 120); // the cursor has come here
	sim_offer(&s, "acme", "qemu-arm64", boot_job);
	char time[64];
	snprintf(time, sizeof(time), "%s",
		 json_string_value(json_object_get(json_array_get(s.events, 1), "timestamp")));
	json_object_set_new(json_array_get(s.events, 2), "timestamp", json_string(time));
	sim_run(&s, 200);
	is(&s, 1, NULL, "result", "pass");
}

static void a_refused_token_blocks_and_is_told_once(void **state)
{
	(void)state;
	CLEANUP_SIM s;
	sim_init(&s, 6);
	sim_lab(&s, "acme");
	s.whoami = 401;
	sim_offer(&s, "acme", "qemu-arm64", boot_job);
	sim_run(&s, 600);
	is(&s, 0, NULL, "state", "available");
	assert_true(s.requests < 20); // nothing but who we are, once a minute
	told(&s, "refuses the token (HTTP 401)");
	assert_null(strstr(strstr(s.told, "refuses the token") + 1, "refuses the token"));
	s.whoami = 200;
	sim_run(&s, 300);
	told(&s, "takes the token again");
	is(&s, 0, NULL, "result", "pass");
}

static void what_the_service_refuses_is_told_less(void **state)
{
	(void)state;
	for (int tests = 0; tests < 2; tests++) {
		CLEANUP_SIM s;
		sim_init(&s, 7);
		sim_lab(&s, "acme");
		s.refuse_misc = !tests;
		s.refuse_tests = tests;
		sim_offer(&s, "acme", "qemu-arm64", boot_job);
		sim_run(&s, 300);
		is(&s, 0, NULL, "result", "pass");
		told(&s, "HTTP 422");
		assert_int_equal(json_array_size(s.nodes[0].tests), tests ? 0 : 2);
		assert_int_equal(s.nodes[0].finishes, 1);
	}
}

static void a_job_claimed_by_another_is_left_alone(void **state)
{
	(void)state;
	CLEANUP_SIM s;
	sim_init(&s, 8);
	sim_lab(&s, "acme");
	sim_offer(&s, "acme", "qemu-arm64", boot_job);
	json_object_set_new(json_object_get(s.nodes[0].node, "data"), "job_id",
			    json_string("acme:somebody-else"));
	sim_run(&s, 300);
	assert_int_equal(s.nodes[0].claims + s.nodes[0].takes, 0);
	// And one that is closed while it runs here is not opened again.
	sim_offer(&s, "acme", "qemu-arm64", boot_job);
	sim_run(&s, 60);
	assert_int_equal(s.nodes[1].takes, 1);
	json_object_set_new(s.nodes[1].node, "state", json_string("done"));
	json_object_set_new(s.nodes[1].node, "result", json_string("incomplete"));
	sim_run(&s, 300);
	assert_int_equal(s.nodes[1].finishes, 0);
	told(&s, "it was closed as incomplete");
}

static void a_job_without_a_result_for_too_long_is_given_up(void **state)
{
	(void)state;
	CLEANUP_SIM s;
	sim_init(&s, 9);
	sim_lab(&s, "acme");
	s.labs[0].options.longest_s = 20; // a batch takes 40
	sim_offer(&s, "acme", "qemu-arm64", boot_job);
	sim_run(&s, 300);
	is(&s, 0, NULL, "result", "incomplete");
	is(&s, 0, "data", "error_msg", "the lab had no result within 20 s");
	assert_int_equal(s.nodes[0].finishes, 1);
}

static void no_more_jobs_are_taken_than_there_is_room_for(void **state)
{
	(void)state;
	CLEANUP_SIM s;
	sim_init(&s, 10);
	sim_lab(&s, "acme");
	s.labs[0].options.most_taken = 2;
	for (int i = 0; i < 7; i++)
		sim_offer(&s, "acme", "qemu-arm64", boot_job);
	sim_run(&s, 40);
	int claimed = 0;
	for (int i = 0; i < 7; i++)
		claimed += s.nodes[i].claims;
	assert_int_equal(claimed, 2);
	sim_run(&s, 600);
	for (size_t i = 0; i < 7; i++)
		is(&s, i, NULL, "result", "pass");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_offer_is_taken_run_and_finished),
	    cmocka_unit_test(what_is_not_understood_ends_with_the_reason),
	    cmocka_unit_test(each_offer_is_run_and_finished_once_whatever_fails),
	    cmocka_unit_test(events_of_one_time_on_many_pages_are_all_seen),
	    cmocka_unit_test(late_events_within_the_overlap_are_seen),
	    cmocka_unit_test(a_refused_token_blocks_and_is_told_once),
	    cmocka_unit_test(what_the_service_refuses_is_told_less),
	    cmocka_unit_test(a_job_claimed_by_another_is_left_alone),
	    cmocka_unit_test(a_job_without_a_result_for_too_long_is_given_up),
	    cmocka_unit_test(no_more_jobs_are_taken_than_there_is_room_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
