// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/results.h"

#include "base/file.h"
#include "base/memory.h"
#include "record/layout.h"
#include "results/kcidb/kcidb_write.h"
#include "record/model.h"
#include "results/publish/publish.h"
#include "results/store/store.h"
#include "results/report/show.h"

static struct error *ingest(struct store *s, const char *results_dir, const struct batch_results *b)
{
	TRY(store_begin(s));
	struct error *e = store_add_batch(s, b->batch);
	for (size_t i = 0; !e && i < b->runs_count; i++)
		if (!b->runs[i]->unheard)
			e = store_add_run(s, b->runs[i]);
	if (!e)
		e = store_add_unheard(s, results_dir, b->batch);
	if (e) {
		store_abandon(s);
		return e;
	}
	return store_commit(s);
}

struct error *results_store_batch(struct store *store, const char *results_dir,
				  const char *batch_id)
{
	CLEANUP_BATCH_RESULTS struct batch_results b = {0};
	TRY(batch_results_load(results_dir, batch_id, &b));
	return ingest(store, results_dir, &b);
}

static struct error *open_and_ingest(const char *results_dir, const struct batch_results *b)
{
	CLEANUP_STORE struct store *s = NULL;
	TRY(store_open(results_dir, &s));
	return ingest(s, results_dir, b);
}

static struct error *link_latest(const char *results_dir, const char *batch_id)
{
	CLEANUP_FREE char *path = path_join(results_dir, LAYOUT_LATEST);
	CLEANUP_FREE char *target = memory_printf("batches/%s", batch_id);
	return file_link_atomic(target, path);
}

struct error *results_finish_batch(const char *results_dir, const char *batch_id,
				   struct store *store, FILE *summary, int *exit_code)
{
	CLEANUP_BATCH_RESULTS struct batch_results b;
	TRY(batch_results_load(results_dir, batch_id, &b));
	// Each step stands for itself: a full disk under the store must not cost the summary.
	struct error *document = kcidb_write_batch(results_dir, &b);
	struct error *stored =
	    store ? ingest(store, results_dir, &b) : open_and_ingest(results_dir, &b);
	stored = error_wrap(stored, "taking runs into the store");
	// A convenience: that it cannot be had is no reason to keep the results to ourselves.
	CLEANUP_ERROR struct error *link = link_latest(results_dir, batch_id);
	if (summary)
		results_print_summary(summary, &b);
	if (summary && link)
		fprintf(summary, "note: %s\n", error_text(link));
	struct error *first = document ? document : stored;
	if (stored != first)
		error_free(stored);
	if (!first)
		*exit_code = results_exit_code(&b);
	return first;
}

struct error *results_publish_batch(const char *results_dir, const struct publish_config *publish,
				    const char *farm_path, const char *batch_id)
{
	if (publish->count == 0)
		return NULL;
	struct error *put = publish_enqueue_all(results_dir, publish, batch_id);
	// What one destination could not be given is no reason not to send to the others.
	struct error *started = publish_in_background(results_dir, farm_path);
	if (!put)
		return started;
	error_free(started);
	return put;
}
