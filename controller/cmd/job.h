// SPDX-License-Identifier: GPL-2.0-or-later
// The job that a word of the command line means.
#ifndef CMD_JOB_H
#define CMD_JOB_H

#include "config/job.h"

#define JOBS_DIR "jobs"

// What is done with a job file of jobs/: `job` is NULL when it cannot be read, and gone afterwards.
// False ends the walk.
typedef bool cmd_job_use(void *context, const char *path, const struct job_config *job);

// Calls `use` for each job file of jobs/, by name.
void cmd_each_job(cmd_job_use *use, void *context);

// Path of the job file: `word` itself if there is such a file, else jobs/WORD.yaml, else the file of
// jobs/ whose job has that name. NULL: none. The caller frees.
char *cmd_find_job(const char *word);
// The same; none is an ERROR_USAGE that names the jobs there are.
struct error *cmd_need_job(const char *word, char **out) ERROR_RESULT;

#endif
