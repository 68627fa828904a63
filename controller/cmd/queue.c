// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cmd/client.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/terminal.h"
#include "text/table.h"

struct queue_words {
	const char *results, *farm, *why, *cancel;
	bool json, drain, reload;
};

static const struct cmd_option options_table[] = {
    OPTION_VALUE(struct queue_words, why, "WORD", VALUES_JOB_NAME, .name = "why",
		 .help = "why each waiting run of this job (or batch) waits"),
    OPTION_VALUE(struct queue_words, cancel, "BATCH", VALUES_BATCH, .name = "cancel",
		 .help = "ends a batch: what runs is judged, what has not begun is not run"),
    OPTION_FLAG(struct queue_words, drain, .name = "drain",
		.help = "the daemon begins nothing more, and ends when nothing runs"),
    OPTION_FLAG(struct queue_words, reload, .name = "reload",
		.help =
		    "the daemon reads boards/, jobs/ and farm.yaml anew, or says what is wrong"),
    OPTION_RESULTS(struct queue_words, results),
    OPTION_FARM(struct queue_words, farm),
    OPTION_JSON(struct queue_words, json, "the daemon's answer as it is"),
};

// ---- the table ----------------------------------------------------------------------------------

static size_t count_state(const json_t *runs, const char *state)
{
	size_t i, n = 0;
	const json_t *run;
	json_array_foreach(runs, i, run) n += strcmp(client_text(run, "state"), state) == 0;
	return n;
}

// What the batch waits for: the reason of its first waiting run.
static const char *first_reason(const json_t *runs)
{
	size_t i;
	const json_t *run;
	json_array_foreach(runs, i, run)
	{
		const char *why = client_text(run, "why");
		if (why[0])
			return why;
	}
	return "";
}

static void add_batch(struct table *t, const json_t *b)
{
	const json_t *runs = json_object_get(b, "runs");
	bool begun = json_is_true(json_object_get(b, "begun"));
	int64_t age_s = (int64_t)time(NULL) - client_number(b, "submitted_s");
	CLEANUP_FREE char *age = client_duration(age_s);
	const char *who = client_text(b, "submitter");
	table_put(t, "%s", client_text(b, "batch"));
	table_put(t, "%s", client_text(b, "job"));
	table_put(t, "%s %s", begun ? "runs" : "waits", age);
	table_put(t, "%zu/%zu", count_state(runs, "ended"), json_array_size(runs));
	table_put(t, "%lld", (long long)client_number(b, "priority"));
	table_put(t, "%s", who[0] ? who : client_text(b, "trigger"));
	table_put(t, "%s", first_reason(runs));
}

static void print_queue(const json_t *answer)
{
	static const struct table_head heads[] = {
	    {"batch", 1, false}, {"job", 0, true}, {"state", 0, false},    {"runs", 0, false},
	    {"prio", 3, false},  {"by", 2, false}, {"waits for", 1, true},
	};
	const json_t *batches = json_object_get(answer, "batches"), *b;
	const char *stuck = client_text(answer, "stuck");
	if (stuck[0])
		printf("nothing is begun: %s\n", stuck);
	if (json_is_true(json_object_get(answer, "draining")))
		puts("draining: nothing more is begun");
	if (json_array_size(batches) == 0) {
		puts("nothing waits, nothing runs");
		return;
	}
	CLEANUP_TABLE struct table t = TABLE_OF(heads);
	size_t i;
	json_array_foreach(batches, i, b) add_batch(&t, b);
	table_show(&t, terminal_columns(), stdout);
}

// ---- why ----------------------------------------------------------------------------------------

static bool is_meant(const json_t *b, const char *word)
{
	return strcmp(client_text(b, "job"), word) == 0 ||
	       strncmp(client_text(b, "batch"), word, strlen(word)) == 0;
}

static void explain_runs(const json_t *b)
{
	size_t i;
	const json_t *run;
	printf("%s of %s:\n", client_text(b, "batch"), client_text(b, "job"));
	json_array_foreach(json_object_get(b, "runs"), i, run)
	{
		const char *state = client_text(run, "state"), *why = client_text(run, "why");
		if (strcmp(state, "ended") == 0)
			continue;
		printf("  %-14s %-10s %s\n", client_text(run, "board"), client_text(run, "variant"),
		       strcmp(state, "running") == 0 ? "runs"
		       : why[0]                      ? why
						     : "begins now");
	}
}

static struct error *explain(const json_t *answer, const char *word)
{
	size_t i, found = 0;
	const json_t *b;
	json_array_foreach(json_object_get(answer, "batches"), i, b)
	{
		if (!is_meant(b, word))
			continue;
		explain_runs(b);
		found++;
	}
	if (!found)
		return error_new(ERROR_USAGE, "nothing of \"%s\" is in the queue", word);
	return NULL;
}

// ---- the command --------------------------------------------------------------------------------

static json_t *make_request(const struct queue_words *w)
{
	if (w->cancel)
		return json_pack("{s:s, s:s}", "do", "cancel", "batch", w->cancel);
	return json_pack("{s:s}", "do", w->drain ? "drain" : w->reload ? "reload" : "queue");
}

static struct error *queue_command(int argc, char **argv, int *code)
{
	struct queue_words w = {0};
	int first;
	TRY(cmd_parse(&cmd_queue, argc, argv, &w, &first));
	if (argc > first)
		return error_new(ERROR_USAGE, "\"%s\" is not expected", argv[first]);
	if ((w.cancel != NULL) + w.drain + w.reload + (w.why != NULL) > 1)
		return error_new(ERROR_USAGE, "--why, --cancel, --drain and --reload: one of them");
	CLEANUP_CLIENT struct client c = {.fd = -1};
	TRY(client_need(w.results, w.farm, &c));
	json_t *answer = NULL;
	TRY(client_ask(&c, make_request(&w), &answer));
	struct error *e = NULL;
	if (w.json) {
		json_dumpf(answer, stdout, JSON_COMPACT);
		putchar('\n');
	} else if (w.why) {
		e = explain(answer, w.why);
	} else if (!w.cancel && !w.drain && !w.reload) {
		print_queue(answer);
	}
	json_decref(answer);
	*code = EXIT_AS_WANTED;
	return e;
}

const struct cmd cmd_queue = {
    .name = "queue",
    .arguments = "[OPTIONS]",
    .summary = "What the daemon runs, what waits, and why",
    CMD_OPTIONS(options_table),
    .run = queue_command,
};
