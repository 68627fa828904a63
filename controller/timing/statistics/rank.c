// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/statistics/inference.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "timing/statistics/order.h"

#define NORMAL_975 1.96 // quantile of the normal distribution behind a two-sided 95 %

static double normal_upper(double z)
{
	return 0.5 * erfc(z / sqrt(2.0));
}

// How many of the orders of n a's and m b's have U = u, for all u <= n m: adding the largest value
// to a sample of (i, j-1) or (i-1, j) gives f(i,j,u) = f(i,j-1,u) + f(i-1,j,u-j).
// binom(40,20) < 2^63, so 64 bits hold every count.
static void count_orders(size_t n, size_t m,
			 uint64_t f[RANK_EXACT_MAX + 1][RANK_EXACT_MAX * RANK_EXACT_MAX + 1])
{
	size_t most = n * m;
	for (size_t j = 0; j <= m; j++) {
		memset(f[j], 0, (most + 1) * sizeof(f[j][0]));
		f[j][0] = 1;
	}
	for (size_t i = 1; i <= n; i++)
		for (size_t j = 1; j <= m; j++)
			for (size_t u = most + 1; u-- > 0;)
				f[j][u] = f[j - 1][u] + (u >= j ? f[j][u - j] : 0);
}

// cdf[u] = P(U <= u) under the null hypothesis.
static void u_distribution(size_t n, size_t m, double cdf[RANK_EXACT_MAX * RANK_EXACT_MAX + 1])
{
	uint64_t f[RANK_EXACT_MAX + 1][RANK_EXACT_MAX * RANK_EXACT_MAX + 1];
	count_orders(n, m, f);
	uint64_t all = 0, below = 0;
	for (size_t u = 0; u <= n * m; u++)
		all += f[m][u];
	for (size_t u = 0; u <= n * m; u++) {
		below += f[m][u];
		cdf[u] = (double)below / (double)all;
	}
}

// Sum of t^3 - t over the groups of equal values among both samples.
static double tie_sum(const double *a, size_t n, const double *b, size_t m)
{
	double *all = memory_new(n + m, sizeof(*all));
	memcpy(all, a, n * sizeof(*a));
	memcpy(all + n, b, m * sizeof(*b));
	order_sort(all, n + m);
	double sum = 0;
	for (size_t i = 0, j; i < n + m; i = j) {
		for (j = i + 1; j < n + m && all[j] <= all[i];)
			j++;
		double t = (double)(j - i);
		sum += t * t * t - t;
	}
	free(all);
	return sum;
}

static void test_exact(struct rank_test *t, size_t n, size_t m)
{
	double cdf[RANK_EXACT_MAX * RANK_EXACT_MAX + 1];
	u_distribution(n, m, cdf);
	size_t u = (size_t)t->u;
	t->exact = true;
	t->p_greater = cdf[u];
	t->p_less = cdf[n * m - u];
}

static void test_normal(struct rank_test *t, double n, double m, double ties)
{
	double all = n + m, mean = n * m / 2;
	double variance = n * m / 12 * (all + 1 - ties / (all * (all - 1)));
	if (!(variance > 0)) { // all values equal
		t->p_greater = t->p_less = 1;
		return;
	}
	double sd = sqrt(variance);
	t->p_greater = normal_upper((mean - t->u - 0.5) / sd);
	t->p_less = normal_upper((t->u - mean - 0.5) / sd);
}

struct rank_test rank_mann_whitney(const double *a, size_t n, const double *b, size_t m)
{
	struct rank_test t = {.u = 0};
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < m; j++)
			t.u += a[i] > b[j] ? 1 : a[i] < b[j] ? 0 : 0.5;
	double ties = tie_sum(a, n, b, m);
	if (ties <= 0 && n <= RANK_EXACT_MAX && m <= RANK_EXACT_MAX)
		test_exact(&t, n, m);
	else
		test_normal(&t, (double)n, (double)m, ties);
	t.p_both = fmin(1, 2 * fmin(t.p_greater, t.p_less));
	return t;
}

// How many of the ordered differences lie outside a two-sided interval of 95 % on each side.
static size_t differences_dropped(size_t n, size_t m)
{
	if (n <= HL_EXACT_MAX && m <= HL_EXACT_MAX) {
		double cdf[RANK_EXACT_MAX * RANK_EXACT_MAX + 1];
		u_distribution(n, m, cdf);
		size_t k = 0;
		while (k < n * m / 2 && cdf[k] <= 0.025)
			k++;
		return k;
	}
	double pairs = (double)n * (double)m;
	double k = floor(pairs / 2 - NORMAL_975 * sqrt(pairs * (double)(n + m + 1) / 12));
	return k > 0 ? (size_t)k : 0;
}

struct rank_shift rank_hodges_lehmann(const double *a, size_t n, const double *b, size_t m,
				      double widen)
{
	size_t pairs = n * m;
	double *d = memory_new(pairs, sizeof(*d));
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < m; j++)
			d[i * m + j] = b[j] - a[i];
	struct rank_shift r = {.dropped = differences_dropped(n, m)};
	if (r.dropped * 2 >= pairs)
		r.dropped = (pairs - 1) / 2;
	r.shift = order_median(d, pairs);
	// The median left d parted at its own place.
	size_t middle = (pairs - 1) / 2;
	double low = order_select(d, middle + 1, r.dropped);
	double high = order_select(d + middle, pairs - middle, pairs - 1 - r.dropped - middle);
	r.low = r.shift + (low - r.shift) * widen;
	r.high = r.shift + (high - r.shift) * widen;
	free(d);
	return r;
}

struct rank_trend rank_mann_kendall(const double *y, size_t k)
{
	struct rank_trend t = {.s = 0};
	if (k < 2)
		return t;
	double *slopes = memory_new(k * (k - 1) / 2, sizeof(*slopes));
	size_t count = 0;
	for (size_t i = 0; i < k; i++) {
		for (size_t j = i + 1; j < k; j++) {
			t.s += (y[j] > y[i]) - (y[j] < y[i]);
			slopes[count++] = (y[j] - y[i]) / (double)(j - i);
		}
	}
	double n = (double)k, sign = (t.s > 0) - (t.s < 0);
	double deviation = sqrt(n * (n - 1) * (2 * n + 5) / 18);
	t.z = (t.s - sign) / deviation;
	t.slope = order_median(slopes, count);
	double outside = fmax(0, ((double)count - NORMAL_975 * deviation) / 2);
	size_t dropped = (size_t)outside;
	t.low = order_select(slopes, count, dropped);
	t.high = order_select(slopes, count, count - 1 - dropped);
	free(slopes);
	return t;
}
