// SPDX-License-Identifier: GPL-2.0-or-later
// What is wrong with a board's keys, all of it, and what of the lab they name is not there. Asks the
// file system only: no port is opened and no program is run.
#ifndef BOARD_CHECK_H
#define BOARD_CHECK_H

#include "config/boards.h"
#include "config/problems.h"

// Mistakes (unknown and wrong keys of its drivers) and doubts (a tty, program, file or folder that is
// missing, an odd baud rate, a string where a list is meant).
void board_check(const struct board_config *b, struct config_problems *problems);

#endif
