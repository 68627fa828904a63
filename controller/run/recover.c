// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/recover.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "run/batch_json.h"
#include "run/directory.h"

struct dead_run {
	char *dir;
	struct process process;
};

struct dead_batch {
	char *id;
	int lock; // on RESULTS/active/ID
	struct dead_run *runs;
	size_t runs_count;
};

struct recovery {
	char *results_dir;
	struct dead_batch *batches;
	size_t count;
	int64_t limit_ns;
};

struct error *recover_run_start(const char *program, const char *run_dir, const char *reason,
				struct process *out)
{
	CLEANUP_FREE char *log_path = path_join(run_dir, "worker.log");
	CLEANUP_CLOSE int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	const char *const argv[] = {program, "worker", run_dir, "--recover", reason, NULL};
	const struct process_spec spec = {.argv = argv,
					  .in = -1,
					  .out = log,
					  .err = log,
					  .pass = -1,
					  .new_group = true,
					  .own_environment = true};
	return process_spawn(&spec, out);
}

static void start_runs(struct recovery *r, const char *program, struct dead_batch *batch)
{
	char **ids = NULL;
	size_t count = 0;
	// A batch that cannot be read stays; it must not keep the farm from its next night.
	error_free(batch_json_runs(r->results_dir, batch->id, &ids, &count));
	for (size_t i = 0; i < count; i++) {
		struct dead_run run = {.dir = directory_path(r->results_dir, ids[i]),
				       .process = PROCESS_NONE};
		free(ids[i]);
		CLEANUP_FREE char *done = path_join(run.dir, RUN_JSON);
		CLEANUP_FREE char *plan = path_join(run.dir, "board.yaml");
		if (file_exists(done) || !file_exists(plan)) {
			free(run.dir);
			continue;
		}
		// One that does not start leaves no verdict, and so keeps its batch open.
		error_free(recover_run_start(program, run.dir, "the worker and its scheduler died",
					     &run.process));
		ARRAY_APPEND(batch->runs, batch->runs_count, run);
	}
	free(ids);
}

static void start_batch(struct recovery *r, const char *program, const char *id)
{
	CLEANUP_CLOSE int lock = -1;
	CLEANUP_ERROR struct error *e = directory_mark_active(r->results_dir, id, &lock);
	if (e || lock < 0)
		return; // its scheduler lives
	CLEANUP_FREE char *record = memory_printf("%s/batches/%s/batch.json", r->results_dir, id);
	if (!file_exists(record)) { // it died before it had laid down what to do
		directory_unmark_active(r->results_dir, id);
		return;
	}
	struct dead_batch batch = {.id = memory_strdup(id), .lock = steal_fd(&lock)};
	start_runs(r, program, &batch);
	ARRAY_APPEND(r->batches, r->count, batch);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

struct recovery *recovery_start(const char *results_dir, const char *program)
{
	struct recovery *r = memory_new(1, sizeof(*r));
	r->results_dir = memory_strdup(results_dir);
	r->limit_ns = clock_monotonic_ns() + RECOVER_LIMIT_NS;
	CLEANUP_FREE char *active = path_join(results_dir, "active");
	struct dirent **names = NULL;
	int found = scandir(active, &names, is_visible, alphasort);
	for (int i = 0; i < found; i++) {
		start_batch(r, program, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return r;
}

// True when every run of the batch has its verdict.
static bool finish_batch(const struct recovery *r, struct dead_batch *batch)
{
	bool complete = true;
	for (size_t i = 0; i < batch->runs_count; i++) {
		struct dead_run *run = &batch->runs[i];
		process_wait(&run->process, r->limit_ns);
		process_deinit(&run->process);
		CLEANUP_FREE char *done = path_join(run->dir, RUN_JSON);
		complete = complete && file_exists(done);
	}
	if (!complete)
		return false;
	CLEANUP_ERROR struct error *e =
	    batch_json_close(r->results_dir, batch->id, clock_realtime_ns());
	return !e;
}

void recovery_finish(struct recovery *r, char ***ids, size_t *count)
{
	*ids = NULL;
	*count = 0;
	for (size_t i = 0; i < r->count; i++)
		if (finish_batch(r, &r->batches[i]))
			ARRAY_APPEND(*ids, *count, memory_strdup(r->batches[i].id));
}

void recovery_free(struct recovery *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->count; i++) {
		struct dead_batch *batch = &r->batches[i];
		for (size_t j = 0; j < batch->runs_count; j++) {
			process_deinit(&batch->runs[j].process);
			free(batch->runs[j].dir);
		}
		free(batch->runs);
		free(batch->id);
		cleanup_close(&batch->lock);
	}
	free(r->batches);
	free(r->results_dir);
	free(r);
}
