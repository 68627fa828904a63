// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/scan/scan_rank.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define ENTRIES_MAX 4000
#define BODIES_MAX  (16u << 20) // bytes

void scan_rank_deinit(struct scan_rank *r)
{
	for (size_t i = 0; i < r->count; i++) {
		free(r->entries[i].head);
		free(r->entries[i].body);
	}
	free(r->entries);
	*r = (struct scan_rank){0};
}

static struct scan_entry *same_bug(struct scan_rank *r, const struct detect_splat *splat)
{
	for (size_t i = 0; i < r->count; i++) {
		struct scan_entry *e = &r->entries[i];
		if (e->sig2 == splat->sig2 && !e->folded_id && !splat->folded_id)
			return e;
	}
	return NULL;
}

void scan_rank_add(struct scan_rank *r, const struct detect_splat *splat, bool apart,
		   struct buffer *head, struct buffer *body)
{
	struct scan_entry *again = !apart && splat->repeat ? same_bug(r, splat) : NULL;
	if (again) {
		again->count++;
		again->last_line = splat->header.line;
		return;
	}
	if (r->count == ENTRIES_MAX) {
		r->more++;
		return;
	}
	r->entries = memory_grow(r->entries, r->count + 1, sizeof(*r->entries));
	bool room = r->bytes + body->len <= BODIES_MAX;
	r->entries[r->count++] = (struct scan_entry){
	    .id = splat->id,
	    .folded_id = splat->folded_id,
	    .line = splat->header.line,
	    .last_line = splat->header.line,
	    .sig2 = splat->sig2,
	    .severity = splat->severity,
	    .fatal = splat->fatal,
	    .count = 1,
	    .head = buffer_steal(head),
	    .body = room ? buffer_steal(body) : NULL,
	};
	if (room)
		r->bytes += body->len;
}

static int worst_first(const void *a, const void *b)
{
	const struct scan_entry *x = a, *y = b;
	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	if (x->fatal != y->fatal)
		return x->fatal ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

static int by_line(const void *a, const void *b)
{
	const struct scan_entry *const *x = a, *const *y = b;
	return (*x)->line < (*y)->line ? -1 : (*x)->line > (*y)->line;
}

// Two different bugs may have one headline: then their identities tell them apart.
static bool has_twin(const struct scan_rank *r, const struct scan_entry *e)
{
	const char *title = strchr(e->head, ' ');
	for (size_t i = 0; title && i < r->count; i++) {
		const struct scan_entry *other = &r->entries[i];
		const char *theirs = strchr(other->head, ' ');
		if (other->sig2 != e->sig2 && theirs && strcmp(theirs, title) == 0)
			return true;
	}
	return false;
}

static void write_entry(const struct scan_rank *r, const struct scan_entry *e, struct buffer *out)
{
	buffer_append_str(out, e->head);
	if (!e->folded_id && has_twin(r, e))
		buffer_printf(out, " (identity %016" PRIx64 ")", e->sig2);
	buffer_append_str(out, "\n");
	if (e->count > 1)
		buffer_printf(out, "  count    %" PRIu32 ", last in line %" PRIu64 "\n", e->count,
			      e->last_line);
	if (e->body)
		buffer_append_str(out, e->body);
	else
		buffer_append_str(out, "  (too many reports: its text was not kept)\n");
}

static bool has_root(const struct scan_rank *r, const struct scan_entry *e)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->entries[i].id == e->folded_id)
			return true;
	return false;
}

// What follows from the report `root`, in the order of the log.
static void write_consequences(struct scan_rank *r, uint32_t root, struct buffer *out)
{
	CLEANUP_FREE struct scan_entry **found = NULL;
	size_t count = 0;
	for (size_t i = 0; i < r->count; i++) {
		if (r->entries[i].folded_id != root)
			continue;
		found = memory_grow(found, count + 1, sizeof(struct scan_entry *));
		found[count++] = &r->entries[i];
	}
	if (count)
		qsort(found, count, sizeof(struct scan_entry *), by_line);
	for (size_t i = 0; i < count; i++)
		write_entry(r, found[i], out);
}

void scan_rank_write(struct scan_rank *r, struct buffer *out)
{
	if (r->count)
		qsort(r->entries, r->count, sizeof(*r->entries), worst_first);
	for (size_t i = 0; i < r->count; i++) {
		const struct scan_entry *e = &r->entries[i];
		if (e->folded_id && has_root(r, e))
			continue;
		write_entry(r, e, out);
		write_consequences(r, e->id, out);
	}
	if (r->more)
		buffer_printf(out, "%" PRIu32 " more reports are not shown\n", r->more);
}
