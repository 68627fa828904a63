// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/ab.h"

#include <math.h>
#include <string.h>

#define TRIES_PER_RUN 2 // runs tried for each one wanted, before a leg is given up

const char *ab_verdict_name(enum ab_verdict v)
{
	static const char *const names[] = {"running", "confirmed", "equivalent", "inconclusive",
					    "failed"};
	return names[v];
}

void ab_init(struct ab *ab, const struct ab_setup *setup)
{
	memset(ab, 0, sizeof(*ab));
	ab->setup = *setup;
	ab->legs[0].blocks = ab->legs[1].blocks = 1;
}

// A leg tries each image n_ab times a block, and again where runs were invalid.
static size_t runs_planned(const struct ab *ab, const struct ab_leg *leg)
{
	return (size_t)ab->setup.params.n_ab * leg->blocks;
}

// Invalid runs are made up for only until the least is there.
static size_t runs_least(const struct ab_leg *leg)
{
	return (size_t)AB_RUNS_MIN * leg->blocks;
}

static bool wants(const struct ab *ab, const struct ab_leg *leg, enum ab_image image)
{
	size_t planned = runs_planned(ab, leg), tried = leg->tried[image];
	if (tried >= planned * TRIES_PER_RUN || tried >= AB_RUNS_MAX)
		return false;
	return tried < planned || leg->counts[image] < runs_least(leg);
}

bool ab_next(const struct ab *ab, unsigned *board, enum ab_image *image)
{
	if (ab->leg >= 2)
		return false;
	const struct ab_leg *leg = &ab->legs[ab->leg];
	size_t k = (leg->tried[AB_OLD] + leg->tried[AB_NEW]) % 4;
	enum ab_image turn = k == 0 || k == 3 ? AB_OLD : AB_NEW;
	if (!wants(ab, leg, turn))
		turn = turn == AB_OLD ? AB_NEW : AB_OLD;
	*board = ab->leg;
	*image = turn;
	return wants(ab, leg, turn);
}

static bool all_positive(const struct ab_leg *leg)
{
	for (int image = AB_OLD; image <= AB_NEW; image++)
		for (size_t i = 0; i < leg->counts[image]; i++)
			if (!(leg->values[image][i] > 0))
				return false;
	return true;
}

static void measure(const struct ab *ab, struct ab_leg *leg)
{
	double x[2][AB_RUNS_MAX], unit = 1, sum = 0;
	bool log_scale = all_positive(leg);
	for (int image = AB_OLD; image <= AB_NEW; image++) {
		for (size_t i = 0; i < leg->counts[image]; i++) {
			double v = leg->values[image][i];
			x[image][i] = log_scale ? log(v) : v;
			sum += fabs(v) / (double)(leg->counts[AB_OLD] + leg->counts[AB_NEW]);
		}
	}
	if (!log_scale && sum > 0)
		unit = sum;
	struct rank_test t =
	    rank_mann_whitney(x[AB_OLD], leg->counts[AB_OLD], x[AB_NEW], leg->counts[AB_NEW]);
	leg->p = ab->setup.sign > 0 ? t.p_greater : t.p_less;
	leg->shift =
	    rank_hodges_lehmann(x[AB_OLD], leg->counts[AB_OLD], x[AB_NEW], leg->counts[AB_NEW], 1);
	leg->relative = log_scale ? expm1(leg->shift.shift) : leg->shift.shift / unit;
	leg->low = log_scale ? expm1(leg->shift.low) : leg->shift.low / unit;
	leg->high = log_scale ? expm1(leg->shift.high) : leg->shift.high / unit;
}

static enum ab_verdict judge(const struct ab *ab, const struct ab_leg *leg)
{
	const struct timing_params *p = &ab->setup.params;
	// Two looks at the data share the error between them.
	double alpha = p->ab_alpha / leg->blocks;
	double size = leg->relative * ab->setup.sign;
	if (leg->p <= alpha && size >= p->min_rel / 2)
		return AB_VERDICT_CONFIRMED;
	if (leg->low > -p->min_rel && leg->high < p->min_rel)
		return AB_VERDICT_EQUIVALENT;
	return AB_VERDICT_INCONCLUSIVE;
}

// Whether another board would tell the code from the board.
static bool needs_second_board(const struct ab *ab, enum ab_verdict v)
{
	return ab->leg == 0 && ab->setup.boards > 1 &&
	       (v == AB_VERDICT_CONFIRMED || v == AB_VERDICT_EQUIVALENT);
}

void ab_add(struct ab *ab, double value, bool valid)
{
	unsigned board;
	enum ab_image image;
	if (!ab_next(ab, &board, &image))
		return;
	struct ab_leg *leg = &ab->legs[board];
	leg->tried[image]++;
	if (valid)
		leg->values[image][leg->counts[image]++] = value;
	if (wants(ab, leg, AB_OLD) || wants(ab, leg, AB_NEW))
		return;
	size_t fewest = leg->counts[leg->counts[AB_NEW] < leg->counts[AB_OLD] ? AB_NEW : AB_OLD];
	if (fewest < AB_RUNS_MIN) {
		leg->verdict = AB_VERDICT_FAILED;
	} else {
		measure(ab, leg);
		leg->verdict = judge(ab, leg);
		if (leg->verdict == AB_VERDICT_INCONCLUSIVE && leg->blocks < AB_BLOCKS) {
			leg->verdict = AB_VERDICT_RUNNING;
			leg->blocks++;
			return;
		}
	}
	ab->leg = needs_second_board(ab, leg->verdict) ? 1 : 2;
}

struct ab_outcome ab_outcome(const struct ab *ab)
{
	const struct ab_leg *first = &ab->legs[0], *second = &ab->legs[1];
	struct ab_outcome o = {.verdict = ab->leg < 2 ? AB_VERDICT_RUNNING : first->verdict,
			       .boards = 1,
			       .p = first->p,
			       .relative = first->relative,
			       .low = first->low,
			       .high = first->high};
	size_t runs =
	    first->counts[first->counts[AB_NEW] < first->counts[AB_OLD] ? AB_NEW : AB_OLD];
	if (second->verdict != AB_VERDICT_RUNNING && second->verdict != AB_VERDICT_FAILED) {
		o.boards = 2;
		bool confirmed = second->verdict == AB_VERDICT_CONFIRMED;
		bool equivalent = second->verdict == AB_VERDICT_EQUIVALENT;
		o.boards_disagree = (first->verdict == AB_VERDICT_CONFIRMED && equivalent) ||
				    (first->verdict == AB_VERDICT_EQUIVALENT && confirmed);
	}
	o.runs = (unsigned)runs;
	return o;
}
