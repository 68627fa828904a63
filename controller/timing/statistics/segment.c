// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/statistics/noise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

// Starts that can never win again are looked for only so often: keeping them is harmless.
#define PRUNE_EVERY 8

void segmenter_init(struct segmenter *s, size_t capacity)
{
	size_t n = capacity + 1;
	*s = (struct segmenter){.capacity = capacity, .memory = memory_new(6 * n, sizeof(double))};
	double **arrays[] = {&s->sum,        &s->squares,  &s->best,
			     &s->open_place, &s->open_sum, &s->open_cost};
	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
		*arrays[i] = s->memory + i * n;
	s->last = memory_new(n, sizeof(*s->last));
	s->bounds = memory_new(n, sizeof(*s->bounds));
}

void segmenter_deinit(struct segmenter *s)
{
	free(s->memory);
	free(s->last);
	free(s->bounds);
	*s = (struct segmenter){0};
}

static void accumulate(struct segmenter *s, const double *z, size_t n, double center, double sigma)
{
	s->sum[0] = s->squares[0] = 0;
	for (size_t i = 0; i < n; i++) {
		double v = (z[i] - center) / sigma;
		s->sum[i + 1] = s->sum[i] + v;
		s->squares[i + 1] = s->squares[i] + v * v;
	}
}

static void open_start(struct segmenter *s, size_t *open, size_t at)
{
	s->open_place[*open] = (double)at;
	s->open_sum[*open] = s->sum[at];
	s->open_cost[*open] = s->best[at] - s->squares[at];
	(*open)++;
}

// best[t]: cheapest segmentation of [0, t) whose last level starts at one of the open places.
static void close_at(struct segmenter *s, size_t open, size_t t, double penalty)
{
	double end = (double)t, sum = s->sum[t], least = INFINITY;
	size_t winner = 0;
	for (size_t j = 0; j < open; j++) {
		double d = sum - s->open_sum[j];
		double cost = s->open_cost[j] - d * d / (end - s->open_place[j]);
		if (cost < least) {
			least = cost;
			winner = j;
		}
	}
	s->best[t] = least + s->squares[t] + penalty;
	s->last[t] = (size_t)s->open_place[winner];
}

// Drops the starts whose level would be dearer than a boundary at t: whatever comes later, cutting
// at t is cheaper, once the new level may be `shortest` long, that is from t + shortest on.
static size_t prune(struct segmenter *s, size_t open, size_t t)
{
	double end = (double)t, sum = s->sum[t], limit = s->best[t] - s->squares[t];
	size_t kept = 0;
	for (size_t j = 0; j < open; j++) {
		double length = end - s->open_place[j];
		double d = sum - s->open_sum[j];
		if (length > 0 && s->open_cost[j] - d * d / length > limit)
			continue;
		s->open_place[kept] = s->open_place[j];
		s->open_sum[kept] = s->open_sum[j];
		s->open_cost[kept++] = s->open_cost[j];
	}
	return kept;
}

size_t segment(struct segmenter *s, const double *z, size_t n, double center, double sigma,
	       double penalty, size_t shortest, size_t **bounds)
{
	*bounds = s->bounds;
	if (n < 2 * shortest)
		return 0;
	accumulate(s, z, n, center, sigma);
	s->best[0] = -penalty;
	size_t open = 0;
	open_start(s, &open, 0);
	for (size_t t = shortest; t <= n; t++) {
		if (t >= 2 * shortest)
			open_start(s, &open, t - shortest);
		close_at(s, open, t, penalty);
		if (t % PRUNE_EVERY == 0 && t >= 2 * shortest)
			open = prune(s, open, t - shortest);
	}
	size_t count = 0;
	for (size_t t = s->last[n]; t > 0; t = s->last[t])
		s->bounds[count++] = t;
	for (size_t i = 0; i < count / 2; i++) {
		size_t b = s->bounds[i];
		s->bounds[i] = s->bounds[count - 1 - i];
		s->bounds[count - 1 - i] = b;
	}
	return count;
}
