// SPDX-License-Identifier: GPL-2.0-or-later
// One cause, many alerts: alerts of different series whose commit ranges meet are one incident, and
// people are told of it once.
#ifndef TIMING_INCIDENT_H
#define TIMING_INCIDENT_H

#include <stdbool.h>
#include <stddef.h>

#include "timing/evaluate/alert.h"

struct incident_member {
	const char *key; // of the series
	const struct alert *alert;
};

// incident[i] becomes the number of members[i]'s incident, from 0, in the order of their commits;
// title[i] says whether members[i] gives the incident its name: the one whose change is largest
// against its noise. Returns how many incidents there are.
size_t incidents_group(const struct incident_member *members, size_t count, size_t *incident,
		       bool *title);

#endif
