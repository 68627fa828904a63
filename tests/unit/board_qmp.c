// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include "board/qmp.h"

static const char session[] =
    "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 2, \"minor\": 1, \"major\": 10}, "
    "\"package\": \"Debian\"}, \"capabilities\": []}}\r\n"
    "{\"return\": {}}\r\n"
    "{\"timestamp\": {}, \"event\": \"RESUME\"}\r\n"
    "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no such thing\"}}\r\n"
    "{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": true, \"reason\": \"guest-shutdown\"}}\r\n";

static void any_chunking_gives_the_same_answers(void **state)
{
	(void)state;
	for (size_t chunk = 1; chunk <= sizeof(session); chunk += 3) {
		struct qmp q = {0};
		for (size_t at = 0; at < sizeof(session) - 1; at += chunk) {
			size_t n = sizeof(session) - 1 - at;
			assert_null(qmp_feed(&q, session + at, n < chunk ? n : chunk));
		}
		assert_true(q.greeted);
		assert_int_equal(q.major, 10);
		assert_int_equal(q.minor, 1);
		assert_int_equal(q.micro, 2);
		assert_int_equal(q.answers, 2);
		assert_string_equal(q.failure, "no such thing");
		assert_string_equal(q.shutdown, "guest-shutdown");
		qmp_deinit(&q);
	}
}

static void a_greeting_without_a_version_is_one(void **state)
{
	(void)state;
	static const char *const greetings[] = {"{\"QMP\": {}}\n", "{\"QMP\": 7}\n",
						"{\"QMP\": {\"version\": {\"qemu\": 10}}}\n"};
	for (size_t i = 0; i < 3; i++) {
		struct qmp q = {0};
		assert_null(qmp_feed(&q, greetings[i], strlen(greetings[i])));
		assert_true(q.greeted);
		assert_int_equal(q.major, 0);
		qmp_deinit(&q);
	}
}

static void what_is_not_json_is_an_error(void **state)
{
	(void)state;
	static const char *const bad[] = {"hello\n", "[1]\n", "{\"a\":\n", "7\n"};
	for (size_t i = 0; i < 4; i++) {
		struct qmp q = {0};
		CLEANUP_ERROR struct error *e = qmp_feed(&q, bad[i], strlen(bad[i]));
		assert_non_null(e);
		qmp_deinit(&q);
	}
}

static void an_endless_line_is_an_error_not_endless_memory(void **state)
{
	(void)state;
	struct qmp q = {0};
	char chunk[1024];
	memset(chunk, 'x', sizeof(chunk));
	struct error *e = NULL;
	for (int i = 0; i < 1024 && !e; i++)
		e = qmp_feed(&q, chunk, sizeof(chunk));
	assert_non_null(e);
	assert_true(q.pending.len <= QMP_LINE_LIMIT);
	error_free(e);
	qmp_deinit(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(any_chunking_gives_the_same_answers),
	    cmocka_unit_test(a_greeting_without_a_version_is_one),
	    cmocka_unit_test(what_is_not_json_is_an_error),
	    cmocka_unit_test(an_endless_line_is_an_error_not_endless_memory),
	};
	return cmocka_run_group_tests_name("board/qmp", tests, NULL, NULL);
}
