// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "base/file.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "record/layout.h"
#include "results/store/store.h"

struct reindex_words {
	const char *dir;
};

static const struct cmd_option options_table[] = {
    OPTION_RESULTS(struct reindex_words, dir),
};

static struct error *reindex_run(int argc, char **argv, int *code)
{
	struct reindex_words w = {0};
	int first;
	TRY(cmd_parse(&cmd_reindex, argc, argv, &w, &first));
	const char *dir = w.dir;
	if (first < argc)
		return error_new(ERROR_USAGE, "\"%s\" is too much", argv[first]);
	if (!file_exists(dir))
		return error_new(ERROR_USAGE, "%s: no such results directory", dir);
	CLEANUP_REINDEX_REPORT struct reindex_report r = {0};
	TRY(store_reindex(dir, &r));
	printf("%zu runs and %zu batches in %s/" LAYOUT_STORE, r.runs, r.batches, dir);
	if (r.unfinished)
		printf(", %zu unfinished left out", r.unfinished);
	putchar('\n');
	if (r.bad) {
		fprintf(stderr, "mmfarm reindex: %zu could not be read, the first: %s\n", r.bad,
			r.first_bad);
		*code = EXIT_LAB;
	}
	return NULL;
}

const struct cmd cmd_reindex = {
    .name = "reindex",
    .arguments = "[--results DIR]",
    .summary = "Rebuilds the store from the run directories",
    .before =
	"The store is derived: this gives the same rows again, also after the file was lost or\n"
	"damaged. Commands that read it may go on meanwhile. Exits 3 when a run.json or\n"
	"batch.json could not be read (it is left out, the rest is taken in).\n",
    CMD_OPTIONS(options_table),
    .run = reindex_run,
};
