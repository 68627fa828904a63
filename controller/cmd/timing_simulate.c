// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/timing.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "timing/simulate.h"

#define WORK_MAX 100000000 // points of one call

struct simulate_options {
	struct timing_params params;
	struct simulation simulation;
	bool one_kind;
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

static struct error *take_option(struct simulate_options *o, int c)
{
	uint64_t v = 0;
	switch (c) {
	case 'k':
		o->one_kind = true;
		if (!noise_kind_parse(optarg, &o->simulation.kind))
			return error_new(ERROR_USAGE, "--null: unknown kind of noise \"%s\"",
					 optarg);
		return NULL;
	case 't':
		return percent(optarg, &o->simulation.step);
	case 's':
		TRY(whole_number("series", optarg, 1000000, &v));
		o->simulation.series = v;
		return NULL;
	case 'n':
		TRY(whole_number("points", optarg, 2000, &v));
		o->simulation.points = v;
		return NULL;
	case 'r':
		return whole_number("seed", optarg, UINT64_MAX, &o->simulation.seed);
	case 'q':
		o->simulation.reruns = false;
		return NULL;
	case 'p':
		return timing_params_set(&o->params, optarg);
	default:
		return error_new(ERROR_USAGE, "unknown option, or its value is missing");
	}
}

static struct error *parse_options(int argc, char **argv, struct simulate_options *o)
{
	static const struct option longs[] = {
	    {"null", required_argument, NULL, 'k'},   {"step", required_argument, NULL, 't'},
	    {"series", required_argument, NULL, 's'}, {"points", required_argument, NULL, 'n'},
	    {"seed", required_argument, NULL, 'r'},   {"no-reruns", no_argument, NULL, 'q'},
	    {"param", required_argument, NULL, 'p'},  {0},
	};
	optind = 0;
	opterr = 0;
	for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;)
		TRY(take_option(o, c));
	if (optind < argc)
		return error_new(ERROR_USAGE, "\"%s\": nothing more expected", argv[optind]);
	if (o->simulation.series * o->simulation.points > WORK_MAX)
		return error_new(ERROR_USAGE, "more than %d points", WORK_MAX);
	return NULL;
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

struct error *timing_simulate_run(int argc, char **argv, int *code)
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
