// SPDX-License-Identifier: GPL-2.0-or-later
// What is missing in consoles: the line was away, or what it said could not be kept. Silence in such a
// console proves nothing.
#ifndef RESULTS_CONSOLE_LOSS_H
#define RESULTS_CONSOLE_LOSS_H

#include "base/buffer.h"
#include "record/model.h"

// Appends one sentence without a line end that names the runs, a few of them at most; nothing when no
// console lacks anything.
void console_loss_describe(const struct batch_results *b, struct buffer *out);

#endif
