// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/report/splats.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static int by_signature(const void *a, const void *b)
{
	const struct splat_sighting *x = a, *y = b;
	int c = strcmp(x->finding->class, y->finding->class);
	if (c == 0)
		c = strcmp(x->finding->sig2, y->finding->sig2);
	if (c == 0)
		c = strcmp(x->run->id, y->run->id);
	return c ? c : x->finding < y->finding ? -1 : x->finding > y->finding;
}

static bool same_signature(const struct splat_sighting *a, const struct splat_sighting *b)
{
	return strcmp(a->finding->class, b->finding->class) == 0 &&
	       strcmp(a->finding->sig2, b->finding->sig2) == 0;
}

static struct splat_sighting *list_findings(const struct batch_results *b, size_t *count)
{
	struct splat_sighting *list = NULL;
	*count = 0;
	for (size_t i = 0; i < b->runs_count; i++) {
		const struct run *r = b->runs[i];
		for (size_t k = 0; k < r->findings_count; k++) {
			struct splat_sighting s = {r, &r->findings[k], 1};
			if (finding_is_root(s.finding))
				ARRAY_APPEND(list, *count, s);
		}
	}
	if (list)
		qsort(list, *count, sizeof(*list), by_signature);
	return list;
}

// Folds the sightings of one signature in one run into the first; returns the new count.
static size_t fold_runs(struct splat_sighting *list, size_t count)
{
	size_t kept = 0;
	for (size_t i = 0; i < count; i++) {
		struct splat_sighting *last = kept ? &list[kept - 1] : NULL;
		if (last && last->run == list[i].run && same_signature(last, &list[i]))
			last->count++;
		else
			list[kept++] = list[i];
	}
	return kept;
}

static size_t excerpt_rank(const struct finding *f)
{
	size_t len = f->excerpt ? strlen(f->excerpt) : 0;
	return f->complete ? len + ((size_t)1 << 32) : len;
}

static struct splat make_splat(const struct splat_sighting *first, size_t count)
{
	struct splat s = {first, first, count, true};
	for (size_t i = 0; i < count; i++) {
		if (excerpt_rank(first[i].finding) > excerpt_rank(s.best->finding))
			s.best = &first[i];
		s.wanted = s.wanted && first[i].finding->wanted;
	}
	return s;
}

static int by_importance(const void *a, const void *b)
{
	const struct splat *x = a, *y = b;
	if (x->wanted != y->wanted)
		return x->wanted ? 1 : -1;
	if (x->sightings_count != y->sightings_count)
		return x->sightings_count > y->sightings_count ? -1 : 1;
	// As they follow each other in the log.
	if (x->best->finding->line != y->best->finding->line)
		return x->best->finding->line < y->best->finding->line ? -1 : 1;
	int c = strcmp(x->best->finding->title, y->best->finding->title);
	return c ? c : strcmp(x->best->finding->sig2, y->best->finding->sig2);
}

void splats_collect(const struct batch_results *b, struct splats *out)
{
	*out = (struct splats){0};
	size_t count;
	out->sightings = list_findings(b, &count);
	count = fold_runs(out->sightings, count);
	for (size_t i = 0, next; i < count; i = next) {
		for (next = i + 1;
		     next < count && same_signature(&out->sightings[i], &out->sightings[next]);)
			next++;
		ARRAY_APPEND(out->items, out->count, make_splat(&out->sightings[i], next - i));
	}
	if (out->items)
		qsort(out->items, out->count, sizeof(*out->items), by_importance);
}

void splats_deinit(struct splats *s)
{
	if (!s)
		return;
	free(s->items);
	free(s->sightings);
	*s = (struct splats){0};
}

void splat_name(const struct finding *f, struct buffer *out)
{
	if (!f->func || !f->func[0]) {
		buffer_append_str(out, f->title);
		return;
	}
	for (const char *c = f->class; *c; c++) {
		char upper = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
		buffer_append(out, &upper, 1);
	}
	buffer_printf(out, " in %s", f->func);
}
