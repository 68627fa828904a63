// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/timing.h"

#include <string.h>

#include "cmd/cmd.h"

static const struct {
	const char *name;
	struct error *(*run)(int argc, char **argv, int *code);
} words[] = {
    {"detect", timing_detect_run},
    {"simulate", timing_simulate_run},
};

static struct error *timing_run(int argc, char **argv, int *code)
{
	if (argc < 2)
		return error_new(ERROR_USAGE, "what to do? expected detect");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(argv[1], words[i].name) == 0)
			return words[i].run(argc - 1, argv + 1, code);
	return error_new(ERROR_USAGE, "unknown word \"%s\"", argv[1]);
}

const struct cmd cmd_timing = {
    .name = "timing",
    .arguments = "detect [OPTIONS] FILE.csv...",
    .summary = "Finds, explains and follows performance changes",
    .help =
	"detect: change points of the series in each file, one line a series:\n"
	"    name<TAB>index,index...    index: first point of a new level, from 0\n"
	"  --tau N        evidence wanted (default 5)\n"
	"  --metric M     the kind of the numbers (time, cycles, count, size, bytes), the metric "
	"of\n"
	"                 a file of repetitions (a glob), or the column that holds the numbers\n"
	"  --param N=V    another value for a constant of the method (see docs/timing.md)\n",
    .run = timing_run,
};
