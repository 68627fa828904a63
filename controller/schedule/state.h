// SPDX-License-Identifier: GPL-2.0-or-later
// farm.sqlite: what the farm has decided and cannot derive from anything else: nominal times that fired,
// the queue, the health of boards, reservations, what people said. Small, written with synchronous=FULL:
// what state_save has returned from is there after a power cut.
//
// results/store.sqlite is another thing: it is derived from run directories, and can be rebuilt.
#ifndef SCHEDULE_STATE_H
#define SCHEDULE_STATE_H

#include "schedule/planner.h"

struct farm_state;

// Opens or makes it, and brings an older one up to date. One written by a newer mmfarm is refused.
// "" is a temporary one of this process. One process at a time has it: ERROR_LAB.
struct error *state_open(const char *path, struct farm_state **out) ERROR_RESULT;
// For questions only, beside the process that has it.
struct error *state_open_reader(const char *path, struct farm_state **out) ERROR_RESULT;
void state_close(struct farm_state *s);
CLEANUP_DEFINE(cleanup_state, struct farm_state *, state_close)
#define CLEANUP_STATE CLEANUP(cleanup_state)

// Hands all that decides something to a new planner.
struct error *state_load(struct farm_state *s, struct planner *p) ERROR_RESULT;

// What another room remembers beside a decision, in the same transaction: `value` of `key`, one of
// `kind`; NULL: no longer. ("kernelci", a node's id, its claim.)
struct state_entry {
	const char *kind, *key, *value;
};

// Saves what has changed in the planner, and the entries, at once or not at all. On success the planner
// is told (planner_saved).
struct error *state_save(struct farm_state *s, struct planner *p, const struct state_entry *entries,
			 size_t count) ERROR_RESULT;

// ---- questions ----------------------------------------------------------------------------------

// Each entry of a kind, in the order of its keys.
struct error *state_entries(struct farm_state *s, const char *kind,
			    void (*take)(void *arg, const char *key, const char *value),
			    void *arg) ERROR_RESULT;
// Nominal times of a schedule (NULL: of all) from `since_s` on, newest first, at most `limit`.
struct error *state_fires(struct farm_state *s, const char *schedule, int64_t since_s, size_t limit,
			  void (*take)(void *arg, const struct fire_row *row),
			  void *arg) ERROR_RESULT;
// What was done to the farm, newest first.
struct error *state_audit(struct farm_state *s, int64_t since_s, size_t limit,
			  void (*take)(void *arg, const struct audit_row *row),
			  void *arg) ERROR_RESULT;

// Copies it, whole, to `path` by rename; and forgets history older than STATE_KEEP_DAYS.
#define STATE_KEEP_DAYS 400
struct error *state_back_up(struct farm_state *s, const char *path, int64_t now_s) ERROR_RESULT;

#endif
