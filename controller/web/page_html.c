// SPDX-License-Identifier: GPL-2.0-or-later
// A page as HTML: whole without a script, and without a style of its own, as the policy of its headers
// wants it (default-src 'self').
#include <inttypes.h>
#include <string.h>

#include "text/xml.h"
#include "web/assets.h"
#include "web/page.h"

struct html {
	struct buffer *out;
	const struct page *page;
	const struct page_place *place;
};

static void put(const struct html *h, const char *markup)
{
	buffer_append_str(h->out, markup);
}

static void put_text(const struct html *h, const char *s)
{
	xml_escape(s, h->out);
}

// ---- links --------------------------------------------------------------------------------------

// A URL of ours as a file beside this page: queries have no file, the first screen is index.html.
static void put_file_url(const struct html *h, const char *url)
{
	size_t len = strcspn(url, "?#");
	const char *rest = strchr(url, '#');
	put(h, h->place->up);
	if (len <= 1)
		put(h, "index");
	CLEANUP_BUFFER struct buffer path = {0};
	buffer_append(&path, url + (len ? 1 : 0), len ? len - 1 : 0);
	put_text(h, buffer_str(&path));
	if (!page_has_suffix(buffer_str(&path)))
		put(h, ".html");
	if (rest)
		put_text(h, rest);
}

static void put_url(const struct html *h, const char *url)
{
	if (h->place->up && url[0] == '/')
		put_file_url(h, url);
	else
		put_text(h, url);
}

// An asset, named so that another version of it has another URL.
static void put_asset(const struct html *h, const char *name)
{
	put(h, h->place->up ? h->place->up : "/");
	buffer_printf(h->out, "asset/%s", name);
	if (!h->place->up)
		buffer_printf(h->out, "?v=%s", assets_version());
}

// ---- cells --------------------------------------------------------------------------------------

static const char *const tone_classes[TONE_COUNT] = {
    [TONE_PLAIN] = NULL,      [TONE_DIM] = "dim",         [TONE_CODE] = "code",
    [TONE_TIME] = "t",        [TONE_FAIL] = "tag FAIL",   [TONE_ERROR] = "tag ERROR",
    [TONE_MISS] = "tag MISS", [TONE_PASS] = "tag PASS",   [TONE_SKIP] = "tag SKIP",
    [TONE_NEW] = "tag NEW",   [TONE_STILL] = "tag STILL", [TONE_FIXED] = "tag FIXED",
    [TONE_STRIP] = NULL,
};

static const char *letter_name(char c)
{
	static const struct {
		char letter;
		const char *name;
	} names[] = {{'P', "PASS"}, {'F', "FAIL"}, {'E', "ERROR"},
		     {'M', "MISS"}, {'D', "DONE"}, {'S', "SKIP"}};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].letter == c)
			return names[i].name;
	return "NONE";
}

// A square a day: its letter says what its colour says.
static void put_strip(const struct html *h, const char *letters)
{
	put(h, "<span class=\"strip\" role=\"img\" aria-label=\"oldest first: ");
	put_text(h, letters);
	put(h, "\">");
	for (const char *c = letters; *c; c++) {
		const char letter[2] = {*c == '-' ? ' ' : *c, '\0'};
		buffer_printf(h->out, "<span class=\"%s\">", letter_name(*c));
		put_text(h, letter);
		put(h, "</span>");
	}
	put(h, "</span>");
}

static void put_cell(const struct html *h, const struct page_cell *c)
{
	const char *class = tone_classes[c->tone];
	if (!c->text)
		return;
	if (c->tone == TONE_STRIP) {
		put_strip(h, c->text);
		return;
	}
	if (c->href) {
		put(h, "<a href=\"");
		put_url(h, c->href);
		put(h, "\"");
	} else if (class || c->title) {
		put(h, "<span");
	}
	if (class)
		buffer_printf(h->out, " class=\"%s\"", class);
	if (c->title) {
		put(h, " title=\"");
		put_text(h, c->title);
		put(h, "\"");
	}
	if (c->href || class || c->title)
		put(h, ">");
	put_text(h, c->text);
	put(h, c->href ? "</a>" : class || c->title ? "</span>" : "");
}

static void put_cells(const struct html *h, const struct page_block *b)
{
	for (size_t i = 0; i < b->cells_count; i++) {
		if (i > 0)
			put(h, " ");
		put_cell(h, &b->cells[i]);
	}
}

// ---- tables -------------------------------------------------------------------------------------

static void put_table_head(const struct html *h, const struct page_table *t)
{
	put(h, "<thead><tr>");
	for (size_t i = 0; i < t->columns_count; i++) {
		buffer_printf(h->out, "<th scope=\"col\"%s>",
			      t->columns[i].minor ? " class=\"minor\"" : "");
		put_text(h, t->columns[i].title);
		put(h, "</th>");
	}
	put(h, "</tr></thead>\n<tbody>");
}

static void put_table_cell(const struct html *h, const struct page_table *t, size_t column,
			   const struct page_cell *c)
{
	// On a narrow screen a row is a card, and each cell says what it is.
	const char *tag = column == 0 ? "th" : "td";
	static const char *const classes[] = {"", " class=\"n\"", " class=\"minor\"",
					      " class=\"n minor\""};
	buffer_printf(h->out, "<%s%s%s data-title=\"", tag, column == 0 ? " scope=\"row\"" : "",
		      classes[(c->number ? 1 : 0) + (t->columns[column].minor ? 2 : 0)]);
	put_text(h, t->columns[column].title);
	put(h, "\">");
	put_cell(h, c);
	buffer_printf(h->out, "</%s>", tag);
}

static void put_table(const struct html *h, const struct page_table *t)
{
	if (t->cells_count == 0) {
		put(h, "<p class=\"dim\">");
		put_text(h, t->empty);
		put(h, "</p>\n");
		return;
	}
	put(h, "<div class=\"scroll\"><table id=\"t-");
	put_text(h, t->name);
	put(h, "\">");
	if (t->caption) {
		put(h, "<caption>");
		put_text(h, t->caption);
		put(h, "</caption>");
	}
	put_table_head(h, t);
	for (size_t i = 0; i < t->cells_count; i++) {
		size_t column = i % t->columns_count;
		if (column == 0)
			put(h, "<tr>");
		put_table_cell(h, t, column, &t->cells[i]);
		if (column == t->columns_count - 1)
			put(h, "</tr>\n");
	}
	put(h, "</tbody></table></div>\n");
}

// ---- consoles -----------------------------------------------------------------------------------

static void put_line(const struct html *h, const struct page_line *l)
{
	buffer_printf(h->out,
		      "<span id=\"L%" PRId64 "\"%s><a href=\"#L%" PRId64
		      "\" tabindex=\"-1\">%" PRId64 "</a>",
		      l->number,
		      l->begins   ? " class=\"m begins\""
		      : l->marked ? " class=\"m\""
				  : "",
		      l->number, l->number);
	if (l->at) {
		put(h, "<i>");
		put_text(h, l->at);
		put(h, "</i>");
	}
	put(h, "<b>");
	put_text(h, l->text);
	put(h, "</b></span>\n");
}

// Lines that the payload did not say are folded where something else follows.
static void put_log(const struct html *h, const struct page_log *l)
{
	size_t quiet = 0;
	while (quiet < l->count && l->lines[quiet].quiet)
		quiet++;
	put(h, "<div class=\"log\" id=\"log\"");
	if (l->live) {
		put(h, " data-live=\"");
		put_url(h, l->live);
		buffer_printf(h->out, "\" data-offset=\"%" PRId64 "\"", l->live_offset);
	}
	put(h, " tabindex=\"0\" role=\"region\" aria-label=\"Console\">");
	if (quiet > 0) {
		buffer_printf(h->out,
			      "<details%s><summary>lines %" PRId64 " to %" PRId64
			      ": firmware and boot loader</summary>\n",
			      quiet == l->count ? " open" : "", l->lines[0].number,
			      l->lines[quiet - 1].number);
		put(h, "<pre>");
		for (size_t i = 0; i < quiet; i++)
			put_line(h, &l->lines[i]);
		put(h, "</pre></details>\n");
	}
	put(h, "<pre id=\"lines\">");
	for (size_t i = quiet; i < l->count; i++)
		put_line(h, &l->lines[i]);
	put(h, "</pre></div>\n");
	if (l->live)
		put(h,
		    "<p id=\"live\" class=\"dim\" role=\"status\">This run goes on: load the page "
		    "again for more.</p>\n");
}

// ---- blocks -------------------------------------------------------------------------------------

static void put_facts(const struct html *h, size_t *i)
{
	put(h, "<dl>\n");
	for (; *i < h->page->blocks_count && h->page->blocks[*i].kind == BLOCK_FACT; (*i)++) {
		put(h, "<dt>");
		put_text(h, h->page->blocks[*i].name);
		put(h, "</dt><dd>");
		put_cells(h, &h->page->blocks[*i]);
		put(h, "</dd>\n");
	}
	put(h, "</dl>\n");
}

static void put_search(const struct html *h, const char *asked)
{
	put(h, "<form class=\"search\" action=\"/search\" role=\"search\"><label for=\"asked\">"
	       "Board, run, batch, test, metric, signature or words of a splat</label>"
	       "<input id=\"asked\" type=\"search\" name=\"q\" maxlength=\"200\" value=\"");
	put_text(h, asked);
	put(h, "\"><button>Search</button></form>\n");
}

static void put_block(const struct html *h, const struct page_block *b)
{
	switch (b->kind) {
	case BLOCK_HEADING:
		put(h, "<h2 id=\"");
		put_text(h, b->name);
		put(h, "\">");
		put_cells(h, b);
		put(h, "</h2>\n");
		break;
	case BLOCK_TEXT:
		put(h, "<p>");
		put_cells(h, b);
		put(h, "</p>\n");
		break;
	case BLOCK_PRE:
		put(h, "<pre class=\"box\" tabindex=\"0\">");
		put_cells(h, b);
		put(h, "</pre>\n");
		break;
	case BLOCK_TABLE:
		put_table(h, b->table);
		break;
	case BLOCK_LOG:
		put_log(h, b->log);
		break;
	case BLOCK_FIGURE:
		put(h, "<div class=\"figure\">");
		put(h, b->markup);
		put(h, "</div>\n");
		break;
	case BLOCK_SEARCH:
		if (!h->place->up)
			put_search(h, b->cells[0].text);
		break;
	case BLOCK_FACT:
		break;
	}
}

// ---- around it ----------------------------------------------------------------------------------

static void put_navigation(const struct html *h)
{
	static const struct {
		const char *area, *url, *text;
		bool moving; // it has no file
	} entries[] = {{"changes", "/", "Changes", false},
		       {"nights", "/nights", "Nights", false},
		       {"findings", "/findings", "Findings", false},
		       {"boards", "/boards", "Boards", false},
		       {"metrics", "/metrics-list", "Metrics", false},
		       {"queue", "/queue", "Queue", true},
		       {"search", "/search", "Search", true}};
	put(h, "<header><a class=\"skip\" href=\"#main\">Skip to the content</a>"
	       "<nav aria-label=\"Pages\"><a class=\"home\" href=\"");
	put_url(h, "/");
	put(h, "\">mmfarm</a>\n");
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		if (entries[i].moving && h->place->up)
			continue;
		put(h, "<a href=\"");
		put_url(h, entries[i].url);
		put(h, "\"");
		if (h->page->area && strcmp(h->page->area, entries[i].area) == 0)
			put(h, " aria-current=\"page\"");
		buffer_printf(h->out, ">%s</a>\n", entries[i].text);
	}
	put(h, "</nav></header>\n");
}

static void put_head(const struct html *h)
{
	put(h, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
	       "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
	       "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
	put_text(h, h->page->title);
	put(h, " - mmfarm</title>\n<link rel=\"stylesheet\" href=\"");
	put_asset(h, "page.css");
	put(h, "\"><link rel=\"icon\" type=\"image/svg+xml\" href=\"");
	put_asset(h, "icon.svg");
	put(h, "\"><script defer src=\"");
	put_asset(h, "page.js");
	put(h, "\"></script>");
	put(h, "</head>\n<body>\n");
}

// The same page for programs, with its query.
static void put_forms(const struct html *h)
{
	const char *here = h->page->here;
	size_t path = strcspn(here, "?");
	CLEANUP_BUFFER struct buffer stem = {0};
	put(h, "<footer>");
	for (enum web_form f = FORM_JSON; !h->place->up && f < FORM_COUNT; f++) {
		buffer_truncate(&stem, 0);
		buffer_append(&stem, here, path);
		buffer_printf(&stem, "%s.%s", path <= 1 ? "index" : "", web_form_suffix(f));
		put(h, f == FORM_JSON ? "This page as <a href=\"" : ", <a href=\"");
		put_text(h, buffer_str(&stem));
		put_text(h, here + path);
		buffer_printf(h->out, "\">%s</a>", web_form_suffix(f));
	}
	put(h, h->place->up ? ""
			    : ". <a href=\"/api\">All URLs</a>. <span class=\"keys\">Keys: "
			      "<kbd>?</kbd></span>");
	put(h, "</footer>\n");
}

void page_write_html(const struct page *p, const struct page_place *place, struct buffer *out)
{
	const struct html h = {out, p, place};
	put_head(&h);
	put_navigation(&h);
	put(&h, "<main id=\"main\">\n<h1>");
	put_text(&h, p->title);
	put(&h, "</h1>\n");
	for (size_t i = 0; i < p->blocks_count;) {
		if (p->blocks[i].kind == BLOCK_FACT)
			put_facts(&h, &i);
		else
			put_block(&h, &p->blocks[i++]);
	}
	put(&h, "</main>\n");
	put_forms(&h);
	put(&h, "</body></html>\n");
}
