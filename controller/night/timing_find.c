// SPDX-License-Identifier: GPL-2.0-or-later
#include "night/timing_find.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "config/boards.h"
#include "night/timing_boards.h"

struct error *timing_place_check(struct timing_place *p, const char *alert)
{
	if (alert && !*alert)
		return error_new(ERROR_USAGE, "the name behind it is empty");
	p->alert = alert;
	p->results = p->results ? p->results : "results";
	p->boards = p->boards ? p->boards : "boards";
	if (!file_is_directory(p->results))
		return error_new(ERROR_USAGE, "%s: no such results directory", p->results);
	return NULL;
}

void timing_found_deinit(struct timing_found *f)
{
	free(f->key);
	series_state_deinit(&f->state);
	job_free(f->job);
}

struct search {
	const char *start;
	struct timing_found *found;
};

static struct error *match_series(void *context, const char *key, struct series_state *state)
{
	const struct search *s = context;
	struct timing_found *f = s->found;
	bool here = false;
	for (size_t i = 0; i < state->alerts_count; i++) {
		if (strncmp(state->alerts[i].id, s->start, strlen(s->start)) != 0)
			continue;
		f->matches++;
		here = true;
		memcpy(f->id, state->alerts[i].id, sizeof(f->id));
	}
	if (here) {
		timing_found_deinit(f);
		f->key = memory_strdup(key);
		f->state = *state;
		*state = (struct series_state){0};
	}
	return NULL;
}

struct error *timing_find_in(struct series_states *states, const struct timing_place *p,
			     struct timing_found *out)
{
	struct search s = {p->alert, out};
	TRY(series_states_each(states, match_series, &s));
	if (out->matches == 1)
		return NULL;
	return error_new(ERROR_USAGE,
			 out->matches ? "%s: more than one alert begins so"
				      : "no alert %s; `mmfarm timing list --all` names them",
			 p->alert);
}

struct error *timing_find(const struct timing_place *p, struct timing_found *out)
{
	CLEANUP_SERIES_STATES struct series_states *states = NULL;
	TRY(series_states_open_reader(p->results, &states));
	return timing_find_in(states, p, out);
}

// What the job said of the metric when the newest run was made; a run whose directory is gone says
// nothing.
static struct error *declare(const struct timing_place *p, struct store *store,
			     struct timing_found *f, struct stored_series *s)
{
	if (s->input.runs_count == 0)
		return NULL;
	job_free(f->job);
	TRY(series_job(p->results, s->runs[0].id, &f->job));
	if (!f->job)
		return NULL;
	return series_declare(store, f->job, s);
}

// The series of a printed key, from the store.
static struct error *load_series(const struct timing_place *p, struct timing_found *f,
				 struct stored_series *out)
{
	CLEANUP_STORE struct store *store = NULL;
	CLEANUP_SERIES_LIST struct series_list list = {0};
	CLEANUP_BOARDS struct boards_config *boards = NULL;
	TRY(boards_load(p->boards, &boards));
	struct store_reading reading;
	TRY(store_open_reader(p->results, &store, &reading));
	TRY(series_list_load(store, NULL, NULL, &list));
	struct timing_params params = timing_params_default();
	for (size_t i = 0; i < list.count; i++) {
		enum platform platform =
		    series_id_platform(&list.ids[i], timing_boards_platform, boards);
		CLEANUP_BUFFER struct buffer text = {0};
		series_id_print(&list.ids[i], platform, &text);
		if (strcmp(buffer_str(&text), f->key) != 0)
			continue;
		TRY(series_load(store, &list.ids[i], platform, 2 * (size_t)params.tail, out));
		return declare(p, store, f, out);
	}
	return error_new(ERROR_USAGE, "the store and the board files no longer have the series %s",
			 f->key);
}

struct error *timing_evaluate_again(const struct timing_place *p, struct timing_found *f,
				    struct stored_series *s, struct evaluation *out)
{
	TRY(load_series(p, f, s));
	s->input.batch = f->state.batch ? f->state.batch : "";
	struct timing_params params = timing_params_default();
	struct evaluator e;
	evaluator_init(&e, &params);
	// On a state of its own: looking must not change what is remembered.
	CLEANUP_SERIES_STATE struct series_state scratch = {.aggregate_told =
								f->state.aggregate_told};
	series_evaluate(&e, &s->input, &scratch, out);
	evaluator_deinit(&e);
	return NULL;
}
