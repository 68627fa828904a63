// SPDX-License-Identifier: GPL-2.0-or-later
// The URLs: which page function, file or stream answers one. They are an API: none that stands here
// changes its meaning or goes (tests/unit/web_route.c has the frozen list).
#ifndef WEB_ROUTE_H
#define WEB_ROUTE_H

#include "web/pages.h"

enum route_kind {
	ROUTE_PAGE,
	ROUTE_ASSET,   // style, script, icon
	ROUTE_BYTES,   // a run's console, exactly
	ROUTE_LIVE,    // what a run's console says from now on (server-sent events)
	ROUTE_METRICS, // the daemon's counters, for Prometheus
};

struct route {
	const char *pattern; // "run/*/log"; '*' is any name
	enum route_kind kind;
	page_fn *page;       // ROUTE_PAGE
	const char *meaning; // for /api
};

// The route of a request; NULL: there is none.
const struct route *route_find(const struct web_request *q);
// All of them.
const struct route *route_all(size_t *count);

#endif
