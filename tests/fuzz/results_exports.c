// SPDX-License-Identifier: GPL-2.0-or-later
// Any run.json that is accepted, in the forms that other tools read: XML that is well formed, TAP whose
// plan counts its lines, CSV with one number of fields a record; all of it valid UTF-8.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/utf8.h"
#include "results/export/export.h"
#include "record/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char batch_text[] =
    "{\"format\":\"mmfarm-batch/1\",\"id\":\"b\",\"job\":\"j\",\"runs\":[],\"lab\":\"l\","
    "\"start_time\":\"2026-06-04T01:00:00Z\"}";

static void check(bool good, const char *what, const struct buffer *text)
{
	if (good)
		return;
	fprintf(stderr, "%s in:\n%s\n", what, text->data);
	abort();
}

// Tags that open and close in order, quotes inside tags, no raw `&` and no control character.
static void check_xml(const struct buffer *out)
{
	int depth = 0;
	for (const char *at = out->data; *at; at++) {
		unsigned char c = (unsigned char)*at;
		check(c >= 0x20 || c == '\n' || c == '\t', "a control character", out);
		if (c == '&')
			check(strchr(at, ';') && strcspn(at, ";") <= 8, "a raw &", out);
		if (c != '<')
			continue;
		const char *end = at + 1;
		for (char quote = 0; *end && (quote || *end != '>'); end++) {
			check(*end != '<', "a < inside a tag", out);
			if (quote ? *end == quote : *end == '"')
				quote = quote ? 0 : *end;
		}
		check(*end == '>', "a tag without end", out);
		if (at[1] == '/')
			depth--;
		else if (at[1] != '?' && end[-1] != '/')
			depth++;
		check(depth >= 0, "a tag closed that is not open", out);
		at = end;
	}
	check(depth == 0, "a tag that stays open", out);
}

static void check_tap(const struct buffer *out)
{
	long plan = -1, seen = 0;
	for (const char *line = out->data; line && *line;
	     line = strchr(line, '\n'), line += line != NULL) {
		if (strncmp(line, "1..", 3) == 0)
			plan = strtol(line + 3, NULL, 10);
		seen += strncmp(line, "ok ", 3) == 0 || strncmp(line, "not ok ", 7) == 0;
	}
	check(plan == seen, "a plan that does not count", out);
}

static void check_csv(const struct buffer *out)
{
	size_t wanted = 0, fields = 1;
	bool quoted = false;
	for (const char *at = out->data; *at; at++) {
		if (*at == '"')
			quoted = !quoted;
		else if (!quoted && *at == ',')
			fields++;
		else if (!quoted && *at == '\n') {
			check(!wanted || fields == wanted, "a record with another number of fields",
			      out);
			wanted = fields;
			fields = 1;
		}
	}
	check(!quoted, "a quote that stays open", out);
}

static void export(const struct run *run, struct arena *arena)
{
	struct batch_results b = {0};
	const struct run *runs[1] = {run};
	CLEANUP_ERROR struct error *e =
	    model_parse_batch("batch", batch_text, strlen(batch_text), arena, &b.batch);
	if (e)
		abort();
	b.runs = runs;
	b.runs_count = 1;
	static void (*const forms[])(const struct batch_results *,
				     struct buffer *) = {export_junit, export_tap, export_csv};
	static void (*const checks[])(const struct buffer *) = {check_xml, check_tap, check_csv};
	for (size_t i = 0; i < 3; i++) {
		CLEANUP_BUFFER struct buffer out = {0};
		forms[i](&b, &out);
		buffer_str(&out);
		check(utf8_valid(out.data, out.len) && strlen(out.data) == out.len, "odd bytes",
		      &out);
		checks[i](&out);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_ARENA struct arena arena = {0};
	const struct run *run = NULL;
	CLEANUP_ERROR struct error *e =
	    model_parse_run("run.json", (const char *)data, size, &arena, &run);
	if (!e)
		export(run, &arena);
	return 0;
}
