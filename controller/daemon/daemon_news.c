// SPDX-License-Identifier: GPL-2.0-or-later
// What those who follow a batch hear of it.
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "daemon/daemon_state.h"

static const char *const event_names[] = {
    [BATCH_EVENT_START] = "start",
    [BATCH_EVENT_TICK] = "tick",
    [BATCH_EVENT_FINISH] = "finish",
    [BATCH_EVENT_WAIT] = "wait",
};

static void count_verdict(struct daemon *d, const struct batch_run *run)
{
	enum status verdict;
	if (status_parse(run->verdict, &verdict))
		d->counts[verdict]++;
}

static json_t *run_news(enum batch_event event, const struct batch_run *runs, size_t count,
			const struct batch_run *run)
{
	size_t done = 0, running = 0;
	for (size_t i = 0; i < count; i++) {
		done += runs[i].state == BATCH_FINISHED;
		running += runs[i].state == BATCH_RUNNING;
	}
	return json_pack(
	    "{s:s, s:s, s:s, s:s, s:s, s:s, s:s?, s:I, s:I, s:I}", "event", event_names[event],
	    "run", run->id, "board", run->board->name, "variant", run->variant->name, "verdict",
	    run->verdict, "reason", run->reason ? run->reason : "", "waits", run->waits, "done",
	    (json_int_t)done, "running", (json_int_t)running, "all", (json_int_t)count);
}

void daemon_progress(void *arg, const char *batch, enum batch_event event,
		     const struct batch_run *runs, size_t count, const struct batch_run *run)
{
	struct daemon *d = arg;
	if (event == BATCH_EVENT_TICK || !run)
		return;
	if (event == BATCH_EVENT_FINISH)
		count_verdict(d, run);
	if (control_is_followed(d->control, batch))
		control_tell(d->control, batch, run_news(event, runs, count, run));
}

// ---- the summary --------------------------------------------------------------------------------

static struct daemon_summary *find_summary(struct daemon *d, const char *batch)
{
	struct daemon_summary *s = d->summaries;
	while (s && strcmp(s->batch, batch) != 0)
		s = s->next;
	return s;
}

FILE *daemon_summary(void *arg, const char *batch)
{
	struct daemon *d = arg;
	struct daemon_summary *s = find_summary(d, batch);
	if (s)
		return s->stream;
	s = memory_new(1, sizeof(*s));
	snprintf(s->batch, sizeof(s->batch), "%s", batch);
	s->stream = open_memstream(&s->text, &s->len);
	if (!s->stream) {
		free(s);
		return NULL;
	}
	s->next = d->summaries;
	d->summaries = s;
	return s->stream;
}

void daemon_finished(void *arg, const char *batch, int code, bool interrupted)
{
	struct daemon *d = arg;
	d->batches_done++;
	daemon_say(d, false, "batch %s is done%s, exit code %d", batch,
		   interrupted ? " (interrupted)" : "", code);
	struct daemon_summary *s = find_summary(d, batch);
	if (s) {
		fflush(s->stream);
		control_tell(d->control, batch,
			     json_pack("{s:s, s:s%}", "event", "summary", "text",
				       s->text ? s->text : "", s->len));
	}
	control_tell(d->control, batch,
		     json_pack("{s:s, s:s, s:i, s:b}", "event", "batch", "batch", batch, "exit",
			       code, "interrupted", interrupted));
	control_unfollow(d->control, batch);
	daemon_forget_summary(d, batch);
}

void daemon_forget_summary(struct daemon *d, const char *batch)
{
	for (struct daemon_summary **at = &d->summaries; *at; at = &(*at)->next) {
		struct daemon_summary *s = *at;
		if (batch && strcmp(s->batch, batch) != 0)
			continue;
		*at = s->next;
		fclose(s->stream);
		free(s->text);
		free(s);
		return;
	}
}

void daemon_refused(void *arg, const char *batch, struct error *e)
{
	const struct daemon *d = arg;
	daemon_say(d, true, "batch %s cannot be made or cannot go on: %s", batch, error_text(e));
	if (d->pull)
		pull_refused(d->pull, batch, error_text(e));
	error_free(e);
}

void daemon_tell(void *arg, bool trouble, const char *line)
{
	daemon_say(arg, trouble, "%s", line);
}

static bool is_known(void *arg, const char *batch)
{
	const struct daemon *d = arg;
	return planner_find_batch(d->planner, batch) != NULL;
}

// A batch that cannot be made, or whose window is over, leaves the queue without results.
void daemon_tell_dropped(struct daemon *d)
{
	const char *batch;
	while ((batch = control_lost_batch(d->control, is_known, d))) {
		CLEANUP_FREE char *copy = memory_strdup(batch);
		control_tell(d->control, copy,
			     json_pack("{s:s, s:s, s:s}", "event", "dropped", "batch", copy,
				       "reason", planner_refusal(d->planner, copy)));
		control_unfollow(d->control, copy);
	}
}
