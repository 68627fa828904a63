// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/memory.h"
#include "results/report/timing_report.h"
#include "text/json_writer.h"
#include "timing/plot/plot.h"

#define DIGITS 9 // of a share or a p value

static const struct table_head heads[] = {{"alert", 0, false},  {"state", 2, false},
					  {"kind", 3, false},   {"change", 1, false},
					  {"effect", 5, false}, {"series", 4, true}};

struct table alert_report_table(void)
{
	return TABLE_OF(heads);
}

void alert_report_row(const char *key, const struct alert *a, struct table *t)
{
	table_put(t, "%s", a->id);
	table_put(t, "%s", alert_state_name(a->state));
	table_put(t, "%s", alert_kind_name(a->kind));
	table_put(t, "%+.2f %%", 100 * a->relative);
	table_put(t, "%s", alert_effect_name(a->effect));
	table_put(t, "%s", key);
}

void alert_report_json(const char *key, const struct alert *a, struct buffer *out)
{
	CLEANUP_JSON_WRITER struct json_writer w;
	json_writer_init(&w, NULL);
	json_put_object(&w, NULL);
	json_put_text(&w, "alert", a->id);
	json_put_text(&w, "kind", alert_kind_name(a->kind));
	json_put_text(&w, "state", alert_state_name(a->state));
	json_put_text(&w, "effect", alert_effect_name(a->effect));
	json_put_text(&w, "class", alert_class_name(a));
	json_put_digits(&w, "relative", a->relative, DIGITS);
	json_put_digits(&w, "low", a->low, DIGITS);
	json_put_digits(&w, "high", a->high, DIGITS);
	json_put_digits(&w, "t", a->t, DIGITS);
	json_put_text(&w, "ab", ab_state_name(a->ab));
	json_put_digits(&w, "ab_p", a->ab_p, DIGITS);
	json_put_int(&w, "ab_boards", a->ab_boards);
	json_put_text(&w, "series", key);
	json_put_text(&w, "from", a->commit_from);
	json_put_text(&w, "to", a->commit_to);
	json_put_text(&w, "board", a->board);
	json_put_text(&w, "reason", a->transitions[a->transitions_count - 1].reason);
	json_put_end(&w, '}');
	buffer_append(out, w.text.data, w.text.len);
	buffer_append_str(out, "\n");
}

void alert_report_html(const struct alert *a, const struct stored_series *s,
		       const struct evaluation *e, const struct series_state *state,
		       const char *text, struct buffer *page)
{
	CLEANUP_FREE char *title = memory_printf("Alert %s", a->id);
	plot_page_begin(page, title);
	plot_trend(page, &s->input, e, state);
	buffer_append_str(page, "<pre>");
	plot_escape(page, text);
	buffer_append_str(page, "</pre>\n");
	plot_page_end(page);
}
