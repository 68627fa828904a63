// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/publish/publish_content.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "results/export/export.h"
#include "text/json_writer.h"
#include "results/kcidb/kcidb_check.h"
#include "results/kcidb/kcidb_write.h"
#include "results/report/report.h"

struct source {
	const char *results_dir;
	struct batch_results results;
	struct batch_record batch; // with the files_url that holds here
	struct store *store;
	struct batch_report report;
};

static void source_deinit(struct source *s)
{
	report_deinit(&s->report);
	store_close(s->store);
	batch_results_deinit(&s->results);
}

// ---- kinds of content ---------------------------------------------------------------------------

static struct error *write_text(struct source *s, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer subject = {0};
	report_subject(&s->report, &subject);
	buffer_printf(out, "%s\n\n", buffer_str(&subject));
	report_write_text(&s->report, 0, out);
	return NULL;
}

static struct error *write_html(struct source *s, struct buffer *out)
{
	report_write_html(&s->report, out);
	return NULL;
}

static struct error *write_mail(struct source *s, struct buffer *out)
{
	mail_message_write(&s->report, NULL, out);
	return NULL;
}

static struct error *write_html_mail(struct source *s, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer html = {0};
	report_write_html(&s->report, &html);
	mail_message_write(&s->report, &html, out);
	return NULL;
}

static struct error *write_junit(struct source *s, struct buffer *out)
{
	export_junit(&s->results, out);
	return NULL;
}

static struct error *write_tap(struct source *s, struct buffer *out)
{
	export_tap(&s->results, out);
	return NULL;
}

static struct error *write_csv(struct source *s, struct buffer *out)
{
	export_csv(&s->results, out);
	return NULL;
}

static struct error *write_files(struct source *s, struct buffer *out)
{
	CLEANUP_JSON_WRITER struct json_writer w;
	json_writer_init(&w, NULL);
	json_put_array(&w, NULL);
	for (size_t i = 0; i < s->results.runs_count; i++)
		json_put_text(&w, NULL, s->results.runs[i]->id);
	json_put_end(&w, ']');
	buffer_append(out, buffer_str(&w.text), w.text.len);
	return NULL;
}

static struct error *write_kcidb(struct source *s, struct buffer *out)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	if (!f)
		return error_new(ERROR_SYSTEM, "no memory for the document");
	struct error *e = kcidb_write(s->results_dir, &s->results, f, "document");
	fclose(f);
	if (!e)
		buffer_append(out, text, len);
	free(text);
	return e;
}

static const struct kind {
	enum publish_what what;
	const char *name;
	const char *tail; // of the file's name
	const char *content_type;
	struct error *(*write)(struct source *s, struct buffer *out);
} kinds[] = {
    {PUBLISH_KCIDB, "kcidb", "json", "application/json", write_kcidb},
    {PUBLISH_TEXT, "text", "txt", "text/plain; charset=utf-8", write_text},
    {PUBLISH_HTML, "html", "html", "text/html; charset=utf-8", write_html},
    {PUBLISH_JUNIT, "junit", "junit.xml", "application/xml", write_junit},
    {PUBLISH_TAP, "tap", "tap", "text/plain; charset=utf-8", write_tap},
    {PUBLISH_CSV, "csv", "csv", "text/csv; charset=utf-8", write_csv},
    {PUBLISH_MAIL, "mail", "eml", "message/rfc822", write_mail},
    {PUBLISH_HTML_MAIL, "html-mail", "eml", "message/rfc822", write_html_mail},
    {PUBLISH_FILES, "files", "runs.json", "application/json", write_files},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

const char *content_what_name(enum publish_what what)
{
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i].what == what)
			return kinds[i].name;
	return "";
}

bool content_parse_what(const char *name, enum publish_what *out)
{
	for (size_t i = 0; i < KINDS; i++)
		if (strcmp(kinds[i].name, name) == 0) {
			*out = kinds[i].what;
			return true;
		}
	return false;
}

// ---- pieces of a KCIDB document -----------------------------------------------------------------

struct splitter {
	size_t max_objects, max_bytes;
	struct buffer *parts;
	size_t count;
	struct buffer part; // being filled
	char list[16];      // that is open in it
	size_t objects;
};

static void end_part(struct splitter *s)
{
	if (s->objects == 0)
		return;
	buffer_append_str(&s->part, "]}\n");
	struct buffer done = s->part;
	ARRAY_APPEND(s->parts, s->count, done);
	s->part = (struct buffer){0};
	s->objects = 0;
	s->list[0] = '\0';
}

static struct error *take_object(void *context, const char *list, const char *text, size_t len)
{
	struct splitter *s = context;
	if (s->objects >= s->max_objects || (s->objects > 0 && s->part.len + len > s->max_bytes))
		end_part(s);
	if (s->objects == 0)
		buffer_append_str(&s->part, "{\"version\":{\"major\":5,\"minor\":3}");
	if (strcmp(s->list, list) != 0) {
		buffer_printf(&s->part, "%s,\n\"%s\":[\n", s->list[0] ? "]" : "", list);
		snprintf(s->list, sizeof(s->list), "%s", list);
	} else {
		buffer_append(&s->part, ",\n", 2);
	}
	buffer_append(&s->part, text, len);
	s->objects++;
	return NULL;
}

struct error *content_split(const char *name, const char *text, size_t len, size_t max_objects,
			    size_t max_bytes, struct buffer **parts, size_t *count)
{
	struct splitter s = {.max_objects = max_objects, .max_bytes = max_bytes};
	struct error *e = kcidb_each_object(name, text, len, take_object, &s);
	if (!e)
		end_part(&s);
	buffer_deinit(&s.part);
	if (e) {
		for (size_t i = 0; i < s.count; i++)
			buffer_deinit(&s.parts[i]);
		free(s.parts);
		return e;
	}
	*parts = s.parts;
	*count = s.count;
	return NULL;
}

// ---- content ------------------------------------------------------------------------------------

static void add_part(struct content *c, const struct kind *k, const char *batch, const char *number,
		     struct buffer *document)
{
	struct content_part p = {.what = k->what, .content_type = k->content_type};
	const char *dot = number[0] ? "." : "";
	p.name = memory_printf("%s.%s%s%s", batch, k->name, dot, number);
	p.file_name = memory_printf("%s%s%s.%s", batch, dot, number, k->tail);
	p.document = *document;
	*document = (struct buffer){0};
	ARRAY_APPEND(c->parts, c->count, p);
}

static struct error *add_kcidb(struct content *c, const struct kind *k, const char *batch,
			       const struct buffer *document)
{
	struct buffer *parts;
	size_t count;
	TRY(content_split("document", buffer_str(document), document->len, CONTENT_OBJECTS_MAX,
			  CONTENT_BYTES_MAX, &parts, &count));
	for (size_t i = 0; i < count; i++) {
		char number[32];
		snprintf(number, sizeof(number), "%04zu", i + 1);
		add_part(c, k, batch, count > 1 ? number : "", &parts[i]);
	}
	free(parts);
	return NULL;
}

static struct error *open_source(struct source *s, const char *results_dir, const char *batch_id,
				 const char *files_url, unsigned what)
{
	s->results_dir = results_dir;
	TRY(batch_results_load(results_dir, batch_id, &s->results));
	s->batch = *s->results.batch;
	if (files_url)
		s->batch.files_url = files_url;
	s->results.batch = &s->batch;
	if (!(what & (PUBLISH_TEXT | PUBLISH_HTML | PUBLISH_MAIL | PUBLISH_HTML_MAIL)))
		return NULL;
	TRY(store_open(results_dir, &s->store));
	return report_build(results_dir, &s->results, s->store, NULL, &s->report);
}

static struct error *build(struct source *s, unsigned what, struct content *out)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (!(what & kinds[i].what))
			continue;
		CLEANUP_BUFFER struct buffer document = {0};
		TRY(kinds[i].write(s, &document));
		if (kinds[i].what == PUBLISH_KCIDB)
			TRY(add_kcidb(out, &kinds[i], s->batch.id, &document));
		else
			add_part(out, &kinds[i], s->batch.id, "", &document);
	}
	return NULL;
}

struct error *content_build(const char *results_dir, const char *batch_id, const char *files_url,
			    unsigned what, struct content *out)
{
	struct source s = {0};
	*out = (struct content){0};
	struct error *e = open_source(&s, results_dir, batch_id, files_url, what);
	if (!e)
		e = build(&s, what, out);
	source_deinit(&s);
	if (e)
		content_deinit(out);
	return e;
}

void content_deinit(struct content *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->count; i++) {
		free(c->parts[i].name);
		free(c->parts[i].file_name);
		buffer_deinit(&c->parts[i].document);
	}
	free(c->parts);
	*c = (struct content){0};
}
