// SPDX-License-Identifier: GPL-2.0-or-later
// How long change detection takes, and how much memory a long series.
// Must: 1,000 series of 1,000 points in 2 s; a nightly update of a series in 0.4 ms; a series of
// 1,000,000 points in 6 s and 64 MiB.
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "base/clock.h"
#include "base/memory.h"
#include "timing/evaluate/evaluate.h"
#include "timing/statistics/inference.h"
#include "timing/evaluate/simulate.h"

#define TAIL   400
#define NIGHTS 300

static int missed;

// Processor time: what others do on the machine meanwhile is not ours.
static int64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

static double since(int64_t start_ns)
{
	return (double)(now_ns() - start_ns) / 1e9;
}

static void tell(const char *what, double found, double most, const char *unit)
{
	printf("%-52s %9.3f %s (at most %g)%s\n", what, found, unit, most,
	       found <= most ? "" : "  MISSED");
	missed += !(found <= most);
}

// Noise with a step now and then, as real series have them.
static void fill(struct random *r, double *x, size_t n, enum noise_kind kind)
{
	simulate_noise(kind, r, x, n);
	double level = 1;
	for (size_t i = 0; i < n; i++) {
		if (random_next(r) % 400 == 0)
			level *= 1 + 0.1 * random_normal(r);
		x[i] *= level;
	}
}

static void long_series(struct detector *d, const struct timing_params *p, struct random *r)
{
	size_t n = 1000000;
	double *x = memory_new(n, sizeof(*x));
	fill(r, x, n, NOISE_NORMAL);
	int64_t start = now_ns();
	size_t found = detector_run(d, x, n, p).count;
	tell("1 series x 1,000,000 points", since(start), 6, "s");
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	tell("  its memory, the points themselves included", (double)usage.ru_maxrss / 1024, 64,
	     "MiB");
	printf("  changes found: %zu\n", found);
	free(x);
}

static void many_series(struct detector *d, const struct timing_params *p, struct random *r)
{
	double x[1000];
	int64_t spent = 0;
	size_t found = 0;
	for (int i = 0; i < 1000; i++) {
		fill(r, x, 1000, (enum noise_kind)(i % NOISE_KINDS));
		int64_t start = now_ns();
		found += detector_run(d, x, 1000, p).count;
		spent += now_ns() - start;
	}
	tell("1,000 series x 1,000 points", (double)spent / 1e9, 2, "s");
	printf("  changes found: %zu\n", found);
}

static void quiet_series(struct detector *d, const struct timing_params *p, struct random *r)
{
	double x[1000];
	int64_t spent = 0;
	for (int i = 0; i < 1000; i++) {
		simulate_noise(NOISE_NORMAL, r, x, 1000);
		int64_t start = now_ns();
		detector_run(d, x, 1000, p);
		spent += now_ns() - start;
	}
	tell("the same without any change (worst case)", (double)spent / 1e9, 2, "s");
}

// A full tail, one more run a night: points, detection, alerts, state.
static void nights(const struct timing_params *p, struct random *r)
{
	struct evaluator e;
	evaluator_init(&e, p);
	size_t n = TAIL + NIGHTS;
	double *x = memory_new(n, sizeof(*x));
	fill(r, x, n, NOISE_NORMAL);
	struct timing_run *runs = memory_new(n, sizeof(*runs));
	char(*names)[16] = memory_new(n, sizeof(*names));
	CLEANUP_SERIES_STATE struct series_state state = {0};
	int64_t spent = 0;
	for (size_t i = 0; i < n; i++) {
		snprintf(names[i], sizeof(names[i]), "n%zu", i);
		struct timing_run *run =
		    &runs[n - 1 - i]; // the newest first, as the store gives them
		*run = (struct timing_run){.id = names[i],
					   .batch = names[i],
					   .board = "b",
					   .commit = names[i],
					   .build = names[i],
					   .time_ns = (int64_t)i,
					   .position = (int64_t)i,
					   .min = x[i],
					   .median = x[i],
					   .p90 = x[i],
					   .max = x[i],
					   .summary_count = 31};
		struct series_input in = {
		    .key = {"job", "variant", "class", "metric", {0}},
		    .metric = {.name = "metric", .unit = "s"},
		    .usual = AGGREGATE_MIN,
		    .runs = run,
		    .runs_count = i + 1 > TAIL ? TAIL : i + 1,
		    .batch = names[i],
		};
		int64_t start = now_ns();
		CLEANUP_EVALUATION struct evaluation out = {0};
		series_evaluate(&e, &in, &state, &out);
		if (i >= TAIL)
			spent += now_ns() - start;
	}
	tell("nightly update of a series, 400 points", (double)spent / 1e6 / NIGHTS, 0.4, "ms");
	free(x);
	free(runs);
	free(names);
	evaluator_deinit(&e);
}

int main(void)
{
	struct timing_params p = timing_params_default();
	struct random r = {1};
	struct detector d;
	detector_init(&d);
	long_series(&d, &p, &r);
	many_series(&d, &p, &r);
	quiet_series(&d, &p, &r);
	nights(&p, &r);
	detector_deinit(&d);
	return missed > 0;
}
