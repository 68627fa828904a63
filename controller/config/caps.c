// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/caps.h"

#define CYCLES_MAX 1000000

const struct key caps_keys[] = {
    {"power_cycles", KEY_NUMBER(struct caps_config, power_cycles, 0, CYCLES_MAX), .preset = "0",
     .help = "runs that a board gets in a night, each of which switches it on and off"},
    {"erase_cycles", KEY_NUMBER(struct caps_config, erase_cycles, 0, CYCLES_MAX), .preset = "0",
     .help = "the same of runs that write the board's own store"},
    {0},
};

struct error *caps_parse(const struct config_map *m, struct caps_config *out)
{
	const struct key *const tables[] = {caps_keys, NULL};
	TRY(keys_only(m, tables));
	return keys_read(caps_keys, m, out);
}
