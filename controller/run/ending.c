// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/ending.h"

#include <string.h>

#include "run/json_text.h"

static const char *const console_names[] = {
    [DETECT_END_CLOSED] = "closed",
    [DETECT_END_DEADLINE] = "deadline",
    [DETECT_END_POWER_OFF] = "power_off",
    [DETECT_END_INTERRUPTED] = "interrupted",
};

static const char *const board_names[] = {
    [BOARD_END_UNKNOWN] = "unknown",
    [BOARD_END_OFF] = "off",
    [BOARD_END_RESET] = "reset",
    [BOARD_END_LOST] = "lost",
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
	*e = (struct ending){0};
}

json_t *ending_json(const struct judge_input *input, enum detect_end_reason console)
{
	json_t *o = json_pack("{s:s, s:s, s:b}", "console", console_names[console], "board",
			      board_names[input->end], "interrupted", input->interrupted);
	if (!input->trouble)
		return o;
	const char *text = error_text(input->trouble);
	json_object_set_new(o, "trouble", json_text(text, strlen(text)));
	json_object_set_new(o, "trouble_kind", json_string(kind_names[error_kind(input->trouble)]));
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

struct error *ending_read(const json_t *o, struct ending *out)
{
	unsigned console = DETECT_END_CLOSED, board = BOARD_END_UNKNOWN, kind = ERROR_LAB;
	*out = (struct ending){0};
	if (!o)
		return NULL;
	TRY(read_name(o, "console", NAMES(console_names), &console));
	TRY(read_name(o, "board", NAMES(board_names), &board));
	const char *trouble = json_string_value(json_object_get(o, "trouble"));
	if (trouble)
		TRY(read_name(o, "trouble_kind", NAMES(kind_names), &kind));
	*out = (struct ending){
	    .console = (enum detect_end_reason)console,
	    .board = (enum board_end)board,
	    .interrupted = json_is_true(json_object_get(o, "interrupted")),
	    .trouble = trouble ? error_new((enum error_kind)kind, "%s", trouble) : NULL,
	};
	return NULL;
}
