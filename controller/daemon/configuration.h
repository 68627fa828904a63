// SPDX-License-Identifier: GPL-2.0-or-later
// boards/, jobs/ and farm.yaml as the daemon has them: read together, exchanged together. Who uses them
// keeps a reference, so that a batch ends with what it began with.
#ifndef DAEMON_CONFIGURATION_H
#define DAEMON_CONFIGURATION_H

#include "config/boards.h"
#include "config/farm.h"
#include "results/publish/publish_config.h"
#include "schedule/planner.h"

struct configuration {
	size_t references;
	struct boards_config *boards;
	struct farm_config *farm;
	struct publish_config publish;
	struct job_config **jobs; // of jobs/
	char **job_files;
	size_t jobs_count;
};

struct configuration_place {
	const char *boards;    // folder
	const char *farm_file; // NULL: the usual one
	bool publish;          // also where results are published
	bool schedules;        // also the jobs of jobs/
};

// With one reference. A mistake anywhere is ERROR_CONFIG.
struct error *configuration_load(const struct configuration_place *place,
				 struct configuration **out) ERROR_RESULT;
struct configuration *configuration_hold(struct configuration *c);
void configuration_release(struct configuration *c);
CLEANUP_DEFINE(cleanup_configuration, struct configuration *, configuration_release)
#define CLEANUP_CONFIGURATION CLEANUP(cleanup_configuration)

// Tells the planner of boards and schedules; without `checks` boards need no health check.
void configuration_apply(const struct configuration *c, struct planner *p, int64_t now_s,
			 bool checks);

#endif
