// SPDX-License-Identifier: GPL-2.0-or-later
// What the board files tell the timing room: which clock a board type's numbers come from.
#ifndef NIGHT_TIMING_BOARDS_H
#define NIGHT_TIMING_BOARDS_H

#include "timing/metric.h"

// Types powered by the emulator's driver keep host time, or count instructions where they say so;
// all others, and types no file declares any more, are hardware. A series_platform
// (results/series/series.h), whose context is the const struct boards_config.
enum platform timing_boards_platform(const void *boards, const char *board_type);

#endif
