// SPDX-License-Identifier: GPL-2.0-or-later
// `mmfarm boards --probe`: which boards can be reached.
#ifndef CMD_BOARDS_PROBE_H
#define CMD_BOARDS_PROBE_H

#include <stdbool.h>

#include "config/boards.h"

// Looks at each board and prints what it found: a table, or with `json` an object a line. *code becomes
// EXIT_LAB when a console does not open or a switch does not answer.
struct error *boards_probe(const struct boards_config *c, bool json, int *code) ERROR_RESULT;

#endif
