// SPDX-License-Identifier: GPL-2.0-or-later
// Runs text through the detector and keeps every event as one line of text, so that tests can
// compare and search them.
#ifndef UNIT_DETECT_COLLECT_H
#define UNIT_DETECT_COLLECT_H

#include "base/buffer.h"
#include "detect/detect.h"

struct collected {
	struct buffer text;   // one line an event
	struct buffer closes; // only SPLAT_CLOSE: "line class.sub severity func|title"
	unsigned opens, closed, voids, folded, records, tests, notes;
	enum detect_outcome outcome;
	unsigned boots;
	enum detect_state state;
	uint64_t sig1[64], sig2[64], sig3[64]; // of the reports closed, in the order of closing
};

struct collect_options {
	size_t chunk; // bytes fed at once; 0: all
	bool ticks;   // a pause of a minute behind every chunk
	enum detect_end_reason reason;
	struct detect_config config;
};

void collect(const char *bytes, size_t len, const struct collect_options *options,
	     struct collected *out);
void collect_text(const char *text, struct collected *out); // all defaults
void collected_deinit(struct collected *c);
#define CLEANUP_COLLECTED CLEANUP(collected_deinit)

#endif
