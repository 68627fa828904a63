// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/table.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/utf8.h"

static size_t least_of(const struct table_column *c)
{
	return c->text && c->width > TABLE_TEXT_MIN ? TABLE_TEXT_MIN : c->width;
}

// The next column to be taken: the lowest rank that is not below `rank`, behind column `after` when it
// is of the same rank. `count`: none.
static size_t next_column(const struct table_column *columns, size_t count, unsigned rank,
			  size_t after)
{
	size_t best = count;
	for (size_t i = 0; i < count; i++) {
		bool later = columns[i].rank > rank || (columns[i].rank == rank && i > after);
		if (later && (best == count || columns[i].rank < columns[best].rank))
			best = i;
	}
	return best;
}

static size_t first_column(const struct table_column *columns, size_t count)
{
	size_t best = 0;
	for (size_t i = 1; i < count; i++)
		if (columns[i].rank < columns[best].rank)
			best = i;
	return best;
}

size_t table_fit(struct table_column *columns, size_t count, size_t room)
{
	size_t used = 0, left_out = 0;
	if (room == 0 || count == 0)
		return 0;
	size_t first = first_column(columns, count);
	// A column keeps its whole width in `width` until all that are shown are known.
	for (size_t i = first; i < count; i = next_column(columns, count, columns[i].rank, i)) {
		size_t gap = used ? TABLE_GAP : 0;
		if (i == first || used + gap + least_of(&columns[i]) <= room) {
			used += gap + least_of(&columns[i]);
		} else {
			columns[i].width = 0;
			left_out++;
		}
	}
	for (size_t i = first; i < count; i = next_column(columns, count, columns[i].rank, i)) {
		size_t least = least_of(&columns[i]), spare = room > used ? room - used : 0;
		size_t more = columns[i].width - least;
		columns[i].width = least + (more < spare ? more : spare);
		used += more < spare ? more : spare;
	}
	return left_out;
}

// Bytes of the cell's first `width` characters.
static size_t bytes_of(const char *cell, size_t width)
{
	size_t len = strlen(cell), at = 0;
	for (size_t n = 0; n < width && at < len; n++) {
		uint32_t c;
		bool ok;
		at += utf8_decode(cell + at, len - at, &c, &ok);
	}
	return at;
}

static void put_cell(FILE *out, const char *cell, size_t width, bool last)
{
	size_t count = utf8_count(cell, strlen(cell));
	if (count > width) {
		size_t kept = width > 3 ? width - 3 : 0;
		fprintf(out, "%.*s%.*s", (int)bytes_of(cell, kept), cell, (int)(width - kept),
			"...");
		count = width;
	} else {
		fputs(cell, out);
	}
	if (!last)
		fprintf(out, "%*s", (int)(width - count) + TABLE_GAP, "");
}

void table_print(FILE *out, char *const *cells, size_t rows, const struct table_column *columns,
		 size_t count)
{
	size_t last = 0;
	for (size_t i = 0; i < count; i++)
		if (columns[i].width > 0)
			last = i;
	for (size_t row = 0; row < rows; row++) {
		for (size_t i = 0; i < count; i++)
			if (columns[i].width > 0)
				put_cell(out, cells[row * count + i], columns[i].width, i == last);
		fputc('\n', out);
	}
}

void table_deinit(struct table *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->cells[i]);
	free(t->cells);
	*t = (struct table){.heads = t->heads, .columns = t->columns};
}

static void add_cell(struct table *t, char *cell)
{
	ARRAY_APPEND(t->cells, t->count, cell);
}

void table_put(struct table *t, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *cell = NULL;
	int len = vasprintf(&cell, fmt, ap);
	va_end(ap);
	add_cell(t, len < 0 ? memory_strdup("?") : cell);
}

size_t table_show(const struct table *t, size_t room, FILE *out)
{
	struct table_column *columns = memory_new(t->columns, sizeof(*columns));
	char **heads = memory_new(t->columns, sizeof(*heads));
	for (size_t i = 0; i < t->columns; i++) {
		heads[i] = memory_strdup(t->heads[i].name);
		columns[i] = (struct table_column){utf8_count(heads[i], strlen(heads[i])),
						   t->heads[i].rank, t->heads[i].text};
	}
	for (size_t i = 0; i < t->count; i++) {
		struct table_column *column = &columns[i % t->columns];
		size_t width = utf8_count(t->cells[i], strlen(t->cells[i]));
		column->width = width > column->width ? width : column->width;
	}
	size_t left_out = table_fit(columns, t->columns, room);
	table_print(out, heads, 1, columns, t->columns);
	table_print(out, t->cells, t->count / t->columns, columns, t->columns);
	for (size_t i = 0; i < t->columns; i++)
		free(heads[i]);
	free(heads);
	free(columns);
	return left_out;
}
