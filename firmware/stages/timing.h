// SPDX-License-Identifier: GPL-2.0-or-later
// The groups of metrics of S15.
#ifndef FIRMWARE_STAGES_TIMING_H
#define FIRMWARE_STAGES_TIMING_H

#include "stages/measure.h"

// One metric of the tables of functions in each group: the members are set one by one, since a
// static table of pointers would need relocating.
static inline void timing_measure(const char *id, unsigned int samples, void (*before)(void),
				  void (*run)(unsigned int), void (*after)(void))
{
	struct measurement m;
	m.id = id;
	m.samples = samples;
	m.before = before;
	m.run = run;
	m.after = after;
	m.scale = m.per = 0;
	m.untouched = false;
	measure(&m);
}

void timing_canary(const char *when); // "start" or "end": the board's own speed
void timing_maps(void);               // building the linear map and repainting it, on a copy
void timing_splits(void);             // splitting leaves, on a copy
void timing_rights(void);             // changing rights of the linear map
void timing_instructions(void);       // fences, invalidations, translations, faults
void timing_walks(void);              // loads that miss the TLB, by size of leaf
void timing_break(void);              // break before make against the direct change

#endif
