// SPDX-License-Identifier: GPL-2.0-or-later
// What HTTP power switches want to hear and what their answers mean; pure text in, text out.
#ifndef BOARD_POWER_HTTP_TEMPLATE_H
#define BOARD_POWER_HTTP_TEMPLATE_H

#include "board/power/switching.h"

// Placeholders in paths and bodies: {outlet}, {host}, {user}, {password}; in paths escaped.
struct http_template {
	const char *name;
	const char *method;
	const char *path[3];    // by enum power_action; [POWER_RESET] may be NULL: off, settle, on
	const char *body[3];    // NULL: none
	const char *state_path; // NULL: it cannot be asked
	bool outlet_optional;   // a switch with one outlet needs none
	bool header_auth;       // user and password in a header (else, if at all, in the path)
	// The state in a JSON answer to state_path, for one outlet.
	enum power_state (*state)(const char *body, const char *outlet);
};

#define HTTP_TEMPLATE_NAMES "pdudaemon | tasmota | shelly | shelly2 | netio"
extern const struct http_template http_templates[]; // ends with a zero entry

// Appends what a JSON answer says is wrong: Shelly's `errors` and `overpower`, `error` and `message`
// of others; nothing when it says no such thing.
void http_template_complaint(const char *body, struct buffer *out);

// Whether a request to switch it has the placeholder {`name`}.
bool http_template_uses(const struct http_template *t, const char *name);

#define HTTP_TEMPLATE_VALUES 5 // placeholders, with the list's end

#endif
