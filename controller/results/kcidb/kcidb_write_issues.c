// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/kcidb/kcidb_writer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "record/layout.h"
#include "text/format.h"

#define ISSUE_EXCERPT   1024 // code points of misc.logspec.error.log_excerpt: mails print it
#define MAX_OCCURRENCES 20   // of one signature in one run that its incident lists

struct issue_sighting {
	char *issue_id; // in the arena
	const struct run *run;
	const struct finding *finding;
};

static int by_issue(const void *a, const void *b)
{
	const struct issue_sighting *x = a, *y = b;
	int c = strcmp(x->issue_id, y->issue_id);
	if (c == 0)
		c = strcmp(x->run->id, y->run->id);
	return c ? c : x->finding < y->finding ? -1 : x->finding > y->finding;
}

static struct issue_sighting *collect_sightings(struct kcidb_writer *w, size_t *count)
{
	struct issue_sighting *list = NULL;
	*count = 0;
	CLEANUP_BUFFER struct buffer id = {0};
	for (size_t i = 0; i < w->results->runs_count; i++) {
		const struct run *r = w->results->runs[i];
		for (size_t k = 0; k < r->findings_count; k++) {
			if (!finding_is_root(&r->findings[k]))
				continue;
			buffer_truncate(&id, 0);
			kcidb_issue_id(&r->findings[k], &id);
			char *copy = arena_strndup(&w->arena, buffer_str(&id), id.len);
			struct issue_sighting s = {copy, r, &r->findings[k]};
			ARRAY_APPEND(list, *count, s);
		}
	}
	if (list)
		qsort(list, *count, sizeof(*list), by_issue);
	return list;
}

// The start of a report in whole lines, if its first line is not longer than that.
static size_t short_excerpt(const char *s)
{
	size_t len = strlen(s), end = 0;
	if (len <= ISSUE_EXCERPT)
		return len;
	for (size_t i = 0; i < ISSUE_EXCERPT; i++)
		if (s[i] == '\n')
			end = i + 1;
	return end ? end : len;
}

static void put_signature(struct json_writer *j, const struct finding *f)
{
	json_put_object(j, "mmfarm");
	json_put_text(j, "signature", f->sig2);
	json_put_text_if(j, "signature_coarse", f->sig1);
	json_put_int(j, "signature_version", f->rules_version);
	json_put_text(j, "kind", f->class);
	json_put_text_if(j, "sub", f->sub);
	json_put_text_if(j, "file", f->file);
	json_put_text_if(j, "func", f->func);
	json_put_int_if(j, "severity", f->severity);
	json_put_end(j, '}');
}

// What KernelCI's mails and dashboard show of an issue.
static void put_logspec(struct json_writer *j, const struct finding *f)
{
	CLEANUP_BUFFER struct buffer type = {0};
	json_put_object(j, "logspec");
	json_put_text(j, "version", "1.0.0");
	json_put_text(j, "parser", "mmfarm");
	json_put_object(j, "error");
	buffer_printf(&type, "linux.kernel.%s", f->class);
	json_put_text(j, "error_type", buffer_str(&type));
	json_put_text(j, "error_summary", f->title);
	if (f->excerpt)
		json_put_text_cut(j, "log_excerpt", f->excerpt, short_excerpt(f->excerpt),
				  ISSUE_EXCERPT);
	json_put_end(j, '}');
	json_put_end(j, '}');
}

static void write_issue(struct kcidb_writer *w, const struct issue_sighting *s)
{
	struct json_writer *j = &w->json;
	const struct finding *f = s->finding;
	CLEANUP_BUFFER struct buffer category = {0};
	buffer_append_str(&category, "runtime.");
	format_path(f->class, &category);
	kcidb_start_item(w);
	kcidb_put_id(w, "id", s->issue_id);
	json_put_int(j, "version", f->rules_version);
	json_put_text(j, "origin", w->origin);
	// A report below 2 is a note; whose fault it is nobody has said.
	if (f->severity == MODEL_UNKNOWN || f->severity >= 2) {
		json_put_object(j, "culprit");
		json_put_flag(j, "code", true);
		json_put_flag(j, "tool", false);
		json_put_flag(j, "harness", false);
		json_put_end(j, '}');
	}
	json_put_text(j, "comment", f->title);
	json_put_array(j, "categories");
	if (format_is_path(buffer_str(&category), category.len))
		json_put_text(j, NULL, buffer_str(&category));
	json_put_end(j, ']');
	json_put_object(j, "misc");
	put_signature(j, f);
	put_logspec(j, f);
	json_put_end(j, '}');
	json_put_end(j, '}');
}

static void put_range(struct json_writer *j, const struct finding *f)
{
	json_put_int(j, "line_first", f->line);
	json_put_int_if(j, "line_last", f->line_last);
	json_put_int_if(j, "byte_first", f->byte_first);
	json_put_int_if(j, "byte_last", f->byte_last);
}

// One incident for all `count` sightings of an issue in one run.
static void write_incident(struct kcidb_writer *w, const struct issue_sighting *s, size_t count)
{
	struct json_writer *j = &w->json;
	const struct finding *f = s->finding;
	CLEANUP_BUFFER struct buffer test_id = {0};
	char id[KCIDB_ID_SIZE];
	kcidb_test_id(s->run->id, "boot", 1, &test_id);
	kcidb_incident_id(buffer_str(&test_id), s->issue_id, f->rules_version, id);
	CLEANUP_BUFFER struct buffer comment = {0};
	buffer_printf(&comment, "%s line%s %" PRId64, finding_file(f),
		      f->line_last > f->line ? "s" : "", f->line);
	if (f->line_last > f->line)
		buffer_printf(&comment, "-%" PRId64, f->line_last);
	if (count > 1)
		buffer_printf(&comment, " and %zu more", count - 1);
	kcidb_start_item(w);
	kcidb_put_id(w, "id", id);
	json_put_text(j, "origin", w->origin);
	kcidb_put_id(w, "issue_id", s->issue_id);
	json_put_int(j, "issue_version", f->rules_version);
	kcidb_put_id(w, "test_id", buffer_str(&test_id));
	json_put_flag(j, "present", true);
	json_put_text(j, "comment", buffer_str(&comment));
	json_put_object(j, "misc");
	json_put_text(j, "log", finding_file(f));
	put_range(j, f);
	json_put_text(j, "rule", "signature");
	json_put_flag(j, "wanted", f->wanted);
	json_put_int(j, "count", (int64_t)count);
	if (count > 1) {
		json_put_array(j, "others");
		for (size_t i = 1; i < count && i < MAX_OCCURRENCES; i++) {
			json_put_object(j, NULL);
			put_range(j, s[i].finding);
			json_put_end(j, '}');
		}
		json_put_end(j, ']');
	}
	json_put_end(j, '}');
	json_put_end(j, '}');
}

void kcidb_write_issues(struct kcidb_writer *w)
{
	size_t count;
	CLEANUP_FREE struct issue_sighting *list = collect_sightings(w, &count);
	kcidb_start_section(w, "issues");
	for (size_t i = 0; i < count; i++)
		if (i == 0 || strcmp(list[i].issue_id, list[i - 1].issue_id) != 0)
			write_issue(w, &list[i]);
	json_put_end(&w->json, ']');
	kcidb_start_section(w, "incidents");
	for (size_t i = 0, next; i < count; i = next) {
		for (next = i + 1; next < count && list[next].run == list[i].run &&
				   strcmp(list[next].issue_id, list[i].issue_id) == 0;)
			next++;
		write_incident(w, &list[i], next - i);
	}
	json_put_end(&w->json, ']');
}
