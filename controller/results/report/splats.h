// SPDX-License-Identifier: GPL-2.0-or-later
// Collects the distinct splats of a batch, each with the runs that show it.
#ifndef RESULTS_SPLATS_H
#define RESULTS_SPLATS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "record/model.h"

struct splat_sighting {
	const struct run *run;
	const struct finding *finding; // the first of this signature in the run
	size_t count;                  // how often it stands in that run
};

// All findings of one class and sig2, folded ones left out.
struct splat {
	const struct splat_sighting *best; // the one to show: complete and longest excerpt first
	const struct splat_sighting *sightings;
	size_t sightings_count;
	bool wanted; // every sighting was wanted
};

struct splats {
	struct splat
	    *items; // owned; unwanted ones first, then by number of runs, then as in the log
	size_t count;
	struct splat_sighting *sightings; // owned, all of them
};

// Views into `b`, which has to live longer.
void splats_collect(const struct batch_results *b, struct splats *out);
void splats_deinit(struct splats *s);
#define CLEANUP_SPLATS CLEANUP(splats_deinit)

// Appends "WARN in split_guard": the class in capitals and the function, or the title.
void splat_name(const struct finding *f, struct buffer *out);

#endif
