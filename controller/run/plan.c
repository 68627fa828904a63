// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/plan.h"

#include "base/file.h"
#include "record/layout.h"

void plan_deinit(struct plan *p)
{
	if (!p)
		return;
	job_free(p->job);
	boards_free(p->boards);
	*p = (struct plan){0};
}

static struct error *check_plain(const char *path)
{
	CLEANUP_CLOSE int fd = -1;
	return file_open_regular(path, ERROR_CONFIG, &fd);
}

struct error *plan_load(const char *run_dir, struct plan *p)
{
	CLEANUP_FREE char *job = path_join(run_dir, LAYOUT_JOB_YAML);
	CLEANUP_FREE char *board = path_join(run_dir, LAYOUT_BOARD_YAML);
	TRY(check_plain(job));
	TRY(check_plain(board));
	TRY(job_load(job, &p->job));
	TRY(boards_load(board, &p->boards));
	if (!p->job->run.id || p->job->variants_count != 1 || p->boards->boards_count != 1)
		return error_new(ERROR_CONFIG, "%s: not the job file of a single run", job);
	p->variant = &p->job->variants[0];
	p->board = &p->boards->boards[0];
	return NULL;
}

struct error *plan_detector(const struct plan *p, struct detect **out)
{
	const struct literals *job = &p->job->detect, *board = &p->board->detect;
	struct detect_literal all[2 * LITERALS_LIMIT];
	size_t count = 0;
	for (size_t i = 0; i < board->count; i++)
		all[count++] = board->items[i];
	for (size_t i = 0; i < job->count; i++)
		all[count++] = job->items[i];
	const struct detect_config config = {.literals = all, .literals_count = count};
	return detect_new(&config, out);
}
