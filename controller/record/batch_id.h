// SPDX-License-Identifier: GPL-2.0-or-later
// Which batch a command means.
#ifndef RECORD_BATCH_ID_H
#define RECORD_BATCH_ID_H

#include "base/error.h"

// `word`, or with NULL or "latest" the batch that RESULTS/latest points to. The caller frees.
struct error *batch_id_resolve(const char *results_dir, const char *word, char **out) ERROR_RESULT;

#endif
