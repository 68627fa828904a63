// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "cmd/cmd.h"
#include "cmd/name.h"
#include "cmd/options.h"
#include "cmd/store.h"
#include "results/report/report.h"
#include "results/report/show.h"

struct report_words {
	const char *dir, *output, *job, *tree, *vmlinux;
	bool html, subject, self_contained;
};

static const struct cmd_option options_table[] = {
    OPTION_FLAG(struct report_words, html, .name = "html",
		.help = "one HTML file that needs no other; as text otherwise"),
    OPTION_FLAG(struct report_words, self_contained, .name = "self-contained",
		.help = "with --html: the file carries the consoles too"),
    OPTION_FLAG(struct report_words, subject, .name = "subject",
		.help = "only the line a mail would have as its subject"),
    OPTION_VALUE(struct report_words, output, "FILE", VALUES_FILE, .name = "output", .letter = 'o',
		 .help = "where to (standard output)"),
    OPTION_VALUE(struct report_words, tree, "DIR", VALUES_FILE, .name = "tree",
		 .help = "git tree of the code: commits between good and bad, and maintainers"),
    OPTION_VALUE(struct report_words, vmlinux, "FILE", VALUES_FILE, .name = "vmlinux",
		 .help = "of the kernel that was run, with debug data: lines in traces"),
    OPTION_JOB_OF(struct report_words, job),
    OPTION_RESULTS(struct report_words, dir),
};

static struct error *write_out(const char *output, const struct buffer *text)
{
	if (output && strcmp(output, "-") != 0)
		return file_write_atomic(output, buffer_str(text), text->len);
	fwrite(buffer_str(text), 1, text->len, stdout);
	return NULL;
}

static struct error *write_page(const struct report_words *w, struct batch_report *r,
				struct buffer *out)
{
	bool to_file = w->output && strcmp(w->output, "-") != 0;
	CLEANUP_BUFFER struct buffer url = {0};
	TRY(report_runs_url(w->dir, to_file ? w->output : NULL, &url));
	r->runs_url = buffer_str(&url);
	r->self_contained = w->self_contained;
	report_write_html(r, out);
	r->runs_url = NULL;
	return NULL;
}

static struct error *report_run(int argc, char **argv, int *code)
{
	struct report_words w = {0};
	int first;
	TRY(cmd_parse(&cmd_report, argc, argv, &w, &first));
	if (w.self_contained && !w.html)
		return error_new(ERROR_USAGE, "--self-contained: expected with --html");
	if (argc - first > 1)
		return error_new(ERROR_USAGE, "one batch at a time, \"%s\" is too much",
				 argv[first + 1]);
	const char *dir = w.dir;
	CLEANUP_FREE char *id = NULL;
	TRY(cmd_name_batch(dir, first < argc ? argv[first] : NULL, w.job, &id));
	CLEANUP_BATCH_RESULTS struct batch_results b = {0};
	TRY(error_wrap_kind(batch_results_load(dir, id, &b), ERROR_USAGE, "batch %s", id));
	CLEANUP_STORE struct store *store = NULL;
	TRY(cmd_open_store(dir, &store));
	CLEANUP_REPORT struct batch_report r = {0};
	const struct report_sources sources = {w.tree, w.vmlinux};
	TRY(report_build(dir, &b, store, &sources, &r));
	CLEANUP_BUFFER struct buffer text = {0};
	if (w.subject) {
		report_subject(&r, &text);
		buffer_append(&text, "\n", 1);
	} else if (w.html) {
		TRY(write_page(&w, &r, &text));
	} else {
		report_write_text(&r, 0, &text);
	}
	TRY(write_out(w.output, &text));
	*code = report_timing_failures(&r) > 0 ? EXIT_FAIL : results_exit_code(&b);
	return NULL;
}

const struct cmd cmd_report = {
    .name = "report",
    .arguments = "[--html] [-o FILE] [BATCH]",
    .summary = "Reports a batch: new, known, fixed, lab trouble",
    .before = "Compares the batch (the latest, or BATCH) with earlier ones of its job. Each splat\n"
	      "is shown once with its console and the boards that show it.\n",
    CMD_OPTIONS(options_table),
    .after =
	CMD_BATCH_HELP "Exits like `mmfarm run`: 0 all as wanted, 1 a FAIL, 3 lab trouble only.\n",
    .operands = {{VALUES_BATCH, NULL, false}},
    .run = report_run,
};
