// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <math.h>

#include "timing/ab.h"
#include "timing/evaluate/simulate.h"

static struct ab start(int sign, unsigned boards)
{
	struct ab_setup setup = {.sign = sign, .params = timing_params_default(), .boards = boards};
	struct ab ab;
	ab_init(&ab, &setup);
	return ab;
}

static void the_order_is_abba(void **state)
{
	(void)state;
	struct ab ab = start(1, 1);
	char order[17] = "";
	for (int i = 0; i < 16; i++) {
		unsigned board;
		enum ab_image image;
		assert_true(ab_next(&ab, &board, &image));
		assert_int_equal(board, 0);
		order[i] = image == AB_OLD ? 'A' : 'B';
		ab_add(&ab, image == AB_OLD ? 100 + i * 0.01 : 105 + i * 0.01, true);
	}
	assert_string_equal(order, "ABBAABBAABBAABBA");
	assert_int_equal(ab_outcome(&ab).verdict, AB_VERDICT_CONFIRMED);
}

struct world {
	double old_level, new_level, second_board; // the latter scales NEW on board 1
	double noise;
	int fail_every; // 0: no run fails
};

static struct ab_outcome play(struct ab *ab, const struct world *w, uint64_t seed, size_t *runs)
{
	struct random r = {seed};
	unsigned board;
	enum ab_image image;
	*runs = 0;
	while (ab_next(ab, &board, &image)) {
		double level = image == AB_OLD ? w->old_level : w->new_level;
		if (board == 1 && image == AB_NEW)
			level = w->old_level * w->second_board;
		bool valid = !w->fail_every || ++*runs % (size_t)w->fail_every != 0;
		if (!w->fail_every)
			++*runs;
		ab_add(ab, level * (1 + w->noise * random_normal(&r)), valid);
		assert_true(*runs < 500);
	}
	return ab_outcome(ab);
}

static void a_real_slowdown_is_confirmed_with_its_size(void **state)
{
	(void)state;
	const struct world w = {.old_level = 100, .new_level = 103, .noise = 0.003};
	struct ab ab = start(1, 1);
	size_t runs;
	struct ab_outcome o = play(&ab, &w, 1, &runs);
	assert_int_equal(o.verdict, AB_VERDICT_CONFIRMED);
	assert_int_equal(o.runs, 8);
	assert_true(fabs(o.relative - 0.03) < 0.01);
	assert_true(o.low < 0.03 && o.high > 0.03);
	assert_true(o.p <= 0.001);
}

static void equal_images_are_found_alike(void **state)
{
	(void)state;
	const struct world w = {.old_level = 100, .new_level = 100, .noise = 0.002};
	struct ab ab = start(1, 1);
	size_t runs;
	assert_int_equal(play(&ab, &w, 2, &runs).verdict, AB_VERDICT_EQUIVALENT);
}

static void a_change_the_other_way_is_never_confirmed(void **state)
{
	(void)state;
	const struct world w = {.old_level = 100, .new_level = 90, .noise = 0.003};
	struct ab ab = start(1, 1);
	size_t runs;
	struct ab_outcome o = play(&ab, &w, 3, &runs);
	assert_int_equal(o.verdict, AB_VERDICT_INCONCLUSIVE);
	assert_int_equal(o.runs, 16);
}

static void alike_images_are_confirmed_less_than_once_in_a_thousand(void **state)
{
	(void)state;
	const struct world w = {.old_level = 100, .new_level = 100, .noise = 0.05};
	unsigned confirmed = 0;
	for (uint64_t seed = 0; seed < 4000; seed++) {
		struct ab ab = start(1, 1);
		size_t runs;
		confirmed += play(&ab, &w, seed, &runs).verdict == AB_VERDICT_CONFIRMED;
	}
	assert_true(confirmed <= 8);
}

static void failed_runs_are_made_up_for(void **state)
{
	(void)state;
	const struct world w = {
	    .old_level = 100, .new_level = 110, .noise = 0.003, .fail_every = 3};
	struct ab ab = start(1, 1);
	size_t runs;
	struct ab_outcome o = play(&ab, &w, 4, &runs);
	assert_int_equal(o.verdict, AB_VERDICT_CONFIRMED);
	assert_true(o.runs >= AB_RUNS_MIN);
}

static void a_board_that_never_answers_ends_the_confirmation(void **state)
{
	(void)state;
	const struct world w = {.old_level = 100, .new_level = 110, .fail_every = 1};
	struct ab ab = start(1, 2);
	size_t runs;
	assert_int_equal(play(&ab, &w, 5, &runs).verdict, AB_VERDICT_FAILED);
	assert_true(runs <= 64);
}

static void a_second_board_is_asked_and_may_disagree(void **state)
{
	(void)state;
	struct world w = {.old_level = 100, .new_level = 105, .second_board = 1.05, .noise = 0.002};
	struct ab ab = start(1, 2);
	size_t runs;
	struct ab_outcome o = play(&ab, &w, 6, &runs);
	assert_int_equal(o.verdict, AB_VERDICT_CONFIRMED);
	assert_int_equal(o.boards, 2);
	assert_false(o.boards_disagree);
	w.second_board = 1;
	ab = start(1, 2);
	o = play(&ab, &w, 7, &runs);
	assert_true(o.boards_disagree);
}

static void counters_without_noise_still_decide(void **state)
{
	(void)state;
	const struct world w = {.old_level = 1000, .new_level = 1030};
	struct ab ab = start(1, 1);
	size_t runs;
	assert_int_equal(play(&ab, &w, 8, &runs).verdict, AB_VERDICT_CONFIRMED);
	const struct world same = {.old_level = 1000, .new_level = 1000};
	ab = start(1, 1);
	assert_int_equal(play(&ab, &same, 9, &runs).verdict, AB_VERDICT_EQUIVALENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_order_is_abba),
	    cmocka_unit_test(a_real_slowdown_is_confirmed_with_its_size),
	    cmocka_unit_test(equal_images_are_found_alike),
	    cmocka_unit_test(a_change_the_other_way_is_never_confirmed),
	    cmocka_unit_test(alike_images_are_confirmed_less_than_once_in_a_thousand),
	    cmocka_unit_test(failed_runs_are_made_up_for),
	    cmocka_unit_test(a_board_that_never_answers_ends_the_confirmation),
	    cmocka_unit_test(a_second_board_is_asked_and_may_disagree),
	    cmocka_unit_test(counters_without_noise_still_decide),
	};
	return cmocka_run_group_tests_name("timing/ab", tests, NULL, NULL);
}
