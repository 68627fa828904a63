// SPDX-License-Identifier: GPL-2.0-or-later
// Finds an alert among what the farm remembers, and its series in the store.
#ifndef NIGHT_TIMING_FIND_H
#define NIGHT_TIMING_FIND_H

#include "base/error.h"
#include "results/series/series.h"

struct timing_place {
	const char *results, *boards; // folders; NULL: the usual ones
	const char *alert;            // its id, or the beginning of it
};

// Fills in the usual folders and the alert; the results must exist.
struct error *timing_place_check(struct timing_place *p, const char *alert) ERROR_RESULT;

struct timing_found {
	char id[ALERT_ID_SIZE];
	char *key;                 // of its series; owned
	struct series_state state; // owned
	struct job_config *job;    // owned; as the newest run had it, NULL when that is not known
	size_t matches;
};

void timing_found_deinit(struct timing_found *f);

// The one alert that is meant; none, or more than one, is ERROR_USAGE.
struct error *timing_find(const struct timing_place *p, struct timing_found *out) ERROR_RESULT;
struct error *timing_find_in(struct series_states *states, const struct timing_place *p,
			     struct timing_found *out) ERROR_RESULT;

// The alert's series, evaluated as it is now. What is remembered stays as it is. The series borrows
// from f->job, which this loads.
struct error *timing_evaluate_again(const struct timing_place *p, struct timing_found *f,
				    struct stored_series *s, struct evaluation *out) ERROR_RESULT;

#endif
