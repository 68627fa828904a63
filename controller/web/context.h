// SPDX-License-Identifier: GPL-2.0-or-later
// What page functions are given: the results they read, and what time it is.
#ifndef WEB_CONTEXT_H
#define WEB_CONTEXT_H

#include <jansson.h>
#include <stdint.h>

#include "results/store/store.h"
#include "results/store/store_query.h"
#include "web/page.h"

struct web_context {
	const char *results; // borrowed
	const char *socket;  // the daemon's; NULL: the farm of this moment is not shown
	struct store *store;
	int64_t now_ns;     // since 1970
	json_t *farm;       // what the daemon said last, or NULL
	int64_t farm_at_ns; // when it was asked (monotonic); 0: never
};

// A row's column of that name; NULL: it is not said, or there is no such column.
const char *rows_text(const struct store_rows *r, const char *column);
int64_t rows_integer(const struct store_rows *r, const char *column);
// The same as a cell, whose text is copied into the page.
struct page_cell rows_cell(struct page *p, const struct store_rows *r, const char *column);
struct page_cell rows_number_cell(struct page *p, const struct store_rows *r, const char *column);
struct page_cell rows_time_cell(struct page *p, const struct store_rows *r, const char *column);
struct page_cell rows_verdict_cell(const struct store_rows *r, const char *column);

// The page becomes "there is no such thing" (404).
void page_not_found(struct page *p, const char *what, const char *name);

// What the daemon says of this moment: {"queue":..., "boards":...}; NULL: no daemon answers. It is asked
// anew after two seconds, and waited for only briefly.
const json_t *context_farm(struct web_context *c);
// The daemon's counters as it prints them, the caller frees; NULL: no daemon answers.
char *context_metrics(struct web_context *c);
void context_deinit(struct web_context *c);

#endif
