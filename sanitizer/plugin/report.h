// SPDX-License-Identifier: GPL-2.0-or-later
// The plugin's report: lines of `#ptsan`, each with a number and a checksum, so that what a killed
// emulator left can be told from a whole report. Format: docs/sanitizer.md.
#ifndef PTSAN_REPORT_H
#define PTSAN_REPORT_H

#include <stdio.h>

#include "core/geometry.h"
#include "core/ptsan.h"

struct report; // one file

// NULL: the file cannot be made; errno says why.
struct report *report_open(const char *path);

// One finding, told whole a few times for each (kind, place, author), then counted.
// `frames`: return addresses, innermost first.
// `g`: how descriptors of that half are laid out.
void report_finding(struct report *r, const struct ptsan_finding *f, const struct geometry *g,
		    const uint64_t *frames, size_t frames_count);

// Where the kernel's exception vectors are mapped, and where they lie in memory.
void report_vectors(struct report *r, uint64_t va, uint64_t address);

// An instruction of the kernel that was executed `count` times, `useful` of them with effect; the same
// place may come in parts. `frames`: return addresses of one call.
void report_site(struct report *r, const char *what, uint64_t pc, uint64_t count, uint64_t useful,
		 const uint64_t *frames, size_t frames_count);

// The counts of repeated findings and the closing line; then the file is complete.
void report_end(struct report *r, const struct ptsan_totals *totals, uint64_t missed_stores);

#endif
