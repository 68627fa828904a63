// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/job_folder.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "config/locate.h"
#include "text/similar.h"

void job_folder_each(job_folder_use *use, void *context)
{
	char **paths = NULL;
	size_t count = 0;
	error_free(config_list_files(JOBS_DIR, &paths, &count));
	bool more = true;
	for (size_t i = 0; i < count; i++) {
		CLEANUP_JOB struct job_config *job = NULL;
		CLEANUP_ERROR struct error *e = more ? job_load(paths[i], &job) : NULL;
		if (more)
			more = use(context, paths[i], e ? NULL : job);
		free(paths[i]);
	}
	free(paths);
}

struct named_job {
	const char *name;
	char *path; // found
};

static bool is_named(void *context, const char *path, const struct job_config *job)
{
	struct named_job *n = context;
	if (!job || strcmp(job->name, n->name) != 0)
		return true;
	n->path = memory_strdup(path);
	return false;
}

char *job_folder_find(const char *word)
{
	if (file_exists(word) && !file_is_directory(word))
		return memory_strdup(word);
	if (strchr(word, '/'))
		return NULL;
	CLEANUP_FREE char *folder = config_locate(JOBS_DIR);
	CLEANUP_FREE char *path = memory_printf("%s/%s.yaml", folder, word);
	if (file_exists(path))
		return STEAL(path);
	struct named_job n = {.name = word};
	job_folder_each(is_named, &n);
	return n.path;
}

struct known {
	struct buffer list;
	struct similar similar;
	char *best; // of `similar`, which is only a view
};

static bool list_job(void *context, const char *path, const struct job_config *job)
{
	struct known *k = context;
	const char *before = k->similar.best;
	(void)path;
	if (!job)
		return true;
	buffer_printf(&k->list, "%s%s", k->list.len ? ", " : "", job->name);
	similar_offer(&k->similar, job->name);
	if (k->similar.best != before) {
		free(k->best);
		k->best = memory_strdup(k->similar.best);
		k->similar.best = k->best;
	}
	return true;
}

struct error *job_folder_need(const char *word, char **out)
{
	*out = job_folder_find(word);
	if (*out)
		return NULL;
	size_t len = strlen(word);
	if (strchr(word, '/') || (len > 5 && strcmp(word + len - 5, ".yaml") == 0))
		return error_new(ERROR_USAGE, "%s: No such file", word);
	struct known k = {.best = NULL};
	similar_init(&k.similar, word);
	job_folder_each(list_job, &k);
	struct error *e = error_new(
	    ERROR_USAGE, "no job \"%s\": no such file, and in " JOBS_DIR "/ there %s%s%s%s%s", word,
	    k.list.len ? "are " : "is none", k.list.len ? buffer_str(&k.list) : "",
	    k.best ? "; did you mean \"" : "", k.best ? k.best : "", k.best ? "\"?" : "");
	buffer_deinit(&k.list);
	free(k.best);
	return e;
}
