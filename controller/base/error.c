// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/error.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct error {
	enum error_kind kind;
	int code;
	char *place; // "file:line:column: " or NULL
	char *text;  // message without the place
	char *full;  // place + text
};

static struct error out_of_memory = {
    .kind = ERROR_SYSTEM,
    .text = (char *)"out of memory",
    .full = (char *)"out of memory",
};

void error_free(struct error *e)
{
	if (!e || e == &out_of_memory)
		return;
	free(e->place);
	free(e->text);
	free(e->full);
	free(e);
}

static struct error *error_build(enum error_kind kind, int code, char *place, char *text)
{
	struct error *e = calloc(1, sizeof(*e));
	char *full = NULL;
	if (e && text && asprintf(&full, "%s%s", place ? place : "", text) >= 0) {
		*e = (struct error){kind, code, place, text, full};
		return e;
	}
	free(place);
	free(text);
	free(e);
	return &out_of_memory;
}

ERROR_PRINTF(1, 0) static char *format_text(const char *fmt, va_list ap)
{
	char *text = NULL;
	return vasprintf(&text, fmt, ap) < 0 ? NULL : text;
}

struct error *error_new(enum error_kind kind, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *text = format_text(fmt, ap);
	va_end(ap);
	return error_build(kind, 0, NULL, text);
}

struct error *error_new_at(enum error_kind kind, const char *file, size_t line, size_t column,
			   const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *text = format_text(fmt, ap);
	va_end(ap);
	char *place = NULL;
	int rc = line ? asprintf(&place, "%s:%zu:%zu: ", file, line, column)
		      : asprintf(&place, "%s: ", file);
	return error_build(kind, 0, rc < 0 ? NULL : place, text);
}

struct error *error_errno(enum error_kind kind, int code, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *what = format_text(fmt, ap);
	va_end(ap);
	char *text = NULL;
	if (what && asprintf(&text, "%s: %s", what, strerror(code)) < 0)
		text = NULL;
	free(what);
	return error_build(kind, code, NULL, text);
}

static struct error *wrap_text(struct error *cause, enum error_kind kind, char *what)
{
	if (cause == &out_of_memory) {
		free(what);
		return cause;
	}
	char *text = NULL;
	if (what && asprintf(&text, "%s: %s", what, cause->text) < 0)
		text = NULL;
	free(what);
	int code = cause->code;
	char *place = STEAL(cause->place);
	error_free(cause);
	return error_build(kind, code, place, text);
}

struct error *error_wrap(struct error *cause, const char *fmt, ...)
{
	if (!cause)
		return NULL;
	va_list ap;
	va_start(ap, fmt);
	char *what = format_text(fmt, ap);
	va_end(ap);
	return wrap_text(cause, cause->kind, what);
}

struct error *error_wrap_kind(struct error *cause, enum error_kind kind, const char *fmt, ...)
{
	if (!cause)
		return NULL;
	va_list ap;
	va_start(ap, fmt);
	char *what = format_text(fmt, ap);
	va_end(ap);
	return wrap_text(cause, kind, what);
}

enum error_kind error_kind(const struct error *e)
{
	return e->kind;
}

int error_code(const struct error *e)
{
	return e->code;
}

const char *error_text(const struct error *e)
{
	return e->full;
}
