// SPDX-License-Identifier: GPL-2.0-or-later
// The pages: each function fills one from the store, the run directories and the daemon's answers. A name
// that there is none of makes a page with status 404; an error is the server's trouble.
#ifndef WEB_PAGES_H
#define WEB_PAGES_H

#include "web/context.h"
#include "web/night.h"
#include "web/request.h"

typedef struct error *page_fn(struct web_context *c, const struct web_request *q, struct page *p);

page_fn page_changes; // the first screen
page_fn page_nights;
page_fn page_night;
page_fn page_batch;
page_fn page_run;
page_fn page_console;
page_fn page_finding;
page_fn page_findings;
page_fn page_board;
page_fn page_boards;
page_fn page_test;
page_fn page_metric;
page_fn page_metrics_list;
page_fn page_compare;
page_fn page_queue;
page_fn page_find;
page_fn page_api;

// ---- what several pages show ----------------------------------------------------------------------

void page_put_changes(struct page *p, const struct night *n, bool jobs);
void page_put_runs(struct page *p, struct store_rows *r, const char *name, struct error **e);
// A run's console at a line; MODEL_UNKNOWN: from its beginning.
const char *page_console_url(struct page *p, const char *run, int64_t line);
// Cells of what the farm does now.
void page_put_farm(struct web_context *c, struct page *p, bool whole);

#endif
