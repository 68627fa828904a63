// SPDX-License-Identifier: GPL-2.0-or-later
// What change detection finds, and what it finds that is not there, by kind of noise.
//
// usage: timing_power [--held] [--whole] [--series N] [--param NAME=VALUE,...] [ci | step | null]...
//
// Constants are chosen on the seeds that it uses by default; --held takes others, which nobody
// looks at while choosing.
//   ci    many changes of many sizes: precision, recall and F1 of one look at the whole series
//         (evidence 5, within 5 points); night by night: recall of all that was raised, what
//         stands at the end, false ones per 1,000 points
//   step  one step of 2.5 noise units in 200 points: found by one look (evidence 6), by the nights
//   null  no change: false ones per 1,000 points of both
// Must (with its default seeds and sizes): ci: F1 0.85, nights raised 0.70 and standing 0.68 at 0.25
// false ones per 1,000 points; step: recall 0.85; null: 0.1 and 0.2 per 1,000 points.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "bench/timing_series.h"
#include "timing/evaluate/evaluate.h"

#define NEAR 5

struct tally {
	size_t points, changes; // visible ones
	size_t hits, alarms;    // one look: found, and near no change
	size_t raised, standing, false_raised, false_standing;
};

struct bench {
	struct evaluator evaluator;
	struct timing_params params;
	uint64_t seed;
	size_t series;
	bool whole_only;
};

static bool near(size_t a, size_t b)
{
	return (a > b ? a - b : b - a) <= NEAR;
}

// Each visible change takes the nearest free find; a find near any change is no alarm.
static void match(const struct made_series *s, const size_t *found, size_t count, size_t *hits,
		  size_t *alarms)
{
	bool *taken = memory_new(count + 1, sizeof(*taken));
	for (size_t k = 0; k < s->count; k++) {
		size_t best = count, least = NEAR + 1;
		for (size_t i = 0; i < count && s->visible[k]; i++) {
			size_t off =
			    found[i] > s->at[k] ? found[i] - s->at[k] : s->at[k] - found[i];
			if (!taken[i] && off < least) {
				least = off;
				best = i;
			}
		}
		if (best < count) {
			taken[best] = true;
			++*hits;
		}
	}
	for (size_t i = 0; i < count; i++) {
		bool real = taken[i];
		for (size_t k = 0; k < s->count; k++)
			real = real || near(found[i], s->at[k]);
		*alarms += !real;
	}
	free(taken);
}

static void look_once(struct bench *b, const struct made_series *s, double tau, struct tally *t)
{
	struct timing_params p = b->params;
	p.tau_cand = tau;
	struct detection d = detector_run(&b->evaluator.detector, s->values, s->n, &p);
	size_t *found = memory_new(d.count + 1, sizeof(*found));
	for (size_t i = 0; i < d.count; i++)
		found[i] = d.changes[i].at;
	match(s, found, d.count, &t->hits, &t->alarms);
	free(found);
}

static void play_nights(struct bench *b, const struct made_series *s, struct tally *t)
{
	CLEANUP_SERIES_STATE struct series_state state = {0};
	replay_nights(&b->evaluator, s->values, s->n, &state);
	size_t *all = memory_new(state.alerts_count + 1, sizeof(*all)), count = 0;
	size_t *left = memory_new(state.alerts_count + 1, sizeof(*left)), standing = 0;
	for (size_t i = 0; i < state.alerts_count; i++) {
		const struct alert *a = &state.alerts[i];
		if (a->kind != ALERT_STEP || replay_raised(a) == SIZE_MAX)
			continue;
		all[count++] = (size_t)a->place.position;
		if (a->state != STATE_WITHDRAWN && a->state != STATE_RECOVERED)
			left[standing++] = (size_t)a->place.position;
	}
	match(s, all, count, &t->raised, &t->false_raised);
	match(s, left, standing, &t->standing, &t->false_standing);
	free(all);
	free(left);
}

static void add(struct bench *b, const struct made_series *s, double tau, struct tally *t)
{
	t->points += s->n;
	for (size_t k = 0; k < s->count; k++)
		t->changes += s->visible[k] ? 1 : 0;
	look_once(b, s, tau, t);
	if (!b->whole_only)
		play_nights(b, s, t);
}

static void sum_up(struct tally *all, const struct tally *t)
{
	all->points += t->points;
	all->changes += t->changes;
	all->hits += t->hits;
	all->alarms += t->alarms;
	all->raised += t->raised;
	all->standing += t->standing;
	all->false_raised += t->false_raised;
	all->false_standing += t->false_standing;
}

static double share(size_t part, size_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

static void tell(const char *what, const struct tally *t)
{
	double p = share(t->hits, t->hits + t->alarms), r = share(t->hits, t->changes);
	printf("%-9s changes %4zu  P %.3f R %.3f F1 %.3f false/1k %6.3f | nights: raised %.3f "
	       "standing %.3f false/1k %6.3f standing false/1k %6.3f\n",
	       what, t->changes, p, r, p + r > 0 ? 2 * p * r / (p + r) : 0,
	       1000 * share(t->alarms, t->points), share(t->raised, t->changes),
	       share(t->standing, t->changes), 1000 * share(t->false_raised, t->points),
	       1000 * share(t->false_standing, t->points));
	fflush(stdout);
}

static bool must(const char *what, double found, double least, double most)
{
	bool good = found >= least && found <= most;
	if (!good)
		printf("MISSED: %s is %.3f, must be %g to %g\n", what, found, least, most);
	return good;
}

// Whether the whole of a part is as good as it must be.
static bool hold_against_bars(const struct bench *b, const char *part, const struct tally *t)
{
	double p = share(t->hits, t->hits + t->alarms), r = share(t->hits, t->changes);
	double alarms = 1000 * share(t->alarms, t->points);
	double raised = 1000 * share(t->false_raised, t->points);
	if (strcmp(part, "null") == 0)
		return must("null: false by one look", alarms, 0, 0.1) &&
		       must("null: false by night", raised, 0, 0.2);
	if (strcmp(part, "step") == 0)
		return must("step: recall", r, 0.85, 1);
	return must("ci: F1", 2 * p * r / (p + r), 0.85, 1) &&
	       (b->whole_only || (must("ci: raised", share(t->raised, t->changes), 0.7, 1) &&
				  must("ci: standing", share(t->standing, t->changes), 0.68, 1) &&
				  must("ci: false by night", raised, 0, 0.25)));
}

static bool run(struct bench *b, const char *part)
{
	struct tally all = {0};
	bool ci = strcmp(part, "ci") == 0, step = strcmp(part, "step") == 0;
	printf("# %s\n", part);
	for (unsigned f = 0; f < FAMILIES; f++) {
		struct random r = {b->seed + 1000 * f + (ci ? 0 : step ? 1 : 2)};
		struct tally t = {0};
		for (size_t i = 0; i < b->series; i++) {
			struct made_series s;
			if (ci)
				make_ci_series(&r, (enum family)f, &s);
			else
				make_step_series(&r, (enum family)f, step ? 200 : 300, 0.02,
						 step ? 0.05 : 0, &s);
			add(b, &s, ci ? 5 : 6, &t);
		}
		tell(family_names[f], &t);
		sum_up(&all, &t);
	}
	tell("all", &all);
	return hold_against_bars(b, part, &all);
}

int main(int argc, char **argv)
{
	struct bench b = {.params = timing_params_default(), .seed = 1, .series = 12};
	bool any = false, good = true;
	for (int i = 1; i < argc; i++) {
		CLEANUP_ERROR struct error *e = NULL;
		if (strcmp(argv[i], "--held") == 0)
			b.seed = 500000;
		else if (strcmp(argv[i], "--whole") == 0)
			b.whole_only = true;
		else if (strcmp(argv[i], "--series") == 0 && i + 1 < argc)
			b.series = strtoul(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--param") == 0 && i + 1 < argc)
			e = timing_params_set_list(&b.params, argv[++i]);
		else
			any = true;
		if (e) {
			fprintf(stderr, "%s\n", error_text(e));
			return 2;
		}
	}
	evaluator_init(&b.evaluator, &b.params);
	static const char *const parts[] = {"ci", "step", "null"};
	for (size_t k = 0; k < 3; k++) {
		bool named = !any;
		for (int i = 1; i < argc; i++)
			named = named || strcmp(argv[i], parts[k]) == 0;
		if (named)
			good = run(&b, parts[k]) && good;
	}
	evaluator_deinit(&b.evaluator);
	return !good;
}
