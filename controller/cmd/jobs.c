// SPDX-License-Identifier: GPL-2.0-or-later
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "cmd/cmd.h"
#include "config/job_folder.h"
#include "cmd/options.h"
#include "config/job.h"

struct jobs_words {
	bool json;
};

static const struct cmd_option options_table[] = {
    OPTION_JSON(struct jobs_words, json, "one JSON object a job"),
};

static void print_job(const struct job_config *job)
{
	printf("%-12s %s, deadline %g s, pools", job->name, payload_kind_name(job->payload.kind),
	       job->deadline_s);
	for (size_t i = 0; i < job->pools_count; i++)
		printf(" %s", job->pools[i]);
	printf("\n");
	if (job->description)
		printf("  %s\n", job->description);
	for (size_t i = 0; i < job->variants_count; i++) {
		const struct variant_config *v = &job->variants[i];
		printf("  %-12s %s\n", v->name, v->arguments);
		for (size_t w = 0; w < v->wants_count; w++)
			printf("  %-12s wants %zu splat kinds, %zu failing tests on %s\n", "",
			       v->wants[w].splats_count, v->wants[w].failing_tests_count,
			       v->wants[w].pools_count ? v->wants[w].pools[0] : "all pools");
	}
}

static void print_json(const struct job_config *job)
{
	json_t *variants = json_array();
	for (size_t i = 0; i < job->variants_count; i++)
		json_array_append_new(variants,
				      json_pack("{s:s, s:s}", "name", job->variants[i].name,
						"arguments", job->variants[i].arguments));
	json_t *pools = json_array();
	for (size_t i = 0; i < job->pools_count; i++)
		json_array_append_new(pools, json_string(job->pools[i]));
	json_t *o =
	    json_pack("{s:s, s:s, s:s, s:f, s:o, s:o}", "job", job->name, "file",
		      config_file_name(job->file), "payload", payload_kind_name(job->payload.kind),
		      "deadline", job->deadline_s, "pools", pools, "variants", variants);
	json_dumpf(o, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15));
	putchar('\n');
	json_decref(o);
}

static struct error *show_file(const char *path, bool json)
{
	CLEANUP_JOB struct job_config *job = NULL;
	TRY(job_load(path, &job));
	if (json)
		print_json(job);
	else
		print_job(job);
	return NULL;
}

static struct error *show_path(const char *path, bool json)
{
	struct stat st;
	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode)) {
		CLEANUP_FREE char *file = NULL;
		TRY(job_folder_need(path, &file));
		return show_file(file, json);
	}
	char **files = NULL;
	size_t count = 0;
	TRY(config_list_files(path, &files, &count));
	if (!count)
		return error_new(ERROR_CONFIG, "%s: no *.yaml file in this folder", path);
	struct error *e = NULL;
	for (size_t i = 0; i < count; i++) {
		if (!e)
			e = show_file(files[i], json);
		free(files[i]);
	}
	free(files);
	return e;
}

static struct error *jobs_command(int argc, char **argv, int *code)
{
	struct jobs_words w = {0};
	int first;
	TRY(cmd_parse(&cmd_jobs, argc, argv, &w, &first));
	*code = EXIT_AS_WANTED;
	if (first == argc)
		return show_path("jobs", w.json);
	for (int i = first; i < argc; i++)
		TRY(show_path(argv[i], w.json));
	return NULL;
}

const struct cmd cmd_jobs = {
    .name = "jobs",
    .arguments = "[--json] [JOB|DIR...]",
    .summary = "Lists jobs, and checks their files",
    CMD_OPTIONS(options_table),
    .after = "Without a name, the jobs of the folder jobs/.\n",
    .operands = {{VALUES_JOB, NULL, true}},
    .run = jobs_command,
};
