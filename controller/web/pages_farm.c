// SPDX-License-Identifier: GPL-2.0-or-later
// The farm: its boards, one board, and what runs and waits.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "text/format.h"
#include "web/pages.h"

#define DAY_MS     INT64_C(86400000)
#define STRIP_DAYS 30

static const char *text_of(const json_t *o, const char *member)
{
	return json_string_value(json_object_get(o, member));
}

static int64_t number_of(const json_t *o, const char *member)
{
	return json_integer_value(json_object_get(o, member));
}

// "2026-06-04 01:10 UTC" of seconds since 1970; 0: nothing.
static struct page_cell second_cell(struct page *p, int64_t s)
{
	char time[CLOCK_RFC3339_SIZE];
	if (s <= 0 || s > INT64_C(9000000000))
		return page_plain(NULL);
	clock_rfc3339(s * NS_PER_S, time);
	return page_time(p, time);
}

// "in 3 h" or "2 days ago".
static const char *relative(struct page *p, int64_t from_s, int64_t to_s)
{
	int64_t s = to_s > from_s ? to_s - from_s : from_s - to_s;
	const char *text = s < 5400     ? page_text(p, "%" PRId64 " min", (s + 30) / 60)
			   : s < 172800 ? page_text(p, "%" PRId64 " h", (s + 1800) / 3600)
					: page_text(p, "%" PRId64 " days", (s + 43200) / 86400);
	return to_s > from_s ? page_text(p, "in %s", text) : page_text(p, "%s ago", text);
}

// ---- the farm now -------------------------------------------------------------------------------

static const char *first_reason(const json_t *runs)
{
	size_t i;
	const json_t *run;
	json_array_foreach(runs, i, run)
	{
		const char *why = text_of(run, "why");
		if (why && why[0])
			return why;
	}
	return NULL;
}

static size_t count_state(const json_t *runs, const char *state)
{
	size_t i, n = 0;
	const json_t *run;
	json_array_foreach(runs, i, run)
	{
		const char *is = text_of(run, "state");
		n += is && strcmp(is, state) == 0;
	}
	return n;
}

static void put_queue(struct web_context *c, struct page *p, const json_t *queue)
{
	static const struct page_column columns[] = {
	    {"batch", "Batch", false},
	    {"job", "Job", false},
	    {"state", "State", false},
	    {"ended", "Ended", false},
	    {"running", "Running", false},
	    {"runs", "Runs", false},
	    {"by", "By", true},
	    {"since", "Since", true},
	    {"waits_for", "Waits for", false},
	};
	size_t i;
	const json_t *b;
	const char *stuck = text_of(queue, "stuck");
	if (stuck && stuck[0])
		page_say(p, "stuck", page_text(p, "Nothing is begun: %s.", stuck));
	if (json_is_true(json_object_get(queue, "draining")))
		page_say(p, "draining", "Draining: nothing more is begun.");
	struct page_table *t = PAGE_TABLE(p, "queue", columns, "Nothing runs, nothing waits.");
	json_array_foreach(json_object_get(queue, "batches"), i, b)
	{
		const json_t *runs = json_object_get(b, "runs");
		const char *id = page_copy(p, text_of(b, "batch")), *who = text_of(b, "submitter");
		page_put(t, page_toned(id, TONE_CODE));
		page_put(t, page_plain(page_copy(p, text_of(b, "job"))));
		page_put(t, json_is_true(json_object_get(b, "begun"))
				? page_toned("runs", TONE_PASS)
				: page_toned("waits", TONE_SKIP));
		page_put(t, page_number(p, (int64_t)count_state(runs, "ended")));
		page_put(t, page_number(p, (int64_t)count_state(runs, "running")));
		page_put(t, page_number(p, (int64_t)json_array_size(runs)));
		page_put(t, page_plain(page_copy(p, who && who[0] ? who : text_of(b, "trigger"))));
		page_put(
		    t, page_plain(relative(p, c->now_ns / NS_PER_S, number_of(b, "submitted_s"))));
		page_put(t, page_plain(page_copy(p, first_reason(runs))));
	}
}

static void put_running(struct page *p, const json_t *queue)
{
	static const struct page_column columns[] = {{"run", "Run", false},
						     {"board", "Board", false},
						     {"variant", "Variant", false},
						     {"console", "Console", false}};
	size_t i, k;
	const json_t *b, *run;
	page_heading(p, "running", "Running now");
	struct page_table *t = PAGE_TABLE(p, "running", columns, "No board is running.");
	json_array_foreach(json_object_get(queue, "batches"), i, b)
	    json_array_foreach(json_object_get(b, "runs"), k, run)
	{
		const char *id = page_copy(p, text_of(run, "run")), *state = text_of(run, "state");
		const char *board = page_copy(p, text_of(run, "board"));
		if (!id || !board || !state || strcmp(state, "running") != 0)
			continue;
		page_put(t, page_link(id, PAGE_URL(p, "run", id)));
		page_put(t, page_link(board, PAGE_URL(p, "board", board)));
		page_put(t, page_plain(page_copy(p, text_of(run, "variant"))));
		page_put(t, page_link("live", PAGE_URL(p, "run", id, "log")));
	}
}

// Boards that are not as they should be.
static void put_health(struct web_context *c, struct page *p, const json_t *boards)
{
	static const struct page_column columns[] = {
	    {"board", "Board", false}, {"health", "Health", false}, {"reason", "Why", false},
	    {"who", "Who", true},      {"since", "Since", true},    {"reserved", "Reserved", false},
	};
	size_t i;
	const json_t *b;
	page_heading(p, "health", "Boards that are not Good, or reserved");
	struct page_table *t = PAGE_TABLE(p, "health", columns, "All boards are well and free.");
	json_array_foreach(boards, i, b)
	{
		const char *name = page_copy(p, text_of(b, "board"));
		const char *health = page_copy(p, text_of(b, "health"));
		const json_t *reserved = json_object_get(b, "reserved");
		bool good = !health || strcmp(health, "Good") == 0;
		if (!name || (good && !json_is_object(reserved)))
			continue;
		int64_t until = number_of(reserved, "until_s");
		page_put(t, page_link(name, PAGE_URL(p, "board", name)));
		page_put(t, page_toned(health, good ? TONE_PASS : TONE_MISS));
		page_put(t, page_plain(page_copy(p, text_of(b, "reason"))));
		page_put(t, page_plain(page_copy(p, text_of(b, "who"))));
		page_put(t, second_cell(p, number_of(b, "since_s")));
		page_put(t, json_is_object(reserved)
				? page_plain(page_text(
				      p, "%s until %s (%s): %s", text_of(reserved, "who"),
				      until ? second_cell(p, until).text : "released",
				      until ? relative(p, c->now_ns / NS_PER_S, until) : "open",
				      text_of(reserved, "why")))
				: page_plain(NULL));
	}
}

void page_put_farm(struct web_context *c, struct page *p, bool whole)
{
	const json_t *farm = context_farm(c);
	const json_t *queue = json_object_get(farm, "queue");
	const json_t *boards = json_object_get(json_object_get(farm, "boards"), "boards");
	size_t i, waiting = 0, running = 0, bad = 0;
	const json_t *o;
	page_heading(p, "now", "The farm now");
	if (!farm) {
		page_say(p, "farm", "No daemon runs for these results.");
		return;
	}
	json_array_foreach(json_object_get(queue, "batches"), i, o)
	{
		running += count_state(json_object_get(o, "runs"), "running");
		waiting += count_state(json_object_get(o, "runs"), "pending") +
			   count_state(json_object_get(o, "runs"), "waiting");
	}
	json_array_foreach(boards, i, o)
	{
		const char *health = text_of(o, "health");
		bad += health && strcmp(health, "Good") != 0 && strcmp(health, "Unknown") != 0;
	}
	const struct page_cell cells[] = {
	    page_plain(page_text(p, "%zu running, %zu waiting, %zu of %zu boards out of service.",
				 running, waiting, bad, json_array_size(boards))),
	    page_link("Queue and boards", "/queue")};
	page_sentence(p, "farm", cells, whole ? 1 : 2);
	if (!whole)
		return;
	put_queue(c, p, queue);
	put_running(p, queue);
	put_health(c, p, boards);
}

struct error *page_queue(struct web_context *c, const struct web_request *q, struct page *p)
{
	(void)q;
	p->area = "queue";
	p->here = "/queue";
	p->title = "Queue";
	p->moving = true;
	page_put_farm(c, p, true);
	return NULL;
}

// ---- boards -------------------------------------------------------------------------------------

static struct error *put_boards(struct web_context *c, const char *type, struct page *p)
{
	static const struct page_column columns[] = {
	    {"board", "Board", false},    {"pool", "Pool", false}, {"board_type", "Type", true},
	    {"cpu", "CPU", false},        {"midr", "MIDR", true},  {"status", "Last run", false},
	    {"last_time", "When", false}, {"runs", "Runs", true},
	};
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	TRY(query_boards(c->store, type, &r));
	struct page_table *t = PAGE_TABLE(p, "boards", columns, "No board has run anything.");
	for (bool row = true;;) {
		TRY(store_rows_next(r, &row));
		if (!row)
			return NULL;
		const char *board = page_copy(p, rows_text(r, "board"));
		struct page_cell status = rows_verdict_cell(r, "status");
		status.href = PAGE_URL(p, "run", rows_text(r, "last_run"));
		page_put(t, page_link(board, PAGE_URL(p, "board", board)));
		page_put(t, rows_cell(p, r, "pool"));
		page_put(t, rows_cell(p, r, "board_type"));
		page_put(t, rows_cell(p, r, "cpu"));
		page_put(t, page_toned(page_copy(p, rows_text(r, "midr")), TONE_CODE));
		page_put(t, status);
		page_put(t, rows_time_cell(p, r, "last_time"));
		page_put(t, rows_number_cell(p, r, "runs"));
	}
}

struct error *page_boards(struct web_context *c, const struct web_request *q, struct page *p)
{
	p->area = "boards";
	p->here = "/boards";
	p->title = "Boards";
	return put_boards(c, web_parameter(q, "type", NULL), p);
}

static char letter_of(const char *status)
{
	return status ? status[0] : '-';
}

static int64_t strip_begin(int64_t last_ms)
{
	return (last_ms / DAY_MS - STRIP_DAYS + 1) * DAY_MS;
}

// A letter a day, up to the day of `last_ms`.
static struct error *put_strip(struct web_context *c, const char *board, int64_t last_ms,
			       struct page *p)
{
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	char strip[STRIP_DAYS + 1];
	memset(strip, '-', STRIP_DAYS);
	strip[STRIP_DAYS] = '\0';
	TRY(query_board_days(c->store, board, strip_begin(last_ms), &r));
	for (bool row = true;;) {
		long long ns = 0;
		TRY(store_rows_next(r, &row));
		if (!row)
			break;
		if (!format_parse_time(page_text(p, "%sT00:00:00Z", rows_text(r, "day")), &ns))
			continue;
		int64_t i = (ns / 1000000 - strip_begin(last_ms)) / DAY_MS;
		if (i >= 0 && i < STRIP_DAYS)
			strip[i] = letter_of(rows_text(r, "status"));
	}
	page_fact(p, "30 days", page_toned(page_text(p, "%s", strip), TONE_STRIP));
	return NULL;
}

static struct error *put_days(struct web_context *c, const char *board, int64_t last_ms,
			      struct page *p)
{
	static const struct page_column columns[] = {{"day", "Day", false},
						     {"status", "Worst", false},
						     {"runs", "Runs", false},
						     {"trouble", "Trouble", false},
						     {"power_cycles", "Power cycles", true}};
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	TRY(query_board_days(c->store, board, strip_begin(last_ms), &r));
	page_heading(p, "days", "Days with runs");
	struct page_table *t = PAGE_TABLE(p, "days", columns, "No run in these days.");
	for (bool row = true;;) {
		TRY(store_rows_next(r, &row));
		if (!row)
			return NULL;
		const char *day = page_copy(p, rows_text(r, "day"));
		page_put(t, page_link(day, PAGE_URL(p, "night", day)));
		page_put(t, rows_verdict_cell(r, "status"));
		page_put(t, rows_number_cell(p, r, "runs"));
		page_put(t, rows_number_cell(p, r, "trouble"));
		page_put(t, rows_number_cell(p, r, "power_cycles"));
	}
}

static struct error *put_board_runs(struct web_context *c, const char *board, int64_t limit,
				    struct page *p)
{
	static const struct page_column columns[] = {
	    {"run", "Run", false},        {"start_time", "Started", false},
	    {"status", "Verdict", false}, {"splats", "Splats", true},
	    {"reason", "Reason", false},
	};
	struct query q;
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	query_init(&q, QUERY_RUNS);
	q.board = board;
	q.limit = limit;
	TRY(query_ask(c->store, &q, &r));
	page_heading(p, "runs", "Last runs");
	struct page_table *t = PAGE_TABLE(p, "runs", columns, "None.");
	for (bool row = true;;) {
		TRY(store_rows_next(r, &row));
		if (!row)
			return NULL;
		page_put(t, page_link(
				page_text(p, "%s %s", rows_text(r, "job"), rows_text(r, "variant")),
				PAGE_URL(p, "run", rows_text(r, "id"))));
		page_put(t, rows_time_cell(p, r, "start_time"));
		page_put(t, rows_verdict_cell(r, "status"));
		page_put(t, rows_number_cell(p, r, "splats"));
		page_put(t, rows_cell(p, r, "reason"));
	}
}

// What the daemon knows of it: health, the rule that fired, who has it until when.
static void put_board_now(struct web_context *c, const char *name, struct page *p)
{
	size_t i;
	const json_t *b;
	const json_t *boards =
	    json_object_get(json_object_get(context_farm(c), "boards"), "boards");
	json_array_foreach(boards, i, b)
	{
		const char *is = text_of(b, "board");
		const json_t *reserved = json_object_get(b, "reserved");
		if (!is || strcmp(is, name) != 0)
			continue;
		page_fact(p, "Health", page_plain(page_copy(p, text_of(b, "health"))));
		page_fact(p, "Why", page_plain(page_copy(p, text_of(b, "reason"))));
		page_fact(p, "Who", page_plain(page_copy(p, text_of(b, "who"))));
		page_fact(p, "Since", second_cell(p, number_of(b, "since_s")));
		page_fact(p, "Power cycles", page_number(p, number_of(b, "power_cycles")));
		int64_t until = number_of(reserved, "until_s");
		if (json_is_object(reserved))
			page_fact(p, "Reserved",
				  page_plain(page_text(p, "%s: %s", text_of(reserved, "who"),
						       text_of(reserved, "why"))));
		if (until > 0)
			page_fact(p, "Until",
				  page_plain(page_text(p, "%s (%s)", second_cell(p, until).text,
						       relative(p, c->now_ns / NS_PER_S, until))));
	}
}

struct error *page_board(struct web_context *c, const struct web_request *q, struct page *p)
{
	const char *name = q->segments[1];
	struct query newest;
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	bool row;
	long long ns = 0;
	p->area = "boards";
	p->here = PAGE_URL(p, "board", name);
	p->title = page_text(p, "Board %s", name);
	query_init(&newest, QUERY_RUNS);
	newest.board = name;
	newest.limit = 1;
	TRY(query_ask(c->store, &newest, &r));
	TRY(store_rows_next(r, &row));
	if (!row) {
		page_not_found(p, "board", name);
		return NULL;
	}
	const char *type = page_copy(p, rows_text(r, "board_type"));
	format_parse_time(rows_text(r, "start_time"), &ns);
	page_fact(p, "Type", page_plain(type));
	page_fact(p, "Pool", rows_cell(p, r, "pool"));
	page_fact(p, "MIDR", page_toned(page_copy(p, rows_text(r, "midr")), TONE_CODE));
	put_board_now(c, name, p);
	TRY(put_strip(c, name, ns / 1000000, p));
	TRY(put_board_runs(c, name, web_parameter_number(q, "limit", 1, 500, 20), p));
	TRY(put_days(c, name, ns / 1000000, p));
	page_heading(p, "siblings", "Boards of the same type");
	return put_boards(c, type, p);
}
