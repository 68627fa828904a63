// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "results/show.h"

static struct error *show_run(int argc, char **argv, int *code)
{
	(void)code;
	const char *dir = NULL;
	bool json = false, all = false;
	const struct cmd_option options[] = {
	    {"results", 0, NULL, &dir},
	    {"json", 0, &json, NULL},
	    {"all", 'a', &all, NULL},
	};
	int first;
	TRY(cmd_parse_options(argc, argv, options, CMD_OPTIONS_COUNT(options), &first));
	if (first == argc)
		return error_new(ERROR_USAGE, "no run named");
	dir = dir ? dir : "results";
	for (int i = first; i < argc; i++) {
		if (json) {
			CLEANUP_BUFFER struct buffer text = {0};
			CLEANUP_FREE char *path =
			    memory_printf("%s/runs/%s/run.json", dir, argv[i]);
			TRY(file_read(path, MODEL_RUN_LIMIT, ERROR_USAGE, &text));
			fwrite(buffer_str(&text), 1, text.len, stdout);
			continue;
		}
		CLEANUP_ARENA struct arena arena = {0};
		const struct run *run;
		TRY(error_wrap_kind(model_load_run(dir, argv[i], &arena, &run), ERROR_USAGE,
				    "run %s", argv[i]));
		show_print_run(stdout, dir, run, all);
	}
	return NULL;
}

const struct cmd cmd_show = {
    .name = "show",
    .arguments = "[--all] [--json] RUN...",
    .summary = "Shows a run: verdict, splats with their text, tests, files",
    .help = "  -a, --all       every test and metric, not only what is not PASS\n"
	    "  --json          run.json as it is\n"
	    "  --results DIR   default: results\n",
    .run = show_run,
};
