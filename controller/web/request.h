// SPDX-License-Identifier: GPL-2.0-or-later
// A request's target, taken apart: "/run/ID/log.txt?line=120". Pure; whatever the bytes.
#ifndef WEB_REQUEST_H
#define WEB_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#define WEB_TARGET_MAX     2048 // bytes of path and query
#define WEB_SEGMENTS_MAX   8
#define WEB_PARAMETERS_MAX 16

// In which form a page is wanted.
enum web_form { FORM_HTML, FORM_JSON, FORM_TEXT, FORM_CSV, FORM_COUNT };

struct web_parameter {
	const char *name, *value;
};

// Text is valid UTF-8 without control characters; it lives in the arena.
struct web_request {
	struct arena arena;
	const char *segments[WEB_SEGMENTS_MAX]; // of the path, without the form's suffix
	size_t segments_count;                  // 0: "/"
	struct web_parameter parameters[WEB_PARAMETERS_MAX];
	size_t parameters_count;
	enum web_form form;
};

void web_request_deinit(struct web_request *r);
#define CLEANUP_WEB_REQUEST CLEANUP(web_request_deinit)

// Takes a target apart. The form is the suffix's (.html, .json, .txt, .csv), else what `accept` (the
// header, or NULL) names first, else HTML. Returns 0, or the HTTP status that it is refused with: 400
// (no path, a bad escape, control characters, an empty, "." or ".." segment) or 414 (too long, too many).
// `out` is to be released in either case.
unsigned web_request_parse(const char *target, const char *accept, struct web_request *out);

// A parameter's value; `absent` when it is not there. The first of several counts.
const char *web_parameter(const struct web_request *r, const char *name, const char *absent);
// The same as a whole number from `min` to `max`; `absent` also for what is none.
int64_t web_parameter_number(const struct web_request *r, const char *name, int64_t min,
			     int64_t max, int64_t absent);

// "json" of FORM_JSON, for suffixes.
const char *web_form_suffix(enum web_form f);
// "text/html; charset=utf-8".
const char *web_form_type(enum web_form f);

#endif
