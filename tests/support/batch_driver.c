// SPDX-License-Identifier: GPL-2.0-or-later
// A scheduler of one batch whose id it is given, as the daemon is one: it begins the batch, or goes on
// with it when it finds it begun.
//
//   batch_driver MMFARM RESULTS FARM BOARDS JOB ID
#include <stdio.h>

#include "config/farm.h"
#include "night/carry_out.h"
#include "results/publish/publish_config.h"
#include "run/payload.h"

static void show(enum batch_event event, const struct batch_run *runs, size_t count,
		 const struct batch_run *run, void *arg)
{
	static const char *const words[] = {"start", NULL, "finish", "wait"};
	(void)runs, (void)count, (void)arg;
	if (words[event])
		printf("%s %s %s\n", words[event], run->id, run->verdict);
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

static struct error *drive(char **argv, int *code)
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
	const struct carry_out_options work = {.results = argv[2],
					       .boards_dir = argv[4],
					       .farm_file = argv[3],
					       .program = argv[1],
					       .farm = farm,
					       .publish = &publish,
					       .job = job,
					       .batch = batch,
					       .no_recovery = true,
					       .progress = show,
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
	if (argc != 7)
		return 2;
	CLEANUP_ERROR struct error *e = drive(argv, &code);
	if (!e)
		return code;
	fprintf(stderr, "batch_driver: %s\n", error_text(e));
	return 4;
}
