// SPDX-License-Identifier: GPL-2.0-or-later
#include "triage/findings.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "triage/cells.h"
#include "triage/chance.h"

#define FLAKY_BELOW  0.9 // share of runs that show it, in cells that show it and do not
#define BOARDS_LEAST 2   // that must show something NEW, with as many runs

static const char *const class_names[FINDING_CLASSES] = {
    [FINDING_NEW] = "NEW",
    [FINDING_SETUP_CHANGED] = "SETUP-CHANGED",
    [FINDING_STILL] = "STILL",
    [FINDING_FLAKY] = "FLAKY",
    [FINDING_LOST_COVERAGE] = "LOST-COVERAGE",
    [FINDING_INFRA] = "INFRA",
    [FINDING_FIXED] = "FIXED",
    [FINDING_KNOWN] = "KNOWN",
};

const char *finding_class_name(enum finding_class c)
{
	return class_names[c];
}

bool finding_is_red(const struct triage_finding *f)
{
	return f->class != FINDING_KNOWN && f->class != FINDING_FIXED;
}

struct findings_search {
	const struct history *h;
	struct cells cells;
	struct findings *out;
	size_t now; // the batch
	// Of the symptom that is looked at:
	size_t symptom;
	bool wanted;              // those of its sightings count that are as wanted as this
	bool *in_group, *in_cell; // affected
	size_t *list;             // the affected cells
	size_t list_count;
	struct finding_count *batches; // of each batch
	bool *shows;                   // of each run
	size_t *all;                   // runs of each batch that came to their end or failed
	size_t present;                // symptoms that the batch shows and nobody wants
};

// ---- one symptom --------------------------------------------------------------------------------

static size_t symptom_count(const struct findings_search *s)
{
	return s->cells.first[s->symptom + 1] - s->cells.first[s->symptom];
}

static const struct sighting *symptom_sighting(const struct findings_search *s, size_t i)
{
	return &s->h->sightings[s->cells.sightings[s->cells.first[s->symptom] + i]];
}

static bool counts(const struct findings_search *s, const struct sighting *g)
{
	return g->wanted == s->wanted;
}

// The runs that show it, and the cells and groups of those of batch `of` (HISTORY_NONE: any).
static void mark(struct findings_search *s, size_t of)
{
	for (size_t i = 0; i < symptom_count(s); i++) {
		const struct sighting *g = symptom_sighting(s, i);
		if (!counts(s, g))
			continue;
		s->shows[g->run] = true;
		if (of != HISTORY_NONE && s->h->runs[g->run].batch != of)
			continue;
		size_t cell = s->cells.of_run[g->run];
		if (!s->in_cell[cell])
			s->list[s->list_count++] = cell;
		s->in_cell[cell] = true;
		s->in_group[s->cells.items[cell].group] = true;
	}
}

static void unmark(struct findings_search *s)
{
	for (size_t i = 0; i < symptom_count(s); i++)
		s->shows[symptom_sighting(s, i)->run] = false;
	for (size_t i = 0; i < s->list_count; i++) {
		s->in_cell[s->list[i]] = false;
		s->in_group[s->cells.items[s->list[i]].group] = false;
	}
	s->list_count = 0;
}

// A run that was made to an end or shows it: one that tells of the symptom.
static bool tells(const struct findings_search *s, size_t run)
{
	return s->h->runs[run].whole || s->shows[run];
}

// Counts by batch what the affected groups did: all boards of a pool, whether they show it or not, for
// to choose those that do would make luck look like evidence.
static void count_groups(struct findings_search *s)
{
	for (size_t b = 0; b < s->h->batches_count; b++) {
		s->batches[b] = (struct finding_count){0};
		for (size_t g = 0; g < s->cells.groups; g++)
			if (s->in_group[g])
				s->batches[b].tried += s->cells.whole[b * s->cells.groups + g];
	}
	for (size_t i = 0; i < symptom_count(s); i++) {
		const struct sighting *g = symptom_sighting(s, i);
		const struct history_run *r = &s->h->runs[g->run];
		if (!counts(s, g) || !s->in_group[s->cells.items[s->cells.of_run[g->run]].group])
			continue;
		s->batches[r->batch].shown++;
		s->batches[r->batch].tried += !r->whole;
	}
}

// The same of the affected cells alone: what never showed it cannot be fixed.
static void count_cells(struct findings_search *s)
{
	memset(s->batches, 0, s->h->batches_count * sizeof(*s->batches));
	for (size_t i = 0; i < s->list_count; i++) {
		const struct triage_cell *c = &s->cells.items[s->list[i]];
		for (size_t k = c->first; k < c->first + c->count; k++) {
			size_t run = s->cells.runs[k];
			struct finding_count *b = &s->batches[s->h->runs[run].batch];
			b->shown += s->shows[run];
			b->tried += tells(s, run);
		}
	}
}

// Whether a clean run of a cell stands between two that show it, or beside one in its batch.
static bool disagrees(const struct findings_search *s, const struct triage_cell *c, size_t at,
		      size_t last)
{
	const struct history_run *r = &s->h->runs[s->cells.runs[at]];
	if (at < last)
		return true;
	for (size_t k = c->first; k <= last; k++) {
		const struct history_run *o = &s->h->runs[s->cells.runs[k]];
		if (s->shows[s->cells.runs[k]] && o->batch == r->batch && o->payload == r->payload)
			return true;
	}
	return false;
}

// Adds up how often a cell shows it from the first time on, and disagrees with itself.
static void count_disagreement(const struct findings_search *s, const struct triage_cell *c,
			       struct finding_count *since, size_t *disagree)
{
	size_t end = c->first + c->count, first = c->first;
	while (first < end && !s->shows[s->cells.runs[first]])
		first++;
	size_t last = first;
	for (size_t k = first; k < end; k++)
		if (s->shows[s->cells.runs[k]])
			last = k;
	for (size_t k = first; k < end; k++) {
		size_t run = s->cells.runs[k];
		if (!tells(s, run))
			continue;
		since->tried++;
		since->shown += s->shows[run];
		*disagree += !s->shows[run] && disagrees(s, c, k, last);
	}
}

// ---- since when ---------------------------------------------------------------------------------

// Finds the batches without a break that show it up to `last`, and counts what was before them.
static void find_streak(const struct findings_search *s, size_t last, struct triage_finding *f)
{
	f->first_bad = last;
	f->last_good = HISTORY_NONE;
	for (size_t b = last; b-- > 0 && f->last_good == HISTORY_NONE;) {
		if (s->batches[b].shown > 0)
			f->first_bad = b;
		else if (s->batches[b].tried > 0)
			f->last_good = b;
	}
	f->before = (struct finding_count){0};
	for (size_t b = 0; b < f->first_bad; b++) {
		f->before.shown += s->batches[b].shown;
		f->before.tried += s->batches[b].tried;
	}
	f->returned = f->before.shown > 0;
}

// ---- what changed beside the code ---------------------------------------------------------------

static const enum attribute setups[] = {ATTRIBUTE_EMULATOR, ATTRIBUTE_BOOT_LOADER,
					ATTRIBUTE_REVISION, ATTRIBUTE_TYPE};

// The cell's newest run of `batch` or before that does not show it.
static const struct history_run *last_clean(const struct findings_search *s,
					    const struct triage_cell *c, size_t batch)
{
	for (size_t k = c->first + c->count; k-- > c->first;) {
		const struct history_run *r = &s->h->runs[s->cells.runs[k]];
		if (r->batch <= batch && r->whole && !s->shows[s->cells.runs[k]])
			return r;
	}
	return NULL;
}

// Sets what of the setup differs; whether the payload is the same.
static bool compare_setup(const struct history_run *old, const struct history_run *fresh,
			  struct triage_finding *f)
{
	for (size_t i = 0; i < sizeof(setups) / sizeof(setups[0]); i++) {
		uint32_t a = old->values[setups[i]], b = fresh->values[setups[i]];
		if (a == b || !a || !b)
			continue;
		f->setup = setups[i];
		f->setup_old = a;
		f->setup_new = b;
		break;
	}
	return old->payload == fresh->payload;
}

// Every cell that shows it did well before with the very same payload, in another setup: it is that.
static void look_at_setup(const struct findings_search *s, struct triage_finding *f)
{
	bool same_payload = true, all_changed = true;
	if (f->last_good == HISTORY_NONE)
		return;
	for (size_t i = 0; i < symptom_count(s); i++) {
		const struct sighting *g = symptom_sighting(s, i);
		const struct history_run *r = &s->h->runs[g->run];
		if (r->batch != s->now || !counts(s, g))
			continue;
		const struct history_run *old =
		    last_clean(s, &s->cells.items[s->cells.of_run[g->run]], f->last_good);
		struct triage_finding one = {0};
		if (!old) {
			all_changed = false;
			continue;
		}
		same_payload = compare_setup(old, r, &one) && same_payload;
		all_changed = all_changed && one.setup_old;
		if (one.setup_old) {
			f->setup = one.setup;
			f->setup_old = one.setup_old;
			f->setup_new = one.setup_new;
		}
	}
	if (all_changed && same_payload && f->class == FINDING_NEW && f->confirmed)
		f->class = FINDING_SETUP_CHANGED;
}

// ---- boards and pools ---------------------------------------------------------------------------

struct board_seen {
	uint32_t board, pool;
	bool shown;
};

static int by_pool(const void *a, const void *b)
{
	const struct board_seen *x = a, *y = b;
	if (x->pool != y->pool)
		return x->pool < y->pool ? -1 : 1;
	return x->board < y->board ? -1 : x->board > y->board;
}

// The boards that ran an affected variant in a batch so that they tell, each once, by pool.
static size_t list_boards(const struct findings_search *s, size_t batch, struct board_seen *list)
{
	const struct history_batch *b = &s->h->batches[batch];
	bool *affected = memory_new(s->h->words_count, sizeof(*affected));
	for (size_t i = 0; i < s->list_count; i++)
		affected[s->cells.items[s->list[i]].variant] = true;
	size_t count = 0, kept = 0;
	for (size_t i = b->first; i < b->first + b->count; i++) {
		const struct triage_cell *c = &s->cells.items[s->cells.of_run[i]];
		if (affected[c->variant] && tells(s, i))
			list[count++] = (struct board_seen){c->board, c->pool, s->shows[i]};
	}
	free(affected);
	qsort(list, count, sizeof(*list), by_pool);
	for (size_t i = 0; i < count; i++) {
		if (kept && list[kept - 1].board == list[i].board &&
		    list[kept - 1].pool == list[i].pool)
			list[kept - 1].shown = list[kept - 1].shown || list[i].shown;
		else
			list[kept++] = list[i];
	}
	return kept;
}

static void count_boards(const struct findings_search *s, size_t batch, struct triage_finding *f)
{
	struct board_seen *list = memory_new(s->h->batches[batch].count + 1, sizeof(*list));
	size_t count = list_boards(s, batch, list);
	struct finding_pool *pools = arena_new(&s->out->arena, count + 1, sizeof(*pools));
	for (size_t i = 0, next; i < count; i = next) {
		struct finding_pool p = {.pool = list[i].pool};
		for (next = i; next < count && list[next].pool == p.pool; next++) {
			p.tried++;
			p.shown += list[next].shown;
		}
		f->boards += p.shown;
		f->boards_tried += p.tried;
		if (p.shown)
			pools[f->pools_count++] = p;
		else
			f->others.tried += p.tried;
	}
	f->pools = pools;
	free(list);
}

// The run of the batch to look at: the first that shows it.
static void find_example(const struct findings_search *s, size_t batch, struct triage_finding *f)
{
	for (size_t i = 0; i < symptom_count(s); i++) {
		const struct sighting *g = symptom_sighting(s, i);
		if (!counts(s, g) || s->h->runs[g->run].batch != batch)
			continue;
		f->example = g->run;
		f->sighting = g;
		return;
	}
}

// ---- classes ------------------------------------------------------------------------------------

// The batches from `first` to in front of `end`: how often they show it in all their runs. The runs are not
// chosen by what they show, for then luck would look like evidence.
static struct finding_count count_all(const struct findings_search *s, size_t first, size_t end)
{
	struct finding_count c = {0};
	for (size_t b = first; b < end; b++) {
		c.shown += s->batches[b].shown;
		c.tried += s->all[b];
	}
	return c;
}

// The same of the affected groups alone.
static struct finding_count count_affected(const struct findings_search *s, size_t first,
					   size_t end)
{
	struct finding_count c = {0};
	for (size_t b = first; b < end; b++) {
		c.shown += s->batches[b].shown;
		c.tried += s->batches[b].tried;
	}
	return c;
}

// The chance that nothing is seen in so many runs, when nothing is fixed.
static double luck_of_silence(struct finding_count seen, struct finding_count since)
{
	return since.tried == 0
		   ? 1
		   : chance_at_least(seen.tried + since.tried, seen.shown, seen.tried, seen.shown);
}

// The first batch to hold the streak against: behind the last one that shows it, when it was really gone
// since.
static size_t begin_of_before(const struct findings_search *s, const struct triage_finding *f)
{
	size_t last = HISTORY_NONE;
	for (size_t b = 0; b < f->first_bad; b++)
		if (s->batches[b].shown)
			last = b;
	if (last == HISTORY_NONE)
		return 0;
	struct finding_count seen = count_affected(s, 0, last + 1),
			     since = count_affected(s, last + 1, f->first_bad);
	return luck_of_silence(seen, since) < FINDINGS_LUCK ? last + 1 : 0;
}

// The chance of the streak by luck, for as many symptoms as the batch has.
static double luck_of_streak(const struct findings_search *s, const struct triage_finding *f,
			     struct finding_count streak)
{
	struct finding_count before = count_all(s, begin_of_before(s, f), f->first_bad);
	double luck = chance_worse(streak.shown, streak.tried, before.shown, before.tried) *
		      (double)s->present;
	return luck < 1 ? luck : 1;
}

static void classify(const struct findings_search *s, struct triage_finding *f)
{
	struct finding_count since = {0}, streak = count_all(s, f->first_bad, s->now + 1);
	for (size_t i = 0; i < s->list_count; i++)
		count_disagreement(s, &s->cells.items[s->list[i]], &since, &f->disagree);
	f->chance = luck_of_streak(s, f, streak);
	f->confirmed =
	    f->chance < FINDINGS_LUCK && streak.shown >= BOARDS_LEAST && f->boards >= BOARDS_LEAST;
	bool flaky = f->disagree > 0 && (double)since.shown < FLAKY_BELOW * (double)since.tried;
	if (f->first_bad == s->now && (f->confirmed || (!flaky && !f->returned)))
		f->class = FINDING_NEW;
	else if (flaky || (f->returned && !f->confirmed))
		f->class = FINDING_FLAKY;
	else
		f->class = FINDING_STILL;
	f->confirmed = f->confirmed || f->class == FINDING_STILL || f->class == FINDING_FLAKY;
}

// Whether a cell was run to an end before, and has not been for two batches.
static bool cell_is_lost(const struct findings_search *s, const struct triage_cell *c)
{
	bool ever = false, previous = false;
	for (size_t k = c->first; k < c->first + c->count; k++) {
		const struct history_run *r = &s->h->runs[s->cells.runs[k]];
		if (r->batch + 1 >= s->now && r->batch <= s->now && r->whole)
			return false;
		ever = ever || r->whole;
		previous = previous || r->batch + 1 == s->now;
	}
	return ever && previous;
}

static void classify_lab(const struct findings_search *s, struct triage_finding *f)
{
	f->class = FINDING_INFRA;
	f->confirmed = true;
	for (size_t i = 0; i < s->list_count; i++)
		if (cell_is_lost(s, &s->cells.items[s->list[i]]))
			f->class = FINDING_LOST_COVERAGE;
}

static void add(struct findings_search *s, const struct triage_finding *f)
{
	ARRAY_APPEND(s->out->items, s->out->count, *f);
}

// Of a symptom that the batch shows.
static void find_present(struct findings_search *s, size_t symptom, bool wanted)
{
	const struct symptom *p = &s->h->symptoms[symptom];
	struct triage_finding f = {.symptom = symptom, .wanted = wanted, .chance = 1};
	s->symptom = symptom;
	s->wanted = wanted;
	mark(s, s->now);
	count_groups(s);
	find_streak(s, s->now, &f);
	f.now = s->batches[s->now];
	f.last_bad = s->now;
	count_boards(s, s->now, &f);
	find_example(s, s->now, &f);
	if (wanted) {
		f.class = FINDING_KNOWN;
		f.confirmed = true;
	} else if (p->kind == SYMPTOM_LAB) {
		classify_lab(s, &f);
	} else {
		classify(s, &f);
		look_at_setup(s, &f);
	}
	// A run that was skipped is nobody's matter until it stays away.
	if (p->status != STATUS_SKIP || f.class == FINDING_LOST_COVERAGE)
		add(s, &f);
	unmark(s);
}

// ---- fixed --------------------------------------------------------------------------------------

// What the affected cells did behind batch `last` up to batch `until`.
static struct finding_count clean_since(const struct findings_search *s, size_t last, size_t until)
{
	struct finding_count c = {0};
	for (size_t b = last + 1; b <= until; b++)
		c.tried += s->batches[b].tried;
	return c;
}

// Of a symptom that an earlier batch shows last. It is told twice at most: by the first batch without it,
// and by that which makes it sure.
static void find_absent(struct findings_search *s, size_t symptom, size_t last)
{
	struct triage_finding f = {.class = FINDING_FIXED, .symptom = symptom, .last_bad = last};
	s->symptom = symptom;
	s->wanted = false;
	mark(s, last);
	count_cells(s);
	if (s->batches[s->now].tried > 0) {
		find_streak(s, last, &f);
		f.last_good = s->now;
		for (size_t b = 0; b <= last; b++) {
			f.before.shown += b >= f.first_bad ? s->batches[b].shown : 0;
			f.before.tried += b >= f.first_bad ? s->batches[b].tried : 0;
		}
		f.now = clean_since(s, last, s->now);
		f.chance = luck_of_silence(f.before, f.now);
		struct finding_count earlier = clean_since(s, last, s->now - 1);
		f.confirmed = f.chance < FINDINGS_LUCK;
		count_boards(s, last, &f);
		find_example(s, last, &f);
		if (earlier.tried == 0 ||
		    (f.confirmed && luck_of_silence(f.before, earlier) >= FINDINGS_LUCK))
			add(s, &f);
	}
	unmark(s);
}

// ---- cascades -----------------------------------------------------------------------------------

struct run_set {
	uint64_t hash; // of the runs of a batch that show it
	size_t count, finding;
	int64_t line;
};

static struct run_set set_of(const struct findings_search *s, size_t finding, size_t batch)
{
	const struct triage_finding *f = &s->out->items[finding];
	struct run_set set = {.finding = finding, .line = f->sighting ? f->sighting->line : 0};
	size_t end = s->cells.first[f->symptom + 1];
	for (size_t i = s->cells.first[f->symptom]; i < end; i++) {
		const struct sighting *g = &s->h->sightings[s->cells.sightings[i]];
		if (s->h->runs[g->run].batch != batch || g->wanted != f->wanted)
			continue;
		uint64_t x = (g->run + 1) * 0x9e3779b97f4a7c15ull;
		set.hash += (x ^ x >> 29) * 0xbf58476d1ce4e5b9ull;
		set.count++;
	}
	return set;
}

// Whether a explains b: the same runs show both, in the same class, and a is the better name for it: a
// splat before a test before a run, then what comes first in the console.
static bool folds(const struct findings_search *s, const struct run_set *a, const struct run_set *b)
{
	const struct triage_finding *x = &s->out->items[a->finding],
				    *y = &s->out->items[b->finding];
	if (a->hash != b->hash || a->count != b->count || x->class != y->class ||
	    x->wanted != y->wanted || x->first_bad != y->first_bad || x->last_bad != y->last_bad)
		return false;
	enum symptom_kind k = s->h->symptoms[x->symptom].kind, l = s->h->symptoms[y->symptom].kind;
	if (k != l)
		return k < l;
	if (a->line != b->line)
		return a->line < b->line;
	return a->finding < b->finding;
}

static int by_set(const void *a, const void *b)
{
	const struct run_set *x = a, *y = b;
	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->finding < y->finding ? -1 : x->finding > y->finding;
}

static void add_also(struct findings_search *s, struct triage_finding *f, size_t symptom)
{
	size_t *list = arena_new(&s->out->arena, f->also_count + 1, sizeof(*list));
	if (f->also_count)
		memcpy(list, f->also, f->also_count * sizeof(*list));
	list[f->also_count++] = symptom;
	f->also = list;
}

// Folds within sets[first] to sets[end], whose runs are the same.
static void fold_sets(struct findings_search *s, const struct run_set *sets, size_t first,
		      size_t end, bool *gone)
{
	for (size_t i = first; i < end; i++) {
		size_t best = i;
		for (size_t k = first; k < end; k++)
			if (folds(s, &sets[k], &sets[best]))
				best = k;
		if (best == i)
			continue;
		add_also(s, &s->out->items[sets[best].finding],
			 s->out->items[sets[i].finding].symptom);
		gone[sets[i].finding] = true;
	}
}

static void fold_cascades(struct findings_search *s)
{
	struct findings *out = s->out;
	struct run_set *sets = memory_new(out->count + 1, sizeof(*sets));
	bool *gone = memory_new(out->count + 1, sizeof(*gone));
	size_t kept = 0;
	for (size_t i = 0; i < out->count; i++)
		sets[i] = set_of(s, i, out->items[i].last_bad);
	qsort(sets, out->count, sizeof(*sets), by_set);
	for (size_t i = 0, next; i < out->count; i = next) {
		for (next = i + 1; next < out->count && sets[next].hash == sets[i].hash;)
			next++;
		fold_sets(s, sets, i, next, gone);
	}
	for (size_t i = 0; i < out->count; i++)
		if (!gone[i])
			out->items[kept++] = out->items[i];
	out->count = kept;
	free(sets);
	free(gone);
}

// ---- all of them --------------------------------------------------------------------------------

static int by_weight(const void *a, const void *b)
{
	const struct triage_finding *x = a, *y = b;
	if (x->class != y->class)
		return x->class < y->class ? -1 : 1;
	if (x->confirmed != y->confirmed)
		return x->confirmed ? -1 : 1;
	if (x->boards != y->boards)
		return x->boards > y->boards ? -1 : 1;
	if (x->now.shown != y->now.shown)
		return x->now.shown > y->now.shown ? -1 : 1;
	return x->symptom < y->symptom ? -1 : x->symptom > y->symptom;
}

// The last batch that shows a symptom as wanted as `wanted`, or HISTORY_NONE.
static size_t last_seen(const struct findings_search *s, size_t symptom, bool wanted)
{
	size_t last = HISTORY_NONE;
	for (size_t i = s->cells.first[symptom]; i < s->cells.first[symptom + 1]; i++) {
		const struct sighting *g = &s->h->sightings[s->cells.sightings[i]];
		size_t batch = s->h->runs[g->run].batch;
		if (g->wanted == wanted && (last == HISTORY_NONE || batch > last))
			last = batch;
	}
	return last;
}

// What the chances are held against: runs that came to a verdict on the code, and how many symptoms are
// looked at.
static void count_tests(struct findings_search *s)
{
	for (size_t i = 0; i < s->h->runs_count; i++) {
		enum status v = s->h->runs[i].verdict;
		s->all[s->h->runs[i].batch] += v != STATUS_MISS && v != STATUS_SKIP;
	}
	for (size_t i = 0; i < s->h->symptoms_count; i++)
		s->present +=
		    s->h->symptoms[i].kind != SYMPTOM_LAB && last_seen(s, i, false) == s->now;
}

static void find_all(struct findings_search *s)
{
	count_tests(s);
	for (size_t i = 0; i < s->h->symptoms_count; i++) {
		size_t seen = last_seen(s, i, false);
		if (seen == s->now)
			find_present(s, i, false);
		else if (seen != HISTORY_NONE && s->h->symptoms[i].kind != SYMPTOM_LAB)
			find_absent(s, i, seen);
		if (last_seen(s, i, true) == s->now)
			find_present(s, i, true);
	}
}

void findings_find(const struct history *h, struct findings *out)
{
	*out = (struct findings){.history = h};
	if (h->batches_count == 0)
		return;
	struct findings_search s = {.h = h, .out = out, .now = h->batches_count - 1};
	cells_build(h, &s.cells);
	s.in_group = memory_new(s.cells.groups + 1, sizeof(*s.in_group));
	s.in_cell = memory_new(s.cells.count + 1, sizeof(*s.in_cell));
	s.list = memory_new(s.cells.count + 1, sizeof(*s.list));
	s.batches = memory_new(h->batches_count, sizeof(*s.batches));
	s.shows = memory_new(h->runs_count + 1, sizeof(*s.shows));
	s.all = memory_new(h->batches_count, sizeof(*s.all));
	find_all(&s);
	fold_cascades(&s);
	findings_sort(out);
	free(s.in_group);
	free(s.in_cell);
	free(s.list);
	free(s.batches);
	free(s.shows);
	free(s.all);
	cells_deinit(&s.cells);
}

void findings_sort(struct findings *f)
{
	if (f->count)
		qsort(f->items, f->count, sizeof(*f->items), by_weight);
	memset(f->by_class, 0, sizeof(f->by_class));
	for (size_t i = 0; i < f->count; i++)
		f->by_class[f->items[i].class]++;
}

void findings_deinit(struct findings *f)
{
	free(f->items);
	arena_deinit(&f->arena);
	*f = (struct findings){0};
}
