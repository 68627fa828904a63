// SPDX-License-Identifier: GPL-2.0-or-later
// A definition of KernelCI as a job of ours: the job file, and what runs on the board.
#ifndef PULL_PULL_JOB_H
#define PULL_PULL_JOB_H

#include <stdbool.h>

#include "base/buffer.h"
#include "config/kernelci.h"
#include "remote/kernelci_definition.h"

#define PULL_INIT "mmfarm-init" // at the root of the initramfs

// Whether a root file system is wanted: tests other than boots.
bool pull_job_wants_root(const struct kernelci_definition *d);

// Appends the job file. `initramfs`: there is one, with PULL_INIT in it. Names of files are those of the
// job's folder.
void pull_job_yaml(const struct kernelci_definition *d, const struct kernelci_platform_config *p,
		   bool initramfs, struct buffer *out);

// Appends PULL_INIT: a script for the board's own shell that says when user space is reached, runs the
// tests and switches off.
void pull_job_init(const struct kernelci_definition *d, struct buffer *out);

#endif
