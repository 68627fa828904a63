// SPDX-License-Identifier: GPL-2.0-or-later
#include "pull/pull_result.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "record/layout.h"
#include "remote/kernelci_body.h"
#include "remote/kernelci_outcome.h"
#include "results/run_url.h"

#define DOCUMENT_LIMIT ((size_t)256 << 20)

bool pull_result_is_there(const char *results, const char *batch)
{
	CLEANUP_ARENA struct arena arena = {0};
	const struct batch_record *b = NULL;
	CLEANUP_ERROR struct error *e = model_load_batch(results, batch, &arena, &b);
	return !e && b->finish_time;
}

// Where the runs' consoles are served; a URL without anything that may hold a token.
static size_t find_logs(const struct batch_results *b, char **urls)
{
	size_t count = 0;
	for (size_t i = 0; i < b->runs_count; i++) {
		CLEANUP_BUFFER struct buffer url = {0};
		if (b->runs[i]->repeated ||
		    !run_file_url(b->batch, b->runs[i], LAYOUT_CONSOLE, &url))
			continue;
		urls[count++] = buffer_steal(&url);
	}
	return count;
}

struct error *pull_result_outcome(const char *results, const char *batch,
				  const struct kernelci_definition *d, char **out)
{
	CLEANUP_BATCH_RESULTS struct batch_results b = {0};
	TRY(batch_results_load(results, batch, &b));
	CLEANUP_FREE char **urls = memory_new(b.runs_count + 1, sizeof(*urls));
	size_t count = find_logs(&b, urls);
	*out = kernelci_outcome_runs(d, b.runs, b.runs_count, (const char *const *)urls, count);
	for (size_t i = 0; i < count; i++)
		free(urls[i]);
	return NULL;
}

struct error *pull_result_spool(const char *results, const char *batch, const char *build_id,
				const struct destination *d)
{
	CLEANUP_SPOOL struct spool *spool = NULL;
	CLEANUP_BUFFER struct buffer text = {0};
	CLEANUP_FREE char *path = layout_batch_file(results, batch, LAYOUT_KCIDB_JSON);
	CLEANUP_FREE char *name = memory_printf("%s.kernelci", batch);
	CLEANUP_FREE char *file = memory_printf("%s.json", name);
	TRY(file_read(path, DOCUMENT_LIMIT, ERROR_LAB, &text));
	CLEANUP_FREE char *document = kernelci_body_kcidb(buffer_str(&text), text.len, build_id);
	if (!document)
		return error_new(ERROR_LAB, "%s: no document", path);
	const struct spool_item item = {.name = name,
					.batch = batch,
					.what = "kcidb",
					.content_type = "application/json",
					.file_name = file,
					.next_ms = clock_realtime_ns() / NS_PER_MS};
	TRY(spool_open(results, d->name, &spool));
	return spool_put(spool, &item, document, strlen(document));
}
