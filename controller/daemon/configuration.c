// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/configuration.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "board/board.h"
#include "board/claims.h"
#include "config/job_folder.h"

static void free_configuration(struct configuration *c)
{
	for (size_t i = 0; i < c->jobs_count; i++) {
		job_free(c->jobs[i]);
		free(c->job_files[i]);
	}
	free(c->jobs);
	free(c->job_files);
	publish_config_deinit(&c->publish);
	boards_free(c->boards);
	farm_free(c->farm);
	free(c);
}

struct configuration *configuration_hold(struct configuration *c)
{
	c->references++;
	return c;
}

void configuration_release(struct configuration *c)
{
	if (c && --c->references == 0)
		free_configuration(c);
}

struct job_reading {
	struct configuration *c;
	struct error *e; // of the first file that cannot be read
};

static bool take_job(void *arg, const char *path, const struct job_config *job)
{
	struct job_reading *r = arg;
	struct job_config *own = NULL;
	(void)job; // which is gone afterwards; a mistake in it is told by reading it again
	r->e = job_load(path, &own);
	if (r->e)
		return false;
	size_t files = r->c->jobs_count;
	ARRAY_APPEND(r->c->jobs, r->c->jobs_count, own);
	ARRAY_APPEND(r->c->job_files, files, memory_strdup(path));
	return true;
}

static bool runs_by_itself(const struct job_config *job)
{
	return job->schedules.count || job->triggers.count;
}

// Two jobs of one name would share their history, and one would be run instead of the other.
static struct error *check_names(const struct configuration *c)
{
	for (size_t i = 0; i < c->jobs_count; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(c->jobs[i]->name, c->jobs[j]->name) == 0 &&
			    (runs_by_itself(c->jobs[i]) || runs_by_itself(c->jobs[j])))
				return error_new(
				    ERROR_CONFIG, "%s: the job \"%s\" stands in %s too",
				    c->job_files[i], c->jobs[i]->name, c->job_files[j]);
	return NULL;
}

static struct error *load_jobs(struct configuration *c)
{
	struct job_reading r = {.c = c};
	job_folder_each(take_job, &r);
	TRY(r.e);
	return check_names(c);
}

struct error *configuration_load(const struct configuration_place *place,
				 struct configuration **out)
{
	CLEANUP_CONFIGURATION struct configuration *c = memory_new(1, sizeof(*c));
	c->references = 1;
	TRY(farm_load(place->farm_file, &c->farm));
	// A mistake there is told before the night, not after it.
	if (place->publish)
		TRY(publish_config_load(c->farm, &c->publish));
	TRY(boards_load(place->boards, &c->boards));
	TRY(claims_check(c->boards));
	if (place->schedules)
		TRY(load_jobs(c));
	*out = STEAL(c);
	return NULL;
}

// ---- for the planner ----------------------------------------------------------------------------

// The enums of config/ are what people write, the planner's what it does.
static enum catch_up catch_up_of(const struct schedule_config *s)
{
	return s->catch_up == SCHEDULE_CATCH_UP_NONE  ? CATCH_UP_NONE
	       : s->catch_up == SCHEDULE_CATCH_UP_ALL ? CATCH_UP_ALL
						      : CATCH_UP_ONCE;
}

static enum backlog backlog_of(const struct schedule_config *s)
{
	return s->queue.backlog == SCHEDULE_BACKLOG_ALL     ? BACKLOG_ALL
	       : s->queue.backlog == SCHEDULE_BACKLOG_EVERY ? BACKLOG_EVERY
							    : BACKLOG_LATEST;
}

static void apply_schedules(const struct configuration *c, struct planner *p, int64_t now_s)
{
	struct planner_schedule *all = NULL;
	size_t count = 0;
	for (size_t i = 0; i < c->jobs_count; i++)
		for (size_t j = 0; j < c->jobs[i]->schedules.count; j++) {
			const struct schedule_config *s = &c->jobs[i]->schedules.items[j];
			const struct planner_schedule one = {
			    .name = j ? memory_printf("%s/%zu", c->jobs[i]->name, j + 1)
				      : memory_strdup(c->jobs[i]->name),
			    .job = c->jobs[i]->name,
			    .text = s->text,
			    .calendar = s->calendar,
			    .window_s = (int64_t)s->queue.window_s,
			    .catch_up = catch_up_of(s),
			    .backlog = backlog_of(s),
			    .every = (unsigned)s->queue.backlog_every,
			    .priority = (int)s->queue.priority};
			ARRAY_APPEND(all, count, one);
		}
	planner_set_schedules(p, now_s, all, count);
	for (size_t i = 0; i < count; i++)
		free((char *)(uintptr_t)all[i].name);
	free(all);
}

static bool wears(const struct board_config *config)
{
	CLEANUP_BOARD struct board *board = NULL;
	CLEANUP_ERROR struct error *e = board_new(config, &board);
	return !e && board_wears(board);
}

// The board's own word, or else the lab's.
static unsigned cap_of(int64_t own, int64_t lab)
{
	return (unsigned)(own ? own : lab);
}

static struct planner_board board_of(const struct configuration *c, const struct board_config *b,
				     bool checks)
{
	const struct caps_config *lab = &c->farm->caps;
	return (struct planner_board){.name = b->name,
				      .type = b->type,
				      .health_check = checks ? b->health_check : NULL,
				      .power_cap = cap_of(b->caps.power_cycles, lab->power_cycles),
				      .erase_cap = cap_of(b->caps.erase_cycles, lab->erase_cycles),
				      .erases = wears(b)};
}

void configuration_apply(const struct configuration *c, struct planner *p, int64_t now_s,
			 bool checks)
{
	struct planner_board *boards = memory_new(c->boards->boards_count + 1, sizeof(*boards));
	for (size_t i = 0; i < c->boards->boards_count; i++)
		boards[i] = board_of(c, &c->boards->boards[i], checks);
	planner_set_boards(p, boards, c->boards->boards_count);
	free(boards);
	apply_schedules(c, p, now_s);
}
