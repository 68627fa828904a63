// SPDX-License-Identifier: GPL-2.0-or-later
#include "triage/triage.h"

#include <stdlib.h>

#include "base/memory.h"
#include "results/store/store_query.h"
#include "triage/attribution.h"
#include "triage/known.h"
#include "triage/load.h"

#define ATTRIBUTED_MAX 24 // findings, the first of the list

struct ran_search {
	const struct history *h;
	const struct history_batch *b;
	size_t at;
	bool *ran;
};

// Both go by the runs' keys.
static void mark_ran(void *context, int64_t run)
{
	struct ran_search *s = context;
	while (s->at < s->b->count && s->h->runs[s->b->first + s->at].key < run)
		s->at++;
	if (s->at < s->b->count && s->h->runs[s->b->first + s->at].key == run)
		s->ran[s->at] = true;
}

// Which runs of the batch carried out the test of a finding; NULL when it is no test. The caller frees.
static struct error *find_ran(struct store *store, const struct history *h,
			      const struct triage_finding *f, bool **out)
{
	const struct symptom *symptom = &h->symptoms[f->symptom];
	const struct history_batch *b = &h->batches[h->batches_count - 1];
	*out = NULL;
	if (symptom->kind != SYMPTOM_TEST)
		return NULL;
	*out = memory_new(b->count + 1, sizeof(**out));
	struct ran_search s = {h, b, 0, *out};
	return query_triage_ran(store, b->id, symptom->name, mark_ran, &s);
}

static struct error *attribute(struct store *store, struct findings *f)
{
	struct attribution *all[ATTRIBUTED_MAX];
	size_t count = 0;
	for (size_t i = 0; i < f->count && count < ATTRIBUTED_MAX; i++) {
		CLEANUP_FREE bool *ran = NULL;
		if (f->items[i].class == FINDING_FIXED)
			continue;
		TRY(find_ran(store, f->history, &f->items[i], &ran));
		all[count] = arena_new(&f->arena, 1, sizeof(**all));
		attribution_find(f->history, &f->items[i], ran, all[count]);
		f->items[i].who = all[count++];
	}
	attribution_correct(all, count);
	return NULL;
}

struct error *triage_batch(struct store *s, const char *batch, const struct issues_config *issues,
			   struct triage *out)
{
	out->issues = issues;
	out->states = memory_new(issues->count + 1, sizeof(*out->states));
	out->findings = (struct findings){0};
	history_init(&out->history);
	TRY(history_load(&out->history, s, batch));
	findings_find(&out->history, &out->findings);
	known_look(issues, &out->history, out->states);
	known_apply(issues, out->states, &out->findings);
	return attribute(s, &out->findings);
}

void triage_deinit(struct triage *t)
{
	free(t->states);
	findings_deinit(&t->findings);
	history_deinit(&t->history);
}
