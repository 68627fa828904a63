// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/publish/destination.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
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
	CLEANUP_FREE char *document = c->spool ? spool_document_path(c->spool, c->item) : NULL;
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
	send_outcome_set(o, error_kind(e) == ERROR_CONFIG ? SEND_BLOCK : SEND_RETRY, "%s",
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
	else if (status == 401 || status == 403)
		result = SEND_BLOCK;
	size_t line = strcspn(text, "\r\n");
	line = line < 300 ? line : 300;
	send_outcome_set(o, result, "HTTP %ld%s%.*s", status, line ? ": " : "", (int)line, text);
	o->retry_after_s = retry_after_s;
}

// ---- asking -------------------------------------------------------------------------------------

void destination_judge_answer(long status, const char *text, struct send_outcome *out)
{
	bool answered = status >= 200 && status < 500 && status != 401 && status != 403 &&
			status != 408 && status != 425 && status != 429;
	if (answered || status == 501)
		send_outcome_set(out, SEND_DONE, "it answers (HTTP %ld)", status);
	else
		send_outcome_http(out, status, text, NAN);
}

static bool is_executable(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

void destination_ask_program(const char *program, struct send_outcome *out)
{
	const char *path = getenv("PATH");
	bool found = strchr(program, '/') && is_executable(program);
	CLEANUP_FREE char *copy = memory_strdup(path ? path : "/usr/bin:/bin");
	char *save = NULL;
	for (char *dir = strchr(program, '/') ? NULL : strtok_r(copy, ":", &save); dir && !found;
	     dir = strtok_r(NULL, ":", &save)) {
		CLEANUP_FREE char *file = path_join(dir, program);
		found = is_executable(file);
	}
	if (found)
		send_outcome_set(out, SEND_DONE, "%s is there", program);
	else
		send_outcome_set(out, SEND_PARK, "%s: no such program", program);
}
