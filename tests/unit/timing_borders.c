// SPDX-License-Identifier: GPL-2.0-or-later
// Rules of single numbers and alerts, held against the rules as they are written down, in every
// combination or on many random samples.
#include "unit/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "timing/evaluate/alert.h"
#include "timing/statistics/noise.h"
#include "timing/evidence.h"
#include "timing/evaluate/fresh.h"
#include "timing/statistics/inference.h"

static bool is_one_of(enum alert_state s, const enum alert_state *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == s)
			return true;
	return false;
}

#define ALERT_STATES (STATE_WITHDRAWN + 1)

static void what_fails_a_run_goes_by_kind_effect_and_state(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < ALERT_KINDS; kind++)
		for (unsigned effect = 0; effect < ALERT_EFFECTS; effect++)
			for (unsigned at = 0; at < ALERT_STATES; at++) {
				struct alert a = {.kind = (enum alert_kind)kind,
						  .effect = (enum alert_effect)effect,
						  .state = (enum alert_state)at};
				bool worse = effect == EFFECT_REGRESSION;
				bool wanted = false;
				// A step must be proven; what creeps is by its nature.
				if (kind == ALERT_STEP)
					wanted = worse && at == STATE_CONFIRMED;
				else if (kind == ALERT_DRIFT || kind == ALERT_BUDGET)
					wanted =
					    worse && (at == STATE_CONFIRMED || at == STATE_PENDING);
				else if (kind == ALERT_MISSING)
					wanted = alert_is_open(&a);
				if (alert_is_failure(&a) != wanted)
					fail_msg("kind %u, effect %u, state %u", kind, effect, at);
			}
}

static void what_is_told_is_told_once_a_state_or_twice_the_size(void **state)
{
	(void)state;
	static const enum alert_state open[] = {STATE_CANDIDATE, STATE_PENDING, STATE_CONFIRMED};
	for (unsigned effect = 0; effect < ALERT_EFFECTS; effect++)
		for (unsigned at = 0; at < ALERT_STATES; at++)
			for (unsigned before = 0; before < ALERT_STATES; before++)
				for (int shift = 0; shift < 4; shift++) {
					static const double shifts[] = {0.1, -0.1999, 0.2, -0.2};
					struct alert a = {.effect = (enum alert_effect)effect,
							  .state = (enum alert_state)before,
							  .shift = -0.1};
					bool silent =
					    at == STATE_CANDIDATE || effect == EFFECT_IMPROVEMENT;
					struct alert fresh = a;
					fresh.state = (enum alert_state)at;
					bool is_open = alert_is_open(&fresh);
					if (is_one_of(fresh.state, open, 3) && !silent)
						assert_true(is_open);
					assert_int_equal(alert_wants_telling(&fresh),
							 !silent && is_open);
					alert_told(&a);
					a.state = (enum alert_state)at;
					a.shift = shifts[shift];
					bool again = at != before || (is_open && shift >= 2);
					if (alert_wants_telling(&a) != (again && !silent))
						fail_msg("effect %u, %u after %u, shift %d", effect,
							 at, before, shift);
				}
}

static void a_budget_is_exceeded_beyond_its_size_and_beyond_doubt(void **state)
{
	(void)state;
	struct random r = {7};
	struct timing_params p = timing_params_default();
	unsigned seen[2][2] = {{0}};
	for (unsigned round = 0; round < 3000; round++) {
		double anchor[12], x[14], noise = 0.2 * random_uniform(&r);
		double shift = 0.4 * (random_uniform(&r) - 0.5);
		size_t anchors = 9 + random_next(&r) % 4, n = 9 + random_next(&r) % 6;
		bool log = round & 1;
		int worse = (int)(random_next(&r) % 3) - 1;
		for (size_t i = 0; i < anchors; i++)
			anchor[i] = (log ? 0 : 1) + noise * random_normal(&r);
		for (size_t i = 0; i < n; i++)
			x[i] = (log ? 0 : 1) + shift + noise * random_normal(&r);
		struct budget b = budget_check(anchor, anchors, x, n, log, worse, 1, &p);
		assert_int_equal(b.known, anchors >= BUDGET_POINTS && n >= BUDGET_POINTS);
		if (!b.known) {
			assert_false(b.exceeded);
			continue;
		}
		assert_true(b.low <= b.relative && b.relative <= b.high);
		bool above = b.relative > p.budget_rel && b.low > 0;
		bool below = b.relative < -p.budget_rel && b.high < 0;
		assert_int_equal(b.exceeded, worse > 0   ? above
					     : worse < 0 ? below
							 : above || below);
		seen[shift > 0][b.exceeded]++;
		// Only the last points count.
		double other[14];
		for (size_t i = 0; i < n; i++)
			other[i] = i + BUDGET_POINTS < n ? 1000 : x[i];
		struct budget same = budget_check(anchor, anchors, other, n, log, worse, 1, &p);
		assert_true(same.relative == b.relative && same.exceeded == b.exceeded);
	}
	assert_true(seen[0][0] && seen[0][1] && seen[1][0] && seen[1][1]);
}

static void evidence_is_that_of_its_own_points(void **state)
{
	(void)state;
	struct random r = {11};
	struct timing_params p = timing_params_default();
	const struct dependence d = {.rho = 0.2, .inflate = 1.3, .sigma = 1};
	for (unsigned round = 0; round < 200; round++) {
		double x[60], scratch[60];
		for (size_t i = 0; i < 60; i++)
			x[i] = random_normal(&r) + (i >= 25 ? 1 : 0);
		size_t from = random_next(&r) % 15, to = 40 + random_next(&r) % 20;
		struct step_evidence e = evidence_weigh(x, 60, from, 25, to, 1, &d, &p, scratch);
		struct step_evidence s =
		    evidence_weigh(x + from, 60, 0, 25 - from, to - from, 1, &d, &p, scratch);
		assert_true(e.shift == s.shift && e.medians == s.medians && e.share == s.share);
		assert_true(e.ranks == s.ranks && e.t == s.t && e.enough == s.enough);
		// The other way round it is as sure.
		for (size_t i = 0; i < 60; i++)
			x[i] = -x[i];
		struct step_evidence m = evidence_weigh(x, 60, from, 25, to, 1, &d, &p, scratch);
		assert_true(fabs(m.shift + e.shift) < 1e-12);
		assert_true(fabs(m.share - e.share) < 1e-12 && fabs(m.t - e.t) < 1e-9);
		double pairs = 0, beyond = 0;
		for (size_t i = from; i < 25; i++)
			for (size_t k = 25; k < to; k++, pairs++)
				beyond += (e.shift < 0 ? x[k] > x[i] : x[k] < x[i]);
		assert_true(fabs(e.share - beyond / pairs) < 1e-12);
	}
}

static void a_far_point_is_no_news_where_the_level_was_on_its_way(void **state)
{
	(void)state;
	struct timing_params p = timing_params_default();
	for (unsigned coming = 0; coming < 2; coming++) {
		double values[30];
		for (size_t i = 0; i < 30; i++)
			values[i] = 100 + (i % 2 ? 0.2 : -0.2) + (i % 3 ? 0.1 : -0.1);
		if (coming)
			values[27] = values[28] = values[29] = 104;
		struct fresh f = fresh_baseline(values, 30, 0, &p);
		assert_true(f.known);
		assert_int_equal(fresh_is_suspicious(&f, 106, &p), !coming);
		assert_int_equal(f.count, 30);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_fails_a_run_goes_by_kind_effect_and_state),
	    cmocka_unit_test(what_is_told_is_told_once_a_state_or_twice_the_size),
	    cmocka_unit_test(a_budget_is_exceeded_beyond_its_size_and_beyond_doubt),
	    cmocka_unit_test(evidence_is_that_of_its_own_points),
	    cmocka_unit_test(a_far_point_is_no_news_where_the_level_was_on_its_way),
	};
	return cmocka_run_group_tests_name("timing/borders", tests, NULL, NULL);
}
