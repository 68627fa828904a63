// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/ending.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/json_text.h"

static const char *const console_names[] = {
    [WATCH_CLOSED] = "closed",  [WATCH_SILENCE] = "silence", [WATCH_DEADLINE] = "deadline",
    [WATCH_DONE] = "power_off", [WATCH_LOST] = "lost",       [WATCH_INTERRUPTED] = "interrupted",
};

static const char *const board_names[] = {
    [BOARD_END_UNKNOWN] = "unknown", [BOARD_END_OFF] = "off",      [BOARD_END_RESET] = "reset",
    [BOARD_END_LOST] = "lost",       [BOARD_END_RUNS] = "running",
};

static const char *const kind_names[] = {
    [ERROR_USAGE] = "usage",       [ERROR_CONFIG] = "config", [ERROR_LAB] = "lab",
    [ERROR_IDENTITY] = "identity", [ERROR_UNMET] = "unmet",   [ERROR_SYSTEM] = "system",
    [ERROR_BUG] = "bug",
};

#define NAMES(table) (table), sizeof(table) / sizeof((table)[0])

void ending_deinit(struct ending *e)
{
	if (!e)
		return;
	error_free(e->trouble);
	error_free(e->off);
	free(e->doubt);
	*e = (struct ending){0};
}

static void set_text(json_t *o, const char *key, const char *text)
{
	if (text && *text)
		json_object_set_new(o, key, json_text(text, strlen(text)));
}

static void set_error(json_t *o, const char *key, const char *kind_key, const struct error *e)
{
	if (!e)
		return;
	set_text(o, key, error_text(e));
	if (kind_key)
		json_object_set_new(o, kind_key, json_string(kind_names[error_kind(e)]));
}

json_t *ending_json(const struct judge_input *input)
{
	const struct watch *w = &input->watch;
	json_t *o = json_pack("{s:s, s:s, s:b, s:f, s:f}", "console", console_names[w->end],
			      "board", board_names[input->end], "interrupted", input->interrupted,
			      "after", w->after_s, "silent", w->silent_s);
	if (w->gap_s > 0)
		json_object_set_new(o, "gap", json_real(w->gap_s));
	set_text(o, "last_line", w->last_line);
	set_text(o, "cause", w->cause);
	set_text(o, "doubt", input->doubt);
	set_error(o, "trouble", "trouble_kind", input->trouble);
	set_error(o, "may_be_on", NULL, input->off);
	return o;
}

static struct error *read_name(const json_t *o, const char *key, const char *const *names,
			       size_t count, unsigned *out)
{
	const char *text = json_string_value(json_object_get(o, key));
	for (unsigned i = 0; text && i < count; i++) {
		if (strcmp(text, names[i]) == 0) {
			*out = i;
			return NULL;
		}
	}
	return error_new(ERROR_CONFIG, "end.%s: \"%s\" is not known", key, text ? text : "");
}

static void copy_text(const json_t *o, const char *key, char *out, size_t size)
{
	const char *text = json_string_value(json_object_get(o, key));
	snprintf(out, size, "%s", text ? text : "");
}

// Once a silence was called a deadline as well, and only the run's length tells one from the other.
static enum watch_end old_deadline(const json_t *run)
{
	double duration = json_number_value(json_object_get(run, "duration"));
	double deadline = json_number_value(json_object_get(run, "deadline"));
	return duration < deadline ? WATCH_SILENCE : WATCH_DEADLINE;
}

static void read_watch(const json_t *run, const json_t *o, enum watch_end end, struct watch *w)
{
	bool old = !json_object_get(o, "after");
	*w = (struct watch){
	    .end = old && end == WATCH_DEADLINE ? old_deadline(run) : end,
	    .after_s = json_number_value(json_object_get(o, "after")),
	    .silent_s = json_number_value(json_object_get(o, "silent")),
	    .gap_s = json_number_value(json_object_get(o, "gap")),
	};
	copy_text(o, "last_line", w->last_line, sizeof(w->last_line));
	copy_text(o, "cause", w->cause, sizeof(w->cause));
}

struct error *ending_read(const json_t *run, struct ending *out)
{
	const json_t *o = json_object_get(run, "end");
	unsigned console = WATCH_CLOSED, board = BOARD_END_UNKNOWN, kind = ERROR_LAB;
	*out = (struct ending){0};
	if (!o)
		return NULL;
	TRY(read_name(o, "console", NAMES(console_names), &console));
	TRY(read_name(o, "board", NAMES(board_names), &board));
	const char *trouble = json_string_value(json_object_get(o, "trouble"));
	const char *off = json_string_value(json_object_get(o, "may_be_on"));
	const char *doubt = json_string_value(json_object_get(o, "doubt"));
	if (trouble)
		TRY(read_name(o, "trouble_kind", NAMES(kind_names), &kind));
	*out = (struct ending){
	    .board = (enum board_end)board,
	    .interrupted = json_is_true(json_object_get(o, "interrupted")),
	    .trouble = trouble ? error_new((enum error_kind)kind, "%s", trouble) : NULL,
	    .off = off ? error_new(ERROR_LAB, "%s", off) : NULL,
	    .doubt = doubt ? memory_strdup(doubt) : NULL,
	};
	read_watch(run, o, (enum watch_end)console, &out->watch);
	return NULL;
}
