// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/ending.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

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
    [ERROR_IDENTITY] = "identity", [ERROR_UNMET] = "unmet",   [ERROR_QUARANTINE] = "quarantine",
    [ERROR_SYSTEM] = "system",     [ERROR_BUG] = "bug",
};

#define NAMES(table) (table), sizeof(table) / sizeof((table)[0])

void ending_deinit(struct ending *e)
{
	if (!e)
		return;
	error_free(e->trouble);
	error_free(e->off);
	free(e->doubt);
	free(e->unfit);
	free(e->well);
	*e = (struct ending){0};
}

static const char *filled(const char *text)
{
	return text && *text ? text : NULL;
}

const struct run_end *ending_make(const struct judge_input *input, struct arena *arena)
{
	const struct watch *w = &input->watch;
	struct run_end *end = arena_new(arena, 1, sizeof(*end));
	*end = (struct run_end){
	    .console = console_names[w->end],
	    .board = board_names[input->end],
	    .interrupted = input->interrupted,
	    .after = w->after_s,
	    .silent = w->silent_s,
	    .gap = w->gap_s > 0 ? w->gap_s : NAN,
	    .last_line = filled(w->last_line),
	    .cause = filled(w->cause),
	    .doubt = filled(input->doubt),
	    .unfit = filled(input->unfit),
	    .well = filled(input->well),
	    .trouble = input->trouble ? filled(error_text(input->trouble)) : NULL,
	    .trouble_kind = input->trouble ? kind_names[error_kind(input->trouble)] : NULL,
	    .may_be_on = input->off ? filled(error_text(input->off)) : NULL,
	};
	return end;
}

static struct error *read_name(const char *key, const char *text, const char *const *names,
			       size_t count, unsigned *out)
{
	for (unsigned i = 0; text && i < count; i++) {
		if (strcmp(text, names[i]) == 0) {
			*out = i;
			return NULL;
		}
	}
	return error_new(ERROR_CONFIG, "end.%s: \"%s\" is not known", key, text ? text : "");
}

static void copy_text(const char *text, char *out, size_t size)
{
	snprintf(out, size, "%s", text ? text : "");
}

static double said(double value)
{
	return isfinite(value) ? value : 0;
}

// Once a silence was called a deadline as well, and only the run's length tells one from the other.
static enum watch_end old_deadline(const struct run *run)
{
	return said(run->duration) < said(run->deadline) ? WATCH_SILENCE : WATCH_DEADLINE;
}

static void read_watch(const struct run *run, enum watch_end end, struct watch *w)
{
	const struct run_end *o = run->end;
	bool old = !isfinite(o->after);
	*w = (struct watch){
	    .end = old && end == WATCH_DEADLINE ? old_deadline(run) : end,
	    .after_s = said(o->after),
	    .silent_s = said(o->silent),
	    .gap_s = said(o->gap),
	};
	copy_text(o->last_line, w->last_line, sizeof(w->last_line));
	copy_text(o->cause, w->cause, sizeof(w->cause));
}

struct error *ending_read(const struct run *run, struct ending *out)
{
	const struct run_end *o = run->end;
	unsigned console = WATCH_CLOSED, board = BOARD_END_UNKNOWN, kind = ERROR_LAB;
	*out = (struct ending){0};
	if (!o)
		return NULL;
	TRY(read_name("console", o->console, NAMES(console_names), &console));
	TRY(read_name("board", o->board, NAMES(board_names), &board));
	if (o->trouble)
		TRY(read_name("trouble_kind", o->trouble_kind, NAMES(kind_names), &kind));
	*out = (struct ending){
	    .board = (enum board_end)board,
	    .interrupted = o->interrupted,
	    .trouble = o->trouble ? error_new((enum error_kind)kind, "%s", o->trouble) : NULL,
	    .off = o->may_be_on ? error_new(ERROR_LAB, "%s", o->may_be_on) : NULL,
	    .doubt = o->doubt ? memory_strdup(o->doubt) : NULL,
	    .unfit = o->unfit ? memory_strdup(o->unfit) : NULL,
	    .well = o->well ? memory_strdup(o->well) : NULL,
	};
	read_watch(run, (enum watch_end)console, &out->watch);
	return NULL;
}
