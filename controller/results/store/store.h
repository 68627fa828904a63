// SPDX-License-Identifier: GPL-2.0-or-later
// Writes and opens RESULTS/store.sqlite, which indexes the run directories for questions over many
// runs. It is derived: deleted and rebuilt (store_reindex) it has the same rows, because keys depend on
// names and times and not on the order of arrival.
#ifndef RESULTS_STORE_H
#define RESULTS_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "record/model.h"

struct store;

// Opens the store of a results directory, creating it or bringing its schema up to date. A store
// written by a newer mmfarm is refused. WAL: readers never wait for the writer.
struct error *store_open(const char *results_dir, struct store **out) ERROR_RESULT;

// What was missing in a store that was opened for questions.
struct store_reading {
	size_t batches;    // finished ones it did not have, now read from their directories
	bool private_copy; // it cannot be written: they are in a copy of this process alone
};

// Opens the store for questions and writes nothing, neither into the results directory nor into the
// store (SQLite's own lock file, store.sqlite-shm, may appear beside it). It is read beside a writer,
// and from a directory that is read-only. One that is missing, of an older schema or without some
// finished batches is completed from the run directories in a temporary copy. A damaged one is
// ERROR_SYSTEM, and says how it is rebuilt.
struct error *store_open_read_only(const char *results_dir, struct store **out,
				   struct store_reading *reading) ERROR_RESULT;

// Opens the store for questions only, up to date: one that is missing, of an older schema or without
// some finished batches is completed from the run directories, in place or, where that cannot be
// written, in a temporary copy. Nothing is written into a results directory that is read-only. A
// damaged one is ERROR_SYSTEM, and says how it is rebuilt.
struct error *store_open_reader(const char *results_dir, struct store **out,
				struct store_reading *reading) ERROR_RESULT;
void store_close(struct store *s);
CLEANUP_DEFINE(cleanup_store, struct store *, store_close)
#define CLEANUP_STORE CLEANUP(cleanup_store)

// Everything between begin and commit appears at once; abandon drops it. Without begin each call
// below is a transaction of its own.
struct error *store_begin(struct store *s) ERROR_RESULT;
struct error *store_commit(struct store *s) ERROR_RESULT;
void store_abandon(struct store *s);

// Adds a run or batch; one that is there already is replaced.
struct error *store_add_run(struct store *s, const struct run *r) ERROR_RESULT;
// Adds the finished batch's planned runs that have no run.json, as MISS, so that the store has all runs
// of a night.
struct error *store_add_unheard(struct store *s, const char *results_dir,
				const struct batch_record *b) ERROR_RESULT;
struct error *store_add_batch(struct store *s, const struct batch_record *b) ERROR_RESULT;
// Removes a run with all that belongs to it; one that is not there is no error.
struct error *store_remove_run(struct store *s, const char *id) ERROR_RESULT;

// The same for a batch, whose runs stay.
struct error *store_remove_batch(struct store *s, const char *id) ERROR_RESULT;

struct reindex_report {
	size_t runs, batches; // taken in
	size_t unfinished;    // run directories without run.json
	size_t bad;           // with one that cannot be read
	char *first_bad;      // owned: why, of the first
};
void reindex_report_deinit(struct reindex_report *r);
#define CLEANUP_REINDEX_REPORT CLEANUP(reindex_report_deinit)

// Rebuilds the store from RESULTS/runs and RESULTS/batches into a new file and puts it in place of
// the old one. Directories that cannot be read are counted and left out.
struct error *store_reindex(const char *results_dir, struct reindex_report *out) ERROR_RESULT;

#endif
