// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/event.h"

#include <math.h>

#define UNKNOWN FIELDS_UNKNOWN

// clang-format off: one member a line
static const struct field event_fields[] = {
    NEED(TEXT, event, event),    MAY(TEXT, event, state),      MAY(TEXT, event, detail),
    COUNT(event, byte, UNKNOWN), COUNT(event, bytes, UNKNOWN), COUNT(event, line, UNKNOWN),
    MAY(TEXT, event, class),     MAY(TEXT, event, sub),        MAY(TEXT, event, func),
    MAY(TEXT, event, title),     HEX(event, sig2, 16),         COUNT(event, severity, UNKNOWN),
    ANSWER(event, fatal),        MAY(TEXT, event, outcome),    COUNT(event, attempt, UNKNOWN),
    MAY(TEXT, event, kind),      MAY(BLOCK, event, text),      MAY(TEXT, event, path),
    MAY(TEXT, event, result),    MAY(STATUS, event, verdict),  MAY(TEXT, event, reason),
    MAY(NUMBER, event, t),
};
// clang-format on

const struct record event_document = RECORD(struct event, event_fields);

struct event event_of(const char *sort)
{
	return (struct event){
	    .event = sort,
	    .byte = UNKNOWN,
	    .bytes = UNKNOWN,
	    .line = UNKNOWN,
	    .severity = UNKNOWN,
	    .fatal = UNKNOWN,
	    .attempt = UNKNOWN,
	    .verdict = STATUS_NONE,
	    .t = NAN,
	};
}

bool event_parse(const char *line, size_t len, struct arena *arena, struct event *out)
{
	*out = (struct event){0};
	CLEANUP_ERROR struct error *e =
	    json_fields_parse("event", line, len, &event_document, arena, out);
	return !e;
}
