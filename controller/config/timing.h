// SPDX-License-Identifier: GPL-2.0-or-later
// `timing:` of farm.yaml and of a job, which goes before the farm's: what may be spent on proving
// that numbers changed.
#ifndef CONFIG_TIMING_H
#define CONFIG_TIMING_H

#include "config/keys.h"

extern const struct key timing_keys[];

struct timing_limits {
	int64_t reruns;        // suspicious runs made again, a board and batch
	int64_t confirmations; // A/B confirmations a batch
	double time_s;         // after this long no further re-run or confirmation is begun
};

struct timing_limits timing_limits_default(void);

// Keys that the node has take the place of those in *limits. An unset node changes nothing.
struct error *timing_limits_parse(struct config_node n, struct timing_limits *limits) ERROR_RESULT;

#endif
