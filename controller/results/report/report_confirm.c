// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "results/report/confirm.h"
#include "results/report/report.h"

static bool shows_splat(const struct run *r, void *arg)
{
	const struct report_problem *p = arg;
	for (size_t i = 0; i < p->splat->sightings_count; i++)
		if (p->splat->sightings[i].run == r && !p->splat->sightings[i].finding->wanted)
			return true;
	return false;
}

static bool shows_test(const struct run *r, void *arg)
{
	const struct report_problem *p = arg;
	if (strcmp(r->variant, p->example->variant) != 0)
		return false;
	for (size_t i = 0; i < r->tests_count; i++) {
		const struct test *t = &r->tests[i];
		bool bad = t->status == STATUS_FAIL || t->status == STATUS_ERROR;
		if (bad && t->expected != t->status && strcmp(t->path, p->title) == 0)
			return true;
	}
	return false;
}

static bool shows_failure(const struct run *r, void *arg)
{
	const struct report_problem *p = arg;
	return r->verdict == p->status && strcmp(r->variant, p->example->variant) == 0 &&
	       strncmp(r->reason, p->title, strlen(p->title)) == 0;
}

void report_confirmed(const struct batch_report *r, const struct report_problem *p,
		      struct buffer *out)
{
	static confirm_shows *const shows[] = {[PROBLEM_SPLAT] = shows_splat,
					       [PROBLEM_TEST] = shows_test,
					       [PROBLEM_RUN] = shows_failure};
	struct report_problem problem = *p;
	struct confirm_counts counts;
	if (confirm_count(r->results, NULL, shows[p->kind], &problem, &counts))
		confirm_words(&counts, out);
}
