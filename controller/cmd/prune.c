// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "base/clock.h"
#include "base/file.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "config/farm.h"
#include "results/retention/retention.h"

struct prune_words {
	const char *dir, *farm;
	bool dry_run;
};

static const struct cmd_option options_table[] = {
    OPTION_FLAG(struct prune_words, dry_run, .name = "dry-run", .help = "says what would go"),
    OPTION_FARM(struct prune_words, farm),
    OPTION_RESULTS(struct prune_words, dir),
};

static struct error *prune_run(int argc, char **argv, int *code)
{
	(void)code;
	struct prune_words w = {0};
	int first;
	TRY(cmd_parse(&cmd_prune, argc, argv, &w, &first));
	const char *dir = w.dir, *farm_path = w.farm;
	bool dry_run = w.dry_run;
	if (first < argc)
		return error_new(ERROR_USAGE, "\"%s\" is too much", argv[first]);
	if (!file_exists(dir))
		return error_new(ERROR_USAGE, "%s: no such results directory", dir);
	CLEANUP_FARM struct farm_config *farm = NULL;
	CLEANUP_RETENTION struct retention r = {0};
	TRY(farm_load(farm_path, &farm));
	TRY(retention_parse(farm->keep, &r));
	struct retention_report report;
	TRY(retention_apply(dir, &r, clock_realtime_ns() / NS_PER_MS, dry_run, stdout, &report));
	printf("%sruns removed: %zu, batches removed: %zu, payloads removed: %zu, consoles packed: "
	       "%zu, freed: %.1f MB%s\n",
	       dry_run ? "would be " : "", report.removed, report.batches_removed,
	       report.payloads_removed, report.packed, (double)report.bytes_freed / 1e6,
	       dry_run && report.packed ? " and what packing saves" : "");
	return NULL;
}

const struct cmd cmd_prune = {
    .name = "prune",
    .arguments = "[--dry-run]",
    .summary = "Packs old consoles, removes old runs and payloads, as `keep:` says",
    .before = "Without `keep:` in farm.yaml nothing is touched. See docs/results.md.\n",
    CMD_OPTIONS(options_table),
    .run = prune_run,
};
