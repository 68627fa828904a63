// SPDX-License-Identifier: GPL-2.0-or-later
// RESULTS/timing.sqlite: what the farm remembers of its series between nights. Unlike the store it
// is not derived: people's answers to alerts are in it, so it is kept apart and never rebuilt.
#ifndef RESULTS_SERIES_STATE_H
#define RESULTS_SERIES_STATE_H

#include "base/error.h"
#include "timing/evaluate/alert.h"

struct series_states;

bool series_states_exist(const char *results_dir);

// Opens it, creating it when there is none.
struct error *series_states_open(const char *results_dir, struct series_states **out) ERROR_RESULT;

// For questions only: where there is none nothing is remembered, and nothing is written into a results
// directory that is read-only.
struct error *series_states_open_reader(const char *results_dir,
					struct series_states **out) ERROR_RESULT;
void series_states_close(struct series_states *s);
CLEANUP_DEFINE(cleanup_series_states, struct series_states *, series_states_close)
#define CLEANUP_SERIES_STATES CLEANUP(cleanup_series_states)

// All changes of a night appear at once.
struct error *series_states_begin(struct series_states *s) ERROR_RESULT;
struct error *series_states_commit(struct series_states *s) ERROR_RESULT;

// An empty state for a series never seen.
struct error *series_states_load(struct series_states *s, const char *key,
				 struct series_state *out) ERROR_RESULT;
struct error *series_states_save(struct series_states *s, const char *key,
				 const struct series_state *state) ERROR_RESULT;

// Calls `visit` for every series in the order of their keys, until it fails.
struct error *series_states_each(struct series_states *s,
				 struct error *(*visit)(void *context, const char *key,
							struct series_state *state),
				 void *context) ERROR_RESULT;

#endif
