// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/recover.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "record/layout.h"
#include "run/batch_json.h"
#include "run/directory.h"
#include "run/worker_process.h"

struct dead_run {
	char *id;
	char *dir;
	struct process process;
	unsigned tries;
};

struct dead_batch {
	char *id;
	int lock; // on RESULTS/active/ID
	struct dead_run *runs;
	size_t runs_count;
	bool read; // its batch.json
};

struct recovery {
	char *results_dir;
	const char *program;
	struct recovery_filter filter;
	struct dead_batch *batches;
	size_t count;
	int64_t limit_ns;
};

bool recover_run_is_possible(const char *run_dir)
{
	CLEANUP_FREE char *plan = path_join(run_dir, LAYOUT_BOARD_YAML);
	CLEANUP_FREE char *count = path_join(run_dir, LAYOUT_RECOVERIES);
	struct stat st;
	return file_exists(plan) && (stat(count, &st) < 0 || st.st_size < RECOVER_TRIES_EVER);
}

// Only a bound against a console that no recovery survives: that it cannot be written (a full disk)
// is no reason to stop.
static void count_recovery(const char *run_dir)
{
	CLEANUP_FREE char *path = path_join(run_dir, LAYOUT_RECOVERIES);
	CLEANUP_CLOSE int fd =
	    open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd >= 0)
		error_free(file_write_all(fd, ".", 1, path));
}

struct error *recover_run_start(const char *program, const char *run_dir, const char *reason,
				struct process *out)
{
	count_recovery(run_dir);
	const struct worker_order order = {
	    .program = program, .run_dir = run_dir, .recover = reason};
	return worker_start(&order, out);
}

// By a worker that lives on and will judge the run itself.
static bool is_held(const char *run_dir)
{
	CLEANUP_CLOSE int lock = -1;
	CLEANUP_ERROR struct error *e = directory_lock(run_dir, &lock);
	return !e && lock < 0;
}

// One that does not start leaves no verdict, and so keeps its batch open.
static void try_run(const char *program, struct dead_run *run)
{
	run->tries++;
	process_deinit(&run->process);
	run->process = PROCESS_NONE;
	error_free(recover_run_start(program, run->dir, RECOVER_DEATH_REASON, &run->process));
}

static void start_runs(struct recovery *r, struct dead_batch *batch)
{
	char **ids = NULL;
	size_t count = 0;
	// A batch that cannot be read stays; it must not keep the farm from its next night.
	CLEANUP_ERROR struct error *e = batch_json_runs(r->results_dir, batch->id, &ids, &count);
	batch->read = !e;
	for (size_t i = 0; i < count; i++) {
		struct dead_run run = {.id = ids[i],
				       .dir = layout_run(r->results_dir, ids[i]),
				       .process = PROCESS_NONE};
		directory_forget(r->results_dir, ids[i]);
		directory_tidy(run.dir);
		if (!directory_is_finished(run.dir) && recover_run_is_possible(run.dir) &&
		    !is_held(run.dir))
			try_run(r->program, &run);
		ARRAY_APPEND(batch->runs, batch->runs_count, run);
	}
	free(ids);
}

// Its scheduler died before it had laid down what to do.
static void drop_batch(const struct recovery *r, const char *id)
{
	CLEANUP_FREE char *dir = layout_batch(r->results_dir, id);
	directory_tidy(dir);
	rmdir(dir);
	directory_unmark_active(r->results_dir, id);
}

static bool is_owned(const struct recovery *r, const char *id)
{
	return r->filter.is_owned && r->filter.is_owned(r->filter.arg, id);
}

static void start_batch(struct recovery *r, const char *id)
{
	if (is_owned(r, id))
		return;
	CLEANUP_CLOSE int lock = -1;
	CLEANUP_ERROR struct error *e = directory_mark_active(r->results_dir, id, &lock);
	if (e || lock < 0)
		return; // its scheduler lives
	CLEANUP_FREE char *record = layout_batch_file(r->results_dir, id, LAYOUT_BATCH_JSON);
	if (!file_exists(record)) {
		drop_batch(r, id);
		return;
	}
	struct dead_batch batch = {.id = memory_strdup(id), .lock = steal_fd(&lock)};
	start_runs(r, &batch);
	ARRAY_APPEND(r->batches, r->count, batch);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

// Folders of batches that never had a batch.json, of schedulers that are gone.
static void drop_empty_batches(const struct recovery *r)
{
	CLEANUP_FREE char *dir = path_join(r->results_dir, LAYOUT_BATCHES);
	struct dirent **names = NULL;
	int found = scandir(dir, &names, is_visible, NULL);
	for (int i = 0; i < found; i++) {
		CLEANUP_FREE char *record =
		    layout_batch_file(r->results_dir, names[i]->d_name, LAYOUT_BATCH_JSON);
		CLEANUP_CLOSE int lock = -1;
		if (!file_exists(record) && !is_owned(r, names[i]->d_name)) {
			struct error *e =
			    directory_mark_active(r->results_dir, names[i]->d_name, &lock);
			if (!e && lock >= 0 && !file_exists(record))
				drop_batch(r, names[i]->d_name);
			error_free(e);
		}
		free(names[i]);
	}
	free(names);
}

struct recovery *recovery_start(const char *results_dir, const char *program,
				const struct recovery_filter *filter)
{
	struct recovery *r = memory_new(1, sizeof(*r));
	r->results_dir = memory_strdup(results_dir);
	r->program = program;
	if (filter)
		r->filter = *filter;
	r->limit_ns = clock_monotonic_ns() + RECOVER_LIMIT_NS;
	CLEANUP_FREE char *active = path_join(results_dir, LAYOUT_ACTIVE);
	CLEANUP_FREE char *payloads = path_join(results_dir, LAYOUT_PAYLOADS);
	directory_tidy(results_dir);
	directory_tidy(payloads);
	drop_empty_batches(r);
	struct dirent **names = NULL;
	int found = scandir(active, &names, is_visible, alphasort);
	for (int i = 0; i < found; i++) {
		start_batch(r, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return r;
}

// A run is tried until it has a verdict, or its tries or the time are used up; true when that is over.
static bool poll_run(const struct recovery *r, struct dead_run *run)
{
	while (run->process.pid > 0) {
		bool late = clock_monotonic_ns() >= r->limit_ns;
		if (!process_poll(&run->process) && !late)
			return false;
		process_deinit(&run->process);
		if (!directory_is_finished(run->dir) && run->tries < RECOVER_TRIES && !late &&
		    recover_run_is_possible(run->dir))
			try_run(r->program, run);
	}
	return true;
}

bool recovery_poll(struct recovery *r)
{
	bool over = true;
	for (size_t i = 0; i < r->count; i++)
		for (size_t j = 0; j < r->batches[i].runs_count; j++)
			over &= poll_run(r, &r->batches[i].runs[j]);
	return over;
}

static void finish_run(const struct recovery *r, struct dead_run *run)
{
	while (!poll_run(r, run))
		process_wait(&run->process, r->limit_ns);
	directory_tidy(run->dir);
}

// A run that cannot be recovered (any more) is a MISS all the same. One whose worker lives will have
// its own verdict.
static struct error *give_up_run(const struct recovery *r, const struct dead_batch *batch,
				 const struct dead_run *run)
{
	if (directory_is_finished(run->dir) || recover_run_is_possible(run->dir))
		return NULL;
	bool begun = file_exists(run->dir);
	CLEANUP_CLOSE int lock = -1;
	if (begun)
		TRY(directory_lock(run->dir, &lock));
	if (begun && lock < 0)
		return NULL;
	return batch_json_miss(r->results_dir, batch->id, run->id,
			       begun ? RECOVER_DEATH_REASON
				   ", and so did each try to finish the run"
				     : "its scheduler died before this run had begun");
}

// True when every run of the batch has its verdict.
static bool finish_batch(const struct recovery *r, struct dead_batch *batch)
{
	bool complete = batch->read;
	for (size_t i = 0; i < batch->runs_count; i++) {
		struct dead_run *run = &batch->runs[i];
		finish_run(r, run);
		error_free(give_up_run(r, batch, run));
		directory_tidy(run->dir);
		complete = complete && directory_is_finished(run->dir);
	}
	CLEANUP_FREE char *dir = layout_batch(r->results_dir, batch->id);
	directory_tidy(dir);
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
			free(batch->runs[j].id);
		}
		free(batch->runs);
		free(batch->id);
		cleanup_close(&batch->lock);
	}
	free(r->batches);
	free(r->results_dir);
	free(r);
}
