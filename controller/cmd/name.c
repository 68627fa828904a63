// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/name.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "record/batch_id.h"
#include "record/layout.h"
#include "record/model.h"
#include "text/format.h"

// The folders of results/batches or results/runs. Ids begin with their time: the newest come first.
struct ids {
	struct dirent **entries;
	int count;
};

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int newest_first(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*b)->d_name, (*a)->d_name);
}

static void ids_list(const char *results_dir, const char *kind, struct ids *out)
{
	CLEANUP_FREE char *path = path_join(results_dir, kind);
	out->count = scandir(path, &out->entries, not_hidden, newest_first);
}

static void ids_deinit(struct ids *l)
{
	for (int i = 0; i < l->count; i++)
		free(l->entries[i]);
	free(l->entries);
}
#define CLEANUP_IDS CLEANUP(ids_deinit)

static const char *id_at(const struct ids *l, int i)
{
	return l->entries[i]->d_name;
}

// The id itself, or the only one that begins with the word. *id stays NULL when there is none.
static struct error *find_beginning(const struct ids *l, const char *what, const char *word,
				    char **id)
{
	size_t len = strlen(word);
	int found = -1, matches = 0;
	for (int i = 0; i < l->count; i++) {
		if (strncmp(id_at(l, i), word, len) != 0)
			continue;
		matches++;
		found = i;
		if (!id_at(l, i)[len]) {
			matches = 1;
			break;
		}
	}
	if (matches > 1)
		return error_new(
		    ERROR_USAGE,
		    "\"%s\": %d %s begin like this, expected more of one's id, such as "
		    "%s",
		    word, matches, what, id_at(l, found));
	if (matches == 1)
		*id = memory_strdup(id_at(l, found));
	return NULL;
}

// ---- batches ------------------------------------------------------------------------------------

// The newest batch of a job.
static char *newest_of_job(const char *results_dir, const struct ids *l, const char *job)
{
	for (int i = 0; i < l->count; i++) {
		CLEANUP_ARENA struct arena arena = {0};
		const struct batch_record *b = NULL;
		CLEANUP_ERROR struct error *e =
		    model_load_batch(results_dir, id_at(l, i), &arena, &b);
		if (!e && strcmp(b->job, job) == 0)
			return memory_strdup(id_at(l, i));
	}
	return NULL;
}

struct error *cmd_name_batch(const char *results_dir, const char *word, const char *job, char **id)
{
	CLEANUP_IDS struct ids ids = {0};
	if (job && word)
		return error_new(ERROR_USAGE, "--job %s and \"%s\": one of them", job, word);
	if (!job && (!word || strcmp(word, "latest") == 0))
		return batch_id_resolve(results_dir, NULL, id);
	ids_list(results_dir, LAYOUT_BATCHES, &ids);
	char *found = NULL;
	if (word)
		TRY(find_beginning(&ids, "batches", word, &found));
	if (!found)
		found = newest_of_job(results_dir, &ids, job ? job : word);
	if (!found && job)
		return error_new(ERROR_USAGE, "--job %s: %s has no batch of this job", job,
				 results_dir);
	if (!found)
		return error_new(ERROR_USAGE,
				 "batch %s: none of %s has this id or job; expected an id, its "
				 "beginning, latest, or a job's name",
				 word, results_dir);
	*id = found;
	return NULL;
}

// ---- runs ---------------------------------------------------------------------------------------

static int64_t finished_ns(const char *results_dir, const char *id)
{
	struct stat st;
	CLEANUP_FREE char *path = layout_run_file(results_dir, id, LAYOUT_RUN_JSON);
	if (stat(path, &st) < 0)
		return -1;
	return (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
}

// Whether the run is one on the board: its id says so, or that of an older mmfarm is asked.
static bool is_on_board(const char *results_dir, const char *id, const char *board)
{
	const char *tilde = strchr(id, '~');
	if (tilde) {
		size_t len = strlen(board);
		return strncmp(tilde + 1, board, len) == 0 && tilde[1 + len] == '~';
	}
	CLEANUP_ARENA struct arena arena = {0};
	const struct run *run = NULL;
	CLEANUP_ERROR struct error *e = model_load_run(results_dir, id, &arena, &run);
	return !e && strcmp(run->board->name, board) == 0;
}

// Of the newest batch that has one (on this board, or NULL: on any), the run that ended last.
static char *newest_run(const char *results_dir, const struct ids *l, const char *board)
{
	const char *best = NULL;
	int64_t best_ns = -1;
	for (int i = 0; i < l->count; i++) {
		const char *id = id_at(l, i);
		size_t batch = best ? strcspn(best, "~") : 0;
		if (best && (best[batch] != '~' || strncmp(id, best, batch + 1) != 0))
			break; // an older batch
		int64_t ns = finished_ns(results_dir, id);
		if (ns > best_ns && (!board || is_on_board(results_dir, id, board))) {
			best = id;
			best_ns = ns;
		}
	}
	return best ? memory_strdup(best) : NULL;
}

struct error *cmd_name_run(const char *results_dir, const char *word, char **id)
{
	CLEANUP_IDS struct ids ids = {0};
	if (!format_is_word(word))
		return error_new(ERROR_USAGE, "\"%s\" is no id of a run", word);
	ids_list(results_dir, LAYOUT_RUNS, &ids);
	char *found = NULL;
	bool latest = strcmp(word, "latest") == 0;
	if (latest)
		found = newest_run(results_dir, &ids, NULL);
	if (!found)
		found = newest_run(results_dir, &ids, word);
	if (!found)
		TRY(find_beginning(&ids, "runs", word, &found));
	if (!found && latest)
		return error_new(ERROR_USAGE, "%s: no run has been finished here", results_dir);
	if (!found)
		return error_new(ERROR_USAGE,
				 "run %s: none of %s has this id or board; expected an id, its "
				 "beginning, latest, or a board's name",
				 word, results_dir);
	*id = found;
	return NULL;
}
