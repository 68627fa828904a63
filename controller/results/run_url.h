// SPDX-License-Identifier: GPL-2.0-or-later
// Where a run's files are served.
#ifndef RESULTS_RUN_URL_H
#define RESULTS_RUN_URL_H

#include <stdbool.h>

#include "base/buffer.h"
#include "record/model.h"

// Appends FILES_URL/RUN/FILE, percent-encoded; false, and nothing, when the batch does not say
// where files are served or says it by no absolute URI.
bool run_file_url(const struct batch_record *b, const struct run *r, const char *file,
		  struct buffer *out);

#endif
