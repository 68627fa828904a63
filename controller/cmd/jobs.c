// SPDX-License-Identifier: GPL-2.0-or-later
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "cmd/cmd.h"
#include "config/job_folder.h"
#include "cmd/options.h"
#include "cmd/problems.h"
#include "cmd/terminal.h"
#include "config/job.h"
#include "text/wrap.h"

struct jobs_words {
	bool json;
};

static const struct cmd_option options_table[] = {
    OPTION_JSON(struct jobs_words, json, "one JSON object a job"),
};

static char *name_pools(const struct job_config *job)
{
	struct buffer text = {0};
	for (size_t i = 0; i < job->pools_count; i++)
		buffer_printf(&text, "%s%s", i ? " " : "", job->pools[i]);
	return buffer_steal(&text);
}

static void print_job(const struct job_config *job)
{
	size_t room = terminal_columns();
	CLEANUP_FREE char *pools = name_pools(job);
	CLEANUP_FREE char *name = memory_printf("%-12s ", job->name);
	wrap_print(stdout, room, name, "%s, deadline %g s, pools %s",
		   payload_kind_name(job->payload.kind), job->deadline_s, pools);
	if (job->description)
		wrap_print(stdout, room, "  ", "%s", job->description);
	for (size_t i = 0; i < job->variants_count; i++) {
		const struct variant_config *v = &job->variants[i];
		CLEANUP_FREE char *lead = memory_printf("  %-12s ", v->name);
		wrap_print(stdout, room, lead, "%s", v->arguments);
		for (size_t w = 0; w < v->wants_count; w++)
			wrap_print(stdout, room, "               ",
				   "wants %zu splat kinds, %zu failing tests on %s",
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

static void show_file(const char *path, bool json, struct config_problems *problems)
{
	CLEANUP_JOB struct job_config *job = NULL;
	job_load_all(path, problems, &job);
	if (job && json)
		print_json(job);
	else if (job)
		print_job(job);
}

static struct error *show_path(const char *path, bool json, struct config_problems *problems)
{
	struct stat st;
	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode)) {
		CLEANUP_FREE char *file = NULL;
		TRY(job_folder_need(path, &file));
		show_file(file, json, problems);
		return NULL;
	}
	char **files = NULL;
	size_t count = 0;
	TRY(config_list_files(path, &files, &count));
	if (!count)
		return error_new(ERROR_CONFIG, "%s: no *.yaml file in this folder", path);
	for (size_t i = 0; i < count; i++) {
		show_file(files[i], json, problems);
		free(files[i]);
	}
	free(files);
	return NULL;
}

static struct error *jobs_command(int argc, char **argv, int *code)
{
	struct jobs_words w = {0};
	int first;
	TRY(cmd_parse(&cmd_jobs, argc, argv, &w, &first));
	*code = EXIT_AS_WANTED;
	CLEANUP_PROBLEMS struct config_problems problems = {0};
	if (first == argc)
		TRY(show_path("jobs", w.json, &problems));
	for (int i = first; i < argc; i++)
		TRY(show_path(argv[i], w.json, &problems));
	return cmd_tell_problems(&cmd_jobs, &problems);
}

const struct cmd cmd_jobs = {
    .name = "jobs",
    .arguments = "[--json] [JOB|DIR...]",
    .summary = "Lists jobs, and checks their files",
    CMD_OPTIONS(options_table),
    .after =
	"Without a name, the jobs of the folder jobs/. Every mistake is told with its place.\n",
    .operands = {{VALUES_JOB, NULL, true}},
    .run = jobs_command,
};
