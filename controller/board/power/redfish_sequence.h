// SPDX-License-Identifier: GPL-2.0-or-later
// The requests that switch a server by Redfish (DMTF DSP0266, action ComputerSystem.Reset), and what
// their answers mean. Pure: answers and time in, requests and a verdict out.
//
// Controllers start, restart and forget. So what is temporary (no answer, 5xx, 429, 409, a state
// that is null or missing) is asked again within `confirm`, as late as Retry-After wants; "off" is
// sent also when the state cannot be read; a refusal counts only when the state does not become
// right; a session that the controller forgot is opened anew. Redirects, and the paths that answers
// name, are followed on the server that the board's file names, never to another one: requests
// carry its password.
#ifndef BOARD_POWER_REDFISH_SEQUENCE_H
#define BOARD_POWER_REDFISH_SEQUENCE_H

#include "base/buffer.h"
#include "board/driver.h"

// Strings are borrowed.
struct redfish_setup {
	const char *url; // http://HOST or https://HOST, without a "/" at its end
	const char
	    *system; // path of the ComputerSystem; NULL: /redfish/v1/Systems/1, or the only one
	const char *user;
	const char *password;
	bool session; // log in for a session; services without sessions get basic authentication
	bool basic;   // basic authentication from the start
	bool ask;     // only for its state, which is in `state` then; no action
	const char
	    *types[3]; // ResetType by enum power_action; NULL: the first of ours that it allows
	int64_t confirm_ns; // how long a controller may be silent, and how long a change may take
	int64_t tries;      // how often it may refuse
};

struct redfish_request {
	const char *method;
	char *url;   // owned by the sequence
	char *body;  // owned; NULL = none
	char *token; // header "X-Auth-Token: ...", owned; NULL = none
	bool basic;  // with user and password
};

struct redfish_answer {
	long status;         // 0: no answer
	const char *trouble; // why there is none
	const char *body;
	size_t body_len;
	const char *location; // header, or NULL
	const char *token;    // header X-Auth-Token, or NULL
	double retry_after_s; // NaN: it does not say
};

enum redfish_step { REDFISH_REQUEST, REDFISH_PAUSE, REDFISH_DONE, REDFISH_FAILED };
enum redfish_phase { REDFISH_LOGIN, REDFISH_READ, REDFISH_FIND, REDFISH_ACT, REDFISH_LOGOUT };

struct redfish {
	struct redfish_setup setup;
	enum power_action action;
	struct redfish_request request; // valid at REDFISH_REQUEST
	int64_t wake_ns;                // at REDFISH_PAUSE: when to go on
	struct buffer why;              // at REDFISH_FAILED: the reason

	// inside
	enum redfish_phase phase;
	bool over, failed;
	bool basic; // no session, or none to be had
	char *base; // server that is asked
	char *system, *target;
	char *token, *session; // of the session; its path
	char *path;            // a redirect's; NULL = the phase's own
	struct buffer
	    allowed; // ResetTypes that the system allows, " " around each; empty: not told
	struct buffer refusal; // what it said when it refused
	bool reads;            // the last answer held a state
	bool accepted;         // a reset was accepted, or is said to be needless
	unsigned accepts, refused, hops, logins;
	int64_t begin_ns, deadline_ns;
	int64_t resend_ns; // before that no reset is sent again
	const char
	    *state; // as it was told last: "On", "Off", "PoweringOn", "PoweringOff", "Paused"
};

// Starts; `setup`'s strings are borrowed until redfish_deinit.
void redfish_init(struct redfish *r, const struct redfish_setup *setup, enum power_action action,
		  int64_t now_ns);
// Safe on NULL and twice.
void redfish_deinit(struct redfish *r);
#define CLEANUP_REDFISH CLEANUP(redfish_deinit)

// What to do now.
enum redfish_step redfish_next(struct redfish *r, int64_t now_ns);
// The answer to the request.
void redfish_take(struct redfish *r, const struct redfish_answer *a, int64_t now_ns);

// What an answer's body says is wrong, as one line appended to *out: the message of
// error.@Message.ExtendedInfo[0], else error.message, else the text itself, at most 200 characters.
void redfish_message(const char *body, size_t len, struct buffer *out);

// Where a Location or a path of an answer leads, from `base`: *to_base and *to_path are the caller's
// to free. False when that is another server, which is not asked; https instead of http is the same.
bool redfish_resolve(const char *base, const char *location, char **to_base, char **to_path);

// The ResetType that is sent when the board's file names none and the system does not tell.
const char *redfish_reset_type(enum power_action action);

#endif
