// SPDX-License-Identifier: GPL-2.0-or-later
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/progress.h"
#include "cmd/run_by_daemon.h"
#include "config/job_folder.h"
#include "daemon/one_batch.h"
#include "record/layout.h"

struct run_options {
	const char *job;
	const char *boards, *results, *pool, *board, *payload, *farm, *jobs, *repeat_text;
	struct job_changes changes;
	unsigned parallel, repeat;
	const char *wait;
	bool json, publish, no_publish, here;
};

static const struct cmd_option options_table[] = {
    OPTION_BOARDS(struct run_options, boards),
    OPTION_RESULTS(struct run_options, results),
    OPTION_VALUE(struct run_options, pool, "POOL", VALUES_POOL, .name = "pool",
		 .help = "only boards of this pool of the job"),
    OPTION_VALUE(struct run_options, board, "BOARD", VALUES_BOARD, .name = "board",
		 .help = "only this board"),
    OPTION_VALUE(struct run_options, changes.variants, "NAME,...", VALUES_VARIANT,
		 .name = "variant", .help = "only these variants of the job"),
    OPTION_VALUE(struct run_options, repeat_text, "N", VALUES_TEXT, .name = "repeat", .letter = 'n',
		 .help = "every variant N times on every board (1)"),
    OPTION_VALUE(struct run_options, payload, "FILE", VALUES_FILE, .name = "payload",
		 .help =
		     "boot this file or URL instead of the job's: an arm64 Image, plain or packed "
		     "(gzip, xz, zstd, lz4), an EFI zboot, or a deb or rpm with a kernel"),
    OPTION_VALUE(struct run_options, changes.initrd, "FILE", VALUES_FILE, .name = "initrd",
		 .help = "this initrd (file or URL) instead of the job's; with a kernel"),
    OPTION_VALUE(struct run_options, changes.append, "TEXT", VALUES_TEXT, .name = "append",
		 .help = "more arguments, behind those of every variant"),
    OPTION_VALUE(struct run_options, changes.deadline, "TIME", VALUES_TEXT, .name = "deadline",
		 .help = "of one run, instead of the job's: 90s, 5min"),
    OPTION_FARM(struct run_options, farm),
    OPTION_VALUE(struct run_options, jobs, "N", VALUES_TEXT, .name = "jobs", .letter = 'j',
		 .help = "CPUs of emulated boards at once (the host's cores); a real board counts "
			 "as one, an emulated one with more runs alone"),
    OPTION_FLAG(struct run_options, publish, .name = "publish",
		.help = "publishes also an interrupted batch, or one that options made smaller or "
			"different; without it such a batch stays at home"),
    OPTION_FLAG(struct run_options, no_publish, .name = "no-publish",
		.help = "leaves the batch out of the spools of farm.yaml's destinations"),
    OPTION_VALUE(struct run_options, wait, "yes|no", VALUES_CHOICE, .name = "wait",
		 .choices = "yes no", .preset = "yes",
		 .help = "no: leaves the batch to the daemon, and tells its name"),
    OPTION_FLAG(struct run_options, here, .name = "here",
		.help = "in this process, also where a daemon runs"),
    OPTION_JSON(struct run_options, json, "one JSON object a line instead of text"),
};

static struct error *parse_options(int argc, char **argv, struct run_options *o)
{
	*o = (struct run_options){.parallel = cmd_host_cores()};
	int first;
	TRY(cmd_parse(&cmd_run, argc, argv, o, &first));
	if (argc - first != 1)
		return error_new(ERROR_USAGE, "expected one job, got %d", argc - first);
	o->job = argv[first];
	if (!o->job[0])
		return error_new(ERROR_USAGE, "an empty file name");
	if (o->publish && o->no_publish)
		return error_new(ERROR_USAGE, "--publish and --no-publish: one of them");
	if (o->repeat_text)
		TRY(cmd_parse_count("repeat", o->repeat_text, REQUEST_REPEAT_MAX, &o->repeat));
	return o->jobs ? cmd_parse_count("jobs", o->jobs, INT_MAX, &o->parallel) : NULL;
}

static void print_batch_json(const struct run_options *o, const char *id, int code)
{
	json_t *line = json_pack("{s:s, s:s, s:i}", "event", "batch", "batch", id, "exit", code);
	json_object_set_new(
	    line, "kcidb",
	    json_sprintf("%s/" LAYOUT_BATCHES "/%s/" LAYOUT_KCIDB_JSON, o->results, id));
	json_dumpf(line, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(line);
}

static void tell(void *arg, bool trouble, const char *line)
{
	const struct run_options *o = arg;
	if (trouble)
		fprintf(stderr, "mmfarm run: %s\n", line);
	else if (!o->json)
		puts(line);
}

static struct error *run_here(struct run_options *o, const struct run_request *r, int *code)
{
	struct progress progress = {.mode = progress_pick(o->json)};
	const struct one_batch_options options = {
	    .results = o->results,
	    .boards_dir = o->boards,
	    .farm_file = o->farm,
	    .parallel = o->parallel,
	    .progress = progress_take,
	    .progress_arg = &progress,
	    .out = o->json ? NULL : stdout,
	    .tell = tell,
	    .tell_arg = o,
	};
	struct one_batch_result result;
	TRY(one_batch_run(&options, r, &result));
	*code = result.code;
	if (o->json)
		print_batch_json(o, result.batch, *code);
	else
		printf("results: %s/" LAYOUT_BATCHES "/%s\n", o->results, result.batch);
	if (result.interrupted)
		return error_new(ERROR_LAB, "interrupted; runs that had not begun are MISS");
	return NULL;
}

// What is to be fetched is fetched here: the daemon waits for no server.
static struct error *needs_fetching(const struct run_request *r, bool *out)
{
	CLEANUP_JOB struct job_config *job = NULL;
	const struct job_changes changes = {.initrd = r->initrd};
	TRY(job_load(r->job, &job));
	if (r->payload)
		payload_part_set(&job->payload.parts[PAYLOAD_IMAGE], r->payload);
	TRY(job_change(job, &changes));
	*out = payload_config_fetches(&job->payload);
	return NULL;
}

static struct error *run_command(int argc, char **argv, int *code)
{
	struct run_options o;
	TRY(parse_options(argc, argv, &o));
	CLEANUP_FREE char *job = NULL;
	TRY(job_folder_need(o.job, &job));
	const struct run_request r = {
	    .job = job,
	    .payload = o.payload,
	    .initrd = o.changes.initrd,
	    .pool = o.pool,
	    .board = o.board,
	    .variants = o.changes.variants,
	    .append = o.changes.append,
	    .deadline = o.changes.deadline,
	    .repeat = o.repeat,
	    .publish = o.publish,
	    .no_publish = o.no_publish,
	};
	const struct run_handing handing = {.results = o.results,
					    .boards = o.boards,
					    .farm = o.farm,
					    .json = o.json,
					    .leave = o.wait && strcmp(o.wait, "no") == 0};
	bool taken = false, fetches;
	TRY(needs_fetching(&r, &fetches));
	if (fetches && handing.leave)
		return error_new(ERROR_USAGE, "--wait no: what a URL names is fetched here first");
	if (!o.here && !fetches)
		TRY(run_by_daemon(&handing, &r, &taken, code));
	return taken ? NULL : run_here(&o, &r, code);
}

const struct cmd cmd_run = {
    .name = "run",
    .arguments = "JOB [OPTIONS]",
    .summary = "Runs a job on its pools and judges it",
    .before = "JOB is a file, or the name of one in jobs/.\n",
    CMD_OPTIONS(options_table),
    .after = "exit codes: 0 all as wanted, 1 a FAIL, 2 usage or configuration,\n"
	     "            3 lab trouble only (MISS or ERROR)\n",
    .operands = {{VALUES_JOB, NULL, false}},
    .run = run_command,
};
