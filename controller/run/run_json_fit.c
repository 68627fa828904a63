// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/run_json_fit.h"

#include <stdlib.h>
#include <string.h>

#include "text/utf8.h"

size_t run_json_size(const char *text)
{
	size_t n = 0;
	for (const char *p = text; *p; p++)
		n += (unsigned char)*p < 0x20 ? 6 : *p == '"' || *p == '\\' ? 2 : 1;
	return n;
}

// A run that is being made smaller: its lists are copies of ours.
struct fitting {
	struct run run;
	struct finding *findings;
	struct test *tests;
	struct metric *metrics;
	struct arena *arena;
};

static size_t text_size(const struct run *run)
{
	CLEANUP_FREE char *text = model_print_run(run);
	return text ? strlen(text) : 0;
}

// ---- console text -------------------------------------------------------------------------------

static size_t excerpt_size(const struct finding *f)
{
	return f->excerpt ? run_json_size(f->excerpt) + 2 : 0;
}

// Halves the text until it takes `share` bytes at most.
static void cut_excerpt(struct fitting *f, struct finding *finding, size_t share)
{
	while (finding->excerpt && finding->excerpt[0] && excerpt_size(finding) > share) {
		size_t len = strlen(finding->excerpt);
		size_t less = utf8_cut(finding->excerpt, len, len / 2);
		finding->excerpt = arena_strndup(f->arena, finding->excerpt, less);
		f->run.excerpts_cut += (int64_t)(len - less);
	}
}

static void cut_excerpts(struct fitting *f, size_t size, size_t limit)
{
	size_t count = f->run.findings_count, rest = size;
	for (size_t i = 0; i < count; i++)
		rest -= rest < excerpt_size(&f->findings[i]) ? rest : excerpt_size(&f->findings[i]);
	size_t share = rest + 1024 < limit && count ? (limit - rest - 1024) / count : 2;
	for (size_t i = 0; i < count; i++)
		cut_excerpt(f, &f->findings[i], share < 2 ? 2 : share);
}

// ---- whole members ------------------------------------------------------------------------------

static void drop_samples(struct fitting *f, size_t size, size_t limit)
{
	(void)size, (void)limit;
	for (size_t i = 0; i < f->run.metrics_count; i++)
		f->metrics[i].samples = NULL;
}

// Larger means that it stays longer.
static int finding_weight(const struct fitting *f, size_t i)
{
	const struct finding *x = &f->findings[i];
	return (int)x->severity + (x->wanted ? 0 : 20) + (finding_is_root(x) ? 10 : 0);
}

static int test_weight(const struct fitting *f, size_t i)
{
	return f->tests[i].status != STATUS_PASS && f->tests[i].status != STATUS_SKIP;
}

static int no_weight(const struct fitting *f, size_t i)
{
	(void)f, (void)i;
	return 0;
}

// How many of `count` items to keep so that the document loses about what it has too much, when all of
// them take `own` bytes.
static size_t count_to_keep(size_t count, size_t own, size_t surplus)
{
	return surplus < own ? (size_t)(0.9 * (double)(own - surplus) / (double)own * (double)count)
			     : 0;
}

// Takes items of `size` bytes from the list until `keep` are left: the lightest first, among equals
// the last. The others stay in the order they have.
static void take_away(struct fitting *f, void *items, size_t *count, size_t size, size_t keep,
		      int (*weigh)(const struct fitting *, size_t))
{
	size_t before = *count, left = before;
	bool *gone = arena_new(f->arena, before, sizeof(*gone));
	for (int weight = 0; weight <= 40 && left > keep; weight++)
		for (size_t i = before; i-- > 0 && left > keep;)
			if (weigh(f, i) == weight) {
				gone[i] = true;
				left--;
			}
	char *to = items;
	for (size_t i = 0; i < before; i++) {
		if (gone[i])
			continue;
		memmove(to, (char *)items + i * size, size);
		to += size;
	}
	*count = left;
	f->run.dropped += (int64_t)(before - left);
}

// Takes away about as much of the list as there is too much of the document.
#define SHRINK(list, weigh)                                                                   \
	static void shrink_##list(struct fitting *f, size_t size, size_t limit)               \
	{                                                                                     \
		struct run without = f->run;                                                  \
		without.list##_count = 0;                                                     \
		size_t own = size - text_size(&without);                                      \
		size_t keep = count_to_keep(f->run.list##_count, own, size - limit);          \
		take_away(f, f->list, &f->run.list##_count, sizeof(f->list[0]), keep, weigh); \
	}
SHRINK(metrics, no_weight)
SHRINK(tests, test_weight)
SHRINK(findings, finding_weight)

static void drop_cpus(struct fitting *f, size_t size, size_t limit)
{
	(void)size, (void)limit;
	f->run.cpus_count = 0;
	f->run.metrics_absent = NULL;
}

static void *copy(struct arena *a, const void *items, size_t count, size_t size)
{
	void *own = arena_new(a, count, size);
	if (count)
		memcpy(own, items, count * size);
	return own;
}

char *run_json_fit(const struct run *whole, size_t limit, struct arena *arena)
{
	static void (*const steps[])(struct fitting *, size_t, size_t) = {
	    cut_excerpts,   drop_samples, shrink_metrics,  shrink_tests, shrink_findings,
	    shrink_metrics, shrink_tests, shrink_findings, drop_cpus,
	};
	struct fitting f = {.run = *whole, .arena = arena};
	f.run.findings = f.findings =
	    copy(arena, whole->findings, whole->findings_count, sizeof(*whole->findings));
	f.run.tests = f.tests =
	    copy(arena, whole->tests, whole->tests_count, sizeof(*whole->tests));
	f.run.metrics = f.metrics =
	    copy(arena, whole->metrics, whole->metrics_count, sizeof(*whole->metrics));
	char *text = model_print_run(&f.run);
	for (size_t i = 0; text && i < sizeof(steps) / sizeof(steps[0]); i++) {
		size_t size = strlen(text);
		if (size <= limit)
			break;
		free(text);
		steps[i](&f, size, limit);
		text = model_print_run(&f.run);
	}
	return text;
}
