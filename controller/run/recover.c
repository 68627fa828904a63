// SPDX-License-Identifier: GPL-2.0-or-later
// What a dead scheduler left behind is brought to its end.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "run/batch.h"
#include "run/batch_json.h"
#include "run/directory.h"
#include "run/worker.h"

// Ends what can be ended of one batch; *complete is false when a worker still lives.
static struct error *recover_runs(const char *results_dir, const char *batch_id, bool *complete)
{
	char **runs = NULL;
	size_t count = 0;
	TRY(batch_json_runs(results_dir, batch_id, &runs, &count));
	*complete = true;
	for (size_t i = 0; i < count; i++) {
		CLEANUP_FREE char *dir = directory_path(results_dir, runs[i]);
		CLEANUP_FREE char *done = path_join(dir, RUN_JSON);
		CLEANUP_FREE char *plan = path_join(dir, "board.yaml");
		free(runs[i]);
		if (file_exists(done) || !file_exists(plan))
			continue;
		CLEANUP_ERROR struct error *e =
		    worker_recover(dir, "the worker and its scheduler died");
		if (e)
			*complete = false;
	}
	free(runs);
	return NULL;
}

static struct error *recover_batch(const char *results_dir, const char *batch_id, bool *complete)
{
	*complete = false;
	CLEANUP_CLOSE int lock = -1;
	TRY(directory_mark_active(results_dir, batch_id, &lock));
	if (lock < 0)
		return NULL; // its scheduler lives
	CLEANUP_FREE char *record =
	    memory_printf("%s/batches/%s/batch.json", results_dir, batch_id);
	if (!file_exists(record)) { // it died before it had laid down what to do
		directory_unmark_active(results_dir, batch_id);
		return NULL;
	}
	TRY(recover_runs(results_dir, batch_id, complete));
	if (!*complete)
		return NULL;
	return batch_json_close(results_dir, batch_id, clock_realtime_ns());
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

struct error *batch_recover(const char *results_dir, char ***ids, size_t *count)
{
	CLEANUP_FREE char *active = path_join(results_dir, "active");
	struct dirent **names = NULL;
	char **list = NULL;
	size_t n = 0;
	int found = scandir(active, &names, is_visible, alphasort);
	for (int i = 0; i < found; i++) {
		bool complete = false;
		// One batch that cannot be read must not keep the farm from its next night.
		CLEANUP_ERROR struct error *e =
		    recover_batch(results_dir, names[i]->d_name, &complete);
		if (!e && complete)
			ARRAY_APPEND(list, n, memory_strdup(names[i]->d_name));
		free(names[i]);
	}
	free(names);
	*ids = list;
	*count = n;
	return NULL;
}
