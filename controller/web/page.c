// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/page.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/url.h"

static void free_block(struct page_block *b)
{
	free(b->cells);
	if (b->table)
		free(b->table->cells);
}

void page_deinit(struct page *p)
{
	for (size_t i = 0; i < p->blocks_count; i++)
		free_block(&p->blocks[i]);
	free(p->blocks);
	arena_deinit(&p->arena);
}

// ---- text ---------------------------------------------------------------------------------------

const char *page_text(struct page *p, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	CLEANUP_FREE char *text = memory_vprintf(fmt, ap);
	va_end(ap);
	return arena_strndup(&p->arena, text, strlen(text));
}

const char *page_keep(struct page *p, struct buffer *b)
{
	const char *text = arena_strndup(&p->arena, buffer_str(b), b->len);
	buffer_truncate(b, 0);
	return text;
}

const char *page_copy(struct page *p, const char *s)
{
	return s ? arena_strndup(&p->arena, s, strlen(s)) : NULL;
}

bool page_has_suffix(const char *s)
{
	const char *dot = strrchr(s, '.');
	for (enum web_form f = 0; dot && f < FORM_COUNT; f++)
		if (strcmp(dot + 1, web_form_suffix(f)) == 0)
			return true;
	return false;
}

const char *page_url(struct page *p, const char *const *segments, size_t count)
{
	CLEANUP_BUFFER struct buffer url = {0};
	for (size_t i = 0; i < count; i++) {
		buffer_append(&url, "/", 1);
		url_escape(segments[i] ? segments[i] : "", &url);
	}
	// A name that ends as a form does would be taken for one.
	if (page_has_suffix(buffer_str(&url)))
		buffer_append_str(&url, ".html");
	return page_keep(p, &url);
}

// ---- cells --------------------------------------------------------------------------------------

struct page_cell page_plain(const char *text)
{
	return (struct page_cell){.text = text};
}

struct page_cell page_toned(const char *text, enum tone tone)
{
	return (struct page_cell){.text = text, .tone = tone};
}

struct page_cell page_link(const char *text, const char *href)
{
	return (struct page_cell){.text = text, .href = href};
}

struct page_cell page_number(struct page *p, int64_t n)
{
	return (struct page_cell){.text = page_text(p, "%" PRId64, n), .number = true};
}

struct page_cell page_time(struct page *p, const char *rfc3339)
{
	if (!rfc3339 || strlen(rfc3339) < 17 || rfc3339[10] != 'T')
		return page_plain(page_copy(p, rfc3339));
	return (struct page_cell){.text = page_text(p, "%.10s %.5s UTC", rfc3339, rfc3339 + 11),
				  .tone = TONE_TIME,
				  .title = page_copy(p, rfc3339)};
}

struct page_cell page_verdict(const char *name)
{
	static const struct {
		const char *name;
		enum tone tone;
	} tones[] = {{"FAIL", TONE_FAIL}, {"ERROR", TONE_ERROR}, {"MISS", TONE_MISS},
		     {"PASS", TONE_PASS}, {"SKIP", TONE_SKIP},   {"DONE", TONE_SKIP}};
	for (size_t i = 0; name && i < sizeof(tones) / sizeof(tones[0]); i++)
		if (strcmp(tones[i].name, name) == 0)
			return page_toned(tones[i].name, tones[i].tone);
	return page_plain(name);
}

// ---- blocks -------------------------------------------------------------------------------------

static struct page_block *add_block(struct page *p, enum block_kind kind, const char *name)
{
	const struct page_block block = {.kind = kind, .name = name};
	ARRAY_APPEND(p->blocks, p->blocks_count, block);
	return &p->blocks[p->blocks_count - 1];
}

void page_heading(struct page *p, const char *id, const char *text)
{
	const struct page_cell cell = page_plain(text);
	struct page_block *b = add_block(p, BLOCK_HEADING, id);
	ARRAY_APPEND(b->cells, b->cells_count, cell);
}

void page_sentence(struct page *p, const char *name, const struct page_cell *cells, size_t count)
{
	struct page_block *b = add_block(p, BLOCK_TEXT, name);
	for (size_t i = 0; i < count; i++)
		ARRAY_APPEND(b->cells, b->cells_count, cells[i]);
}

void page_say(struct page *p, const char *name, const char *text)
{
	const struct page_cell cell = page_plain(text);
	page_sentence(p, name, &cell, 1);
}

void page_fact(struct page *p, const char *name, struct page_cell value)
{
	if (!value.text || !value.text[0])
		return;
	struct page_block *b = add_block(p, BLOCK_FACT, name);
	ARRAY_APPEND(b->cells, b->cells_count, value);
}

void page_pre(struct page *p, const char *name, const char *text)
{
	const struct page_cell cell = page_plain(text);
	struct page_block *b = add_block(p, BLOCK_PRE, name);
	ARRAY_APPEND(b->cells, b->cells_count, cell);
}

void page_figure(struct page *p, const char *markup)
{
	add_block(p, BLOCK_FIGURE, NULL)->markup = markup;
}

void page_search(struct page *p, const char *asked)
{
	const struct page_cell cell = page_plain(asked);
	struct page_block *b = add_block(p, BLOCK_SEARCH, NULL);
	ARRAY_APPEND(b->cells, b->cells_count, cell);
}

struct page_table *page_table(struct page *p, const char *name, const struct page_column *columns,
			      size_t count, const char *empty)
{
	struct page_table *t = arena_new(&p->arena, 1, sizeof(*t));
	*t = (struct page_table){
	    .name = name, .columns = columns, .columns_count = count, .empty = empty};
	add_block(p, BLOCK_TABLE, name)->table = t;
	return t;
}

void page_put(struct page_table *t, struct page_cell c)
{
	ARRAY_APPEND(t->cells, t->cells_count, c);
}

struct page_log *page_log_new(struct page *p, size_t lines)
{
	struct page_log *l = arena_new(&p->arena, 1, sizeof(*l));
	l->lines = arena_new(&p->arena, lines ? lines : 1, sizeof(*l->lines));
	return l;
}

void page_show_log(struct page *p, struct page_log *l)
{
	add_block(p, BLOCK_LOG, NULL)->log = l;
}

void page_write(const struct page *p, enum web_form form, const struct page_place *place,
		struct buffer *out)
{
	switch (form) {
	case FORM_JSON:
		page_write_json(p, out);
		break;
	case FORM_TEXT:
		page_write_text(p, out);
		break;
	case FORM_CSV:
		page_write_csv(p, out);
		break;
	case FORM_HTML:
	case FORM_COUNT:
		page_write_html(p, place, out);
		break;
	}
}
