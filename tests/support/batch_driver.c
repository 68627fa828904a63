// SPDX-License-Identifier: GPL-2.0-or-later
// A scheduler of one batch whose id it is given, as the daemon is one: it begins the batch, or goes on
// with it when it finds it begun.
//
//   batch_driver MMFARM RESULTS FARM BOARDS JOB ID [WISH...]
//
// A wish: "confirm" runs a FAIL again on its own board and on another one; "retry" a MISS on another
// board, once; "skip=BOARD" leaves the board's runs out.
#include <stdio.h>
#include <string.h>

#include "config/farm.h"
#include "night/carry_out.h"
#include "results/publish/publish_config.h"
#include "kernel/payload.h"

struct batch_driver {
	struct batch *batch;
	const struct boards_config *boards;
	bool confirm, retry;
	const char *skip; // a board
};

static const char *other_board(const struct batch_driver *d, const struct batch_run *run)
{
	for (size_t i = 0; i < d->boards->boards_count; i++)
		if (&d->boards->boards[i] != run->board)
			return d->boards->boards[i].name;
	return NULL;
}

static void add(struct batch_driver *d, const struct batch_run *run, enum batch_why why,
		const char *board)
{
	const char *id;
	const struct batch_addition a = {.of = run->id, .why = why, .board = board};
	CLEANUP_ERROR struct error *e = batch_add(d->batch, &a, &id);
	printf("add %s\n", e ? error_text(e) : id);
}

// `run` is gone with the first addition, so is what it points to.
static void follow(struct batch_driver *d, const struct batch_run *run)
{
	struct batch_run ended = *run;
	if (ended.why != BATCH_PLANNED)
		return;
	if (d->confirm && strcmp(ended.verdict, "FAIL") == 0) {
		add(d, &ended, BATCH_CONFIRM, NULL);
		add(d, &ended, BATCH_CONFIRM, other_board(d, &ended));
	}
	if (d->retry && strcmp(ended.verdict, "MISS") == 0)
		add(d, &ended, BATCH_RETRY, other_board(d, &ended));
}

static void skip(struct batch_driver *d)
{
	size_t count;
	const struct batch_run *runs = batch_runs(d->batch, &count);
	for (size_t i = 0; i < count && d->skip; i++) {
		if (strcmp(runs[i].board->name, d->skip) != 0 || runs[i].state != BATCH_PENDING)
			continue;
		CLEANUP_ERROR struct error *e =
		    batch_skip(d->batch, i, "skipped: the window ends 08:00, the run needs 300 s");
		printf("skip %s\n", e ? error_text(e) : runs[i].id);
		runs = batch_runs(d->batch, &count);
	}
}

static void show(enum batch_event event, const struct batch_run *runs, size_t count,
		 const struct batch_run *run, void *arg)
{
	static const char *const words[] = {"start", NULL, "finish", "wait"};
	(void)runs, (void)count;
	if (words[event])
		printf("%s %s %s\n", words[event], run->id, run->verdict);
	if (event == BATCH_EVENT_FINISH)
		follow(arg, run);
	fflush(stdout);
}

static void tell(void *arg, bool trouble, const char *line)
{
	(void)arg;
	printf("%s%s\n", trouble ? "trouble: " : "", line);
}

// A batch that was begun goes on, and is only begun when it was not.
static struct error *make(const struct batch_options *o, struct job_config *job,
			  const struct boards_config *boards, struct payload_file *payload,
			  struct batch **out)
{
	if (batch_is_begun(o->results_dir, o->id)) {
		TRY(batch_payload(o->results_dir, o->id, job, payload));
		TRY(job_use_payload(job, payload->path));
		puts("resume");
		return batch_resume(o, job, boards, payload, o->id, out);
	}
	TRY(payload_resolve(job, NULL, o->results_dir, payload));
	TRY(payload_keep(payload, o->results_dir));
	TRY(job_use_payload(job, payload->path));
	puts("begin");
	return batch_new(o, job, boards, payload, out);
}

static struct error *drive(char **argv, struct batch_driver *d, int *code)
{
	CLEANUP_FARM struct farm_config *farm = NULL;
	CLEANUP_BOARDS struct boards_config *boards = NULL;
	CLEANUP_JOB struct job_config *job = NULL;
	CLEANUP_PAYLOAD struct payload_file payload = {0};
	CLEANUP_PUBLISH_CONFIG struct publish_config publish = {0};
	TRY(farm_load(argv[3], &farm));
	TRY(publish_config_load(farm, &publish));
	TRY(boards_load(argv[4], &boards));
	TRY(job_load(argv[5], &job));
	const struct batch_options options = {.results_dir = argv[2],
					      .id = argv[6],
					      .lab = farm->lab,
					      .origin = farm->origin,
					      .parallel = 4,
					      .program = argv[1]};
	CLEANUP_BATCH struct batch *batch = NULL;
	TRY(make(&options, job, boards, &payload, &batch));
	d->batch = batch;
	d->boards = boards;
	skip(d);
	const struct carry_out_options work = {.results = argv[2],
					       .boards_dir = argv[4],
					       .boards = boards,
					       .farm_file = argv[3],
					       .program = argv[1],
					       .farm = farm,
					       .publish = &publish,
					       .job = job,
					       .batch = batch,
					       .no_recovery = true,
					       .progress = show,
					       .progress_arg = d,
					       .out = stdout,
					       .tell = tell};
	CLEANUP_CARRY_OUT struct carry_out *c = carry_out_new(&work);
	TRY(carry_out_run(c));
	*code = carry_out_exit_code(c);
	return NULL;
}

int main(int argc, char **argv)
{
	int code = 0;
	struct batch_driver driver = {0};
	if (argc < 7)
		return 2;
	for (int i = 7; i < argc; i++) {
		driver.confirm |= strcmp(argv[i], "confirm") == 0;
		driver.retry |= strcmp(argv[i], "retry") == 0;
		if (strncmp(argv[i], "skip=", 5) == 0)
			driver.skip = argv[i] + 5;
	}
	CLEANUP_ERROR struct error *e = drive(argv, &driver, &code);
	if (!e)
		return code;
	fprintf(stderr, "batch_driver: %s\n", error_text(e));
	return 4;
}
