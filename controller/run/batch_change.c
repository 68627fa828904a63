// SPDX-License-Identifier: GPL-2.0-or-later
// What becomes of a batch's plan while it goes on: runs are added, and left out.
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "board/board.h"
#include "run/batch.h"
#include "run/batch_state.h"

static struct error *find_run(const struct batch *b, const char *id, size_t *found)
{
	for (*found = 0; *found < b->count; ++*found)
		if (strcmp(batch_run_at(b, *found)->id, id) == 0)
			return NULL;
	return error_new(ERROR_BUG, "%s is no run of batch %s", id, b->id);
}

struct error *batch_repeat(struct batch *b, const char *id, unsigned times)
{
	size_t first;
	TRY(find_run(b, id, &first));
	for (unsigned i = 0; i < times; i++)
		batch_add_attempt(b, first, BATCH_RERUN);
	b->over = false;
	return batch_write_record(b, 0);
}

// Moves the run to another board of its pool; NULL: it stays.
static struct error *move_run(const struct batch *b, struct batch_run *run, const char *name)
{
	if (!name || strcmp(name, run->board->name) == 0)
		return NULL;
	const struct board_config *board = boards_find(b->boards, name);
	const struct pool_config *pool = boards_find_pool(b->boards, run->pool);
	if (!board || !pool || !pool_has(pool, board))
		return error_new(ERROR_USAGE, "board %s is not in pool %s", name, run->pool);
	CLEANUP_BOARD struct board *check = NULL;
	TRY(board_new(board, &check));
	run->board = board;
	run->start_limit_s = board_start_limit(check);
	run->cpus = board_host_cpus(check);
	return NULL;
}

struct error *batch_add(struct batch *b, const struct batch_addition *a, const char **id)
{
	size_t i;
	TRY(find_run(b, a->of, &i));
	struct batch_run like = *batch_run_at(b, i);
	TRY(move_run(b, &like, a->board));
	b->slots[i].repeat_ns = 0; // it is not owed a second time
	batch_add_like(b, &like, a->why);
	b->over = false;
	if (id)
		*id = batch_run_at(b, b->count - 1)->id;
	return batch_write_record(b, 0);
}

struct error *batch_skip(struct batch *b, size_t i, const char *reason)
{
	if (i >= b->count || batch_run_at(b, i)->state != BATCH_PENDING)
		return error_new(ERROR_BUG, "run %zu of batch %s is not pending", i, b->id);
	return attempt_skip(b->slots[i].attempt, reason);
}
