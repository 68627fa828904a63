// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/console_loss.h"

#include <inttypes.h>

#define RUNS_NAMED 5

static bool has_lost(const struct run *r)
{
	return r->log && (r->log->gaps > 0 || r->log->lost > 0);
}

static void describe_run(const struct run *r, struct buffer *out)
{
	const struct run_log *l = r->log;
	buffer_printf(out, "%s %s (", r->board->name, r->variant);
	if (l->gaps > 0)
		buffer_printf(out, "%" PRId64 " gap%s, %.1f s", l->gaps, l->gaps == 1 ? "" : "s",
			      l->away > 0 ? l->away : 0.0);
	if (l->lost > 0)
		buffer_printf(out, "%s%" PRId64 " bytes not kept", l->gaps > 0 ? "; " : "",
			      l->lost);
	buffer_append_str(out, ")");
}

void console_loss_describe(const struct batch_results *b, struct buffer *out)
{
	size_t runs = 0;
	for (size_t i = 0; i < b->runs_count; i++)
		runs += has_lost(b->runs[i]);
	if (!runs)
		return;
	buffer_printf(out, "console text was lost in %zu run%s: ", runs, runs == 1 ? "" : "s");
	size_t named = 0;
	for (size_t i = 0; i < b->runs_count && named < RUNS_NAMED; i++) {
		if (!has_lost(b->runs[i]))
			continue;
		buffer_append_str(out, named++ ? ", " : "");
		describe_run(b->runs[i], out);
	}
	if (runs > named)
		buffer_printf(out, ", and %zu more", runs - named);
}
