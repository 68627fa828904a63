// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as run.json and batch.json: loaded or refused with a text, and what is loaded can be
// written as a KCIDB document that is valid.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/kcidb/kcidb_check.h"
#include "results/kcidb/kcidb_write.h"
#include "record/model.h"
#include "results/report/show.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char batch_text[] =
    "{\"format\":\"mmfarm-batch/1\",\"id\":\"b\",\"job\":\"j\",\"runs\":[],\"lab\":\"l\","
    "\"start_time\":\"2026-06-04T01:00:00Z\",\"files_url\":\"https://f.example/r\"}";

static void use_run(const struct run *run, struct arena *arena)
{
	struct batch_results b = {0};
	const struct run *runs[1] = {run};
	CLEANUP_ERROR struct error *e =
	    model_parse_batch("batch", batch_text, strlen(batch_text), arena, &b.batch);
	if (e)
		abort();
	b.runs = runs;
	b.runs_count = 1;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	CLEANUP_ERROR struct error *written = kcidb_write("/nonexistent", &b, f, "fuzz");
	fclose(f);
	struct kcidb_problems p = {0};
	kcidb_check_text("fuzz", text, len, &p);
	if (written || p.count != 0) {
		fprintf(stderr, "%s\n", p.count ? p.texts[0] : error_text(written));
		abort();
	}
	kcidb_problems_deinit(&p);
	free(text);
	text = NULL;
	f = open_memstream(&text, &len);
	results_print_summary(f, &b);
	show_print_run(f, 80, "/nonexistent", run, true);
	fclose(f);
	free(text);
}

// What was read is written, and read again as the same.
static void assert_kept(const struct run *run, struct arena *arena)
{
	const struct run *again = NULL;
	char *first = model_print_run(run);
	if (!first)
		abort();
	CLEANUP_ERROR struct error *e =
	    model_parse_run("run.json", first, strlen(first), arena, &again);
	char *second = e ? NULL : model_print_run(again);
	if (!second || strcmp(first, second) != 0) {
		fprintf(stderr, "%s\n", e ? error_text(e) : "not the same");
		abort();
	}
	free(first);
	free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_ARENA struct arena arena = {0};
	const struct run *run = NULL;
	const struct batch_record *batch = NULL;
	CLEANUP_ERROR struct error *e =
	    model_parse_run("run.json", (const char *)data, size, &arena, &run);
	if (!e) {
		use_run(run, &arena);
		assert_kept(run, &arena);
	}
	error_free(model_parse_batch("batch.json", (const char *)data, size, &arena, &batch));
	return 0;
}
