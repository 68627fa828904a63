// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/statistics/noise.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "timing/statistics/order.h"

#define NOISE_FLOOR    1e-4   // no series is believed to be quieter than this, relatively
#define NORMAL_MAD     1.4826 // standard deviation / median absolute deviation, normal
#define NORMAL_90      3.29   // width of the middle 90 % of a normal, in standard deviations
#define NORMAL_70      2.0729 // and of the middle 70 %: up to 15 % of spikes do not count
#define MODES          0.25   // of the spread: what the bulk of two modes is at least taken for
#define SPREAD_HALF    5      // running median for the spread: 11 points
#define DESPIKE_HALF   3      // and for excursions: 7 points
#define LAGGED_MOST    4.25   // 3 sqrt 2: three noise units of a difference
#define DEPENDENCE_MIN 12     // points below which no dependence is estimated

static bool all_positive(const double *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(values[i] > 0))
			return false;
	return true;
}

static double mean_magnitude(const double *values, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += fabs(values[i]) / (double)n;
	return sum;
}

struct scale scale_values(const double *values, size_t n, const struct timing_params *p, double *x,
			  double *scratch)
{
	struct scale s = {.log = all_positive(values, n)};
	memcpy(scratch, values, n * sizeof(*values));
	s.middle = order_median(scratch, n);
	s.unit = fabs(s.middle) > 0 ? fabs(s.middle) : mean_magnitude(values, n);
	double unit = s.unit > 0 ? s.unit : 1;
	double tick = p->tick / (unit * sqrt(12.0));
	s.floor = (tick > NOISE_FLOOR ? tick : NOISE_FLOOR) * (s.log ? 1 : unit);
	for (size_t i = 0; i < n; i++)
		x[i] = s.log ? log(values[i]) : values[i];
	return s;
}

double scale_relative(const struct scale *s, double difference)
{
	if (s->log)
		return expm1(fabs(difference));
	return s->unit > 0 ? fabs(difference) / s->unit : 0;
}

double scale_fraction(const struct scale *s, double difference)
{
	return s->log ? expm1(difference) : copysign(scale_relative(s, difference), difference);
}

double scale_absolute(const struct scale *s, double difference)
{
	return s->log ? s->middle * expm1(fabs(difference)) : fabs(difference);
}

static double median_step(const double *x, size_t n, size_t lag, double *scratch)
{
	for (size_t i = 0; i + lag < n; i++)
		scratch[i] = fabs(x[i + lag] - x[i]);
	return order_median(scratch, n - lag);
}

// What points are away from the running median, into out.
static void away_from_median(const double *x, size_t n, double *out)
{
	order_running_median(x, n, SPREAD_HALF, out);
	for (size_t i = 0; i < n; i++)
		out[i] = x[i] - out[i];
}

static double neighbour_sigma(const double *x, size_t n, double *scratch)
{
	return n > 1 ? NORMAL_MAD * median_step(x, n, 1, scratch) / sqrt(2.0) : 0;
}

double noise_sigma(const double *x, size_t n, double floor, double *scratch)
{
	double sigma = fmax(floor, neighbour_sigma(x, n, scratch));
	away_from_median(x, n, scratch);
	double high = order_quantile(scratch, n, 0.95);
	double low = order_quantile(scratch, n, 0.05);
	return fmax(sigma, (high - low) / NORMAL_90);
}

struct noise noise_measure(const double *x, size_t n, double floor, double *scratch)
{
	double near = fmax(floor, neighbour_sigma(x, n, scratch));
	away_from_median(x, n, scratch);
	double high = order_quantile(scratch, n, 0.85);
	double low = order_quantile(scratch, n, 0.15);
	double spread = (high - low) / NORMAL_70;
	for (size_t i = 0; i < n; i++)
		scratch[i] = fabs(scratch[i]);
	double bulk = fmax(NORMAL_MAD * order_median(scratch, n), MODES * spread);
	return (struct noise){.sigma = fmax(near, spread), .bulk = fmax(near, bulk)};
}

void noise_clip(const double *x, size_t n, double most, double sigma, double *z)
{
	order_running_median(x, n, DESPIKE_HALF, z);
	for (size_t i = 0; i < n; i++)
		z[i] = fmax(z[i] - most * sigma, fmin(z[i] + most * sigma, x[i]));
}

void noise_despike(const double *x, size_t n, double hampel, double sigma, double *z)
{
	order_running_median(x, n, DESPIKE_HALF, z);
	double most = hampel * sigma;
	for (size_t i = 0; i < n; i++)
		if (!(fabs(x[i] - z[i]) > most))
			z[i] = x[i];
}

double noise_lagged(const double *x, size_t n, size_t lag, double sigma)
{
	double most = LAGGED_MOST * sigma, sum = 0;
	size_t count = 0;
	for (size_t i = lag; i < n; i++) {
		double d = fabs(x[i] - x[i - lag]);
		bool noise = d <= most;
		sum += noise ? d * d : 0;
		count += noise;
	}
	return count > 0 ? sum / (2 * (double)count) : 0;
}

struct dependence noise_dependence(const double *z, size_t n, double sigma,
				   const struct timing_params *p, double *scratch)
{
	struct dependence d = {.rho = 0, .inflate = 1, .sigma = sigma};
	if (n < DEPENDENCE_MIN)
		return d;
	double step = median_step(z, n, 1, scratch);
	double near = noise_lagged(z, n, 1, sigma), far = noise_lagged(z, n, 2, sigma);
	if (near > 0) {
		// For a first-order process the variances of the two differences stand as 1 + rho.
		double rho = far / near - 1;
		if (rho >= p->rho_gate / sqrt((double)n))
			d.rho = fmin(rho, p->rho_cap);
	}
	d.inflate = sqrt((1 + d.rho) / (1 - d.rho));
	d.sigma = fmax(sigma, NORMAL_MAD * step / sqrt(2 * (1 - d.rho)));
	return d;
}
