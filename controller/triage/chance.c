// SPDX-License-Identifier: GPL-2.0-or-later
#include "triage/chance.h"

#include <math.h>

#define HALVINGS 60 // of an interval in [0, 1]: to the last bit

// lgamma_r: signgam of lgamma() is one for all threads.
static double log_factorial(size_t n)
{
	int sign;
	return lgamma_r((double)n + 1, &sign);
}

static double log_choose(size_t n, size_t k)
{
	return log_factorial(n) - log_factorial(k) - log_factorial(n - k);
}

double chance_at_least(size_t all, size_t marked, size_t drawn, size_t least)
{
	size_t most = marked < drawn ? marked : drawn;
	size_t fewest = marked + drawn > all ? marked + drawn - all : 0;
	if (least <= fewest)
		return 1;
	if (least > most)
		return 0;
	// From the first term on each follows from the one before.
	double term = exp(log_choose(marked, least) + log_choose(all - marked, drawn - least) -
			  log_choose(all, drawn));
	double sum = 0;
	for (size_t k = least; k <= most; k++) {
		sum += term;
		double up = (double)(marked - k) * (double)(drawn - k);
		double down = (double)(k + 1) * (double)(all + k + 1 - marked - drawn);
		term *= up / down;
	}
	return sum < 1 ? sum : 1;
}

double chance_worse(size_t bad, size_t tried, size_t bad_before, size_t tried_before)
{
	if (tried == 0 || tried_before == 0)
		return 1;
	return chance_at_least(tried + tried_before, bad + bad_before, tried, bad);
}

// P(X >= k) of a binomial distribution.
static double binomial_at_least(size_t k, size_t n, double rate)
{
	if (k == 0 || rate >= 1)
		return 1;
	if (rate <= 0)
		return 0;
	double sum = 0;
	for (size_t i = k; i <= n; i++)
		sum +=
		    exp(log_choose(n, i) + (double)i * log(rate) + (double)(n - i) * log1p(-rate));
	return sum < 1 ? sum : 1;
}

double chance_rate_low(size_t k, size_t n, double alpha)
{
	double low = 0, high = 1;
	if (k == 0)
		return 0;
	for (int i = 0; i < HALVINGS; i++) {
		double middle = (low + high) / 2;
		*(binomial_at_least(k, n, middle) < alpha ? &low : &high) = middle;
	}
	return low;
}

double chance_rate_high(size_t k, size_t n, double alpha)
{
	return n == 0 ? 1 : 1 - chance_rate_low(n - k, n, alpha);
}
