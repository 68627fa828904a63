// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "record/layout.h"
#include "text/format.h"
#include "results/store/store.h"
#include "results/store/store_open.h"

void reindex_report_deinit(struct reindex_report *r)
{
	if (!r)
		return;
	free(r->first_bad);
	r->first_bad = NULL;
}

static int is_candidate(const struct dirent *d)
{
	return format_is_word(d->d_name);
}

static void count_bad(struct reindex_report *report, struct error *e)
{
	if (report->bad++ == 0)
		report->first_bad = memory_strdup(error_text(e));
	error_free(e);
}

static struct error *add_run(struct store *s, const char *results_dir, const char *id,
			     struct reindex_report *report)
{
	CLEANUP_ARENA struct arena arena = {0};
	const struct run *run;
	struct error *e = model_load_run(results_dir, id, &arena, &run);
	if (!e) {
		report->runs++;
		return store_add_run(s, run);
	}
	if (error_code(e) == ENOENT) {
		error_free(e);
		report->unfinished++;
	} else {
		count_bad(report, e);
	}
	return NULL;
}

static struct error *add_batch(struct store *s, const char *results_dir, const char *id,
			       struct reindex_report *report)
{
	CLEANUP_ARENA struct arena arena = {0};
	const struct batch_record *batch;
	struct error *e = model_load_batch(results_dir, id, &arena, &batch);
	if (!e) {
		report->batches++;
		TRY(store_add_batch(s, batch));
		return store_add_unheard(s, results_dir, batch);
	}
	if (error_code(e) == ENOENT || error_code(e) == ENOTDIR)
		error_free(e);
	else
		count_bad(report, e);
	return NULL;
}

typedef struct error *(*add_one)(struct store *s, const char *results_dir, const char *id,
				 struct reindex_report *report);

// Calls `add` for each entry of RESULTS/`folder`, in the order of names; no such folder: none.
static struct error *add_all(struct store *s, const char *results_dir, const char *folder,
			     add_one add, struct reindex_report *report)
{
	CLEANUP_FREE char *path = path_join(results_dir, folder);
	struct dirent **names;
	int count = scandir(path, &names, is_candidate, alphasort);
	if (count < 0)
		return errno == ENOENT ? NULL : error_errno(ERROR_SYSTEM, errno, "%s", path);
	struct error *e = NULL;
	for (int i = 0; i < count; i++) {
		if (!e)
			e = add(s, results_dir, names[i]->d_name, report);
		free(names[i]);
	}
	free(names);
	return e;
}

static struct error *fill(struct store *s, const char *results_dir, struct reindex_report *report)
{
	TRY(store_begin(s));
	TRY(add_all(s, results_dir, LAYOUT_BATCHES, add_batch, report));
	TRY(add_all(s, results_dir, LAYOUT_RUNS, add_run, report));
	TRY(store_commit(s));
	return database_execute(store_database(s), "PRAGMA optimize");
}

// Copies the new content over the old file page by page (SQLite's backup), under SQLite's own
// locks: a reader or writer that has the store open goes on with the new content.
static struct error *replace_store(const char *results_dir, struct store *fresh)
{
	CLEANUP_STORE struct store *old = NULL;
	TRY(store_open(results_dir, &old));
	sqlite3 *to = store_database(old);
	sqlite3_backup *backup = sqlite3_backup_init(to, "main", store_database(fresh), "main");
	if (!backup)
		return database_error(to, "replacing the store");
	sqlite3_backup_step(backup, -1);
	if (sqlite3_backup_finish(backup) != SQLITE_OK)
		return database_error(to, "replacing the store");
	return database_execute(to, "PRAGMA journal_mode = WAL; PRAGMA wal_checkpoint(TRUNCATE)");
}

static void remove_with_journals(const char *path)
{
	static const char *const tails[] = {"", "-journal", "-wal", "-shm"};
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		CLEANUP_FREE char *file = memory_printf("%s%s", path, tails[i]);
		unlink(file);
	}
}

// A file that SQLite no longer reads is dropped: it is derived, nothing is lost with it.
static void drop_if_broken(const char *results_dir)
{
	CLEANUP_FREE char *path = path_join(results_dir, LAYOUT_STORE);
	CLEANUP_ERROR struct error *e = database_check_file(path);
	if (e)
		return; // told when the new one is to take its place
	sqlite3 *db = NULL;
	int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, "SELECT count(*) FROM sqlite_master", NULL, NULL, NULL);
	sqlite3_close(db);
	if (rc == SQLITE_NOTADB || rc == SQLITE_CORRUPT)
		remove_with_journals(path);
}

struct error *store_reindex(const char *results_dir, struct reindex_report *out)
{
	CLEANUP_FREE char *tmp =
	    memory_printf("%s/" LAYOUT_STORE ".new-%ld", results_dir, (long)getpid());
	*out = (struct reindex_report){0};
	drop_if_broken(results_dir);
	remove_with_journals(tmp);
	struct store *fresh = NULL;
	struct error *e = store_open_new(tmp, &fresh);
	if (!e)
		e = fill(fresh, results_dir, out);
	if (!e)
		e = replace_store(results_dir, fresh);
	store_close(fresh);
	remove_with_journals(tmp);
	return e;
}
