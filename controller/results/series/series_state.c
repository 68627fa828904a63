// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/series/series.h"

#include "base/file.h"
#include "base/memory.h"
#include "results/store/store_notes.h"

#define FILE_NAME "timing.sqlite"

// What is remembered is a note of the store: the state's text under the series' key.
struct series_states {
	struct store_notes *notes; // owned
};

void series_states_close(struct series_states *s)
{
	if (!s)
		return;
	store_notes_close(s->notes);
	free(s);
}

bool series_states_exist(const char *results_dir)
{
	CLEANUP_FREE char *path = path_join(results_dir, FILE_NAME);
	return file_exists(path);
}

struct error *series_states_open(const char *results_dir, struct series_states **out)
{
	CLEANUP_SERIES_STATES struct series_states *s = memory_new(1, sizeof(*s));
	TRY(store_notes_open(results_dir, FILE_NAME, &s->notes));
	*out = STEAL(s);
	return NULL;
}

struct error *series_states_open_reader(const char *results_dir, struct series_states **out)
{
	CLEANUP_SERIES_STATES struct series_states *s = memory_new(1, sizeof(*s));
	TRY(store_notes_open_reader(results_dir, FILE_NAME, &s->notes));
	*out = STEAL(s);
	return NULL;
}

struct error *series_states_begin(struct series_states *s)
{
	return store_notes_begin(s->notes);
}

struct error *series_states_commit(struct series_states *s)
{
	return store_notes_commit(s->notes);
}

static struct error *parse(void *context, const char *key, const char *text, size_t len)
{
	return error_wrap(series_state_parse(text, len, context), "%s", key);
}

struct error *series_states_load(struct series_states *s, const char *key, struct series_state *out)
{
	*out = (struct series_state){0};
	return store_notes_get(s->notes, key, parse, out);
}

struct error *series_states_save(struct series_states *s, const char *key,
				 const struct series_state *state)
{
	CLEANUP_BUFFER struct buffer text = {0};
	series_state_print(state, &text);
	return store_notes_set(s->notes, key, buffer_str(&text), text.len);
}

struct visitor {
	struct error *(*visit)(void *context, const char *key, struct series_state *state);
	void *context;
};

static struct error *visit_text(void *context, const char *key, const char *text, size_t len)
{
	const struct visitor *v = context;
	CLEANUP_SERIES_STATE struct series_state state = {0};
	TRY(parse(&state, key, text, len));
	return v->visit(v->context, key, &state);
}

struct error *series_states_each(struct series_states *s,
				 struct error *(*visit)(void *context, const char *key,
							struct series_state *state),
				 void *context)
{
	struct visitor v = {visit, context};
	return store_notes_each(s->notes, visit_text, &v);
}
