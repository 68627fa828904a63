// SPDX-License-Identifier: GPL-2.0-or-later
// `mmfarm timing ab`: proves or withdraws an alert on the boards themselves.
#include <stdio.h>

#include "base/clock.h"
#include "base/memory.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/timing.h"
#include "night/timing_confirm.h"

const char timing_ab_help[] =
    "ab ALERT: runs the image before the change and the one behind it, turn by turn on the\n"
    "  alert's board (then on a second one), and confirms or withdraws the alert\n"
    "  --runs N        of each image (default 8)    --dry-run  only says what would be run\n"
    "  --farm FILE     the lab's own settings\n";

static void print_outcome(const struct ab_outcome *o)
{
	printf("%s%s: %+.3f %% (%+.3f to %+.3f %%), p = %.2g, %u runs of each image, boards: %u\n",
	       ab_verdict_name(o->verdict),
	       o->boards_disagree ? ", but the boards disagree: it is the board" : "",
	       100 * o->relative, 100 * o->low, 100 * o->high, o->p, o->runs, o->boards);
}

static struct error *parse(int argc, char **argv, struct confirm_options *o)
{
	const char *alert = NULL, *runs = NULL;
	const struct cmd_option options[] = {
	    {"results", 0, NULL, &o->place.results},
	    {"boards", 0, NULL, &o->place.boards},
	    {"runs", 0, NULL, &runs},
	    {"farm", 0, NULL, &o->farm},
	    {"dry-run", 0, &o->dry_run, NULL},
	};
	int first;
	TRY(cmd_parse_options(argc, argv, options, CMD_OPTIONS_COUNT(options), &first));
	if (argc - first != 1)
		return error_new(ERROR_USAGE, "ab: expected one alert");
	alert = argv[first];
	TRY(timing_place_check(&o->place, alert));
	o->params = timing_params_default();
	if (runs) {
		CLEANUP_FREE char *set = memory_printf("n_ab=%s", runs);
		TRY(timing_params_set(&o->params, set));
	}
	return NULL;
}

struct error *timing_ab_run(int argc, char **argv, int *code)
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
