// SPDX-License-Identifier: GPL-2.0-or-later
// A page as plain text, and its tables as CSV.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/csv.h"
#include "text/table.h"
#include "text/terminal.h"
#include "web/page.h"

static void put_line(const char *s, struct buffer *out)
{
	terminal_line(s ? s : "", out);
}

static void put_cells(const struct page_block *b, struct buffer *out)
{
	for (size_t i = 0; i < b->cells_count; i++) {
		if (i > 0)
			buffer_append(out, " ", 1);
		put_line(b->cells[i].text, out);
	}
	buffer_append(out, "\n", 1);
}

// ---- tables -------------------------------------------------------------------------------------

static void fill_table(const struct page_table *t, struct table *into)
{
	for (size_t i = 0; i < t->cells_count; i++) {
		CLEANUP_BUFFER struct buffer cell = {0};
		put_line(t->cells[i].text, &cell);
		table_put(into, "%s", buffer_str(&cell));
	}
}

static void put_table(const struct page_table *t, struct buffer *out)
{
	if (t->cells_count == 0) {
		put_line(t->empty, out);
		buffer_append(out, "\n", 1);
		return;
	}
	CLEANUP_FREE struct table_head *heads = memory_new(t->columns_count, sizeof(*heads));
	for (size_t i = 0; i < t->columns_count; i++)
		heads[i] = (struct table_head){t->columns[i].title, 0, false};
	CLEANUP_TABLE struct table plain = {.heads = heads, .columns = t->columns_count};
	CLEANUP_FREE char *text = NULL;
	size_t len = 0;
	fill_table(t, &plain);
	FILE *f = open_memstream(&text, &len);
	if (!f)
		return;
	table_show(&plain, 0, f);
	fclose(f);
	buffer_append(out, text, len);
}

static void put_log(const struct page_log *l, struct buffer *out)
{
	for (size_t i = 0; i < l->count; i++) {
		buffer_printf(out, "%7" PRId64 " ", l->lines[i].number);
		if (l->lines[i].at)
			buffer_printf(out, "%10s ", l->lines[i].at);
		put_line(l->lines[i].text, out);
		buffer_append(out, "\n", 1);
	}
}

static void put_block(const struct page_block *b, struct buffer *out)
{
	switch (b->kind) {
	case BLOCK_HEADING:
		buffer_append(out, "\n", 1);
		put_cells(b, out);
		break;
	case BLOCK_TEXT:
		put_cells(b, out);
		break;
	case BLOCK_PRE:
		terminal_text(b->cells[0].text, strlen(b->cells[0].text), out);
		buffer_append(out, "\n", 1);
		break;
	case BLOCK_FACT:
		buffer_printf(out, "%s: ", b->name);
		put_cells(b, out);
		break;
	case BLOCK_TABLE:
		put_table(b->table, out);
		break;
	case BLOCK_LOG:
		put_log(b->log, out);
		break;
	case BLOCK_FIGURE:
	case BLOCK_SEARCH:
		break;
	}
}

void page_write_text(const struct page *p, struct buffer *out)
{
	put_line(p->title, out);
	buffer_append(out, "\n", 1);
	for (size_t i = 0; i < p->blocks_count; i++)
		put_block(&p->blocks[i], out);
}

// ---- CSV ----------------------------------------------------------------------------------------

static void put_csv_row(const struct page_table *t, size_t row, struct buffer *out)
{
	for (size_t i = 0; i < t->columns_count; i++) {
		const char *text = t->cells[row * t->columns_count + i].text;
		if (i > 0)
			buffer_append(out, ",", 1);
		csv_field(text ? text : "", out);
	}
	buffer_append_str(out, "\r\n");
}

static void put_csv(const struct page_table *t, struct buffer *out)
{
	for (size_t i = 0; i < t->columns_count; i++) {
		if (i > 0)
			buffer_append(out, ",", 1);
		csv_field(t->columns[i].key, out);
	}
	buffer_append_str(out, "\r\n");
	for (size_t row = 0; row < t->cells_count / t->columns_count; row++)
		put_csv_row(t, row, out);
}

// The first table alone: a file of CSV has one kind of rows.
void page_write_csv(const struct page *p, struct buffer *out)
{
	for (size_t i = 0; i < p->blocks_count; i++)
		if (p->blocks[i].kind == BLOCK_TABLE) {
			put_csv(p->blocks[i].table, out);
			return;
		}
}
