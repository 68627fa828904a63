// SPDX-License-Identifier: GPL-2.0-or-later
// From a batch of ours to what KernelCI is told.
#ifndef PULL_PULL_RESULT_H
#define PULL_PULL_RESULT_H

#include "remote/kernelci.h"
#include "results/publish/publish_config.h"

// Whether the batch has its results (batch.json with its finish_time).
bool pull_result_is_there(const char *results, const char *batch);

// The outcome (remote/kernelci_outcome.h) of a finished batch; the caller frees.
struct error *pull_result_outcome(const char *results, const char *batch,
				  const struct kernelci_definition *d, char **out) ERROR_RESULT;

// Puts the batch's document, as tests of KernelCI's build, into the spool of the destination. Again: it is
// there once.
struct error *pull_result_spool(const char *results, const char *batch, const char *build_id,
				const struct destination *d) ERROR_RESULT;

#endif
