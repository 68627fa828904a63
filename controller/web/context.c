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

static struct error *ask(int fd, struct buffer *rest, const char *verb, json_t **out)
{
	json_t *request = json_pack("{s:s}", "do", verb);
	struct error *e = control_write(fd, request);
	json_decref(request);
	return e ? e : control_read(fd, rest, ANSWER_MS, out);
}

static json_t *ask_farm(const char *socket)
{
	CLEANUP_CLOSE int fd = -1;
	CLEANUP_BUFFER struct buffer rest = {0};
	json_t *queue = NULL, *boards = NULL;
	struct error *e = control_connect(socket, &fd);
	if (!e && fd >= 0)
		e = ask(fd, &rest, "queue", &queue);
	if (!e && queue)
		e = ask(fd, &rest, "boards", &boards);
	error_free(e);
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
	CLEANUP_CLOSE int fd = -1;
	CLEANUP_BUFFER struct buffer rest = {0};
	json_t *answer = NULL;
	if (!c->socket)
		return NULL;
	struct error *e = control_connect(c->socket, &fd);
	if (!e && fd >= 0)
		e = ask(fd, &rest, "metrics", &answer);
	error_free(e);
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
