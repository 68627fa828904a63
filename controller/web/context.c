// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/context.h"

#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "daemon/control.h"

#define FARM_FRESH_NS (2 * NS_PER_S)
#define ANSWER_MS     250

static size_t column_of(const struct store_rows *r, const char *name)
{
	size_t i = 0;
	while (i < store_rows_columns(r) && strcmp(store_rows_name(r, i), name) != 0)
		i++;
	return i;
}

const char *rows_text(const struct store_rows *r, const char *column)
{
	size_t i = column_of(r, column);
	return i < store_rows_columns(r) ? store_rows_text(r, i) : NULL;
}

int64_t rows_integer(const struct store_rows *r, const char *column)
{
	size_t i = column_of(r, column);
	return i < store_rows_columns(r) ? store_rows_integer(r, i) : 0;
}

struct page_cell rows_cell(struct page *p, const struct store_rows *r, const char *column)
{
	return page_plain(page_copy(p, rows_text(r, column)));
}

struct page_cell rows_number_cell(struct page *p, const struct store_rows *r, const char *column)
{
	struct page_cell cell = rows_cell(p, r, column);
	cell.number = true;
	return cell;
}

struct page_cell rows_time_cell(struct page *p, const struct store_rows *r, const char *column)
{
	return page_time(p, rows_text(r, column));
}

struct page_cell rows_verdict_cell(const struct store_rows *r, const char *column)
{
	return page_verdict(rows_text(r, column));
}

void page_not_found(struct page *p, const char *what, const char *name)
{
	p->status = 404;
	p->title = page_text(p, "No such %s", what);
	page_say(p, "error", page_text(p, "There is no %s \"%s\" here.", what, name));
	page_search(p, name);
}

// ---- the farm now -------------------------------------------------------------------------------

// The daemon's answer, or NULL: none runs, or it does not answer in time.
static json_t *ask(const char *socket, const char *verb)
{
	CLEANUP_CLOSE int fd = -1;
	CLEANUP_BUFFER struct buffer rest = {0};
	json_t *answer = NULL;
	struct error *e = control_connect(socket, &fd);
	if (!e && fd >= 0) {
		json_t *request = json_pack("{s:s}", "do", verb);
		e = control_write(fd, request);
		json_decref(request);
		if (!e)
			e = control_read(fd, &rest, ANSWER_MS, &answer);
	}
	error_free(e);
	return answer;
}

static json_t *ask_farm(const char *socket)
{
	json_t *queue = ask(socket, "queue");
	json_t *boards = queue ? ask(socket, "boards") : NULL;
	if (queue && boards)
		return json_pack("{s:o, s:o}", "queue", queue, "boards", boards);
	json_decref(queue);
	json_decref(boards);
	return NULL;
}

const json_t *context_farm(struct web_context *c)
{
	int64_t now_ns = clock_monotonic_ns();
	if (!c->socket || (c->farm_at_ns && now_ns - c->farm_at_ns < FARM_FRESH_NS))
		return c->farm;
	json_decref(c->farm);
	c->farm = ask_farm(c->socket);
	c->farm_at_ns = clock_monotonic_ns();
	return c->farm;
}

char *context_metrics(struct web_context *c)
{
	if (!c->socket)
		return NULL;
	json_t *answer = ask(c->socket, "metrics");
	const char *text = json_string_value(json_object_get(answer, "text"));
	char *copy = text ? memory_strdup(text) : NULL;
	json_decref(answer);
	return copy;
}

void context_deinit(struct web_context *c)
{
	json_decref(c->farm);
	c->farm = NULL;
}
