// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/name.h"
#include "cmd/options.h"
#include "cmd/store.h"
#include "triage/known.h"
#include "triage/triage.h"
#include "triage/triage_text.h"

struct triage_words {
	const char *dir, *job, *issues;
	bool json;
};

static const struct cmd_option options_table[] = {
    OPTION_JSON(struct triage_words, json, "one JSON object"),
    OPTION_JOB_OF(struct triage_words, job),
    OPTION_VALUE(struct triage_words, issues, "DIR", VALUES_FOLDER, .name = "issues",
		 .help = "folder (or file) of known issues (issues, if there is one)"),
    OPTION_RESULTS(struct triage_words, dir),
};

// The code's side before the lab's.
static int exit_code(const struct findings *f)
{
	int code = EXIT_AS_WANTED;
	for (size_t i = 0; i < f->count; i++) {
		const struct triage_finding *one = &f->items[i];
		if (!finding_is_red(one))
			continue;
		if (f->history->symptoms[one->symptom].status == STATUS_FAIL)
			return EXIT_FAIL;
		code = EXIT_LAB;
	}
	return code;
}

static struct error *print(const struct findings *f, bool json)
{
	if (json) {
		CLEANUP_JSON_WRITER struct json_writer w;
		json_writer_init(&w, stdout);
		triage_write_json(f, &w);
		TRY(json_writer_finish(&w, "standard output"));
		putchar('\n');
		return NULL;
	}
	CLEANUP_BUFFER struct buffer text = {0};
	triage_write_text(f, &text);
	fwrite(buffer_str(&text), 1, text.len, stdout);
	return NULL;
}

static struct error *triage_run(int argc, char **argv, int *code)
{
	struct triage_words w = {0};
	int first;
	TRY(cmd_parse(&cmd_triage, argc, argv, &w, &first));
	if (argc - first > 1)
		return error_new(ERROR_USAGE, "one batch at a time, \"%s\" is too much",
				 argv[first + 1]);
	CLEANUP_FREE char *id = NULL;
	TRY(cmd_name_batch(w.dir, first < argc ? argv[first] : NULL, w.job, &id));
	CLEANUP_ISSUES struct issues_config issues = {0};
	CLEANUP_TRIAGE struct triage t = {0};
	TRY(issues_load(w.issues, &issues));
	CLEANUP_STORE struct store *store = NULL;
	TRY(cmd_open_store(w.dir, &store));
	TRY(triage_batch(store, id, &issues, &t));
	TRY(print(&t.findings, w.json));
	CLEANUP_BUFFER struct buffer warnings = {0};
	known_warn(&issues, t.states, &t.history, &warnings);
	fputs(buffer_str(&warnings), stderr);
	*code = exit_code(&t.findings);
	return NULL;
}

const struct cmd cmd_triage = {
    .name = "triage",
    .arguments = "[OPTIONS] [BATCH]",
    .summary = "Says what went wrong in a batch, since when, and where",
    .before = "Each finding once, in one of\n"
	      "  NEW                  what earlier batches of the job did not show\n"
	      "  SETUP-CHANGED        the same payload did well on another emulator or firmware\n"
	      "  STILL                as the batch before\n"
	      "  FLAKY                now and then\n"
	      "  INFRA                the lab could not run it\n"
	      "  LOST-COVERAGE        for the second batch no result where there was one\n"
	      "  FIXED                what is gone\n"
	      "  KNOWN                what the job wants, or an issue of issues/ stands for\n"
	      "NEW? and FIXED? are not sure yet: luck could do that.\n"
	      "Exits with 1 for a finding of the tested code, 3 for one of tests or lab alone,\n"
	      "0 when all is KNOWN or FIXED.\n",
    CMD_OPTIONS(options_table),
    .after = CMD_BATCH_HELP,
    .operands = {{VALUES_BATCH, NULL, false}},
    .run = triage_run,
};
