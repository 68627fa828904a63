// SPDX-License-Identifier: GPL-2.0-or-later
// Nights through the real store: runs and batches in, alerts and wishes out.
#include "unit/unit.h"

#include <math.h>

#include "base/clock.h"
#include "base/file.h"
#include "results/series/series.h"
#include "results/store/store_open.h"
#include "results/series/night.h"
#include "results/series/night_record.h"
#include "results/retention/retention.h"
#include "timing/statistics/inference.h"
#include "unit/results_fixture.h"

struct farm {
	char *dir;
	struct store *store;
	enum platform platform;
	struct random random;
	const char *emulator;         // that plays the boards; NULL: none
	const struct job_config *job; // NULL: none
	enum status verdict;          // of the runs added
	const char *outcome;
	const char *arguments;
	double step;   // resolution of the numbers in seconds; 0: the payload does not tell it
	double canary; // seconds that the board's own loops take; 0: the payload has none
	struct night_report report;
	unsigned runs;
};

static int set_up(void **state)
{
	struct farm *f = memory_new(1, sizeof(*f));
	f->dir = fixture_dir();
	f->random.state = 4;
	f->verdict = STATUS_PASS;
	f->outcome = "ok";
	f->arguments = "order=textro";
	fixture_check(store_open(f->dir, &f->store));
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct farm *f = *state;
	store_close(f->store);
	night_report_deinit(&f->report);
	fixture_remove(f->dir);
	free(f);
	return 0;
}

static char *time_of(unsigned night, unsigned second)
{
	return memory_printf("2026-%02u-%02uT01:%02u:%02u.000000Z", 1 + night / 28, 1 + night % 28,
			     second / 60, second % 60);
}

static void add_batch(struct farm *f, unsigned night, const char *comment)
{
	CLEANUP_FREE char *id = memory_printf("b%03u%s", night, comment ? "-ab" : "");
	CLEANUP_FREE char *start = time_of(night, 0);
	CLEANUP_FREE char *hash = memory_printf("%040u", night);
	const struct checkout checkout = {.git_commit_hash = hash};
	const struct batch_record b = {.format = "mmfarm-batch/1",
				       .id = id,
				       .job = "nightly",
				       .lab = "lab",
				       .origin = "mmfarm",
				       .start_time = start,
				       .comment = comment,
				       .checkout = &checkout};
	fixture_check(store_add_batch(f->store, &b));
}

static struct metric metric_of(const char *path, double value)
{
	return (struct metric){.path = path,
			       .value = value * 1.01,
			       .unit = "s",
			       .status = STATUS_DONE,
			       .n = 31,
			       .min = value,
			       .max = value * 1.1,
			       .p90 = value * 1.05,
			       .mad = 0,
			       .cycles = NAN,
			       .step = NAN,
			       .line = MODEL_UNKNOWN};
}

static void add_run(struct farm *f, unsigned night, const char *board, double value, bool ab)
{
	CLEANUP_FREE char *id = memory_printf("r%u", f->runs);
	CLEANUP_FREE char *start = time_of(night, f->runs++ % 3000);
	CLEANUP_FREE char *batch = memory_printf("b%03u%s", night, ab ? "-ab" : "");
	CLEANUP_FREE char *build = memory_printf("%064u", night);
	const struct cpu cpu = {
	    .name = "Cortex-X4 r0p3", .midr = "0x410fd823", .bbm = 2, .bbml2 = true};
	const struct board_record b = {
	    .name = board, .type = "x4", .pool = "bbml2", .emulator = f->emulator, .cpu = &cpu};
	const struct payload payload = {.kind = "firmware",
					.name = "mm.img",
					.file = "mm.img",
					.sha256 = build,
					.size = 1,
					.arguments = f->arguments};
	struct metric metrics[] = {
	    metric_of("mmfarm.t.split", value),
	    metric_of("mmfarm.t.canary.alu.start", f->canary),
	    metric_of("mmfarm.t.canary.alu.end", f->canary),
	    metric_of("mmfarm.t.canary.chase.start", f->canary),
	    metric_of("mmfarm.t.canary.chase.end", f->canary),
	};
	metrics[0].step = f->step > 0 ? f->step : NAN;
	metrics[1].cycles = 100;
	const struct run r = {.format = "mmfarm-run/1",
			      .id = id,
			      .batch = batch,
			      .job = "nightly",
			      .variant = "textro",
			      .attempt = 1,
			      .board = &b,
			      .payload = &payload,
			      .start_time = start,
			      .duration = 1,
			      .deadline = 60,
			      .verdict = f->verdict,
			      .reason = "",
			      .outcome = f->outcome,
			      .boots = 1,
			      .clock_hz = 62.5e6,
			      .metrics = value > 0 ? metrics : NULL,
			      .metrics_count = value > 0 ? f->canary > 0 ? 5 : 1 : 0};
	fixture_check(store_add_run(f->store, &r));
}

static enum platform platform_of(const void *context, const char *board_type)
{
	assert_string_equal(board_type, "x4");
	return ((const struct farm *)context)->platform;
}

static void evaluate(struct farm *f, unsigned night)
{
	CLEANUP_FREE char *batch = memory_printf("b%03u", night);
	const struct night_options o = {.results_dir = f->dir,
					.batch = batch,
					.store = f->store,
					.now_ns = 1000 + night,
					.params = timing_params_default(),
					.job = f->job,
					.platform = platform_of,
					.platform_context = f,
					.mark_told = true};
	night_report_deinit(&f->report);
	fixture_check(night_evaluate(&o, &f->report));
}

static void play(struct farm *f, unsigned from, unsigned to, double level)
{
	for (unsigned night = from; night < to; night++) {
		add_batch(f, night, NULL);
		add_run(f, night, "x4-01", level * (1 + 0.01 * random_normal(&f->random)), false);
		evaluate(f, night);
	}
}

static const struct night_wish *wish(const struct farm *f, enum wish_kind kind)
{
	for (size_t i = 0; i < f->report.wishes_count; i++)
		if (f->report.wishes[i].wish.kind == kind && f->report.wishes[i].chosen)
			return &f->report.wishes[i];
	return NULL;
}

static void a_hundred_nights_without_change_tell_nothing(void **state)
{
	struct farm *f = *state;
	for (unsigned night = 0; night < 100; night++) {
		play(f, night, night + 1, 1e-6);
		for (size_t i = 0; i < f->report.alerts_count; i++)
			assert_false(f->report.alerts[i].tell || f->report.alerts[i].failure);
	}
}

static void a_slowdown_goes_from_wish_to_confirmation(void **state)
{
	struct farm *f = *state;
	play(f, 0, 40, 1e-6);
	add_batch(f, 40, NULL);
	add_run(f, 40, "x4-01", 1.08e-6, false);
	evaluate(f, 40);
	const struct night_wish *again = wish(f, WISH_RERUN);
	assert_non_null(again);
	assert_string_equal(again->wish.run, "r40");
	for (int i = 0; i < 3; i++)
		add_run(f, 40, "x4-01", 1.08e-6 * (1 + 0.01 * random_normal(&f->random)), false);
	evaluate(f, 40);
	const struct night_wish *ab = wish(f, WISH_AB);
	assert_non_null(ab);
	CLEANUP_FREE char *key = memory_strdup(ab->key);
	char alert[ALERT_ID_SIZE];
	memcpy(alert, ab->wish.alert, sizeof(alert));
	fixture_check(night_book(f->dir, &ab->wish, key));
	evaluate(f, 40);
	assert_null(wish(f, WISH_AB));
	// The runs of the confirmation are no points of the series.
	add_batch(f, 40, SERIES_AB_COMMENT "x");
	for (int i = 0; i < 16; i++)
		add_run(f, 40, "x4-01", i % 2 ? 5e-6 : 1e-6, true);
	const struct ab_outcome o = {.verdict = AB_VERDICT_CONFIRMED,
				     .boards = 1,
				     .runs = 8,
				     .p = 1e-4,
				     .relative = 0.08,
				     .low = 0.07,
				     .high = 0.09};
	fixture_check(night_ab_result(f->dir, key, alert, &o, 77));
	evaluate(f, 40);
	assert_int_equal(f->report.alerts_count, 1);
	const struct night_alert *a = &f->report.alerts[0];
	assert_string_equal(a->id, alert);
	assert_int_equal(a->state, STATE_CONFIRMED);
	assert_true(a->failure && a->tell && a->title);
	assert_int_equal(f->report.incidents, 1);
	assert_true(fabs(a->before / 1e-6 - 1) < 0.02 && a->after > 1.05e-6);
	evaluate(f, 40);
	assert_false(f->report.alerts[0].tell);
}

static size_t runs_left(struct farm *f, const char *condition)
{
	CLEANUP_STATEMENT sqlite3_stmt *s = NULL;
	CLEANUP_FREE char *sql = memory_printf("SELECT count(*) FROM runs WHERE %s", condition);
	fixture_check(database_prepare(store_database(f->store), sql, &s));
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	return (size_t)sqlite3_column_int64(s, 0);
}

// Everything that may go goes.
static void prune(struct farm *f)
{
	const struct retention everything = {
	    .is_set = true, .compress_after_ms = RETENTION_FOREVER, .at_most = RETENTION_FOREVER};
	struct retention_report report;
	fixture_check(retention_apply(f->dir, &everything, clock_realtime_ns() / 1000000, false,
				      NULL, &report));
	assert_int_equal(report.failed, 0);
}

static void prune_keeps_what_an_open_alert_would_run_again(void **state)
{
	struct farm *f = *state;
	for (unsigned night = 0; night < 50; night++) {
		double level = night < 40 ? 1e-6 : 1.1e-6;
		add_batch(f, night, NULL);
		for (int b = 0; b < 2; b++)
			add_run(f, night, b ? "x4-02" : "x4-01",
				level * (1 + 0.001 * random_normal(&f->random)), false);
		evaluate(f, night);
	}
	const struct night_wish *ab = wish(f, WISH_AB);
	assert_non_null(ab);
	CLEANUP_FREE char *key = memory_strdup(ab->key);
	char alert[ALERT_ID_SIZE];
	memcpy(alert, ab->wish.alert, sizeof(alert));
	prune(f);
	// The images before and behind the change, on each of two boards.
	assert_int_equal(runs_left(f, "1"), 4);
	assert_int_equal(runs_left(f, "batch = 'b039' AND board IN ('x4-01', 'x4-02')"), 2);
	assert_int_equal(runs_left(f, "batch = 'b040' AND board IN ('x4-01', 'x4-02')"), 2);
	const struct ab_outcome o = {.verdict = AB_VERDICT_EQUIVALENT, .boards = 2, .p = 0.5};
	fixture_check(night_ab_result(f->dir, key, alert, &o, 77));
	prune(f);
	assert_int_equal(runs_left(f, "1"), 0);
}

static void instruction_counts_are_confirmed_by_one_rerun(void **state)
{
	struct farm *f = *state;
	f->platform = PLATFORM_ICOUNT;
	for (unsigned night = 0; night < 4; night++) {
		add_batch(f, night, NULL);
		add_run(f, night, "x4-01", night < 3 ? 1e-6 : 1.03e-6, false);
		evaluate(f, night);
	}
	const struct night_wish *again = wish(f, WISH_RERUN);
	assert_non_null(again);
	assert_int_equal(again->wish.times, 1);
	add_run(f, 3, "x4-01", 1.03e-6, false);
	evaluate(f, 3);
	assert_int_equal(f->report.alerts_count, 1);
	assert_int_equal(f->report.alerts[0].state, STATE_CONFIRMED);
	assert_true(fabs(f->report.alerts[0].relative - 0.03) < 1e-9);
}

static struct job_config *job_of(const char *path, const char *metrics)
{
	struct job_config *job = NULL;
	CLEANUP_FREE char *text =
	    memory_printf("name: nightly\npayload: {kernel: Image}\npools: [bbml2]\n"
			  "deadline: 60s\nvariants: [{name: textro}]\nmetrics: [%s]\n",
			  metrics);
	fixture_check(file_write_atomic(path, text, strlen(text)));
	fixture_check(job_load(path, &job));
	return job;
}

static void a_tick_is_no_change_of_an_exact_number(void **state)
{
	struct farm *f = *state;
	CLEANUP_FREE char *path = memory_printf("%s/job.yaml", f->dir);
	CLEANUP_JOB struct job_config *job = job_of(path, "{name: mmfarm.t.split, tick: 1e-8}");
	f->platform = PLATFORM_ICOUNT;
	f->job = job;
	static const double values[] = {1e-6, 1e-6, 1.009e-6, 1e-6, 1.03e-6};
	for (unsigned night = 0; night < 5; night++) {
		add_batch(f, night, NULL);
		add_run(f, night, "x4-01", values[night], false);
		evaluate(f, night);
		assert_true((wish(f, WISH_RERUN) != NULL) == (night == 4));
	}
	add_run(f, 4, "x4-01", 1.03e-6, false);
	evaluate(f, 4);
	assert_int_equal(f->report.alerts_count, 1);
	assert_string_equal(f->report.alerts[0].class, "normal");
}

static void a_metric_that_stops_coming_is_missed(void **state)
{
	struct farm *f = *state;
	play(f, 0, 20, 1e-6);
	for (unsigned night = 20; night < 22; night++) {
		add_batch(f, night, NULL);
		add_run(f, night, "x4-01", 0, false);
		evaluate(f, night);
	}
	assert_int_equal(f->report.alerts_count, 1);
	assert_int_equal(f->report.alerts[0].kind, ALERT_MISSING);
}

// A tree that panics or hangs is a FAIL by itself: its metrics are neither missing nor slow.
static void a_run_that_was_cut_short_misses_nothing_and_slows_nothing(void **state)
{
	static const char *const outcomes[] = {"panic", "hang", "reset", "truncated"};
	struct farm *f = *state;
	play(f, 0, 20, 1e-6);
	f->verdict = STATUS_FAIL;
	for (unsigned night = 20; night < 28; night++) {
		f->outcome = outcomes[night % 4];
		add_batch(f, night, NULL);
		add_run(f, night, "x4-01", night % 2 ? 2e-6 : 0, false);
		evaluate(f, night);
		assert_null(wish(f, WISH_RERUN));
	}
	for (size_t i = 0; i < f->report.alerts_count; i++)
		assert_int_equal(f->report.alerts[i].kind, ALERT_BOARD_UNSTABLE);
}

static void other_arguments_ask_for_other_metrics(void **state)
{
	struct farm *f = *state;
	play(f, 0, 20, 1e-6);
	f->arguments = "order=premap";
	for (unsigned night = 20; night < 25; night++) {
		add_batch(f, night, NULL);
		add_run(f, night, "x4-01", 0, false);
		evaluate(f, night);
	}
	assert_int_equal(f->report.alerts_count, 0);
}

static void a_metric_that_the_job_no_longer_declares_is_not_missed(void **state)
{
	struct farm *f = *state;
	play(f, 0, 20, 1e-6);
	CLEANUP_FREE char *dir = memory_printf("%s/runs/r19", f->dir);
	CLEANUP_FREE char *then = memory_printf("%s/job.yaml", dir);
	CLEANUP_FREE char *now = memory_printf("%s/now.yaml", f->dir);
	fixture_check(file_make_dirs(dir));
	CLEANUP_JOB struct job_config *declared =
	    job_of(then, "{name: mmfarm.t.split, from: {line: split}}");
	CLEANUP_JOB struct job_config *silent = job_of(now, "");
	for (unsigned night = 20; night < 26; night++) {
		f->job = night < 24 ? declared : silent;
		add_batch(f, night, NULL);
		add_run(f, night, "x4-01", 0, false);
		evaluate(f, night);
		if (night == 20 || night == 25)
			assert_int_equal(f->report.alerts_count, 0);
		else
			assert_int_equal(f->report.alerts[0].kind, ALERT_MISSING);
	}
	assert_int_equal(f->report.notes_count, 0); // told the night before
}

static void a_loaded_series_outlives_the_list_that_named_it(void **state)
{
	struct farm *f = *state;
	play(f, 0, 3, 1e-6);
	CLEANUP_STORED_SERIES struct stored_series s = {0};
	struct series_list list = {0};
	fixture_check(series_list_load(f->store, NULL, "*split", &list));
	assert_int_equal(list.count, 1);
	fixture_check(series_load(f->store, &list.ids[0], PLATFORM_HARDWARE, 2, &s));
	series_list_deinit(&list);
	assert_string_equal(s.input.metric.name, "mmfarm.t.split");
	assert_string_equal(s.input.key.job, "nightly");
	assert_int_equal(s.input.runs_count, 2);
}

// Another version of the emulator counts other instructions: that is no change of the code.
static void another_emulator_starts_another_series(void **state)
{
	struct farm *f = *state;
	f->platform = PLATFORM_HARDWARE; // the runs know better
	for (unsigned night = 0; night < 6; night++) {
		f->emulator = night < 3 ? "qemu 7.2.22 virt 2G smp1 icount"
					: "qemu 10.0.2 virt 2G smp1 icount";
		add_batch(f, night, NULL);
		add_run(f, night, "x4-01", night < 3 ? 1e-6 : 1.03e-6, false);
		evaluate(f, night);
		assert_int_equal(f->report.wishes_count, 0);
		assert_int_equal(f->report.alerts_count, 0);
	}
	add_batch(f, 6, NULL);
	add_run(f, 6, "x4-01", 1.04e-6, false);
	evaluate(f, 6);
	const struct night_wish *again = wish(f, WISH_RERUN);
	assert_non_null(again);
	assert_int_equal(again->wish.times, 1);
	assert_non_null(strstr(again->key, "qemu 10.0.2 virt 2G smp1 icount"));
}

static void what_the_night_said_can_be_read_back(void **state)
{
	struct farm *f = *state;
	f->platform = PLATFORM_ICOUNT;
	for (unsigned night = 0; night < 4; night++) {
		add_batch(f, night, NULL);
		add_run(f, night, "x4-01", night < 3 ? 1e-6 : 1.03e-6, false);
		if (night == 3)
			add_run(f, night, "x4-01", 1.03e-6, false);
		evaluate(f, night);
	}
	CLEANUP_FREE char *dir = memory_printf("%s/batches/b003", f->dir);
	fixture_check(file_make_dirs(dir));
	const struct timing_params params = timing_params_default();
	fixture_check(night_record_write(f->dir, "b003", &f->report, &params));
	CLEANUP_ARENA struct arena arena = {0};
	const struct night_record *r = NULL;
	fixture_check(night_record_load(f->dir, "b003", &arena, &r));
	assert_non_null(r);
	assert_int_equal(r->series, 1);
	assert_int_equal(r->alerts_count, 1);
	const struct alert_record *a = &r->alerts[0];
	assert_string_equal(a->state, "confirmed");
	assert_string_equal(a->run, "r4");
	assert_string_equal(a->unit, "s");
	assert_true(a->failure && a->tell && a->title);
	assert_int_equal(a->incident, 1);
	assert_true(fabs(a->relative - 0.03) < 1e-9);
	assert_true(isnan(a->ab_p));
	assert_null(a->board);
	fixture_check(night_record_load(f->dir, "b002", &arena, &r));
	assert_null(r);
}

// The level sinks below the pinned release's by steps that are no alert each.
static void a_pinned_release_gives_a_budget(void **state)
{
	struct farm *f = *state;
	static const char yaml[] = "name: nightly\npayload: {firmware: f}\npools: [p]\n"
				   "variants: [{name: textro}]\n"
				   "baseline: \"0000000000000000000000000000000000000000\"\n";
	CLEANUP_FREE char *path = memory_printf("%s/j.yaml", f->dir);
	fixture_check(file_write_atomic(path, yaml, strlen(yaml)));
	CLEANUP_JOB struct job_config *job = NULL;
	fixture_check(job_load(path, &job));
	f->job = job;
	play(f, 0, 20, 1e-6);
	for (unsigned night = 20; night < 40; night++)
		play(f, night, night + 1, 1e-6 * (1 + 0.008 * (night - 19)));
	bool budget = false;
	for (size_t i = 0; i < f->report.alerts_count; i++)
		budget |= f->report.alerts[i].kind == ALERT_BUDGET;
	assert_true(budget);
}

static void unknown_alerts_are_refused(void **state)
{
	struct farm *f = *state;
	const struct ab_outcome o = {.verdict = AB_VERDICT_CONFIRMED};
	CLEANUP_ERROR struct error *e = night_ab_result(f->dir, "key", "0123456789abcdef", &o, 1);
	assert_non_null(e);
	assert_int_equal(error_kind(e), ERROR_USAGE);
}

static void two_boards_are_compared_by_their_runs(void **state)
{
	struct farm *f = *state;
	add_batch(f, 0, NULL);
	for (int i = 0; i < 7; i++) {
		add_run(f, 0, "x4-01", 1e-6 * (1 + 0.001 * i), false);
		add_run(f, 0, "x4-02", 2e-6 * (1 + 0.001 * i), false);
	}
	const struct comparison_query q = {.by = COMPARE_BOARD,
					   .names = {"x4-02", "x4-01"},
					   .results = f->dir,
					   .days = 7,
					   .platform = platform_of,
					   .platform_context = f};
	CLEANUP_COMPARISON struct comparison_data d = {0};
	fixture_check(comparison_load(f->store, &q, &d));
	assert_int_equal(d.input.metrics_count, 1);
	assert_int_equal(d.input.classes[0].boards[0].runs, 7);
	struct timing_params p = timing_params_default();
	struct comparison r;
	compare_metrics(&d.input, &p, &r);
	assert_int_equal(r.method, METHOD_ONE_BOARD);
	assert_int_equal(r.claim, CLAIM_NONE);
	assert_true(fabs(r.ratio - 2) < 1e-9);
}

static void a_step_of_the_payloads_clock_is_no_change_of_an_exact_number(void **state)
{
	struct farm *f = *state;
	f->platform = PLATFORM_ICOUNT;
	f->step = 1e-9;
	for (unsigned night = 0; night < 6; night++) {
		add_batch(f, night, NULL);
		add_run(f, night, "x4-01", night < 5 ? 1e-6 + 0.9e-9 * (night % 2) : 1.0025e-6,
			false);
		evaluate(f, night);
		assert_int_equal(wish(f, WISH_RERUN) != NULL, night == 5);
	}
}

// The batch's last whose numbers are `a` on one board and `b` on another.
static double ratio_of(struct farm *f, unsigned night, double a, double b)
{
	add_batch(f, night, NULL);
	add_run(f, night, "x4-01", a, false);
	add_run(f, night, "x4-02", b, false);
	const struct comparison_query q = {.by = COMPARE_BOARD,
					   .names = {"x4-01", "x4-02"},
					   .results = f->dir,
					   .days = 7,
					   .platform = platform_of,
					   .platform_context = f};
	CLEANUP_COMPARISON struct comparison_data d = {0};
	fixture_check(comparison_load(f->store, &q, &d));
	struct timing_params p = timing_params_default();
	struct comparison r;
	compare_metrics(&d.input, &p, &r);
	assert_int_equal(r.claim, CLAIM_EXACT);
	return r.ratio;
}

static void boards_that_differ_by_a_step_of_the_clock_counted_the_same(void **state)
{
	struct farm *f = *state;
	f->platform = PLATFORM_ICOUNT;
	assert_true(ratio_of(f, 0, 1e-6, 1.0009e-6) < 0.9995); // the payload told no step
	f->step = 1e-9;
	assert_true(ratio_of(f, 1, 1e-6, 1.0009e-6) == 1);
	assert_true(ratio_of(f, 2, 1e-6, 1.0011e-6) < 0.9995);
}

static void nights_at_another_clock_are_no_change_of_the_code(void **state)
{
	struct farm *f = *state;
	f->canary = 1e-7;
	play(f, 0, 30, 1e-3);
	f->canary *= 1.1; // the loops that no tested code slows down take as much longer
	play(f, 30, 33, 1.1e-3);
	assert_null(wish(f, WISH_RERUN));
	assert_null(wish(f, WISH_AB));
	f->canary /= 1.1;
	play(f, 33, 34, 1.1e-3); // and this is the code's
	assert_non_null(wish(f, WISH_RERUN));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    T(a_hundred_nights_without_change_tell_nothing),
	    T(nights_at_another_clock_are_no_change_of_the_code),
	    T(a_slowdown_goes_from_wish_to_confirmation),
	    T(prune_keeps_what_an_open_alert_would_run_again),
	    T(instruction_counts_are_confirmed_by_one_rerun),
	    T(a_tick_is_no_change_of_an_exact_number),
	    T(a_step_of_the_payloads_clock_is_no_change_of_an_exact_number),
	    T(boards_that_differ_by_a_step_of_the_clock_counted_the_same),
	    T(a_metric_that_stops_coming_is_missed),
	    T(a_run_that_was_cut_short_misses_nothing_and_slows_nothing),
	    T(other_arguments_ask_for_other_metrics),
	    T(a_metric_that_the_job_no_longer_declares_is_not_missed),
	    T(a_loaded_series_outlives_the_list_that_named_it),
	    T(another_emulator_starts_another_series),
	    T(what_the_night_said_can_be_read_back),
	    T(a_pinned_release_gives_a_budget),
	    T(unknown_alerts_are_refused),
	    T(two_boards_are_compared_by_their_runs),
	};
#undef T
	return cmocka_run_group_tests_name("results/night", tests, NULL, NULL);
}
