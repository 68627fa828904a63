// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/hooks.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/placeholder.h"
#include "board/power/switching.h"

static void free_words(char **words)
{
	for (size_t i = 0; words && words[i]; i++)
		free(words[i]);
	free(words);
}

// The program and its arguments, NULL-terminated, with what is known of the run in place of {board} and
// {run}.
static char **fill_words(const struct hook_config *h, const struct plan *p)
{
	CLEANUP_FREE char *dir = realpath(".", NULL);
	const struct placeholder list[] = {
	    {"board", p->board->name}, {"pool", p->job->run.pool}, {"run", dir}, {0}};
	size_t count = 0;
	while (h->run[count])
		count++;
	char **words = memory_new(count + 1, sizeof(*words));
	for (size_t i = 0; i < count; i++) {
		CLEANUP_BUFFER struct buffer word = {0};
		placeholder_fill(h->run[i], list, false, &word);
		words[i] = memory_strdup(buffer_str(&word));
	}
	return words;
}

static struct error *run_hook(struct session *s, const struct plan *p, const struct hook_config *h)
{
	const struct board_wait wait = pump_board_wait(&s->pump);
	struct board_place place = {.board = p->board->name, .run_dir = ".", .wait = &wait};
	CLEANUP_BUFFER struct buffer said = {0};
	char **words = fill_words(h, p);
	const struct command_spec spec = {.argv = (const char *const *)words,
					  .timeout_s = h->timeout_s};
	session_state(s, "hook", words[0]);
	struct error *e = switching_run(&spec, &place, &said);
	free_words(words);
	return e;
}

// What a hook's failure means; NULL: it was only said.
static struct error *judge_failure(struct session *s, const struct hook_config *h, const char *when,
				   struct error *failure)
{
	CLEANUP_ERROR struct error *e = error_wrap(failure, "hook %s", when);
	if (!e)
		return NULL;
	bool stopped = s->pump.stopped && !s->pump.winding_down;
	if (h->on_failure == HOOK_FAILURE_WARN && !stopped) {
		session_state(s, "hook-failed", error_text(e));
		return NULL;
	}
	bool quarantine = h->on_failure == HOOK_FAILURE_QUARANTINE && !stopped;
	return error_new(quarantine ? ERROR_QUARANTINE : ERROR_LAB, "%s", error_text(e));
}

struct error *hooks_before(struct session *s, const struct plan *p)
{
	const struct hooks_config *hooks = &p->job->hooks;
	if (hooks->before_count > 0)
		session_state(s, HOOKS_STATE, "before");
	for (size_t i = 0; i < hooks->before_count; i++)
		TRY(judge_failure(s, &hooks->before[i], "before the run",
				  run_hook(s, p, &hooks->before[i])));
	return NULL;
}

struct error *hooks_after(struct session *s, const struct plan *p)
{
	const struct hooks_config *hooks = &p->job->hooks;
	struct error *first = NULL;
	if (hooks->after_count > 0)
		session_state(s, HOOKS_STATE, "after");
	for (size_t i = 0; i < hooks->after_count; i++) {
		struct error *e = judge_failure(s, &hooks->after[i], "behind the run",
						run_hook(s, p, &hooks->after[i]));
		if (first)
			error_free(e);
		else
			first = e;
	}
	return first;
}
