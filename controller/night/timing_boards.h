// SPDX-License-Identifier: GPL-2.0-or-later
// What the board files tell the timing room: which clock a board type's numbers come from.
#ifndef NIGHT_TIMING_BOARDS_H
#define NIGHT_TIMING_BOARDS_H

#include "base/error.h"
#include "timing/metric.h"

struct timing_boards;

struct error *timing_boards_open(const char *dir, struct timing_boards **out) ERROR_RESULT;
void timing_boards_close(struct timing_boards **b);

// Types powered by the emulator's driver keep host time, or count instructions where they say so;
// all others, and types no file declares any more, are hardware. A series_platform
// (results/series/series.h), whose context is the struct timing_boards.
enum platform timing_boards_platform(void *boards, const char *board_type);

#endif
