// SPDX-License-Identifier: GPL-2.0-or-later
// One line of what lava-run writes -> a record.
#ifndef LAVA_RECORD_H
#define LAVA_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

// Bytes that are valid during the callback only, not NUL terminated, may hold NULs. ptr NULL: absent.
struct lava_text {
	const char *ptr;
	size_t len;
};

bool lava_text_is(struct lava_text text, const char *word);

enum lava_level {
	LAVA_TARGET,   // a line of the console
	LAVA_FEEDBACK, // a line of the console that came while LAVA was at something else
	LAVA_INPUT,    // what LAVA typed
	LAVA_RESULTS,  // `results` is set
	LAVA_DEBUG,
	LAVA_INFO,
	LAVA_WARNING,
	LAVA_ERROR,
	LAVA_EXCEPTION, // an error's text, or a traceback
	LAVA_EVENT,
	LAVA_OTHER, // a level that is not known
	LAVA_STRAY, // no record: a line that something else wrote, in `message`
};

// A result of a test, or of a step of LAVA's own (definition "lava"). `definition`, `name` and `result`
// (pass, fail, skip, unknown) are there unless the record was too long for LAVA.
struct lava_results {
	struct lava_text definition, name, result;
	struct lava_text level;      // of the step: "2.1"
	struct lava_text name_space; // of the connection
	struct lava_text set;        // group of tests
	struct lava_text measurement, units;
	struct lava_text duration; // seconds
	struct lava_text error_type, error_message;
	struct lava_text reference;
};

struct lava_record {
	enum lava_level level;
	struct lava_text when;    // "2026-11-22T15:52:06.835490[+00:00]", UTC: when LAVA wrote it
	struct lava_text message; // items of a list joined by "\n"; RESULTS: absent
	struct lava_text name_space; // FEEDBACK: of the connection, when it was told
	const struct lava_results *results;
	bool too_long; // LAVA kept nothing of it
};

// What a record's views point into; used again from line to line.
struct lava_record_room {
	struct buffer text; // owned
	struct lava_results results;
};

// Reads a line without its line end. What is no record becomes LAVA_STRAY with the line as message.
void lava_record_parse(const char *line, size_t len, struct lava_record_room *room,
		       struct lava_record *out);

#endif
