// SPDX-License-Identifier: GPL-2.0-or-later
// The job that a word of the command line means.
#ifndef CMD_JOB_H
#define CMD_JOB_H

#include "base/error.h"

#define JOBS_DIR "jobs"

// Path of the job file: `word` itself if there is such a file, else jobs/WORD.yaml, else the file of
// jobs/ whose job has that name. NULL: none. The caller frees.
char *cmd_find_job(const char *word);
// The same; none is an ERROR_USAGE that names the jobs there are.
struct error *cmd_need_job(const char *word, char **out) ERROR_RESULT;

#endif
