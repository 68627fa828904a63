// SPDX-License-Identifier: GPL-2.0-or-later
// An A/B confirmation on the boards. Every run of it is laid down from the snapshots that a run of
// the series kept: job, arguments, image, board.
#ifndef NIGHT_TIMING_CONFIRM_H
#define NIGHT_TIMING_CONFIRM_H

#include <stdio.h>

#include "night/timing_find.h"
#include "timing/ab.h"

struct batch;      // run/batch.h
struct batch_gate; // run/batch_run.h

struct confirm_options {
	struct timing_place place;     // and the alert
	const char *farm;              // the lab's settings; NULL: the usual ones
	const struct batch_gate *gate; // of the batches (run/batch_run.h); NULL: none
	struct timing_params params;
	int64_t now_ns; // UTC; stamps what becomes of the alert
	bool dry_run;   // only says what would be run
	FILE *out;      // told of every run; NULL: nobody
};

struct confirmed {
	struct ab_outcome outcome; // also in the alert's history
	enum alert_effect effect;  // of the alert
};

// A confirmation in progress: it names one batch after the other, and the caller carries them out.
struct confirmation;

// Finds the runs of the image before the change and of the one behind it, on the alert's board and on
// a second one where there is one. An alert without runs on both sides is an error. `o` is copied; its
// strings outlive the confirmation.
struct error *confirmation_new(const struct confirm_options *o,
			       struct confirmation **out) ERROR_RESULT;
void confirmation_free(struct confirmation *c);
CLEANUP_DEFINE(cleanup_confirmation, struct confirmation *, confirmation_free)
#define CLEANUP_CONFIRMATION CLEANUP(cleanup_confirmation)

// Takes the results of the batch that it named last, which has been carried out, and names the next
// one in *batch (the confirmation's own, until the next call). NULL: the boards have told; *result is
// set and the alert is moved. An image that is gone is an error; the alert stays as it was. EINTR: an
// operator ended the last batch.
struct error *confirmation_next(struct confirmation *c, struct batch **batch,
				struct confirmed *result) ERROR_RESULT;

// All of it, waiting for each batch. A dry run ends with what would be run.
struct error *timing_confirm(const struct confirm_options *o, struct confirmed *out) ERROR_RESULT;

#endif
