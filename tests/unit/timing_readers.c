// SPDX-License-Identifier: GPL-2.0-or-later
// From files and runs to points: borders of the reader of CSV, of the gates and of the constants.
#include "unit/timing_table.h"

#include "timing/csv.h"
#include "timing/metric.h"
#include "timing/points.h"

// ---- CSV -----------------------------------------------------------------------------------

static struct error *parse(const char *text, const struct csv_options *o, struct csv_file *out)
{
	return csv_parse(text, strlen(text), o, out);
}

static void assert_refused(const char *text, size_t len, const char *message)
{
	const struct csv_options o = {.name = "s", .file = "f"};
	struct csv_file f = {0};
	CLEANUP_ERROR struct error *e = csv_parse(text, len, &o, &f);
	assert_non_null(e);
	assert_string_equal(error_text(e), message);
	assert_null(f.series);
}

#define REFUSED(text, message) assert_refused(text, sizeof(text) - 1, message)

static void mistakes_are_told_where_they_stand(void **state)
{
	(void)state;
	REFUSED("value\n1\n\n\n\"\n\n", "f:5:1: the quote is never closed");
	REFUSED("value\n\"a\nb\"\nx\n", "f:2:1: expected a finite number, found \"a\nb\"");
	REFUSED("value\n\"1\n\"\n2\n", "f:2:1: expected a finite number, found \"1\n\"");
	REFUSED("value,x\n1,\"2\n3\"\n4\n", "f:4:1: cells: expected 2 as in the header, found 1");
	REFUSED("value\n1\0\n", "f:2:2: a NUL byte in a text file");
	REFUSED("value\n\"1\0\"\n", "f:2:1: a NUL byte in a text file");
	REFUSED("x,value\n1,\"2\"3\n", "f:2:6: expected a comma or the end of the line");
	REFUSED("value\n1\r2\n", "f:2:2: expected a comma or the end of the line");
}

static void a_return_alone_ends_the_last_line_only(void **state)
{
	(void)state;
	const struct csv_options o = {.name = "s", .file = "f"};
	CLEANUP_CSV struct csv_file f = {0};
	assert_null(parse("value\r\n1\r", &o, &f));
	assert_int_equal(f.series[0].count, 1);
	assert_close(f.series[0].values[0], 1);
}

static char *repeated(const char *begin, const char *part, size_t times, const char *end)
{
	CLEANUP_BUFFER struct buffer b = {0};
	buffer_append_str(&b, begin);
	for (size_t i = 0; i < times; i++)
		buffer_append_str(&b, part);
	buffer_append_str(&b, end);
	return memory_strdup(buffer_str(&b));
}

static void columns_and_cells_have_their_limits(void **state)
{
	(void)state;
	const struct csv_options o = {.name = "s", .file = "f", .column = "v"};
	CLEANUP_CSV struct csv_file f = {0};
	CLEANUP_FREE char *most = repeated("v", ",", 255, "\n");
	assert_null(parse(most, &o, &f));
	CLEANUP_FREE char *more = repeated("v", ",", 256, "\n");
	assert_refused(more, strlen(more), "f:1:258: more than 256 columns");
	CLEANUP_FREE char *wide = repeated("x,v\n", "y", 4096, ",1\n");
	csv_file_deinit(&f);
	assert_null(parse(wide, &o, &f));
	assert_int_equal(f.series[0].count, 1);
	CLEANUP_FREE char *wider = repeated("x,value\n", "y", 4097, ",1\n");
	assert_refused(wider, strlen(wider), "f:2:1: a cell of more than 4096 bytes");
}

static void one_file_holds_ten_thousand_series(void **state)
{
	(void)state;
	const struct csv_options o = {.name = "s", .file = "f"};
	CLEANUP_BUFFER struct buffer b = {0};
	buffer_append_str(&b, "series,value\n");
	for (int i = 0; i < 10000; i++)
		buffer_printf(&b, "s%d,1\n", i);
	CLEANUP_CSV struct csv_file f = {0};
	assert_null(csv_parse(b.data, b.len, &o, &f));
	assert_int_equal(f.count, 10000);
	assert_string_equal(f.series[9999].name, "s9999");
	buffer_append_str(&b, "one more,1\n");
	assert_refused(b.data, b.len, "f:10002:1: more than 10000 series in one file");
}

static void names_come_from_what_columns_there_are(void **state)
{
	(void)state;
	static const struct {
		const char *text, *name;
		size_t count;
	} cases[] = {
	    {"metric,rep0\nalu,1\n", "f/alu", 1},
	    {"cpu,metric,rep0\na72,alu,1\n", "f/a72/alu", 1},
	    {"cpu,rep0\na72,1\n", "f", 1},
	    {"metric,value\nalu,1\n", "f", 1},
	    {"series,metric,rep0\nmine,alu,1\n", "mine", 1},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct csv_options o = {.name = "f", .file = "f.csv"};
		CLEANUP_CSV struct csv_file f = {0};
		assert_null(parse(cases[i].text, &o, &f));
		assert_int_equal(f.count, 1);
		assert_string_equal(f.series[0].name, cases[i].name);
		assert_int_equal(f.series[0].count, cases[i].count);
	}
	// Repetitions alone make no series where there is no row, and a value column hides them.
	const struct csv_options o = {.name = "f", .file = "f.csv"};
	CLEANUP_CSV struct csv_file f = {0};
	assert_null(parse("rep0,rep1\n", &o, &f));
	assert_int_equal(f.count, 0);
	assert_null(parse("value,rep0,rep1x,rep\n3,1,x,y\n", &o, &f));
	assert_int_equal(f.series[0].reps_per_run, 0);
	assert_close(f.series[0].values[0], 3);
	csv_file_deinit(&f);
	assert_null(parse("series,value\n", &o, &f));
	assert_int_equal(f.count, 0);
}

// The first gap makes row numbers; whatever the number of points before it.
static void rows_are_numbered_behind_a_gap(void **state)
{
	(void)state;
	for (size_t before = 0; before < 10; before++) {
		CLEANUP_BUFFER struct buffer b = {0};
		buffer_append_str(&b, "index,value\n");
		for (size_t i = 0; i < before; i++)
			buffer_printf(&b, "%zu,%zu\n", i, i);
		buffer_append_str(&b, "x,\ny,7\nz,\nw,8\n");
		const struct csv_options o = {.name = "f", .file = "f.csv"};
		CLEANUP_CSV struct csv_file f = {0};
		assert_null(csv_parse(b.data, b.len, &o, &f));
		const struct csv_series *s = &f.series[0];
		assert_int_equal(s->count, before + 2);
		assert_int_equal(s->rows_count, before + 4);
		for (size_t i = 0; i < before; i++)
			assert_int_equal(s->rows[i], i);
		assert_int_equal(s->rows[before], before + 1);
		assert_int_equal(s->rows[before + 1], before + 3);
	}
}

// ---- runs to points ------------------------------------------------------------------------

static struct timing_run summary(const char *board, int64_t position, double value)
{
	return (struct timing_run){.id = "r",
				   .batch = "b",
				   .board = board,
				   .time_ns = position,
				   .position = position,
				   .min = value / 2,
				   .median = value,
				   .summary_count = 5};
}

static struct series_points build(const struct timing_run *runs, size_t count,
				  const struct metric_spec *m)
{
	struct timing_params p = timing_params_default();
	struct series_points s;
	series_points_build(runs, count, m, AGGREGATE_MEDIAN, &p, &s);
	return s;
}

static void a_run_needs_its_repetitions(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	struct metric_spec m = {.name = "m"};
	struct timing_run r = summary("a", 1, 8);
	double v;
	assert_true(run_aggregate(&r, &m, AGGREGATE_MEDIAN, &p, &v));
	assert_close(v, 8);
	assert_true(run_aggregate(&r, &m, AGGREGATE_MIN, &p, &v));
	assert_close(v, 4);
	r.summary_count = 4;
	assert_false(run_aggregate(&r, &m, AGGREGATE_MIN, &p, &v));
	m.model = MODEL_EXACT;
	r.summary_count = 1;
	assert_true(run_aggregate(&r, &m, AGGREGATE_MIN, &p, &v));
	r.summary_count = 0;
	assert_false(run_aggregate(&r, &m, AGGREGATE_MIN, &p, &v));
	r.summary_count = 5;
	r.median = NAN;
	assert_false(run_aggregate(&r, &m, AGGREGATE_MEDIAN, &p, &v));
	assert_close(v, 0);
	// A count may be 0 or below; a time may not.
	const double reps[] = {3, 0, -1, INFINITY};
	r.reps = reps;
	r.reps_count = 4;
	m.kind = KIND_COUNT;
	assert_true(run_aggregate(&r, &m, AGGREGATE_MIN, &p, &v));
	assert_close(v, -1);
	m.kind = KIND_CYCLES;
	assert_true(run_aggregate(&r, &m, AGGREGATE_MIN, &p, &v));
	assert_close(v, 3);
	r.reps = reps + 1;
	r.reps_count = 2;
	assert_false(run_aggregate(&r, &m, AGGREGATE_MIN, &p, &v));
	assert_close(v, 0);
}

// The clock is held against five earlier values at least, 2 % off is too much; a canary the same, at
// the start and within the run.
static void gates_open_after_five_runs(void **state)
{
	(void)state;
	const struct metric_spec m = {.name = "m"};
	for (int earlier = 4; earlier <= 5; earlier++) {
		for (int off = 0; off < 2; off++) {
			struct timing_run runs[6];
			for (int i = 0; i <= earlier; i++) {
				runs[i] = summary("a", i, 8);
				double factor = i < earlier ? 1 : off ? 1.0201 : 1.0199;
				runs[i].frequency = 1000 * factor;
				runs[i].canary_start = 500 * factor;
			}
			struct series_points s = build(runs, (size_t)earlier + 1, &m);
			unsigned wanted = earlier == 5 && off ? POINT_FREQUENCY | POINT_THERMAL : 0;
			assert_int_equal(s.points[earlier].flags, wanted);
			series_points_deinit(&s);
		}
	}
	for (int off = 0; off < 2; off++) {
		struct timing_run r = summary("a", 0, 8);
		r.canary_start = 500;
		r.canary_end = off ? 489.9 : 490.1;
		struct series_points s = build(&r, 1, &m);
		assert_int_equal(s.points[0].flags, off ? POINT_THERMAL : 0);
		series_points_deinit(&s);
	}
}

// Only the last twenty count: a clock that crept far is not off against them.
static void gates_follow_the_last_twenty(void **state)
{
	(void)state;
	const struct metric_spec m = {.name = "m"};
	struct timing_run runs[80];
	for (int i = 0; i < 80; i++) {
		runs[i] = summary("a", i, 8);
		runs[i].frequency = 1000 * (1 + 0.0019 * i); // at most 2 % above the middle of 20
	}
	struct series_points s = build(runs, 80, &m);
	for (size_t i = 0; i < 80; i++)
		assert_int_equal(s.points[i].flags, 0);
	series_points_deinit(&s);
}

static void points_of_flagged_runs_keep_their_value(void **state)
{
	(void)state;
	const struct metric_spec m = {.name = "m"};
	struct timing_run runs[] = {summary("a", 1, 8), summary("a", 1, 10), summary("a", 1, 12)};
	runs[0].invalid = runs[2].invalid = true;
	struct series_points s = build(runs, 3, &m);
	assert_int_equal(s.count, 1);
	assert_close(s.points[0].value, 10);
	assert_int_equal(s.points[0].runs_count, 3);
	series_points_deinit(&s);
	runs[1].summary_count = 1;
	s = build(runs, 3, &m);
	assert_close(s.points[0].value, 10);
	assert_int_equal(s.points[0].flags, POINT_INVALID | POINT_SHORT);
	series_points_deinit(&s);
}

static void unnamed_runs_are_one_pool(void **state)
{
	(void)state;
	const struct metric_spec m = {.name = "m"};
	struct timing_run runs[] = {summary(NULL, 1, 8), summary("", 1, 10), summary("b", 1, 1)};
	runs[0].batch = NULL;
	runs[1].batch = "";
	runs[2].batch = "";
	struct series_points s = build(runs, 3, &m);
	assert_int_equal(s.count, 2);
	assert_int_equal(s.boards_count, 2);
	series_points_deinit(&s);
}

// ---- names and constants -------------------------------------------------------------------

static void every_word_of_a_metric_is_read_back(void **state)
{
	(void)state;
	static const char *const kinds[] = {"time", "cycles", "count", "size", "bytes"};
	static const char *const directions[] = {"lower", "higher", "none"};
	static const char *const models[] = {"noisy", "exact"};
	static const char *const aggregates[] = {"auto", "min", "median"};
	for (unsigned i = 0; i < 5; i++) {
		enum metric_kind k = KIND_TIME;
		assert_true(metric_kind_parse(kinds[i], &k));
		assert_int_equal(k, i);
		assert_string_equal(metric_kind_name(k), kinds[i]);
	}
	for (unsigned i = 0; i < 3; i++) {
		enum metric_direction d = DIRECTION_LOWER;
		enum metric_aggregate a = AGGREGATE_AUTO;
		assert_true(metric_direction_parse(directions[i], &d));
		assert_int_equal(d, i);
		assert_string_equal(metric_direction_name(d), directions[i]);
		assert_true(metric_aggregate_parse(aggregates[i], &a));
		assert_int_equal(a, i);
		assert_string_equal(metric_aggregate_name(a), aggregates[i]);
	}
	for (unsigned i = 0; i < 2; i++) {
		enum metric_model m = MODEL_NOISY;
		assert_true(metric_model_parse(models[i], &m));
		assert_int_equal(m, i);
		assert_string_equal(metric_model_name(m), models[i]);
	}
	enum metric_kind k = KIND_SIZE;
	enum metric_direction d = DIRECTION_NONE;
	enum metric_model m = MODEL_EXACT;
	enum metric_aggregate a = AGGREGATE_MIN;
	assert_false(metric_kind_parse("times", &k) || metric_direction_parse("", &d) ||
		     metric_model_parse("exac", &m) || metric_aggregate_parse("max", &a));
	assert_true(k == KIND_SIZE && d == DIRECTION_NONE && m == MODEL_EXACT &&
		    a == AGGREGATE_MIN);
	assert_string_equal(platform_name(PLATFORM_HARDWARE), "hw");
	assert_string_equal(platform_name(PLATFORM_TCG), "tcg");
	assert_string_equal(platform_name(PLATFORM_ICOUNT), "icount");
}

static void a_series_key_names_the_cpu_field_by_field(void **state)
{
	(void)state;
	// Neoverse-V3 r1p2: implementer 41, variant 1, architecture f, part d83, revision 2.
	const struct series_key k = {
	    "a|b", "c\\d", NULL, "m", {0x411fd832, true, PLATFORM_ICOUNT, "qemu|8"}};
	CLEANUP_BUFFER struct buffer out = {0};
	series_key_print(&k, &out);
	assert_string_equal(buffer_str(&out),
			    "a\\|b|c\\\\d||0x41:0xd83:1:2 bbml2 icount qemu\\|8|m");
	assert_true(name_hash("") == UINT64_C(0xcbf29ce484222325)); // FNV-1a's published values
	assert_true(name_hash("a") == UINT64_C(0xaf63dc4c8601ec8c));
	assert_true(name_hash("foobar") == UINT64_C(0x85944171f73967e8));
}

static void a_metric_brings_its_own_constants(void **state)
{
	(void)state;
	struct timing_params room = timing_params_default();
	room.min_abs = 7;
	room.tick = 8;
	const struct metric_spec none = {.name = "m"};
	struct timing_params p = metric_params(&none, &room);
	assert_true(timing_params_hash(&p) == timing_params_hash(&room));
	const struct metric_spec own = {
	    .name = "m", .min_rel = 0.5, .min_abs = 2, .budget_rel = 3, .tick = 4};
	p = metric_params(&own, &room);
	assert_close(p.min_rel, 0.5);
	assert_close(p.min_abs, 2);
	assert_close(p.budget_rel, 3);
	assert_close(p.tick, 4);
	assert_true(timing_params_hash(&p) != timing_params_hash(&room));
}

static void constants_are_set_by_name_within_their_range(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	static const struct {
		const char *text, *message;
	} wrong[] = {
	    {"beta", "\"beta\": expected NAME=VALUE"},
	    {"bet=1", "no parameter is called \"bet\""},
	    {"betas=1", "no parameter is called \"betas\""},
	    {"beta=", "beta: expected a number from 0.5 to 100, found \"\""},
	    {"beta=x", "beta: expected a number from 0.5 to 100, found \"x\""},
	    {"beta=1x", "beta: expected a number from 0.5 to 100, found \"1x\""},
	    {"beta=0.49", "beta: expected a number from 0.5 to 100, found \"0.49\""},
	    {"beta=101", "beta: expected a number from 0.5 to 100, found \"101\""},
	    {"beta=nan", "beta: expected a number from 0.5 to 100, found \"nan\""},
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		CLEANUP_ERROR struct error *e = timing_params_set(&p, wrong[i].text);
		assert_non_null(e);
		assert_string_equal(error_text(e), wrong[i].message);
	}
	assert_null(timing_params_set_list(&p, "beta=0.5,tail=24,ab_alpha=0.5"));
	assert_close(p.beta, 0.5);
	assert_close(p.tail, 24);
	assert_close(p.ab_alpha, 0.5);
	assert_null(timing_params_set(&p, "beta=100"));
	assert_close(p.beta, 100);
	assert_null(timing_params_set_list(&p, NULL));
	size_t count = 0;
	for (; timing_params_doc(count).name; count++) {
		struct timing_param_doc doc = timing_params_doc(count);
		assert_true(doc.least <= doc.value && doc.value <= doc.most && *doc.meaning);
		// Each counts in the hash.
		struct timing_params changed = timing_params_default(), usual = changed;
		char text[64];
		snprintf(text, sizeof(text), "%s=%g", doc.name,
			 doc.value > doc.least ? doc.least : doc.most);
		assert_null(timing_params_set(&changed, text));
		assert_true(timing_params_hash(&changed) != timing_params_hash(&usual));
	}
	assert_int_equal(count * sizeof(double), sizeof(struct timing_params));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(mistakes_are_told_where_they_stand),
	    cmocka_unit_test(a_return_alone_ends_the_last_line_only),
	    cmocka_unit_test(columns_and_cells_have_their_limits),
	    cmocka_unit_test(one_file_holds_ten_thousand_series),
	    cmocka_unit_test(names_come_from_what_columns_there_are),
	    cmocka_unit_test(rows_are_numbered_behind_a_gap),
	    cmocka_unit_test(a_run_needs_its_repetitions),
	    cmocka_unit_test(gates_open_after_five_runs),
	    cmocka_unit_test(gates_follow_the_last_twenty),
	    cmocka_unit_test(points_of_flagged_runs_keep_their_value),
	    cmocka_unit_test(unnamed_runs_are_one_pool),
	    cmocka_unit_test(every_word_of_a_metric_is_read_back),
	    cmocka_unit_test(a_series_key_names_the_cpu_field_by_field),
	    cmocka_unit_test(a_metric_brings_its_own_constants),
	    cmocka_unit_test(constants_are_set_by_name_within_their_range),
	};
	return cmocka_run_group_tests_name("timing/readers", tests, NULL, NULL);
}
