// SPDX-License-Identifier: GPL-2.0-or-later
// A verdict is never lost for want of room: what explains it gives way first.
#ifndef RUN_RUN_JSON_FIT_H
#define RUN_RUN_JSON_FIT_H

#include <stddef.h>

#include "record/model.h"

// Bytes that a string takes in the file at most (RFC 8259 section 7).
size_t run_json_size(const char *text);

// `whole` as text in at most `limit` bytes; the caller frees; NULL: it cannot be written at all. It
// loses, in this order and no more than it must: console text of the findings (counted in
// `excerpts_cut`), samples of the metrics, then findings, metrics and tests (counted in `dropped`): of
// findings those stay that decided the verdict, unwanted roots by severity; of tests those that did
// not pass. The verdict, its reason, run, board, payload and log stay.
char *run_json_fit(const struct run *whole, size_t limit, struct arena *arena);

#endif
