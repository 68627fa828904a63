// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/statistics/inference.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

struct ranked_p {
	double p;
	size_t place;
};

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked_p *x = a, *y = b;
	if (x->p < y->p || x->p > y->p)
		return x->p < y->p ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

static struct ranked_p *rank_all(const double *p, size_t n)
{
	struct ranked_p *r = memory_new(n, sizeof(*r));
	for (size_t i = 0; i < n; i++)
		r[i] = (struct ranked_p){p[i], i};
	qsort(r, n, sizeof(*r), compare_ranked);
	return r;
}

void multiple_holm(const double *p, size_t n, double *adjusted)
{
	if (n == 0)
		return;
	struct ranked_p *r = rank_all(p, n);
	double most = 0;
	for (size_t i = 0; i < n; i++) {
		most = fmax(most, fmin(1, (double)(n - i) * r[i].p));
		adjusted[r[i].place] = most;
	}
	free(r);
}

void multiple_benjamini_hochberg(const double *p, size_t n, double *adjusted)
{
	if (n == 0)
		return;
	struct ranked_p *r = rank_all(p, n);
	double least = 1;
	for (size_t i = n; i-- > 0;) {
		least = fmin(least, (double)n * r[i].p / (double)(i + 1));
		adjusted[r[i].place] = least;
	}
	free(r);
}
