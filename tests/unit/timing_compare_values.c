// SPDX-License-Identifier: GPL-2.0-or-later
// Every figure of a comparison against its closed form. Values are powers of e, so that logarithms
// are whole numbers or tenths.
#include "unit/timing_table.h"

#include "timing/compare.h"
#include "timing/statistics/inference.h"

#define BOARDS  4
#define RUNS    5
#define METRICS 3

static const struct metric_spec noisy = {.name = "m", .unit = "ns"};

// All runs of a board are equal unless a test says otherwise.
struct world {
	double values[METRICS][2][BOARDS][RUNS], old[METRICS][2][BOARDS][RUNS];
	struct compare_cell cells[METRICS][2][BOARDS];
	struct compare_board boards[2][BOARDS];
	struct compare_metric metrics[METRICS];
	struct compare_input in;
	struct comparison results[METRICS];
};

static struct world w;

static void fill(double *out, double log_value)
{
	for (size_t k = 0; k < RUNS; k++)
		out[k] = exp(log_value);
}

static int set_up(void **state)
{
	(void)state;
	static const char *const names[2][BOARDS] = {{"a", "b", "c", "d"}, {"e", "f", "g", "h"}};
	memset(&w, 0, sizeof(w));
	for (size_t m = 0; m < METRICS; m++) {
		for (size_t c = 0; c < 2; c++) {
			for (size_t b = 0; b < BOARDS; b++) {
				fill(w.values[m][c][b], 0);
				fill(w.old[m][c][b], 0);
				w.cells[m][c][b] = (struct compare_cell){w.values[m][c][b], RUNS,
									 w.old[m][c][b], RUNS};
				w.boards[c][b].name = names[c][b];
			}
		}
		w.metrics[m] = (struct compare_metric){&noisy, {w.cells[m][0], w.cells[m][1]}};
	}
	w.in = (struct compare_input){
	    .key = "k",
	    .classes = {{"x", w.boards[0], 3, false}, {"y", w.boards[1], 3, false}},
	    .metrics = w.metrics,
	    .metrics_count = 1};
	return 0;
}

static void set_boards(size_t metric, size_t class, double a, double b, double c)
{
	fill(w.values[metric][class][0], a);
	fill(w.values[metric][class][1], b);
	fill(w.values[metric][class][2], c);
}

static const struct comparison *compare(void)
{
	struct timing_params p = timing_params_default();
	compare_metrics(&w.in, &p, w.results);
	return w.results;
}

static void assert_interval(const struct comparison *r, double center, double error, double df)
{
	assert_true(r->has_interval);
	assert_close(r->low, exp(center - student_quantile(0.975, df) * error));
	assert_close(r->high, exp(center + student_quantile(0.975, df) * error));
	assert_close(r->low90, exp(center - student_quantile(0.95, df) * error));
	assert_close(r->high90, exp(center + student_quantile(0.95, df) * error));
}

// Variances 1 and 1/4 of three boards each: Welch's df is (1.25/3)^2 / (1/18 + 1/288).
static void other_boards_are_compared_by_welch_and_sized_by_hodges_and_lehmann(void **state)
{
	(void)state;
	set_boards(0, 0, 1, 2, 3);
	set_boards(0, 1, 0, 0.5, 1);
	const struct comparison *r = compare();
	assert_int_equal(r->method, METHOD_BOARDS);
	assert_ptr_equal(r->metric, &noisy);
	assert_true(r->tested);
	double error = sqrt(1.25 / 3), df = 1.25 * 1.25 / 9 / (1.0 / 18 + 1.0 / 288);
	assert_close(r->p, 2 * student_cdf(-1.5 / error, df));
	assert_close(r->holm, r->p);
	assert_close(r->bh, r->p);
	assert_close(r->ratio, exp(1.5));
	assert_interval(r, 1.5, error, df);
	assert_int_equal(r->boards[0], 3);
	assert_int_equal(r->boards[1], 3);
	assert_int_equal(r->runs[0], 15);
	assert_int_equal(r->runs[1], 15);
	assert_close(r->after[0], exp(2));
	assert_close(r->after[1], exp(0.5));
	assert_close(r->before[0], 0);
	// Skewed boards: the middle of the differences is not the difference of the means.
	set_boards(0, 0, 1, 2, 9);
	assert_close(compare()->ratio, exp(1.5));
}

// Two boards: the means decide, and nothing is called a difference of classes by three.
static void two_boards_are_sized_by_their_means(void **state)
{
	(void)state;
	w.in.classes[0].boards_count = 2;
	set_boards(0, 0, 1, 2, 0);
	set_boards(0, 1, 0, 0.5, 3.5);
	const struct comparison *r = compare();
	assert_int_equal(r->method, METHOD_WEAK);
	assert_close(r->ratio, exp(1.5 - 4.0 / 3));
	assert_int_equal(r->boards[0], 2);
	assert_int_equal(r->runs[0], 10);
}

// Differences 0.1, 0.2, 0.3: t = 0.2 / (0.1 / sqrt 3); of two degrees p = 1 - t / sqrt(t^2 + 2).
static void the_same_boards_are_tested_by_their_differences(void **state)
{
	(void)state;
	w.in.classes[1].boards = w.boards[0];
	set_boards(0, 0, 1.1, 2.2, 3.3);
	set_boards(0, 1, 1, 2, 3);
	const struct comparison *r = compare();
	assert_int_equal(r->method, METHOD_PAIRS);
	assert_close(r->p, 1 - sqrt(12.0 / 14));
	assert_close(r->ratio, exp(0.2));
	assert_interval(r, 0.2, 0.1 / sqrt(3), 2);
	assert_int_equal(r->claim, CLAIM_OPEN);
	// All alike: no doubt is left.
	set_boards(0, 0, 1.25, 2.25, 3.25);
	r = compare();
	assert_close(r->p, 0);
	assert_close(r->low, exp(0.25));
	assert_close(r->high, exp(0.25));
	assert_int_equal(r->claim, CLAIM_DIFFERENT);
	set_boards(0, 0, 1, 2, 3);
	r = compare();
	assert_close(r->p, 1);
	assert_int_equal(r->claim, CLAIM_SAME);
}

// Of one degree p = 1 - 2 atan(t) / pi.
static void two_of_the_same_boards_are_paired_and_stay_weak(void **state)
{
	(void)state;
	w.in.classes[1].boards = w.boards[0];
	w.in.classes[0].boards_count = w.in.classes[1].boards_count = 2;
	set_boards(0, 0, 1.1, 2.3, 0);
	set_boards(0, 1, 1, 2, 0);
	const struct comparison *r = compare();
	assert_int_equal(r->method, METHOD_WEAK);
	assert_close(r->p, 1 - 2 * atan(2) / acos(-1));
	// Boards whose names are not known may be others.
	w.boards[0][0].name = "";
	assert_true(compare()->p > 0.5);
	w.boards[0][0].name = "a";
	w.in.classes[1].boards = w.boards[1];
	assert_true(compare()->p > 0.5);
}

// Five runs each, four apart: of 25 differences three are dropped a side (P(U <= 2) = 4/252).
static void one_board_has_the_interval_of_its_runs(void **state)
{
	(void)state;
	w.in.classes[0].boards_count = w.in.classes[1].boards_count = 1;
	for (size_t k = 0; k < RUNS; k++) {
		w.values[0][0][0][k] = exp(4 + (double)k);
		w.values[0][1][0][k] = exp((double)k);
	}
	const struct comparison *r = compare();
	assert_int_equal(r->method, METHOD_ONE_BOARD);
	assert_close(r->ratio, exp(4));
	assert_close(r->low, exp(2));
	assert_close(r->high, exp(6));
	assert_close(r->low90, exp(2));
	assert_close(r->high90, exp(6));
	assert_false(r->tested);
	assert_close(r->p, 1);
	assert_close(r->holm, 1);
	assert_close(r->bh, 1);
	assert_int_equal(r->claim, CLAIM_NONE);
}

static void spread(double *out, double middle, double step)
{
	for (size_t k = 0; k < RUNS; k++)
		out[k] = exp(middle + step * ((double)k - 2));
}

// Variances of five at steps s: 2.5 s^2. Only two of four cells vary: Satterthwaite's df is
// (v1 + v2)^2 / (v1^2/4 + v2^2/4).
static void a_ratio_of_ratios_adds_the_errors_of_its_four_cells(void **state)
{
	(void)state;
	w.in.question = QUESTION_CHANGE;
	w.in.classes[0].boards_count = w.in.classes[1].boards_count = 1;
	spread(w.values[0][0][0], 3, 0.1);
	fill(w.old[0][0][0], 1);
	fill(w.values[0][1][0], 2.5);
	spread(w.old[0][1][0], 2, 0.2);
	const struct comparison *r = compare();
	double v1 = 2.5 * 0.01 / 5, v2 = 2.5 * 0.04 / 5;
	assert_close(r->ratio, exp(2 - 0.5));
	assert_interval(r, 1.5, sqrt(v1 + v2), (v1 + v2) * (v1 + v2) * 4 / (v1 * v1 + v2 * v2));
	assert_int_equal(r->dropped, 0);
	assert_int_equal(r->runs[0], 10);
	assert_close(r->after[0], exp(3));
	assert_close(r->before[0], exp(1));
	assert_close(r->after[1], exp(2.5));
	assert_close(r->before[1], exp(2));
	// Nothing varies: the ratio is what it is.
	fill(w.values[0][0][0], 3);
	fill(w.old[0][1][0], 2);
	r = compare();
	assert_close(r->low, exp(1.5));
	assert_close(r->high, exp(1.5));
	assert_close(r->low90, exp(1.5));
	assert_close(r->high90, exp(1.5));
}

// Logs 0, 1, 2, 3 and one far off: their median is 2 and 1.4826 times the median distance of 1 four
// times is 5.9304.
static void a_run_is_wild_beyond_four_deviations(void **state)
{
	(void)state;
	w.in.question = QUESTION_CHANGE;
	w.in.classes[0].boards_count = w.in.classes[1].boards_count = 1;
	for (int beyond = 0; beyond < 2; beyond++) {
		const double logs[] = {0, 1, 2, 3, 2 + (beyond ? 5.94 : 5.92)};
		for (size_t k = 0; k < RUNS; k++)
			w.values[0][0][0][k] = exp(logs[k]);
		const struct comparison *r = compare();
		assert_int_equal(r->dropped, beyond);
		assert_close(r->ratio, exp(beyond ? 1.5 : (6 + 7.92) / 5));
	}
}

static void a_cell_needs_five_positive_runs_or_one_that_is_exact(void **state)
{
	(void)state;
	w.cells[0][0][0].count = 4;
	w.values[0][0][1][0] = 0;
	assert_int_equal(compare()->boards[0], 1);
	assert_int_equal(w.results[0].method, METHOD_ONE_BOARD);
	w.in.classes[0].exact = true;
	assert_int_equal(compare()->boards[0], 2);
	assert_int_equal(w.results[0].method, METHOD_WEAK); // the other one is not exact
	w.in.classes[1].exact = true;
	assert_int_equal(compare()->method, METHOD_EXACT);
	assert_int_equal(w.results[0].runs[0], 9);
	w.cells[0][0][0].count = w.cells[0][0][1].count = w.cells[0][0][2].count = 0;
	const struct comparison *r = compare();
	assert_int_equal(r->method, METHOD_MISSING);
	assert_int_equal(r->claim, CLAIM_NONE);
	assert_close(r->ratio, 1);
	assert_false(r->has_interval);
	// A change needs both of its ends.
	set_up(NULL);
	w.in.question = QUESTION_CHANGE;
	w.cells[0][1][2].old_count = 4;
	assert_int_equal(compare()->boards[1], 2);
	assert_int_equal(w.results[0].runs[1], 20);
}

// Three metrics, of which one is not tested: the family has two, p and 2 p.
static void the_family_is_what_was_tested(void **state)
{
	(void)state;
	w.in.metrics_count = 3;
	w.in.classes[1].boards = w.boards[0];
	set_boards(0, 0, 0.1, 0.2, 0.3);
	for (size_t b = 0; b < BOARDS; b++)
		w.cells[1][0][b].count = 0;
	set_boards(2, 0, 0.29, 0.3, 0.31); // t = 0.3 / (0.01 / sqrt 3), t^2 = 2700
	const struct comparison *r = compare();
	double large = 1 - sqrt(12.0 / 14), small = 1 - sqrt(2700.0 / 2702);
	assert_close(r[0].holm, large);
	assert_close(r[2].holm, 2 * small);
	assert_close(r[0].bh, large);
	assert_close(r[2].bh, 2 * small);
	assert_close(r[1].holm, 1);
	assert_int_equal(r[0].claim, CLAIM_OPEN);
	assert_int_equal(r[1].claim, CLAIM_NONE);
	assert_int_equal(r[2].claim, CLAIM_DIFFERENT);
}

// A difference below 1 % is none, however sure; the metric's own least difference goes first.
static void a_difference_must_be_large_enough_to_matter(void **state)
{
	(void)state;
	w.in.classes[1].boards = w.boards[0];
	struct metric_spec own = noisy;
	w.metrics[0].metric = &own;
	double d = log(1.0101);
	set_boards(0, 0, d, d, d);
	assert_int_equal(compare()->claim, CLAIM_DIFFERENT);
	own.min_rel = 0.0102;
	assert_int_equal(compare()->claim, CLAIM_SAME);
	own.min_rel = 0;
	d = log(1.0099);
	set_boards(0, 0, d, d, d);
	assert_int_equal(compare()->claim, CLAIM_SAME);
	d = log(0.9901);
	set_boards(0, 0, d, d, d);
	assert_int_equal(compare()->claim, CLAIM_SAME);
	d = log(0.9899);
	set_boards(0, 0, d, d, d);
	assert_int_equal(compare()->claim, CLAIM_DIFFERENT);
	// Not large enough to be different, and one end too far to be the same.
	set_boards(0, 0, 0.008, 0.009, 0.007);
	assert_int_equal(compare()->claim, CLAIM_SAME);
	set_boards(0, 0, 0.008, 0.011, 0.005);
	assert_int_equal(compare()->claim, CLAIM_OPEN);
	set_boards(0, 0, -0.008, -0.011, -0.005);
	assert_int_equal(compare()->claim, CLAIM_OPEN);
}

static void every_method_and_claim_has_its_words(void **state)
{
	(void)state;
	static const char *const methods[] = {
	    [METHOD_BOARDS] = "boards compared",
	    [METHOD_WEAK] = "2 boards, weak",
	    [METHOD_ONE_BOARD] = "these boards only; not attributable to the CPU",
	    [METHOD_EXACT] = "instruction count",
	    [METHOD_MISSING] = "missing",
	    [METHOD_PAIRS] = "the same boards in both, each against itself",
	};
	static const char *const claims[] = {
	    [CLAIM_NONE] = "no claim", [CLAIM_DIFFERENT] = "different",
	    [CLAIM_SAME] = "same",     [CLAIM_OPEN] = "not distinguishable",
	    [CLAIM_EXACT] = "exact",
	};
	for (int i = METHOD_BOARDS; i <= METHOD_PAIRS; i++)
		assert_string_equal(compare_method_label((enum compare_method)i), methods[i]);
	for (int i = CLAIM_NONE; i <= CLAIM_EXACT; i++)
		assert_string_equal(compare_claim_label((enum compare_claim)i), claims[i]);
}

// Boards of a class that are all alike leave resampling no choice: both ends are the mean itself.
static void the_mean_of_ratios_is_geometric_with_worse_above_one(void **state)
{
	(void)state;
	static const struct metric_spec higher = {.name = "h", .direction = DIRECTION_HIGHER};
	w.in.metrics_count = 3;
	w.metrics[1].metric = &higher;
	set_boards(0, 0, 0.3, 0.3, 0.3);
	set_boards(1, 0, -0.2, -0.2, -0.2); // fewer of what should be many
	bool left_out[METRICS];
	struct compare_mean m = compare_geometric_mean(&w.in, compare(), KIND_TIME, left_out);
	assert_int_equal(m.kind, KIND_TIME);
	assert_true(m.known && m.has_interval);
	assert_int_equal(m.used, 3);
	assert_int_equal(m.total, 3);
	assert_close(m.ratio, exp(0.5 / 3));
	assert_close(m.low, exp(0.5 / 3));
	assert_close(m.high, exp(0.5 / 3));
	// A board that lacks a metric is passed over wherever it is drawn.
	w.in.classes[0].boards_count = 4;
	w.cells[0][0][3].count = 0;
	fill(w.values[1][0][3], -0.2);
	m = compare_geometric_mean(&w.in, compare(), KIND_TIME, left_out);
	assert_true(m.has_interval && m.low <= m.ratio && m.ratio <= m.high);
	w.in.classes[0].exact = w.in.classes[1].exact = true;
	m = compare_geometric_mean(&w.in, compare(), KIND_TIME, left_out);
	assert_true(m.known && !m.has_interval);
	assert_close(m.ratio, exp(0.5 / 3));
	m = compare_geometric_mean(&w.in, w.results, KIND_CYCLES, left_out);
	assert_true(!m.known && !m.has_interval && !left_out[0]);
	assert_int_equal(m.total, 0);
	assert_close(m.ratio, 1);
}

// One board in three is 0.3 off: the median of three drawn boards is 0.3 when it is drawn twice or
// more (7 of 27), else 0: of 1,000 means 2.5 % and 97.5 % are 0 and 0.3.
static void the_means_interval_resamples_boards(void **state)
{
	(void)state;
	set_boards(0, 0, 0, 0, 0.3);
	bool left_out[METRICS];
	struct compare_mean m = compare_geometric_mean(&w.in, compare(), KIND_TIME, left_out);
	assert_close(m.low, 1);
	assert_close(m.high, exp(0.3));
	set_boards(0, 0, 0, 0, 0);
	set_boards(0, 1, 0, 0, 0.3);
	m = compare_geometric_mean(&w.in, compare(), KIND_TIME, left_out);
	assert_close(m.low, exp(-0.3));
	assert_close(m.high, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(
		other_boards_are_compared_by_welch_and_sized_by_hodges_and_lehmann, set_up),
	    cmocka_unit_test_setup(two_boards_are_sized_by_their_means, set_up),
	    cmocka_unit_test_setup(the_same_boards_are_tested_by_their_differences, set_up),
	    cmocka_unit_test_setup(two_of_the_same_boards_are_paired_and_stay_weak, set_up),
	    cmocka_unit_test_setup(one_board_has_the_interval_of_its_runs, set_up),
	    cmocka_unit_test_setup(a_ratio_of_ratios_adds_the_errors_of_its_four_cells, set_up),
	    cmocka_unit_test_setup(a_run_is_wild_beyond_four_deviations, set_up),
	    cmocka_unit_test_setup(a_cell_needs_five_positive_runs_or_one_that_is_exact, set_up),
	    cmocka_unit_test_setup(the_family_is_what_was_tested, set_up),
	    cmocka_unit_test_setup(a_difference_must_be_large_enough_to_matter, set_up),
	    cmocka_unit_test(every_method_and_claim_has_its_words),
	    cmocka_unit_test_setup(the_mean_of_ratios_is_geometric_with_worse_above_one, set_up),
	    cmocka_unit_test_setup(the_means_interval_resamples_boards, set_up),
	};
	return cmocka_run_group_tests_name("timing/compare_values", tests, NULL, NULL);
}
