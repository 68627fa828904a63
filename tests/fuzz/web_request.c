// SPDX-License-Identifier: GPL-2.0-or-later
// Any target of a request: what is accepted is clean and has a route or none; and a page that holds the
// same bytes, written in every form: HTML whose tags balance and that no text escapes into, JSON, CSV with
// one number of fields a record.
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/utf8.h"
#include "web/access.h"
#include "web/page.h"
#include "web/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good, const char *what, const char *text)
{
	if (good)
		return;
	fprintf(stderr, "%s in:\n%s\n", what, text);
	abort();
}

static void check_request(const char *target)
{
	CLEANUP_WEB_REQUEST struct web_request q;
	const struct web_access access = {.token = target, .host = target};
	(void)web_access_allows(&access, target);
	if (web_request_parse(target, target, &q))
		return;
	for (size_t i = 0; i < q.segments_count; i++) {
		const char *s = q.segments[i];
		check(s[0] && strcmp(s, "..") != 0 && strcmp(s, ".") != 0 && !strchr(s, '/') &&
			  utf8_valid(s, strlen(s)),
		      "a segment that leads elsewhere", s);
	}
	(void)route_find(&q);
}

// Tags that open and close in order, and no attribute that a browser would run.
static void check_html(const struct buffer *out)
{
	int depth = 0;
	for (const char *at = out->data; *at; at++) {
		unsigned char c = (unsigned char)*at;
		check(c >= 0x20 || c == '\n' || c == '\t' || c == '\r', "a control character",
		      out->data);
		if (c != '<')
			continue;
		const char *end = at + 1;
		for (bool quote = false; *end && (quote || *end != '>'); end++) {
			check(*end != '<', "a < inside a tag", out->data);
			quote ^= *end == '"';
		}
		check(*end == '>', "a tag without end", out->data);
		bool is_void = strncmp(at, "<meta", 5) == 0 || strncmp(at, "<link", 5) == 0 ||
			       strncmp(at, "<input", 6) == 0 || at[1] == '!';
		depth += at[1] == '/' ? -1 : is_void ? 0 : 1;
		check(depth >= 0, "a tag closed that is not open", out->data);
		at = end;
	}
	check(depth == 0, "a tag that stays open", out->data);
}

static void fill(struct page *p, const char *text)
{
	static const struct page_column columns[] = {{"a", "A", false}, {"b", "B", true}};
	p->title = text;
	p->here = PAGE_URL(p, "x", text);
	p->area = text;
	page_heading(p, "id", text);
	page_say(p, "said", text);
	page_fact(p, "Fact", page_link(text, p->here));
	page_pre(p, "pre", text);
	page_search(p, text);
	struct page_table *t = PAGE_TABLE(p, "rows", columns, text);
	for (int tone = 0; tone < TONE_COUNT; tone++)
		page_put(t, (struct page_cell){.text = text,
					       .href = tone % 2 ? p->here : NULL,
					       .tone = (enum tone)tone,
					       .number = tone % 3 == 0,
					       .title = tone % 4 ? text : NULL});
	if (TONE_COUNT % 2)
		page_put(t, page_time(p, text));
	struct page_log *l = page_log_new(p, 2);
	l->lines[l->count++] = (struct page_line){.number = 1, .text = text, .quiet = true};
	l->lines[l->count++] =
	    (struct page_line){.number = 2, .at = text, .text = text, .marked = true};
	page_show_log(p, l);
}

static void check_page(const char *text)
{
	for (enum web_form f = 0; f < FORM_COUNT; f++)
		for (int file = 0; file < 2; file++) {
			CLEANUP_PAGE struct page p = {0};
			CLEANUP_BUFFER struct buffer out = {0};
			const struct page_place place = {.up = file ? "../" : NULL};
			fill(&p, text);
			page_write(&p, f, &place, &out);
			check(utf8_valid(out.data, out.len) && strlen(out.data) == out.len,
			      "odd bytes", out.data);
			if (f == FORM_HTML)
				check_html(&out);
			if (f != FORM_JSON)
				continue;
			json_t *o = json_loadb(out.data, out.len, 0, NULL);
			check(o, "no JSON", out.data);
			json_decref(o);
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_FREE char *text = memory_strndup((const char *)data, size);
	check_request(text);
	if (size <= 4096)
		check_page(text);
	return 0;
}
