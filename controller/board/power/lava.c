// SPDX-License-Identifier: GPL-2.0-or-later
// Power of an emulated board that lava-run starts and ends by itself (boot driver lava, method qemu).
// Nothing is left to switch: the boot driver ends lava-run, and the guard what it started.
#include "board/driver.h"

static const struct key lava_keys[] = {{0}};

struct lava_power {
	char none;
};

static struct error *lava_nothing(void *state, struct board_place *place)
{
	(void)state;
	(void)place;
	return NULL;
}

const struct power_driver power_lava = {
    .driver = {.name = "lava",
	       .help = "an emulator that lava-run starts and ends (boot driver lava, method qemu)",
	       .keys = lava_keys,
	       .size = sizeof(struct lava_power)},
    .prepare = lava_nothing,
    .on = lava_nothing,
    .off = lava_nothing,
};
