// SPDX-License-Identifier: GPL-2.0-or-later
// The jobs of jobs/, and the one that a word of a person means.
#ifndef CONFIG_JOB_FOLDER_H
#define CONFIG_JOB_FOLDER_H

#include "config/job.h"

#define JOBS_DIR "jobs"

// What is done with a job file of jobs/: `job` is NULL when it cannot be read, and gone afterwards.
// False ends the walk.
typedef bool job_folder_use(void *context, const char *path, const struct job_config *job);

// Calls `use` for each job file of jobs/, by name.
void job_folder_each(job_folder_use *use, void *context);

// Path of the job file: `word` itself if there is such a file, else jobs/WORD.yaml, else the file of
// jobs/ whose job has that name. NULL: none. The caller frees.
char *job_folder_find(const char *word);
// The same; none is an ERROR_USAGE that names the jobs there are.
struct error *job_folder_need(const char *word, char **out) ERROR_RESULT;

#endif
