// SPDX-License-Identifier: GPL-2.0-or-later
// Known issues: a draft of one, and what it would stand for.
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "cmd/cmd.h"
#include "cmd/name.h"
#include "cmd/options.h"
#include "cmd/store.h"
#include "record/model.h"
#include "triage/known.h"
#include "triage/load.h"
#include "triage/triage_text.h"

struct known_words {
	const char *dir, *from;
};

// ---- add ----------------------------------------------------------------------------------------

static const struct cmd_option add_options[] = {
    OPTION_VALUE(struct known_words, from, "RUN", VALUES_RUN, .name = "from",
		 .help = "that shows it"),
    OPTION_RESULTS(struct known_words, dir),
};

extern const struct cmd known_add;

// The symptoms of the run that nobody wants.
static struct error *draft(const struct history *h, const char *run, struct buffer *out)
{
	for (size_t i = 0; i < h->runs_count; i++) {
		const struct history_run *r = &h->runs[i];
		if (strcmp(r->id, run) != 0)
			continue;
		for (size_t k = r->first; k < r->first + r->count; k++)
			if (!h->sightings[k].wanted)
				known_draft(h, &h->symptoms[h->sightings[k].symptom], r, out);
	}
	return out->len ? NULL : error_new(ERROR_USAGE, "run %s shows nothing unwanted", run);
}

static struct error *add_run(int argc, char **argv, int *code)
{
	struct known_words w = {0};
	int first;
	TRY(cmd_parse(&known_add, argc, argv, &w, &first));
	if (first < argc || !w.from)
		return error_new(ERROR_USAGE, "expected --from RUN and nothing else");
	CLEANUP_FREE char *id = NULL;
	CLEANUP_ARENA struct arena arena = {0};
	const struct run *run;
	TRY(cmd_name_run(w.dir, w.from, &id));
	TRY(error_wrap_kind(model_load_run(w.dir, id, &arena, &run), ERROR_USAGE, "run %s", id));
	CLEANUP_STORE struct store *store = NULL;
	CLEANUP_HISTORY struct history h;
	CLEANUP_BUFFER struct buffer out = {0};
	history_init(&h);
	TRY(cmd_open_store(w.dir, &store));
	TRY(history_load(&h, store, run->batch));
	TRY(draft(&h, id, &out));
	printf("issues:\n%s", buffer_str(&out));
	*code = EXIT_AS_WANTED;
	return NULL;
}

const struct cmd known_add = {
    .name = "add",
    .arguments = "--from RUN [OPTIONS]",
    .summary = "Writes a draft of an issue for what a run shows",
    .before = "Prints the draft: put it into a file of issues/, and say who answers for it.\n",
    CMD_OPTIONS(add_options),
    .after = CMD_RUN_HELP,
    .run = add_run,
};

// ---- test ---------------------------------------------------------------------------------------

static const struct cmd_option test_options[] = {
    OPTION_RESULTS(struct known_words, dir),
};

extern const struct cmd known_test;

// Each fault that the issue stands for, with its runs.
static void print_faults(const struct known_issue *issue, const struct history *h)
{
	size_t *runs = memory_new(h->symptoms_count + 1, sizeof(*runs));
	const char **last = memory_new(h->symptoms_count + 1, sizeof(char *));
	for (size_t i = 0; i < h->sightings_count; i++) {
		const struct sighting *s = &h->sightings[i];
		const struct symptom *symptom = &h->symptoms[s->symptom];
		if (s->wanted || !known_fits(issue, h, symptom, &h->runs[s->run]))
			continue;
		if (runs[s->symptom]++ == 0) // batches come newest first
			last[s->symptom] = h->runs[s->run].id;
	}
	for (size_t i = 0; i < h->symptoms_count; i++) {
		CLEANUP_BUFFER struct buffer title = {0};
		if (runs[i] == 0)
			continue;
		symptom_title(&h->symptoms[i], &title);
		printf("  %5zu run%s  %s%s%s%s  e.g. %s\n", runs[i], runs[i] == 1 ? " " : "s",
		       buffer_str(&title), h->symptoms[i].sig2 ? " [" : "",
		       h->symptoms[i].sig2 ? h->symptoms[i].sig2 : "",
		       h->symptoms[i].sig2 ? "]" : "", last[i]);
	}
	free(runs);
	free(last);
}

static struct error *test_run(int argc, char **argv, int *code)
{
	struct known_words w = {0};
	int first;
	TRY(cmd_parse(&known_test, argc, argv, &w, &first));
	if (argc - first != 1)
		return error_new(ERROR_USAGE, "expected one file (or folder) of issues");
	CLEANUP_ISSUES struct issues_config issues = {0};
	CLEANUP_STORE struct store *store = NULL;
	CLEANUP_HISTORY struct history h;
	history_init(&h);
	TRY(issues_load(argv[first], &issues));
	TRY(cmd_open_store(w.dir, &store));
	TRY(history_load_archive(&h, store));
	CLEANUP_FREE struct known_state *states = memory_new(issues.count + 1, sizeof(*states));
	known_look(&issues, &h, states);
	*code = EXIT_AS_WANTED;
	for (size_t i = 0; i < issues.count; i++) {
		printf("%s: %zu run%s, %zu fault%s%s\n", issues.items[i].name, states[i].sightings,
		       states[i].sightings == 1 ? "" : "s", states[i].signatures,
		       states[i].signatures == 1 ? "" : "s",
		       states[i].ambiguous ? ", unlike ones: it would excuse nothing" : "");
		print_faults(&issues.items[i], &h);
		if (states[i].ambiguous)
			*code = EXIT_FAIL;
	}
	return NULL;
}

const struct cmd known_test = {
    .name = "test",
    .arguments = "FILE [OPTIONS]",
    .summary = "Shows which runs of the archive issues would stand for",
    .before =
	"Each issue with the faults it fits, and in how many runs of the newest 200,000 of all\n"
	"jobs. One that fits unlike faults excuses nothing unless it says `broad: true`.\n",
    CMD_OPTIONS(test_options),
    .after =
	"exit codes: 0 each fits one fault at most, or is broad; 1 one does not; 2 usage or a\n"
	"            mistake in the file\n",
    .operands = {{VALUES_FILE, NULL, false}},
    .run = test_run,
};

static const struct cmd *const words[] = {&known_add, &known_test, NULL};

const struct cmd cmd_known = {
    .name = "known",
    .arguments = "add|test [OPTIONS]",
    .summary = "Drafts known issues, and tries them on the archive",
    .words = words,
};
