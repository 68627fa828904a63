// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <math.h>

#include "timing/compare.h"
#include "timing/statistics/inference.h"

#define BOARDS  8
#define RUNS    7
#define METRICS 60

static const struct metric_spec lower = {.name = "m", .unit = "ns"};

// Two classes with boards that differ by nature, and runs on each.
struct world {
	double values[METRICS][2][BOARDS][RUNS], old[METRICS][2][BOARDS][RUNS];
	struct compare_cell cells[METRICS][2][BOARDS];
	struct compare_metric metrics[METRICS];
	struct compare_input in;
	struct comparison results[METRICS];
};

static struct world w;

static void build(uint64_t seed, size_t boards, size_t metrics, double slower, double board_sd)
{
	struct random r = {seed};
	memset(&w, 0, sizeof(w));
	for (size_t m = 0; m < metrics; m++) {
		for (int c = 0; c < 2; c++) {
			for (size_t b = 0; b < boards; b++) {
				double board = 100 * exp(board_sd * random_normal(&r));
				for (size_t k = 0; k < RUNS; k++) {
					w.old[m][c][b][k] = board * exp(0.01 * random_normal(&r));
					w.values[m][c][b][k] = board * (c == 0 ? slower : 1) *
							       exp(0.01 * random_normal(&r));
				}
				w.cells[m][c][b] = (struct compare_cell){w.values[m][c][b], RUNS,
									 w.old[m][c][b], RUNS};
			}
		}
		w.metrics[m] = (struct compare_metric){&lower, {w.cells[m][0], w.cells[m][1]}};
	}
	w.in = (struct compare_input){.key = "x4 against v3",
				      .classes = {{.label = "x4", .boards_count = boards},
						  {.label = "v3", .boards_count = boards}},
				      .metrics = w.metrics,
				      .metrics_count = metrics};
}

static const struct comparison *compare(enum compare_question q)
{
	struct timing_params p = timing_params_default();
	w.in.question = q;
	compare_metrics(&w.in, &p, w.results);
	return w.results;
}

static void one_board_a_class_claims_nothing_about_the_cpu(void **state)
{
	(void)state;
	build(1, 1, 1, 1.5, 0);
	const struct comparison *r = compare(QUESTION_LEVEL);
	assert_int_equal(r->method, METHOD_ONE_BOARD);
	assert_int_equal(r->claim, CLAIM_NONE);
	assert_false(r->tested);
	assert_true(r->has_interval && r->low < 1.5 && r->high > 1.5);
	assert_string_equal(compare_method_label(r->method),
			    "these boards only; not attributable to the CPU");
}

static void many_runs_of_few_boards_do_not_make_a_difference(void **state)
{
	(void)state;
	unsigned claimed = 0;
	for (uint64_t seed = 0; seed < 200; seed++) {
		build(seed, 3, 1, 1, 0.05);
		claimed += compare(QUESTION_LEVEL)->claim == CLAIM_DIFFERENT;
	}
	assert_true(claimed <= 18); // 5 % and its error
}

static void a_real_difference_between_classes_is_claimed(void **state)
{
	(void)state;
	build(2, 5, 1, 1.2, 0.02);
	const struct comparison *r = compare(QUESTION_LEVEL);
	assert_int_equal(r->method, METHOD_BOARDS);
	assert_int_equal(r->claim, CLAIM_DIFFERENT);
	assert_true(r->low < 1.2 && r->high > 1.2);
	assert_int_equal(r->boards[0], 5);
	assert_int_equal(r->runs[1], 5 * RUNS);
}

static void the_same_boards_are_each_held_against_themselves(void **state)
{
	(void)state;
	static const struct compare_board boards[BOARDS] = {
	    {.name = "a"}, {.name = "b"}, {.name = "c"}, {.name = "d"}};
	// Boards that differ by 30 % hide a change of 3 % from whoever takes them for others.
	build(3, 4, 1, 1.03, 0.3);
	for (size_t b = 0; b < 4; b++)
		for (size_t k = 0; k < RUNS; k++)
			w.values[0][0][b][k] = 1.03 * w.values[0][1][b][(k + 1) % RUNS];
	assert_int_equal(compare(QUESTION_LEVEL)->claim, CLAIM_OPEN);
	w.in.classes[0].boards = w.in.classes[1].boards = boards;
	const struct comparison *r = compare(QUESTION_LEVEL);
	assert_int_equal(r->method, METHOD_PAIRS);
	assert_int_equal(r->claim, CLAIM_DIFFERENT);
	assert_float_equal(r->ratio, 1.03, 1e-9);
	// The order of the boards in a class does not matter.
	static const struct compare_board turned[BOARDS] = {
	    {.name = "d"}, {.name = "c"}, {.name = "b"}, {.name = "a"}};
	w.in.classes[1].boards = turned;
	assert_int_equal(compare(QUESTION_LEVEL)->claim, CLAIM_OPEN);
	static const struct compare_board others[BOARDS] = {
	    {.name = "a"}, {.name = "b"}, {.name = "c"}, {.name = "e"}};
	w.in.classes[1].boards = others;
	assert_int_equal(compare(QUESTION_LEVEL)->method, METHOD_BOARDS);
}

static void two_boards_are_weak(void **state)
{
	(void)state;
	build(3, 2, 1, 1.3, 0.01);
	assert_int_equal(compare(QUESTION_LEVEL)->method, METHOD_WEAK);
}

static void same_is_said_only_when_shown(void **state)
{
	(void)state;
	build(4, 8, 1, 1, 0.001);
	assert_int_equal(compare(QUESTION_LEVEL)->claim, CLAIM_SAME);
	build(4, 3, 1, 1, 0.05);
	assert_int_equal(compare(QUESTION_LEVEL)->claim, CLAIM_OPEN);
}

static void a_page_of_equal_metrics_rarely_claims_anything(void **state)
{
	(void)state;
	unsigned pages = 0;
	for (uint64_t seed = 0; seed < 100; seed++) {
		build(1000 + seed, 4, METRICS, 1, 0.03);
		const struct comparison *r = compare(QUESTION_LEVEL);
		bool any = false;
		for (size_t m = 0; m < METRICS; m++)
			any = any || r[m].claim == CLAIM_DIFFERENT;
		pages += any;
	}
	assert_true(pages <= 11);
}

static void the_ratio_of_ratios_cancels_the_boards(void **state)
{
	(void)state;
	unsigned covered = 0;
	double half_width = 0;
	for (uint64_t seed = 0; seed < 300; seed++) {
		build(seed, 1, 1, 1.04, 0.3);
		const struct comparison *r = compare(QUESTION_CHANGE);
		covered += r->low <= 1.04 && 1.04 <= r->high;
		half_width += (r->high - r->low) / 2 / 300;
	}
	assert_true(covered >= 276 && covered <= 298);
	assert_true(half_width > 0.008 && half_width < 0.025);
}

static void wild_runs_are_left_out_and_counted(void **state)
{
	(void)state;
	build(5, 1, 1, 1, 0);
	w.values[0][0][0][3] = 400;
	const struct comparison *r = compare(QUESTION_CHANGE);
	assert_true(r->dropped >= 1);
	assert_true(fabs(r->ratio - 1) < 0.03);
}

static void boards_with_too_few_runs_do_not_take_part(void **state)
{
	(void)state;
	build(6, 3, 1, 1, 0.01);
	w.cells[0][0][1].count = COMPARE_RUNS_MIN - 1;
	const struct comparison *r = compare(QUESTION_LEVEL);
	assert_int_equal(r->boards[0], 2);
	assert_int_equal(r->method, METHOD_WEAK);
	w.cells[0][0][0].count = w.cells[0][0][2].count = 0;
	r = compare(QUESTION_LEVEL);
	assert_int_equal(r->method, METHOD_MISSING);
	assert_true(r->boards[0] == 0 && r->boards[1] == 3); // which side it is missing on
}

static void instruction_counts_compare_exactly(void **state)
{
	(void)state;
	build(7, 1, 1, 1, 0);
	for (size_t k = 0; k < RUNS; k++) {
		w.values[0][0][0][k] = 1030;
		w.values[0][1][0][k] = 1000;
	}
	w.in.classes[0].exact = w.in.classes[1].exact = true;
	const struct comparison *r = compare(QUESTION_LEVEL);
	assert_int_equal(r->claim, CLAIM_EXACT);
	assert_true(fabs(r->ratio - 1.03) < 1e-12);
	assert_false(r->has_interval);
}

static void set_exact(double new_a, double old_a, double new_b, double old_b)
{
	const double values[2] = {new_a, new_b}, old[2] = {old_a, old_b};
	for (size_t c = 0; c < 2; c++) {
		for (size_t k = 0; k < RUNS; k++) {
			w.values[0][c][0][k] = values[c];
			w.old[0][c][0][k] = old[c];
		}
	}
}

// What a counter's next step could tell is no difference, with alerts and here; the metric's own tick
// goes before the room's.
static void a_step_of_the_counter_is_no_difference(void **state)
{
	(void)state;
	const double tick = 1 / 62.5e6;
	struct metric_spec counted = {.name = "m", .unit = "s", .tick = tick};
	build(7, 1, 1, 1, 0);
	w.metrics[0].metric = &counted;
	w.in.classes[0].exact = w.in.classes[1].exact = true;
	const double around[] = {2999, 3001};
	for (size_t i = 0; i < 2; i++) {
		set_exact(around[i] * tick, 0, 3000 * tick, 0);
		const struct comparison *r = compare(QUESTION_LEVEL);
		assert_int_equal(r->claim, CLAIM_EXACT);
		assert_true(r->ratio >= 1 && r->ratio <= 1);
	}
	set_exact(3002 * tick, 0, 3000 * tick, 0);
	assert_true(compare(QUESTION_LEVEL)->ratio > 1.0006);
	set_exact(2998 * tick, 0, 3000 * tick, 0);
	assert_true(compare(QUESTION_LEVEL)->ratio < 0.9994);
	// Unknown, every difference counts; the room's tick holds where the metric has none.
	counted.tick = 0;
	set_exact(3001 * tick, 0, 3000 * tick, 0);
	assert_true(compare(QUESTION_LEVEL)->ratio > 1.0003);
	struct timing_params room = timing_params_default();
	room.tick = tick;
	compare_metrics(&w.in, &room, w.results);
	assert_true(w.results[0].ratio >= 1 && w.results[0].ratio <= 1);
}

// Of a change one step in each class is none: 1 in 1000 beside 1 in 2000.
static void a_step_in_each_class_is_no_other_change(void **state)
{
	(void)state;
	static const struct metric_spec counted = {.name = "m", .unit = "insn", .tick = 1};
	build(7, 1, 1, 1, 0);
	w.metrics[0].metric = &counted;
	w.in.classes[0].exact = w.in.classes[1].exact = true;
	set_exact(1101, 1000, 2199, 2000); // + 10 % and a step, + 10 % less a step
	assert_true(compare(QUESTION_CHANGE)->ratio >= 1 && w.results[0].ratio <= 1);
	set_exact(1102, 1000, 2199, 2000);
	assert_true(compare(QUESTION_CHANGE)->ratio > 1.002);
	set_exact(1101, 1000, 2198, 2000);
	assert_true(compare(QUESTION_CHANGE)->ratio > 1.0017);
	set_exact(1098, 1000, 2200, 2000);
	assert_true(compare(QUESTION_CHANGE)->ratio < 0.9983);
}

// Boards that time themselves are never equal by rule: their noise decides.
static void a_tick_makes_no_noisy_numbers_equal(void **state)
{
	(void)state;
	static const struct metric_spec coarse = {.name = "m", .unit = "ns", .tick = 1000};
	build(7, 1, 1, 1, 0);
	w.metrics[0].metric = &coarse;
	set_exact(103, 0, 100, 0);
	assert_true(fabs(compare(QUESTION_LEVEL)->ratio - 1.03) < 1e-12);
}

static void the_geometric_mean_says_what_it_left_out(void **state)
{
	(void)state;
	static const struct metric_spec cycles = {.name = "c", .kind = KIND_CYCLES};
	static const struct metric_spec none = {.name = "n", .direction = DIRECTION_NONE};
	static const struct metric_spec higher = {.name = "h", .direction = DIRECTION_HIGHER};
	build(8, 4, 6, 1.1, 0.01);
	w.metrics[1].metric = &cycles;
	w.metrics[2].metric = &none;
	w.metrics[3].metric = &higher;
	for (size_t b = 0; b < 4; b++) {
		w.cells[4][0][b].count = 0;
		for (size_t k = 0; k < RUNS; k++) // fewer of what should be many: worse as well
			w.values[3][0][b][k] /= 1.1 * 1.1;
	}
	const struct comparison *r = compare(QUESTION_LEVEL);
	bool left_out[METRICS];
	struct compare_mean m = compare_geometric_mean(&w.in, r, KIND_TIME, left_out);
	assert_int_equal(m.total, 5);
	assert_int_equal(m.used, 3);
	assert_true(left_out[2] && left_out[4] && !left_out[1] && !left_out[0]);
	assert_true(fabs(m.ratio - 1.1) < 0.02);
	assert_true(m.has_interval && m.low < m.ratio && m.ratio < m.high);
	struct compare_mean again = compare_geometric_mean(&w.in, r, KIND_TIME, left_out);
	assert_memory_equal(&m.low, &again.low, sizeof(m.low));
}

static void two_boards_give_the_mean_no_interval(void **state)
{
	(void)state;
	build(9, 2, 3, 1.1, 0.01);
	bool left_out[METRICS];
	const struct comparison *r = compare(QUESTION_LEVEL);
	assert_false(compare_geometric_mean(&w.in, r, KIND_TIME, left_out).has_interval);
	assert_false(compare_geometric_mean(&w.in, r, KIND_BYTES, left_out).known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_board_a_class_claims_nothing_about_the_cpu),
	    cmocka_unit_test(many_runs_of_few_boards_do_not_make_a_difference),
	    cmocka_unit_test(a_real_difference_between_classes_is_claimed),
	    cmocka_unit_test(the_same_boards_are_each_held_against_themselves),
	    cmocka_unit_test(two_boards_are_weak),
	    cmocka_unit_test(same_is_said_only_when_shown),
	    cmocka_unit_test(a_page_of_equal_metrics_rarely_claims_anything),
	    cmocka_unit_test(the_ratio_of_ratios_cancels_the_boards),
	    cmocka_unit_test(wild_runs_are_left_out_and_counted),
	    cmocka_unit_test(boards_with_too_few_runs_do_not_take_part),
	    cmocka_unit_test(instruction_counts_compare_exactly),
	    cmocka_unit_test(a_step_of_the_counter_is_no_difference),
	    cmocka_unit_test(a_step_in_each_class_is_no_other_change),
	    cmocka_unit_test(a_tick_makes_no_noisy_numbers_equal),
	    cmocka_unit_test(the_geometric_mean_says_what_it_left_out),
	    cmocka_unit_test(two_boards_give_the_mean_no_interval),
	};
	return cmocka_run_group_tests_name("timing/compare", tests, NULL, NULL);
}
