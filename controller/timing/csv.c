// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/csv.h"

#include <fnmatch.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "timing/statistics/order.h"

#define COLUMNS_MAX 256
#define CELL_MAX    4096 // bytes; longer cells are a mistake in the file
#define SERIES_MAX  10000
#define SHOWN_MAX   40 // bytes of a wrong cell quoted in a message

struct cell {
	size_t start, len; // in the row's text
	size_t column;     // of its first byte, from 1
};

struct csv_rows {
	const char *bytes;
	size_t len, at;
	const char *file;
	size_t line; // of the row last read
	size_t next_line;
	struct buffer text; // of the row's cells, each NUL terminated
	struct cell cells[COLUMNS_MAX];
	size_t count;
};

static struct error *fail(const struct csv_rows *r, size_t column, const char *what)
{
	return error_new_at(ERROR_CONFIG, r->file, r->line, column, "%s", what);
}

// One cell in quotes; r->at stands behind the opening one.
static struct error *read_quoted(struct csv_rows *r, size_t column)
{
	for (;;) {
		if (r->at >= r->len)
			return fail(r, column, "the quote is never closed");
		char c = r->bytes[r->at++];
		if (c == '"') {
			if (r->at >= r->len || r->bytes[r->at] != '"')
				return NULL;
			r->at++;
		}
		if (c == '\n')
			r->next_line++;
		if (c == '\0')
			return fail(r, column, "a NUL byte in a text file");
		buffer_append(&r->text, &c, 1);
	}
}

static struct error *read_plain(struct csv_rows *r, size_t column)
{
	size_t from = r->at;
	while (r->at < r->len && !strchr(",\"\r\n", r->bytes[r->at]))
		r->at++;
	if (r->at < r->len && r->bytes[r->at] == '\0')
		return fail(r, column + r->at - from, "a NUL byte in a text file");
	if (r->at < r->len && r->bytes[r->at] == '"')
		return fail(r, column + r->at - from, "a quote inside a cell without quotes");
	buffer_append(&r->text, r->bytes + from, r->at - from);
	return NULL;
}

// Steps over the end of a line, if it stands here.
static bool take_line_end(struct csv_rows *r)
{
	if (r->at < r->len && r->bytes[r->at] == '\r' &&
	    (r->at + 1 == r->len || r->bytes[r->at + 1] == '\n'))
		r->at++;
	if (r->at < r->len && r->bytes[r->at] != '\n')
		return false;
	if (r->at < r->len)
		r->at++;
	r->next_line++;
	return true;
}

static struct error *read_cells(struct csv_rows *r)
{
	size_t row_start = r->at;
	for (;;) {
		size_t column = r->at - row_start + 1, start = r->text.len;
		if (r->count == COLUMNS_MAX)
			return fail(r, column, "more than 256 columns");
		if (r->at < r->len && r->bytes[r->at] == '"') {
			r->at++;
			TRY(read_quoted(r, column));
		} else {
			TRY(read_plain(r, column));
		}
		size_t len = r->text.len - start;
		if (len > CELL_MAX)
			return fail(r, column, "a cell of more than 4096 bytes");
		r->cells[r->count++] = (struct cell){start, len, column};
		buffer_append(&r->text, "", 1);
		if (take_line_end(r))
			return NULL;
		if (r->bytes[r->at] != ',')
			return fail(r, r->at - row_start + 1,
				    "expected a comma or the end of the line");
		r->at++;
	}
}

// Reads the next row that is not blank into r->cells; *more is false at the end.
static struct error *read_row(struct csv_rows *r, bool *more)
{
	do {
		*more = r->at < r->len;
		if (!*more)
			return NULL;
		r->line = r->next_line;
		r->count = 0;
		buffer_truncate(&r->text, 0);
		TRY(read_cells(r));
	} while (r->count == 1 && r->cells[0].len == 0);
	return NULL;
}

static const char *cell_text(const struct csv_rows *r, size_t i)
{
	return r->text.data + r->cells[i].start;
}

// Decimal only: no hexadecimal, "nan" or "inf".
static struct error *parse_number(const struct csv_rows *r, size_t i, double *out)
{
	const char *s = cell_text(r, i);
	size_t used = strspn(s, "+-.0123456789eE");
	char *end = NULL;
	double v = used == r->cells[i].len ? strtod(s, &end) : NAN;
	if (end && end != s && *end == '\0' && isfinite(v)) {
		*out = v;
		return NULL;
	}
	return error_new_at(ERROR_CONFIG, r->file, r->line, r->cells[i].column,
			    "expected a finite number, found \"%.*s\"", SHOWN_MAX, s);
}

// Which columns the file has.
struct layout {
	size_t count;
	size_t value, series, metric, cpu; // SIZE_MAX: absent
	size_t reps[COLUMNS_MAX];
	size_t reps_count;
};

static bool is_rep(const char *s)
{
	return strncmp(s, "rep", 3) == 0 && s[3] && strspn(s + 3, "0123456789") == strlen(s + 3);
}

static struct error *read_header(struct csv_rows *r, const struct csv_options *o, struct layout *l)
{
	*l = (struct layout){
	    .value = SIZE_MAX, .series = SIZE_MAX, .metric = SIZE_MAX, .cpu = SIZE_MAX};
	const char *value = o->column ? o->column : "value";
	const struct {
		const char *name;
		size_t *place;
	} known[] = {
	    {value, &l->value}, {"series", &l->series}, {"metric", &l->metric}, {"cpu", &l->cpu}};
	bool more;
	TRY(read_row(r, &more));
	l->count = more ? r->count : 0;
	for (size_t i = 0; i < l->count; i++) {
		const char *name = cell_text(r, i);
		for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
			if (strcmp(name, known[k].name) != 0)
				continue;
			if (*known[k].place != SIZE_MAX)
				return fail(r, r->cells[i].column, "a column named twice");
			*known[k].place = i;
		}
		if (is_rep(name))
			l->reps[l->reps_count++] = i;
	}
	if (l->value != SIZE_MAX)
		l->reps_count = 0;
	else if (l->reps_count == 0)
		return error_new_at(ERROR_CONFIG, r->file, 1, 1,
				    "the header names no column \"%s\" and no repetitions "
				    "(rep0, rep1, ...)",
				    value);
	return NULL;
}

static void series_deinit(struct csv_series *s)
{
	free(s->name);
	free(s->values);
	free(s->rows);
	free(s->reps);
}

void csv_file_deinit(struct csv_file *f)
{
	for (size_t i = 0; i < f->count; i++)
		series_deinit(&f->series[i]);
	free(f->series);
	*f = (struct csv_file){0};
}

// The series a row belongs to. Rows of one series mostly follow each other or take turns with the
// same neighbours, so the search starts behind the one found last.
static struct error *find_series(const struct csv_rows *r, struct csv_file *f, const char *name,
				 size_t *last)
{
	for (size_t k = 0; k < f->count; k++) {
		size_t i = (*last + k) % f->count;
		if (strcmp(f->series[i].name, name) == 0) {
			*last = i;
			return NULL;
		}
	}
	if (f->count == SERIES_MAX)
		return fail(r, 1, "more than 10000 series in one file");
	struct csv_series s = {.name = memory_strdup(name)};
	ARRAY_APPEND(f->series, f->count, s);
	*last = f->count - 1;
	return NULL;
}

// Name of the row's series; the caller frees.
static char *row_name(const struct csv_rows *r, const struct layout *l, const struct csv_options *o)
{
	if (l->series != SIZE_MAX)
		return memory_strdup(cell_text(r, l->series));
	if (l->metric == SIZE_MAX || l->reps_count == 0)
		return memory_strdup(o->name);
	if (l->cpu == SIZE_MAX)
		return memory_printf("%s/%s", o->name, cell_text(r, l->metric));
	return memory_printf("%s/%s/%s", o->name, cell_text(r, l->cpu), cell_text(r, l->metric));
}

// A gap makes row numbers worth storing; until then they are the indices.
static void note_row(struct csv_series *s, bool present)
{
	if (!present && !s->rows) {
		s->rows = memory_new(s->count ? s->count : 1, sizeof(*s->rows));
		// As ARRAY_APPEND left it: room for the next power of two.
		size_t room = 1;
		while (room < s->count)
			room *= 2;
		s->rows = memory_grow(s->rows, room, sizeof(*s->rows));
		for (size_t i = 0; i < s->count; i++)
			s->rows[i] = i;
	}
	if (present && s->rows) {
		size_t count = s->count;
		ARRAY_APPEND(s->rows, count, s->rows_count);
	}
	s->rows_count++;
}

static struct error *add_value(const struct csv_rows *r, const struct layout *l,
			       struct csv_series *s)
{
	if (r->cells[l->value].len == 0) {
		note_row(s, false);
		return NULL;
	}
	double v = 0;
	TRY(parse_number(r, l->value, &v));
	note_row(s, true);
	ARRAY_APPEND(s->values, s->count, v);
	return NULL;
}

static struct error *add_reps(const struct csv_rows *r, const struct layout *l, bool median,
			      struct csv_series *s)
{
	double reps[COLUMNS_MAX];
	for (size_t i = 0; i < l->reps_count; i++)
		TRY(parse_number(r, l->reps[i], &reps[i]));
	s->reps_per_run = l->reps_count;
	size_t stored = s->count * l->reps_count;
	for (size_t i = 0; i < l->reps_count; i++)
		ARRAY_APPEND(s->reps, stored, reps[i]);
	double v =
	    median ? order_median(reps, l->reps_count) : order_select(reps, l->reps_count, 0);
	note_row(s, true);
	ARRAY_APPEND(s->values, s->count, v);
	return NULL;
}

static struct error *read_rows(struct csv_rows *r, const struct layout *l,
			       const struct csv_options *o, struct csv_file *f)
{
	size_t last = 0;
	for (;;) {
		bool more;
		TRY(read_row(r, &more));
		if (!more)
			return NULL;
		if (r->count != l->count)
			return error_new_at(
			    ERROR_CONFIG, r->file, r->line, r->cells[r->count - 1].column,
			    "cells: expected %zu as in the header, found %zu", l->count, r->count);
		if (o->metric && l->metric != SIZE_MAX &&
		    fnmatch(o->metric, cell_text(r, l->metric), 0) != 0)
			continue;
		CLEANUP_FREE char *name = row_name(r, l, o);
		TRY(find_series(r, f, name, &last));
		struct csv_series *s = &f->series[last];
		TRY(l->reps_count ? add_reps(r, l, o->median, s) : add_value(r, l, s));
	}
}

struct error *csv_parse(const char *bytes, size_t len, const struct csv_options *options,
			struct csv_file *out)
{
	CLEANUP(csv_file_deinit) struct csv_file f = {0};
	CLEANUP_FREE struct csv_rows *r = memory_new(1, sizeof(*r));
	*r = (struct csv_rows){.bytes = bytes, .len = len, .file = options->file, .next_line = 1};
	if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		r->at = 3;
	struct layout l;
	struct error *e = read_header(r, options, &l);
	if (!e)
		e = read_rows(r, &l, options, &f);
	buffer_deinit(&r->text);
	if (e)
		return e;
	// A file without rows still is a series: of no points.
	if (f.count == 0 && l.series == SIZE_MAX && l.reps_count == 0) {
		struct csv_series s = {.name = memory_strdup(options->name)};
		ARRAY_APPEND(f.series, f.count, s);
	}
	*out = f;
	f = (struct csv_file){0};
	return NULL;
}
