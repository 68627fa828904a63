// SPDX-License-Identifier: GPL-2.0-or-later
// Opens the store for questions. Whoever may read the results directory gets answers over all of it,
// also where the store is missing, old or behind and cannot be written.
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "record/layout.h"
#include "text/format.h"
#include "record/model.h"
#include "results/store/store.h"
#include "results/store/store_open.h"
#include "results/store/store_schema.h"

// ---- batches that the store does not have -------------------------------------------------------

static int is_candidate(const struct dirent *d)
{
	return format_is_word(d->d_name);
}

static struct error *has_batch(sqlite3_stmt *known, const char *id, bool *out)
{
	sqlite3_reset(known);
	sqlite3_bind_text(known, 1, id, -1, SQLITE_STATIC);
	int rc = sqlite3_step(known);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return database_error(sqlite3_db_handle(known), "batches");
	*out = rc == SQLITE_ROW;
	return NULL;
}

// One that is still being carried out comes into the store when it ends; one that cannot be read is
// `mmfarm reindex`'s to complain about.
static bool is_finished(const char *results_dir, const char *id)
{
	CLEANUP_ARENA struct arena arena = {0};
	const struct batch_record *batch;
	CLEANUP_ERROR struct error *e = model_load_batch(results_dir, id, &arena, &batch);
	return !e && batch->finish_time;
}

static struct error *append_missing(sqlite3_stmt *known, const char *results_dir, const char *id,
				    char ***ids, size_t *count)
{
	bool there = true;
	TRY(has_batch(known, id, &there));
	if (there || !is_finished(results_dir, id))
		return NULL;
	char *copy = memory_strdup(id);
	ARRAY_APPEND(*ids, *count, copy);
	return NULL;
}

// Names of finished batches that `db` does not have; the caller frees.
static struct error *find_missing(sqlite3 *db, const char *results_dir, char ***ids, size_t *count)
{
	CLEANUP_STATEMENT sqlite3_stmt *known = NULL;
	CLEANUP_FREE char *path = path_join(results_dir, LAYOUT_BATCHES);
	struct dirent **names;
	TRY(database_prepare(db, "SELECT 1 FROM batches WHERE id = ?", &known));
	int n = scandir(path, &names, is_candidate, alphasort);
	if (n < 0)
		return errno == ENOENT ? NULL : error_errno(ERROR_SYSTEM, errno, "%s", path);
	struct error *e = NULL;
	for (int i = 0; i < n; i++) {
		if (!e)
			e = append_missing(known, results_dir, names[i]->d_name, ids, count);
		free(names[i]);
	}
	free(names);
	return e;
}

static struct error *add_runs(struct store *s, const struct batch_results *b)
{
	TRY(store_add_batch(s, b->batch));
	for (size_t i = 0; i < b->runs_count; i++)
		TRY(store_add_run(s, b->runs[i]));
	return NULL;
}

static struct error *add_batch(struct store *s, const char *results_dir, const char *id)
{
	CLEANUP_BATCH_RESULTS struct batch_results b = {0};
	TRY(batch_results_load(results_dir, id, &b));
	TRY(store_begin(s));
	struct error *e = add_runs(s, &b);
	if (!e)
		return store_commit(s);
	store_abandon(s);
	return e;
}

static void free_names(char **ids, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(ids[i]);
	free(ids);
}

static struct error *complete(struct store *s, const char *results_dir, size_t *added)
{
	char **ids = NULL;
	size_t count = 0;
	struct error *e = find_missing(store_database(s), results_dir, &ids, &count);
	for (size_t i = 0; !e && i < count; i++)
		e = error_wrap(add_batch(s, results_dir, ids[i]), "batch %s", ids[i]);
	*added = count;
	free_names(ids, count);
	return e;
}

// ---- a store that cannot be written -------------------------------------------------------------

static struct error *copy_into(struct store *s, sqlite3 *from)
{
	sqlite3 *to = store_database(s);
	sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
	if (!backup)
		return database_error(to, "copying the store");
	sqlite3_backup_step(backup, -1);
	if (sqlite3_backup_finish(backup) != SQLITE_OK)
		return database_error(to, "copying the store");
	return store_migrate(to);
}

// `from` NULL: there is none.
static struct error *open_copy(const char *results_dir, sqlite3 *from, struct store **out,
			       struct store_reading *reading)
{
	CLEANUP_STORE struct store *s = NULL;
	TRY(store_open_new("", &s));
	if (from)
		TRY(copy_into(s, from));
	TRY(complete(s, results_dir, &reading->batches));
	reading->private_copy = true;
	*out = STEAL(s);
	return NULL;
}

static struct error *is_complete(sqlite3 *db, const char *results_dir, bool *out)
{
	size_t version, count = 0;
	char **ids = NULL;
	*out = false;
	TRY(store_schema_version(db, &version));
	if (version != store_schema_current())
		return NULL;
	struct error *e = find_missing(db, results_dir, &ids, &count);
	*out = count == 0;
	free_names(ids, count);
	return e;
}

static struct error *open_read_only(const char *results_dir, const char *path, struct store **out,
				    struct store_reading *reading)
{
	if (!file_exists(path))
		return open_copy(results_dir, NULL, out, reading);
	sqlite3 *db;
	TRY(database_read_only(path, &db));
	CLEANUP_STORE struct store *s = store_from_database(db);
	bool up_to_date;
	TRY(is_complete(db, results_dir, &up_to_date));
	if (!up_to_date)
		return open_copy(results_dir, db, out, reading);
	*out = STEAL(s);
	return NULL;
}

// ---- opening ------------------------------------------------------------------------------------

static struct error *open_writable(const char *results_dir, struct store **out,
				   struct store_reading *reading)
{
	CLEANUP_STORE struct store *s = NULL;
	TRY(store_open(results_dir, &s));
	TRY(complete(s, results_dir, &reading->batches));
	*out = STEAL(s);
	return NULL;
}

// Says what to do about a store that SQLite cannot read.
static struct error *explain(struct error *e)
{
	if (e && error_kind(e) == ERROR_SYSTEM)
		return error_wrap(e, "the store cannot be read (`mmfarm reindex` rebuilds it)");
	return e;
}

struct error *store_open_read_only(const char *results_dir, struct store **out,
				   struct store_reading *reading)
{
	CLEANUP_FREE char *path = path_join(results_dir, LAYOUT_STORE);
	*reading = (struct store_reading){0};
	return explain(open_read_only(results_dir, path, out, reading));
}

struct error *store_open_reader(const char *results_dir, struct store **out,
				struct store_reading *reading)
{
	CLEANUP_FREE char *path = path_join(results_dir, LAYOUT_STORE);
	*reading = (struct store_reading){0};
	return explain(database_is_writable(results_dir, path)
			   ? open_writable(results_dir, out, reading)
			   : open_read_only(results_dir, path, out, reading));
}
