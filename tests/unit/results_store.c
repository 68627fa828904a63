// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include "results/results.h"
#include "results/store/store.h"
#include "results/store/store_open.h"
#include "results/store/store_query.h"
#include "results/store/store_schema.h"
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

static void add(struct store *s, const char *dir, const struct fixture_run *r)
{
	CLEANUP_ARENA struct arena arena = {0};
	const struct run *run;
	fixture_write_run(dir, r);
	fixture_check(model_load_run(dir, r->id, &arena, &run));
	fixture_check(store_add_run(s, run));
}

static void finish(const char *dir)
{
	int code;
	fixture_check(results_finish_batch(dir, FIXTURE_BATCH, NULL, NULL, &code));
}

// All rows of all tables as text, in the order of their keys.
static char *dump(const char *dir)
{
	static const char *const tables[] = {"batches", "runs",    "paths",
					     "tests",   "metrics", "findings"};
	CLEANUP_STORE struct store *s = NULL;
	fixture_check(store_open(dir, &s));
	struct buffer out = {0};
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		CLEANUP_STATEMENT sqlite3_stmt *statement = NULL;
		CLEANUP_FREE char *sql = memory_printf("SELECT * FROM %s ORDER BY 1, 2", tables[i]);
		fixture_check(database_prepare(store_database(s), sql, &statement));
		while (sqlite3_step(statement) == SQLITE_ROW) {
			buffer_printf(&out, "%s", tables[i]);
			for (int c = 0; c < sqlite3_column_count(statement); c++) {
				const char *text = (const char *)sqlite3_column_text(statement, c);
				buffer_printf(&out, "|%s", text ? text : "(null)");
			}
			buffer_append(&out, "\n", 1);
		}
	}
	return buffer_steal(&out);
}

static int64_t count(struct store *s, const char *sql)
{
	CLEANUP_STATEMENT sqlite3_stmt *statement = NULL;
	fixture_check(database_prepare(store_database(s), sql, &statement));
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	return sqlite3_column_int64(statement, 0);
}

static void reindexing_gives_the_same_rows(void **state)
{
	// Taken in against the order of names and times.
	fixture_write_batch(*state, fixture_seed, FIXTURE_SEED_COUNT, NULL);
	struct store *s = NULL;
	fixture_check(store_open(*state, &s));
	for (size_t i = FIXTURE_SEED_COUNT; i-- > 0;)
		add(s, *state, &fixture_seed[i]);
	store_close(s);
	finish(*state);
	CLEANUP_FREE char *before = dump(*state);
	CLEANUP_REINDEX_REPORT struct reindex_report report = {0};
	fixture_check(store_reindex(*state, &report));
	CLEANUP_FREE char *after = dump(*state);
	assert_string_equal(before, after);
	assert_int_equal(report.runs, FIXTURE_SEED_COUNT);
	assert_int_equal(report.batches, 1);
}

static void a_damaged_store_is_rebuilt(void **state)
{
	fixture_write(*state, fixture_seed, FIXTURE_SEED_COUNT);
	finish(*state);
	CLEANUP_FREE char *before = dump(*state);
	fixture_file(*state, "store.sqlite", "this is no database, it is longer than a header", 47);
	struct store *s = NULL;
	CLEANUP_ERROR struct error *e = store_open(*state, &s);
	assert_non_null(e);
	CLEANUP_REINDEX_REPORT struct reindex_report report = {0};
	fixture_check(store_reindex(*state, &report));
	CLEANUP_FREE char *after = dump(*state);
	assert_string_equal(before, after);
}

static void bad_and_unfinished_runs_are_counted_and_left_out(void **state)
{
	fixture_write(*state, fixture_seed, FIXTURE_SEED_COUNT);
	fixture_file(*state, "runs/unfinished/console.raw", "x", 1);
	fixture_file(*state, "runs/bad/run.json", "{}", 2);
	CLEANUP_REINDEX_REPORT struct reindex_report report = {0};
	fixture_check(store_reindex(*state, &report));
	assert_int_equal(report.runs, FIXTURE_SEED_COUNT);
	assert_int_equal(report.unfinished, 1);
	assert_int_equal(report.bad, 1);
	assert_non_null(strstr(report.first_bad, "runs/bad/run.json: format: missing"));
}

static void a_reader_goes_on_while_the_store_is_rebuilt(void **state)
{
	fixture_write(*state, fixture_seed, FIXTURE_SEED_COUNT);
	finish(*state);
	CLEANUP_STORE struct store *reader = NULL;
	fixture_check(store_open(*state, &reader));
	assert_int_equal(count(reader, "SELECT count(*) FROM runs"), FIXTURE_SEED_COUNT);
	CLEANUP_REINDEX_REPORT struct reindex_report report = {0};
	fixture_check(store_reindex(*state, &report));
	assert_int_equal(count(reader, "SELECT count(*) FROM runs"), FIXTURE_SEED_COUNT);
}

static void a_reader_takes_in_what_the_store_lacks_once(void **state)
{
	struct store_reading reading;
	fixture_write(*state, fixture_seed, FIXTURE_SEED_COUNT);
	struct store *s = NULL;
	fixture_check(store_open_reader(*state, &s, &reading));
	assert_int_equal(reading.batches, 1);
	assert_false(reading.private_copy);
	assert_int_equal(count(s, "SELECT count(*) FROM runs"), FIXTURE_SEED_COUNT);
	store_close(s);
	fixture_check(store_open_reader(*state, &s, &reading));
	assert_int_equal(reading.batches, 0);
	store_close(s);
	CLEANUP_FREE char *read = dump(*state);
	CLEANUP_REINDEX_REPORT struct reindex_report report = {0};
	fixture_check(store_reindex(*state, &report));
	CLEANUP_FREE char *again = dump(*state);
	assert_string_equal(read, again);
}

static void a_batch_that_goes_on_is_left_to_its_end(void **state)
{
	static const char going_on[] = "{\"format\":\"mmfarm-batch/1\",\"id\":\"going-on\","
				       "\"job\":\"nightly\",\"origin\":\"mmfarm\","
				       "\"start_time\":\"2026-06-04T01:00:00Z\",\"runs\":[]}";
	fixture_file(*state, "batches/going-on/batch.json", going_on, sizeof(going_on) - 1);
	fixture_file(*state, "batches/damaged/batch.json", "{", 1);
	CLEANUP_STORE struct store *s = NULL;
	struct store_reading reading;
	fixture_check(store_open_reader(*state, &s, &reading));
	assert_int_equal(reading.batches, 0);
	assert_int_equal(count(s, "SELECT count(*) FROM batches"), 0);
}

static void adding_a_run_again_replaces_it(void **state)
{
	CLEANUP_STORE struct store *s = NULL;
	fixture_check(store_open(*state, &s));
	struct fixture_run r = {.id = "r1", .tests = 5, .metrics = 2, .splats = 1};
	add(s, *state, &r);
	r.tests = 3;
	r.splats = 0;
	r.verdict = "FAIL";
	add(s, *state, &r);
	assert_int_equal(count(s, "SELECT count(*) FROM runs"), 1);
	assert_int_equal(count(s, "SELECT status FROM runs"), STATUS_FAIL);
	assert_int_equal(count(s, "SELECT count(*) FROM tests"), 3);
	assert_int_equal(count(s, "SELECT count(*) FROM findings"), 0);
}

static void removing_a_run_takes_all_that_belongs_to_it(void **state)
{
	CLEANUP_STORE struct store *s = NULL;
	fixture_check(store_open(*state, &s));
	const struct fixture_run keep = {.id = "r1", .tests = 1};
	const struct fixture_run gone = {.id = "r2", .tests = 5, .metrics = 2, .splats = 1};
	add(s, *state, &keep);
	add(s, *state, &gone);
	fixture_check(store_remove_run(s, "r2"));
	fixture_check(store_remove_run(s, "never there"));
	assert_int_equal(count(s, "SELECT count(*) FROM runs"), 1);
	assert_int_equal(count(s, "SELECT count(*) FROM tests"), 1);
	assert_int_equal(count(s, "SELECT count(*) FROM metrics"), 0);
	assert_int_equal(count(s, "SELECT count(*) FROM findings"), 0);
}

static void two_runs_of_one_key_both_stay(void **state)
{
	CLEANUP_STORE struct store *s = NULL;
	fixture_check(store_open(*state, &s));
	const struct fixture_run first = {.id = "r1"};
	add(s, *state, &first);
	// No two short ids share 20 bits of SHA-256 so near each other: move the first onto the
	// key.
	CLEANUP_FREE char *sql = memory_printf(
	    "UPDATE runs SET key = %jd", (intmax_t)store_run_key("r2", "2026-06-04T01:10:00Z"));
	fixture_check(database_execute(store_database(s), sql));
	const struct fixture_run second = {.id = "r2"};
	add(s, *state, &second);
	assert_int_equal(count(s, "SELECT count(*) FROM runs"), 2);
	assert_int_equal(count(s, "SELECT max(key) - min(key) FROM runs"), 1);
}

static void a_store_of_a_newer_mmfarm_is_refused(void **state)
{
	struct store *s = NULL;
	fixture_check(store_open(*state, &s));
	fixture_check(database_execute(store_database(s), "PRAGMA user_version = 999"));
	store_close(s);
	s = NULL;
	CLEANUP_ERROR struct error *e = store_open(*state, &s);
	assert_non_null(e);
	assert_non_null(strstr(error_text(e), "newer mmfarm"));
	assert_int_equal(error_kind(e), ERROR_CONFIG);
}

static void an_abandoned_transaction_leaves_nothing(void **state)
{
	CLEANUP_STORE struct store *s = NULL;
	fixture_check(store_open(*state, &s));
	fixture_check(store_begin(s));
	const struct fixture_run r = {.id = "r1", .tests = 5};
	add(s, *state, &r);
	store_abandon(s);
	assert_int_equal(count(s, "SELECT count(*) FROM runs"), 0);
	add(s, *state, &r);
	assert_int_equal(count(s, "SELECT count(*) FROM tests"), 5);
}

// ---- queries ------------------------------------------------------------------------------------

// First column of all rows, joined by blanks.
static char *ask(const char *dir, const struct query *q)
{
	CLEANUP_STORE struct store *s = NULL;
	CLEANUP_STORE_ROWS struct store_rows *answer = NULL;
	fixture_check(store_open(dir, &s));
	fixture_check(query_ask(s, q, &answer));
	struct buffer out = {0};
	for (;;) {
		bool row;
		fixture_check(store_rows_next(answer, &row));
		if (!row)
			return buffer_steal(&out);
		buffer_printf(&out, "%s%s", out.len ? " " : "", store_rows_text(answer, 0));
	}
}

static void three_nights(const char *dir)
{
	const struct fixture_run runs[] = {
	    {.id = "n1-a",
	     .board = "a",
	     .start_time = "2026-06-01T01:00:00Z",
	     .tests = 2,
	     .metrics = 1},
	    {.id = "n1-b",
	     .board = "b",
	     .start_time = "2026-06-01T01:01:00Z",
	     .pool = "no-bbml2",
	     .midr = "0x413fd0c1",
	     .tests = 2},
	    {.id = "n2-a",
	     .board = "a",
	     .start_time = "2026-06-02T01:00:00Z",
	     .verdict = "FAIL",
	     .splats = 1,
	     .tests = 2,
	     .metrics = 1},
	    {.id = "n3-a",
	     .board = "a",
	     .start_time = "2026-06-03T01:00:00Z",
	     .splats = 1,
	     .variant = "textro",
	     .metrics = 1},
	};
	for (size_t i = 0; i < 4; i++)
		fixture_write_run(dir, &runs[i]);
	CLEANUP_REINDEX_REPORT struct reindex_report report = {0};
	fixture_check(store_reindex(dir, &report));
}

static void assert_answer(const char *dir, const struct query *q, const char *expected)
{
	CLEANUP_FREE char *got = ask(dir, q);
	assert_string_equal(got, expected);
}

static void runs_are_found_by_each_of_their_properties(void **state)
{
	three_nights(*state);
	struct query q;
	query_init(&q, QUERY_RUNS);
	assert_answer(*state, &q, "n3-a n2-a n1-b n1-a");
	q.board = "a";
	q.variant = "premap";
	assert_answer(*state, &q, "n2-a n1-a");
	q.oldest_first = true;
	q.limit = 1;
	assert_answer(*state, &q, "n1-a");
	query_init(&q, QUERY_RUNS);
	q.pool = "no-bbml2";
	assert_answer(*state, &q, "n1-b");
	query_init(&q, QUERY_RUNS);
	q.part = 0xd0c;
	assert_answer(*state, &q, "n1-b");
	query_init(&q, QUERY_RUNS);
	q.cpu_variant = 3;
	q.revision = 1;
	assert_answer(*state, &q, "n1-b");
	query_init(&q, QUERY_RUNS);
	q.statuses = 1u << STATUS_FAIL;
	assert_answer(*state, &q, "n2-a");
	query_init(&q, QUERY_RUNS);
	q.signature = "2000000000000000";
	assert_answer(*state, &q, "n3-a n2-a");
	q.signature = "3000000000000000";
	assert_answer(*state, &q, "n3-a n2-a");
	q.signature = "9000000000000000";
	assert_answer(*state, &q, "");
	query_init(&q, QUERY_RUNS);
	q.path = "mmfarm.t.0"; // a metric
	assert_answer(*state, &q, "n3-a n2-a n1-a");
	q.path = "mmfarm.test.*";
	assert_answer(*state, &q, "n2-a n1-b n1-a");
	q.path = "mmfarm.nowhere";
	assert_answer(*state, &q, "");
	query_init(&q, QUERY_RUNS);
	fixture_check(query_parse_time("2026-06-02", 0, &q.since_ms));
	fixture_check(query_parse_time("2026-06-03T00:00:00Z", 0, &q.until_ms));
	assert_answer(*state, &q, "n2-a");
	query_init(&q, QUERY_RUNS);
	fixture_check(query_parse_time("9999-12-31", 0, &q.until_ms));
	assert_answer(*state, &q, "n3-a n2-a n1-b n1-a");
	fixture_check(query_parse_time("0001-01-01", 0, &q.since_ms));
	assert_answer(*state, &q, "n3-a n2-a n1-b n1-a");
	fixture_check(query_parse_time("9999-12-31", 0, &q.since_ms));
	assert_answer(*state, &q, "");
}

static void tests_and_metrics_are_found_by_path(void **state)
{
	three_nights(*state);
	struct query q;
	query_init(&q, QUERY_METRICS);
	q.path = "mmfarm.t.0";
	assert_answer(*state, &q, "n3-a n2-a n1-a");
	q.path = "mmfarm.t.*";
	assert_answer(*state, &q, "n3-a n2-a n1-a");
	q.variant = "textro";
	assert_answer(*state, &q, "n3-a");
	query_init(&q, QUERY_TESTS);
	q.path = "mmfarm.test.1";
	assert_answer(*state, &q, "n2-a n1-b n1-a");
	q.board = "a";
	assert_answer(*state, &q, "n2-a n1-a");
	q.path = "mmfarm.test.?";
	q.limit = 3;
	assert_answer(*state, &q, "n2-a n2-a n1-a");
	q.statuses = 1u << STATUS_FAIL;
	assert_answer(*state, &q, "");
}

// Whatever index serves it, a status is found with and without a path and on one board.
static void rare_statuses_are_found(void **state)
{
	three_nights(*state);
	struct store *s = NULL;
	fixture_check(store_open(*state, &s));
	const char sql[] =
	    "UPDATE tests SET status = 5 WHERE run = (SELECT key FROM runs WHERE id = 'n1-b');"
	    "UPDATE metrics SET status = 0 WHERE run = (SELECT key FROM runs WHERE id = 'n2-a')";
	fixture_check(database_execute(store_database(s), sql));
	store_close(s);
	struct query q;
	query_init(&q, QUERY_TESTS);
	q.statuses = 1u << STATUS_SKIP;
	assert_answer(*state, &q, "n1-b n1-b");
	q.statuses |= 1u << STATUS_DONE;
	q.path = "mmfarm.test.1";
	assert_answer(*state, &q, "n1-b");
	q.board = "b";
	assert_answer(*state, &q, "n1-b");
	q.board = "a";
	assert_answer(*state, &q, "");
	query_init(&q, QUERY_METRICS);
	q.statuses = 1u << STATUS_FAIL;
	assert_answer(*state, &q, "n2-a");
	q.path = "mmfarm.t.*";
	assert_answer(*state, &q, "n2-a");
	q.statuses = 1u << STATUS_DONE;
	assert_answer(*state, &q, "n3-a n1-a");
}

static void a_signature_is_one_row_with_its_span(void **state)
{
	three_nights(*state);
	struct query q;
	query_init(&q, QUERY_SPLATS);
	CLEANUP_STORE struct store *s = NULL;
	CLEANUP_STORE_ROWS struct store_rows *answer = NULL;
	bool row;
	fixture_check(store_open(*state, &s));
	fixture_check(query_ask(s, &q, &answer));
	fixture_check(store_rows_next(answer, &row));
	assert_true(row);
	assert_string_equal(store_rows_text(answer, 0), "2000000000000000");
	assert_int_equal(store_rows_integer(answer, 4), 2);
	assert_string_equal(store_rows_text(answer, 7), "2026-06-02T01:00:00Z");
	assert_string_equal(store_rows_text(answer, 8), "2026-06-03T01:00:00Z");
	fixture_check(store_rows_next(answer, &row));
	assert_false(row);
}

static void times_may_be_ages(void **state)
{
	(void)state;
	int64_t ms;
	fixture_check(query_parse_time("12h", 86400000, &ms));
	assert_int_equal(ms, 43200000);
	fixture_check(query_parse_time("1d", 86400000, &ms));
	assert_int_equal(ms, 0);
	CLEANUP_ERROR struct error *e = query_parse_time("yesterday", 0, &ms);
	assert_non_null(e);
	CLEANUP_ERROR struct error *e2 = query_parse_time("-3d", 0, &ms);
	assert_non_null(e2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(reindexing_gives_the_same_rows, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_damaged_store_is_rebuilt, setup, teardown),
	    cmocka_unit_test_setup_teardown(bad_and_unfinished_runs_are_counted_and_left_out, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(a_reader_goes_on_while_the_store_is_rebuilt, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(a_reader_takes_in_what_the_store_lacks_once, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(a_batch_that_goes_on_is_left_to_its_end, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(adding_a_run_again_replaces_it, setup, teardown),
	    cmocka_unit_test_setup_teardown(removing_a_run_takes_all_that_belongs_to_it, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(two_runs_of_one_key_both_stay, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_store_of_a_newer_mmfarm_is_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(an_abandoned_transaction_leaves_nothing, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(runs_are_found_by_each_of_their_properties, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(tests_and_metrics_are_found_by_path, setup, teardown),
	    cmocka_unit_test_setup_teardown(rare_statuses_are_found, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_signature_is_one_row_with_its_span, setup, teardown),
	    cmocka_unit_test(times_may_be_ages),
	};
	return cmocka_run_group_tests_name("results/store", tests, NULL, NULL);
}
