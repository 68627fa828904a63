// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/timing.h"

const struct key timing_keys[] = {
    {"reruns", .type = KEY_TYPE_NAME, .value = "N", .preset = "2",
     .help = "suspicious runs made again, a board and batch; 0 to 100"},
    {"confirmations", .type = KEY_TYPE_NAME, .value = "N", .preset = "2",
     .help = "A/B confirmations a batch; 0 to 100"},
    {"time", .type = KEY_TYPE_NAME, .value = "TIME", .preset = "1h",
     .help = "after this long no further re-run or confirmation is begun"},
    {0},
};

struct timing_limits timing_limits_default(void)
{
	return (struct timing_limits){.reruns = 2, .confirmations = 2, .time_s = 3600};
}

struct error *timing_limits_parse(struct config_node n, struct timing_limits *limits)
{
	if (!config_is_set(n))
		return NULL;
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	TRY(config_map_init(&m, n));
	const struct key *const tables[] = {timing_keys, NULL};
	TRY(keys_only(&m, tables));
	struct config_node v = config_map_find(&m, "reruns");
	if (config_is_set(v))
		TRY(config_integer(v, 0, 100, &limits->reruns));
	v = config_map_find(&m, "confirmations");
	if (config_is_set(v))
		TRY(config_integer(v, 0, 100, &limits->confirmations));
	v = config_map_find(&m, "time");
	return config_is_set(v) ? config_seconds(v, 0, 7 * 24 * 3600, &limits->time_s) : NULL;
}
