// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/buffer.h"
#include "base/clock.h"
#include "daemon/daemon_state.h"
#include "remote/kernelci_state.h"

static void write_head(struct buffer *out, const char *name, const char *type, const char *help)
{
	buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void write_one(struct buffer *out, const char *name, const char *type, const char *help,
		      int64_t value)
{
	write_head(out, name, type, help);
	buffer_printf(out, "%s %lld\n", name, (long long)value);
}

static void count_runs(const struct daemon *d, int64_t states[PLAN_ENDED + 1])
{
	for (size_t i = 0; i < planner_batches(d->planner); i++) {
		const char *id = planner_batch(d->planner, i)->id, *why;
		for (size_t j = 0; j < planner_runs(d->planner, id); j++)
			states[planner_run(d->planner, id, j, &why).state]++;
	}
}

static void write_runs(const struct daemon *d, struct buffer *out)
{
	static const char *const names[] = {"pending", "waiting", "running"};
	int64_t states[PLAN_ENDED + 1] = {0};
	count_runs(d, states);
	write_head(out, "mmfarm_runs", "gauge", "Runs of the batches in the queue.");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		buffer_printf(out, "mmfarm_runs{state=\"%s\"} %lld\n", names[i],
			      (long long)states[i]);
	write_head(out, "mmfarm_runs_finished_total", "counter",
		   "Runs that ended since the daemon began, by verdict.");
	for (enum status s = 0; s < STATUS_COUNT; s++)
		buffer_printf(out, "mmfarm_runs_finished_total{verdict=\"%s\"} %llu\n",
			      status_name(s), (unsigned long long)d->counts[s]);
}

static void write_kernelci(const struct daemon *d, struct buffer *out)
{
	size_t counts[KERNELCI_STAGES];
	if (!d->pull)
		return;
	pull_count(d->pull, counts);
	write_head(out, "mmfarm_kernelci_jobs", "gauge",
		   "Jobs of KernelCI that are known, by stage.");
	for (int i = 0; i < KERNELCI_STAGES; i++)
		buffer_printf(out, "mmfarm_kernelci_jobs{stage=\"%s\"} %zu\n",
			      kernelci_stage_name((enum kernelci_stage)i), counts[i]);
}

// Names of boards are words: nothing in them has to be escaped.
static void write_boards(const struct daemon *d, struct buffer *out)
{
	write_head(
	    out, "mmfarm_board_health", "gauge",
	    "1 for the health that the board has (Good, Unknown, Bad, Maintenance, Retired).");
	for (size_t i = 0; i < planner_boards(d->planner); i++) {
		const struct board_row *b = planner_board_row(d->planner, i);
		buffer_printf(out, "mmfarm_board_health{board=\"%s\",health=\"%s\"} 1\n", b->name,
			      health_name(b->health));
	}
	write_head(out, "mmfarm_board_power_cycles_total", "counter", "Power cycles of the board.");
	for (size_t i = 0; i < planner_boards(d->planner); i++) {
		const struct board_row *b = planner_board_row(d->planner, i);
		buffer_printf(out, "mmfarm_board_power_cycles_total{board=\"%s\"} %lld\n", b->name,
			      (long long)b->all_cycles);
	}
}

char *daemon_metrics(const struct daemon *d)
{
	CLEANUP_BUFFER struct buffer out = {0};
	write_one(&out, "mmfarm_start_time_seconds", "gauge", "When the daemon began, UTC.",
		  d->started_s);
	write_one(&out, "mmfarm_batches", "gauge", "Batches that wait or run.",
		  (int64_t)planner_batches(d->planner));
	write_one(&out, "mmfarm_batches_finished_total", "counter",
		  "Batches whose results are out, since the daemon began.",
		  (int64_t)d->batches_done);
	write_one(&out, "mmfarm_begins_nothing", "gauge",
		  "1 while nothing is begun: draining, or a full disk.",
		  d->draining || d->stuck != NULL);
	write_runs(d, &out);
	write_boards(d, &out);
	write_kernelci(d, &out);
	return buffer_steal(&out);
}
