// SPDX-License-Identifier: GPL-2.0-or-later
// A page as JSON: {"title":..., "url":..., "facts":{...}, "text":{...}, TABLE:[{...}], "lines":[...]}.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text/json_writer.h"
#include "web/page.h"

static void put_value(struct json_writer *w, const char *key, const struct page_cell *c)
{
	if (!c->text)
		return;
	char *end;
	double value = c->number ? strtod(c->text, &end) : NAN;
	if (c->number && *end == '\0' && isfinite(value))
		json_put_double(w, key, value);
	else
		json_put_text(w, key, c->title && c->tone == TONE_TIME ? c->title : c->text);
}

static void put_group(const struct page *p, enum block_kind kind, const char *name,
		      struct json_writer *w)
{
	json_put_object(w, name);
	for (size_t i = 0; i < p->blocks_count; i++) {
		const struct page_block *b = &p->blocks[i];
		if (b->kind != kind || !b->name)
			continue;
		if (b->cells_count == 1) {
			put_value(w, b->name, &b->cells[0]);
			continue;
		}
		CLEANUP_BUFFER struct buffer all = {0};
		for (size_t c = 0; c < b->cells_count; c++)
			buffer_printf(&all, "%s%s", c ? " " : "",
				      b->cells[c].text ? b->cells[c].text : "");
		json_put_text(w, b->name, buffer_str(&all));
	}
	json_put_end(w, '}');
}

// What a row is called by leads to its page.
static void put_row(const struct page_table *t, const struct page_cell *cells,
		    struct json_writer *w)
{
	json_put_line(w);
	json_put_object(w, NULL);
	for (size_t i = 0; i < t->columns_count; i++)
		put_value(w, t->columns[i].key, &cells[i]);
	for (size_t i = 0; i < t->columns_count; i++)
		if (cells[i].href) {
			json_put_text(w, "url", cells[i].href);
			break;
		}
	json_put_end(w, '}');
}

static void put_table(const struct page_table *t, struct json_writer *w)
{
	json_put_line(w);
	json_put_array(w, t->name);
	for (size_t i = 0; i < t->cells_count; i += t->columns_count)
		put_row(t, t->cells + i, w);
	json_put_end(w, ']');
}

static void put_log(const struct page_log *l, struct json_writer *w)
{
	json_put_array(w, "lines");
	for (size_t i = 0; i < l->count; i++) {
		json_put_line(w);
		json_put_object(w, NULL);
		json_put_int(w, "line", l->lines[i].number);
		json_put_text_if(w, "at", l->lines[i].at);
		json_put_text(w, "text", l->lines[i].text);
		if (l->lines[i].marked)
			json_put_flag(w, "splat", true);
		json_put_end(w, '}');
	}
	json_put_end(w, ']');
}

void page_write_json(const struct page *p, struct buffer *out)
{
	CLEANUP_JSON_WRITER struct json_writer w;
	json_writer_init(&w, NULL);
	json_put_object(&w, NULL);
	json_put_text(&w, "title", p->title);
	json_put_text(&w, "url", p->here);
	put_group(p, BLOCK_FACT, "facts", &w);
	put_group(p, BLOCK_TEXT, "text", &w);
	for (size_t i = 0; i < p->blocks_count; i++) {
		if (p->blocks[i].kind == BLOCK_TABLE)
			put_table(p->blocks[i].table, &w);
		else if (p->blocks[i].kind == BLOCK_LOG)
			put_log(p->blocks[i].log, &w);
	}
	json_put_line(&w);
	json_put_end(&w, '}');
	buffer_append(out, w.text.data, w.text.len);
	buffer_append(out, "\n", 1);
}
