// SPDX-License-Identifier: GPL-2.0-or-later
// The build above a job of KernelCI: its parents are walked up to a node of the kind kbuild.
#ifndef PULL_PULL_PARENT_H
#define PULL_PULL_PARENT_H

#include <stdbool.h>

struct pull_parent;

// What it is given outlives it; `ca_file` may be NULL.
struct pull_parent *pull_parent_new(const char *api, const char *node, const char *ca_file);
void pull_parent_free(struct pull_parent *p);

// Goes on without waiting. True: it is over, and `*id` is the build's id in KCIDB ("maestro:..."), or ""
// when none was found; the caller frees.
bool pull_parent_step(struct pull_parent *p, char **id);

#endif
