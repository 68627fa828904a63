// SPDX-License-Identifier: GPL-2.0-or-later
// What an alert says of itself, sentence by sentence; figures come from the formulas as docs give them.
#include "unit/unit.h"

#include <math.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "timing/evaluate/evaluate.h"
#include "timing/statistics/inference.h"

static struct alert known_alert(void)
{
	return (struct alert){
	    .id = "0123456789abcdef",
	    .kind = ALERT_STEP,
	    .state = STATE_ACKED,
	    .effect = EFFECT_REGRESSION,
	    .confidence = CONFIDENCE_STRONG,
	    .same_night = true,
	    .commit_from = (char *)"c5",
	    .commit_to = (char *)"c6",
	    .board = (char *)"b",
	    .bug = (char *)"bug 7",
	    .by = (char *)"eve",
	    .linked = "fedcba9876543210",
	    .relative = 0.1,
	    .low = 0.08,
	    .high = 0.125,
	    .before = 100,
	    .after = 110,
	    .t = 12.5,
	    .proof = {.before = 101,
		      .after = 109,
		      .relative = 0.09,
		      .low = 0.07,
		      .high = 0.11,
		      .t = 9.25,
		      .before_points = 40,
		      .after_points = 3},
	    .ab = AB_CONFIRMED,
	    .ab_p = 0.000125,
	    .ab_boards = 2,
	    .ab_runs = 16,
	};
}

static void an_alert_says_all_it_knows(void **state)
{
	(void)state;
	struct alert a = known_alert();
	CLEANUP_BUFFER struct buffer out = {0};
	alert_describe(&a, "ns", &out);
	assert_string_equal(
	    buffer_str(&out),
	    "alert    0123456789abcdef\n"
	    "kind     step, regression, same night\n"
	    "state    acked\n"
	    "class    strong\n"
	    "size     +10.000 % (+8.000 to +12.500 %, approx. 95 %)\n"
	    "level    100 ns before, 110 ns after\n"
	    "evidence t = 12.500\n"
	    "raised upon 40 points at 101 before, 3 at 109 after: +9.000 % (+7.000 to +11.000 %), "
	    "t = 9.250\n"
	    "commits  (c5, c6]\n"
	    "board    b\n"
	    "A/B      confirmed, p = 0.000125, 16 runs of each image, boards: 2\n"
	    "answered by eve, bug 7\n"
	    "linked   fedcba9876543210\n");
}

static void an_alert_is_silent_about_what_it_does_not_know(void **state)
{
	(void)state;
	struct alert a = {.id = "0123456789abcdef",
			  .kind = ALERT_MISSING,
			  .commit_from = (char *)"",
			  .commit_to = (char *)"",
			  .board = (char *)"",
			  .bug = (char *)"",
			  .by = (char *)"eve"};
	CLEANUP_BUFFER struct buffer out = {0};
	alert_describe(&a, "", &out);
	assert_string_equal(buffer_str(&out),
			    "alert    0123456789abcdef\n"
			    "kind     metric-missing, regression\n"
			    "state    candidate\n"
			    "class    none\n"
			    "size     +0.000 % (+0.000 to +0.000 %, approx. 95 %)\n"
			    "evidence t = 0.000\n"
			    "commits  (?, ?]\n"
			    "answered by eve\n");
}

// Levels are shown when either is known, whatever its sign; without a unit no space is left for it.
static void one_known_level_is_enough(void **state)
{
	(void)state;
	static const double levels[][2] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
	static const char *const lines[] = {
	    "level    1 before, 0 after\n", "level    0 before, 1 after\n",
	    "level    -1 before, 0 after\n", "level    0 before, -1 after\n"};
	for (int i = 0; i < 4; i++) {
		struct alert a = known_alert();
		a.before = levels[i][0];
		a.after = levels[i][1];
		CLEANUP_BUFFER struct buffer out = {0};
		alert_describe(&a, "", &out);
		assert_non_null(strstr(buffer_str(&out), lines[i]));
	}
}

static void an_exact_alert_has_no_interval_and_no_evidence(void **state)
{
	(void)state;
	struct alert a = known_alert();
	a.exact = true;
	a.same_night = false;
	a.proof.before_points = 0;
	a.ab = AB_NONE;
	CLEANUP_BUFFER struct buffer out = {0};
	alert_describe(&a, "ns", &out);
	assert_string_equal(buffer_str(&out), "alert    0123456789abcdef\n"
					      "kind     step, regression, exact\n"
					      "state    acked\n"
					      "class    major\n"
					      "size     +10.0000 %, exactly\n"
					      "level    100 ns before, 110 ns after\n"
					      "commits  (c5, c6]\n"
					      "board    b\n"
					      "answered by eve, bug 7\n"
					      "linked   fedcba9876543210\n");
}

static void print_time(int64_t ns, struct buffer *out)
{
	buffer_printf(out, "[%d]", (int)ns);
}

static void a_history_has_a_line_for_each_transition(void **state)
{
	(void)state;
	struct transition steps[] = {{STATE_PENDING, 5, (char *)"t = 6.1"},
				     {STATE_WITHDRAWN, 9, (char *)"was noise"}};
	struct alert a = {.transitions = steps, .transitions_count = 2};
	CLEANUP_BUFFER struct buffer out = {0};
	alert_history(&a, print_time, &out);
	assert_string_equal(buffer_str(&out),
			    "[5]  pending    t = 6.1\n[9]  withdrawn  was noise\n");
}

// ---- the formulas --------------------------------------------------------------------------

#define SIDE   9
#define POINTS (2 * SIDE)

// Nine points around 100, nine around 110, each taking three values.
static struct point points[POINTS];
static const char *boards[] = {"one", "two"};
static size_t valid[POINTS];
static double values[POINTS], offsets[] = {0.01, -0.01};
static struct change found = {SIDE, 0.0953101798, 0.1, 7.5, CONFIDENCE_ALERT};
static struct evaluation night;

static int set_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < POINTS; i++) {
		points[i] = (struct point){.position = (int64_t)i, .board = i % 2};
		valid[i] = i;
		values[i] = (i < SIDE ? 100.0 : 110.0) * (1 + 0.01 * ((double)(i % 3) - 1));
	}
	night = (struct evaluation){
	    .standing = STANDING_OK,
	    .points = {.points = points,
		       .count = POINTS,
		       .boards = boards,
		       .boards_count = 1,
		       .aggregate = AGGREGATE_MIN},
	    .valid = valid,
	    .values = values,
	    .offsets = offsets,
	    .valid_count = POINTS,
	    .changes = &found,
	    .changes_count = 1,
	    .scale = {.log = true, .middle = 100, .unit = 100, .floor = 1e-4},
	    .dependence = {.rho = 0.21, .inflate = 1.25, .sigma = 0.01},
	    .sigma = 0.01,
	};
	return 0;
}

static void print_expected_step(struct buffer *out, const struct timing_params *p)
{
	double d = log(1.1), x[POINTS];
	for (size_t i = 0; i < POINTS; i++)
		x[i] = log(values[i]);
	double medians = d / (1.2533 * 0.01 * 1.25 * sqrt(2.0 / SIDE));
	double df = POINTS * POINTS / 20.0;
	double known = (8 * df + 1) / (8 * df + 3) * sqrt(df * log1p(medians * medians / df));
	double ranks = 0.5 * sqrt(12.0 * SIDE * SIDE / (2 * SIDE + 1)) / 1.25;
	struct rank_shift h = rank_hodges_lehmann(x, SIDE, x + SIDE, SIDE, 1.25);
	buffer_append_str(out, "before (9 points):\n    99 100 101 99 100 101 99 100\n    101\n"
			       "after (9 points):\n    108.9 110 111.1 108.9 110 111.1 108.9 110\n"
			       "    111.1\n");
	buffer_printf(out, "D   = median(after) - median(before) = %.6g (logarithms)\n", d);
	buffer_append_str(out, "rel = 0.1\n");
	buffer_printf(
	    out,
	    "medians: |D| / (1.2533 s sqrt(1/9 + 1/9)) / K = %.4f, noise known from 18 points: "
	    "%.4f\n",
	    medians, known);
	// All points of a short level must lie beyond: beyond_young.
	buffer_printf(
	    out,
	    "ranks: a point after lies beyond one before in 1.0000 of the pairs (at least "
	    "%.4f): %.4f\n",
	    p->beyond_young, ranks);
	buffer_printf(out, "t   = %.4f\n", fmax(known, ranks));
	buffer_printf(out,
		      "Hodges-Lehmann shift %.6g (%.6g to %.6g), %zu differences dropped a side\n",
		      h.shift, h.low, h.high, h.dropped);
	// A point more or less costs at least (9.5 % / 1 %)^2, capped at 16 squared noise units.
	buffer_append_str(out, "range: points 9 to 9 of 18\n");
}

static void a_step_is_explained_with_every_number(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	struct alert a = {.kind = ALERT_STEP, .place = {SIDE, 0}};
	CLEANUP_BUFFER struct buffer out = {0}, wanted = {0};
	alert_explain(&a, &night, &p, &out);
	buffer_append_str(&wanted, "series: ok, 18 points, 18 looked at, 1 boards, aggregate min\n"
				   "s   = 0.01 (noise), rho = 0.2100, K = 1.2500\n");
	buffer_printf(&wanted,
		      "tau = 5 candidate, 6 alert, 8 strong; parameters %016llx\n"
		      "change at point 9: +10.0000 %%, t = 7.500, alert\n",
		      (unsigned long long)timing_params_hash(&p));
	print_expected_step(&wanted, &p);
	assert_string_equal(buffer_str(&out), buffer_str(&wanted));
}

static void boards_are_named_with_their_offsets(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	struct alert a = {.kind = ALERT_STEP, .place = {SIDE, 0}};
	night.points.boards_count = 2;
	CLEANUP_BUFFER struct buffer out = {0};
	alert_explain(&a, &night, &p, &out);
	const char *begin = "series: ok, 18 points, 18 looked at, 2 boards, aggregate min\n"
			    "offset of one: +0.01\noffset of two: -0.01\n";
	assert_memory_equal(buffer_str(&out), begin, strlen(begin));
	assert_non_null(strstr(buffer_str(&out), "after (9 points):\n    108.9@two 110@one "));
}

// Only the points between the neighbouring changes count; a change nearer than the shortest level
// is the same one.
static void a_step_is_measured_between_its_neighbours(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	struct alert a = {.kind = ALERT_STEP, .place = {SIDE, 0}};
	struct change all[] = {{.at = 4}, {.at = SIDE}, {.at = 14}};
	night.changes = all;
	night.changes_count = 3;
	CLEANUP_BUFFER struct buffer out = {0};
	alert_explain(&a, &night, &p, &out);
	assert_non_null(strstr(buffer_str(&out), "before (5 points):\n    100 101 99 100 101\n"));
	assert_non_null(
	    strstr(buffer_str(&out), "after (5 points):\n    108.9 110 111.1 108.9 110\n"));
	assert_non_null(strstr(buffer_str(&out), "points 9 to 9 of 18\n"));
	all[0].at = 5;
	all[2].at = 13;
	buffer_truncate(&out, 0);
	alert_explain(&a, &night, &p, &out);
	assert_non_null(strstr(buffer_str(&out), "before (9 points):"));
	assert_non_null(strstr(buffer_str(&out), "after (9 points):"));
	// Of long levels the nearest `side` points, of shorter ones all.
	p.side = p.side_most = 6;
	all[0].at = 4;
	all[2].at = 14;
	buffer_truncate(&out, 0);
	alert_explain(&a, &night, &p, &out);
	assert_non_null(strstr(buffer_str(&out), "before (5 points):"));
	assert_non_null(strstr(buffer_str(&out), "after (5 points):"));
	night.changes_count = 0;
	buffer_truncate(&out, 0);
	alert_explain(&a, &night, &p, &out);
	assert_non_null(
	    strstr(buffer_str(&out), "before (6 points):\n    99 100 101 99 100 101\n"));
	assert_non_null(strstr(buffer_str(&out), "after (6 points):\n    108.9 110 "));
}

static void what_has_no_step_is_not_explained_as_one(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	struct alert alerts[] = {{.kind = ALERT_DRIFT, .place = {SIDE, 0}},
				 {.kind = ALERT_STEP, .place = {0, 0}},
				 {.kind = ALERT_STEP, .place = {POINTS, 0}}};
	for (size_t i = 0; i < 3; i++) {
		CLEANUP_BUFFER struct buffer out = {0};
		alert_explain(&alerts[i], &night, &p, &out);
		assert_null(strstr(buffer_str(&out), "before ("));
		assert_non_null(strstr(buffer_str(&out), "change at point 9"));
	}
	night.sigma = 0;
	alerts[0].kind = ALERT_STEP;
	CLEANUP_BUFFER struct buffer out = {0};
	alert_explain(&alerts[0], &night, &p, &out);
	assert_null(strstr(buffer_str(&out), "before ("));
	assert_null(strstr(buffer_str(&out), "pattern"));
	night.season = 7;
	alert_explain(&alerts[0], &night, &p, &out);
	assert_non_null(strstr(buffer_str(&out), "a pattern of 7 points was taken out\n"));
}

static void an_exact_step_shows_what_the_runs_sent(void **state)
{
	(void)state;
	static const double reps[] = {110, 111};
	struct timing_run runs[] = {{.id = "r8", .min = 100, .median = 101, .p90 = 102, .max = 103},
				    {.reps = reps, .reps_count = 2},
				    {.id = "r9b", .reps = reps + 1, .reps_count = 1}};
	const struct timing_run *order[] = {&runs[0], &runs[1], &runs[2]};
	night.points.order = order;
	points[SIDE - 1].first_run = 0;
	points[SIDE - 1].runs_count = 1;
	points[SIDE].first_run = 1;
	points[SIDE].runs_count = 2;
	struct timing_params p = timing_params_default();
	p.tick = 0.25;
	struct alert a = {.kind = ALERT_STEP, .exact = true, .place = {SIDE, 0}};
	CLEANUP_BUFFER struct buffer out = {0};
	night.points.boards_count = 2;
	alert_explain(&a, &night, &p, &out);
	assert_string_equal(buffer_str(&out),
			    "series: ok, 18 points, 18 looked at, 2 boards, aggregate min\n"
			    "offset of one: +0.01\noffset of two: -0.01\n"
			    "equal: every number to within 0.25 (tick)\n"
			    "change at point 9: +10.0000 %\n"
			    "point 8, run r8 on one: min 100, median 101, p90 102, max 103\n"
			    "point 9, run ? on two: 110 111\n"
			    "point 9, run r9b on two: 111\n");
	// Neither the first point nor one that has left the view has two sides.
	a.place.position = 0;
	buffer_truncate(&out, 0);
	alert_explain(&a, &night, &p, &out);
	assert_null(strstr(buffer_str(&out), "run "));
	a.place.position = POINTS;
	buffer_truncate(&out, 0);
	alert_explain(&a, &night, &p, &out);
	assert_null(strstr(buffer_str(&out), "run "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_alert_says_all_it_knows),
	    cmocka_unit_test(an_alert_is_silent_about_what_it_does_not_know),
	    cmocka_unit_test(one_known_level_is_enough),
	    cmocka_unit_test(an_exact_alert_has_no_interval_and_no_evidence),
	    cmocka_unit_test(a_history_has_a_line_for_each_transition),
	    cmocka_unit_test_setup(a_step_is_explained_with_every_number, set_up),
	    cmocka_unit_test_setup(boards_are_named_with_their_offsets, set_up),
	    cmocka_unit_test_setup(a_step_is_measured_between_its_neighbours, set_up),
	    cmocka_unit_test_setup(what_has_no_step_is_not_explained_as_one, set_up),
	    cmocka_unit_test_setup(an_exact_step_shows_what_the_runs_sent, set_up),
	};
	return cmocka_run_group_tests_name("timing/explain", tests, NULL, NULL);
}
