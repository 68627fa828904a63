// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/timing.h"

#include <stdio.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "timing/evaluate/simulate.h"

#define WORK_MAX 100000000 // points of one call

struct simulate_options {
	struct timing_params params;
	struct simulation simulation;
	bool one_kind;
	const char *kind, *step, *series, *points, *seed, *params_list; // words
	bool no_reruns;
};

static const struct cmd_option options_table[] = {
    OPTION_VALUE(struct simulate_options, kind, "KIND", VALUES_CHOICE, .name = "null",
		 .choices = "normal lognormal t3 ar5 ar8 spikes bimodal ticks",
		 .help =
		     "only this noise: normal, lognormal, t3, ar5, ar8, spikes, bimodal, ticks"),
    OPTION_VALUE(struct simulate_options, step, "PERCENT", VALUES_TEXT, .name = "step",
		 .help = "a step in the middle half of every series"),
    OPTION_VALUE(struct simulate_options, series, "N", VALUES_TEXT, .name = "series",
		 .help = "series of each kind (default 50)"),
    OPTION_VALUE(struct simulate_options, points, "N", VALUES_TEXT, .name = "points",
		 .help = "points of each series (default 300)"),
    OPTION_VALUE(struct simulate_options, seed, "N", VALUES_TEXT, .name = "seed",
		 .help = "other numbers"),
    OPTION_FLAG(struct simulate_options, no_reruns, .name = "no-reruns",
		.help = "nights without re-runs and A/B confirmations"),
    OPTION_VALUE(struct simulate_options, params_list, "N=V,...", VALUES_TEXT, .name = "param",
		 .help = "other values for constants of the method (docs/timing.md)"),
};

static struct error *whole_number(const char *name, const char *text, uint64_t most, uint64_t *out)
{
	char *end;
	uint64_t v = strtoull(text, &end, 10);
	if (end == text || *end || *text == '-' || v > most)
		return error_new(ERROR_USAGE,
				 "--%s: expected a whole number up to %llu, found \"%s\"", name,
				 (unsigned long long)most, text);
	*out = v;
	return NULL;
}

static struct error *percent(const char *text, double *out)
{
	char *end;
	double v = strtod(text, &end);
	if (end == text || *end || !(v > -100 && v < 10000))
		return error_new(ERROR_USAGE, "--step: expected per cent above -100, found \"%s\"",
				 text);
	*out = v / 100;
	return NULL;
}

static struct error *parse_options(int argc, char **argv, struct simulate_options *o)
{
	int first;
	TRY(cmd_parse(&timing_simulate, argc, argv, o, &first));
	if (first < argc)
		return error_new(ERROR_USAGE, "\"%s\": nothing more expected", argv[first]);
	o->one_kind = o->kind;
	if (o->kind && !noise_kind_parse(o->kind, &o->simulation.kind))
		return error_new(ERROR_USAGE, "--null: unknown kind of noise \"%s\"", o->kind);
	uint64_t count = o->simulation.series, length = o->simulation.points;
	if (o->step)
		TRY(percent(o->step, &o->simulation.step));
	if (o->series)
		TRY(whole_number("series", o->series, 1000000, &count));
	if (o->points)
		TRY(whole_number("points", o->points, 2000, &length));
	if (o->seed)
		TRY(whole_number("seed", o->seed, UINT64_MAX, &o->simulation.seed));
	o->simulation.series = count;
	o->simulation.points = length;
	o->simulation.reruns = !o->no_reruns;
	if (count == 0 || length == 0 || count * length > WORK_MAX)
		return error_new(ERROR_USAGE, "series times points: expected 1 to %d", WORK_MAX);
	return timing_params_set_list(&o->params, o->params_list);
}

static void print_result(const struct simulate_options *o, enum noise_kind kind)
{
	struct simulation s = o->simulation;
	s.kind = kind;
	s.seed ^= (uint64_t)kind << 32;
	struct simulation_result r = simulate(&s, &o->params);
	double thousands = (double)r.points / 1000;
	printf("%s\t%zu\t%zu\t%.3f\t%.3f\t%.3f", noise_kind_name(kind), r.series, r.points,
	       (double)r.false_whole / thousands, (double)r.pending / thousands,
	       (double)r.confirmed_falsely / thousands);
	if (s.step > 0 || s.step < 0)
		printf("\t%.3f\t%.3f\t%.3f\t%g", (double)r.found_whole / (double)r.series,
		       (double)r.found / (double)r.series, (double)r.withdrawn / (double)r.series,
		       r.median_delay);
	putchar('\n');
}

static struct error *simulate_run(int argc, char **argv, int *code)
{
	struct simulate_options o = {
	    .params = timing_params_default(),
	    .simulation = {.series = 50, .points = 300, .seed = 1, .reruns = true},
	};
	TRY(parse_options(argc, argv, &o));
	printf("noise\tseries\tpoints\tfalse/1k\tpending/1k\tconfirmed/1k%s\n",
	       o.simulation.step > 0 || o.simulation.step < 0
		   ? "\tfound-whole\tfound-nightly\twithdrawn\tmedian-delay"
		   : "");
	for (unsigned kind = 0; kind < NOISE_KINDS; kind++)
		if (!o.one_kind || kind == o.simulation.kind)
			print_result(&o, (enum noise_kind)kind);
	*code = EXIT_AS_WANTED;
	return NULL;
}

const struct cmd timing_simulate = {
    .name = "simulate",
    .arguments = "[OPTIONS]",
    .summary = "Checks the method on made-up series",
    .before = "Series without any change, or with one step, played night by night.\n",
    CMD_OPTIONS(options_table),
    .after = "Prints, for 1,000 points each: changes found in whole series where there is none,\n"
	     "alerts raised in nights, and of these confirmed; with a step also the shares of\n"
	     "steps found and taken back, and the median number of further runs until the alert.\n",
    .run = simulate_run,
};
