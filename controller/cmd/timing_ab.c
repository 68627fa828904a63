// SPDX-License-Identifier: GPL-2.0-or-later
// `mmfarm timing ab`: proves or withdraws an alert on the boards themselves.
#include <stdio.h>

#include "base/clock.h"
#include "base/memory.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/timing.h"
#include "night/timing_confirm.h"

struct timing_ab_words {
	const char *results, *boards, *runs, *farm;
	bool dry_run;
};

static const struct cmd_option options_table[] = {
    OPTION_VALUE(struct timing_ab_words, runs, "N", VALUES_TEXT, .name = "runs",
		 .help = "runs of each image (8)"),
    OPTION_FLAG(struct timing_ab_words, dry_run, .name = "dry-run",
		.help = "only says what would be run"),
    OPTION_FARM(struct timing_ab_words, farm),
    OPTION_RESULTS(struct timing_ab_words, results),
    OPTION_BOARDS(struct timing_ab_words, boards),
};

static void print_outcome(const struct ab_outcome *o)
{
	printf("%s%s: %+.3f %% (%+.3f to %+.3f %%), p = %.2g, %u runs of each image, boards: %u\n",
	       ab_verdict_name(o->verdict),
	       o->boards_disagree ? ", but the boards disagree: it is the board" : "",
	       100 * o->relative, 100 * o->low, 100 * o->high, o->p, o->runs, o->boards);
}

static struct error *parse(int argc, char **argv, struct confirm_options *o)
{
	struct timing_ab_words w = {0};
	int first;
	TRY(cmd_parse(&timing_ab, argc, argv, &w, &first));
	o->place.results = w.results;
	o->place.boards = w.boards;
	o->farm = w.farm;
	o->dry_run = w.dry_run;
	if (argc - first != 1)
		return error_new(ERROR_USAGE, "ab: expected one alert");
	TRY(timing_place_check(&o->place, argv[first]));
	o->params = timing_params_default();
	if (w.runs) {
		CLEANUP_FREE char *set = memory_printf("n_ab=%s", w.runs);
		TRY(timing_params_set(&o->params, set));
	}
	return NULL;
}

static struct error *ab_run(int argc, char **argv, int *code)
{
	struct confirm_options o = {.out = stdout, .now_ns = clock_realtime_ns()};
	struct confirmed c;
	TRY(parse(argc, argv, &o));
	TRY(timing_confirm(&o, &c));
	if (o.dry_run)
		return NULL;
	print_outcome(&c.outcome);
	bool guilty = c.outcome.verdict == AB_VERDICT_CONFIRMED && !c.outcome.boards_disagree &&
		      c.effect == EFFECT_REGRESSION;
	*code = guilty ? EXIT_FAIL : EXIT_AS_WANTED;
	return NULL;
}

const struct cmd timing_ab = {
    .name = "ab",
    .arguments = "ALERT",
    .summary = "Proves or withdraws an alert on the boards",
    .before =
	"Runs the image before the change and the one behind it, turn by turn on the alert's\n"
	"board (then on a second one), and confirms or withdraws the alert.\n",
    CMD_OPTIONS(options_table),
    .operands = {{VALUES_TEXT, NULL, false}},
    .run = ab_run,
};
