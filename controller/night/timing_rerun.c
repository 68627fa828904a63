// SPDX-License-Identifier: GPL-2.0-or-later
#include "night/timing_rerun.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "config/farm.h"
#include "kernel/payload.h"
#include "record/layout.h"
#include "record/model.h"
#include "run/directory.h"

// The image of the run: the farm's own copy, or the file it was made from if that is unchanged.
static struct error *load_image(const char *results, const char *run_id, struct job_config *job,
				struct payload_file *payload)
{
	const char *sha256 = job->run.sha256;
	CLEANUP_FREE char *kept = payload_kept_path(results, sha256 ? sha256 : "");
	bool have = sha256 && file_exists(kept);
	TRY(payload_resolve(job, have ? kept : NULL, results, payload));
	if (sha256 && strcmp(sha256, payload->sha256) != 0)
		return error_new(ERROR_LAB, "%s has changed since run %s: its image is gone",
				 payload->path, run_id);
	if (have && job->run.payload_name) {
		free(payload->name);
		payload->name = memory_strdup(job->run.payload_name);
		payload->package = job->run.package ? memory_strdup(job->run.package) : NULL;
	}
	return NULL;
}

// Nobody keeps copies of initrds: the one that the run booted must still be where it lay.
static struct error *check_initrd(const char *results, const char *run_id,
				  const struct job_config *job)
{
	if (!job->payload.parts[PAYLOAD_INITRD].path)
		return NULL;
	CLEANUP_ARENA struct arena arena = {0};
	const struct run *run;
	TRY(model_load_run(results, run_id, &arena, &run));
	const struct file_ref *was = run->payload ? run->payload->initrd : NULL;
	if (!was || !was->sha256)
		return NULL;
	char hex[DIGEST_HEX_SIZE];
	TRY(digest_file(job->payload.parts[PAYLOAD_INITRD].path, ERROR_LAB, hex));
	if (strcmp(hex, was->sha256) != 0)
		return error_new(ERROR_LAB, "%s has changed since run %s: its initrd is gone",
				 job->payload.parts[PAYLOAD_INITRD].path, run_id);
	return NULL;
}

static struct error *load_snapshots(const char *results, const char *run_id,
				    struct job_config **job, struct boards_config **boards,
				    struct payload_file *payload)
{
	CLEANUP_FREE char *dir = layout_run(results, run_id);
	CLEANUP_FREE char *job_path = path_join(dir, LAYOUT_JOB_YAML);
	CLEANUP_FREE char *board_path = path_join(dir, LAYOUT_BOARD_YAML);
	TRY(job_load(job_path, job));
	TRY(boards_load(board_path, boards));
	TRY(check_initrd(results, run_id, *job));
	return load_image(results, run_id, *job, payload);
}

struct timing_rerun {
	char *results;
	struct farm_config *farm;
	struct job_config *job;
	struct boards_config *boards;
	struct payload_file payload;
	struct batch_options options;
	struct batch *batch;
};

void timing_rerun_free(struct timing_rerun *r)
{
	if (!r)
		return;
	batch_free(r->batch);
	payload_deinit(&r->payload);
	boards_free(r->boards);
	job_free(r->job);
	farm_free(r->farm);
	free(r->results);
	free(r);
}

struct batch *timing_rerun_batch(const struct timing_rerun *r)
{
	return r->batch;
}

struct error *timing_rerun_new(const struct timing_rerun_options *o, struct timing_rerun **out)
{
	CLEANUP_TIMING_RERUN struct timing_rerun *r = memory_new(1, sizeof(*r));
	r->results = memory_strdup(o->results);
	TRY(farm_load(o->farm, &r->farm));
	TRY(load_snapshots(r->results, o->run, &r->job, &r->boards, &r->payload));
	TRY(job_use_payload(r->job, r->payload.path));
	r->job->name = o->job;
	r->job->run = (struct run_identity){.id = NULL};
	r->options = (struct batch_options){.results_dir = r->results,
					    .lab = r->farm->lab,
					    .origin = r->farm->origin,
					    .tree = r->farm->tree,
					    .contact = r->farm->contact,
					    .parallel = 1,
					    .gate = o->gate};
	TRY(batch_new(&r->options, r->job, r->boards, &r->payload, &r->batch));
	*out = STEAL(r);
	return NULL;
}
