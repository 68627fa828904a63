// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "base/memory.h"
#include "results/retention/retention.h"
#include "results/series/series.h"
#include "timing/ab.h"

struct needed {
	const char *results_dir;
	struct store *store;
	struct series_states *states;
};

static struct error *need(const struct needed *n, const char *run)
{
	return query_mark(n->store, QUERY_NEEDED, run);
}

static struct error *need_pairs(const struct needed *n, const struct series_points *points,
				const struct series_state *state)
{
	for (size_t i = 0; i < state->alerts_count; i++) {
		struct ab_pair pairs[2];
		if (!alert_is_open(&state->alerts[i]))
			continue;
		unsigned boards = ab_pairs(points, &state->alerts[i], pairs);
		for (unsigned b = 0; b < boards; b++) {
			TRY(need(n, pairs[b].run[AB_OLD]->id));
			TRY(need(n, pairs[b].run[AB_NEW]->id));
		}
	}
	return NULL;
}

// The same runs as timing_confirm() will choose, so what the job said of the metric counts too.
static struct error *look_at(const struct needed *n, const struct series_id *id,
			     enum platform platform, const struct series_state *state)
{
	CLEANUP_STORED_SERIES struct stored_series s = {0};
	CLEANUP_JOB struct job_config *job = NULL;
	CLEANUP(series_points_deinit) struct series_points points = {0};
	const struct timing_params room = timing_params_default();
	TRY(series_load(n->store, id, platform, 2 * (size_t)room.tail, &s));
	if (s.input.runs_count > 0)
		TRY(series_job(n->results_dir, s.runs[0].id, &job));
	if (job)
		TRY(series_declare(n->store, job, &s));
	const struct timing_params p = metric_params(&s.input.metric, &room);
	series_points_build(s.input.runs, s.input.runs_count, &s.input.metric, s.input.usual, &p,
			    &points);
	return need_pairs(n, &points, state);
}

static bool has_open_alert(const struct series_state *s)
{
	for (size_t i = 0; i < s->alerts_count; i++)
		if (alert_is_open(&s->alerts[i]))
			return true;
	return false;
}

// Whether a board counts instructions is part of a series' key, and board files are not at hand
// here: old runs, which do not say it themselves, are looked for under every key they may have.
static struct error *look_under_all_keys(const struct needed *n, const struct series_id *id)
{
	for (int k = 0; k < PLATFORMS; k++) {
		enum platform platform = (enum platform)k;
		CLEANUP_BUFFER struct buffer key = {0};
		CLEANUP_SERIES_STATE struct series_state state = {0};
		series_id_print(id, platform, &key);
		TRY(series_states_load(n->states, buffer_str(&key), &state));
		if (has_open_alert(&state))
			TRY(look_at(n, id, platform, &state));
	}
	return NULL;
}

static struct error *note_open_alert(void *context, const char *key, struct series_state *state)
{
	(void)key;
	bool *any = context;
	*any |= has_open_alert(state);
	return NULL;
}

struct error *retention_find_needed(const char *results_dir, struct store *store)
{
	CLEANUP_SERIES_STATES struct series_states *states = NULL;
	CLEANUP_SERIES_LIST struct series_list list = {0};
	bool any = false;
	TRY(series_states_open_reader(results_dir, &states));
	TRY(series_states_each(states, note_open_alert, &any));
	if (!any)
		return NULL; // listing the series of a large store takes its time
	TRY(series_list_load(store, NULL, NULL, &list));
	const struct needed n = {results_dir, store, states};
	for (size_t i = 0; i < list.count; i++)
		TRY(look_under_all_keys(&n, &list.ids[i]));
	return NULL;
}
