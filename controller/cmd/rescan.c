// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "cmd/cmd.h"
#include "cmd/name.h"
#include "cmd/options.h"
#include "record/layout.h"
#include "run/directory.h"
#include "run/rescan.h"

struct rescan_words {
	const char *dir;
	bool json, dry;
};

static const struct cmd_option options_table[] = {
    OPTION_RESULTS(struct rescan_words, dir),
    OPTION_JSON(struct rescan_words, json,
		"one JSON object a run, also of those that did not change"),
    OPTION_FLAG(struct rescan_words, dry, .name = "dry-run", .letter = 'n',
		.help = "writes nothing"),
};

struct rescan_tally {
	size_t runs, verdicts, differing, unreadable, unfinished;
};

static const char *what_name(enum rescan_what what)
{
	static const char *const names[] = {"new", "gone", "changed"};
	return names[what];
}

static const char *outcome_of(const struct run *r)
{
	return r->outcome ? r->outcome : "";
}

static void print_json(const struct rescan *r)
{
	json_t *changes = json_array();
	for (size_t i = 0; i < r->changes_count; i++) {
		const struct rescan_change *c = &r->changes[i];
		json_array_append_new(changes,
				      json_pack("{s:s, s:I, s:s?, s:s?}", "what",
						what_name(c->what), "line", (json_int_t)c->line,
						"before", c->before, "after", c->after));
	}
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:o}", "run", r->before->id,
			      "verdict_before", status_name(r->before->verdict), "verdict_after",
			      status_name(r->after->verdict), "reason_after", r->after->reason,
			      "outcome_before", outcome_of(r->before), "outcome_after",
			      outcome_of(r->after), "rules_before", (json_int_t)r->rules_before,
			      "rules_after", (json_int_t)r->rules_after, "changes", changes);
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

static void print_text(const struct rescan *r)
{
	printf("%s: ", r->before->id);
	if (r->before->verdict != r->after->verdict)
		printf("%s -> %s (%s)\n", status_name(r->before->verdict),
		       status_name(r->after->verdict), r->after->reason);
	else
		printf("%s as before, other findings\n", status_name(r->after->verdict));
	if (strcmp(outcome_of(r->before), outcome_of(r->after)) != 0)
		printf("  outcome %s -> %s\n", outcome_of(r->before), outcome_of(r->after));
	for (size_t i = 0; i < r->changes_count; i++) {
		const struct rescan_change *c = &r->changes[i];
		printf("  line %llu %s: %s%s%s\n", (unsigned long long)c->line, what_name(c->what),
		       c->before ? c->before : "", c->before && c->after ? " -> " : "",
		       c->after ? c->after : "");
	}
}

static void rescan_one(const struct rescan_words *w, const char *id, struct rescan_tally *t)
{
	CLEANUP_FREE char *dir = layout_run(w->dir, id);
	CLEANUP_RESCAN struct rescan r = {0};
	if (!directory_is_finished(dir)) {
		t->unfinished++;
		return;
	}
	CLEANUP_ERROR struct error *e = rescan_run(dir, !w->dry, &r);
	if (e) {
		fflush(stdout);
		fprintf(stderr, "mmfarm rescan: %s: %s\n", id, error_text(e));
		t->unreadable++;
		return;
	}
	t->runs++;
	t->verdicts += r.before->verdict != r.after->verdict;
	t->differing += rescan_differs(&r);
	if (w->json)
		print_json(&r);
	else if (rescan_differs(&r))
		print_text(&r);
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static struct error *rescan_all(const struct rescan_words *w, struct rescan_tally *t)
{
	CLEANUP_FREE char *runs = path_join(w->dir, LAYOUT_RUNS);
	struct dirent **names = NULL;
	int count = scandir(runs, &names, not_hidden, alphasort);
	if (count < 0)
		return error_errno(ERROR_USAGE, errno, "%s", runs);
	for (int i = 0; i < count; i++) {
		rescan_one(w, names[i]->d_name, t);
		free(names[i]);
	}
	free(names);
	return NULL;
}

static struct error *rescan_command(int argc, char **argv, int *code)
{
	struct rescan_words w = {0};
	struct rescan_tally t = {0};
	int first;
	TRY(cmd_parse(&cmd_rescan, argc, argv, &w, &first));
	for (int i = first; i < argc; i++) {
		CLEANUP_FREE char *id = NULL;
		TRY(cmd_name_run(w.dir, argv[i], &id));
		rescan_one(&w, id, &t);
	}
	if (first == argc)
		TRY(rescan_all(&w, &t));
	if (!w.json) {
		printf("%zu runs judged again, %zu differ, %zu of them in the verdict", t.runs,
		       t.differing, t.verdicts);
		if (t.unfinished)
			printf(", %zu unfinished left out", t.unfinished);
		putchar('\n');
	}
	*code = t.unreadable ? EXIT_LAB : t.verdicts ? EXIT_FAIL : EXIT_AS_WANTED;
	return NULL;
}

const struct cmd cmd_rescan = {
    .name = "rescan",
    .arguments = "[OPTIONS] [RUN...]",
    .summary = "Judges archived runs again with the rules of today",
    .before =
	"Shows what a change of the rules would have changed. Nothing is rewritten: the new\n"
	"judgement of a run is laid beside the old one, as rescans/RULES_VERSION.json in its\n"
	"directory. Without RUN, all runs.\n",
    CMD_OPTIONS(options_table),
    .after = CMD_RUN_HELP
    "exit codes: 0 no verdict differs, 1 some do, 2 usage, 3 a run could not be read\n",
    .operands = {{VALUES_RUN, NULL, true}},
    .run = rescan_command,
};
