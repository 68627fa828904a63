// SPDX-License-Identifier: GPL-2.0-or-later
// A batch as one KCIDB I/O v5.3 document (kcidb-io schema v5_3): a checkout, a build per variant, a
// test `boot` per run (status = verdict), a test per check and per metric of the payload, an issue
// per signature and an incident per run that showed it, wanted or not.
#ifndef RESULTS_KCIDB_WRITE_H
#define RESULTS_KCIDB_WRITE_H

#include <stdio.h>

#include "base/error.h"
#include "record/model.h"

#define KCIDB_EXCERPT_MAX 16384 // code points of a log_excerpt

// Streams the document to `out`; `name` stands for it in errors. Runs that were lost have no
// object: nothing is known of them that a test could say.
struct error *kcidb_write(const char *results_dir, const struct batch_results *b, FILE *out,
			  const char *name) ERROR_RESULT;

// Writes RESULTS/batches/ID/kcidb.json: validated, then renamed into place.
struct error *kcidb_write_batch(const char *results_dir,
				const struct batch_results *b) ERROR_RESULT;

#endif
