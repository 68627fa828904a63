// SPDX-License-Identifier: GPL-2.0-or-later
// Rules with a border each: fresh points, A/Bs, boards' offsets, onsets, incidents, simulated noise.
#include "unit/timing_table.h"

#include "timing/ab.h"
#include "timing/evaluate/evaluate.h"
#include "timing/evaluate/fresh.h"
#include "timing/evaluate/alert.h"
#include "timing/evaluate/simulate.h"
#include "timing/onset.h"
#include "timing/points.h"
#include "timing/evaluate/offset.h"
#include "timing/statistics/inference.h"
#include "timing/statistics/noise.h"
#include "timing/statistics/order.h"

// ---- fresh points --------------------------------------------------------------------------

static struct fresh level_of(double level, double sigma)
{
	struct fresh f = {.known = true, .level = level, .sigma = sigma, .count = 20};
	f.scale.unit = 100;
	for (size_t i = 0; i < f.count; i++)
		f.x[i] = level;
	return f;
}

// Three of four; of other numbers as many, rounded up.
static void three_quarters_of_the_runs_must_agree(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	struct fresh f = level_of(100, 1);
	static const size_t needed[] = {0, 0, 2, 3, 3, 4, 5, 6, 6};
	for (size_t n = 2; n <= 8; n++) {
		for (size_t agree = 0; agree <= n; agree++) {
			for (int sign = -1; sign <= 1; sign += 2) {
				double values[8];
				for (size_t i = 0; i < n; i++)
					values[i] = 100 + sign * (i < agree ? 3 : 2.99);
				assert_int_equal(fresh_is_reproduced(&f, values, n, &p),
						 agree >= needed[n]);
			}
		}
	}
	const double far = 110, both[] = {110, 110, 90, 90};
	assert_false(fresh_is_reproduced(&f, &far, 1, &p));
	assert_false(fresh_is_reproduced(&f, both, 4, &p));
}

// One point in twenty that was half as far off is a stray, two are a mode.
static void what_was_seen_before_is_no_news(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	for (int sign = -1; sign <= 1; sign += 2) {
		struct fresh f = level_of(100, 1);
		double v = 100 + 10 * sign;
		assert_true(fresh_is_suspicious(&f, v, &p));
		f.x[3] = 100 + 5 * sign;
		assert_true(fresh_is_suspicious(&f, v, &p));
		f.x[4] = 100 + 4.9 * sign;
		assert_true(fresh_is_suspicious(&f, v, &p));
		f.x[4] = 100 - 9 * sign; // to the other side
		assert_true(fresh_is_suspicious(&f, v, &p));
		f.x[4] = 100 + 5 * sign;
		assert_false(fresh_is_suspicious(&f, v, &p));
		f.x[4] = 100;
		f.x[0] = 100 + 5 * sign; // the oldest counts like any other
		assert_false(fresh_is_suspicious(&f, v, &p));
	}
	// Two of the last three half way there: it was coming.
	struct fresh f = level_of(100, 1);
	f.count = 40;
	for (size_t i = 0; i < 40; i++)
		f.x[i] = 100;
	f.x[37] = f.x[39] = 105;
	assert_false(fresh_is_suspicious(&f, 110, &p));
	f.x[37] = 104.9;
	assert_true(fresh_is_suspicious(&f, 110, &p));
	f = level_of(100, 10); // far enough only in noise units
	assert_false(fresh_is_suspicious(&f, 110, &p));
	f = level_of(100, 0.01);
	assert_true(fresh_is_suspicious(&f, 101, &p)); // 1 % is the least
	assert_false(fresh_is_suspicious(&f, 100.99, &p));
}

static void a_baseline_needs_twelve_points_and_takes_forty(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	double values[50];
	for (size_t i = 0; i < 50; i++)
		values[i] = i < 10 ? 1000 : 100 + (double)(i % 2);
	struct fresh f = fresh_baseline(values, 11, 0, &p);
	assert_false(f.known);
	assert_close(fresh_z(&f, 1), 0);
	assert_close(fresh_relative(&f, 1), 0);
	assert_true(fresh_baseline(values + 10, 12, 0, &p).known);
	f = fresh_baseline(values, 50, 0, &p);
	assert_int_equal(f.count, 40);
	assert_close(f.level, (log(100) + log(101)) / 2);
	assert_close(f.x[0], log(100));
	double sigma = f.sigma;
	assert_close(fresh_baseline(values, 50, 0.75, &p).sigma, 2 * sigma);
	assert_close(fresh_z(&f, 110), (log(110) - f.level) / sigma);
	assert_close(fresh_relative(&f, 110), 110 / exp(f.level) - 1);
	// Nothing is further below than zero, and below zero is no further.
	assert_close(fresh_z(&f, 0), fresh_z(&f, -5));
	assert_true(fresh_z(&f, 0) < -1e3);
	const double four[] = {110, 110, 112, 108};
	struct rank_shift s = fresh_size(&f, four, 4);
	double logs[4];
	for (int i = 0; i < 4; i++)
		logs[i] = log(four[i]);
	struct rank_shift wanted = rank_hodges_lehmann(f.x, 40, logs, 4, 1);
	assert_close(s.shift, wanted.shift);
	assert_close(s.low, wanted.low);
	assert_close(s.high, wanted.high);
}

// A spike in the baseline tells nothing of its noise, nor of its level.
static void a_baseline_is_blind_for_spikes(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	struct random r = {3};
	double values[40], clean[40], scratch[80];
	for (size_t i = 0; i < 40; i++)
		values[i] = 100 + random_normal(&r);
	values[20] = 130;
	values[9] = 80;
	struct fresh f = fresh_baseline(values, 40, 0, &p);
	for (size_t i = 0; i < 40; i++)
		clean[i] = log(values[i]);
	static const size_t spikes[] = {9, 20};
	for (size_t k = 0; k < 2; k++) { // the median of the eleven around it stands for it
		double around[11];
		for (size_t i = 0; i < 11; i++)
			around[i] = log(values[spikes[k] - 5 + i]);
		clean[spikes[k]] = order_median(around, 11);
	}
	double sigma = noise_sigma(clean, 40, f.scale.floor, scratch);
	assert_close(f.sigma, sigma);
	for (size_t i = 0; i < 40; i++)
		scratch[i] = log(values[i]);
	double spiky[40];
	memcpy(spiky, scratch, sizeof(spiky));
	assert_true(noise_sigma(spiky, 40, f.scale.floor, scratch) > 1.01 * sigma);
	assert_close(f.level, order_median(clean, 40));
}

// ---- A/B confirmations ---------------------------------------------------------------------

static struct ab start(int sign, unsigned boards)
{
	struct ab_setup setup = {.sign = sign, .params = timing_params_default(), .boards = boards};
	struct ab ab;
	ab_init(&ab, &setup);
	return ab;
}

// Plays to the end: OLD at `old`, NEW at `fresh`, a little more each time; the runs whose bit is set
// in `bad` fail. Returns how many were made.
static size_t play_ab(struct ab *ab, double old, double fresh, uint64_t bad)
{
	unsigned board;
	enum ab_image image;
	size_t runs = 0;
	for (; ab_next(ab, &board, &image); runs++)
		ab_add(ab, (image == AB_OLD ? old : fresh) + 0.001 * (double)runs,
		       runs >= 64 || !(bad >> runs & 1));
	return runs;
}

static void eight_runs_of_each_image_and_one_of_them_may_fail(void **state)
{
	(void)state;
	struct ab ab = start(1, 1);
	assert_int_equal(play_ab(&ab, 100, 110, 0), 16);
	struct ab_outcome o = ab_outcome(&ab);
	assert_int_equal(o.runs, 8);
	assert_int_equal(o.verdict, AB_VERDICT_CONFIRMED);
	assert_int_equal(o.boards, 1);
	ab = start(1, 1);
	assert_int_equal(play_ab(&ab, 100, 110, 1), 16); // seven are the least
	assert_int_equal(ab_outcome(&ab).runs, 7);
	assert_int_equal(ab_outcome(&ab).verdict, AB_VERDICT_CONFIRMED);
	ab = start(1, 1);
	assert_int_equal(play_ab(&ab, 100, 110, 0x9), 17); // two of OLD failed: one more
	assert_int_equal(ab_outcome(&ab).runs, 7);
	ab = start(1, 1);
	assert_int_equal(play_ab(&ab, 100, 110, UINT64_MAX), 32); // twice as many as wanted
	assert_int_equal(ab_outcome(&ab).verdict, AB_VERDICT_FAILED);
	assert_int_equal(ab_outcome(&ab).runs, 0);
	// Behind the end nothing is added.
	ab_add(&ab, 5, true);
	assert_int_equal(ab_outcome(&ab).runs, 0);
}

static void an_ab_measures_ratios_and_where_it_cannot_differences(void **state)
{
	(void)state;
	struct ab ab = start(1, 1);
	play_ab(&ab, 100, 110, 0);
	struct ab_outcome o = ab_outcome(&ab);
	assert_true(fabs(o.relative - 0.1) < 1e-3);
	assert_true(o.low < o.relative && o.relative < o.high && o.high < 0.101);
	assert_close(o.p, 1 / 12870.0); // one order of C(16,8)
	ab = start(-1, 1);
	play_ab(&ab, 100, 110, 0);
	o = ab_outcome(&ab);
	assert_int_equal(o.verdict, AB_VERDICT_INCONCLUSIVE); // the other way round
	assert_int_equal(o.runs, 16);
	assert_close(o.p, 1);
	// Around zero: a fraction of the mean magnitude, (10 + 10) / 2.
	ab = start(1, 1);
	play_ab(&ab, -10, 10, 0);
	o = ab_outcome(&ab);
	assert_true(fabs(o.relative - 2) < 0.01 && fabs(o.low - 2) < 0.01);
	assert_true(o.high > o.low && fabs(o.high - 2) < 0.01);
	ab = start(1, 1);
	for (unsigned board; ab_next(&ab, &board, &(enum ab_image){0});)
		ab_add(&ab, 0, true);
	assert_int_equal(ab_outcome(&ab).verdict, AB_VERDICT_EQUIVALENT);
	assert_close(ab_outcome(&ab).relative, 0);
	// Half of the least size is enough to be confirmed; less is alike.
	ab = start(1, 1);
	play_ab(&ab, 100, 100.6, 0);
	assert_int_equal(ab_outcome(&ab).verdict, AB_VERDICT_CONFIRMED);
	ab = start(1, 1);
	play_ab(&ab, 100, 100.4, 0);
	assert_int_equal(ab_outcome(&ab).verdict, AB_VERDICT_EQUIVALENT);
}

static void every_verdict_of_an_ab_has_its_word(void **state)
{
	(void)state;
	static const char *const names[] = {
	    [AB_VERDICT_RUNNING] = "running",       [AB_VERDICT_CONFIRMED] = "confirmed",
	    [AB_VERDICT_EQUIVALENT] = "equivalent", [AB_VERDICT_INCONCLUSIVE] = "inconclusive",
	    [AB_VERDICT_FAILED] = "failed",
	};
	for (int i = AB_VERDICT_RUNNING; i <= AB_VERDICT_FAILED; i++)
		assert_string_equal(ab_verdict_name((enum ab_verdict)i), names[i]);
	struct ab ab = start(1, 2);
	assert_int_equal(ab_outcome(&ab).verdict, AB_VERDICT_RUNNING);
	assert_int_equal(ab_outcome(&ab).boards, 1);
}

static void a_pair_is_the_nearest_valid_run_on_each_side(void **state)
{
	(void)state;
	static struct timing_run runs[8];
	static const struct timing_run *order[8];
	static struct point points[8];
	static const char *boards[] = {"a", "b", "c"};
	for (size_t i = 0; i < 8; i++) {
		runs[i].id = "r";
		order[i] = &runs[i];
		points[i] = (struct point){
		    .position = (int64_t)i, .board = i % 2, .first_run = i, .runs_count = 1};
	}
	struct series_points s = {
	    .points = points, .count = 8, .boards = boards, .boards_count = 3, .order = order};
	const struct alert a = {.place = {5, 0}, .from = {4, 0}, .to = {5, 0}};
	struct ab_pair pairs[2];
	assert_int_equal(ab_pairs(&s, &a, pairs), 2);
	// The board of the first point of the new level goes first.
	assert_ptr_equal(pairs[0].run[AB_OLD], &runs[3]);
	assert_ptr_equal(pairs[0].run[AB_NEW], &runs[5]);
	assert_ptr_equal(pairs[1].run[AB_OLD], &runs[4]);
	assert_ptr_equal(pairs[1].run[AB_NEW], &runs[6]);
	points[3].flags = points[5].flags = POINT_SHORT;
	assert_int_equal(ab_pairs(&s, &a, pairs), 2);
	assert_ptr_equal(pairs[0].run[AB_OLD], &runs[1]);
	assert_ptr_equal(pairs[0].run[AB_NEW], &runs[7]);
	points[7].flags = POINT_SHORT; // board b has no run behind
	assert_int_equal(ab_pairs(&s, &a, pairs), 1);
	assert_ptr_equal(pairs[0].run[AB_OLD], &runs[4]);
	const struct alert first = {.place = {9, 0}, .from = {-1, 0}, .to = {9, 0}};
	assert_int_equal(ab_pairs(&s, &first, pairs), 0);
}

// ---- boards --------------------------------------------------------------------------------

// Boards that take turns, one 0.4 above the other: each moves half of the way.
static void offsets_meet_in_the_middle(void **state)
{
	(void)state;
	double x[40], offsets[3];
	size_t boards[40];
	for (size_t i = 0; i < 40; i++) {
		boards[i] = i % 2;
		x[i] = i % 2 ? 1.4 : 1;
	}
	offset_remove(x, boards, 40, 2, 0, NULL, 0, offsets);
	assert_close(offsets[0], -0.2);
	assert_close(offsets[1], 0.2);
	for (size_t i = 0; i < 40; i++)
		assert_close(x[i], 1.2);
	// One board alone has nothing to be off from.
	offset_remove(x, boards, 40, 1, 0, NULL, 0, offsets);
	assert_close(offsets[0], 0);
	assert_close(x[0], 1.2);
}

// From the last settled change on, when five points are left there; else from all.
static void offsets_are_those_since_the_last_settled_change(void **state)
{
	(void)state;
	static const size_t changes[] = {0, 10, 30, 32, 40};
	for (size_t k = 0; k < 5; k++) {
		size_t since = changes[k];
		double x[40], offsets[2];
		size_t boards[40];
		for (size_t i = 0; i < 40; i++) {
			boards[i] = i % 2;
			x[i] = i % 2 ? (i < 30 ? 1.4 : 1.8) : 1;
		}
		offset_remove(x, boards, 40, 2, since, NULL, 0, offsets);
		double wanted = since == 30 ? 0.4 : 0.2;
		assert_close(offsets[1], wanted);
		assert_close(offsets[0], -wanted);
	}
}

static void part_by_events(double x[60], const struct board_event *events, size_t count,
			   double *difference)
{
	double offsets[2];
	size_t boards[60];
	for (size_t i = 0; i < 60; i++) {
		boards[i] = i % 2;
		x[i] = i % 2 ? (i < 30 ? 1.4 : 1.8) : 1;
	}
	offset_remove(x, boards, 60, 2, 0, events, count, offsets);
	*difference = offsets[1] - offsets[0];
}

// A board's event parts its offset, and the newest part is told. Both boards parted at 30: each half
// meets. One alone: its parts move by 0.2 and 0.4, the other by 0.25, and in the second round by
// -0.025, 0.075 and 0.
static void a_boards_event_parts_its_offset(void **state)
{
	(void)state;
	const struct board_event events[] = {{1, 60}, {1, 30}, {0, 30}};
	double x[60], d;
	part_by_events(x, events, 3, &d);
	assert_close(d, 0.8);
	assert_close(x[11], x[10]);
	assert_close(x[41], x[40]);
	part_by_events(x, events, 2, &d);
	assert_close(d, 0.725);
	assert_close(x[41] - x[11], 0.1);
	assert_close(x[41] - x[40], 0.075);
	double same;
	part_by_events(x, events + 1, 1, &same);
	assert_close(same, d); // one behind the end is none
}

// Others are looked for among ten points on each side, and must be three.
static void a_board_far_from_others_has_no_offset(void **state)
{
	(void)state;
	double x[30], offsets[2];
	size_t boards[30];
	for (size_t others = 2; others <= 3; others++) {
		for (size_t i = 0; i < 30; i++) {
			boards[i] = i >= 30 - others;
			x[i] = boards[i] ? 2 : 1;
		}
		offset_remove(x, boards, 30, 2, 0, NULL, 0, offsets);
		assert_int_equal(fabs(offsets[0]) > 0.1, others == 3);
		assert_close(offsets[0] + offsets[1], 0);
	}
}

// Of 1 one board moves all, the other `stays` of it.
static void a_board_moves_alone_when_the_others_stay(void **state)
{
	(void)state;
	static const struct {
		double first, second;
		enum step_owner owner;
		size_t board;
	} cases[] = {
	    {1, 0, STEP_BOARD, 0},     {0, 1, STEP_BOARD, 1},     {0, -1, STEP_BOARD, 1},
	    {1, 0.19, STEP_BOARD, 0},  {1, 0.21, STEP_COMMIT, 0}, {1, -0.21, STEP_COMMIT, 0},
	    {1, 0.59, STEP_COMMIT, 0}, {0.61, 1, STEP_COMMIT, 1}, {1, 1, STEP_COMMIT, 0},
	};
	double x[40];
	size_t boards[40], board;
	for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		for (size_t i = 0; i < 40; i++) {
			boards[i] = i % 2;
			x[i] = i < 20 ? 5 : 5 + (i % 2 ? cases[k].second : cases[k].first);
		}
		assert_int_equal(step_attribute(x, boards, 40, 2, 20, 40, 0.5, &board),
				 cases[k].owner);
		assert_int_equal(board, cases[k].board);
	}
	// A pooled step that is larger than any move: nobody made it alone.
	for (size_t i = 20; i < 40; i++)
		x[i] = i % 2 ? 5 : 6;
	assert_int_equal(step_attribute(x, boards, 40, 2, 20, 40, 1.6, &board), STEP_BOARD);
	assert_int_equal(step_attribute(x, boards, 40, 2, 20, 40, 1.7, &board), STEP_COMMIT);
	// Three fifths of it are a move, one fifth is more than to stay.
	for (size_t i = 20; i < 40; i++)
		x[i] = i % 2 ? 5 : 8;
	assert_int_equal(step_attribute(x, boards, 40, 2, 20, 40, 5, &board), STEP_BOARD);
	for (size_t i = 20; i < 40; i++)
		x[i] = i % 2 ? 6 : 10;
	assert_int_equal(step_attribute(x, boards, 40, 2, 20, 40, 5, &board), STEP_COMMIT);
	for (size_t i = 20; i < 40; i++)
		x[i] = i % 2 ? 5 : 6;
	// Three points of a board on each side show whether it moved.
	assert_int_equal(step_attribute(x, boards, 40, 2, 20, 6, 0.5, &board), STEP_BOARD);
	assert_int_equal(step_attribute(x, boards, 40, 2, 20, 5, 0.5, &board), STEP_COMMIT);
	assert_int_equal(step_attribute(x, boards, 26, 2, 20, 40, 0.5, &board), STEP_BOARD);
	assert_int_equal(step_attribute(x, boards, 25, 2, 20, 40, 0.5, &board), STEP_COMMIT);
}

// ---- gates of small units ------------------------------------------------------------------

static void a_canary_may_be_of_any_unit(void **state)
{
	(void)state;
	const struct metric_spec m = {.name = "m"};
	struct timing_params p = timing_params_default();
	struct timing_run r = {.min = 1,
			       .median = 1,
			       .summary_count = 5,
			       .canary_start = 0.001,
			       .canary_end = 0.0011,
			       .frequency = 0.5};
	struct series_points s;
	series_points_build(&r, 1, &m, AGGREGATE_MIN, &p, &s);
	assert_int_equal(s.points[0].flags, POINT_THERMAL);
	series_points_deinit(&s);
	r.canary_end = 0; // unknown
	series_points_build(&r, 1, &m, AGGREGATE_MIN, &p, &s);
	assert_int_equal(s.points[0].flags, 0);
	series_points_deinit(&s);
}

// ---- incidents -----------------------------------------------------------------------------

static void ranges_of_one_start_are_ordered_by_their_ends(void **state)
{
	(void)state;
	const struct alert alerts[] = {
	    {.from = {5, 1}, .to = {9, 0}, .shift = -3, .sigma = 1},
	    {.from = {5, 1}, .to = {7, 0}, .shift = 2, .sigma = 1},
	    {.from = {8, 0}, .to = {12, 0}, .shift = 1, .sigma = 0}, // exact
	    {.from = {12, 0}, .to = {13, 0}, .shift = 1, .sigma = 1},
	    {.from = {12, 0}, .to = {13, 0}, .shift = 1, .sigma = 1},
	};
	struct incident_member members[5];
	for (size_t i = 0; i < 5; i++)
		members[i] = (struct incident_member){"key", &alerts[i]};
	size_t incident[5];
	bool title[5];
	assert_int_equal(incidents_group(members, 5, incident, title), 2);
	static const size_t wanted[] = {0, 0, 0, 1, 1};
	assert_memory_equal(incident, wanted, sizeof(wanted));
	assert_true(title[2] && title[3]);
	assert_false(title[0] || title[1] || title[4]);
}

// ---- simulated noise -----------------------------------------------------------------------

static double next_normal(struct random *r, enum noise_kind kind)
{
	double v;
	simulate_noise(kind, r, &v, 1);
	return v;
}

// Each value by its formula, from a generator of the same seed.
static void simulated_values_follow_their_formulas(void **state)
{
	(void)state;
	struct random r = {7}, s = {7};
	for (int i = 0; i < 200; i++) {
		assert_close(next_normal(&r, NOISE_NORMAL), 100 + random_normal(&s));
		assert_close(next_normal(&r, NOISE_LOGNORMAL), 100 * exp(0.02 * random_normal(&s)));
		assert_close(next_normal(&r, NOISE_TICKS), nearbyint(50 + random_normal(&s)));
		double z = random_normal(&s);
		assert_close(next_normal(&r, NOISE_BIMODAL),
			     (random_uniform(&s) < 0.3 ? 104 : 100) * (1 + 0.005 * z));
		z = random_normal(&s);
		double v = 100 + z;
		if (random_uniform(&s) < 0.03)
			v *= 1.1 + 0.9 * random_uniform(&s);
		assert_close(next_normal(&r, NOISE_SPIKES), v);
		random_normal(&s);
		z = random_normal(&s);
		double chi = 0;
		for (int k = 0; k < 3; k++) {
			double n = random_normal(&s);
			chi += n * n;
		}
		assert_close(next_normal(&r, NOISE_T3), 100 + z / sqrt(chi / 3));
	}
	// An autoregression forgets its start in 50 values.
	for (int k = 0; k < 2; k++) {
		struct random a = {5}, b = {5};
		double out[30], rho = k ? 0.8 : 0.5, x = random_normal(&b);
		simulate_noise(k ? NOISE_AR8 : NOISE_AR5, &a, out, 30);
		for (int i = 0; i < 80; i++) {
			x = rho * x + sqrt(1 - rho * rho) * random_normal(&b);
			if (i >= 50)
				assert_close(out[i - 50], 100 + x);
		}
	}
}

static void noises_are_called_by_their_names(void **state)
{
	(void)state;
	enum noise_kind k = NOISE_NORMAL;
	for (unsigned i = 0; i < NOISE_KINDS; i++) {
		assert_true(noise_kind_parse(noise_kind_name((enum noise_kind)i), &k));
		assert_int_equal(k, i);
	}
	assert_false(noise_kind_parse("white", &k));
	assert_int_equal(k, NOISE_KINDS - 1);
}

// Re-runs and A/Bs are played: steps are found sooner with them, and what an A/B confirms falsely is
// counted apart from what it withdrew.
static void a_simulation_with_reruns_finds_steps_the_same_night(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	for (unsigned k = 0; k <= 2 * NOISE_AR8 + 1; k++) {
		struct simulation s = {.kind = (enum noise_kind)(k / 2),
				       .series = 6,
				       .points = 90,
				       .step = k % 2 ? -0.15 : 0.15,
				       .seed = 11};
		struct simulation_result plain = simulate(&s, &p);
		s.reruns = true;
		struct simulation_result again = simulate(&s, &p);
		assert_int_equal(plain.series, 6);
		assert_int_equal(again.points, 540);
		assert_int_equal(again.found_whole, plain.found_whole);
		assert_int_equal(again.found, 6);
		assert_true(again.median_delay <= plain.median_delay);
		assert_true(again.median_delay < 1);
		assert_int_equal(again.withdrawn, 0);
		assert_int_equal(again.confirmed_falsely, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(three_quarters_of_the_runs_must_agree),
	    cmocka_unit_test(what_was_seen_before_is_no_news),
	    cmocka_unit_test(a_baseline_needs_twelve_points_and_takes_forty),
	    cmocka_unit_test(a_baseline_is_blind_for_spikes),
	    cmocka_unit_test(eight_runs_of_each_image_and_one_of_them_may_fail),
	    cmocka_unit_test(an_ab_measures_ratios_and_where_it_cannot_differences),
	    cmocka_unit_test(every_verdict_of_an_ab_has_its_word),
	    cmocka_unit_test(a_pair_is_the_nearest_valid_run_on_each_side),
	    cmocka_unit_test(offsets_meet_in_the_middle),
	    cmocka_unit_test(offsets_are_those_since_the_last_settled_change),
	    cmocka_unit_test(a_boards_event_parts_its_offset),
	    cmocka_unit_test(a_board_far_from_others_has_no_offset),
	    cmocka_unit_test(a_board_moves_alone_when_the_others_stay),
	    cmocka_unit_test(a_canary_may_be_of_any_unit),
	    cmocka_unit_test(ranges_of_one_start_are_ordered_by_their_ends),
	    cmocka_unit_test(simulated_values_follow_their_formulas),
	    cmocka_unit_test(noises_are_called_by_their_names),
	    cmocka_unit_test(a_simulation_with_reruns_finds_steps_the_same_night),
	};
	return cmocka_run_group_tests_name("timing/rules", tests, NULL, NULL);
}
