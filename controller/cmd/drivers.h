// SPDX-License-Identifier: GPL-2.0-or-later
// What drivers there are, by their own tables.
#ifndef CMD_DRIVERS_H
#define CMD_DRIVERS_H

#include <stdbool.h>

// Prints every driver of boards and of the publisher with its keys: as text, or as `json`, one object a
// driver: {kind, driver, help, keys: [{key, type, value, help, required, preset, min, max, words, keys}]}.
void drivers_print(bool json);

#endif
