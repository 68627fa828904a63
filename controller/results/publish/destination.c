// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/publish/destination.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/placeholder.h"
#include "record/layout.h"

// The drivers, one file each (destination_*.c): one line a driver.
// clang-format off
#define DESTINATIONS(X) \
	X(kcidb)        \
	X(http)         \
	X(directory)    \
	X(command)      \
	X(smtp)         \
	X(sendmail)     \
	X(s3)           \
	X(exec)
#define DECLARE(name) extern const struct destination_driver destination_##name;
#define LIST(name)    &destination_##name.driver,
DESTINATIONS(DECLARE)
const struct driver *const destination_drivers[] = {DESTINATIONS(LIST) NULL};
// clang-format on

void destination_fill(const char *text, const struct send_context *c, const char *run, bool escape,
		      struct buffer *out)
{
	CLEANUP_FREE char *document = spool_document_path(c->spool, c->item);
	CLEANUP_FREE char *run_dir = run ? layout_run(c->results_dir, run) : NULL;
	const struct placeholder list[] = {{"batch", c->item->batch}, {"what", c->item->what},
					   {"item", c->item->name},   {"file", c->item->file_name},
					   {"document", document},    {"run", run},
					   {"run_dir", run_dir},      {0}};
	placeholder_fill(text, list, escape, out);
}

struct error *destination_check_text(struct config_node n, const char *text)
{
	static const struct placeholder list[] = {
	    {"batch", NULL},    {"what", NULL}, {"item", NULL},    {"file", NULL},
	    {"document", NULL}, {"run", NULL},  {"run_dir", NULL}, {0}};
	const char *unknown = placeholder_find_unknown(text, list);
	if (!unknown)
		return NULL;
	return config_error(n,
			    "\"%.30s\": unknown placeholder, expected {batch}, {what}, {item}, "
			    "{file}, {document}, {run} or {run_dir}",
			    unknown);
}

void send_outcome_set(struct send_outcome *o, enum send_result result, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char text[1024];
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	// What a server or program said is shown on terminals.
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	o->result = result;
	buffer_truncate(&o->reason, 0);
	buffer_append_str(&o->reason, text);
}

void send_outcome_error(struct send_outcome *o, struct error *e)
{
	send_outcome_set(o, error_kind(e) == ERROR_CONFIG ? SEND_PARK : SEND_RETRY, "%s",
			 error_text(e));
	error_free(e);
}

void send_outcome_http(struct send_outcome *o, long status, const char *text, double retry_after_s)
{
	enum send_result result = SEND_PARK;
	if (status == 408 || status == 425 || status == 429 || status >= 500 || status < 200)
		result = SEND_RETRY;
	else if (status == 413)
		result = SEND_SPLIT;
	size_t line = strcspn(text, "\r\n");
	line = line < 300 ? line : 300;
	send_outcome_set(o, result, "HTTP %ld%s%.*s", status, line ? ": " : "", (int)line, text);
	o->retry_after_s = retry_after_s;
}
