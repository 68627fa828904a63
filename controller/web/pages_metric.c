// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers: the list of metrics, and one metric by class of CPU, each with its changes.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "results/series/series.h"
#include "timing/plot/plot.h"
#include "web/pages.h"

#define SERIES_MAX  8   // of one metric on a page
#define SERIES_RUNS 400 // of one series

struct error *page_metrics_list(struct web_context *c, const struct web_request *q, struct page *p)
{
	static const struct page_column columns[] = {
	    {"metric", "Metric", false},
	    {"unit", "Unit", false},
	    {"runs", "Runs, of the newest 200", false},
	    {"last_time", "Last measured", true},
	};
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	(void)q;
	p->area = "metrics";
	p->here = "/metrics-list";
	p->title = "Metrics";
	TRY(query_metric_paths(c->store, &r));
	struct page_table *t = PAGE_TABLE(p, "metrics", columns, "No run has measured anything.");
	for (bool row = true;;) {
		TRY(store_rows_next(r, &row));
		if (!row)
			return NULL;
		const char *path = page_copy(p, rows_text(r, "path"));
		page_put(t, page_link(path, PAGE_URL(p, "metric", path)));
		page_put(t, rows_cell(p, r, "unit"));
		page_put(t, rows_number_cell(p, r, "runs"));
		page_put(t, rows_time_cell(p, r, "last_time"));
	}
}

// ---- one metric ---------------------------------------------------------------------------------

// Without the board files at hand only the emulator that a run names tells its clock.
static enum platform hardware(const void *context, const char *board_type)
{
	(void)context, (void)board_type;
	return PLATFORM_HARDWARE;
}

static const struct page_column change_columns[] = {
    {"change", "Change", false}, {"state", "State", false}, {"class", "Kind", true},
    {"ab", "A/B", false},        {"from", "From", true},    {"to", "To", true},
    {"series", "Series", false}, {"alert", "Alert", true},
};

static void put_alerts(struct page *p, struct page_table *t, const struct series_state *state,
		       const char *series)
{
	for (size_t i = 0; i < state->alerts_count; i++) {
		const struct alert *a = &state->alerts[i];
		if (a->state == STATE_CANDIDATE)
			continue;
		page_put(t, page_plain(page_text(p, "%+.2f %%", 100 * a->relative)));
		page_put(t, page_plain(alert_state_name(a->state)));
		page_put(t, page_plain(page_copy(p, alert_class_name(a))));
		page_put(t, page_plain(ab_state_name(a->ab)));
		page_put(t,
			 page_plain(page_text(p, "%.12s", a->commit_from ? a->commit_from : "")));
		page_put(t, page_plain(page_text(p, "%.12s", a->commit_to ? a->commit_to : "")));
		page_put(t, page_plain(series));
		page_put(t, page_toned(page_copy(p, a->id), TONE_CODE));
	}
}

struct metric_page {
	struct web_context *c;
	struct page *p;
	struct evaluator evaluator;
	struct series_states *states;
	struct page_table *changes;
};

static const char *series_name(struct page *p, const struct series_id *id)
{
	return page_text(p, "%s %s, %s, MIDR 0x%08" PRIx64 "%s", id->job, id->variant,
			 id->board_type, id->midr, id->bbml2 ? ", BBML2" : "");
}

// The picture with its table, looked at as the night would; nothing of it is kept.
static struct error *put_series(struct metric_page *m, const struct series_id *id)
{
	struct page *p = m->p;
	CLEANUP_STORED_SERIES struct stored_series s = {0};
	CLEANUP_SERIES_STATE struct series_state state = {0};
	CLEANUP_EVALUATION struct evaluation e = {0};
	CLEANUP_BUFFER struct buffer figure = {0};
	TRY(series_load(m->c->store, id, series_id_platform(id, hardware, NULL), SERIES_RUNS, &s));
	TRY(series_states_load(m->states, s.key, &state));
	const char *name = series_name(p, id);
	put_alerts(p, m->changes, &state, name);
	s.input.batch = state.batch ? state.batch : "";
	s.input.now_ns = m->c->now_ns;
	series_evaluate(&m->evaluator, &s.input, &state, &e);
	plot_trend(&figure, &s.input, &e, &state);
	page_heading(p, page_text(p, "series-%zu", p->blocks_count), name);
	page_say(
	    p, NULL,
	    page_text(p, "%s, %zu runs.", series_standing_name(e.standing), s.input.runs_count));
	page_figure(p, page_keep(p, &figure));
	return NULL;
}

static struct error *put_all(struct metric_page *m, const struct series_list *list,
			     const struct web_request *q)
{
	const char *job = web_parameter(q, "job", NULL),
		   *variant = web_parameter(q, "variant", NULL);
	const char *type = web_parameter(q, "type", NULL);
	size_t shown = 0, left_out = 0;
	for (size_t i = 0; i < list->count; i++) {
		const struct series_id *id = &list->ids[i];
		if ((job && strcmp(job, id->job) != 0) ||
		    (variant && strcmp(variant, id->variant) != 0) ||
		    (type && strcmp(type, id->board_type) != 0))
			continue;
		if (shown == SERIES_MAX) {
			left_out++;
			continue;
		}
		TRY(put_series(m, id));
		shown++;
	}
	if (left_out)
		page_say(m->p, "left_out",
			 page_text(m->p, "%zu more series: ?job=, ?variant= and ?type= choose.",
				   left_out));
	return NULL;
}

struct error *page_metric(struct web_context *c, const struct web_request *q, struct page *p)
{
	const char *path = q->segments[1];
	CLEANUP_SERIES_LIST struct series_list list = {0};
	CLEANUP_SERIES_STATES struct series_states *states = NULL;
	const struct timing_params params = timing_params_default();
	p->area = "metrics";
	p->here = PAGE_URL(p, "metric", path);
	p->title = page_text(p, "Metric %s", path);
	if (strpbrk(path, "*?[")) {
		page_not_found(p, "metric", path);
		return NULL;
	}
	TRY(series_list_load(c->store, NULL, path, &list));
	if (list.count == 0) {
		page_not_found(p, "metric", path);
		return NULL;
	}
	TRY(series_states_open_reader(c->results, &states));
	struct metric_page m = {.c = c, .p = p, .states = states};
	m.changes = PAGE_TABLE(p, "changes", change_columns, "No change was found by the nights.");
	evaluator_init(&m.evaluator, &params);
	struct error *e = put_all(&m, &list, q);
	evaluator_deinit(&m.evaluator);
	return e;
}
