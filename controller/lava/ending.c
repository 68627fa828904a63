// SPDX-License-Identifier: GPL-2.0-or-later
#include "lava/ending.h"

#include <stdlib.h>

#include "base/memory.h"

static const struct {
	const char *name;
	enum lava_error error;
} errors[] = {
    {"", LAVA_ERROR_NONE},
    {"Infrastructure", LAVA_ERROR_INFRASTRUCTURE},
    {"Job", LAVA_ERROR_JOB},
    {"Test", LAVA_ERROR_TEST},
    {"Canceled", LAVA_ERROR_CANCELED},
    {"Configuration", LAVA_ERROR_CONFIGURATION},
    {"Bug", LAVA_ERROR_BUG},
    {"LAVATimeout", LAVA_ERROR_TIMEOUT},
    {"MultinodeTimeout", LAVA_ERROR_TIMEOUT},
    {"unknown", LAVA_ERROR_UNKNOWN},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const char *lava_error_name(enum lava_error error)
{
	for (size_t i = 0; i < COUNT(errors); i++)
		if (errors[i].error == error)
			return errors[i].name;
	return "unknown";
}

enum lava_error lava_error_parse(struct lava_text name)
{
	for (size_t i = 1; i < COUNT(errors); i++)
		if (lava_text_is(name, errors[i].name))
			return errors[i].error;
	return LAVA_ERROR_UNKNOWN;
}

void lava_ending_deinit(struct lava_ending *e)
{
	free(e->message);
	free(e->step);
	free(e->level);
	free(e->stray);
	*e = (struct lava_ending){0};
}

static void set(char **to, struct lava_text text)
{
	free(*to);
	*to = text.ptr && text.len > 0 ? memory_strndup(text.ptr, text.len) : NULL;
}

static void take_job(struct lava_ending *e, const struct lava_results *r)
{
	e->ended = true;
	bool failed = !lava_text_is(r->result, "pass");
	e->error = failed ? lava_error_parse(r->error_type) : LAVA_ERROR_NONE;
	set(&e->message, r->error_message);
}

void lava_ending_take(struct lava_ending *e, const struct lava_record *record)
{
	if (record->level == LAVA_STRAY)
		set(&e->stray, record->message);
	const struct lava_results *r = record->results;
	if (!r || !lava_text_is(r->definition, "lava"))
		return;
	if (lava_text_is(r->name, "job")) {
		take_job(e, r);
	} else if (!e->step && lava_text_is(r->result, "fail")) {
		set(&e->step, r->name);
		set(&e->level, r->level);
	}
}
