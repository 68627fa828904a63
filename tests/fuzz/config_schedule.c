// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as a file with the keys schedule, trigger and hooks of a job: refused with a place in the
// file, or what the planner may rely on.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/hooks.h"
#include "config/schedule.h"
#include "config/trigger.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct error *e)
{
	if (e && (strncmp(error_text(e), "fuzz.yaml:", 10) != 0 || error_kind(e) != ERROR_CONFIG))
		abort();
	error_free(e);
}

static void check_queue(const struct queue_config *q)
{
	if (!(q->window_s >= 60) || q->priority < 0 || q->priority > 100 || q->backlog_every < 1)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_CONFIG_FILE struct config_file *f = NULL;
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	CLEANUP_ERROR struct error *e = config_file_parse("fuzz.yaml", data, size, &f);
	if (e)
		return 0;
	check(config_map_init(&m, config_file_root(f)));
	struct schedules_config schedules = {0};
	struct triggers_config triggers = {0};
	struct hooks_config hooks = {0};
	check(schedules_parse(config_map_find(&m, "schedule"), &schedules));
	check(triggers_parse(config_map_find(&m, "trigger"), &triggers));
	check(hooks_parse(config_map_find(&m, "hooks"), &hooks));
	for (size_t i = 0; i < schedules.count; i++)
		if (schedules.items[i].calendar)
			check_queue(&schedules.items[i].queue);
	schedules_deinit(&schedules);
	triggers_deinit(&triggers);
	hooks_deinit(&hooks);
	return 0;
}
