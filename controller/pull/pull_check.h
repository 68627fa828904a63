// SPDX-License-Identifier: GPL-2.0-or-later
// A look at KernelCI as the pull lab would take it, without taking anything.
#ifndef PULL_PULL_CHECK_H
#define PULL_PULL_CHECK_H

#include "base/arena.h"
#include "config/kernelci.h"

// A job that this lab would claim.
struct pull_offer {
	const char *node, *platform, *name;
	const char *refusal; // why it would end as incomplete; NULL: it would be run
	size_t tests, skipped;
};

struct pull_look {
	const char *rights; // what the token cannot do; NULL: all that is needed
	struct pull_offer *offers;
	size_t offers_count;
	size_t events; // of jobs, whoever's, that were looked at
};

// Asks who we are and which jobs are offered, of the last `since_s` seconds, and reads their definitions.
// What `out` points to lives in `arena`. A token that is refused is `rights`; ERROR_LAB: no answer.
struct error *pull_check(const struct kernelci_config *c, double since_s, struct arena *arena,
			 struct pull_look *out) ERROR_RESULT;

#endif
