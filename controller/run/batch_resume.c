// SPDX-License-Identifier: GPL-2.0-or-later
// A batch whose scheduler died goes on.
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "board/board.h"
#include "kernel/payload.h"
#include "record/layout.h"
#include "record/model.h"
#include "run/batch.h"
#include "run/batch_state.h"

static const struct build *find_build(const struct batch_record *record, const char *variant)
{
	for (size_t i = 0; i < record->builds_count; i++)
		if (strcmp(record->builds[i].name, variant) == 0)
			return &record->builds[i];
	return NULL;
}

// ---- whether a run can still be what it was meant to be -----------------------------------------

static bool is_same_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

// Why what is to be booted is no longer what the batch was begun for; NULL: it is the same. The caller
// frees.
static char *find_change(const struct batch *b, const struct batch_record *record,
			 const struct variant_config *variant)
{
	const struct build *build = find_build(record, variant->name);
	const struct payload *payload = build ? build->payload : NULL;
	if (!payload || !is_same_text(payload->sha256, b->payload->sha256))
		return memory_strdup("the payload changed since its batch began");
	if (!is_same_text(payload->arguments, variant->arguments))
		return memory_printf("the arguments of variant %s changed since its batch began",
				     variant->name);
	return NULL;
}

static const struct board_config *board_by_name(struct batch *b, const struct planned_run *p)
{
	struct board_config *gone = arena_new(&b->arena, 1, sizeof(*gone));
	gone->name = p->board;
	gone->type = p->type;
	return gone;
}

static const struct variant_config *variant_by_name(struct batch *b, const struct planned_run *p)
{
	struct variant_config *gone = arena_new(&b->arena, 1, sizeof(*gone));
	gone->name = p->variant;
	return gone;
}

// What the board's drivers say of it; in *why (the caller frees) what they have against it.
static void ask_board(struct batch_run *run, const struct board_config *board, char **why)
{
	CLEANUP_BOARD struct board *check = NULL;
	CLEANUP_ERROR struct error *e = board_new(board, &check);
	if (e && !*why)
		*why = memory_strdup(error_text(e));
	run->start_limit_s = e ? 0 : board_start_limit(check);
	run->cpus = e ? 1 : board_host_cpus(check);
}

static enum batch_why why_planned(const struct planned_run *p)
{
	return p->retry_of   ? BATCH_RETRY
	       : p->confirms ? BATCH_CONFIRM
	       : p->rerun_of ? BATCH_RERUN
			     : BATCH_PLANNED;
}

// The run as its batch planned it, and why it cannot be begun any more (*why, the caller frees; NULL: it
// can).
static struct batch_run remake_run(struct batch *b, const struct batch_record *record,
				   const struct planned_run *p, char **why)
{
	const struct board_config *board = boards_find(b->boards, p->board);
	const struct variant_config *variant = job_find_variant(b->job, p->variant);
	const char *of = p->retry_of ? p->retry_of : p->confirms ? p->confirms : p->rerun_of;
	struct batch_run run = {
	    .pool = p->pool,
	    .board = board ? board : board_by_name(b, p),
	    .variant = variant ? variant : variant_by_name(b, p),
	    .cpus = 1,
	    .attempt = p->attempt,
	    .why = why_planned(p),
	    .of = of ? memory_strdup(of) : NULL,
	};
	*why = NULL;
	if (!board)
		*why = memory_printf("board %s is no longer in boards/", p->board);
	else if (!variant)
		*why = memory_printf("the job no longer has variant %s", p->variant);
	else
		*why = find_change(b, record, variant);
	if (board)
		ask_board(&run, board, why);
	run.limit_ns = batch_limit_ns(b->job, run.start_limit_s);
	return run;
}

// ---- how far each run came ----------------------------------------------------------------------

static bool was_begun(const struct batch_record *record, const char *id)
{
	for (size_t i = 0; i < record->runs_count; i++)
		if (strcmp(record->runs[i], id) == 0)
			return true;
	return false;
}

static void resume_run(struct batch *b, const struct batch_record *record,
		       const struct planned_run *p)
{
	CLEANUP_FREE char *why = NULL;
	batch_add_run(b, remake_run(b, record, p, &why));
	struct attempt *attempt = b->slots[b->count - 1].attempt;
	attempt_name(attempt, p->id);
	attempt_resume(attempt);
	if (attempt_run(attempt)->state != BATCH_PENDING)
		return;
	bool lost = p->reason || (record->finish_time && was_begun(record, p->id));
	if (lost)
		attempt_miss(attempt, p->reason ? p->reason : "left no result");
	else if (why && !record->finish_time)
		attempt_miss(attempt, why);
}

static struct error *resume_runs(struct batch *b, const struct batch_record *record)
{
	if (record->plan_count == 0)
		return error_new(ERROR_LAB, "batch %s does not say what its runs were to be",
				 b->id);
	for (size_t i = 0; i < record->plan_count; i++)
		resume_run(b, record, &record->plan[i]);
	for (size_t i = 0; i < b->count && !b->over; i++)
		if (batch_run_at(b, i)->state == BATCH_FINISHED)
			batch_owes_repetition(b, i);
	return NULL;
}

static struct error *load_record(struct batch *b, const struct batch_record **record)
{
	TRY(model_load_batch(b->options->results_dir, b->id, &b->arena, record));
	b->resumed = true;
	b->unpublished = (*record)->unpublished;
	b->over = (*record)->finish_time;
	b->stop_ns = (*record)->interrupted ? clock_monotonic_ns() : 0;
	return NULL;
}

struct error *batch_resume(const struct batch_options *options, const struct job_config *job,
			   const struct boards_config *boards, const struct payload_file *payload,
			   const char *id, struct batch **out)
{
	CLEANUP_BATCH struct batch *b = batch_alloc(options, job, boards, payload);
	if (strlen(id) >= sizeof(b->id))
		return error_new(ERROR_BUG, "\"%s\" is no id of a batch", id);
	memcpy(b->id, id, strlen(id) + 1);
	b->dir = layout_batch(options->results_dir, id);
	if (!batch_is_begun(options->results_dir, id))
		return error_errno(ERROR_LAB, ENOENT, "batch %s", id);
	CLEANUP_FREE char *active =
	    memory_printf("%s/" LAYOUT_ACTIVE "/%s", options->results_dir, id);
	bool open = file_exists(active); // before our own mark
	const struct batch_record *record;
	TRY(batch_take(b));
	TRY(load_record(b, &record));
	b->closed = !open && b->over;
	TRY(batch_open_epoll(b));
	TRY(resume_runs(b, record));
	*out = STEAL(b);
	return NULL;
}

// ---- its payload --------------------------------------------------------------------------------

struct error *batch_payload(const char *results_dir, const char *id, const struct job_config *job,
			    struct payload_file *out)
{
	CLEANUP_ARENA struct arena arena = {0};
	const struct batch_record *record;
	TRY(model_load_batch(results_dir, id, &arena, &record));
	const struct payload *was = record->builds_count ? record->builds[0].payload : NULL;
	if (!was || !was->sha256)
		return error_new(ERROR_LAB, "batch %s does not say what it boots", id);
	CLEANUP_FREE char *kept = payload_kept_path(results_dir, was->sha256);
	TRY(payload_resolve(job, file_exists(kept) ? kept : NULL, results_dir, out));
	if (strcmp(out->sha256, was->sha256) != 0)
		return error_new(ERROR_LAB,
				 "%s has changed since batch %s began: its image is gone",
				 out->path, id);
	free(out->name);
	out->name = memory_strdup(was->name);
	free(out->package); // the kept file is the Image alone
	out->package = was->package ? memory_strdup(was->package) : NULL;
	return NULL;
}
