// SPDX-License-Identifier: GPL-2.0-or-later
// The words about what the farm remembers: list, show, explain, ack, wontfix, evaluate.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "cmd/cmd.h"
#include "cmd/name.h"
#include "cmd/options.h"
#include "cmd/terminal.h"
#include "cmd/timing.h"
#include "config/boards.h"
#include "night/timing_boards.h"
#include "night/timing_find.h"
#include "record/model.h"
#include "results/series/night.h"
#include "results/report/timing_report.h"
#include "results/results.h"
#include "results/store/store.h"
#include "timing/evaluate/evaluate.h"

struct timing_alerts_words {
	struct timing_place place;
	const char *by, *bug, *why, *state, *html;
	bool all, json, wide;
};

#define ALERT_PLACE                                                \
	OPTION_RESULTS(struct timing_alerts_words, place.results), \
	    OPTION_BOARDS(struct timing_alerts_words, place.boards)
#define ALERT_BY                                                                        \
	OPTION_VALUE(struct timing_alerts_words, by, "NAME", VALUES_TEXT, .name = "by", \
		     .help = "who answers for it")

static const struct cmd_option list_options[] = {
    OPTION_FLAG(struct timing_alerts_words, all, .name = "all",
		.help = "all alerts, not only the open ones"),
    OPTION_VALUE(struct timing_alerts_words, state, "LIST", VALUES_TEXT, .name = "state",
		 .help = "alerts in these states"),
    OPTION_JSON(struct timing_alerts_words, json, "one JSON object an alert"),
    OPTION_WIDE(struct timing_alerts_words, wide),
    ALERT_PLACE,
};

static const struct cmd_option show_options[] = {
    OPTION_VALUE(struct timing_alerts_words, html, "FILE", VALUES_FILE, .name = "html",
		 .help = "a page with the series drawn"),
    ALERT_PLACE,
};

static const struct cmd_option place_options[] = {ALERT_PLACE};

static const struct cmd_option ack_options[] = {
    ALERT_BY,
    OPTION_VALUE(struct timing_alerts_words, bug, "REFERENCE", VALUES_TEXT, .name = "bug",
		 .help = "where it is dealt with"),
    ALERT_PLACE,
};

static const struct cmd_option wontfix_options[] = {
    ALERT_BY,
    OPTION_VALUE(struct timing_alerts_words, why, "TEXT", VALUES_TEXT, .name = "why",
		 .help = "the reason"),
    ALERT_PLACE,
};

// "list" and its like take no name, the others one.
static struct error *parse(const struct cmd *c, int argc, char **argv, bool needs_operand,
			   struct timing_alerts_words *w)
{
	*w = (struct timing_alerts_words){.by = NULL};
	int first;
	TRY(cmd_parse(c, argc, argv, w, &first));
	if (argc - first != (needs_operand ? 1 : 0))
		return error_new(ERROR_USAGE,
				 needs_operand ? "%s: expected one name behind it"
					       : "%s takes no name",
				 argv[0]);
	return timing_place_check(&w->place, needs_operand ? argv[first] : NULL);
}

// ---- list ----------------------------------------------------------------------------------

struct listing {
	const struct timing_alerts_words *w;
	size_t count;
	struct table table;
};

static bool state_wanted(const struct timing_alerts_words *w, const struct alert *a)
{
	if (!w->state)
		return w->all || alert_is_open(a);
	CLEANUP_FREE char *copy = memory_strdup(w->state);
	for (char *rest = copy, *one; (one = strsep(&rest, ","));)
		if (strcmp(one, alert_state_name(a->state)) == 0)
			return true;
	return false;
}

static struct error *list_series(void *context, const char *key, struct series_state *state)
{
	struct listing *l = context;
	for (size_t i = 0; i < state->alerts_count; i++) {
		const struct alert *a = &state->alerts[i];
		if (!state_wanted(l->w, a) || a->transitions_count == 0)
			continue;
		l->count++;
		if (!l->w->json) {
			alert_report_row(key, a, &l->table);
			continue;
		}
		CLEANUP_BUFFER struct buffer line = {0};
		alert_report_json(key, a, &line);
		fwrite(line.data, 1, line.len, stdout);
	}
	return NULL;
}

static struct error *check_states(const char *list)
{
	CLEANUP_FREE char *copy = memory_strdup(list);
	CLEANUP_BUFFER struct buffer known = {0};
	for (int s = 0; s < ALERT_STATES; s++)
		buffer_printf(&known, "%s%s", s ? ", " : "", alert_state_name((enum alert_state)s));
	for (char *rest = copy, *one; (one = strsep(&rest, ","));) {
		int s = 0;
		while (s < ALERT_STATES && strcmp(one, alert_state_name((enum alert_state)s)) != 0)
			s++;
		if (s == ALERT_STATES)
			return error_new(ERROR_USAGE, "--state: \"%s\", expected some of %s", one,
					 buffer_str(&known));
	}
	return NULL;
}

static struct error *list_run(int argc, char **argv, int *code)
{
	(void)code;
	struct timing_alerts_words w;
	TRY(parse(&timing_list, argc, argv, false, &w));
	if (w.state)
		TRY(check_states(w.state));
	CLEANUP_SERIES_STATES struct series_states *states = NULL;
	TRY(series_states_open_reader(w.place.results, &states));
	struct listing l = {.w = &w, .table = alert_report_table()};
	struct error *e = series_states_each(states, list_series, &l);
	if (!e && l.count > 0 && !w.json)
		terminal_tell_left_out(
		    table_show(&l.table, w.wide ? 0 : terminal_columns(), stdout));
	table_deinit(&l.table);
	if (!e && l.count == 0 && !w.json)
		puts(w.all ? "no alerts" : w.state ? "no such alerts" : "no open alerts");
	return e;
}

// ---- one alert -----------------------------------------------------------------------------

static void append_time(int64_t ns, struct buffer *out)
{
	char text[CLOCK_RFC3339_SIZE];
	clock_rfc3339(ns, text);
	buffer_append_str(out, text);
}

static struct error *write_html(const struct timing_alerts_words *w, struct timing_found *f,
				const struct alert *a, const char *text)
{
	CLEANUP_STORED_SERIES struct stored_series s = {0};
	CLEANUP_EVALUATION struct evaluation e = {0};
	TRY(timing_evaluate_again(&w->place, f, &s, &e));
	CLEANUP_BUFFER struct buffer page = {0};
	alert_report_html(a, &s, &e, &f->state, text, &page);
	return file_write_atomic(w->html, page.data, page.len);
}

static struct error *show_run(int argc, char **argv, int *code)
{
	(void)code;
	struct timing_alerts_words w;
	TRY(parse(&timing_show, argc, argv, true, &w));
	CLEANUP_SERIES_STATES struct series_states *states = NULL;
	CLEANUP(timing_found_deinit) struct timing_found f = {0};
	TRY(series_states_open_reader(w.place.results, &states));
	TRY(timing_find_in(states, &w.place, &f));
	const struct alert *a = alert_find(&f.state, f.id);
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_printf(&text, "series   %s\n", f.key);
	alert_describe(a, "", &text);
	buffer_append_str(&text, "history\n");
	alert_history(a, append_time, &text);
	fputs(buffer_str(&text), stdout);
	return w.html ? write_html(&w, &f, a, buffer_str(&text)) : NULL;
}

static struct error *explain_run(int argc, char **argv, int *code)
{
	(void)code;
	struct timing_alerts_words w;
	TRY(parse(&timing_explain, argc, argv, true, &w));
	CLEANUP_SERIES_STATES struct series_states *states = NULL;
	CLEANUP(timing_found_deinit) struct timing_found f = {0};
	TRY(series_states_open_reader(w.place.results, &states));
	TRY(timing_find_in(states, &w.place, &f));
	CLEANUP_STORED_SERIES struct stored_series s = {0};
	CLEANUP_EVALUATION struct evaluation e = {0};
	TRY(timing_evaluate_again(&w.place, &f, &s, &e));
	struct timing_params room = timing_params_default();
	struct timing_params p = metric_params(&s.input.metric, &room);
	CLEANUP_BUFFER struct buffer text = {0};
	const struct alert *a = alert_find(&f.state, f.id);
	buffer_printf(&text, "series   %s\n", f.key);
	alert_describe(a, s.input.metric.unit, &text);
	alert_explain(a, &e, &p, &text);
	fputs(buffer_str(&text), stdout);
	return NULL;
}

static struct error *answer(int argc, char **argv, bool acknowledge)
{
	struct timing_alerts_words w;
	TRY(parse(acknowledge ? &timing_ack : &timing_wontfix, argc, argv, true, &w));
	if (!w.by || !*w.by)
		return error_new(ERROR_USAGE, "%s: expected --by NAME: somebody must stand for it",
				 argv[0]);
	CLEANUP_SERIES_STATES struct series_states *states = NULL;
	CLEANUP(timing_found_deinit) struct timing_found f = {0};
	// A name that means nothing must not leave a file behind.
	if (!series_states_exist(w.place.results))
		return timing_find(&w.place, &f);
	TRY(series_states_open(w.place.results, &states));
	TRY(series_states_begin(states));
	TRY(timing_find_in(states, &w.place, &f));
	struct alert *a = alert_find(&f.state, f.id);
	int64_t now = clock_realtime_ns();
	TRY(acknowledge ? alert_acknowledge(a, w.by, w.bug ? w.bug : "", now)
			: alert_wontfix(a, w.by, w.why ? w.why : "", now));
	TRY(series_states_save(states, f.key, &f.state));
	TRY(series_states_commit(states));
	printf("%s is %s\n", a->id, alert_state_name(a->state));
	return NULL;
}

static struct error *ack_run(int argc, char **argv, int *code)
{
	(void)code;
	return answer(argc, argv, true);
}

static struct error *wontfix_run(int argc, char **argv, int *code)
{
	(void)code;
	return answer(argc, argv, false);
}

// ---- evaluate ------------------------------------------------------------------------------

static void print_wish(const struct night_wish *n)
{
	const struct wish *w = &n->wish;
	if (!n->chosen)
		return;
	if (w->kind == WISH_RERUN)
		printf("wish: run %s again on %s, %u times\n", w->run, w->board, w->times);
	else
		printf("wish: %s for alert %s, commits %s and %s\n",
		       w->kind == WISH_AB ? "A/B" : "bisection", w->alert, w->commit_from,
		       w->commit_to);
}

// The job as the batch carried it out; NULL when its runs are gone.
static struct error *load_job(const struct timing_alerts_words *w, struct job_config **out)
{
	CLEANUP_BATCH_RESULTS struct batch_results b = {0};
	TRY(error_wrap_kind(batch_results_load(w->place.results, w->place.alert, &b), ERROR_USAGE,
			    "batch %s", w->place.alert));
	return b.runs_count > 0 ? series_job(w->place.results, b.runs[0]->id, out) : NULL;
}

static struct error *evaluate_run(int argc, char **argv, int *code)
{
	struct timing_alerts_words w;
	TRY(parse(&timing_evaluate, argc, argv, true, &w));
	CLEANUP_BOARDS struct boards_config *boards = NULL;
	CLEANUP_JOB struct job_config *job = NULL;
	CLEANUP_FREE char *batch = NULL;
	TRY(cmd_name_batch(w.place.results, w.place.alert, NULL, &batch));
	w.place.alert = batch;
	TRY(load_job(&w, &job));
	CLEANUP_STORE struct store *store = NULL;
	TRY(store_open(w.place.results, &store));
	TRY(results_store_batch(store, w.place.results, batch));
	TRY(boards_load(w.place.boards, &boards));
	const struct night_options o = {.results_dir = w.place.results,
					.batch = w.place.alert,
					.store = store,
					.now_ns = clock_realtime_ns(),
					.params = timing_params_default(),
					.job = job,
					.platform = timing_boards_platform,
					.platform_context = boards,
					.mark_told = true};
	CLEANUP_NIGHT_REPORT struct night_report r = {0};
	TRY(night_evaluate(&o, &r));
	for (size_t i = 0; i < r.alerts_count; i++) {
		const struct night_alert *a = &r.alerts[i];
		printf("%s  %-9s  %-14s  %+8.2f %%  %s%s: %s\n", a->id, alert_state_name(a->state),
		       alert_kind_name(a->kind), 100 * a->relative, a->tell ? "NEW " : "", a->key,
		       a->reason);
		*code = a->failure ? EXIT_FAIL : *code;
	}
	for (size_t i = 0; i < r.wishes_count; i++)
		print_wish(&r.wishes[i]);
	for (size_t i = 0; i < r.notes_count; i++)
		printf("note: %s\n", r.notes[i]);
	printf("%zu series evaluated\n", r.series);
	return NULL;
}

// ---- the words -----------------------------------------------------------------------------

const struct cmd timing_list = {
    .name = "list",
    .arguments = "[OPTIONS]",
    .summary = "Lists alerts, the open ones",
    CMD_OPTIONS(list_options),
    .run = list_run,
};

const struct cmd timing_show = {
    .name = "show",
    .arguments = "ALERT",
    .summary = "Shows what an alert says, and its history",
    CMD_OPTIONS(show_options),
    .operands = {{VALUES_TEXT, NULL, false}},
    .run = show_run,
};

const struct cmd timing_explain = {
    .name = "explain",
    .arguments = "ALERT",
    .summary = "Shows every input and every value of an alert's formulas",
    CMD_OPTIONS(place_options),
    .operands = {{VALUES_TEXT, NULL, false}},
    .run = explain_run,
};

const struct cmd timing_ack = {
    .name = "ack",
    .arguments = "ALERT --by NAME",
    .summary = "Somebody answers for an alert; it is silent from now on",
    CMD_OPTIONS(ack_options),
    .operands = {{VALUES_TEXT, NULL, false}},
    .run = ack_run,
};

const struct cmd timing_wontfix = {
    .name = "wontfix",
    .arguments = "ALERT --by NAME",
    .summary = "The new level is what is wanted",
    CMD_OPTIONS(wontfix_options),
    .operands = {{VALUES_TEXT, NULL, false}},
    .run = wontfix_run,
};

const struct cmd timing_evaluate = {
    .name = "evaluate",
    .arguments = "BATCH",
    .summary = "Looks at the series of a batch, as `mmfarm run` does behind it",
    CMD_OPTIONS(place_options),
    .operands = {{VALUES_BATCH, NULL, false}},
    .run = evaluate_run,
};
