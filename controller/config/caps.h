// SPDX-License-Identifier: GPL-2.0-or-later
// The key `caps:` of board types, boards and farm.yaml: how much of a board's life a night may take.
//
//     caps: {power_cycles: 200, erase_cycles: 20}
#ifndef CONFIG_CAPS_H
#define CONFIG_CAPS_H

#include "config/keys.h"

// Of one board in one night, from noon to noon (UTC). 0: not said.
struct caps_config {
	int64_t power_cycles, erase_cycles;
};

extern const struct key caps_keys[];

struct error *caps_parse(const struct config_map *m, struct caps_config *out) ERROR_RESULT;

#endif
