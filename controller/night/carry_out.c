// SPDX-License-Identifier: GPL-2.0-or-later
#include "night/carry_out.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/stop_signal.h"
#include "night/timing_night.h"
#include "record/model.h"
#include "results/publish/publish.h"
#include "results/results.h"
#include "results/series/series.h"
#include "run/recover.h"

#define TICK_NS (200 * NS_PER_MS) // while only recoveries are waited for

enum carry_out_stage { STAGE_RUNS, STAGE_OLD_BATCHES, STAGE_TIMINGS, STAGE_RESULTS, STAGE_DONE };

struct carry_out {
	struct carry_out_options o;
	enum carry_out_stage stage;
	struct recovery *recovery;
	struct timing_work *timings;
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
	c->recovery = recovery_start(o->results, o->program);
	return c;
}

void carry_out_free(struct carry_out *c)
{
	if (!c)
		return;
	timing_work_free(c->timings);
	recovery_free(c->recovery);
	free(c);
}

__attribute__((format(printf, 3, 4))) static void tell(const struct carry_out *c, bool trouble,
						       const char *fmt, ...)
{
	CLEANUP_FREE char *line = NULL;
	va_list ap;
	va_start(ap, fmt);
	if (vasprintf(&line, fmt, ap) < 0)
		line = NULL;
	va_end(ap);
	if (line)
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

// ---- batches of schedulers that died ------------------------------------------------------------

// What a batch without its scheduler was: a killed confirmation leaves numbers and nothing to tell, its
// alert is as it was; and what its operator kept to himself, we do not publish.
static struct error *ask_old_batch(const struct carry_out *c, const char *id, bool *confirmation,
				   bool *unpublished)
{
	CLEANUP_BATCH_RESULTS struct batch_results b = {0};
	TRY(batch_results_load(c->o.results, id, &b));
	*confirmation = strcmp(b.batch->job, SERIES_AB_JOB) == 0;
	*unpublished = b.batch->unpublished;
	return NULL;
}

static struct error *finish_old_batch(const struct carry_out *c, const char *id)
{
	int ignored;
	bool confirmation, unpublished;
	TRY(ask_old_batch(c, id, &confirmation, &unpublished));
	if (confirmation)
		return results_store_batch(c->o.results, id);
	TRY(results_finish_batch(c->o.results, id, NULL, &ignored));
	if (!unpublished)
		publish_batch(c, id);
	return NULL;
}

// They become results ahead of this one. One that cannot be finished must not cost tonight's.
static void finish_old_batches(struct carry_out *c)
{
	char **ids = NULL;
	size_t count = 0;
	recovery_finish(c->recovery, &ids, &count);
	for (size_t i = 0; i < count; i++) {
		CLEANUP_ERROR struct error *e = finish_old_batch(c, ids[i]);
		if (e) {
			tell(c, true, "batch %s, which was left unfinished: %s", ids[i],
			     error_text(e));
		} else {
			batch_close(c->o.results, ids[i]);
			tell(c, false, "finished batch %s, which was left unfinished", ids[i]);
		}
		free(ids[i]);
	}
	free(ids);
}

// ---- timings ------------------------------------------------------------------------------------

static struct error *begin_timings(struct carry_out *c)
{
	const struct timing_night night = {
	    .results = c->o.results,
	    .boards_dir = c->o.boards_dir,
	    .farm_file = c->o.farm_file,
	    .farm = c->o.farm,
	    .job = c->o.job,
	    .batch = c->o.batch,
	    .out = c->o.out,
	};
	TRY(results_store_batch(c->o.results, batch_id(c->o.batch)));
	return timing_work_new(&night, &c->timings);
}

static struct error *go_on_with_timings(struct carry_out *c)
{
	if (!c->timings)
		TRY(begin_timings(c));
	TRY(timing_work_next(c->timings, &c->current));
	if (c->current)
		return NULL;
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
	TRY(results_finish_batch(c->o.results, id, c->o.out, &c->exit_code));
	if (c->slower) {
		c->exit_code = 1;
		tell(c, false, "timing: FAIL, see the alerts above");
	}
	if (batch_publishes(c->o.batch))
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
	bool recovered = c->stage > STAGE_OLD_BATCHES || recovery_poll(c->recovery);
	if (c->current)
		TRY(step_current(c));
	if (c->current)
		return NULL;
	if (c->stage == STAGE_OLD_BATCHES && recovered) {
		finish_old_batches(c);
		c->stage = c->stopped ? STAGE_RESULTS : STAGE_TIMINGS;
	}
	if (c->stage == STAGE_TIMINGS)
		look_at_timings(c);
	if (c->stage == STAGE_RESULTS)
		TRY(make_results(c));
	*done = c->stage == STAGE_DONE;
	return NULL;
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
