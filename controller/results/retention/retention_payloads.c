// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/memory.h"
#include "record/layout.h"
#include "results/retention/retention.h"
#include "results/store/store_query.h"

#define FRESH_MS (60 * 60 * 1000)

static int is_visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

// Whether a scheduler is at work, or died and left runs that are still to be finished.
static bool any_batch_goes_on(const char *results_dir)
{
	CLEANUP_FREE char *dir = path_join(results_dir, LAYOUT_ACTIVE);
	struct dirent **names;
	int count = scandir(dir, &names, is_visible, NULL);
	for (int i = 0; i < count; i++)
		free(names[i]);
	if (count >= 0)
		free(names);
	return count > 0;
}

// By content: run.json knows the payload's digest, not where it lay.
static struct error *is_used(struct store *store, const char *path, bool *out)
{
	char hex[DIGEST_HEX_SIZE];
	TRY(digest_file(path, ERROR_SYSTEM, hex));
	return query_payload_used(store, hex, out);
}

struct payload_work {
	struct store *store;
	int64_t now_ms;
	bool dry_run;
	FILE *log;
	struct retention_report *report;
};

static struct error *prune_one(struct payload_work *w, const char *path)
{
	struct stat st;
	bool used = true;
	if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode) ||
	    w->now_ms - (int64_t)st.st_mtim.tv_sec * 1000 < FRESH_MS)
		return NULL;
	TRY(is_used(w->store, path, &used));
	if (used)
		return NULL;
	if (w->log)
		fprintf(w->log, "remove %s\n", path);
	if (!w->dry_run && unlink(path) < 0 && errno != ENOENT)
		return error_errno(ERROR_SYSTEM, errno, "%s", path);
	w->report->payloads_removed++;
	w->report->bytes_freed += (uint64_t)st.st_size;
	return NULL;
}

struct error *retention_apply_payloads(const char *results_dir, struct store *store, int64_t now_ms,
				       bool dry_run, FILE *log, struct retention_report *out)
{
	struct payload_work w = {store, now_ms, dry_run, log, out};
	CLEANUP_FREE char *dir = path_join(results_dir, LAYOUT_PAYLOADS);
	struct dirent **names;
	if (any_batch_goes_on(results_dir))
		return NULL;
	int count = scandir(dir, &names, is_visible, alphasort);
	if (count < 0)
		return errno == ENOENT ? NULL : error_errno(ERROR_SYSTEM, errno, "%s", dir);
	struct error *e = NULL;
	for (int i = 0; i < count; i++) {
		CLEANUP_FREE char *path = path_join(dir, names[i]->d_name);
		if (!e)
			e = prune_one(&w, path);
		free(names[i]);
	}
	free(names);
	return e;
}
