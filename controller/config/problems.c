// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/problems.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

// A type's mistake is told once for all of its boards.
static bool is_told(const struct config_problems *p, const struct error *e)
{
	for (size_t i = 0; i < p->count; i++)
		if (strcmp(error_text(p->items[i].error), error_text(e)) == 0)
			return true;
	return false;
}

bool problems_add(struct config_problems *p, struct error *e)
{
	if (!e)
		return false;
	if (is_told(p, e)) {
		error_free(e);
		return true;
	}
	const struct config_problem problem = {.error = e};
	ARRAY_APPEND(p->items, p->count, problem);
	p->mistakes++;
	return true;
}

static void add_doubt(struct config_problems *p, struct error *e)
{
	if (is_told(p, e)) {
		error_free(e);
		return;
	}
	const struct config_problem problem = {.error = e, .doubt = true};
	ARRAY_APPEND(p->items, p->count, problem);
}

static char *__attribute__((format(printf, 1, 0))) format(const char *fmt, va_list ap)
{
	char *text;
	return vasprintf(&text, fmt, ap) < 0 ? memory_strdup("out of memory") : text;
}

void problems_doubt(struct config_problems *p, struct config_node n, const char *fmt, ...)
{
	if (!p)
		return;
	va_list ap;
	va_start(ap, fmt);
	CLEANUP_FREE char *text = format(fmt, ap);
	va_end(ap);
	add_doubt(p, config_error(n, "%s", text));
}

void problems_doubt_file(struct config_problems *p, const char *file, const char *fmt, ...)
{
	if (!p)
		return;
	va_list ap;
	va_start(ap, fmt);
	CLEANUP_FREE char *text = format(fmt, ap);
	va_end(ap);
	add_doubt(p, error_new(ERROR_CONFIG, "%s: %s", file, text));
}

struct error *problems_first(struct config_problems *p)
{
	struct error *first = NULL;
	for (size_t i = 0; i < p->count && !first; i++)
		if (!p->items[i].doubt)
			first = STEAL(p->items[i].error);
	problems_deinit(p);
	return first;
}

void problems_deinit(struct config_problems *p)
{
	for (size_t i = 0; i < p->count; i++)
		error_free(p->items[i].error);
	free(p->items);
	*p = (struct config_problems){0};
}
