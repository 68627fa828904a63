// SPDX-License-Identifier: GPL-2.0-or-later
// A run's console: a window of lines, found by the line index, so that a log of any size opens at any
// line; splats are marked by the bytes that the detector named.
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "capture/capture.h"
#include "record/layout.h"
#include "record/model.h"
#include "results/console.h"
#include "text/terminal.h"
#include "web/pages.h"

#define WINDOW_LINES     1500
#define WINDOW_LINES_MAX 5000
#define WINDOW_BYTES     ((size_t)1 << 20)
#define LINE_BYTES       4096u // of one line that are shown
#define BEFORE_LINES     60    // shown ahead of the line that was asked for

struct index_entry {
	uint64_t at, ns; // little-endian on disk
};

struct console_view {
	struct console *console, *index; // owned; index NULL: there is none
	const struct run *run;           // NULL: it has not ended
	uint64_t lines;                  // that are known
	uint64_t first;                  // line of the window
	uint64_t from;                   // its offset; only with an index
	struct buffer text;
	struct index_entry *entries; // owned; of the window's lines
	size_t entries_count;
	uint64_t begin_ns; // when the first byte of the console was read
};

static void view_deinit(struct console_view *v)
{
	console_close(v->console);
	console_close(v->index);
	buffer_deinit(&v->text);
	free(v->entries);
}

// ---- the index ----------------------------------------------------------------------------------

static struct error *open_index(const char *dir, struct console **out)
{
	CLEANUP_FREE char *plain = path_join(dir, LAYOUT_INDEX);
	CLEANUP_FREE char *packed = path_join(dir, LAYOUT_INDEX LAYOUT_PACKED);
	if (file_exists(plain))
		return console_open_file(plain, false, out);
	return file_exists(packed) ? console_open_file(packed, true, out) : NULL;
}

// Entries of `count` lines from `line` on; fewer at the end.
static struct error *read_entries(struct console_view *v, uint64_t line, size_t count,
				  struct index_entry **out, size_t *got)
{
	CLEANUP_BUFFER struct buffer bytes = {0};
	TRY(console_read(v->index, (line - 1) * CAPTURE_INDEX_ENTRY, count * CAPTURE_INDEX_ENTRY,
			 &bytes));
	*got = bytes.len / CAPTURE_INDEX_ENTRY;
	*out = memory_new(*got + 1, sizeof(**out));
	memcpy(*out, buffer_str(&bytes), *got * CAPTURE_INDEX_ENTRY);
	for (size_t i = 0; i < *got; i++)
		(*out)[i] = (struct index_entry){le64toh((*out)[i].at), le64toh((*out)[i].ns)};
	return NULL;
}

static struct error *open_view(struct web_context *c, const char *id, struct arena *arena,
			       struct console_view *v)
{
	CLEANUP_FREE char *dir = layout_run(c->results, id);
	struct error *e = model_load_run(c->results, id, arena, &v->run);
	if (e && error_code(e) == ENOENT) {
		error_free(e);
		e = NULL;
	}
	TRY(e);
	if (!file_is_directory(dir))
		return NULL;
	TRY(console_open(dir, &v->console));
	if (!v->console)
		return NULL;
	TRY(open_index(dir, &v->index));
	if (!v->index)
		return NULL;
	CLEANUP_FREE struct index_entry *first = NULL;
	size_t got;
	v->lines = console_size(v->index) / CAPTURE_INDEX_ENTRY;
	TRY(read_entries(v, 1, 1, &first, &got));
	v->begin_ns = got ? first[0].ns : 0;
	return NULL;
}

// ---- a window -----------------------------------------------------------------------------------

static struct error *read_window(struct console_view *v, uint64_t first, size_t count)
{
	v->first = first;
	if (!v->index || v->lines == 0)
		return console_read_lines(v->console, first, first + count - 1, WINDOW_BYTES,
					  &v->text);
	if (first > v->lines)
		return NULL;
	// One more, for where the last one ends.
	TRY(read_entries(v, first, count + 1, &v->entries, &v->entries_count));
	if (v->entries_count == 0)
		return NULL;
	uint64_t end = v->entries_count > count ? v->entries[count].at : console_size(v->console);
	v->from = v->entries[0].at;
	if (end < v->from)
		return error_new(ERROR_SYSTEM, "the line index is not that of the console");
	uint64_t len = end - v->from;
	return console_read(v->console, v->from, len < WINDOW_BYTES ? (size_t)len : WINDOW_BYTES,
			    &v->text);
}

// A line fit to be shown: without escape sequences (or with them shown), cut when it is long.
static const char *clean_line(struct page *p, const char *s, size_t len, bool escapes)
{
	CLEANUP_BUFFER struct buffer plain = {0}, shown = {0};
	size_t whole = len;
	if (len > 0 && s[len - 1] == '\r')
		len--;
	if (len > LINE_BYTES)
		len = LINE_BYTES;
	for (size_t i = 0; i < len;) {
		if (s[i] == '\033' && !escapes) {
			i += terminal_escape_length(s + i, len - i);
			continue;
		}
		buffer_append(&plain, s + i, 1);
		i++;
	}
	terminal_text(buffer_str(&plain), plain.len, &shown);
	if (whole > LINE_BYTES + 1)
		buffer_printf(&shown, " [%zu bytes in all]", whole);
	return page_keep(p, &shown);
}

// The splat that a line belongs to; NULL: none.
static const struct finding *finding_at(const struct console_view *v, uint64_t line, uint64_t at,
					size_t len)
{
	for (size_t i = 0; v->run && i < v->run->findings_count; i++) {
		const struct finding *f = &v->run->findings[i];
		bool by_bytes =
		    v->entries && f->byte_first != MODEL_UNKNOWN && f->byte_last != MODEL_UNKNOWN;
		if (by_bytes ? (int64_t)(at + len) > f->byte_first && (int64_t)at <= f->byte_last
			     : (int64_t)line >= f->line && (int64_t)line <= f->line_last)
			return f;
	}
	return NULL;
}

static const char *clock_text(struct page *p, const struct console_view *v, size_t i)
{
	if (i >= v->entries_count || v->entries[i].ns < v->begin_ns)
		return NULL;
	return page_text(p, "%.3f", (double)(v->entries[i].ns - v->begin_ns) / (double)NS_PER_S);
}

static bool is_quiet(const struct console_view *v, uint64_t at)
{
	const struct run_log *l = v->run ? v->run->log : NULL;
	return v->entries && l && l->handover > 0 && l->handover != MODEL_UNKNOWN &&
	       (int64_t)at < l->handover;
}

// Fills the lines; returns the bytes that they take. The last line of a console that goes on is left to
// what follows unless it is whole.
static size_t fill_lines(struct page *p, const struct console_view *v, bool escapes, size_t max,
			 struct page_log *l)
{
	size_t at = 0;
	while (at < v->text.len && l->count < max) {
		const char *s = v->text.data + at;
		const char *newline = memchr(s, '\n', v->text.len - at);
		size_t len = newline ? (size_t)(newline - s) : v->text.len - at;
		uint64_t number = v->first + l->count;
		if (!newline && !v->run)
			break;
		const struct finding *f = finding_at(v, number, v->from + at, len + 1);
		l->lines[l->count] = (struct page_line){
		    .number = (int64_t)number,
		    .at = clock_text(p, v, l->count),
		    .text = clean_line(p, s, len, escapes),
		    .marked = f != NULL,
		    .begins = f && (int64_t)number == f->line && finding_is_root(f),
		    .quiet = is_quiet(v, v->from + at),
		};
		l->count++;
		at += len + (newline != NULL);
	}
	return at;
}

// ---- the page -----------------------------------------------------------------------------------

static void put_links(struct page *p, const char *id, const struct console_view *v, uint64_t first,
		      size_t shown)
{
	struct page_cell cells[6];
	size_t n = 0;
	const char *url = PAGE_URL(p, "run", id, "log");
	uint64_t next = first + shown;
	if (first > 1) {
		uint64_t before = first > WINDOW_LINES ? first - WINDOW_LINES : 1;
		cells[n++] = page_link("Beginning", page_text(p, "%s?from=1", url));
		cells[n++] = page_link("Earlier", page_text(p, "%s?from=%" PRIu64, url, before));
	}
	if (next <= v->lines) {
		uint64_t last = v->lines > WINDOW_LINES ? v->lines - WINDOW_LINES + 1 : 1;
		cells[n++] = page_link("Later", page_text(p, "%s?from=%" PRIu64, url, next));
		cells[n++] = page_link("End", page_text(p, "%s?from=%" PRIu64, url, last));
	}
	cells[n++] = page_link("Text", page_text(p, "%s.txt?from=%" PRIu64, url, first));
	cells[n++] = page_link("Exact bytes", PAGE_URL(p, "run", id, LAYOUT_CONSOLE));
	page_sentence(p, NULL, cells, n);
}

static void put_splat_list(struct page *p, const char *id, const struct run *r)
{
	static const struct page_column columns[] = {
	    {"line", "Line", false}, {"title", "Splat", false}, {"class", "Class", true}};
	if (!r || run_splats(r) == 0)
		return;
	struct page_table *t = PAGE_TABLE(p, "splats", columns, "None.");
	for (size_t i = 0; i < r->findings_count; i++) {
		const struct finding *f = &r->findings[i];
		if (!finding_is_root(f))
			continue;
		page_put(t, page_link(page_text(p, "%" PRId64, f->line),
				      page_console_url(p, id, f->line)));
		page_put(t, page_link(page_copy(p, f->title), PAGE_URL(p, "finding", f->sig2)));
		page_put(t, page_plain(page_copy(p, f->class)));
	}
}

static uint64_t window_first(const struct web_request *q, const struct console_view *v)
{
	int64_t line = web_parameter_number(q, "line", 1, INT64_MAX / 32, 0);
	int64_t from = web_parameter_number(q, "from", 1, INT64_MAX / 32, 0);
	if (from)
		return (uint64_t)from;
	if (line)
		return line > BEFORE_LINES ? (uint64_t)line - BEFORE_LINES : 1;
	// A console that goes on is looked at from its end.
	return !v->run && v->lines > WINDOW_LINES ? v->lines - WINDOW_LINES + 1 : 1;
}

// Lines as a mail quotes them, with where they stand.
static void put_quote(struct page *p, const struct page_log *l, const char *url)
{
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_printf(&text, "%s#L%" PRId64 "-L%" PRId64 "\n", url,
		      l->count ? l->lines[0].number : 0,
		      l->count ? l->lines[l->count - 1].number : 0);
	for (size_t i = 0; i < l->count; i++)
		buffer_printf(&text, "> %s\n", l->lines[i].text);
	page_pre(p, "quote", page_keep(p, &text));
}

static struct error *put_window(const struct web_request *q, const char *id, struct console_view *v,
				struct page *p)
{
	uint64_t first = window_first(q, v);
	int64_t to = web_parameter_number(q, "to", 1, INT64_MAX / 32, 0);
	size_t count = (size_t)web_parameter_number(q, "lines", 1, WINDOW_LINES_MAX, WINDOW_LINES);
	bool escapes = strcmp(web_parameter(q, "ansi", ""), "show") == 0;
	bool quote = strcmp(web_parameter(q, "quote", ""), "1") == 0;
	if (to && (uint64_t)to >= first && (uint64_t)to - first < WINDOW_LINES_MAX)
		count = (size_t)((uint64_t)to - first) + 1;
	TRY(read_window(v, first, count));
	struct page_log *l = page_log_new(p, count);
	size_t bytes = fill_lines(p, v, escapes, count, l);
	const char *url = PAGE_URL(p, "run", id, "log");
	if (quote) {
		put_quote(p, l, page_text(p, "%s?line=%" PRIu64, url, first));
		return NULL;
	}
	put_links(p, id, v, first, l->count);
	if (!v->run) {
		l->live = PAGE_URL(p, "run", id, "live");
		l->live_offset = (int64_t)(v->from + bytes);
	}
	page_show_log(p, l);
	put_links(p, id, v, first, l->count);
	return NULL;
}

struct error *page_console(struct web_context *c, const struct web_request *q, struct page *p)
{
	const char *id = q->segments[1];
	CLEANUP(view_deinit) struct console_view v = {0};
	p->area = "nights";
	p->here = PAGE_URL(p, "run", id, "log");
	p->title = page_text(p, "Console of %s", id);
	if (id[0] != '.')
		TRY(open_view(c, id, &p->arena, &v));
	if (!v.console) {
		page_not_found(p, "console of run", id);
		return NULL;
	}
	p->moving = !v.run;
	if (v.run) {
		p->title = page_text(p, "Console of %s, %s on %s", v.run->job, v.run->variant,
				     v.run->board->name);
		if (!v.index && v.run->log && v.run->log->lines != MODEL_UNKNOWN)
			v.lines = (uint64_t)v.run->log->lines;
		const struct page_cell cells[] = {page_verdict(status_name(v.run->verdict)),
						  page_plain(page_copy(p, v.run->reason)),
						  page_link("The run", PAGE_URL(p, "run", id))};
		page_sentence(p, "verdict", cells, 3);
	}
	put_splat_list(p, id, v.run);
	return put_window(q, id, &v, p);
}
