// SPDX-License-Identifier: GPL-2.0-or-later
#include "night/carry_out.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/stop_signal.h"
#include "night/old_batches.h"
#include "night/timing_night.h"
#include "results/publish/publish.h"
#include "results/results.h"
#include "results/store/store.h"

#define TICK_NS (200 * NS_PER_MS) // while only recoveries are waited for

enum carry_out_stage { STAGE_RUNS, STAGE_OLD_BATCHES, STAGE_TIMINGS, STAGE_RESULTS, STAGE_DONE };

struct carry_out {
	struct carry_out_options o;
	enum carry_out_stage stage;
	struct old_batches *old; // NULL: they are left to others
	struct timing_work *timings;
	struct store *store;   // open while numbers and results are made of it; else NULL
	struct batch *current; // of which runs go on; NULL: of none
	bool stopped;
	bool slower; // numbers hold the tested code guilty
	int exit_code;
};

struct carry_out *carry_out_new(const struct carry_out_options *o)
{
	struct carry_out *c = memory_new(1, sizeof(*c));
	c->o = *o;
	c->current = o->batch;
	const struct old_batches_options old = {.results = o->results,
						.farm_file = o->farm_file,
						.program = o->program,
						.publish = o->publish,
						.tell = o->tell,
						.tell_arg = o->tell_arg};
	if (!o->no_recovery)
		c->old = old_batches_new(&old);
	return c;
}

void carry_out_free(struct carry_out *c)
{
	if (!c)
		return;
	timing_work_free(c->timings);
	store_close(c->store);
	old_batches_free(c->old);
	free(c);
}

__attribute__((format(printf, 3, 4))) static void tell(const struct carry_out *c, bool trouble,
						       const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	CLEANUP_FREE char *line = memory_vprintf(fmt, ap);
	va_end(ap);
	c->o.tell(c->o.tell_arg, trouble, line);
}

// Nobody looks at a spool that takes everything and sends nothing.
static void tell_blocked(const struct carry_out *c, const struct destination *d)
{
	CLEANUP_PUBLISH_STATUS struct publish_status s = {0};
	CLEANUP_ERROR struct error *e = publish_status_get(c->o.results, d, &s);
	if (e || !s.blocked_ms)
		return;
	char since[CLOCK_RFC3339_SIZE];
	clock_rfc3339(s.blocked_ms * NS_PER_MS, since);
	tell(c, true, "publishing: %s is blocked since %.19sZ, nothing is sent to it: %s", d->name,
	     since, s.blocked_reason);
}

// The verdict stands whether or not it can be told to others.
static void publish_batch(const struct carry_out *c, const char *id)
{
	CLEANUP_ERROR struct error *e =
	    results_publish_batch(c->o.results, c->o.publish, c->o.farm_file, id);
	if (e)
		tell(c, true, "publishing %s: %s", id, error_text(e));
	for (size_t i = 0; i < c->o.publish->count; i++)
		tell_blocked(c, &c->o.publish->destinations[i]);
}

// ---- timings ------------------------------------------------------------------------------------

static struct error *begin_timings(struct carry_out *c)
{
	const struct timing_night night = {
	    .results = c->o.results,
	    .boards_dir = c->o.boards_dir,
	    .boards = c->o.boards,
	    .farm_file = c->o.farm_file,
	    .farm = c->o.farm,
	    .job = c->o.job,
	    .batch = c->o.batch,
	    .gate = c->o.gate,
	    .out = c->o.out,
	};
	TRY(results_store_batch(c->store, c->o.results, batch_id(c->o.batch)));
	return timing_work_new(&night, &c->timings);
}

static void close_store(struct carry_out *c)
{
	store_close(c->store);
	c->store = NULL;
}

static struct error *go_on_with_timings(struct carry_out *c)
{
	if (!c->store)
		TRY(store_open(c->o.results, &c->store));
	if (!c->timings)
		TRY(begin_timings(c));
	TRY(timing_work_next(c->timings, c->store, &c->current));
	if (c->current) {
		close_store(c); // the runs may take hours
		return NULL;
	}
	c->slower = timing_work_failed(c->timings);
	c->stopped |= timing_work_interrupted(c->timings);
	return NULL;
}

// Trouble with numbers must not cost the batch its results.
static void look_at_timings(struct carry_out *c)
{
	CLEANUP_ERROR struct error *e = go_on_with_timings(c);
	if (e) {
		tell(c, true, "timings were not looked at: %s", error_text(e));
		c->current = NULL;
	}
	if (!c->current)
		c->stage = STAGE_RESULTS;
}

// ---- results ------------------------------------------------------------------------------------

static struct error *make_results(struct carry_out *c)
{
	const char *id = batch_id(c->o.batch);
	TRY(results_finish_batch(c->o.results, id, c->store, c->o.out, &c->exit_code));
	close_store(c);
	if (c->slower) {
		c->exit_code = 1;
		tell(c, false, "timing: FAIL, see the alerts above");
	}
	if (batch_is_closed(c->o.batch))
		; // they are out
	else if (batch_publishes(c->o.batch))
		publish_batch(c, id);
	else if (c->o.publish->count > 0)
		tell(c, false, "not published: %s (mmfarm publish %s does it)",
		     c->stopped ? "interrupted" : "not the whole job", id);
	batch_close(c->o.results, id);
	c->stage = STAGE_DONE;
	return NULL;
}

// ---- the steps ----------------------------------------------------------------------------------

static void no_progress(enum batch_event event, const struct batch_run *runs, size_t count,
			const struct batch_run *run, void *arg)
{
	(void)event, (void)runs, (void)count, (void)run, (void)arg;
}

// Runs of the batch, of its re-runs, or of a confirmation, which is nobody's to watch.
static struct error *step_current(struct carry_out *c)
{
	bool own = c->current == c->o.batch;
	bool done;
	TRY(batch_step(c->current, own ? c->o.progress : no_progress,
		       own ? c->o.progress_arg : NULL, &done));
	if (!done)
		return NULL;
	c->current = NULL;
	if (c->stage == STAGE_RUNS)
		c->stage = STAGE_OLD_BATCHES;
	return NULL;
}

struct error *carry_out_step(struct carry_out *c, bool *done)
{
	*done = false;
	bool recovered = c->stage > STAGE_OLD_BATCHES || !c->old || old_batches_poll(c->old);
	if (c->current)
		TRY(step_current(c));
	if (c->current)
		return NULL;
	if (c->stage == STAGE_OLD_BATCHES && recovered) {
		if (c->old)
			old_batches_finish(c->old);
		c->stage = c->stopped ? STAGE_RESULTS : STAGE_TIMINGS;
	}
	if (c->stage == STAGE_TIMINGS)
		look_at_timings(c);
	if (c->stage == STAGE_RESULTS)
		TRY(make_results(c));
	*done = c->stage == STAGE_DONE;
	return NULL;
}

struct batch *carry_out_batch(const struct carry_out *c)
{
	return c->current;
}

void carry_out_leave(struct carry_out *c)
{
	if (c->current)
		batch_leave(c->current);
}

int carry_out_fd(const struct carry_out *c)
{
	return c->current ? batch_fd(c->current) : -1;
}

int64_t carry_out_wake_ns(const struct carry_out *c)
{
	return c->current ? batch_wake_ns(c->current) : clock_monotonic_ns() + TICK_NS;
}

void carry_out_stop(struct carry_out *c)
{
	c->stopped = true;
	if (c->current)
		batch_stop(c->current);
}

int carry_out_exit_code(const struct carry_out *c)
{
	return c->exit_code;
}

bool carry_out_interrupted(const struct carry_out *c)
{
	return c->stopped;
}

struct error *carry_out_run(struct carry_out *c)
{
	CLEANUP_CLOSE int signals = -1;
	TRY(stop_signal_open(&signals));
	for (;;) {
		bool done;
		TRY(carry_out_step(c, &done));
		if (done)
			return NULL;
		struct pollfd pfds[] = {{.fd = signals, .events = POLLIN},
					{.fd = carry_out_fd(c), .events = POLLIN}};
		poll(pfds, 2, clock_poll_ms(carry_out_wake_ns(c), 1000));
		if (pfds[0].revents && stop_signal_read(signals))
			carry_out_stop(c);
	}
}
