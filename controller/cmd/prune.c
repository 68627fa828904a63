// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "base/clock.h"
#include "base/file.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "config/farm.h"
#include "results/retention/retention.h"

static struct error *prune_run(int argc, char **argv, int *code)
{
	(void)code;
	const char *dir = NULL, *farm_path = NULL;
	bool dry_run = false;
	const struct cmd_option options[] = {
	    {"results", 0, NULL, &dir},
	    {"farm", 0, NULL, &farm_path},
	    {"dry-run", 0, &dry_run, NULL},
	};
	int first;
	TRY(cmd_parse_options(argc, argv, options, CMD_OPTIONS_COUNT(options), &first));
	if (first < argc)
		return error_new(ERROR_USAGE, "\"%s\" is too much", argv[first]);
	dir = dir ? dir : "results";
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
    .help = "Without `keep:` in farm.yaml nothing is touched. See docs/results.md.\n\n"
	    "  --dry-run       says what would go\n"
	    "  --farm FILE     default: farm.yaml\n"
	    "  --results DIR   default: results\n",
    .run = prune_run,
};
