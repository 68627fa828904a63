// SPDX-License-Identifier: GPL-2.0-or-later
// What the farm remembers about a series between nights: its alerts with their history, and changes
// that were seen but not yet raised. It is plain data, kept as text by series_state_print() and
// series_state_parse().
#ifndef TIMING_ALERT_H
#define TIMING_ALERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "timing/evaluate/change.h"
#include "timing/ab.h"
#include "timing/metric.h"
#include "timing/points.h"

enum alert_kind {
	ALERT_STEP,           // the level changed
	ALERT_DRIFT,          // the level creeps
	ALERT_BUDGET,         // too far from the pinned release
	ALERT_MISSING,        // an expected metric no longer comes
	ALERT_BOARD,          // one board moved alone
	ALERT_BOARD_UNSTABLE, // a board keeps failing the validity gate
	ALERT_ENVIRONMENT,    // an exact value changed though the image did not
	ALERT_NONDETERMINISM, // an exact metric gave different values for one image
	ALERT_KINDS,
};

enum alert_state {
	STATE_CANDIDATE, // for the weekly digest only
	STATE_PENDING,   // raised, not yet proven
	STATE_CONFIRMED, // proven on boards, or exact
	STATE_ACKED,     // somebody knows; silent
	STATE_FIXED,     // the level came back after it had held
	STATE_WONTFIX,   // stays; silent
	STATE_RECOVERED, // gone again at once
	STATE_WITHDRAWN, // was noise
	ALERT_STATES,
};

enum alert_effect {
	EFFECT_REGRESSION,
	EFFECT_IMPROVEMENT,
	EFFECT_CHANGE, // of a metric without direction
	ALERT_EFFECTS,
};

enum ab_state {
	AB_NONE,
	AB_BOOKED,
	AB_CONFIRMED,
	AB_EQUIVALENT,
	AB_INCONCLUSIVE,
	AB_BOARD, // two boards disagree
	AB_STATES,
};

const char *alert_kind_name(enum alert_kind k);
const char *alert_state_name(enum alert_state s);
const char *alert_effect_name(enum alert_effect e);
const char *ab_state_name(enum ab_state s);

// How much an alert weighs: by its evidence ("candidate", "alert", "strong"), or of an exact series
// by its size ("minor", "normal", "major").
struct alert;
const char *alert_class_name(const struct alert *a);

// The place of a point in its series. It is no index, so that results that come late and stand in
// front of it do not move it.
struct place {
	int64_t position; // of the commit in first-parent order
	int64_t time_ns;  // of the point's first run
};

int place_compare(struct place a, struct place b);

struct transition {
	enum alert_state to;
	int64_t time_ns;
	char *reason; // with the numbers that decided; owned
};

// The numbers that an alert was raised upon, as they were that night. They are kept with the alert,
// because the points leave the view one by one.
struct proof {
	double before, after;                 // levels, in the metric's unit
	double relative, low, high;           // size with its interval of 95 %
	double t, sigma;                      // evidence, and noise on the scale
	unsigned before_points, after_points; // behind each level; 0: none was kept
};

#define ALERT_ID_SIZE 17

struct alert {
	char id[ALERT_ID_SIZE]; // 16 hexadecimal digits, the same on every machine
	enum alert_kind kind;
	enum alert_state state;
	enum alert_effect effect;
	enum confidence confidence;
	bool same_night; // raised by re-runs
	bool exact;
	struct place place;         // first point of the new level
	char *commit_from;          // last commit known to be before; owned, "" unknown
	char *commit_to;            // first commit known to be behind; owned
	struct place from, to;      // their places
	char *board;                // of board alerts; owned, "" otherwise
	double shift;               // on the series' scale, as last measured
	double shift_raised;        // as first raised
	double relative, low, high; // fraction of the old level, with its interval of 95 %
	double before, after;       // levels, in the metric's unit
	double t;                   // evidence
	double sigma;               // noise, on the scale
	struct proof proof;
	enum ab_state ab;
	double ab_p;
	unsigned ab_boards, ab_runs; // boards that took part, valid runs of each image
	bool bisect_booked;
	char *bug, *by;              // of an acknowledgement; owned, "" none
	char linked[ALERT_ID_SIZE];  // an earlier alert that this one reintroduces; "" none
	bool told;                   // people were told of it
	enum alert_state told_state; // in this state
	double told_shift;           // and of this size
	struct transition *transitions;
	size_t transitions_count;
};

// A change seen in the last nights.
struct step_sighting {
	struct place place;
	int sign; // of the shift
	unsigned nights;
	char *batch; // the last one that counted; owned
};

struct series_state {
	struct alert *alerts;
	size_t alerts_count;
	struct step_sighting *sightings;
	size_t sightings_count;
	char *batch;              // last evaluated; owned, NULL before the first
	bool announced;           // as a new series
	bool aggregate_told;      // that AUTO switched, and is still there
	bool demoted;             // exact series treated as noisy
	bool suggested_exact;     // digest note given
	bool closed_told;         // that the job no longer declares the metric
	bool baseline_lost;       // that the pinned release is too old for a budget
	int noise_told;           // enum noise_change last put into the digest
	double drift_told;        // |total| of the drift last alerted in this level
	struct place drift_place; // start of that level
};

void alert_deinit(struct alert *a);
void series_state_deinit(struct series_state *s);
#define CLEANUP_SERIES_STATE CLEANUP(series_state_deinit)

// Adds an alert in state `state`; its id is made of the series' key, kind and place. The reason is
// copied. The pointer is valid until the next one is added.
struct alert *alert_raise(struct series_state *s, const char *key, enum alert_kind kind,
			  enum alert_state state, struct place place, int64_t now_ns,
			  const char *reason);

// Moves an alert to another state, with the reason appended to its history.
void alert_move(struct alert *a, enum alert_state to, int64_t now_ns, const char *fmt, ...)
    ERROR_PRINTF(4, 5);

// Somebody answers for the alert (`bug` may be "") or will not change it: both make the new level
// the one that later changes are held against. An error when the alert is closed.
struct error *alert_acknowledge(struct alert *a, const char *by, const char *bug,
				int64_t now_ns) ERROR_RESULT;
struct error *alert_wontfix(struct alert *a, const char *by, const char *why,
			    int64_t now_ns) ERROR_RESULT;

// The farm took the wish for an A/B confirmation, or for a bisection, on.
void alert_ab_booked(struct alert *a);
void alert_bisect_booked(struct alert *a);

// What the A/B said; moves the alert (PENDING: confirmed, withdrawn or left pending).
struct ab_outcome;
void alert_ab_result(struct alert *a, const struct ab_outcome *outcome, int64_t now_ns);

// PENDING and CONFIRMED: somebody should look.
bool alert_is_open(const struct alert *a);

// Whether the alert counts as a failure of the tested code: a confirmed regression, an exceeded
// budget, or a missing metric. An alert without proof does not count.
bool alert_is_failure(const struct alert *a);

// People are told when an open alert is new, changed state or doubled in size; telling them is
// recorded with alert_told().
bool alert_wants_telling(const struct alert *a);
void alert_told(struct alert *a);

struct alert *alert_find(struct series_state *s, const char *id);

// The state as one JSON object (UTF-8, deterministic), appended to `out`.
struct buffer;
void series_state_print(const struct series_state *s, struct buffer *out);

// Reads it back. Errors name what is wrong with the document; `out` is untouched then.
struct error *series_state_parse(const char *bytes, size_t len,
				 struct series_state *out) ERROR_RESULT;

// ---- A/B pairs -----------------------------------------------------------------------------------

// The runs whose images are held against each other on one board.
struct ab_pair {
	const struct timing_run *run[2]; // by enum ab_image; borrowed from the points
};

// The alert's board first, then a second one; returns how many of them have valid runs on both sides
// of the change: 0 to 2.
unsigned ab_pairs(const struct series_points *points, const struct alert *a,
		  struct ab_pair pairs[2]);

// ---- incident -----------------------------------------------------------------------------------

// Groups alerts into incidents: alerts of different series whose commit ranges overlap are one
// incident, and people are told of it once.

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
