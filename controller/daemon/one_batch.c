// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/one_batch.h"

#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/stop_signal.h"
#include "daemon/world.h"

#define FDS_MAX 64

struct one_batch {
	const struct one_batch_options *o;
	struct one_batch_result *result;
	struct error *refused; // why the batch could not be made
	bool done;
};

static void take_progress(void *arg, const char *batch, enum batch_event event,
			  const struct batch_run *runs, size_t count, const struct batch_run *run)
{
	const struct one_batch *b = arg;
	(void)batch;
	b->o->progress(event, runs, count, run, b->o->progress_arg);
}

static void take_end(void *arg, const char *batch, int code, bool interrupted)
{
	struct one_batch *b = arg;
	(void)batch;
	b->result->code = code;
	b->result->interrupted = interrupted;
	b->done = true;
}

static void take_refusal(void *arg, const char *batch, struct error *e)
{
	struct one_batch *b = arg;
	(void)batch;
	error_free(b->refused);
	b->refused = e;
	b->done = true;
}

static void take_line(void *arg, bool trouble, const char *line)
{
	const struct one_batch *b = arg;
	b->o->tell(b->o->tell_arg, trouble, line);
}

static FILE *take_summary(void *arg, const char *batch)
{
	const struct one_batch *b = arg;
	(void)batch;
	return b->o->out;
}

static int64_t now_s(void)
{
	return clock_realtime_ns() / NS_PER_S;
}

static struct error *submit(const struct run_request *r, struct planner *p, char *id)
{
	CLEANUP_FREE char *text = request_print(r);
	const struct planner_request request = {
	    .job = r->job, .request = text, .trigger = TRIGGER_PERSON};
	return planner_submit(p, now_s(), &request, id);
}

// A signal ends the batch in order: what runs is judged, the rest is a MISS.
static struct error *follow(struct one_batch *b, struct executor *x, const struct world *w,
			    struct planner *p)
{
	CLEANUP_CLOSE int signals = -1;
	TRY(stop_signal_open(&signals));
	for (;;) {
		TRY(executor_step(x, now_s()));
		if (b->done)
			return NULL;
		struct pollfd fds[FDS_MAX] = {{.fd = signals, .events = POLLIN}};
		size_t n = 1 + world_fds(w, fds + 1, FDS_MAX - 1);
		poll(fds, n, clock_poll_ms(world_wake_ns(w), 1000));
		if (stop_signal_read(signals)) {
			planner_cancel(p, now_s(), b->result->batch, NULL);
			executor_poke(x);
		}
	}
}

struct error *one_batch_run(const struct one_batch_options *o, const struct run_request *r,
			    struct one_batch_result *out)
{
	*out = (struct one_batch_result){.code = 0};
	struct one_batch b = {.o = o, .result = out};
	CLEANUP_CONFIGURATION struct configuration *c = NULL;
	const struct configuration_place place = {
	    .boards = o->boards_dir, .farm_file = o->farm_file, .publish = !r->no_publish};
	TRY(configuration_load(&place, &c));
	const struct planner_limits limits = {.cpus = o->parallel, .seed = random_seed()};
	CLEANUP_PLANNER struct planner *p = planner_new(&limits);
	configuration_apply(c, p, now_s(), false);
	const struct world_options options = {.results = o->results,
					      .boards_dir = o->boards_dir,
					      .farm_file = o->farm_file,
					      .program = o->program,
					      .parallel = o->parallel,
					      .planner = p,
					      .tell = take_line,
					      .progress = take_progress,
					      .finished = take_end,
					      .refused = take_refusal,
					      .summary = take_summary,
					      .arg = &b,
					      .recovers = true};
	CLEANUP_WORLD struct world *w = world_new(&options, c);
	const struct executor_world world = world_executor(w);
	CLEANUP_EXECUTOR struct executor *x = executor_new(&world, p);
	TRY(submit(r, p, out->batch));
	struct error *e = follow(&b, x, w, p);
	if (!e)
		return b.refused;
	error_free(b.refused);
	return e;
}
