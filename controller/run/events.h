// SPDX-License-Identifier: GPL-2.0-or-later
// events.jsonl: what happens in a run, one JSON object a line, written as it happens.
//
//   {"t": seconds since the run began, "event": "state", "state": "boot"}
//   {"t": .., "event": "splat", "line": .., "class": .., "func": .., "title": .., ...}
//   {"t": .., "event": "boot", "state"|"outcome": .., "attempt": ..}
//   {"t": .., "event": "record", "kind": .., "text": ..}      (stage, test, stress, end)
//   {"t": .., "event": "handover", "byte": ..}    the payload may speak from this byte of the console on
//   {"t": .., "event": "verdict", "verdict": .., "reason": ..}
#ifndef RUN_EVENTS_H
#define RUN_EVENTS_H

#include "detect/detect.h"
#include "run/judge.h"

struct events {
	int fd;
	int64_t start_ns; // monotonic
	bool failed;      // the disk refused one: later ones are not tried
};

#define EVENTS_NONE ((struct events){.fd = -1})

struct error *events_init(struct events *e, const char *run_dir, int64_t start_ns) ERROR_RESULT;
void events_deinit(struct events *e);

void events_state(struct events *e, const char *state, const char *detail);
void events_handover(struct events *e, uint64_t byte);
// The last one that the run in `run_dir` wrote, UINT64_MAX: it wrote none.
uint64_t events_find_handover(const char *run_dir);
void events_detect(struct events *e, const struct detect_event *event);
void events_verdict(struct events *e, const struct judgement *j);

#endif
