// SPDX-License-Identifier: GPL-2.0-or-later
#include "night/old_batches.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "record/model.h"
#include "results/results.h"
#include "results/series/series.h"
#include "results/store/store.h"
#include "run/batch.h"

struct old_batches {
	struct old_batches_options o;
	struct recovery *recovery;
};

struct old_batches *old_batches_new(const struct old_batches_options *o)
{
	struct old_batches *c = memory_new(1, sizeof(*c));
	c->o = *o;
	c->recovery = recovery_start(o->results, o->program, &o->filter);
	return c;
}

void old_batches_free(struct old_batches *c)
{
	if (!c)
		return;
	recovery_free(c->recovery);
	free(c);
}

bool old_batches_poll(struct old_batches *c)
{
	return recovery_poll(c->recovery);
}

__attribute__((format(printf, 3, 4))) static void tell(const struct old_batches *c, bool trouble,
						       const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	CLEANUP_FREE char *line = memory_vprintf(fmt, ap);
	va_end(ap);
	c->o.tell(c->o.tell_arg, trouble, line);
}

// The verdict stands whether or not it can be told to others.
static void publish_batch(const struct old_batches *c, const char *id)
{
	CLEANUP_ERROR struct error *e =
	    results_publish_batch(c->o.results, c->o.publish, c->o.farm_file, id);
	if (e)
		tell(c, true, "publishing %s: %s", id, error_text(e));
}

// What a batch without its scheduler was: a killed confirmation leaves numbers and nothing to tell, its
// alert is as it was; and what its operator kept to himself, we do not publish.
static struct error *ask_old_batch(const struct old_batches *c, const char *id, bool *confirmation,
				   bool *unpublished)
{
	CLEANUP_BATCH_RESULTS struct batch_results b = {0};
	TRY(batch_results_load(c->o.results, id, &b));
	*confirmation = strcmp(b.batch->job, SERIES_AB_JOB) == 0;
	*unpublished = b.batch->unpublished;
	return NULL;
}

static struct error *finish_old_batch(const struct old_batches *c, const char *id)
{
	int ignored;
	bool confirmation, unpublished;
	TRY(ask_old_batch(c, id, &confirmation, &unpublished));
	if (confirmation) {
		CLEANUP_STORE struct store *store = NULL;
		TRY(store_open(c->o.results, &store));
		return results_store_batch(store, c->o.results, id);
	}
	TRY(results_finish_batch(c->o.results, id, NULL, NULL, &ignored));
	if (!unpublished)
		publish_batch(c, id);
	return NULL;
}

// They become results ahead of this one. One that cannot be finished must not cost tonight's.
void old_batches_finish(struct old_batches *c)
{
	char **ids = NULL;
	size_t count = 0;
	recovery_finish(c->recovery, &ids, &count);
	for (size_t i = 0; i < count; i++) {
		CLEANUP_ERROR struct error *e = finish_old_batch(c, ids[i]);
		if (e) {
			tell(c, true, "batch %s, which was left unfinished: %s", ids[i],
			     error_text(e));
		} else {
			batch_close(c->o.results, ids[i]);
			tell(c, false, "finished batch %s, which was left unfinished", ids[i]);
		}
		free(ids[i]);
	}
	free(ids);
}
