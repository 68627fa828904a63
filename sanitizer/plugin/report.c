// SPDX-License-Identifier: GPL-2.0-or-later
#include "report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

// A finding at one place is told so often.
#define REPEATS_TOLD   4
#define PLACES_MAX     4096
#define LINE_MAX_BYTES 1024

struct reported_place {
	enum ptsan_kind kind;
	uint8_t below;
	uint64_t pc, author_pc;
	uint64_t count;
};

struct report {
	FILE *file;
	unsigned number;
	struct reported_place places[PLACES_MAX];
	size_t places_count;
	uint64_t uncounted; // at places beyond those
};

struct report *report_open(const char *path)
{
	struct report *r = calloc(1, sizeof(*r));
	if (!r)
		return NULL;
	r->file = fopen(path, "we");
	if (!r->file) {
		free(r);
		return NULL;
	}
	return r;
}

// CRC-32 as in Ethernet and zlib.
static uint32_t checksum(const char *text, size_t length)
{
	uint32_t crc = ~0u;
	for (size_t i = 0; i < length; i++) {
		crc ^= (unsigned char)text[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

struct line {
	char text[LINE_MAX_BYTES];
	size_t length;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *l, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(l->text + l->length, sizeof(l->text) - l->length, fmt, ap);
	va_end(ap);
	if (n > 0)
		l->length += (size_t)n;
	if (l->length >= sizeof(l->text))
		l->length = sizeof(l->text) - 1;
}

static void add_trace(struct line *l, const char *name, const uint64_t *frames, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add(l, "%s%s%s%" PRIx64, i ? "," : " ", i ? "" : name, i ? "" : "=", frames[i]);
}

static void put(struct report *r, const struct line *l)
{
	fprintf(r->file, "#ptsan %u %08" PRIx32 " %s\n", ++r->number, checksum(l->text, l->length),
		l->text);
	fflush(r->file);
}

// Counts it; true: it is to be told whole.
static bool count(struct report *r, const struct ptsan_finding *f)
{
	for (size_t i = 0; i < r->places_count; i++) {
		struct reported_place *p = &r->places[i];
		if (p->kind == f->kind && p->pc == f->pc && p->author_pc == f->author_pc &&
		    p->below == f->below)
			return ++p->count <= REPEATS_TOLD;
	}
	if (r->places_count == PLACES_MAX) {
		r->uncounted++;
		return false;
	}
	r->places[r->places_count++] =
	    (struct reported_place){f->kind, f->below, f->pc, f->author_pc, 1};
	return true;
}

void report_vectors(struct report *r, uint64_t va, uint64_t address)
{
	struct line l = {.length = 0};
	add(&l, "vectors va=%" PRIx64 " pa=%" PRIx64, va, address);
	put(r, &l);
}

void report_finding(struct report *r, const struct ptsan_finding *f, const struct geometry *g,
		    const uint64_t *frames, size_t frames_count)
{
	if (!count(r, f))
		return;
	struct line l = {.length = 0};
	add(&l, "finding %s below=%u cpu=%u pc=%" PRIx64 " va=%" PRIx64 " level=%d",
	    ptsan_rule(f->kind)->name, f->below, f->cpu, f->pc, f->va, f->level);
	if (g->shift)
		add(&l, " granule=%u%s", 1u << g->shift, g->wide ? " lpa2" : "");
	if (f->asid != PTSAN_GLOBAL_ASID)
		add(&l, " asid=%u", f->asid);
	add(&l, " old=%" PRIx64 " new=%" PRIx64, f->old_descriptor, f->new_descriptor);
	if (f->has_author)
		add(&l, " author-cpu=%u author-pc=%" PRIx64, f->author_cpu, f->author_pc);
	if (f->other_va)
		add(&l, " other-va=%" PRIx64 " size=%" PRIx64, f->other_va, f->size);
	if (f->hint_excluded)
		add(&l, " hint-excluded");
	add_trace(&l, "trace", frames, frames_count);
	add_trace(&l, "author-trace", f->author_trace, f->author_frames);
	put(r, &l);
}

void report_site(struct report *r, const char *what, uint64_t pc, uint64_t count, uint64_t useful,
		 const uint64_t *frames, size_t frames_count)
{
	struct line l = {.length = 0};
	add(&l, "site %s pc=%" PRIx64 " n=%" PRIu64 " useful=%" PRIu64, what, pc, count, useful);
	add_trace(&l, "trace", frames, frames_count);
	put(r, &l);
}

void report_end(struct report *r, const struct ptsan_totals *t, uint64_t missed_stores)
{
	for (size_t i = 0; i < r->places_count; i++) {
		const struct reported_place *p = &r->places[i];
		struct line l = {.length = 0};
		add(&l, "count %s below=%u pc=%" PRIx64 " author-pc=%" PRIx64 " n=%" PRIu64,
		    ptsan_rule(p->kind)->name, p->below, p->pc, p->author_pc, p->count);
		put(r, &l);
	}
	struct line l = {.length = 0};
	bool complete = !t->overflow && !missed_stores && !r->uncounted;
	add(&l,
	    "end %s findings=%" PRIu64 " stores=%" PRIu64 " changes=%" PRIu64
	    " size-changes=%" PRIu64 " tlbi=%" PRIu64 " dsb=%" PRIu64 " tables=%" PRIu64
	    " records=%" PRIu64 " records-peak=%" PRIu64 " missed-stores=%" PRIu64,
	    complete ? "complete" : "incomplete", t->findings, t->stores, t->changes,
	    t->size_changes, t->tlbi, t->dsb, t->tables_peak, t->records, t->records_peak,
	    missed_stores);
	put(r, &l);
	fclose(r->file);
	free(r);
}
