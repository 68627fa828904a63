// SPDX-License-Identifier: GPL-2.0-or-later
// Boot of a virtual board by the emulator itself: QEMU's -kernel, -append and -initrd.
#include "board/driver.h"

static const struct key direct_keys[] = {{0}};

static struct error *direct_prepare(void *state, struct board_place *place)
{
	(void)state;
	const struct board_payload *p = place->payload;
	if (!p)
		return NULL;
	board_place_add_argument(place, "-kernel");
	board_place_add_argument(place, p->image);
	if (p->arguments && p->arguments[0]) {
		board_place_add_argument(place, "-append");
		board_place_add_argument(place, p->arguments);
	}
	if (p->initrd) {
		board_place_add_argument(place, "-initrd");
		board_place_add_argument(place, p->initrd);
	}
	if (p->dtb) {
		board_place_add_argument(place, "-dtb");
		board_place_add_argument(place, p->dtb);
	}
	return NULL;
}

static const char *direct_needs_emulator(const void *state)
{
	(void)state;
	return "direct: the payload is QEMU's -kernel, expected power: {driver: qmp}";
}

const struct boot_driver boot_direct = {
    .driver = {.name = "direct",
	       .help = "hands the payload to QEMU: -kernel, -append, -initrd, -dtb",
	       .keys = direct_keys},
    .takes_dtb = true,
    .needs_emulator = direct_needs_emulator,
    .prepare = direct_prepare,
};
