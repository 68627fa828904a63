// SPDX-License-Identifier: GPL-2.0-or-later
// What came of a job, kept until each place that wants it has it: one JSON text of our own, made from
// our runs, of which the forms that others want are made.
//
//     {"result": "fail", "error_code": ..., "error_msg": ..., "device": ..., "logs": [URL...],
//      "tests": [{"name": ..., "result": ..., "reason": ..., "tests": [...]}], "capability": {...}}
#ifndef REMOTE_KERNELCI_OUTCOME_H
#define REMOTE_KERNELCI_OUTCOME_H

#include "record/model.h"
#include "remote/kernelci_definition.h"

#define KERNELCI_INFRASTRUCTURE "Infrastructure"
#define KERNELCI_INVALID_JOB    "invalid_job_params"
#define KERNELCI_CHILDREN_MAX   5000 // tests that are told; the rest is counted

// A job that was not run, or not to its end: `incomplete`, for an error code and its reason. The caller
// frees.
char *kernelci_outcome_failed(const char *error_code, const char *reason);

// A job of which every test is skipped: the tests with their reasons. The caller frees.
char *kernelci_outcome_skipped(const struct kernelci_definition *d);

// What the runs of a job's batch say (those that a later attempt stands for are left out). `logs` are
// where their consoles are served, without queries; none: not at all. The caller frees.
char *kernelci_outcome_runs(const struct kernelci_definition *d, const struct run *const *runs,
			    size_t count, const char *const *logs, size_t logs_count);

#endif
