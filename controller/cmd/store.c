// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/store.h"
#include "record/layout.h"

#include <stdio.h>

struct error *cmd_open_store(const char *results_dir, struct store **out)
{
	struct store_reading r;
	TRY(store_open_reader(results_dir, out, &r));
	const char *s = r.batches == 1 ? "" : "es";
	if (r.private_copy)
		fprintf(stderr,
			"(%s/" LAYOUT_STORE
			" is behind by %zu batch%s and cannot be written: read from "
			"the run directories)\n",
			results_dir, r.batches, s);
	else if (r.batches)
		fprintf(stderr, "(%zu batch%s taken into the store)\n", r.batches, s);
	return NULL;
}
