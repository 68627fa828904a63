// SPDX-License-Identifier: GPL-2.0-or-later
// The daemon from inside: daemon_loop.c (the loop), daemon_requests.c (what clients ask for), daemon_news.c
// (what those who follow a batch are told), daemon_metrics.c, daemon_pull.c.
#ifndef DAEMON_DAEMON_STATE_H
#define DAEMON_DAEMON_STATE_H

#include <stdio.h>

#include "base/redact.h"
#include "daemon/configuration.h"
#include "daemon/control.h"
#include "daemon/daemon.h"
#include "daemon/executor.h"
#include "daemon/world.h"
#include "pull/pull.h"
#include "schedule/state.h"

// The summary of a batch, as it is written.
struct daemon_summary {
	struct daemon_summary *next;
	char batch[PLANNER_ID_SIZE];
	FILE *stream; // open_memstream, into the two that follow
	char *text;
	size_t len;
};

struct daemon {
	struct daemon_options o;
	char *socket;
	int lock, signals;
	struct farm_state *state;
	struct planner *planner;
	struct configuration *configuration;
	struct world *world;
	struct executor *executor;
	struct control *control;
	struct old_batches *old;
	struct configuration *old_configuration; // that they began with
	int64_t old_ns;                          // when old batches are looked for again
	struct triggers *triggers;
	struct pull *pull;                        // NULL: the farm is no pull lab
	struct configuration *pull_configuration; // that it was begun with
	struct daemon_summary *summaries;
	bool stop, draining, reload;
	char *stuck;        // why nothing may start; NULL: nothing stands against it
	char *last_trouble; // of farm.sqlite, told once
	int64_t started_s, checked_ns, backed_up_s, watchdog_ns;
	uint64_t counts[8]; // of verdicts, by enum status
	uint64_t batches_done;
};

// ---- daemon_loop.c ------------------------------------------------------------------------------

// A line for people and the journal; trouble is a warning there.
void daemon_say(const struct daemon *d, bool trouble, const char *fmt, ...) ERROR_PRINTF(3, 4);
struct error *daemon_reload(struct daemon *d) ERROR_RESULT;
// Tells the planner what may be begun.
void daemon_set_limits(struct daemon *d);

// ---- daemon_pull.c ------------------------------------------------------------------------------

// KernelCI's pull lab, as the configuration has it now (or not). What it cannot go on with is told.
void daemon_pull_begin(struct daemon *d);
void daemon_pull_end(struct daemon *d);
void daemon_pull_step(struct daemon *d);

// ---- daemon_requests.c --------------------------------------------------------------------------

void daemon_take_request(void *arg, struct control_client *c, const struct control_peer *peer,
			 json_t *request);

// ---- daemon_news.c ------------------------------------------------------------------------------

void daemon_progress(void *arg, const char *batch, enum batch_event event,
		     const struct batch_run *runs, size_t count, const struct batch_run *run);
FILE *daemon_summary(void *arg, const char *batch);
void daemon_finished(void *arg, const char *batch, int code, bool interrupted);
void daemon_refused(void *arg, const char *batch, struct error *e);
void daemon_tell(void *arg, bool trouble, const char *line);
// NULL: the first one that there is.
void daemon_forget_summary(struct daemon *d, const char *batch);
// Batches that left the queue without having begun: those who follow them hear of it.
void daemon_tell_dropped(struct daemon *d);

// ---- daemon_metrics.c ---------------------------------------------------------------------------

// In Prometheus' text format; the caller frees.
char *daemon_metrics(const struct daemon *d);

#endif
