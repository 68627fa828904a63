// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "results/export/export.h"
#include "results/report/show.h"
#include "text/terminal.h"

// A description: no line break, no '#' (it starts a directive), no leading digit trouble.
static void put_description(struct buffer *out, const char *s)
{
	CLEANUP_BUFFER struct buffer safe = {0};
	terminal_line(s, &safe);
	for (const char *c = buffer_str(&safe); *c; c++)
		buffer_append(out, *c == '#' ? " " : c, 1);
}

// A double-quoted YAML scalar.
static void put_quoted(struct buffer *out, const char *s)
{
	CLEANUP_BUFFER struct buffer escaped = {0};
	for (; *s; s++)
		buffer_printf(&escaped, *s == '"' || *s == '\\' ? "\\%c" : "%c", *s);
	// What a terminal must not get is shown as YAML escapes it, too.
	buffer_append(out, "\"", 1);
	terminal_line(buffer_str(&escaped), out);
	buffer_append(out, "\"", 1);
}

static void put_block(struct buffer *out, const struct run *r, enum status s, const char *message)
{
	buffer_printf(out, "  ---\n  run: ");
	put_quoted(out, r->id);
	buffer_printf(out, "\n  verdict: %s\n", status_name(s));
	if (message && message[0]) {
		buffer_append_str(out, "  message: ");
		put_quoted(out, message);
		buffer_append(out, "\n", 1);
	}
	buffer_append_str(out, "  ...\n");
}

static void put_result(struct buffer *out, size_t number, const struct run *r, const char *name,
		       enum status s, enum status expected, const char *message)
{
	bool ok = !status_is_trouble(s);
	buffer_printf(out, "%sok %zu - ", ok ? "" : "not ", number);
	put_description(out, r->variant);
	buffer_append(out, " ", 1);
	put_description(out, r->board->name);
	buffer_append(out, " ", 1);
	put_description(out, name);
	if (s == STATUS_SKIP) {
		buffer_append_str(out, " # SKIP ");
		put_description(out, message ? message : "");
	} else if (!ok && s == expected) {
		buffer_append_str(out, " # TODO expected to fail");
	}
	buffer_append(out, "\n", 1);
	if (!ok)
		put_block(out, r, s, message);
}

void export_tap(const struct batch_results *b, struct buffer *out)
{
	size_t number = 0, total = 0;
	for (size_t i = 0; i < b->runs_count; i++)
		total += 1 + b->runs[i]->tests_count + b->runs[i]->metrics_count;
	buffer_printf(out, "TAP version 13\n1..%zu\n", total);
	for (size_t i = 0; i < b->runs_count; i++) {
		const struct run *r = b->runs[i];
		put_result(out, ++number, r, "boot", r->verdict, STATUS_NONE, r->reason);
		for (size_t t = 0; t < r->tests_count; t++)
			put_result(out, ++number, r, r->tests[t].path, r->tests[t].status,
				   r->tests[t].expected, r->tests[t].comment);
		for (size_t m = 0; m < r->metrics_count; m++) {
			CLEANUP_BUFFER struct buffer name = {0};
			buffer_printf(&name, "%s = ", r->metrics[m].path);
			show_number(r->metrics[m].value, r->metrics[m].unit, r->metrics[m].prefix,
				    &name);
			put_result(out, ++number, r, buffer_str(&name),
				   r->metrics[m].status == STATUS_NONE ? STATUS_DONE
								       : r->metrics[m].status,
				   STATUS_NONE, r->metrics[m].comment);
		}
	}
}
