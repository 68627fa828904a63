// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/arena.h"
#include "record/layout.h"
#include "record/batch_id.h"
#include "results/console.h"
#include "text/format.h"
#include "record/model.h"
#include "results/retention/retention.h"
#include "results/store/store_query.h"

struct prune_work {
	const char *results_dir;
	const struct retention *r;
	struct store *store;
	bool dry_run;
	FILE *log;
	struct retention_report *report;
};

struct victim {
	const char *id;
	const char *batch;
	enum retention_fate fate;
};

// ---- files --------------------------------------------------------------------------------------

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

static void remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int is_gone(const struct dirent *d)
{
	return strncmp(d->d_name, LAYOUT_GONE, strlen(LAYOUT_GONE)) == 0;
}

// Directories that a call before this one had given up.
static void remove_leftovers(const char *results_dir, const char *folder)
{
	CLEANUP_FREE char *dir = path_join(results_dir, folder);
	struct dirent **names;
	int count = scandir(dir, &names, is_gone, NULL);
	for (int i = 0; i < count; i++) {
		CLEANUP_FREE char *path = path_join(dir, names[i]->d_name);
		remove_tree(path);
		free(names[i]);
	}
	if (count >= 0)
		free(names);
}

static uint64_t tree_bytes(const char *dir)
{
	struct dirent **names;
	int count = scandir(dir, &names, NULL, NULL);
	uint64_t bytes = 0;
	for (int i = 0; i < count; i++) {
		CLEANUP_FREE char *path = path_join(dir, names[i]->d_name);
		struct stat st;
		if (lstat(path, &st) == 0 && S_ISREG(st.st_mode))
			bytes += (uint64_t)st.st_size;
		free(names[i]);
	}
	if (count >= 0)
		free(names);
	return bytes;
}

// Gives RESULTS/`folder`/`id` up; one that is not there is no error.
static struct error *give_up(const char *results_dir, const char *folder, const char *id)
{
	CLEANUP_FREE char *dir = memory_printf("%s/%s/%s", results_dir, folder, id);
	CLEANUP_FREE char *gone = memory_printf("%s/%s/" LAYOUT_GONE "%s", results_dir, folder, id);
	remove_tree(gone);
	if (rename(dir, gone) < 0)
		return errno == ENOENT ? NULL : error_errno(ERROR_SYSTEM, errno, "%s", dir);
	remove_tree(gone);
	return NULL;
}

// ---- batch.json ---------------------------------------------------------------------------------

static bool holds_word(const char *const *list, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i], word) == 0)
			return true;
	return false;
}

// Runs that the batch planned and that were not removed: also those that never had a directory.
static size_t runs_left(const struct batch_record *b)
{
	size_t left = 0;
	for (size_t i = 0; i < b->plan_count; i++)
		left += !holds_word(b->removed_runs, b->removed_runs_count, b->plan[i].id);
	return b->plan ? left : b->runs_count;
}

struct leaving {
	const char *id;
	size_t left; // runs that stay
};

// Moves the run from `runs` to `removed_runs`.
static struct error *move_run(struct batch_record *b, struct arena *arena, void *arg)
{
	struct leaving *l = arg;
	const char **runs = arena_new(arena, b->runs_count, sizeof(*runs));
	const char **removed = arena_new(arena, b->removed_runs_count + 1, sizeof(*removed));
	size_t count = 0;
	for (size_t i = 0; i < b->runs_count; i++)
		if (strcmp(b->runs[i], l->id) != 0)
			runs[count++] = b->runs[i];
	for (size_t i = 0; i < b->removed_runs_count; i++)
		removed[i] = b->removed_runs[i];
	if (!holds_word(removed, b->removed_runs_count, l->id))
		removed[b->removed_runs_count++] = l->id;
	b->runs = runs;
	b->runs_count = count;
	b->removed_runs = removed;
	l->left = runs_left(b);
	return NULL;
}

static struct error *leave_batch(const char *results_dir, const char *batch, const char *id,
				 size_t *left)
{
	CLEANUP_FREE char *path = layout_batch_file(results_dir, batch, LAYOUT_BATCH_JSON);
	struct leaving l = {id, 1}; // a batch that cannot be read is not ours to remove
	struct error *e =
	    file_exists(path) ? model_change_batch(results_dir, batch, move_run, &l) : NULL;
	*left = l.left;
	return e;
}

static bool is_latest(const char *results_dir, const char *batch)
{
	CLEANUP_FREE char *latest = NULL;
	CLEANUP_ERROR struct error *e = batch_id_resolve(results_dir, NULL, &latest);
	return !e && strcmp(latest, batch) == 0;
}

// ---- one run ------------------------------------------------------------------------------------

static struct error *remove_run(struct prune_work *w, const struct victim *v)
{
	size_t left;
	TRY(leave_batch(w->results_dir, v->batch, v->id, &left));
	TRY(give_up(w->results_dir, LAYOUT_RUNS, v->id));
	TRY(store_remove_run(w->store, v->id));
	w->report->removed++;
	// `latest` must lead somewhere, whatever is left there.
	if (left > 0 || is_latest(w->results_dir, v->batch))
		return NULL;
	TRY(give_up(w->results_dir, LAYOUT_BATCHES, v->batch));
	TRY(store_remove_batch(w->store, v->batch));
	w->report->batches_removed++;
	return NULL;
}

static bool is_packed(const char *dir)
{
	CLEANUP_FREE char *raw = path_join(dir, LAYOUT_CONSOLE);
	CLEANUP_FREE char *index = path_join(dir, LAYOUT_INDEX);
	return !file_exists(raw) && !file_exists(index);
}

static struct error *carry_out(struct prune_work *w, const struct victim *v)
{
	CLEANUP_FREE char *dir = layout_run(w->results_dir, v->id);
	bool pack = v->fate == RETENTION_PACK;
	if (pack && is_packed(dir))
		return NULL;
	if (w->log)
		fprintf(w->log, "%s %s\n", pack ? "pack  " : "remove", v->id);
	uint64_t before = tree_bytes(dir);
	if (w->dry_run) {
		w->report->packed += pack;
		w->report->removed += !pack;
		w->report->bytes_freed += pack ? 0 : before; // how well it packs shows then
		// What it would have removed stays in the store, with a mark.
		return pack ? NULL : query_mark(w->store, QUERY_GONE, v->id);
	}
	TRY(pack ? console_pack(dir) : remove_run(w, v));
	uint64_t after = pack ? tree_bytes(dir) : 0;
	w->report->packed += pack;
	w->report->bytes_freed += before > after ? before - after : 0;
	return NULL;
}

// A batch that would go with its last run.
static void count_emptied(void *context, const char *batch)
{
	struct prune_work *w = context;
	w->report->batches_removed += !is_latest(w->results_dir, batch);
}

// ---- all runs -----------------------------------------------------------------------------------

// Read whole before anything changes what is being read.
static struct error *choose(struct prune_work *w, int64_t now_ms, struct arena *arena,
			    struct victim **out, size_t *count)
{
	CLEANUP_STORE_ROWS struct store_rows *rows = NULL;
	CLEANUP_FREE struct victim *list = NULL;
	*count = 0;
	TRY(query_keep_all(w->store, &rows));
	for (bool more = true;;) {
		struct query_keep k;
		TRY(query_keep_next(rows, &k, &more));
		if (!more)
			break;
		const struct retention_run run = {
		    .status = k.status,
		    .splat = k.splat,
		    .start_ms = k.start_ms,
		    .rank = k.rank,
		    .batch = k.batch,
		    .needed = k.needed,
		};
		struct victim v = {.fate = retention_decide(w->r, &run, now_ms)};
		if (v.fate == RETENTION_KEEP || !format_is_word(k.id) || !format_is_word(k.batch))
			continue;
		v.id = arena_strndup(arena, k.id, strlen(k.id));
		v.batch = arena_strndup(arena, k.batch, strlen(k.batch));
		ARRAY_APPEND(list, *count, v);
	}
	*out = STEAL(list);
	return NULL;
}

struct error *retention_apply(const char *results_dir, const struct retention *r, int64_t now_ms,
			      bool dry_run, FILE *log, struct retention_report *out)
{
	CLEANUP_STORE struct store *store = NULL;
	CLEANUP_ARENA struct arena arena = {0};
	*out = (struct retention_report){0};
	// Completed first: a run that the store does not know would be kept for ever, and its payload
	// taken for nobody's.
	struct store_reading reading;
	TRY(dry_run ? store_open_read_only(results_dir, &store, &reading)
		    : store_open_reader(results_dir, &store, &reading));
	if (reading.private_copy && !dry_run)
		return error_new(ERROR_SYSTEM, "%s: cannot be written", results_dir);
	struct prune_work w = {results_dir, r, store, dry_run, log, out};
	struct victim *victims = NULL;
	size_t count;
	TRY(query_marks_begin(store));
	if (r->is_set)
		TRY(retention_find_needed(results_dir, store));
	TRY(choose(&w, now_ms, &arena, &victims, &count));
	if (!dry_run) {
		remove_leftovers(results_dir, LAYOUT_RUNS);
		remove_leftovers(results_dir, LAYOUT_BATCHES);
	}
	struct error *first = NULL;
	for (size_t i = 0; i < count; i++) {
		struct error *e = error_wrap(carry_out(&w, &victims[i]), "%s", victims[i].id);
		out->failed += e != NULL;
		if (first)
			error_free(e);
		else
			first = e;
	}
	free(victims);
	if (!first && dry_run)
		first = query_emptied(store, count_emptied, &w);
	if (first || !r->is_set)
		return first;
	// What no kept run was booted with goes last: then it is known which those are.
	return retention_apply_payloads(results_dir, store, now_ms, dry_run, log, out);
}
