// SPDX-License-Identifier: GPL-2.0-or-later
#include "triage/attribution.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define LUCK_WHOLE   0.01 // that luck may have to do with a sure claim
#define LUCK_PART    0.05 // with each of its parts, on its own
#define LUCK_PAIR    0.1  // with a part of a pair that is to be named at all
#define CELLS_LEAST  3    // that must show it
#define BOARDS_LEAST 3    // for a claim on a class of boards; two when luck has LUCK_WHOLE at most
#define INSIDE_LEAST 0.5  // share of the set that shows it
#define OUTSIDE_MOST 0.05 // share of the others that do
#define EVERY_LEAST  0.9  // share of all cells that is everything
#define RIVAL_FACTOR 3.0  // how much better than anything else a sure claim must fit
#define RELIABLE     0.9
#define LUCK_FINER   0.002 // with a term without which the claim would do as well

// Attributes that say the same by another name.
static const int matters[ATTRIBUTES] = {
    [ATTRIBUTE_VARIANT] = 0,     [ATTRIBUTE_ORDER] = 0,      [ATTRIBUTE_GRANULE] = 0,
    [ATTRIBUTE_BUILD] = 0,       [ATTRIBUTE_CAPABILITY] = 1, [ATTRIBUTE_POOL] = 1,
    [ATTRIBUTE_IMPLEMENTER] = 2, [ATTRIBUTE_PART] = 2,       [ATTRIBUTE_CPU_VARIANT] = 2,
    [ATTRIBUTE_REVISION] = 2,    [ATTRIBUTE_TYPE] = 2,       [ATTRIBUTE_BOARD] = 3,
    [ATTRIBUTE_HOST] = 4,        [ATTRIBUTE_STRIP] = 5,      [ATTRIBUTE_EMULATOR] = 6,
    [ATTRIBUTE_BOOT_LOADER] = 7, [ATTRIBUTE_HOUR] = 8,       [ATTRIBUTE_PLACE] = 9,
    [ATTRIBUTE_BEFORE] = 10,
};

static const enum cause causes[ATTRIBUTES] = {
    [ATTRIBUTE_VARIANT] = CAUSE_CODE,     [ATTRIBUTE_ORDER] = CAUSE_CODE,
    [ATTRIBUTE_GRANULE] = CAUSE_CODE,     [ATTRIBUTE_BUILD] = CAUSE_CODE,
    [ATTRIBUTE_CAPABILITY] = CAUSE_CODE,  [ATTRIBUTE_POOL] = CAUSE_CODE,
    [ATTRIBUTE_IMPLEMENTER] = CAUSE_CODE, [ATTRIBUTE_PART] = CAUSE_CODE,
    [ATTRIBUTE_CPU_VARIANT] = CAUSE_CODE, [ATTRIBUTE_REVISION] = CAUSE_CODE,
    [ATTRIBUTE_TYPE] = CAUSE_CODE,        [ATTRIBUTE_BOARD] = CAUSE_BOARD,
    [ATTRIBUTE_HOST] = CAUSE_LAB,         [ATTRIBUTE_STRIP] = CAUSE_LAB,
    [ATTRIBUTE_EMULATOR] = CAUSE_SETUP,   [ATTRIBUTE_BOOT_LOADER] = CAUSE_SETUP,
    [ATTRIBUTE_HOUR] = CAUSE_LAB,         [ATTRIBUTE_PLACE] = CAUSE_LAB,
    [ATTRIBUTE_BEFORE] = CAUSE_LAB,
};

const char *cause_name(enum cause c)
{
	static const char *const names[] = {
	    [CAUSE_UNKNOWN] = "unknown", [CAUSE_EVERYTHING] = "everything",
	    [CAUSE_CODE] = "code",       [CAUSE_BOARD] = "board",
	    [CAUSE_LAB] = "lab",         [CAUSE_SETUP] = "setup",
	};
	return names[c];
}

// ---- populations --------------------------------------------------------------------------------

// Runs of one key, of which more than every other one decides.
struct key_tally {
	uint64_t key;
	const uint32_t *values;
	size_t shown, told;
};

static int by_key(const void *a, const void *b)
{
	const struct key_tally *x = a, *y = b;
	return x->key < y->key ? -1 : x->key > y->key;
}

static void add_tallies(struct key_tally *list, size_t count, struct population *out)
{
	if (count)
		qsort(list, count, sizeof(*list), by_key);
	for (size_t i = 0, next; i < count; i = next) {
		struct key_tally t = list[i];
		for (next = i + 1; next < count && list[next].key == t.key; next++) {
			t.shown += list[next].shown;
			t.told += list[next].told;
		}
		population_add(out, t.values, t.shown * 2 >= t.told && t.shown);
	}
}

// The cells of the batch that tell of the finding.
static void list_cells(const struct history *h, const struct triage_finding *f, const bool *ran,
		       struct population *out)
{
	const struct history_batch *b = &h->batches[h->batches_count - 1];
	struct key_tally *list = memory_new(b->count + 1, sizeof(*list));
	size_t count = 0;
	for (size_t i = b->first; i < b->first + b->count; i++) {
		const struct history_run *r = &h->runs[i];
		const struct sighting *s = history_shows(h, i, f->symptom);
		bool shown = s && s->wanted == f->wanted;
		if (!shown && (!r->whole || (ran && !ran[i - b->first])))
			continue;
		uint64_t key =
		    (uint64_t)r->values[ATTRIBUTE_VARIANT] << 32 | r->values[ATTRIBUTE_BOARD];
		list[count++] = (struct key_tally){key, r->values, shown, 1};
	}
	add_tallies(list, count, out);
	free(list);
}

// The cells of `all` within a set of runs, as they are or one a board.
static void restrict_cells(const struct population *all, const struct hypothesis *within,
			   bool one_a_board, struct population *out)
{
	struct key_tally *list = memory_new(all->count + 1, sizeof(*list));
	size_t count = 0;
	for (size_t i = 0; i < all->count; i++) {
		const struct unit *u = &all->units[i];
		if (!hypothesis_has(within, u->values))
			continue;
		uint64_t key = one_a_board ? u->values[ATTRIBUTE_BOARD] : i;
		list[count++] = (struct key_tally){key, u->values, u->shown, 1};
	}
	add_tallies(list, count, out);
	free(list);
}

// The terms of a claim that are of boards, or of runs.
static struct hypothesis part_of(const struct hypothesis *claim, bool of_board)
{
	struct hypothesis part = {0};
	for (size_t i = 0; i < claim->terms_count; i++)
		if (attribute_is_of_board(claim->terms[i].attribute) == of_board)
			part.terms[part.terms_count++] = claim->terms[i];
	return part;
}

// ---- luck with the parts ------------------------------------------------------------------------

// The chance that luck alone gives a term as good as this within the cells of the others: over boards
// for a term of boards, over cells for one of runs.
static double term_luck(const struct population *all, const struct hypothesis *claim, size_t term)
{
	bool of_board = attribute_is_of_board(claim->terms[term].attribute);
	struct hypothesis others = {0}, own = {.terms = {claim->terms[term]}, .terms_count = 1};
	for (size_t i = 0; i < claim->terms_count; i++)
		if (i != term)
			others.terms[others.terms_count++] = claim->terms[i];
	CLEANUP_POPULATION struct population within = {0};
	restrict_cells(all, &others, of_board, &within);
	hypothesis_score(&within, &own);
	return population_luck(&within, of_board ? LEVEL_BOARD : LEVEL_RUN, own.score);
}

static double worst_part(const struct population *all, const struct hypothesis *claim)
{
	double worst = 0;
	for (size_t i = 0; i < claim->terms_count; i++) {
		double luck = term_luck(all, claim, i);
		worst = luck > worst ? luck : worst;
	}
	return worst;
}

// The luck with all terms of boards together, or of runs.
static double level_luck(const struct population *all, const struct hypothesis *claim,
			 bool of_board)
{
	struct hypothesis own = part_of(claim, of_board), others = part_of(claim, !of_board);
	if (own.terms_count == 0)
		return 0;
	CLEANUP_POPULATION struct population within = {0};
	restrict_cells(all, &others, of_board, &within);
	hypothesis_score(&within, &own);
	return population_luck(&within, of_board ? LEVEL_BOARD : LEVEL_RUN, own.score);
}

// ---- the claim ----------------------------------------------------------------------------------

static double share(size_t part, size_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

// A pair says more than a single attribute, and fits by luck more often: it is named only where each of
// its terms says something within the other's cells, or the single one is no answer.
static struct hypothesis choose(const struct population *p)
{
	struct hypothesis one = population_best(p, LEVEL_ALL, 1);
	struct hypothesis two = population_best(p, LEVEL_ALL, 2);
	if (two.terms_count == 0 || (one.terms_count && one.score <= two.score))
		return one;
	if (one.terms_count == 0)
		return two;
	if (worst_part(p, &two) <= LUCK_PAIR)
		return two;
	bool no_answer =
	    share(one.shown, one.size) < INSIDE_LEAST && share(two.shown, two.size) >= RELIABLE;
	return no_answer ? two : one;
}

static void count_boards_of(const struct population *all, struct attribution *a)
{
	struct hypothesis runs = part_of(&a->claim, false), boards = part_of(&a->claim, true);
	CLEANUP_POPULATION struct population one_each = {0};
	restrict_cells(all, &runs, true, &one_each);
	for (size_t i = 0; i < one_each.count; i++) {
		bool in = hypothesis_has(&boards, one_each.units[i].values);
		struct finding_count *c = in ? &a->boards : &a->other_boards;
		c->tried++;
		c->shown += one_each.units[i].shown;
	}
}

// How many CPU revisions the set has, and how many of these show it.
static void count_revisions(const struct population *all, struct attribution *a)
{
	struct key_tally *list = memory_new(all->count + 1, sizeof(*list));
	size_t count = 0;
	for (size_t i = 0; i < all->count; i++) {
		const struct unit *u = &all->units[i];
		if (u->values[ATTRIBUTE_REVISION] && hypothesis_has(&a->claim, u->values))
			list[count++] = (struct key_tally){u->values[ATTRIBUTE_REVISION], u->values,
							   u->shown, 1};
	}
	CLEANUP_POPULATION struct population each = {0};
	add_tallies(list, count, &each);
	free(list);
	a->revisions = (struct finding_count){each.shown, each.count};
}

// ---- what is true of the same cells -------------------------------------------------------------

static bool same_cells(const struct population *p, const struct hypothesis *a,
		       const struct hypothesis *b)
{
	for (size_t i = 0; i < p->count; i++)
		if (hypothesis_has(a, p->units[i].values) != hypothesis_has(b, p->units[i].values))
			return false;
	return true;
}

// The values of a cell of the claim stand for what else its cells may have in common.
static const uint32_t *values_inside(const struct population *p, const struct hypothesis *claim)
{
	for (size_t i = 0; i < p->count; i++)
		if (hypothesis_has(claim, p->units[i].values))
			return p->units[i].values;
	return NULL;
}

static bool is_listed(const struct attribution *a, size_t term, int matter)
{
	for (size_t i = 0; i < a->equals_count; i++)
		if (a->equals[i].term == term && matters[a->equals[i].other.attribute] == matter)
			return true;
	return false;
}

// Those of another matter, each matter once, or the other names of the claim's own.
static void add_equals(const struct population *p, const uint32_t *values, bool another,
		       struct attribution *a)
{
	for (size_t t = 0; t < a->claim.terms_count; t++)
		for (int k = 0; k < ATTRIBUTES && a->equals_count < EQUALS_MAX; k++) {
			enum attribute own = a->claim.terms[t].attribute;
			struct hypothesis other = a->claim;
			if ((enum attribute)k == own || !values[k] ||
			    (matters[k] != matters[own]) != another ||
			    (another && is_listed(a, t, matters[k])))
				continue;
			other.terms[t] = (struct term){(enum attribute)k, values[k]};
			if (!same_cells(p, &a->claim, &other))
				continue;
			bool order =
			    attribute_is_of_order((enum attribute)k) && !attribute_is_of_order(own);
			a->equals[a->equals_count++] =
			    (struct equal_term){t, other.terms[t], another && !order};
		}
}

static void find_equals(const struct population *p, struct attribution *a)
{
	const uint32_t *values = values_inside(p, &a->claim);
	if (!values)
		return;
	add_equals(p, values, true, a);
	add_equals(p, values, false, a);
}

static bool has_another(const struct attribution *a)
{
	for (size_t i = 0; i < a->equals_count; i++)
		if (a->equals[i].another)
			return true;
	return false;
}

// ---- runs that would part them ------------------------------------------------------------------

// The claim with one term in another's place.
static struct hypothesis instead(const struct attribution *a, size_t equal)
{
	struct hypothesis h = a->claim;
	h.terms[a->equals[equal].term] = a->equals[equal].other;
	return h;
}

// Which of the equal claims (bit i + 1; bit 0: the claim itself) say that a run would show it.
static unsigned foretold(const struct attribution *a, const uint32_t *values)
{
	unsigned set = hypothesis_has(&a->claim, values);
	for (size_t i = 0; i < a->equals_count; i++) {
		struct hypothesis h = instead(a, i);
		set |= (unsigned)hypothesis_has(&h, values) << (i + 1);
	}
	return set;
}

// How many pairs of different matters a run parts that are not parted yet.
static size_t parts(const struct attribution *a, unsigned foretold_set, const bool *parted)
{
	size_t count = 0;
	for (size_t i = 0; i < a->equals_count; i++)
		count += a->equals[i].another && !parted[i] &&
			 (foretold_set & 1u) != (foretold_set >> (i + 1) & 1u);
	return count;
}

// A board that the history knows with a variant that the claim's cells run.
static void values_of(const struct history_run *board, uint32_t variant, const uint32_t *inside,
		      uint32_t *out)
{
	memcpy(out, board->values, sizeof(board->values));
	for (int k = 0; k < ATTRIBUTES; k++)
		if (!attribute_is_of_board((enum attribute)k))
			out[k] = inside[k];
	out[ATTRIBUTE_VARIANT] = variant;
}

// Takes the run that parts most, until all is parted: few runs, by a greedy choice.
static void find_partings(const struct history *h, const struct population *p,
			  struct attribution *a)
{
	const uint32_t *inside = values_inside(p, &a->claim);
	bool parted[EQUALS_MAX] = {false};
	size_t left = 0;
	for (size_t i = 0; i < a->equals_count; i++)
		left += a->equals[i].another;
	while (inside && left > 0 && a->partings_count < PARTINGS_MAX) {
		size_t best = 0;
		unsigned set = 0;
		struct parting_run run = {0};
		for (size_t i = 0; i < h->runs_count; i++) {
			uint32_t values[ATTRIBUTES];
			values_of(&h->runs[i], inside[ATTRIBUTE_VARIANT], inside, values);
			unsigned foretold_set = foretold(a, values);
			size_t gain = parts(a, foretold_set, parted);
			if (gain <= best)
				continue;
			best = gain;
			set = foretold_set;
			run = (struct parting_run){values[ATTRIBUTE_BOARD],
						   values[ATTRIBUTE_VARIANT]};
		}
		if (best == 0)
			break;
		for (size_t i = 0; i < a->equals_count; i++)
			parted[i] = parted[i] || (set & 1u) != (set >> (i + 1) & 1u);
		left -= best;
		a->partings[a->partings_count++] = run;
	}
	a->partable = left == 0;
}

// ---- how sure it is -----------------------------------------------------------------------------

static bool is_class_of_boards(const struct attribution *a)
{
	return part_of(&a->claim, true).terms_count > 0 && a->boards.tried > 1;
}

// Whether the claim without one of its terms would be an answer too, so that the term may be luck: a race
// spares some boards.
static bool is_too_fine(const struct population *p, const struct attribution *a,
			struct hypothesis *coarser)
{
	for (size_t t = 0; t < a->claim.terms_count && a->claim.terms_count > 1; t++) {
		*coarser = (struct hypothesis){.terms = {a->claim.terms[1 - t]}, .terms_count = 1};
		hypothesis_score(p, coarser);
		bool answers =
		    share(coarser->shown, coarser->size) >= INSIDE_LEAST &&
		    share(p->shown - coarser->shown, p->count - coarser->size) <= OUTSIDE_MOST;
		if (answers && term_luck(p, &a->claim, t) > LUCK_FINER)
			return true;
	}
	return false;
}

static enum doubt find_doubt(const struct population *p, struct attribution *a)
{
	if (a->inside.shown < CELLS_LEAST)
		return DOUBT_FEW;
	if (share(a->inside.shown, a->inside.tried) < INSIDE_LEAST ||
	    share(a->outside.shown, a->outside.tried) > OUTSIDE_MOST)
		return DOUBT_EFFECT;
	if (a->luck > LUCK_WHOLE || a->luck_runs > LUCK_PART)
		return DOUBT_LUCK;
	if (is_class_of_boards(a)) {
		double most = a->boards.shown < BOARDS_LEAST ? LUCK_WHOLE : LUCK_PART;
		if (a->boards.shown < 2 || a->luck_boards > most)
			return DOUBT_BOARDS;
	}
	if (is_too_fine(p, a, &a->rival))
		return DOUBT_RIVAL;
	if (population_rival(p, LEVEL_ALL, &a->claim, RIVAL_FACTOR, &a->rival))
		return DOUBT_RIVAL;
	return has_another(a) ? DOUBT_PARTING : DOUBT_NONE;
}

// The lab and the setup explain more than the code, where they stand beside it; one board is itself.
static enum cause find_cause(const struct attribution *a)
{
	enum cause cause = CAUSE_CODE;
	for (size_t i = 0; i < a->claim.terms_count; i++) {
		enum cause own = causes[a->claim.terms[i].attribute];
		cause = own > cause ? own : cause;
	}
	return cause;
}

void attribution_find(const struct history *h, const struct triage_finding *f, const bool *ran,
		      struct attribution *out)
{
	CLEANUP_POPULATION struct population p = {0};
	*out =
	    (struct attribution){.luck = 1, .luck_boards = 1, .luck_runs = 1, .doubt = DOUBT_LUCK};
	list_cells(h, f, ran, &p);
	out->inside = (struct finding_count){p.shown, p.count};
	if (p.shown == 0)
		return;
	if (share(p.shown, p.count) >= EVERY_LEAST) {
		out->cause = CAUSE_EVERYTHING;
		count_boards_of(&p, out);
		count_revisions(&p, out);
		out->doubt = p.shown < CELLS_LEAST || out->boards.shown < BOARDS_LEAST ? DOUBT_FEW
										       : DOUBT_NONE;
		return;
	}
	out->claim = choose(&p);
	if (out->claim.terms_count == 0)
		return;
	out->inside = (struct finding_count){out->claim.shown, out->claim.size};
	out->outside =
	    (struct finding_count){p.shown - out->claim.shown, p.count - out->claim.size};
	out->cause = find_cause(out);
	out->luck = population_luck(&p, LEVEL_ALL, out->claim.score);
	out->luck_boards = level_luck(&p, &out->claim, true);
	out->luck_runs = level_luck(&p, &out->claim, false);
	count_boards_of(&p, out);
	count_revisions(&p, out);
	find_equals(&p, out);
	out->doubt = find_doubt(&p, out);
	if (has_another(out))
		find_partings(h, &p, out);
}

// ---- many at once -------------------------------------------------------------------------------

static int by_luck(const void *a, const void *b)
{
	const struct attribution *x = *(struct attribution *const *)a,
				 *y = *(struct attribution *const *)b;
	return x->luck < y->luck ? -1 : x->luck > y->luck;
}

void attribution_correct(struct attribution *const *all, size_t count)
{
	struct attribution **sorted = memory_new(count + 1, sizeof(struct attribution *));
	size_t tests = 0;
	double harmonic = 0, best = 1;
	for (size_t i = 0; i < count; i++)
		if (all[i]->claim.terms_count)
			sorted[tests++] = all[i];
	if (tests)
		qsort(sorted, tests, sizeof(*sorted), by_luck);
	for (size_t i = 1; i <= tests; i++)
		harmonic += 1.0 / (double)i;
	for (size_t i = tests; i-- > 0;) {
		double luck = sorted[i]->luck * (double)tests * harmonic / (double)(i + 1);
		best = luck < best ? luck : best;
		sorted[i]->luck = best;
		if (best > LUCK_WHOLE &&
		    (sorted[i]->doubt == DOUBT_NONE || sorted[i]->doubt == DOUBT_PARTING))
			sorted[i]->doubt = DOUBT_LUCK;
	}
	free(sorted);
}
