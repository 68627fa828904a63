// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/evaluate/simulate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "timing/ab.h"
#include "timing/evaluate/evaluate.h"
#include "timing/statistics/order.h"

#define WARM_UP 50 // values thrown away until an autoregression has forgotten its start
#define NEAR    5  // points an alert may be from its step

static const char *const kind_names[NOISE_KINDS] = {
    "normal", "lognormal", "t3", "ar5", "ar8", "spikes", "bimodal", "ticks",
};

const char *noise_kind_name(enum noise_kind k)
{
	return kind_names[k];
}

bool noise_kind_parse(const char *word, enum noise_kind *out)
{
	for (unsigned i = 0; i < NOISE_KINDS; i++) {
		if (strcmp(word, kind_names[i]) == 0) {
			*out = (enum noise_kind)i;
			return true;
		}
	}
	return false;
}

static double random_t3(struct random *r)
{
	double chi = 0, z = random_normal(r);
	for (int i = 0; i < 3; i++) {
		double v = random_normal(r);
		chi += v * v;
	}
	return z / sqrt(chi / 3);
}

static void autoregression(struct random *r, double rho, double *out, size_t n)
{
	double x = random_normal(r);
	for (size_t i = 0; i < n + WARM_UP; i++) {
		x = rho * x + sqrt(1 - rho * rho) * random_normal(r);
		if (i >= WARM_UP)
			out[i - WARM_UP] = 100 * (1 + 0.01 * x);
	}
}

static double one_value(enum noise_kind kind, struct random *r)
{
	double z = random_normal(r);
	switch (kind) {
	case NOISE_LOGNORMAL:
		return 100 * exp(0.02 * z);
	case NOISE_T3:
		return 100 * (1 + 0.01 * random_t3(r));
	case NOISE_SPIKES: {
		double v = 100 * (1 + 0.01 * z);
		return random_uniform(r) < 0.03 ? v * (1.1 + 0.9 * random_uniform(r)) : v;
	}
	case NOISE_BIMODAL:
		return (random_uniform(r) < 0.3 ? 104 : 100) * (1 + 0.005 * z);
	case NOISE_TICKS:
		return nearbyint(50 + z);
	default:
		return 100 * (1 + 0.01 * z);
	}
}

void simulate_noise(enum noise_kind kind, struct random *r, double *out, size_t n)
{
	if (kind == NOISE_AR5 || kind == NOISE_AR8) {
		autoregression(r, kind == NOISE_AR5 ? 0.5 : 0.8, out, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		out[i] = one_value(kind, r);
}

// ---- night by night ------------------------------------------------------------------------

struct night_player {
	const struct simulation *s;
	const struct timing_params *p;
	struct evaluator evaluator;
	struct random random;
	struct series_state state;
	struct timing_run *runs; // with room for the re-runs
	double *values;          // of the runs, in step with them
	size_t runs_count;
	char (*batches)[16];
	size_t step_at; // SIZE_MAX: none
};

static double fresh_value(struct night_player *n, bool stepped)
{
	double v;
	simulate_noise(n->s->kind, &n->random, &v, 1);
	return stepped ? v * (1 + n->s->step) : v;
}

// Another run of a night: where neighbouring nights are alike, runs of one night are too.
static double rerun_value(struct night_player *n, double first, bool stepped)
{
	enum noise_kind kind = n->s->kind;
	if (kind != NOISE_AR5 && kind != NOISE_AR8)
		return fresh_value(n, stepped);
	double rho = kind == NOISE_AR5 ? 0.5 : 0.8, level = stepped ? 100 * (1 + n->s->step) : 100;
	return level + rho * (first - level) +
	       sqrt(1 - rho * rho) * 0.01 * level * random_normal(&n->random);
}

static void add_run(struct night_player *n, size_t night, double value, enum run_purpose purpose)
{
	size_t i = n->runs_count++;
	n->runs[i] = (struct timing_run){.id = n->batches[night],
					 .batch = n->batches[night],
					 .board = "simulated",
					 .commit = n->batches[night],
					 .build = n->batches[night],
					 .time_ns = (int64_t)i,
					 .position = (int64_t)night,
					 .purpose = purpose,
					 .min = value,
					 .median = value,
					 .p90 = value,
					 .max = value,
					 .summary_count = 1000};
}

static void play_ab(struct night_player *n, struct alert *a)
{
	struct ab_setup setup = {.sign = a->shift > 0 ? 1 : -1, .params = *n->p, .boards = 1};
	struct ab ab;
	ab_init(&ab, &setup);
	// Without a step both images are alike anyway.
	bool real = a->place.position + NEAR >= (int64_t)n->step_at;
	unsigned board;
	enum ab_image image;
	while (ab_next(&ab, &board, &image))
		ab_add(&ab, fresh_value(n, real && image == AB_NEW), true);
	const struct ab_outcome outcome = ab_outcome(&ab);
	alert_ab_result(a, &outcome, a->place.time_ns);
}

static struct series_input input_of(const struct night_player *n, size_t night)
{
	// The tail of the history is all that a night looks at.
	size_t most = 2 * (size_t)n->p->tail,
	       from = n->runs_count > most ? n->runs_count - most : 0;
	return (struct series_input){
	    .key = {"simulation", "", "simulated", "value", {0}},
	    .metric = {.name = "value", .unit = "", .aggregate = AGGREGATE_MEDIAN},
	    .usual = AGGREGATE_MEDIAN,
	    .runs = n->runs + from,
	    .runs_count = n->runs_count - from,
	    .batch = n->batches[night],
	    .now_ns = (int64_t)night,
	};
}

// Carries out what the evaluation wished; true when re-runs were made.
static bool grant(struct night_player *n, const struct evaluation *e, size_t night, double first)
{
	bool repeated = false;
	for (size_t i = 0; i < e->wishes_count; i++) {
		const struct wish *w = &e->wishes[i];
		if (w->kind == WISH_RERUN) {
			for (unsigned k = 0; k < w->times; k++)
				add_run(n, night, rerun_value(n, first, night >= n->step_at),
					PURPOSE_RERUN);
			repeated = true;
		} else if (w->kind == WISH_AB) {
			play_ab(n, alert_find(&n->state, w->alert));
		}
	}
	return repeated;
}

static void play_night(struct night_player *n, size_t night, double first)
{
	for (int round = 0; round < 3; round++) {
		CLEANUP_EVALUATION struct evaluation e = {0};
		const struct series_input in = input_of(n, night);
		series_evaluate(&n->evaluator, &in, &n->state, &e);
		if (!n->s->reruns || !grant(n, &e, night, first))
			return;
	}
}

struct simulation_tally {
	struct simulation_result result;
	double *delays;
};

static void count_alerts(const struct night_player *n, struct simulation_tally *t)
{
	bool found = false;
	for (size_t i = 0; i < n->state.alerts_count; i++) {
		const struct alert *a = &n->state.alerts[i];
		bool raised = false;
		int64_t when = 0;
		for (size_t k = 0; k < a->transitions_count && !raised; k++) {
			raised = a->transitions[k].to == STATE_PENDING;
			when = a->transitions[k].time_ns;
		}
		if (!raised || a->kind != ALERT_STEP)
			continue;
		int64_t off = a->place.position - (int64_t)n->step_at;
		bool real = n->step_at != SIZE_MAX && off >= -NEAR && off <= NEAR;
		if (!real) {
			t->result.pending++;
			t->result.confirmed_falsely += a->state == STATE_CONFIRMED;
		} else if (!found) {
			found = true;
			t->result.withdrawn += a->state == STATE_WITHDRAWN;
			t->delays[t->result.found++] = (double)(when - (int64_t)n->step_at);
		}
	}
}

static void look_once(struct night_player *n, const double *values, struct simulation_tally *t)
{
	struct detection found = detector_run(&n->evaluator.detector, values, n->s->points, n->p);
	for (size_t i = 0; i < found.count; i++) {
		if (found.changes[i].confidence < CONFIDENCE_ALERT)
			continue;
		int64_t off = (int64_t)found.changes[i].at - (int64_t)n->step_at;
		bool real = n->step_at != SIZE_MAX && off >= -NEAR && off <= NEAR;
		t->result.found_whole += real;
		t->result.false_whole += !real;
	}
}

static void play_series(struct night_player *n, struct simulation_tally *t)
{
	size_t points = n->s->points;
	double *values = memory_new(points, sizeof(*values));
	simulate_noise(n->s->kind, &n->random, values, points);
	n->step_at = SIZE_MAX;
	if (fabs(n->s->step) > 0) {
		n->step_at = points / 4 + (size_t)(random_next(&n->random) % (points / 2 + 1));
		for (size_t i = n->step_at; i < points; i++)
			values[i] *= 1 + n->s->step;
	}
	look_once(n, values, t);
	n->runs_count = 0;
	for (size_t night = 0; night < points; night++) {
		add_run(n, night, values[night], PURPOSE_SCHEDULED);
		play_night(n, night, values[night]);
	}
	count_alerts(n, t);
	series_state_deinit(&n->state);
	free(values);
}

struct simulation_result simulate(const struct simulation *s, const struct timing_params *p)
{
	// Each night adds its run and at most its re-runs.
	size_t room = s->points * (1 + (size_t)p->reruns);
	struct night_player n = {.s = s,
				 .p = p,
				 .random = {s->seed},
				 .runs = memory_new(room, sizeof(*n.runs)),
				 .batches = memory_new(s->points, sizeof(*n.batches))};
	struct simulation_tally t = {.delays = memory_new(s->series, sizeof(double))};
	evaluator_init(&n.evaluator, p);
	for (size_t i = 0; i < s->points; i++)
		snprintf(n.batches[i], sizeof(n.batches[i]), "night-%06u", (unsigned)i % 1000000);
	for (size_t i = 0; i < s->series; i++)
		play_series(&n, &t);
	t.result.series = s->series;
	t.result.points = s->series * s->points;
	if (t.result.found > 0)
		t.result.median_delay = order_median(t.delays, t.result.found);
	evaluator_deinit(&n.evaluator);
	free(n.runs);
	free(n.batches);
	free(t.delays);
	return t.result;
}
