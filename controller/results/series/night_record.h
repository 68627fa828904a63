// SPDX-License-Identifier: GPL-2.0-or-later
// Writes and reads RESULTS/batches/ID/timing.json, which keeps what the evaluation said of a batch's
// series for its documents and reports. Format "mmfarm-timing/1", docs/timing.md.
#ifndef RESULTS_NIGHT_RECORD_H
#define RESULTS_NIGHT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/arena.h"
#include "record/json_fields.h"

struct night_report; // results/series/night.h
struct timing_params;

// Words are those of timing/evaluate/alert.h and timing/metric.h.
struct alert_record {
	const char *id, *kind, *state, *effect, *class;
	bool failure;              // counts as FAIL of the tested code
	bool tell;                 // people were not told of it before
	const char *run, *variant; // NULL: the batch has no run of the series
	const char *series, *metric, *unit, *direction;
	double relative, low, high; // fraction of the old level, with its interval of 95 %
	double before, after;       // levels, in the unit
	double t;
	const char *ab;
	double ab_p; // NaN: there was no A/B confirmation
	int64_t ab_boards, ab_runs;
	const char *commit_from, *commit_to, *board; // NULL: unknown
	const char *reason;
	int64_t incident; // of the batch, from 1; MODEL_UNKNOWN: none
	bool title;       // gives its incident the name
};

struct night_record {
	const char *format, *batch;
	const char *params; // hash of the constants, 16 hexadecimal digits
	int64_t series;     // looked at
	const struct alert_record *alerts;
	size_t alerts_count;
	const char *const *notes; // for the digest
	size_t notes_count;
};

// What timing.json consists of (struct night_record).
extern const struct record night_document;

struct error *night_record_write(const char *results_dir, const char *batch,
				 const struct night_report *r,
				 const struct timing_params *params) ERROR_RESULT;

// `*out` points into `arena`; NULL when the batch has none.
struct error *night_record_load(const char *results_dir, const char *batch, struct arena *arena,
				const struct night_record **out) ERROR_RESULT;

// Appends "+3.02 % (+2.98 to +3.06 %)".
void alert_record_size(const struct alert_record *a, struct buffer *out);

#endif
