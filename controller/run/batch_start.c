// SPDX-License-Identifier: GPL-2.0-or-later
// Whose turn it is.
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "run/batch.h"
#include "run/batch_state.h"
#include "run/host.h"

// ---- whose turn it is ---------------------------------------------------------------------------

static bool board_is_busy(const struct batch *b, const struct board_config *board)
{
	for (size_t i = 0; i < b->count; i++)
		if (batch_run_at(b, i)->state == BATCH_RUNNING &&
		    batch_run_at(b, i)->board == board)
			return true;
	return false;
}

size_t batch_count(const struct batch *b, enum batch_run_state state)
{
	size_t n = 0;
	for (size_t i = 0; i < b->count; i++)
		n += batch_run_at(b, i)->state == state;
	return n;
}

static unsigned cpus_in_use(const struct batch *b)
{
	unsigned n = 0;
	for (size_t i = 0; i < b->count; i++)
		n += batch_run_at(b, i)->state == BATCH_RUNNING ? batch_run_at(b, i)->cpus : 0;
	return n;
}

// A board with more CPUs than are allowed at once runs alone.
static bool has_room(const struct batch *b, const struct batch_run *run)
{
	unsigned used = cpus_in_use(b);
	return used == 0 || used + run->cpus <= b->options->parallel;
}

static void tell(struct batch *b, enum batch_event event, size_t i, batch_fn *progress, void *arg)
{
	size_t count;
	const struct batch_run *runs = batch_runs(b, &count);
	progress(event, runs, count, &runs[i], arg);
}

static void begin(struct batch *b, size_t i, batch_fn *progress, void *arg)
{
	enum attempt_news news = attempt_begin(b->slots[i].attempt);
	if (news == ATTEMPT_WAITS)
		tell(b, BATCH_EVENT_WAIT, i, progress, arg);
	if (news == ATTEMPT_STARTS || news == ATTEMPT_FINISHES)
		tell(b, BATCH_EVENT_START, i, progress, arg);
	if (news == ATTEMPT_FINISHES)
		batch_tell_end(b, i, progress, arg);
}

static void yield_from(struct batch *b, size_t first)
{
	for (size_t i = first; i < b->count; i++)
		if (batch_run_at(b, i)->state == BATCH_PENDING)
			attempt_yield(b->slots[i].attempt);
}

// In the order of the plan: a small board does not slip past a large one for which there is no room
// yet, or that one might wait for ever.
static void start_in_order(struct batch *b, batch_fn *progress, void *arg)
{
	for (size_t i = 0; i < b->count && !b->stop_ns; i++) {
		const struct batch_run *run = batch_run_at(b, i);
		if (run->state != BATCH_PENDING || board_is_busy(b, run->board))
			continue;
		if (!has_room(b, run)) {
			yield_from(b, i);
			return;
		}
		begin(b, i, progress, arg);
	}
}

// In the order of the plan as far as the gate lets them.
static void start_through_gate(struct batch *b, batch_fn *progress, void *arg)
{
	const struct batch_gate *gate = b->options->gate;
	for (size_t i = 0; i < b->count && !b->stop_ns; i++) {
		const struct batch_run *run = batch_run_at(b, i);
		if (run->state != BATCH_PENDING)
			continue;
		if (gate->may_begin(gate->arg, b, run))
			begin(b, i, progress, arg);
		else
			attempt_yield(b->slots[i].attempt);
	}
}

void batch_start_more(struct batch *b, batch_fn *progress, void *arg)
{
	if (b->over)
		return;
	if (b->options->gate)
		start_through_gate(b, progress, arg);
	else
		start_in_order(b, progress, arg);
}

// ---- runs that the host was too busy for --------------------------------------------------------

static bool has_retry(const struct batch *b, const char *id)
{
	for (size_t i = 0; i < b->count; i++)
		if (batch_run_at(b, i)->why == BATCH_RETRY &&
		    strcmp(batch_run_at(b, i)->of, id) == 0)
			return true;
	return false;
}

bool batch_owes_repetition(struct batch *b, size_t i)
{
	struct slot *slot = &b->slots[i];
	const struct batch_run *run = batch_run_at(b, i);
	bool starved = strcmp(attempt_run(slot->attempt)->error_code, HOST_BUSY_CODE) == 0;
	if (!starved || run->why == BATCH_RETRY || b->job->busy_wait_s <= 0 ||
	    has_retry(b, run->id))
		return false;
	slot->repeat_ns = clock_monotonic_ns() + (int64_t)(b->job->busy_wait_s * (double)NS_PER_S);
	return true;
}

void batch_tell_end(struct batch *b, size_t i, batch_fn *progress, void *arg)
{
	tell(b, BATCH_EVENT_FINISH, i, progress, arg);
	if (!batch_owes_repetition(b, i))
		return;
	CLEANUP_FREE char *what = memory_printf(
	    "for a quieter host, at most %.0f s, to be made again", b->job->busy_wait_s);
	struct batch_run waits = *batch_run_at(b, i);
	waits.state = BATCH_PENDING;
	waits.waits = what;
	size_t count;
	progress(BATCH_EVENT_WAIT, batch_runs(b, &count), b->count, &waits, arg);
}

static int64_t last_attempt(const struct batch *b, const struct batch_run *like)
{
	int64_t last = 0;
	for (size_t i = 0; i < b->count; i++)
		if (batch_run_at(b, i)->board == like->board &&
		    batch_run_at(b, i)->variant == like->variant &&
		    batch_run_at(b, i)->attempt > last)
			last = batch_run_at(b, i)->attempt;
	return last;
}

void batch_add_like(struct batch *b, const struct batch_run *like, enum batch_why why)
{
	struct batch_run run = {.pool = like->pool,
				.board = like->board,
				.variant = like->variant,
				.attempt = last_attempt(b, like) + 1,
				.why = why,
				.of = memory_strdup(like->id),
				.limit_ns = batch_limit_ns(b->job, like->start_limit_s),
				.start_limit_s = like->start_limit_s,
				.cpus = like->cpus};
	batch_add_run(b, run);
	attempt_name(b->slots[b->count - 1].attempt, NULL);
}

void batch_add_attempt(struct batch *b, size_t i, enum batch_why why)
{
	const struct batch_run like = *batch_run_at(b, i);
	batch_add_like(b, &like, why);
}

// Alone on the host, as far as we have it in hand; true while one waits for the load to go down.
bool batch_repeat_starved(struct batch *b)
{
	bool waits = false;
	size_t count = b->count;
	for (size_t i = 0; i < count; i++) {
		struct slot *slot = &b->slots[i]; // until a run is added
		if (!slot->repeat_ns)
			continue;
		if (b->stop_ns || clock_monotonic_ns() > slot->repeat_ns) {
			slot->repeat_ns = 0;
			continue;
		}
		waits = true;
		if (batch_count(b, BATCH_RUNNING) > 0 ||
		    !host_is_idle_enough(batch_run_at(b, i)->cpus))
			continue;
		slot->repeat_ns = 0;
		batch_add_attempt(b, i, BATCH_RETRY);
		// If we die now, the repetition is owed as any other run is.
		error_free(batch_write_record(b, 0));
		break;
	}
	return waits;
}
