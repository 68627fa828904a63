// SPDX-License-Identifier: GPL-2.0-or-later
// An A/B confirmation on the boards. Every run of it is laid down from the snapshots that a run of
// the series kept: job, arguments, image, board.
#ifndef NIGHT_TIMING_CONFIRM_H
#define NIGHT_TIMING_CONFIRM_H

#include <stdio.h>

#include "night/timing_find.h"
#include "timing/ab.h"

struct confirm_options {
	struct timing_place place; // and the alert
	const char *farm;          // the lab's settings; NULL: the usual ones
	struct timing_params params;
	int64_t now_ns; // UTC; stamps what becomes of the alert
	bool dry_run;   // only says what would be run
	FILE *out;      // told of every run; NULL: nobody
};

struct confirmed {
	struct ab_outcome outcome; // also in the alert's history
	enum alert_effect effect;  // of the alert
};

// Runs the image before the change and the one behind it, turn by turn on the alert's board, then
// on a second one where there is one, and moves the alert. An alert without runs on both sides, or
// whose image is gone, is an error; the alert stays as it was. EINTR: an operator ended it.
struct error *timing_confirm(const struct confirm_options *o, struct confirmed *out) ERROR_RESULT;

#endif
