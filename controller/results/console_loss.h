// SPDX-License-Identifier: GPL-2.0-or-later
// Tells which consoles of a batch lack bytes, because the line was away or the bytes could not be kept.
// That such a console says nothing about a fault does not prove that there was none.
#ifndef RESULTS_CONSOLE_LOSS_H
#define RESULTS_CONSOLE_LOSS_H

#include "base/buffer.h"
#include "record/model.h"

// Appends one sentence without a line end that names the runs, a few of them at most; nothing when no
// console lacks anything.
void console_loss_describe(const struct batch_results *b, struct buffer *out);

#endif
