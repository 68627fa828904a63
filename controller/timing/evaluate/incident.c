// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/evaluate/alert.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

struct ordered {
	const struct incident_member *member;
	size_t place;
};

static int compare_starts(const void *a, const void *b)
{
	const struct ordered *x = a, *y = b;
	int c = place_compare(x->member->alert->from, y->member->alert->from);
	if (c == 0)
		c = place_compare(x->member->alert->to, y->member->alert->to);
	return c ? c : (x->place > y->place) - (x->place < y->place);
}

// Exact changes have no noise: they stand out by their size alone.
static double prominence(const struct alert *a)
{
	return fabs(a->shift) / fmax(a->sigma, 1e-9);
}

static void name_incidents(const struct incident_member *members, size_t count,
			   const size_t *incident, size_t incidents, bool *title)
{
	size_t *best = memory_new(incidents, sizeof(*best));
	bool *known = memory_new(incidents, sizeof(*known));
	for (size_t i = 0; i < count; i++) {
		size_t k = incident[i];
		if (!known[k] || prominence(members[i].alert) > prominence(members[best[k]].alert))
			best[k] = i;
		known[k] = true;
	}
	for (size_t i = 0; i < count; i++)
		title[i] = best[incident[i]] == i;
	free(best);
	free(known);
}

size_t incidents_group(const struct incident_member *members, size_t count, size_t *incident,
		       bool *title)
{
	if (count == 0)
		return 0;
	struct ordered *order = memory_new(count, sizeof(*order));
	for (size_t i = 0; i < count; i++)
		order[i] = (struct ordered){&members[i], i};
	qsort(order, count, sizeof(*order), compare_starts);
	size_t incidents = 0;
	struct place end = order[0].member->alert->to;
	for (size_t i = 0; i < count; i++) {
		const struct alert *a = order[i].member->alert;
		// A range excludes the commit it starts behind, so touching ranges do not meet.
		if (i > 0 && place_compare(a->from, end) >= 0) {
			incidents++;
			end = a->to;
		}
		if (place_compare(a->to, end) > 0)
			end = a->to;
		incident[order[i].place] = incidents;
	}
	free(order);
	name_incidents(members, count, incident, incidents + 1, title);
	return incidents + 1;
}
