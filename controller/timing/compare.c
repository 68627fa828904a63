// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "timing/statistics/inference.h"
#include "timing/statistics/order.h"

#define WILD_MADS   4 // runs further than this from their cell's median are left out of its mean
#define ALPHA       0.05
#define RESAMPLES   2000
#define BOARDS_FULL 3

const char *compare_method_label(enum compare_method m)
{
	static const char *const labels[] = {
	    "boards compared",   "2 boards, weak", "these boards only; not attributable to the CPU",
	    "instruction count", "missing",        "the same boards in both, each against itself",
	};
	return labels[m];
}

const char *compare_claim_label(enum compare_claim c)
{
	static const char *const labels[] = {"no claim", "different", "same", "not distinguishable",
					     "exact"};
	return labels[c];
}

static double median_of(const double *x, size_t n)
{
	double *copy = memory_new(n, sizeof(*copy));
	memcpy(copy, x, n * sizeof(*x));
	double middle = order_median(copy, n);
	free(copy);
	return middle;
}

static bool usable(const double *values, size_t n, bool exact)
{
	for (size_t i = 0; i < n; i++)
		if (!(values[i] > 0))
			return false;
	return n >= (exact ? 1 : COMPARE_RUNS_MIN);
}

static bool cell_usable(const struct compare_cell *c, enum compare_question q, bool exact)
{
	return usable(c->values, c->count, exact) &&
	       (q == QUESTION_LEVEL || usable(c->old, c->old_count, exact));
}

// Logarithm of a board's value: its level, or what the change did to it.
static double cell_value(const struct compare_cell *c, enum compare_question q)
{
	double v = log(median_of(c->values, c->count));
	return q == QUESTION_CHANGE ? v - log(median_of(c->old, c->old_count)) : v;
}

// The boards of a class that have enough runs.
struct comparison_side {
	double *values;                    // logarithms, one a board; owned
	const struct compare_cell **cells; // owned list
	const char **names;                // of the boards, "" unknown; owned list
	size_t count, runs;
};

static struct comparison_side side_of(const struct compare_class *class,
				      const struct compare_cell *cells, enum compare_question q)
{
	struct comparison_side s = {.values = memory_new(class->boards_count, sizeof(double)),
				    .cells = memory_new(class->boards_count, sizeof(*s.cells)),
				    .names = memory_new(class->boards_count, sizeof(*s.names))};
	for (size_t b = 0; b < class->boards_count; b++) {
		if (!cell_usable(&cells[b], q, class->exact))
			continue;
		s.cells[s.count] = &cells[b];
		s.names[s.count] = class->boards ? class->boards[b].name : "";
		s.values[s.count++] = cell_value(&cells[b], q);
		s.runs += cells[b].count + (q == QUESTION_CHANGE ? cells[b].old_count : 0);
	}
	return s;
}

static void side_deinit(struct comparison_side *s)
{
	free(s->values);
	free(s->cells);
	free(s->names);
}

static void set_interval(struct comparison *r, double center, double error, double df)
{
	double wide = student_quantile(0.975, df) * error,
	       narrow = student_quantile(0.95, df) * error;
	r->has_interval = true;
	r->low = exp(center - wide);
	r->high = exp(center + wide);
	r->low90 = exp(center - narrow);
	r->high90 = exp(center + narrow);
}

static void compare_boards(struct comparison *r, const struct comparison_side *a,
			   const struct comparison_side *b)
{
	struct sample first = sample_of(a->values, a->count);
	struct sample second = sample_of(b->values, b->count);
	struct welch w = welch_test(&second, &first);
	r->tested = true;
	r->p = w.p;
	double point = w.difference;
	if (r->method == METHOD_BOARDS)
		point = rank_hodges_lehmann(b->values, b->count, a->values, a->count, 1).shift;
	r->ratio = exp(point);
	set_interval(r, w.difference, w.error, w.df);
}

// How much more each board measured in the first class than in the second, when both are the same
// boards, as with two variants, commits or weeks. False when they are not.
static bool pair_boards(const struct comparison_side *a, const struct comparison_side *b,
			double *differences)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		size_t j = 0;
		while (j < b->count && strcmp(a->names[i], b->names[j]) != 0)
			j++;
		if (j == b->count || !*a->names[i])
			return false;
		differences[i] = a->values[i] - b->values[j];
	}
	return true;
}

// Student's test on the boards' own differences: what boards differ by from each other cancels.
static void compare_pairs(struct comparison *r, const double *differences, size_t n)
{
	struct sample s = sample_of(differences, n);
	double error = sqrt(s.variance / (double)n), df = (double)(n - 1);
	r->tested = true;
	r->ratio = exp(s.mean);
	r->p = fabs(s.mean) > 0 ? 0 : 1;
	if (error > 0)
		r->p = 2 * student_cdf(-fabs(s.mean) / error, df);
	set_interval(r, s.mean, error, df);
}

// One board a class: the interval is that of their runs.
static void compare_runs(struct comparison *r, const struct comparison_side *a,
			 const struct comparison_side *b)
{
	double *x[2];
	const struct compare_cell *cells[2] = {a->cells[0], b->cells[0]};
	for (int i = 0; i < 2; i++) {
		x[i] = memory_new(cells[i]->count, sizeof(double));
		for (size_t k = 0; k < cells[i]->count; k++)
			x[i][k] = log(cells[i]->values[k]);
	}
	struct rank_shift s = rank_hodges_lehmann(x[1], cells[1]->count, x[0], cells[0]->count, 1);
	r->has_interval = true;
	r->low = r->low90 = exp(s.low);
	r->high = r->high90 = exp(s.high);
	free(x[0]);
	free(x[1]);
}

// Logarithms of a cell's runs without the wild ones, as a sample.
static struct sample tame_sample(const double *values, size_t n, size_t *dropped)
{
	double *x = memory_new(2 * n, sizeof(*x)), *copy = x + n;
	for (size_t i = 0; i < n; i++)
		copy[i] = x[i] = log(values[i]);
	double middle = order_median(copy, n);
	memcpy(copy, x, n * sizeof(*x));
	double limit = WILD_MADS * order_mad(copy, n);
	size_t kept = 0;
	for (size_t i = 0; i < n; i++)
		if (!(limit > 0) || fabs(x[i] - middle) <= limit)
			x[kept++] = x[i];
	*dropped += n - kept;
	struct sample s = sample_of(x, kept);
	free(x);
	return s;
}

// (new/old) on one board over (new/old) on another, from the runs of interleaved A/Bs.
static void compare_changes(struct comparison *r, const struct comparison_side *a,
			    const struct comparison_side *b)
{
	const struct compare_cell *first = a->cells[0], *second = b->cells[0];
	struct sample s[4] = {
	    tame_sample(first->values, first->count, &r->dropped),
	    tame_sample(first->old, first->old_count, &r->dropped),
	    tame_sample(second->values, second->count, &r->dropped),
	    tame_sample(second->old, second->old_count, &r->dropped),
	};
	double g = (s[0].mean - s[1].mean) - (s[2].mean - s[3].mean), v = 0, parts = 0;
	for (int i = 0; i < 4; i++) {
		double part = s[i].variance / (double)s[i].n;
		v += part;
		if (s[i].n > 1)
			parts += part * part / (double)(s[i].n - 1);
	}
	r->ratio = exp(g);
	r->has_interval = true;
	if (parts > 0)
		set_interval(r, g, sqrt(v), v * v / parts);
	else
		r->low = r->high = r->low90 = r->high90 = r->ratio;
}

static void set_levels(struct comparison *r, int class, const struct comparison_side *s,
		       enum compare_question q)
{
	double *levels = memory_new(s->count, sizeof(*levels));
	for (size_t i = 0; i < s->count; i++)
		levels[i] = median_of(s->cells[i]->values, s->cells[i]->count);
	r->after[class] = order_median(levels, s->count);
	for (size_t i = 0; i < s->count && q == QUESTION_CHANGE; i++)
		levels[i] = median_of(s->cells[i]->old, s->cells[i]->old_count);
	if (q == QUESTION_CHANGE)
		r->before[class] = order_median(levels, s->count);
	free(levels);
}

static enum compare_method method_for(const struct compare_input *in, size_t a, size_t b)
{
	size_t fewest = a < b ? a : b;
	if (fewest == 0)
		return METHOD_MISSING;
	if (in->classes[0].exact && in->classes[1].exact)
		return METHOD_EXACT;
	if (fewest == 1)
		return METHOD_ONE_BOARD;
	return fewest < BOARDS_FULL ? METHOD_WEAK : METHOD_BOARDS;
}

// Whether two classes counted the same, by the rule that alerts go by (metric_same()). Of two changes
// each is known to a step of its own counter.
static bool counted_same(const struct comparison *r, enum compare_question q, double tick)
{
	if (q == QUESTION_LEVEL)
		return metric_same(r->after[0], r->after[1], tick);
	return metric_same(r->after[0] / r->before[0], r->after[1] / r->before[1],
			   tick / r->before[0] + tick / r->before[1]);
}

static struct comparison compare_one(const struct compare_input *in, const struct compare_metric *m,
				     double tick)
{
	struct comparison r = {.metric = m->metric, .p = 1, .holm = 1, .bh = 1, .ratio = 1};
	struct comparison_side a = side_of(&in->classes[0], m->cells[0], in->question);
	struct comparison_side b = side_of(&in->classes[1], m->cells[1], in->question);
	r.method = method_for(in, a.count, b.count);
	for (int side = 0; side < 2; side++) {
		r.boards[side] = side ? b.count : a.count;
		r.runs[side] = side ? b.runs : a.runs;
	}
	if (r.method != METHOD_MISSING) {
		set_levels(&r, 0, &a, in->question);
		set_levels(&r, 1, &b, in->question);
		r.ratio = exp(median_of(a.values, a.count) - median_of(b.values, b.count));
	}
	if (r.method == METHOD_EXACT && counted_same(&r, in->question, tick))
		r.ratio = 1;
	bool boards = r.method == METHOD_BOARDS || r.method == METHOD_WEAK;
	CLEANUP_FREE double *differences = memory_new(a.count, sizeof(*differences));
	if (boards && pair_boards(&a, &b, differences)) {
		r.method = r.method == METHOD_BOARDS ? METHOD_PAIRS : r.method;
		compare_pairs(&r, differences, a.count);
	} else if (boards)
		compare_boards(&r, &a, &b);
	else if (r.method == METHOD_ONE_BOARD && in->question == QUESTION_LEVEL)
		compare_runs(&r, &a, &b);
	else if (r.method == METHOD_ONE_BOARD)
		compare_changes(&r, &a, &b);
	side_deinit(&a);
	side_deinit(&b);
	return r;
}

static enum compare_claim claim_of(const struct comparison *r, const struct timing_params *room)
{
	double min_rel = metric_params(r->metric, room).min_rel;
	if (r->method == METHOD_EXACT)
		return CLAIM_EXACT;
	if (!r->tested)
		return CLAIM_NONE;
	if (r->holm < ALPHA && fabs(r->ratio - 1) >= min_rel)
		return CLAIM_DIFFERENT;
	if (r->low90 > 1 - min_rel && r->high90 < 1 + min_rel)
		return CLAIM_SAME;
	return CLAIM_OPEN;
}

void compare_metrics(const struct compare_input *in, const struct timing_params *p,
		     struct comparison *results)
{
	size_t n = in->metrics_count, tested = 0;
	double *memory = memory_new(3 * n, sizeof(*memory));
	double *raw = memory, *holm = memory + n, *bh = holm + n;
	for (size_t i = 0; i < n; i++) {
		const struct compare_metric *m = &in->metrics[i];
		results[i] = compare_one(in, m, metric_params(m->metric, p).tick);
		if (results[i].tested)
			raw[tested++] = results[i].p;
	}
	// One family: every test on the page.
	multiple_holm(raw, tested, holm);
	multiple_benjamini_hochberg(raw, tested, bh);
	tested = 0;
	for (size_t i = 0; i < n; i++) {
		if (results[i].tested) {
			results[i].holm = holm[tested];
			results[i].bh = bh[tested++];
		}
		results[i].claim = claim_of(&results[i], p);
	}
	free(memory);
}

// ---- how a result is shown ---------------------------------------------------------------------

bool compare_may_claim(const struct comparison *r)
{
	return r->method != METHOD_MISSING && r->method != METHOD_ONE_BOARD;
}

double compare_effect(const struct comparison *r, const struct timing_params *room)
{
	if (r->method == METHOD_MISSING)
		return 0;
	return fabs(log(r->ratio)) / log1p(metric_params(r->metric, room).min_rel);
}

char *compare_size_text(double ratio)
{
	double percent = 100 * (ratio - 1);
	if (ratio >= 999.5)
		return memory_printf("%.0f times", ratio);
	if (ratio >= 10 || ratio <= 0.1)
		return memory_printf("%.3g times", ratio);
	// Medians of equal numbers differ by rounding errors at most.
	if (fabs(percent) < 1e-9)
		return memory_strdup("0 %");
	return memory_printf("%+.3g %%", percent);
}

// ---- geometric mean ------------------------------------------------------------------------

static bool counts_in_mean(const struct comparison *r, enum metric_kind kind)
{
	return r->metric->kind == kind && r->method != METHOD_MISSING &&
	       r->metric->direction != DIRECTION_NONE;
}

// Where more is better the ratio counts upside down, so that above 1 is worse throughout.
static double sign_in_mean(const struct compare_metric *m)
{
	return m->metric->direction == DIRECTION_HIGHER ? -1 : 1;
}

// Draws the class's boards with replacement: picks[i] is the board in place i.
static void draw(struct random *r, size_t *picks, size_t n)
{
	for (size_t i = 0; i < n; i++)
		picks[i] = (size_t)(random_next(r) % n);
}

// Median of the picked boards' logarithms that the metric has; false when none.
static bool picked_level(const double *logs, const size_t *picks, size_t n, double *scratch,
			 double *out)
{
	size_t count = 0;
	for (size_t i = 0; i < n; i++)
		if (!isnan(logs[picks[i]]))
			scratch[count++] = logs[picks[i]];
	if (count == 0)
		return false;
	*out = order_median(scratch, count);
	return true;
}

// Logarithms of all boards' values of one class, metric by metric; NaN where too few runs.
static double *all_logs(const struct compare_input *in, int class)
{
	size_t boards = in->classes[class].boards_count;
	double *logs = memory_new(in->metrics_count * boards + 1, sizeof(*logs));
	for (size_t m = 0; m < in->metrics_count; m++) {
		for (size_t b = 0; b < boards; b++) {
			const struct compare_cell *c = &in->metrics[m].cells[class][b];
			logs[m * boards + b] =
			    cell_usable(c, in->question, in->classes[class].exact)
				? cell_value(c, in->question)
				: NAN;
		}
	}
	return logs;
}

static void resample(const struct compare_input *in, const bool *used, struct compare_mean *mean)
{
	size_t na = in->classes[0].boards_count, nb = in->classes[1].boards_count;
	double *logs[2] = {all_logs(in, 0), all_logs(in, 1)};
	double *means = memory_new(RESAMPLES, sizeof(*means));
	double *scratch = memory_new(na + nb, sizeof(*scratch));
	size_t *picks = memory_new(na + nb, sizeof(*picks)), kept = 0;
	struct random r = {name_hash(in->key)};
	for (int k = 0; k < RESAMPLES; k++) {
		double sum = 0;
		size_t count = 0;
		draw(&r, picks, na);
		draw(&r, picks + na, nb);
		for (size_t m = 0; m < in->metrics_count; m++) {
			double a, b;
			if (!used[m] || !picked_level(logs[0] + m * na, picks, na, scratch, &a) ||
			    !picked_level(logs[1] + m * nb, picks + na, nb, scratch, &b))
				continue;
			sum += sign_in_mean(&in->metrics[m]) * (a - b);
			count++;
		}
		if (count > 0)
			means[kept++] = sum / (double)count;
	}
	if (kept > 0) {
		mean->has_interval = true;
		mean->low = exp(order_quantile(means, kept, 0.025));
		mean->high = exp(order_quantile(means, kept, 0.975));
	}
	free(logs[0]);
	free(logs[1]);
	free(means);
	free(scratch);
	free(picks);
}

struct compare_mean compare_geometric_mean(const struct compare_input *in,
					   const struct comparison *results, enum metric_kind kind,
					   bool *left_out)
{
	struct compare_mean mean = {.kind = kind, .ratio = 1};
	bool *used = memory_new(in->metrics_count, sizeof(*used));
	size_t fewest = SIZE_MAX;
	double sum = 0;
	for (size_t i = 0; i < in->metrics_count; i++) {
		const struct comparison *r = &results[i];
		used[i] = counts_in_mean(r, kind);
		left_out[i] = r->metric->kind == kind && !used[i];
		mean.total += r->metric->kind == kind;
		if (!used[i])
			continue;
		mean.used++;
		sum += sign_in_mean(&in->metrics[i]) * log(r->ratio);
		for (int c = 0; c < 2; c++)
			fewest = r->boards[c] < fewest ? r->boards[c] : fewest;
	}
	mean.known = mean.used > 0;
	if (mean.known)
		mean.ratio = exp(sum / (double)mean.used);
	bool exact = in->classes[0].exact && in->classes[1].exact;
	if (mean.known && fewest >= BOARDS_FULL && !exact)
		resample(in, used, &mean);
	free(used);
	return mean;
}
