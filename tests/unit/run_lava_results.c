// SPDX-License-Identifier: GPL-2.0-or-later
// LAVA's own end of a job counts only where the console came to none, and then says who must act.
#include "unit/unit.h"

#include <stdlib.h>

#include "base/memory.h"
#include "run/lava_results.h"
#include "unit/folder.h"

static struct error *trouble(enum lava_error error, bool ended, enum watch_end *end, bool done)
{
	char message[] = "why", step[] = "pdu-reboot";
	const struct lava_ending ending = {
	    .ended = ended, .error = error, .message = message, .step = step};
	struct job_config job = {.payload = {.kind = PAYLOAD_FIRMWARE}};
	struct evidence e = {.end = done};
	struct watch watch = {.end = *end};
	struct error *found = lava_results_trouble(&ending, &job, &e, &watch);
	*end = watch.end;
	return found;
}

static void who_must_act(void **state)
{
	(void)state;
	static const struct {
		enum lava_error error;
		int kind; // -1: the console alone is judged
		enum watch_end end;
	} cases[] = {
	    {LAVA_ERROR_NONE, -1, WATCH_LOST},
	    {LAVA_ERROR_INFRASTRUCTURE, ERROR_LAB, WATCH_LOST},
	    {LAVA_ERROR_JOB, ERROR_LAB, WATCH_LOST},
	    {LAVA_ERROR_TEST, -1, WATCH_SILENCE},
	    {LAVA_ERROR_CANCELED, ERROR_LAB, WATCH_LOST},
	    {LAVA_ERROR_CONFIGURATION, ERROR_CONFIG, WATCH_LOST},
	    {LAVA_ERROR_BUG, ERROR_CONFIG, WATCH_LOST},
	    {LAVA_ERROR_TIMEOUT, -1, WATCH_SILENCE},
	    {LAVA_ERROR_UNKNOWN, ERROR_LAB, WATCH_LOST},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum watch_end end = WATCH_LOST;
		CLEANUP_ERROR struct error *e = trouble(cases[i].error, true, &end, false);
		assert_int_equal(e ? (int)error_kind(e) : -1, cases[i].kind);
		assert_int_equal(end, cases[i].end);
		if (e)
			assert_non_null(strstr(error_text(e), "why (step pdu-reboot)"));
	}
}

static void the_console_comes_first(void **state)
{
	(void)state;
	enum watch_end end = WATCH_LOST;
	assert_null(trouble(LAVA_ERROR_INFRASTRUCTURE, true, &end, true));
	end = WATCH_DEADLINE; // LAVA was ended by us
	assert_null(trouble(LAVA_ERROR_CANCELED, true, &end, false));
	assert_null(trouble(LAVA_ERROR_NONE, false, &end, false));
	end = WATCH_LOST;
	CLEANUP_ERROR struct error *e = trouble(LAVA_ERROR_NONE, false, &end, false);
	assert_int_equal(error_kind(e), ERROR_LAB);
	assert_string_equal(error_text(e), "lava-run died");
}

#define RESULT(name, result)                                                           \
	"{\"lvl\": \"results\", \"msg\": {\"definition\": \"0_mm\", \"case\": \"" name \
	"\", \"result\": \"" result "\", \"measurement\": \"12.5\", \"units\": \"us\"}}\n"

static void the_last_of_a_test_counts(void **state)
{
	(void)state;
	CLEANUP_FREE char *dir = folder_new();
	const struct job_config job = {.payload = {.kind = PAYLOAD_KERNEL}};
	struct evidence e;
	struct lava_ending ending = {0};
	evidence_init(&e, &job, NULL);
	assert_false(lava_results_take(dir, &e, &ending));
	folder_write(dir, "lava.yaml",
		     RESULT("a b", "fail") RESULT("other", "skip") RESULT("a b", "pass")
			 RESULT("odd", "unknown") "{\"lvl\": \"results\", \"msg\": "
						  "{\"definition\": \"lava\", \"case\": \"job\", "
						  "\"result\": \"pass\"}}\n");
	assert_true(lava_results_take(dir, &e, &ending));
	assert_int_equal(e.tests_count, 3);
	assert_string_equal(e.tests[0].path, "0_mm.a_b");
	assert_int_equal(e.tests[0].result, DETECT_TEST_PASS);
	assert_string_equal(e.tests[0].comment, "12.5 us");
	assert_int_equal(e.tests[1].result, DETECT_TEST_SKIP);
	assert_int_equal(e.tests[2].result, DETECT_TEST_ERROR);
	assert_true(ending.ended);
	lava_ending_deinit(&ending);
	evidence_deinit(&e);
	folder_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(who_must_act),
	    cmocka_unit_test(the_console_comes_first),
	    cmocka_unit_test(the_last_of_a_test_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
