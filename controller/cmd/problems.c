// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/problems.h"

#include <stdio.h>

#include "base/memory.h"

struct error *cmd_tell_problems(const struct cmd *c, struct config_problems *p)
{
	struct error *last = NULL;
	size_t told = 0;
	fflush(stdout);
	for (size_t i = 0; i < p->count; i++)
		if (p->items[i].doubt)
			fprintf(stderr, "warning: %s\n", error_text(p->items[i].error));
	for (size_t i = 0; i < p->count; i++) {
		if (p->items[i].doubt)
			continue;
		if (++told < p->mistakes)
			fprintf(stderr, "mmfarm %s: %s\n", c->name, error_text(p->items[i].error));
		else
			last = STEAL(p->items[i].error);
	}
	return last;
}
