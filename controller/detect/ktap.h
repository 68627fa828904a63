// SPDX-License-Identifier: GPL-2.0-or-later
// Test results in the console stream: KTAP (kselftest, KUnit) and the Linux Test Project.
#ifndef DETECT_KTAP_H
#define DETECT_KTAP_H

#include "detect/emit.h"
#include "detect/message.h"
#include "detect/rules.h"

#define KTAP_DEPTH 8
#define KTAP_NAME  96

struct ktap_level {
	uint32_t planned, seen;
	bool has_plan;
	uint8_t name_len;
	char name[KTAP_NAME]; // suite, or the test that runs
};

struct ktap {
	struct ktap_level level[KTAP_DEPTH];
	uint8_t depth;   // deepest level in use, 0 none
	bool active;     // a version line or plan was seen
	uint8_t ltp_len; // LTP test that spoke last
	char ltp[KTAP_NAME];
	uint8_t diagnostic_len; // last diagnostic line
	char diagnostic[160];
};

void ktap_reset(struct ktap *k);

// A line that a rule of the ktap family took.
void ktap_message(struct ktap *k, struct emitter *e, const struct message *m,
		  const struct rule_match *match);

// Name of the test that runs now, "" when none is known.
struct detect_view ktap_open_test(const struct ktap *k);

// Reports plans that were not fulfilled.
void ktap_end(struct ktap *k, struct emitter *e, const struct detect_place *at);

#endif
