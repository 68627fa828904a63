// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/boards_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "board/claims.h"
#include "cmd/store.h"
#include "cmd/terminal.h"
#include "lease/lease.h"
#include "results/store/store.h"
#include "results/store/store_query.h"
#include "text/json_text.h"
#include "text/table.h"

void boards_state_deinit(struct boards_state *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->boards[i].holder);
	free(s->boards);
	json_decref(s->answer);
	*s = (struct boards_state){0};
}

// ---- who has it ---------------------------------------------------------------------------------

// Somebody beside the daemon: `mmfarm board`, another user's run.
static char *find_foreigner(const struct board_config *config)
{
	struct lease *lease = NULL;
	CLEANUP_ERROR struct error *e = claims_ask(config, &lease);
	struct lease_holder holder = {0};
	bool held = !e && lease_blocker(lease, &holder);
	char *text = held ? lease_describe_blocker(lease) : memory_strdup("");
	free(holder.where);
	lease_free(lease);
	return text;
}

static char *find_holder(const struct board_state *b)
{
	const char *job = client_text(b->told, "holder");
	const json_t *reserved = json_object_get(b->told, "reserved");
	if (job[0])
		return memory_strdup(job);
	if (json_is_object(reserved) && client_number(reserved, "from_s") <= (int64_t)time(NULL)) {
		CLEANUP_FREE char *until = client_clock(client_number(reserved, "until_s"));
		return memory_printf("%s until %s: %s", client_text(reserved, "who"), until,
				     client_text(reserved, "why"));
	}
	return find_foreigner(b->config);
}

// ---- its last runs ------------------------------------------------------------------------------

static size_t find_column(const struct store_rows *rows, const char *name)
{
	size_t i = 0;
	while (i < store_rows_columns(rows) && strcmp(store_rows_name(rows, i), name) != 0)
		i++;
	return i;
}

static void take_verdict(struct board_state *b, const char *verdict)
{
	// The newest comes first.
	if (b->runs < BOARDS_STATE_LAST) {
		memmove(b->last + 1, b->last, sizeof(b->last) - 2);
		b->last[0] = verdict && verdict[0] ? verdict[0] : '?';
	}
	b->runs++;
	b->misses += verdict && strcmp(verdict, status_name(STATUS_MISS)) == 0;
}

static struct error *read_runs(struct store *store, struct board_state *b)
{
	struct query q;
	query_init(&q, QUERY_RUNS);
	q.board = b->config->name;
	q.limit = BOARDS_STATE_RUNS;
	CLEANUP_STORE_ROWS struct store_rows *rows = NULL;
	TRY(query_ask(store, &q, &rows));
	size_t column = find_column(rows, "status");
	for (;;) {
		bool row;
		TRY(store_rows_next(rows, &row));
		if (!row)
			return NULL;
		take_verdict(b, store_rows_text(rows, column));
	}
}

static struct error *read_all_runs(const char *results, struct boards_state *s)
{
	CLEANUP_STORE struct store *store = NULL;
	TRY(cmd_open_store(results, &store));
	for (size_t i = 0; i < s->count; i++)
		TRY(read_runs(store, &s->boards[i]));
	return NULL;
}

// ---- all of them --------------------------------------------------------------------------------

static const json_t *find_told(const json_t *answer, const char *board)
{
	size_t i;
	const json_t *b;
	json_array_foreach(json_object_get(answer, "boards"), i, b)
	{
		if (strcmp(client_text(b, "board"), board) == 0)
			return b;
	}
	return NULL;
}

struct error *boards_state_ask(const struct boards_config *c, const char *results,
			       struct client *daemon, struct boards_state *out)
{
	TRY(client_ask(daemon, json_pack("{s:s}", "do", "boards"), &out->answer));
	out->boards = memory_new(c->boards_count + 1, sizeof(*out->boards));
	for (size_t i = 0; i < c->boards_count; i++) {
		struct board_state *b = &out->boards[out->count++];
		b->config = &c->boards[i];
		b->told = find_told(out->answer, b->config->name);
		b->holder = find_holder(b);
	}
	return read_all_runs(results, out);
}

// ---- showing them -------------------------------------------------------------------------------

static void put_board(struct table *t, const struct board_state *b)
{
	int64_t since_s = client_number(b->told, "since_s");
	CLEANUP_FREE char *since = client_duration((int64_t)time(NULL) - since_s);
	table_put(t, "%s", b->config->name);
	table_put(t, "%s", b->told ? client_text(b->told, "health") : "-");
	table_put(t, "%s", since_s ? since : "-");
	table_put(t, "%s", b->last[0] ? b->last : "-");
	if (b->runs)
		table_put(t, "%d %%", 100 * b->misses / b->runs);
	else
		table_put(t, "-");
	table_put(t, "%lld", (long long)client_number(b->told, "power_cycles"));
	table_put(t, "%lld", (long long)client_number(b->told, "erase_cycles"));
	table_put(t, "%s", b->holder[0] ? b->holder : "-");
	table_put(t, "%s", b->config->type);
}

void boards_state_print(const struct boards_state *s, unsigned columns)
{
	static const struct table_head heads[] = {
	    {"board", 0, false},  {"health", 1, false}, {"for", 5, false},
	    {"last", 3, false},   {"MISS", 4, false},   {"cycles", 6, false},
	    {"erased", 7, false}, {"held by", 2, true}, {"type", 8, true}};
	CLEANUP_TABLE struct table t = TABLE_OF(heads);
	for (size_t i = 0; i < s->count; i++)
		put_board(&t, &s->boards[i]);
	terminal_tell_left_out(table_show(&t, columns, stdout));
}

void boards_state_json(const struct board_state *b, json_t *out)
{
	json_object_set_new(out, "health", json_string(client_text(b->told, "health")));
	json_object_set_new(out, "since_s", json_integer(client_number(b->told, "since_s")));
	json_object_set_new(out, "holder", json_text(b->holder, strlen(b->holder)));
	json_object_set_new(out, "last", json_string(b->last));
	json_object_set_new(out, "runs", json_integer(b->runs));
	json_object_set_new(out, "misses", json_integer(b->misses));
	json_object_set_new(out, "power_cycles",
			    json_integer(client_number(b->told, "power_cycles")));
	json_object_set_new(out, "erase_cycles",
			    json_integer(client_number(b->told, "erase_cycles")));
}
