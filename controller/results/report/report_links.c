// SPDX-License-Identifier: GPL-2.0-or-later
// How a page leads to the files of its runs: to where they are served, to where they lie, to consoles
// that the page carries itself, or not at all.
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/url.h"
#include "record/layout.h"
#include "results/console.h"
#include "results/report/report_links.h"
#include "results/run_url.h"
#include "text/terminal.h"
#include "text/xml.h"

#define CONSOLE_BYTES_MAX ((size_t)1 << 20)  // of one console that a page carries
#define PAGE_BYTES_MAX    ((size_t)64 << 20) // of a page beyond which it carries no more

// ---- where the runs lie -------------------------------------------------------------------------

// Steps from the folder `from` to `to`, both absolute without . and .. in them.
static void put_relative(const char *from, const char *to, struct buffer *out)
{
	size_t same = 0, i = 0;
	for (; from[i] && from[i] == to[i]; i++)
		if (from[i] == '/')
			same = i + 1;
	bool from_ends = from[i] == '\0' && to[i] == '/', to_ends = to[i] == '\0' && from[i] == '/';
	if (from_ends || to_ends || (from[i] == '\0' && to[i] == '\0'))
		same = i;
	for (const char *at = from + same; *at;) {
		at += strspn(at, "/");
		size_t len = strcspn(at, "/");
		if (len > 0)
			buffer_append_str(out, "../");
		at += len;
	}
	const char *rest = to + same + strspn(to + same, "/");
	url_escape_path(rest, out);
	if (rest[0])
		buffer_append(out, "/", 1);
}

struct error *report_runs_url(const char *results_dir, const char *output, struct buffer *out)
{
	CLEANUP_FREE char *results = realpath(results_dir, NULL);
	CLEANUP_FREE char *folder = memory_strdup(output ? output : "");
	char *slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = '\0';
	CLEANUP_FREE char *page = realpath(slash ? folder : ".", NULL);
	if (!results || (output && !page))
		return error_errno(ERROR_USAGE, errno, "%s", results ? output : results_dir);
	if (output) {
		put_relative(page, results, out);
	} else {
		url_escape_path(results, out);
		buffer_append(out, "/", 1);
	}
	buffer_append_str(out, LAYOUT_RUNS "/");
	return NULL;
}

// ---- links --------------------------------------------------------------------------------------

// False: nothing can be pointed at.
static bool put_url(const struct batch_report *r, const struct run *run, const char *file,
		    struct buffer *out)
{
	if (run_file_url(r->results->batch, run, file, out))
		return true;
	if (!r->runs_url)
		return false;
	buffer_append_str(out, r->runs_url);
	url_escape(run->id, out);
	buffer_append(out, "/", 1);
	url_escape(file, out);
	return true;
}

static void put_anchor(const char *url, const char *text, struct buffer *out)
{
	buffer_append_str(out, "<a href=\"");
	xml_escape(url, out);
	buffer_append_str(out, "\">");
	xml_escape(text, out);
	buffer_append_str(out, "</a>");
}

void report_put_link(const struct batch_report *r, const struct run *run, const char *file,
		     const char *text, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer url = {0};
	if (!r->self_contained && put_url(r, run, file, &url))
		put_anchor(buffer_str(&url), text, out);
	else
		xml_escape(text, out);
}

void report_put_console_link(const struct batch_report *r, const struct run *run, int64_t line,
			     const char *text, struct buffer *out)
{
	if (!r->self_contained) {
		CLEANUP_FREE char *dir = layout_run(r->results_dir, run->id);
		report_put_link(r, run, console_file_name(dir), text, out);
		return;
	}
	CLEANUP_BUFFER struct buffer url = {0};
	buffer_printf(&url, "#console-%s", run->id);
	if (line >= 1)
		buffer_printf(&url, "-%" PRId64, line);
	put_anchor(buffer_str(&url), text, out);
}

// ---- consoles within the page -------------------------------------------------------------------

static bool is_linked(const struct batch_report *r, const struct run *run)
{
	for (size_t i = 0; i < r->grid.boards_count * r->grid.variants_count; i++)
		if (r->grid.cells[i].run == run)
			return true;
	for (size_t i = 0; i < r->problems_count; i++)
		if (r->problems[i].example == run)
			return true;
	return false;
}

// Lines that a problem points at carry a name.
static bool is_target(const struct batch_report *r, const struct run *run, int64_t line)
{
	for (size_t i = 0; i < r->problems_count; i++)
		if (r->problems[i].example == run && r->problems[i].line == line)
			return true;
	return false;
}

static void put_lines(const struct batch_report *r, const struct run *run, const char *text,
		      size_t len, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer clean = {0};
	terminal_text(text, len, &clean);
	int64_t number = 1;
	for (char *line = clean.data; line && *line; number++) {
		size_t length = strcspn(line, "\n");
		bool end = line[length] == '\0';
		line[length] = '\0';
		if (is_target(r, run, number)) {
			buffer_append_str(out, "<b id=\"console-");
			xml_escape(run->id, out);
			buffer_printf(out, "-%" PRId64 "\">", number);
			xml_escape(line, out);
			buffer_append_str(out, "</b>\n");
		} else {
			xml_escape(line, out);
			buffer_append(out, "\n", 1);
		}
		line += length + !end;
	}
}

// The console's beginning, as far as there is room; `*size` is all of it.
static struct error *read_console(const struct batch_report *r, const struct run *run,
				  struct buffer *text, uint64_t *size)
{
	CLEANUP_FREE char *dir = layout_run(r->results_dir, run->id);
	CLEANUP_CONSOLE struct console *c = NULL;
	TRY(console_open(dir, &c));
	if (!c)
		return NULL;
	*size = console_size(c);
	return console_read(c, 0, CONSOLE_BYTES_MAX, text);
}

static void put_console(const struct batch_report *r, const struct run *run, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer text = {0};
	uint64_t size = 0;
	error_free(read_console(r, run, &text, &size)); // then its line says how much there is
	buffer_append_str(out, "<details id=\"console-");
	xml_escape(run->id, out);
	buffer_append_str(out, "\"><summary>");
	xml_escape(run->id, out);
	buffer_printf(out, " <span class=\"dim\">%s, %" PRIu64 " bytes</span></summary><pre>",
		      status_name(run->verdict), size);
	if (out->len < PAGE_BYTES_MAX)
		put_lines(r, run, buffer_str(&text), text.len, out);
	else
		text.len = 0;
	buffer_append_str(out, "</pre>");
	if (size > text.len)
		buffer_printf(out, "<p class=\"dim\">%" PRIu64 " bytes more are left out here.</p>",
			      size - text.len);
	buffer_append_str(out, "</details>\n");
}

void report_put_consoles(const struct batch_report *r, struct buffer *out)
{
	if (!r->self_contained)
		return;
	buffer_append_str(out, "<h2>Consoles</h2>\n");
	for (size_t i = 0; i < r->results->runs_count; i++)
		if (is_linked(r, r->results->runs[i]))
			put_console(r, r->results->runs[i], out);
}
