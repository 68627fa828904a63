// SPDX-License-Identifier: GPL-2.0-or-later
// What power drivers of real switches have in common: tries, state read back, settle times, and
// HTTP requests and commands that leave the console attended.
#ifndef BOARD_POWER_SWITCHING_H
#define BOARD_POWER_SWITCHING_H

#include "base/command.h"
#include "base/http.h"
#include "board/driver.h"

// The state of such a driver begins with it.
struct switching {
	const struct switching_ops *ops; // set by the driver's `init`
	double settle;                   // seconds that the board stays off in a power cycle
	double confirm;                  // seconds in which the state read back must become right
	double timeout;                  // seconds of one request or command
	int64_t tries;
};

// The keys of the member `m` (a struct switching) of the state `s`. `confirm_s` and `timeout_s` are
// presets, as texts.
#define SWITCHING_KEYS(s, m, confirm_s, timeout_s)                                  \
	{"settle", KEY_SECONDS(s, m.settle, 0, 600), .preset = "2",                 \
	 .help = "how long the board stays off in a power cycle"},                  \
	    {"confirm", KEY_SECONDS(s, m.confirm, 0, 600), .preset = (confirm_s),   \
	     .help = "in which the state read back must be right"},                 \
	    {"timeout", KEY_SECONDS(s, m.timeout, 0.1, 600), .preset = (timeout_s), \
	     .help = "of one request or command"},                                  \
	{                                                                           \
		"tries", KEY_NUMBER(s, m.tries, 1, 10),                             \
		    .preset = "3", .help = "before the switch counts as broken"     \
	}

// How one driver does it. `state` may be NULL: the switch cannot be asked.
struct switching_ops {
	struct error *(*act)(void *driver, struct board_place *place,
			     enum power_action action)ERROR_RESULT;
	struct error *(*state)(void *driver, struct board_place *place,
			       enum power_state *state)ERROR_RESULT;
	// Appends what the switch complains of itself, by its last state; nothing when it does not.
	// Nullable.
	void (*complaint)(const void *driver, struct buffer *out);
	// Appends, a line each, what is done for POWER_ON or POWER_OFF; secrets are masked.
	void (*describe)(const void *driver, enum power_action action, struct buffer *out);
};

// `on`, `off`, `probe`, `settle` and `describe` of a power driver whose state begins with a struct switching.
struct error *switching_on(void *state, struct board_place *place) ERROR_RESULT;
struct error *switching_off(void *state, struct board_place *place) ERROR_RESULT;
struct error *switching_probe(void *state, struct board_place *place,
			      enum power_state *is) ERROR_RESULT;
double switching_settle_s(const void *state);
void switching_describe(const void *state, enum power_action action, struct buffer *out);

// Acts until the switch, if it can be asked, says what was wanted.
struct error *switching_do(void *state, struct board_place *place,
			   enum power_action action) ERROR_RESULT;

// Stays off for as long as the board needs.
struct error *switching_settle(const struct switching *s, struct board_place *place) ERROR_RESULT;

// "on", "off" or "reset".
const char *power_action_name(enum power_action action);

// Performs a request, with the console attended; any status of 300 and above is an error.
struct error *switching_http(const struct http_request *r, struct board_place *place,
			     struct http_response *out) ERROR_RESULT;

// Runs a command to its end, with the console attended. What it says, without the values of its
// `environment`, goes to RUN_DIR/commands.log (256 KiB of one command, 4 MiB of all), its head and tail
// (32 KiB each) to *said. An exit code but 0, or no end in time, is an error that quotes the line that
// tells most.
struct error *switching_run(const struct command_spec *spec, struct board_place *place,
			    struct buffer *said) ERROR_RESULT;

// How what is below waits while the console is attended.
struct wait switching_wait(const struct board_place *place);

// Appends the words of a command, quoted where a shell would need it.
void switching_describe_command(const char *const *argv, struct buffer *out);

#endif
