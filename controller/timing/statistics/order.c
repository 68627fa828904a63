// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/statistics/order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void swap(double *a, double *b)
{
	double v = *a;
	*a = *b;
	*b = v;
}

// Puts the median of first, middle and last in the middle: sorted and constant inputs, the usual
// ones here, then split evenly.
static double pivot_of(double *x, size_t lo, size_t hi)
{
	size_t mid = lo + (hi - lo) / 2;
	if (x[mid] < x[lo])
		swap(&x[mid], &x[lo]);
	if (x[hi] < x[lo])
		swap(&x[hi], &x[lo]);
	if (x[hi] < x[mid])
		swap(&x[hi], &x[mid]);
	return x[mid];
}

double order_select(double *x, size_t n, size_t k)
{
	size_t lo = 0, hi = n - 1;
	while (lo < hi) {
		double pivot = pivot_of(x, lo, hi);
		size_t i = lo, j = hi + 1; // [lo, i) <= pivot <= [j, hi]
		for (;;) {
			while (x[i] < pivot)
				i++;
			while (pivot < x[j - 1])
				j--;
			if (i >= j)
				break;
			swap(&x[i++], &x[--j]);
			if (i >= j)
				break;
		}
		if (k < j)
			hi = j - 1;
		else if (k >= i)
			lo = i;
		else
			break; // between the two parts stands a value equal to the pivot
	}
	return x[k];
}

static double smallest(const double *x, size_t n)
{
	double least = x[0];
	for (size_t i = 1; i < n; i++)
		if (x[i] < least)
			least = x[i];
	return least;
}

double order_median(double *x, size_t n)
{
	size_t k = (n - 1) / 2;
	double low = order_select(x, n, k);
	if (n % 2)
		return low;
	return (low + smallest(x + k + 1, n - k - 1)) / 2;
}

double order_quantile(double *x, size_t n, double p)
{
	double h = (double)(n - 1) * p;
	size_t k = (size_t)h;
	double low = order_select(x, n, k);
	double part = h - (double)k;
	if (part <= 0 || k + 1 >= n)
		return low;
	return low + part * (smallest(x + k + 1, n - k - 1) - low);
}

double order_mad(double *x, size_t n)
{
	double middle = order_median(x, n);
	for (size_t i = 0; i < n; i++)
		x[i] = fabs(x[i] - middle);
	return 1.4826 * order_median(x, n);
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

void order_sort(double *x, size_t n)
{
	qsort(x, n, sizeof(*x), compare_doubles);
}

// An ordered window of the last few values.
struct window {
	double sorted[2 * ORDER_HALF_MAX + 1];
	size_t count;
};

static void window_insert(struct window *w, double v)
{
	size_t i = w->count++;
	for (; i > 0 && w->sorted[i - 1] > v; i--)
		w->sorted[i] = w->sorted[i - 1];
	w->sorted[i] = v;
}

static void window_remove(struct window *w, double v)
{
	size_t i = 0;
	while (w->sorted[i] < v)
		i++;
	memmove(w->sorted + i, w->sorted + i + 1, (--w->count - i) * sizeof(double));
}

// Remove one value and insert another in a single sweep: the values between them move by one.
static void window_replace(struct window *w, double old, double v)
{
	double *s = w->sorted;
	size_t i = 0;
	while (s[i] < old)
		i++;
	for (; i + 1 < w->count && s[i + 1] < v; i++)
		s[i] = s[i + 1];
	for (; i > 0 && s[i - 1] > v; i--)
		s[i] = s[i - 1];
	s[i] = v;
}

static double window_median(const struct window *w)
{
	size_t k = w->count / 2;
	return w->count % 2 ? w->sorted[k] : (w->sorted[k - 1] + w->sorted[k]) / 2;
}

void order_running_median(const double *x, size_t n, size_t half, double *out)
{
	struct window w = {.count = 0};
	for (size_t i = 0; i < n && i < half; i++)
		window_insert(&w, x[i]);
	for (size_t i = 0; i < n; i++) {
		if (i + half < n && i > half)
			window_replace(&w, x[i - half - 1], x[i + half]);
		else if (i + half < n)
			window_insert(&w, x[i + half]);
		else if (i > half)
			window_remove(&w, x[i - half - 1]);
		out[i] = window_median(&w);
	}
}
