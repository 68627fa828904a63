// SPDX-License-Identifier: GPL-2.0-or-later
// A line of a run's events.jsonl. NULL, NaN, MODEL_UNKNOWN or STATUS_NONE mean that this event does
// not tell it.
#ifndef RECORD_EVENT_H
#define RECORD_EVENT_H

#include "record/status.h"
#include "record/json_fields.h"

#define EVENT_STATE    "state"
#define EVENT_HANDOVER "handover"

struct event {
	const char *event; // what sort it is
	const char *state, *detail;
	int64_t byte;  // handover: from which on the payload may speak
	int64_t bytes; // limit: of the file
	int64_t line;  // splat
	const char *class, *sub, *func, *title, *sig2;
	int64_t severity, fatal;
	const char *outcome; // boot
	int64_t attempt;
	const char *kind, *text;   // record
	const char *path, *result; // test
	enum status verdict;
	const char *reason;
	double t; // seconds since the run's start
};

// What events.jsonl has in a line.
extern const struct record event_document;

// An event that tells nothing but its sort.
struct event event_of(const char *sort);

// false: the line is none. `out` is in the arena.
bool event_parse(const char *line, size_t len, struct arena *arena, struct event *out);

#endif
