// SPDX-License-Identifier: GPL-2.0-or-later
// What of publishing needs no destination: pauses, pieces, answers, the spool's files.
#include "unit/unit.h"

#include "base/url.h"
#include "results/publish/kcidb_answer.h"
#include "results/kcidb/kcidb_check.h"
#include "results/publish/publish.h"
#include "results/publish/publish_content.h"
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

// ---- pauses -------------------------------------------------------------------------------------

static void pauses_double_up_to_the_longest(void **state)
{
	(void)state;
	assert_int_equal(publish_backoff_ms(30, 3600, 1, 0), 30000);
	assert_int_equal(publish_backoff_ms(30, 3600, 2, 0), 60000);
	assert_int_equal(publish_backoff_ms(30, 3600, 7, 0), 1920000);
	assert_int_equal(publish_backoff_ms(30, 3600, 8, 0), 3600000);
	assert_int_equal(publish_backoff_ms(30, 3600, INT64_MAX, 0), 3600000);
}

static void chance_takes_off_up_to_half(void **state)
{
	(void)state;
	assert_int_equal(publish_backoff_ms(30, 3600, 1, 0.5), 22500);
	assert_true(publish_backoff_ms(30, 3600, 1, 0.999999) > 15000 - 1);
}

// ---- pieces -------------------------------------------------------------------------------------

static void pieces_are_valid_and_hold_every_object_once(void **state)
{
	fixture_write(*state, fixture_seed, FIXTURE_SEED_COUNT);
	CLEANUP_CONTENT struct content whole = {0};
	fixture_check(content_build(*state, FIXTURE_BATCH, NULL, PUBLISH_KCIDB, &whole));
	assert_int_equal(whole.count, 1);
	const struct buffer *document = &whole.parts[0].document;
	CLEANUP_KCIDB_PROBLEMS struct kcidb_problems all = {0};
	kcidb_check_text("whole", document->data, document->len, &all);
	for (size_t most = 1; most < 12; most += 3) {
		struct buffer *parts;
		size_t count, objects = 0;
		fixture_check(content_split("whole", document->data, document->len, most, SIZE_MAX,
					    &parts, &count));
		for (size_t i = 0; i < count; i++) {
			CLEANUP_KCIDB_PROBLEMS struct kcidb_problems p = {0};
			kcidb_check_text("piece", parts[i].data, parts[i].len, &p);
			if (p.count)
				fail_msg("%s", p.texts[0]);
			assert_in_range(p.objects, 1, most);
			objects += p.objects;
			buffer_deinit(&parts[i]);
		}
		free(parts);
		assert_int_equal(objects, all.objects);
	}
}

static void an_invalid_document_is_not_split(void **state)
{
	(void)state;
	static const char text[] = "{\"version\":{\"major\":5,\"minor\":3},\"tests\":[{}]}";
	struct buffer *parts;
	size_t count;
	CLEANUP_ERROR struct error *e =
	    content_split("doc", text, strlen(text), 10, SIZE_MAX, &parts, &count);
	assert_non_null(e);
}

// ---- answers ------------------------------------------------------------------------------------

static enum send_result submission(long status, const char *body)
{
	struct http_response r = {.status = status, .retry_after_s = NAN};
	buffer_append_str(&r.body, body);
	CLEANUP_SEND_OUTCOME struct send_outcome o = SEND_OUTCOME_NONE;
	kcidb_take_submission(&r, true, &o);
	http_response_deinit(&r);
	return o.result;
}

static enum send_result question(long status, const char *body)
{
	struct http_response r = {.status = status, .retry_after_s = NAN};
	buffer_append_str(&r.body, body);
	CLEANUP_SEND_OUTCOME struct send_outcome o = SEND_OUTCOME_NONE;
	kcidb_take_status(&r, &o);
	http_response_deinit(&r);
	return o.result;
}

static void answers_mean_what_the_real_service_means(void **state)
{
	(void)state;
	assert_int_equal(submission(200, "{\"id\":\"aB3\",\"status\":\"ok\",\"message\":\"m\"}"),
			 SEND_ACCEPTED);
	assert_int_equal(submission(401, "{\"id\":\"0\",\"status\":\"error\",\"message\":"
					 "\"JWT is required\"}"),
			 SEND_BLOCK);
	assert_int_equal(submission(403, "<html>"), SEND_BLOCK);
	assert_int_equal(submission(404, ""), SEND_PARK);
	assert_int_equal(submission(400, "Request body didn't contain valid UTF-8"), SEND_PARK);
	assert_int_equal(submission(413, "length limit exceeded"), SEND_SPLIT);
	assert_int_equal(submission(502, "<html>"), SEND_RETRY);
	assert_int_equal(submission(429, ""), SEND_RETRY);
	assert_int_equal(submission(302, ""), SEND_PARK);
	assert_int_equal(submission(200, "thank you"), SEND_DONE);
	assert_int_equal(submission(200, "{\"id\":\"../x\"}"), SEND_DONE);
	assert_int_equal(question(200, "{\"status\":\"ready\"}"), SEND_ACCEPTED);
	assert_int_equal(question(200, "{\"status\":\"inprogress\"}"), SEND_ACCEPTED);
	assert_int_equal(question(200, "{\"status\":\"processed\"}"), SEND_DONE);
	assert_int_equal(question(200, "{\"status\":\"failed\"}"), SEND_PARK);
	assert_int_equal(question(404, "{\"status\":\"notfound\"}"), SEND_RETRY);
	assert_int_equal(question(404, "no such page"), SEND_DONE);
	assert_int_equal(question(503, ""), SEND_ACCEPTED);
	assert_int_equal(question(401, ""), SEND_BLOCK);
}

static void a_refusal_is_quoted_not_its_json(void **state)
{
	(void)state;
	struct http_response r = {.status = 401, .retry_after_s = NAN};
	buffer_append_str(&r.body, "{\"id\":\"0\",\"status\":\"error\",\"message\":"
				   "\"ExpiredSignature\"}");
	CLEANUP_SEND_OUTCOME struct send_outcome o = SEND_OUTCOME_NONE;
	kcidb_take_submission(&r, true, &o);
	http_response_deinit(&r);
	assert_string_equal(buffer_str(&o.reason), "HTTP 401: ExpiredSignature");
}

static void reasons_quote_one_line_without_controls(void **state)
{
	(void)state;
	CLEANUP_SEND_OUTCOME struct send_outcome o = SEND_OUTCOME_NONE;
	send_outcome_http(&o, 400, "bad\x1b[31m thing\nsecond line", 3);
	assert_string_equal(buffer_str(&o.reason), "HTTP 400: bad [31m thing");
	assert_true(o.retry_after_s == 3);
}

static void urls_are_shown_without_secrets(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer out = {0};
	url_public("https://token@h.example:8/path?key=secret#x", &out);
	assert_string_equal(buffer_str(&out), "https://h.example:8/path");
	buffer_truncate(&out, 0);
	url_public("https://h/@not-a-user/x", &out);
	assert_string_equal(buffer_str(&out), "https://h/@not-a-user/x");
}

// ---- spool --------------------------------------------------------------------------------------

static const struct spool_item an_item = {.name = "n1.kcidb",
					  .batch = "n1",
					  .what = "kcidb",
					  .content_type = "application/json",
					  .file_name = "n1.json",
					  .next_ms = 5};

static void an_item_put_in_twice_is_there_once(void **state)
{
	CLEANUP_SPOOL struct spool *s = NULL;
	CLEANUP_ARENA struct arena arena = {0};
	struct spool_item *items;
	size_t count, damaged;
	uint64_t bytes = 0;
	fixture_check(spool_open(*state, "d", &s));
	fixture_check(spool_put(s, &an_item, "one", 3));
	fixture_check(spool_put(s, &an_item, "other", 5));
	fixture_check(spool_list(s, &arena, &items, &count, &damaged));
	fixture_check(spool_size(s, &bytes));
	assert_int_equal(count, 1);
	assert_int_equal(damaged, 0);
	assert_int_equal(bytes, 3);
	assert_string_equal(items[0].what, "kcidb");
	assert_int_equal(items[0].state, SPOOL_WAITING);
	CLEANUP_BUFFER struct buffer document = {0};
	fixture_check(spool_read(s, &items[0], &document));
	assert_string_equal(buffer_str(&document), "one");
}

static void state_survives_and_done_items_leave_a_line(void **state)
{
	CLEANUP_SPOOL struct spool *s = NULL;
	CLEANUP_ARENA struct arena arena = {0};
	struct spool_item *items;
	size_t count, damaged;
	fixture_check(spool_open(*state, "d", &s));
	fixture_check(spool_put(s, &an_item, "one", 3));
	struct spool_item item = an_item;
	item.state = SPOOL_PARKED;
	item.attempts = 4;
	item.reason = "HTTP 400: \"quoted\"";
	item.submission = "S1";
	fixture_check(spool_update(s, &item));
	fixture_check(spool_list(s, &arena, &items, &count, &damaged));
	assert_int_equal(items[0].state, SPOOL_PARKED);
	assert_int_equal(items[0].attempts, 4);
	assert_string_equal(items[0].reason, "HTTP 400: \"quoted\"");
	fixture_check(spool_done(s, &items[0], "confirmed", 0));
	fixture_check(spool_list(s, &arena, &items, &count, &damaged));
	assert_int_equal(count, 0);
	CLEANUP_BUFFER struct buffer ledger = {0};
	CLEANUP_FREE char *path = memory_printf("%s/spool/d/sent.jsonl", (char *)*state);
	fixture_check(file_read(path, 10000, ERROR_SYSTEM, &ledger));
	assert_string_equal(buffer_str(&ledger),
			    "{\"time\":\"1970-01-01T00:00:00.000000Z\",\"item\":\"n1.kcidb\","
			    "\"attempts\":4,\"submission\":\"S1\",\"note\":\"confirmed\"}\n");
}

static void a_damaged_item_is_counted_and_holds_up_nothing(void **state)
{
	CLEANUP_SPOOL struct spool *s = NULL;
	CLEANUP_ARENA struct arena arena = {0};
	struct spool_item *items;
	size_t count, damaged;
	fixture_check(spool_open(*state, "d", &s));
	fixture_check(spool_put(s, &an_item, "one", 3));
	fixture_file(*state, "spool/d/n0.kcidb/state.json", "{", 1);
	fixture_check(spool_list(s, &arena, &items, &count, &damaged));
	assert_int_equal(count, 1);
	assert_int_equal(damaged, 1);
}

static void only_one_process_sends(void **state)
{
	CLEANUP_SPOOL struct spool *first = NULL;
	CLEANUP_SPOOL struct spool *second = NULL;
	bool got;
	fixture_check(spool_open(*state, "d", &first));
	fixture_check(spool_open(*state, "d", &second));
	fixture_check(spool_lock(first, &got));
	assert_true(got);
	fixture_check(spool_lock(second, &got));
	assert_false(got);
	spool_close(first);
	first = NULL;
	fixture_check(spool_lock(second, &got));
	assert_true(got);
}

static void what_a_killed_process_left_half_made_is_removed(void **state)
{
	CLEANUP_SPOOL struct spool *s = NULL;
	bool got;
	fixture_check(spool_open(*state, "d", &s));
	// No process has this number: it is above the kernel's largest.
	fixture_file(*state, "spool/d/.tmp-n1.kcidb-4194305/document", "x", 1);
	fixture_file(*state, "spool/d/.gone-n2.kcidb-4194305/state.json", "x", 1);
	fixture_check(spool_lock(s, &got));
	CLEANUP_FREE char *tmp = memory_printf("%s/spool/d/.tmp-n1.kcidb-4194305", (char *)*state);
	CLEANUP_FREE char *gone =
	    memory_printf("%s/spool/d/.gone-n2.kcidb-4194305", (char *)*state);
	assert_false(file_exists(tmp));
	assert_false(file_exists(gone));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pauses_double_up_to_the_longest),
	    cmocka_unit_test(chance_takes_off_up_to_half),
	    cmocka_unit_test_setup_teardown(pieces_are_valid_and_hold_every_object_once, setup,
					    teardown),
	    cmocka_unit_test(an_invalid_document_is_not_split),
	    cmocka_unit_test(answers_mean_what_the_real_service_means),
	    cmocka_unit_test(a_refusal_is_quoted_not_its_json),
	    cmocka_unit_test(reasons_quote_one_line_without_controls),
	    cmocka_unit_test(urls_are_shown_without_secrets),
	    cmocka_unit_test_setup_teardown(an_item_put_in_twice_is_there_once, setup, teardown),
	    cmocka_unit_test_setup_teardown(state_survives_and_done_items_leave_a_line, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(a_damaged_item_is_counted_and_holds_up_nothing, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(only_one_process_sends, setup, teardown),
	    cmocka_unit_test_setup_teardown(what_a_killed_process_left_half_made_is_removed, setup,
					    teardown),
	};
	return cmocka_run_group_tests_name("results/publish", tests, NULL, NULL);
}
