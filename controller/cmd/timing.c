// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/timing.h"

#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"

static const struct {
	const char *name;
	struct error *(*run)(int argc, char **argv, int *code);
	const char *help; // NULL: told with an earlier word
} words[] = {
    {"detect", timing_detect_run, timing_detect_help},
    {"repetitions", timing_repetitions_run, timing_repetitions_help},
    {"simulate", timing_simulate_run, timing_simulate_help},
    {"list", timing_list_run, timing_alerts_help},
    {"show", timing_show_run, NULL},
    {"explain", timing_explain_run, NULL},
    {"ack", timing_ack_run, NULL},
    {"wontfix", timing_wontfix_run, NULL},
    {"evaluate", timing_evaluate_run, NULL},
    {"ab", timing_ab_run, timing_ab_help},
    {"noise", timing_noise_run, timing_noise_help},
};

static struct error *timing_run(int argc, char **argv, int *code)
{
	if (argc < 2)
		return error_new(ERROR_USAGE, "what to do? `mmfarm timing help` lists the words");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(argv[1], words[i].name) == 0)
			return words[i].run(argc - 1, argv + 1, code);
	if (strcmp(argv[1], "help") != 0)
		return error_new(ERROR_USAGE, "unknown word \"%s\"", argv[1]);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].help)
			printf("%s%s", i ? "\n" : "", words[i].help);
	return NULL;
}

const struct cmd cmd_timing = {
    .name = "timing",
    .arguments = "WORD [ARGUMENTS]",
    .summary = "Finds, explains and follows performance changes",
    .help = "  detect FILE.csv...   change points of recorded series\n"
	    "  repetitions          two runs from inside: every repetition, drawn\n"
	    "  simulate             checks the method on made-up series\n"
	    "  list                 alerts\n"
	    "  show, explain        one alert: what it says; why\n"
	    "  ack, wontfix         somebody answers for an alert\n"
	    "  ab ALERT             proves or withdraws an alert on the boards\n"
	    "  noise                how noisy each series is\n"
	    "  evaluate BATCH       looks at the series of a batch\n"
	    "  help                 the options of each\n",
    .run = timing_run,
};
