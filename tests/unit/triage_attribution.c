// SPDX-License-Identifier: GPL-2.0-or-later
// Nights with a known truth: is the right cause named first, and never a wrong one with certainty?
#include "unit/unit.h"

#include <stdlib.h>

#include "triage/attribution.h"
#include "unit/triage_nights.h"

// Three boards each of eight CPU revisions, on four hosts and six power strips.
static const struct lab_board rack[] = {
    {"x1-1", "x4p1", "Cortex-X4", 0x41, 0, 1, false, "h1", "s1"},
    {"x1-2", "x4p1", "Cortex-X4", 0x41, 0, 1, false, "h2", "s2"},
    {"x1-3", "x4p1", "Cortex-X4", 0x41, 0, 1, false, "h3", "s3"},
    {"x3-1", "x4p3", "Cortex-X4", 0x41, 0, 3, true, "h4", "s4"},
    {"x3-2", "x4p3", "Cortex-X4", 0x41, 0, 3, true, "h1", "s5"},
    {"x3-3", "x4p3", "Cortex-X4", 0x41, 0, 3, true, "h2", "s6"},
    {"v3-1", "v3", "Neoverse-V3", 0x41, 0, 2, true, "h3", "s1"},
    {"v3-2", "v3", "Neoverse-V3", 0x41, 0, 2, true, "h4", "s2"},
    {"v3-3", "v3", "Neoverse-V3", 0x41, 0, 2, true, "h1", "s3"},
    {"am-1", "amp", "AmpereOne", 0xc0, 0, 0, true, "h2", "s4"},
    {"am-2", "amp", "AmpereOne", 0xc0, 0, 0, true, "h3", "s5"},
    {"am-3", "amp", "AmpereOne", 0xc0, 0, 0, true, "h4", "s6"},
    {"a5-1", "a53", "Cortex-A53", 0x41, 0, 4, false, "h1", "s1"},
    {"a5-2", "a53", "Cortex-A53", 0x41, 0, 4, false, "h2", "s2"},
    {"a5-3", "a53", "Cortex-A53", 0x41, 0, 4, false, "h3", "s3"},
    {"a7-1", "a72", "Cortex-A72", 0x41, 0, 3, false, "h4", "s4"},
    {"a7-2", "a72", "Cortex-A72", 0x41, 0, 3, false, "h1", "s5"},
    {"a7-3", "a72", "Cortex-A72", 0x41, 0, 3, false, "h2", "s6"},
    {"n3-1", "n1r3", "Neoverse-N1", 0x41, 3, 1, false, "h3", "s1"},
    {"n3-2", "n1r3", "Neoverse-N1", 0x41, 3, 1, false, "h4", "s2"},
    {"n3-3", "n1r3", "Neoverse-N1", 0x41, 3, 1, false, "h1", "s3"},
    {"n4-1", "n1r4", "Neoverse-N1", 0x41, 4, 1, false, "h2", "s4"},
    {"n4-2", "n1r4", "Neoverse-N1", 0x41, 4, 1, false, "h3", "s5"},
    {"n4-3", "n1r4", "Neoverse-N1", 0x41, 4, 1, false, "h4", "s6"},
};
static const struct lab lab_rack = {rack, sizeof(rack) / sizeof(rack[0])};

// Two boards of each type, of which a host has one type alone: host and type are one.
static const struct lab_board bound[] = {
    {"a-1", "x4p3", "Cortex-X4", 0x41, 0, 3, true, "h1", NULL},
    {"a-2", "x4p3", "Cortex-X4", 0x41, 0, 3, true, "h1", NULL},
    {"a-3", "x4p3", "Cortex-X4", 0x41, 0, 3, true, "h1", NULL},
    {"b-1", "v3", "Neoverse-V3", 0x41, 0, 2, true, "h2", NULL},
    {"b-2", "v3", "Neoverse-V3", 0x41, 0, 2, true, "h2", NULL},
    {"b-3", "v3", "Neoverse-V3", 0x41, 0, 2, true, "h2", NULL},
    {"c-1", "a53", "Cortex-A53", 0x41, 0, 4, false, "h3", NULL},
    {"c-2", "a53", "Cortex-A53", 0x41, 0, 4, false, "h3", NULL},
    {"c-3", "a53", "Cortex-A53", 0x41, 0, 4, false, "h3", NULL},
    {"d-1", "a72", "Cortex-A72", 0x41, 0, 3, false, "h4", NULL},
    {"d-2", "a72", "Cortex-A72", 0x41, 0, 3, false, "h4", NULL},
    {"d-3", "a72", "Cortex-A72", 0x41, 0, 3, false, "h4", NULL},
};
static const struct lab lab_bound = {bound, sizeof(bound) / sizeof(bound[0])};

struct truth {
	enum attribute attribute;
	const char *value;
};

// What shows a fault: the runs that have all the values, each with a chance of `rate`; all runs have `noise`.
struct scenario {
	const char *name;
	const struct lab *lab;
	struct truth truths[2];
	size_t truths_count; // 0: nothing explains it
	double rate, noise;
	enum symptom_kind kind;
	enum doubt doubt; // the least that must be said; DOUBT_NONE: nothing
	bool everything;
};

static const struct scenario scenarios[] = {
    {.name = "seed: premap on BBML2, eight virtual boards",
     .lab = &lab_virt,
     .truths = {{ATTRIBUTE_VARIANT, "premap"}, {ATTRIBUTE_CAPABILITY, "BBML2"}},
     .truths_count = 2,
     .rate = 1},
    {.name = "premap on BBML2",
     .lab = &lab_rack,
     .truths = {{ATTRIBUTE_VARIANT, "premap"}, {ATTRIBUTE_CAPABILITY, "BBML2"}},
     .truths_count = 2,
     .rate = 1},
    {.name = "premap on boards without BBML2",
     .lab = &lab_rack,
     .truths = {{ATTRIBUTE_VARIANT, "premap"}, {ATTRIBUTE_CAPABILITY, "no BBML2"}},
     .truths_count = 2,
     .rate = 1},
    {.name = "BBML2, all variants",
     .lab = &lab_rack,
     .truths = {{ATTRIBUTE_CAPABILITY, "BBML2"}},
     .truths_count = 1,
     .rate = 1},
    {.name = "no BBML2, all variants",
     .lab = &lab_rack,
     .truths = {{ATTRIBUTE_CAPABILITY, "no BBML2"}},
     .truths_count = 1,
     .rate = 1},
    {.name = "one variant on all boards",
     .lab = &lab_rack,
     .truths = {{ATTRIBUTE_VARIANT, "roonly"}},
     .truths_count = 1,
     .rate = 1},
    {.name = "one variant on the virtual boards",
     .lab = &lab_virt,
     .truths = {{ATTRIBUTE_VARIANT, "textro"}},
     .truths_count = 1,
     .rate = 1},
    {.name = "a part in both revisions",
     .lab = &lab_rack,
     .truths = {{ATTRIBUTE_PART, "Cortex-X4"}},
     .truths_count = 1,
     .rate = 1},
    {.name = "another part in both revisions",
     .lab = &lab_rack,
     .truths = {{ATTRIBUTE_PART, "Neoverse-N1"}},
     .truths_count = 1,
     .rate = 1},
    {.name = "one revision",
     .lab = &lab_rack,
     .truths = {{ATTRIBUTE_REVISION, "Neoverse-N1 r3p1"}},
     .truths_count = 1,
     .rate = 1},
    {.name = "one revision in one variant",
     .lab = &lab_rack,
     .truths = {{ATTRIBUTE_VARIANT, "premap"}, {ATTRIBUTE_REVISION, "Cortex-X4 r0p3"}},
     .truths_count = 2,
     .rate = 1},
    {.name = "an implementer",
     .lab = &lab_rack,
     .truths = {{ATTRIBUTE_IMPLEMENTER, "0xc0"}},
     .truths_count = 1,
     .rate = 1},
    {.name = "one bad board",
     .lab = &lab_rack,
     .truths = {{ATTRIBUTE_BOARD, "v3-2"}},
     .truths_count = 1,
     .rate = 1},
    {.name = "a board that the lab cannot run",
     .lab = &lab_rack,
     .truths = {{ATTRIBUTE_BOARD, "a5-3"}},
     .truths_count = 1,
     .rate = 1,
     .kind = SYMPTOM_LAB},
    {.name = "a bad host",
     .lab = &lab_rack,
     .truths = {{ATTRIBUTE_HOST, "h2"}},
     .truths_count = 1,
     .rate = 1,
     .kind = SYMPTOM_LAB},
    {.name = "a bad host, now and then",
     .lab = &lab_rack,
     .truths = {{ATTRIBUTE_HOST, "h3"}},
     .truths_count = 1,
     .rate = 0.8,
     .kind = SYMPTOM_LAB},
    {.name = "a bad power strip",
     .lab = &lab_rack,
     .truths = {{ATTRIBUTE_STRIP, "s5"}},
     .truths_count = 1,
     .rate = 1,
     .kind = SYMPTOM_LAB},
    {.name = "a bad power strip beside noise",
     .lab = &lab_rack,
     .truths = {{ATTRIBUTE_STRIP, "s1"}},
     .truths_count = 1,
     .rate = 1,
     .noise = 0.01,
     .kind = SYMPTOM_LAB},
    {.name = "an hour of the night",
     .lab = &lab_rack,
     .truths = {{ATTRIBUTE_HOUR, "02h"}},
     .truths_count = 1,
     .rate = 1,
     .kind = SYMPTOM_LAB},
    {.name = "the end of the night",
     .lab = &lab_rack,
     .truths = {{ATTRIBUTE_PLACE, "last quarter"}},
     .truths_count = 1,
     .rate = 1},
    {.name = "what ran before",
     .lab = &lab_rack,
     .truths = {{ATTRIBUTE_BEFORE, "textro"}},
     .truths_count = 1,
     .rate = 1},
    {.name = "a race on BBML2",
     .lab = &lab_rack,
     .truths = {{ATTRIBUTE_CAPABILITY, "BBML2"}},
     .truths_count = 1,
     .rate = 0.7},
    {.name = "a race in one variant",
     .lab = &lab_rack,
     .truths = {{ATTRIBUTE_VARIANT, "rodataro"}},
     .truths_count = 1,
     .rate = 0.7},
    {.name = "a flaky test", .lab = &lab_rack, .noise = 0.05, .kind = SYMPTOM_TEST},
    {.name = "a flakier test", .lab = &lab_rack, .noise = 0.2, .kind = SYMPTOM_TEST},
    {.name = "host and board type are one",
     .lab = &lab_bound,
     .truths = {{ATTRIBUTE_HOST, "h2"}},
     .truths_count = 1,
     .rate = 1,
     .doubt = DOUBT_PARTING},
    {.name = "the only board of its type",
     .lab = &lab_virt,
     .truths = {{ATTRIBUTE_BOARD, "vn1-01"}},
     .truths_count = 1,
     .rate = 1,
     .doubt = DOUBT_PARTING},
    {.name = "everything", .lab = &lab_rack, .rate = 1, .everything = true},
};
#define SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

// The night's runs in any order; returns how many there are.
static size_t shuffle(struct random *random, size_t *order, size_t count)
{
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	for (size_t i = count; i > 1; i--) {
		size_t k = (size_t)(random_next(random) % i), swap = order[i - 1];
		order[i - 1] = order[k];
		order[k] = swap;
	}
	return count;
}

static bool is_true(const struct history *h, const struct scenario *s, size_t run)
{
	for (size_t i = 0; i < s->truths_count; i++)
		if (strcmp(history_text(h, h->runs[run].values[s->truths[i].attribute]),
			   s->truths[i].value) != 0)
			return false;
	return s->truths_count > 0 || s->everything;
}

// Quarters and what ran before are known once all runs are there: the faults are laid in afterwards, in
// a second history with the same runs.
static void make_night(struct history *h, const struct scenario *s, uint64_t seed)
{
	CLEANUP_HISTORY struct history plan;
	struct random random = {seed};
	size_t order[256], count = s->lab->count * LAB_VARIANTS;
	struct night n = {.h = &plan, .lab = s->lab};
	history_init(&plan);
	history_init(h);
	shuffle(&random, order, count);
	night_begin(&n, "c");
	for (size_t i = 0; i < count; i++)
		night_run(&n, &s->lab->boards[order[i] / LAB_VARIANTS],
			  lab_variants[order[i] % LAB_VARIANTS], i * 240 / count, STATUS_PASS);
	history_complete(&plan);
	n = (struct night){.h = h, .lab = s->lab};
	night_begin(&n, "c");
	for (size_t i = 0; i < count; i++) {
		double rate = is_true(&plan, s, i) ? s->rate : s->noise;
		bool shown = random_uniform(&random) < rate;
		enum status bad = s->kind == SYMPTOM_LAB ? STATUS_MISS : STATUS_FAIL;
		night_run(&n, &s->lab->boards[order[i] / LAB_VARIANTS],
			  lab_variants[order[i] % LAB_VARIANTS], i * 240 / count,
			  shown ? bad : STATUS_PASS);
		if (shown)
			night_show(&n, s->kind, "fault", 1);
	}
	history_complete(h);
}

// Whether a claim says of every run what the truth says.
static bool is_right(const struct history *h, const struct scenario *s, const struct attribution *a)
{
	if (s->everything)
		return a->cause == CAUSE_EVERYTHING;
	if (s->truths_count == 0)
		return a->doubt != DOUBT_NONE && a->doubt != DOUBT_PARTING;
	if (a->claim.terms_count == 0)
		return false;
	for (size_t i = 0; i < h->runs_count; i++)
		if (hypothesis_has(&a->claim, h->runs[i].values) != is_true(h, s, i))
			return false;
	return true;
}

static bool is_sure(const struct attribution *a)
{
	return a->doubt == DOUBT_NONE || a->doubt == DOUBT_PARTING;
}

struct score {
	size_t nights, right, sure, wrong, no_fault;
};

static void play(const struct scenario *s, uint64_t seed, struct score *score)
{
	CLEANUP_HISTORY struct history h;
	CLEANUP_FINDINGS struct findings f;
	struct attribution a;
	make_night(&h, s, seed);
	findings_find(&h, &f);
	score->nights++;
	if (f.count == 0) {
		score->no_fault++;
		score->right += s->truths_count == 0;
		return;
	}
	attribution_find(&h, &f.items[0], NULL, &a);
	bool right = is_right(&h, s, &a);
	score->right += right;
	score->sure += is_sure(&a);
	score->wrong += is_sure(&a) && !right;
	if (s->doubt == DOUBT_PARTING && a.doubt != DOUBT_PARTING)
		score->wrong++;
	if (getenv("TRIAGE_TELL")) {
		CLEANUP_BUFFER struct buffer words = {0};
		attribution_sentence(&h, &a, &words);
		print_message("%s: %s\n", right ? "right" : "WRONG", buffer_str(&words));
	}
}

static void the_right_cause_is_named_first(void **state)
{
	(void)state;
	const char *more = getenv("TRIAGE_NIGHTS");
	size_t nights = more ? strtoul(more, NULL, 10) : 5;
	struct score all = {0};
	for (size_t i = 0; i < SCENARIOS; i++) {
		struct score one = {0};
		for (size_t k = 0; k < nights; k++)
			play(&scenarios[i], 1000 * i + k + 1, &one);
		print_message("%-45s right %zu/%zu, sure %zu, sure and wrong %zu\n",
			      scenarios[i].name, one.right, one.nights, one.sure, one.wrong);
		all.nights += one.nights;
		all.right += one.right;
		all.sure += one.sure;
		all.wrong += one.wrong;
	}
	print_message("all: right %zu/%zu, sure %zu, sure and wrong %zu\n", all.right, all.nights,
		      all.sure, all.wrong);
	assert_true(all.right * 24 >= all.nights * 23);
	assert_int_equal(all.wrong, 0);
}

// ---- nights without a cause ---------------------------------------------------------------------

enum null_kind {
	NULL_FLAKY,  // every run alike
	NULL_BOARDS, // each board has a rate of its own
	NULL_CELLS,  // some cells, at random, every time
	NULL_KINDS,
};

static void make_null(struct history *h, enum null_kind kind, struct random *random)
{
	const struct lab *lab = random_next(random) % 3 ? &lab_rack : &lab_virt;
	size_t order[256], count = lab->count * LAB_VARIANTS;
	struct night n = {.h = h, .lab = lab};
	double rate = random_uniform(random) * random_uniform(random) * 0.4, rates[64];
	for (size_t i = 0; i < lab->count; i++) {
		double own = random_uniform(random);
		rates[i] = kind == NULL_BOARDS ? own * own * own * own : rate;
	}
	size_t reruns = kind == NULL_CELLS ? 2 : 1;
	shuffle(random, order, count);
	history_init(h);
	night_begin(&n, "c");
	for (size_t i = 0; i < count; i++) {
		size_t board = order[i] / LAB_VARIANTS;
		bool shown = random_uniform(random) < rates[board];
		for (size_t k = 0; k < reruns; k++) {
			night_run(&n, &lab->boards[board], lab_variants[order[i] % LAB_VARIANTS],
				  i * 240 / count, shown ? STATUS_FAIL : STATUS_PASS);
			if (shown)
				night_show(&n, SYMPTOM_SPLAT, "fault", 1);
		}
	}
	history_complete(h);
}

// A board that often shows it is named rightly.
static bool is_one_board(const struct attribution *a)
{
	return a->boards.tried == 1 && a->cause == CAUSE_BOARD;
}

static void nothing_is_claimed_of_nights_without_a_cause(void **state)
{
	(void)state;
	struct random random = {77};
	const char *more = getenv("TRIAGE_NULLS");
	size_t nights = more ? strtoul(more, NULL, 10) : 1000, wrong[NULL_KINDS] = {0}, all = 0;
	for (size_t i = 0; i < nights; i++) {
		CLEANUP_HISTORY struct history h;
		CLEANUP_FINDINGS struct findings f;
		struct attribution a;
		enum null_kind kind = (enum null_kind)(i % NULL_KINDS);
		make_null(&h, kind, &random);
		findings_find(&h, &f);
		if (f.count == 0)
			continue;
		attribution_find(&h, &f.items[0], NULL, &a);
		if (is_sure(&a) && !(kind == NULL_BOARDS && is_one_board(&a))) {
			wrong[kind]++;
			all++;
			CLEANUP_BUFFER struct buffer words = {0};
			attribution_sentence(&h, &a, &words);
			print_message("kind %d: %s\n", kind, buffer_str(&words));
		}
	}
	print_message("wrong claims in %zu nights: %zu of flakes, %zu of boards, %zu of cells\n",
		      nights, wrong[NULL_FLAKY], wrong[NULL_BOARDS], wrong[NULL_CELLS]);
	assert_true(all * 100 <= nights);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_right_cause_is_named_first),
	    cmocka_unit_test(nothing_is_claimed_of_nights_without_a_cause),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
