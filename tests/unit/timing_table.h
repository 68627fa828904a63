// SPDX-License-Identifier: GPL-2.0-or-later
// Reads the reference tables of tests/unit/timing_tables: tab-separated columns, comma-separated
// numbers in each, one header line.
#ifndef UNIT_TIMING_TABLE_H
#define UNIT_TIMING_TABLE_H

#include "unit/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/memory.h"

#define TABLE_COLUMNS_MAX 8

struct table_row {
	double *column[TABLE_COLUMNS_MAX]; // owned
	size_t count[TABLE_COLUMNS_MAX];
};

static inline void table_row_deinit(struct table_row *row)
{
	for (size_t i = 0; i < TABLE_COLUMNS_MAX; i++)
		free(row->column[i]);
	*row = (struct table_row){0};
}

static inline void table_parse_row(char *line, struct table_row *row)
{
	size_t column = 0;
	for (char *cell; (cell = strsep(&line, "\t\n")) && *cell && column < TABLE_COLUMNS_MAX;
	     column++) {
		for (char *number; (number = strsep(&cell, ","));) {
			double v = strtod(number, NULL);
			ARRAY_APPEND(row->column[column], row->count[column], v);
		}
	}
}

// Calls `check` for each row; fails unless there is at least one.
static inline void table_each(const char *name, void (*check)(const struct table_row *row))
{
	char path[256];
	snprintf(path, sizeof(path), "tests/unit/timing_tables/%s.tsv", name);
	CLEANUP_FCLOSE FILE *f = fopen(path, "r");
	if (!f)
		fail_msg("cannot open %s (run from the top of the tree)", path);
	CLEANUP_FREE char *line = NULL;
	size_t size = 0, rows = 0;
	if (getline(&line, &size, f) < 0)
		fail_msg("%s is empty", path);
	while (getline(&line, &size, f) > 0) {
		struct table_row row = {0};
		table_parse_row(line, &row);
		check(&row);
		table_row_deinit(&row);
		rows++;
	}
	assert_true(rows > 0);
}

// Equal to ten significant digits, which is what the tables hold.
static inline void assert_close(double found, double wanted)
{
	double allowed = 1e-9 * fmax(1, fabs(wanted));
	if (!(fabs(found - wanted) <= allowed))
		fail_msg("found %.17g, wanted %.17g", found, wanted);
}

#endif
