// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/export/table_writer.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/utf8.h"
#include "text/json_writer.h"
#include "text/csv.h"
#include "text/terminal.h"

// Text of a column; "" for NULL. Numbers as JSON has them, the shortest that reads back the same.
static void column_text(struct store_rows *s, size_t column, struct buffer *out)
{
	if (store_rows_kind(s, column) == STORE_NUMBER) {
		CLEANUP_JSON_WRITER struct json_writer w;
		json_writer_init(&w, NULL);
		json_put_double(&w, NULL, store_rows_number(s, column));
		buffer_append(out, buffer_str(&w.text), w.text.len);
		return;
	}
	const char *text = store_rows_text(s, column);
	if (text)
		buffer_append_str(out, text);
}

static void put_json_row(struct store_rows *s, struct json_writer *w)
{
	json_put_object(w, NULL);
	for (size_t i = 0; i < store_rows_columns(s); i++) {
		const char *name = store_rows_name(s, i);
		switch (store_rows_kind(s, i)) {
		case STORE_INTEGER:
			json_put_int(w, name, store_rows_integer(s, i));
			break;
		case STORE_NUMBER:
			json_put_double(w, name, store_rows_number(s, i));
			break;
		case STORE_NOTHING:
			break;
		case STORE_TEXT:
			json_put_text(w, name, store_rows_text(s, i));
			break;
		}
	}
	json_put_end(w, '}');
}

static struct error *write_json(struct store_rows *s, FILE *out, size_t *rows)
{
	CLEANUP_JSON_WRITER struct json_writer w;
	json_writer_init(&w, out);
	for (bool row = true;; (*rows)++) {
		TRY(store_rows_next(s, &row));
		if (!row)
			break;
		put_json_row(s, &w);
		buffer_append(&w.text, "\n", 1);
	}
	return json_writer_finish(&w, "standard output");
}

static struct error *write_csv(struct store_rows *s, FILE *out, size_t *rows)
{
	CLEANUP_BUFFER struct buffer line = {0}, field = {0};
	size_t columns = store_rows_columns(s);
	for (size_t i = 0; i < columns; i++)
		buffer_printf(&line, "%s%s", i ? "," : "", store_rows_name(s, i));
	for (bool row = true;; (*rows)++) {
		buffer_append(&line, "\r\n", 2);
		fwrite(line.data, 1, line.len, out);
		TRY(store_rows_next(s, &row));
		if (!row)
			return NULL;
		buffer_truncate(&line, 0);
		for (size_t i = 0; i < columns; i++) {
			buffer_truncate(&field, 0);
			column_text(s, i, &field);
			buffer_append(&line, ",", i > 0);
			csv_field(buffer_str(&field), &line);
		}
	}
}

static void put_row(FILE *out, char *const *cells, const size_t *widths, size_t columns)
{
	for (size_t i = 0; i < columns; i++) {
		int pad = (int)(widths[i] - utf8_count(cells[i], strlen(cells[i])));
		bool last = i == columns - 1;
		fprintf(out, "%s%*s", cells[i], last ? 0 : pad + 2, "");
	}
	fputc('\n', out);
}

// Line breaks would break the table.
static char *one_line(struct buffer *text)
{
	for (size_t i = 0; i < text->len; i++)
		if (text->data[i] == '\n' || text->data[i] == '\r' || text->data[i] == '\t')
			text->data[i] = ' ';
	struct buffer safe = {0};
	terminal_line(buffer_str(text), &safe);
	buffer_deinit(text);
	return safe.data ? buffer_steal(&safe) : memory_strdup("");
}

static struct error *collect_cells(struct store_rows *s, char ***cells, size_t *count)
{
	size_t columns = store_rows_columns(s);
	for (size_t i = 0; i < columns; i++)
		ARRAY_APPEND(*cells, *count, memory_strdup(store_rows_name(s, i)));
	for (;;) {
		bool row;
		TRY(store_rows_next(s, &row));
		if (!row)
			return NULL;
		for (size_t i = 0; i < columns; i++) {
			struct buffer text = {0};
			column_text(s, i, &text);
			ARRAY_APPEND(*cells, *count, one_line(&text));
		}
	}
}

static struct error *write_text(struct store_rows *s, FILE *out, size_t *rows)
{
	char **cells = NULL;
	size_t count = 0;
	struct error *e = collect_cells(s, &cells, &count);
	size_t columns = store_rows_columns(s);
	CLEANUP_FREE size_t *widths = memory_new(columns, sizeof(*widths));
	for (size_t i = 0; i < count; i++) {
		size_t width = utf8_count(cells[i], strlen(cells[i]));
		if (width > widths[i % columns])
			widths[i % columns] = width;
	}
	for (size_t i = 0; !e && i < count; i += columns)
		put_row(out, &cells[i], widths, columns);
	*rows = count / columns - 1;
	for (size_t i = 0; i < count; i++)
		free(cells[i]);
	free(cells);
	return e;
}

struct error *table_write(struct store_rows *answer, enum table_format format, FILE *out,
			  size_t *rows)
{
	*rows = 0;
	switch (format) {
	case TABLE_CSV:
		return write_csv(answer, out, rows);
	case TABLE_JSON:
		return write_json(answer, out, rows);
	default:
		return write_text(answer, out, rows);
	}
}
