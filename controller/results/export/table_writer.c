// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/export/table_writer.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/utf8.h"
#include "text/json_writer.h"
#include "text/csv.h"
#include "text/table.h"
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

// "2026-12-01T02:00:46.633995Z": seconds are enough for people.
static void cut_fraction(struct buffer *text)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd.";
	const char *c = buffer_str(text);
	for (size_t i = 0; i < sizeof(form) - 1; i++)
		if (form[i] == 'd' ? c[i] < '0' || c[i] > '9' : c[i] != form[i])
			return;
	size_t digits = strspn(c + 20, "0123456789");
	if (c[20 + digits] != 'Z' || c[21 + digits])
		return;
	buffer_truncate(text, 19);
	buffer_append_str(text, "Z");
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
			cut_fraction(&text);
			ARRAY_APPEND(*cells, *count, one_line(&text));
		}
	}
}

// What a reader needs of a row, the most important first; other columns come behind these.
static const char *const ranks[] = {
    "id",         "run",     "signature", "status",      "path",    "value", "unit",   "runs",
    "fail",       "error",   "miss",      "pass",        "class",   "title", "reason", "job",
    "start_time", "comment", "boards",    "commit_name", "variant", "board", "func",   "pools"};
static const char *const texts[] = {"reason", "comment", "title", "version", "pools", "path"};

static size_t index_of(const char *const *list, size_t count, const char *name)
{
	size_t i = 0;
	while (i < count && strcmp(list[i], name) != 0)
		i++;
	return i;
}

#define COUNT_OF(list) (sizeof(list) / sizeof((list)[0]))

// A column that says nothing in any row is the last to be shown.
static void measure(char *const *cells, size_t rows, size_t count, struct table_column *columns)
{
	for (size_t i = 0; i < count; i++) {
		size_t name = strlen(cells[i]), widest = 0;
		for (size_t row = 1; row < rows; row++) {
			const char *cell = cells[row * count + i];
			size_t width = utf8_count(cell, strlen(cell));
			widest = width > widest ? width : widest;
		}
		columns[i].width = widest > name ? widest : name;
		columns[i].rank = (unsigned)index_of(ranks, COUNT_OF(ranks), cells[i]);
		columns[i].rank += widest ? 0 : (unsigned)COUNT_OF(ranks) + 1;
		columns[i].text = index_of(texts, COUNT_OF(texts), cells[i]) < COUNT_OF(texts);
	}
}

struct error *table_write_text(struct store_rows *s, size_t room, FILE *out, size_t *rows,
			       size_t *left_out)
{
	char **cells = NULL;
	size_t count = 0;
	struct error *e = collect_cells(s, &cells, &count);
	size_t columns = store_rows_columns(s);
	CLEANUP_FREE struct table_column *fit = memory_new(columns, sizeof(*fit));
	*rows = count / columns - 1;
	measure(cells, count / columns, columns, fit);
	*left_out = table_fit(fit, columns, room);
	if (!e)
		table_print(out, cells, count / columns, fit, columns);
	for (size_t i = 0; i < count; i++)
		free(cells[i]);
	free(cells);
	return e;
}

struct error *table_write(struct store_rows *answer, enum table_format format, FILE *out,
			  size_t *rows)
{
	size_t left_out;
	*rows = 0;
	switch (format) {
	case TABLE_CSV:
		return write_csv(answer, out, rows);
	case TABLE_JSON:
		return write_json(answer, out, rows);
	default:
		return table_write_text(answer, 0, out, rows, &left_out);
	}
}
