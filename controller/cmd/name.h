// SPDX-License-Identifier: GPL-2.0-or-later
// Which run and which batch a word of the command line means. Every command names them like this:
//
//     batch   its id, the beginning of one, `latest`, or a job's name (its newest batch)
//     run     its id, the beginning of one, `latest`, or a board's name (its newest run)
#ifndef CMD_NAME_H
#define CMD_NAME_H

#include "base/error.h"

// `word` NULL: the latest. `job` (or NULL): the newest batch of this job, then `word` must be NULL.
// None, or several, is ERROR_USAGE. The caller frees *id.
struct error *cmd_name_batch(const char *results_dir, const char *word, const char *job,
			     char **id) ERROR_RESULT;

struct error *cmd_name_run(const char *results_dir, const char *word, char **id) ERROR_RESULT;

// How the help says it.
#define CMD_BATCH_HELP \
	"BATCH is an id, the beginning of one, latest, or a job's name (its newest batch).\n"
#define CMD_RUN_HELP \
	"RUN is an id, the beginning of one, latest, or a board's name (its newest run).\n"
#define OPTION_JOB_OF(type, field)                                        \
	OPTION_VALUE(type, field, "NAME", VALUES_JOB_NAME, .name = "job", \
		     .help = "the newest batch of this job")

#endif
