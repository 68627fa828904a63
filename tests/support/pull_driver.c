// SPDX-License-Identifier: GPL-2.0-or-later
// A farm that is a pull lab and nothing else: planner and farm.sqlite are the real ones; a batch is
// carried out by writing its results. Each is named in RESULTS/carried.
//
// With `over` it ends as soon as it has had jobs and each of them is over.
//
//   pull_driver RESULTS FARM SECONDS [over]
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "pull/pull.h"
#include "record/layout.h"
#include "record/model.h"
#include "remote/kernelci_state.h"

#define FDS_MAX 64

static void tell(void *arg, bool trouble, const char *line)
{
	(void)arg;
	fprintf(stderr, "%s%s\n", trouble ? "trouble: " : "", line);
}

static struct error *note(const char *results, const struct batch_row *row)
{
	CLEANUP_FREE char *path = path_join(results, "carried");
	CLEANUP_FREE char *line = memory_printf("%s %s\n", row->id, row->job);
	CLEANUP_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	return file_write_all(fd, line, strlen(line), path);
}

static const struct cpu a76 = {.name = "cortex-a76", .midr = "0x414fd0b1", .bbm = 2, .bbml2 = true};
static const struct board_record board = {
    .name = "virt-1", .type = "virt", .pool = "bbml2", .cpu = &a76};
static const struct payload payload = {
    .kind = "kernel",
    .name = "kernel",
    .file = "kernel",
    .sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    .size = 1};

static struct error *write_run(const char *results, const struct batch_row *row, const char *id)
{
	char now[CLOCK_RFC3339_SIZE];
	clock_rfc3339(clock_realtime_ns(), now);
	const struct run run = {.format = RUN_FORMAT,
				.id = id,
				.batch = row->id,
				.job = "kernelci",
				.variant = "boot",
				.attempt = 1,
				.board = &board,
				.payload = &payload,
				.start_time = now,
				.duration = 1,
				.deadline = 60,
				.verdict = STATUS_PASS,
				.reason = "as wanted",
				.outcome = "ok",
				.boots = 1,
				.clock_hz = __builtin_nan(""),
				.excerpts_cut = 0};
	CLEANUP_FREE char *dir = layout_run(results, id);
	CLEANUP_FREE char *path = layout_run_file(results, id, LAYOUT_RUN_JSON);
	CLEANUP_FREE char *text = model_print_run(&run);
	TRY(file_make_dirs(dir));
	return text ? file_write_atomic(path, text, strlen(text)) : error_new(ERROR_BUG, "no run");
}

static struct error *carry_out(const char *results, struct farm_state *state, struct planner *p,
			       const struct batch_row *row)
{
	char now[CLOCK_RFC3339_SIZE];
	clock_rfc3339(clock_realtime_ns(), now);
	CLEANUP_FREE char *run = memory_printf("%s~virt-1~boot~1", row->id);
	CLEANUP_FREE char *dir = layout_batch(results, row->id);
	CLEANUP_FREE char *path = layout_batch_file(results, row->id, LAYOUT_BATCH_JSON);
	const char *const runs[] = {run};
	const struct batch_record b = {.format = BATCH_FORMAT,
				       .id = row->id,
				       .job = "kernelci",
				       .file = row->job,
				       .lab = "lab",
				       .origin = "acme",
				       .start_time = now,
				       .finish_time = now,
				       .planned = 1,
				       .files_url = "https://files.acme.example/runs",
				       .runs = runs,
				       .runs_count = 1};
	TRY(note(results, row));
	TRY(write_run(results, row, run));
	TRY(file_make_dirs(dir));
	TRY(model_write_batch(path, &b));
	planner_batch_ended(p, clock_realtime_ns() / NS_PER_S, row->id);
	return state_save(state, p, NULL, 0);
}

static struct error *carry_out_all(const char *results, struct farm_state *state, struct planner *p)
{
	while (planner_batches(p))
		TRY(carry_out(results, state, p, planner_batch(p, 0)));
	return NULL;
}

static bool is_over(const struct pull *lab)
{
	size_t counts[KERNELCI_STAGES], ended = 0, all = 0;
	pull_count(lab, counts);
	for (int i = 0; i < KERNELCI_STAGES; i++) {
		all += counts[i];
		ended += i >= KERNELCI_FINISHED ? counts[i] : 0;
	}
	return all && ended == all;
}

static struct error *loop(const char *results, struct farm_state *state, struct planner *p,
			  struct pull *lab, int64_t end_ns, bool until_over)
{
	while (clock_monotonic_ns() < end_ns && !(until_over && is_over(lab))) {
		pull_step(lab);
		TRY(carry_out_all(results, state, p));
		struct pollfd fds[FDS_MAX];
		nfds_t count = (nfds_t)pull_fds(lab, fds, FDS_MAX);
		poll(fds, count, clock_poll_ms(pull_due_ns(lab), 200));
	}
	size_t counts[KERNELCI_STAGES];
	pull_count(lab, counts);
	for (int i = 0; i < KERNELCI_STAGES; i++)
		if (counts[i])
			printf("%s %zu\n", kernelci_stage_name((enum kernelci_stage)i), counts[i]);
	return NULL;
}

static struct error *drive(char **argv)
{
	CLEANUP_FARM struct farm_config *farm = NULL;
	CLEANUP_STATE struct farm_state *state = NULL;
	CLEANUP_PUBLISH_CONFIG struct publish_config publish = {0};
	const struct planner_limits limits = {
	    .cpus = 1, .seed = (uint64_t)clock_realtime_ns() ^ (uint64_t)getpid() << 32};
	CLEANUP_PLANNER struct planner *p = planner_new(&limits);
	CLEANUP_PULL struct pull *lab = NULL;
	CLEANUP_FREE char *path = path_join(argv[1], "farm.sqlite");
	TRY(farm_load(argv[2], &farm));
	TRY(publish_config_load(farm, &publish));
	TRY(file_make_dirs(argv[1]));
	TRY(state_open(path, &state));
	TRY(state_load(state, p));
	const struct pull_options options = {.config = &farm->kernelci,
					     .publish = &publish,
					     .results = argv[1],
					     .farm_file = argv[2],
					     .state = state,
					     .planner = p,
					     .tell = tell};
	TRY(pull_new(&options, &lab));
	int64_t end = clock_monotonic_ns() + (int64_t)(atof(argv[3]) * (double)NS_PER_S);
	return loop(argv[1], state, p, lab, end, argv[4] != NULL);
}

int main(int argc, char **argv)
{
	if (argc != 4 && argc != 5)
		return 2;
	CLEANUP_ERROR struct error *e = drive(argv);
	if (e)
		fprintf(stderr, "pull_driver: %s\n", error_text(e));
	return e ? 3 : 0;
}
