// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/publish/destination.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

const struct destination_driver *const destination_drivers[] = {
    &destination_kcidb,   &destination_http, &destination_directory,
    &destination_command, &destination_smtp, &destination_sendmail,
    &destination_s3,      &destination_exec, NULL,
};

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
