// SPDX-License-Identifier: GPL-2.0-or-later
// Brings what a job of KernelCI needs: its files are fetched, its initramfs and its job file made, in
// RESULTS/kernelci/jobs/NODE/. In a process of its own: a storage may be slow, and archives are others'.
#ifndef PULL_PULL_PREPARE_H
#define PULL_PULL_PREPARE_H

#include "base/process.h"
#include "config/kernelci.h"
#include "remote/kernelci.h"

struct pull_preparation {
	const char *results;
	const struct kernelci_config *config;
	const struct kernelci_options *options;
	const char *node, *platform, *definition;
};

// Begins it. All of `p` is needed until the process has started.
struct error *pull_prepare_begin(const struct pull_preparation *p,
				 struct process *out) ERROR_RESULT;

// The same, here and now.
struct error *pull_prepare(const struct pull_preparation *p) ERROR_RESULT;

// Once the process has ended: whether all is there; else why not (`*code` of kernelci_outcome.h; the
// caller frees both), or neither when it was killed.
bool pull_prepare_done(const char *results, const char *node, char **code, char **reason);

// The job file; the caller frees.
char *pull_prepare_job(const char *results, const char *node);

// Removes the job's folder.
void pull_prepare_forget(const char *results, const char *node);

#endif
