// SPDX-License-Identifier: GPL-2.0-or-later
// What a report says of timings: a line an incident, its largest member standing for the rest.
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "results/report/report.h"
#include "text/xml.h"

#define MEMBERS_LISTED 12 // of an incident; timing.json has all

static size_t members(const struct night_record *n, int64_t incident)
{
	size_t count = 0;
	for (size_t i = 0; i < n->alerts_count; i++)
		count += n->alerts[i].incident == incident;
	return count;
}

static bool is_named(const struct alert_record *a)
{
	return a->incident == MODEL_UNKNOWN || a->title;
}

static bool is_failure(const struct batch_report *r, const struct alert_record *a)
{
	if (a->incident == MODEL_UNKNOWN)
		return a->failure;
	for (size_t i = 0; i < r->night->alerts_count; i++)
		if (r->night->alerts[i].incident == a->incident && r->night->alerts[i].failure)
			return true;
	return false;
}

size_t report_timing_failures(const struct batch_report *r)
{
	size_t count = 0;
	for (size_t i = 0; r->night && i < r->night->alerts_count; i++)
		count += is_named(&r->night->alerts[i]) && is_failure(r, &r->night->alerts[i]);
	return count;
}

void report_timing_sentence(const struct batch_report *r, struct buffer *out)
{
	for (size_t i = 0; r->night && i < r->night->alerts_count; i++) {
		const struct alert_record *a = &r->night->alerts[i];
		if (!is_named(a) || !is_failure(r, a))
			continue;
		size_t more = report_timing_failures(r) - 1;
		buffer_printf(out, "%s %s of %s", a->state, a->effect, a->metric);
		if (isfinite(a->relative))
			buffer_printf(out, " %+.1f %%", 100 * a->relative);
		if (a->incident != MODEL_UNKNOWN && members(r->night, a->incident) > 1)
			buffer_printf(out, ", and %zu more metrics",
				      members(r->night, a->incident) - 1);
		if (more > 0)
			buffer_printf(out, "; %zu more timing alert%s", more, more == 1 ? "" : "s");
		return;
	}
}

static size_t named(const struct night_record *n)
{
	size_t count = 0;
	for (size_t i = 0; n && i < n->alerts_count; i++)
		count += is_named(&n->alerts[i]);
	return count;
}

static void put_range(const struct alert_record *a, struct buffer *out)
{
	if (a->commit_from && a->commit_to)
		buffer_printf(out, "behind %.12s, up to %.12s", a->commit_from, a->commit_to);
	else if (a->commit_to)
		buffer_printf(out, "up to %.12s", a->commit_to);
	if (a->board)
		buffer_printf(out, "%s%s alone", a->commit_to ? ", " : "", a->board);
}

static void put_proof(const struct alert_record *a, struct buffer *out)
{
	if (a->ab_boards > 0 && a->ab_boards != MODEL_UNKNOWN)
		buffer_printf(
		    out, "A/B %s: p = %.2g, %" PRId64 " runs of each image on %" PRId64 " board%s",
		    a->ab, a->ab_p, a->ab_runs, a->ab_boards, a->ab_boards == 1 ? "" : "s");
}

static void put_title(const struct night_record *n, const struct alert_record *a,
		      struct buffer *out)
{
	buffer_printf(out, "%s%s %s of %s: ", a->tell ? "NEW " : "", a->state, a->effect,
		      a->metric);
	alert_record_size(a, out);
	if (a->incident != MODEL_UNKNOWN && members(n, a->incident) > 1)
		buffer_printf(out, ", and %zu more metrics", members(n, a->incident) - 1);
}

// "also A +3.0 %, B +2.9 %": the largest stands for the incident, the rest is listed.
static void put_members(const struct night_record *n, const struct alert_record *title,
			struct buffer *out)
{
	size_t listed = 0;
	for (size_t i = 0; i < n->alerts_count && title->incident != MODEL_UNKNOWN; i++) {
		const struct alert_record *a = &n->alerts[i];
		if (a == title || a->incident != title->incident)
			continue;
		if (listed == MEMBERS_LISTED) {
			buffer_append_str(out, " ...");
			return;
		}
		buffer_printf(out, "%s %s %+.1f %%", listed++ ? "," : "also", a->metric,
			      100 * a->relative);
		if (a->variant && title->variant && strcmp(a->variant, title->variant) != 0)
			buffer_printf(out, " (%s)", a->variant);
	}
}

void report_write_timing_text(const struct batch_report *r, struct buffer *out)
{
	size_t count = named(r->night);
	if (count == 0)
		return;
	buffer_printf(out, "\nTimings (%zu)\n-----------\n", count);
	for (size_t i = 0; i < r->night->alerts_count; i++) {
		const struct alert_record *a = &r->night->alerts[i];
		if (!is_named(a))
			continue;
		buffer_printf(out, "\n[%s] %s: ", a->id, a->failure ? "FAIL" : "PASS");
		put_title(r->night, a, out);
		buffer_printf(out, "\n    %s\n    ", a->series);
		put_range(a, out);
		CLEANUP_BUFFER struct buffer proof = {0};
		put_proof(a, &proof);
		if (proof.len > 0)
			buffer_printf(out, "\n    %s", buffer_str(&proof));
		buffer_printf(out, "\n    %s\n", a->reason);
		CLEANUP_BUFFER struct buffer rest = {0};
		put_members(r->night, a, &rest);
		if (rest.len > 0)
			buffer_printf(out, "    %s\n", buffer_str(&rest));
	}
}

static void put_escaped(const struct buffer *text, struct buffer *out)
{
	xml_escape(buffer_str(text), out);
}

static void put_row(const struct batch_report *r, const struct alert_record *a, struct buffer *out)
{
#define CELL "<td class=\"wrap\">"
	static const char *const joints[] = {"</td>" CELL, "</td>" CELL, "</td>" CELL,
					     "</td></tr>\n"};
	struct buffer cells[4] = {{0}};
	put_title(r->night, a, &cells[0]);
	CLEANUP_BUFFER struct buffer rest = {0};
	put_members(r->night, a, &rest);
	if (rest.len > 0)
		buffer_printf(&cells[0], "; %s", buffer_str(&rest));
	buffer_append_str(&cells[1], a->series);
	put_range(a, &cells[2]);
	put_proof(a, &cells[3]);
	if (cells[3].len == 0)
		buffer_append_str(&cells[3], a->reason);
	buffer_printf(out, "<tr><td class=\"s %s\">%s</td>" CELL, a->failure ? "FAIL" : "PASS",
		      a->failure ? "FAIL" : "PASS");
	for (size_t i = 0; i < 4; i++) {
		put_escaped(&cells[i], out);
		buffer_append_str(out, joints[i]);
		buffer_deinit(&cells[i]);
	}
}

void report_write_timing_html(const struct batch_report *r, struct buffer *out)
{
	size_t count = named(r->night);
	if (count == 0)
		return;
	buffer_printf(out,
		      "<h2>Timings (%zu)</h2>\n<div class=\"scroll\"><table><tr><th></th>"
		      "<th>alert</th><th>series</th><th>commits</th><th>proof</th></tr>\n",
		      count);
	for (size_t i = 0; i < r->night->alerts_count; i++)
		if (is_named(&r->night->alerts[i]))
			put_row(r, &r->night->alerts[i], out);
	buffer_append_str(out, "</table></div>\n");
}
