// SPDX-License-Identifier: GPL-2.0-or-later
#include "triage/load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "record/json_fields.h"
#include "results/store/store_query.h"

#define HOUR_MS    3600000
#define NOTE_BELOW 2 // severity: such a splat decides nothing (run/judge.c)

// ---- attributes of a run ------------------------------------------------------------------------

// The value of `key=` among a payload's arguments.
static uint32_t argument(struct history *h, const char *arguments, const char *key)
{
	size_t len = strlen(key);
	for (const char *at = arguments; at && *at;) {
		at += strspn(at, " ");
		size_t word = strcspn(at, " ");
		if (word > len && strncmp(at, key, len) == 0 && at[len] == '=') {
			CLEANUP_FREE char *value = memory_strndup(at + len + 1, word - len - 1);
			return history_word(h, value);
		}
		at += word;
	}
	return 0;
}

// The CPU's name as declared, without a revision behind it: "Neoverse-N1" of "Neoverse-N1 r3p1".
static void put_part(struct buffer *out, const struct query_triage_run *r)
{
	const char *revision = r->cpu ? strstr(r->cpu, " r") : NULL;
	if (revision && revision[2] >= '0' && revision[2] <= '9')
		buffer_append(out, r->cpu, (size_t)(revision - r->cpu));
	else if (r->cpu)
		buffer_append_str(out, r->cpu);
	else
		buffer_printf(out, "part 0x%03x of implementer 0x%02x",
			      (unsigned)(r->midr >> 4 & 0xfff), (unsigned)(r->midr >> 24 & 0xff));
}

static void fill_cpu(struct history *h, const struct query_triage_run *r, uint32_t *values)
{
	if (r->midr == 0)
		return;
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_printf(&text, "0x%02x", (unsigned)(r->midr >> 24 & 0xff));
	values[ATTRIBUTE_IMPLEMENTER] = history_word(h, buffer_str(&text));
	buffer_truncate(&text, 0);
	put_part(&text, r);
	values[ATTRIBUTE_PART] = history_word(h, buffer_str(&text));
	buffer_printf(&text, " r%u", (unsigned)(r->midr >> 20 & 0xf));
	values[ATTRIBUTE_CPU_VARIANT] = history_word(h, buffer_str(&text));
	buffer_printf(&text, "p%u", (unsigned)(r->midr & 0xf));
	values[ATTRIBUTE_REVISION] = history_word(h, buffer_str(&text));
}

static uint32_t build_of(struct history *h, const struct query_triage_run *r)
{
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_append_str(&text, r->payload ? r->payload : "payload");
	if (r->sha256)
		buffer_printf(&text, " %.12s", r->sha256);
	else if (r->version)
		buffer_printf(&text, " %s", r->version);
	return history_word(h, buffer_str(&text));
}

static uint32_t payload_of(struct history *h, const struct query_triage_run *r)
{
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_printf(&text, "%s %s",
		      r->sha256    ? r->sha256
		      : r->payload ? r->payload
				   : "",
		      r->arguments ? r->arguments : "");
	return history_word(h, buffer_str(&text));
}

static void fill_values(struct history *h, const struct query_triage_run *r, uint32_t *values)
{
	char hour[16];
	snprintf(hour, sizeof(hour), "%02" PRId64 "h", r->start_ms / HOUR_MS % 24);
	values[ATTRIBUTE_VARIANT] = history_word(h, r->variant);
	values[ATTRIBUTE_ORDER] = argument(h, r->arguments, "order");
	values[ATTRIBUTE_GRANULE] = argument(h, r->arguments, "granule");
	values[ATTRIBUTE_BUILD] = build_of(h, r);
	values[ATTRIBUTE_CAPABILITY] =
	    r->bbml2 == FIELDS_UNKNOWN ? 0 : history_word(h, r->bbml2 ? "BBML2" : "no BBML2");
	values[ATTRIBUTE_POOL] = history_word(h, r->pool);
	values[ATTRIBUTE_TYPE] = history_word(h, r->board_type);
	values[ATTRIBUTE_BOARD] = history_word(h, r->board);
	values[ATTRIBUTE_EMULATOR] = history_word(h, r->emulator);
	values[ATTRIBUTE_HOUR] = history_word(h, hour);
	fill_cpu(h, r, values);
}

// ---- one batch ----------------------------------------------------------------------------------

// The rows of a batch, in step: those of splats and tests wait until their run has come.
struct batch_rows {
	struct store_rows *runs, *splats, *tests;
	struct query_triage_splat splat;
	struct query_triage_test test;
	bool has_splat, has_test;
};

static void batch_rows_close(struct batch_rows *b)
{
	store_rows_close(b->runs);
	store_rows_close(b->splats);
	store_rows_close(b->tests);
}

static struct error *batch_rows_open(struct batch_rows *b, struct store *s, const char *batch)
{
	TRY(query_triage_runs(s, batch, &b->runs));
	TRY(query_triage_splats(s, batch, &b->splats));
	TRY(query_triage_tests(s, batch, &b->tests));
	TRY(query_triage_splats_next(b->splats, &b->splat, &b->has_splat));
	return query_triage_tests_next(b->tests, &b->test, &b->has_test);
}

static void see(struct history *h, const struct symptom *symptom, struct sighting *s, bool *counts)
{
	s->symptom = history_symptom(h, symptom);
	history_add_sighting(h, s);
	*counts = *counts || !s->wanted;
}

static void see_splat(struct history *h, const struct query_triage_splat *f, bool *counts)
{
	if (f->severity != FIELDS_UNKNOWN && f->severity < NOTE_BELOW)
		return;
	const struct symptom symptom = {.kind = SYMPTOM_SPLAT,
					.status = STATUS_FAIL,
					.class = f->class,
					.sig2 = f->sig2,
					.name = f->title,
					.function = f->function,
					.file = f->file,
					.severity = f->severity};
	struct sighting s = {.line = f->line,
			     .byte_first = f->byte_first,
			     .byte_last = f->byte_last,
			     .wanted = f->wanted};
	see(h, &symptom, &s, counts);
}

static void see_test(struct history *h, const struct query_triage_test *t, bool *counts)
{
	const struct symptom symptom = {.kind = SYMPTOM_TEST, .status = t->status, .name = t->path};
	struct sighting s = {.line = t->line,
			     .byte_first = FIELDS_UNKNOWN,
			     .byte_last = FIELDS_UNKNOWN,
			     .wanted = t->expected == t->status};
	see(h, &symptom, &s, counts);
}

// What the run's own verdict says, where nothing within it does.
static void see_verdict(struct history *h, const struct query_triage_run *r, bool *counts)
{
	bool lab = r->status == STATUS_MISS || r->status == STATUS_SKIP;
	if (!(lab || status_is_trouble(r->status)) || r->repeated || (!lab && *counts))
		return;
	const struct symptom symptom = {
	    .kind = lab ? SYMPTOM_LAB : SYMPTOM_RUN, .status = r->status, .name = r->reason};
	struct sighting s = {
	    .line = FIELDS_UNKNOWN, .byte_first = FIELDS_UNKNOWN, .byte_last = FIELDS_UNKNOWN};
	see(h, &symptom, &s, counts);
}

static struct error *load_run(struct history *h, struct batch_rows *b,
			      const struct query_triage_run *r)
{
	struct history_run run = {
	    .id = r->id,
	    .key = r->key,
	    .start_ms = r->start_ms,
	    .verdict = r->status,
	    .whole = r->status == STATUS_PASS || r->status == STATUS_DONE ||
		     (r->status != STATUS_MISS && r->outcome && strcmp(r->outcome, "ok") == 0),
	    .payload = payload_of(h, r),
	};
	fill_values(h, r, run.values);
	history_add_run(h, &run);
	// What a board did that was not the one declared says nothing about the code.
	bool lab = r->status == STATUS_MISS, counts = false;
	while (b->has_splat && b->splat.run <= r->key) {
		if (b->splat.run == r->key && !lab)
			see_splat(h, &b->splat, &counts);
		TRY(query_triage_splats_next(b->splats, &b->splat, &b->has_splat));
	}
	while (b->has_test && b->test.run <= r->key) {
		if (b->test.run == r->key && !lab)
			see_test(h, &b->test, &counts);
		TRY(query_triage_tests_next(b->tests, &b->test, &b->has_test));
	}
	see_verdict(h, r, &counts);
	return NULL;
}

static struct error *load_batch(struct history *h, struct store *s, const struct query_batch *batch)
{
	const struct history_batch own = {.id = batch->id,
					  .job = batch->job,
					  .start_time = batch->start_time,
					  .commit = batch->commit,
					  .commit_name = batch->commit_name};
	CLEANUP(batch_rows_close) struct batch_rows rows = {0};
	history_add_batch(h, &own);
	TRY(batch_rows_open(&rows, s, batch->id));
	for (bool row = true;;) {
		struct query_triage_run r;
		TRY(query_triage_runs_next(rows.runs, &r, &row));
		if (!row)
			return NULL;
		TRY(load_run(h, &rows, &r));
	}
}

// ---- all of them --------------------------------------------------------------------------------

// The batch and those before it, newest first.
static struct error *list_batches(struct history *h, struct store *s, const char *batch,
				  struct query_batch *list, size_t *count)
{
	bool found;
	TRY(query_batch(s, batch, &h->arena, &list[0], &found));
	if (!found)
		return error_new(ERROR_USAGE, "the store has no batch %s", batch);
	for (*count = 1; *count < LOAD_BATCHES; ++*count) {
		const struct query_batch *last = &list[*count - 1];
		const struct query_moment at = {
		    .job = list[0].job, .batch = last->id, .start_time = last->start_time};
		const char *id, *start_time;
		TRY(query_previous(s, &at, &h->arena, &id, &start_time));
		if (!id)
			return NULL;
		TRY(query_batch(s, id, &h->arena, &list[*count], &found));
		if (!found)
			list[*count] = (struct query_batch){
			    .id = id, .job = list[0].job, .start_time = start_time};
	}
	return NULL;
}

// How many of the batches, newest first, have LOAD_RUNS runs together.
static struct error *fitting(struct store *s, const struct query_batch *list, size_t *count)
{
	size_t runs = 0;
	for (size_t i = 0; i < *count; i++) {
		size_t own;
		TRY(query_triage_count(s, list[i].id, &own));
		runs += own;
		if (i > 0 && runs > LOAD_RUNS)
			*count = i;
	}
	return NULL;
}

struct error *history_load(struct history *h, struct store *s, const char *batch)
{
	struct query_batch list[LOAD_BATCHES];
	size_t count = 0;
	TRY(list_batches(h, s, batch, list, &count));
	TRY(fitting(s, list, &count));
	while (count > 0)
		TRY(load_batch(h, s, &list[--count]));
	history_complete(h);
	return NULL;
}

struct error *history_load_archive(struct history *h, struct store *s)
{
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	TRY(query_batches(s, &r));
	for (bool row = true; h->runs_count < LOAD_ARCHIVE;) {
		struct query_batch b;
		TRY(query_batches_next(r, &b, &row));
		if (!row)
			break;
		TRY(load_batch(h, s, &b));
	}
	history_complete(h);
	return NULL;
}
