// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/route.h"

#include <string.h>

#include "record/layout.h"

static const struct route routes[] = {
    {"", ROUTE_PAGE, page_changes, "what changed since the last night, and the farm now"},
    {"nights", ROUTE_PAGE, page_nights, "batches, newest first: ?job= ?limit="},
    {"night/*", ROUTE_PAGE, page_night, "what changed on a day, as 2026-06-04"},
    {"batch/*", ROUTE_PAGE, page_batch, "a batch: what changed, all boards"},
    {"run/*", ROUTE_PAGE, page_run, "a run: ?tests=all"},
    {"run/*/log", ROUTE_PAGE, page_console,
     "its console: ?line= or ?from= ?to= ?lines= ?ansi=show ?quote=1, and #L120-L160"},
    {"run/*/" LAYOUT_CONSOLE, ROUTE_BYTES, NULL, "its console, exactly; Range: bytes="},
    {"run/*/live", ROUTE_LIVE, NULL,
     "its console as it comes: server-sent events, bytes in base64, id: the offset behind them; "
     "?from= or Last-Event-ID"},
    {"findings", ROUTE_PAGE, page_findings, "splats: ?job= ?board= ?pool= ?days= ?limit="},
    {"finding/*", ROUTE_PAGE, page_finding, "a signature: window, who shows it, where"},
    {"boards", ROUTE_PAGE, page_boards, "all boards: ?type="},
    {"board/*", ROUTE_PAGE, page_board, "a board: 30 days, last runs, siblings: ?limit="},
    {"test/*", ROUTE_PAGE, page_test, "a test over time: ?status= ?board= ?pool= ?job= ?limit="},
    {"metrics-list", ROUTE_PAGE, page_metrics_list, "all metrics"},
    {"metric/*", ROUTE_PAGE, page_metric, "a metric by class of CPU: ?job= ?variant= ?type="},
    {"queue", ROUTE_PAGE, page_queue, "what runs and waits, and boards out of service"},
    {"search", ROUTE_PAGE, page_find, "?q="},
    {"api", ROUTE_PAGE, page_api, "this list"},
    {"metrics", ROUTE_METRICS, NULL, "the daemon's counters, as Prometheus reads them"},
    {"asset/*", ROUTE_ASSET, NULL, "style, script, icon"},
};

const struct route *route_all(size_t *count)
{
	*count = sizeof(routes) / sizeof(routes[0]);
	return routes;
}

static bool fits(const char *pattern, const struct web_request *q)
{
	size_t at = 0;
	for (; *pattern; at++) {
		size_t len = strcspn(pattern, "/");
		if (at == q->segments_count)
			return false;
		bool any = len == 1 && pattern[0] == '*';
		if (!any &&
		    (strlen(q->segments[at]) != len || strncmp(q->segments[at], pattern, len) != 0))
			return false;
		pattern += len + (pattern[len] == '/');
	}
	return at == q->segments_count;
}

const struct route *route_find(const struct web_request *q)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (fits(routes[i].pattern, q))
			return &routes[i];
	return NULL;
}

// ---- the page that tells them -------------------------------------------------------------------

struct error *page_api(struct web_context *c, const struct web_request *q, struct page *p)
{
	static const struct page_column columns[] = {{"url", "URL", false},
						     {"what", "What", false}};
	(void)c, (void)q;
	p->here = "/api";
	p->title = "URLs";
	page_say(p, "forms",
		 "Each page is there as HTML, and with the suffix .json, .txt or .csv (its first "
		 "table); "
		 "an Accept header says the same. All state is in the query, and a URL keeps its "
		 "meaning.");
	page_pre(p, "example",
		 "curl -s http://127.0.0.1:8080/index.json | jq '.changes[]'\n"
		 "curl -s 'http://127.0.0.1:8080/nights.csv?job=nightly&limit=10'\n"
		 "curl -sN http://127.0.0.1:8080/run/ID/live");
	struct page_table *t = PAGE_TABLE(p, "urls", columns, "");
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		page_put(t, page_toned(page_text(p, "/%s", routes[i].pattern), TONE_CODE));
		page_put(t, page_plain(routes[i].meaning));
	}
	return NULL;
}
