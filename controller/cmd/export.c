// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "cmd/cmd.h"
#include "cmd/export_lava.h"
#include "cmd/name.h"
#include "cmd/options.h"
#include "config/job_folder.h"
#include "results/export/export.h"
#include "results/report/show.h"

struct export_words {
	const char *dir, *output, *job;
	const char *variant, *method, *type; // of lava
};

static const struct cmd_option options_table[] = {
    OPTION_VALUE(struct export_words, output, "FILE", VALUES_FILE, .name = "output", .letter = 'o',
		 .help = "where to (standard output)"),
    OPTION_JOB_OF(struct export_words, job),
    OPTION_VALUE(struct export_words, variant, "NAME", VALUES_TEXT, .name = "variant",
		 .heading = "lava", .help = "which variant of the job (the first)"),
    OPTION_VALUE(struct export_words, method, "METHOD", VALUES_CHOICE, .name = "method",
		 .choices = "qemu minimal u-boot", .preset = "qemu", .help = "how LAVA boots it"),
    OPTION_VALUE(struct export_words, type, "TYPE", VALUES_TEXT, .name = "device-type",
		 .help = "LAVA's device type (the job's first pool)"),
    OPTION_RESULTS(struct export_words, dir),
};

static const struct {
	const char *name;
	void (*write)(const struct batch_results *b, struct buffer *out);
} forms[] = {
    {"junit", export_junit},
    {"tap", export_tap},
    {"csv", export_csv},
};

static struct error *find_form(const char *word, size_t *out)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcmp(forms[i].name, word) == 0) {
			*out = i;
			return NULL;
		}
	return error_new(ERROR_USAGE, "\"%s\": expected junit, tap, csv or lava", word);
}

static struct error *write_text(const char *output, const struct buffer *text)
{
	if (output && strcmp(output, "-") != 0)
		return file_write_atomic(output, buffer_str(text), text->len);
	fwrite(buffer_str(text), 1, text->len, stdout);
	return NULL;
}

static struct error *export_job(const char *name, const struct export_words *w)
{
	CLEANUP_FREE char *path = NULL;
	CLEANUP_JOB struct job_config *job = NULL;
	CLEANUP_BUFFER struct buffer text = {0};
	if (!name)
		return error_new(ERROR_USAGE, "expected a job");
	TRY(job_folder_need(name, &path));
	TRY(job_load(path, &job));
	TRY(export_lava(job, w->variant, w->method, w->type, &text));
	return write_text(w->output, &text);
}

static struct error *export_run(int argc, char **argv, int *code)
{
	struct export_words w = {0};
	int first;
	TRY(cmd_parse(&cmd_export, argc, argv, &w, &first));
	const char *dir = w.dir, *output = w.output;
	if (first == argc)
		return error_new(ERROR_USAGE, "expected junit, tap, csv or lava");
	if (argc - first > 2)
		return error_new(ERROR_USAGE, "one batch at a time, \"%s\" is too much",
				 argv[first + 2]);
	if (strcmp(argv[first], "lava") == 0) {
		*code = EXIT_AS_WANTED;
		return export_job(argv[first + 1], &w);
	}
	size_t form = 0;
	TRY(find_form(argv[first], &form));
	CLEANUP_FREE char *id = NULL;
	TRY(cmd_name_batch(dir, first + 1 < argc ? argv[first + 1] : NULL, w.job, &id));
	CLEANUP_BATCH_RESULTS struct batch_results b = {0};
	TRY(error_wrap_kind(batch_results_load(dir, id, &b), ERROR_USAGE, "batch %s", id));
	CLEANUP_BUFFER struct buffer text = {0};
	forms[form].write(&b, &text);
	TRY(write_text(output, &text));
	*code = results_exit_code(&b);
	return NULL;
}

const struct cmd cmd_export = {
    .name = "export",
    .arguments = "junit|tap|csv [-o FILE] [BATCH] | lava [-o FILE] JOB",
    .summary = "Writes a batch as JUnit XML, TAP or CSV, a job as LAVA's",
    .before = "  junit    a testsuite a run; opens in Jenkins, GitLab and by Ant's schema\n"
	      "  tap      TAP version 13, a line a result\n"
	      "  csv      RFC 4180, a line for each run, test and metric\n"
	      "  lava     a job as a job definition of LAVA, which judges it by monitors\n",
    CMD_OPTIONS(options_table),
    .after = CMD_BATCH_HELP "Without it, the latest. Exits like `mmfarm run`: 0 all as wanted,\n"
			    "1 a FAIL, 3 lab trouble only.\n",
    .operands = {{VALUES_CHOICE, "junit tap csv lava", false}, {VALUES_BATCH, NULL, false}},
    .run = export_run,
};
