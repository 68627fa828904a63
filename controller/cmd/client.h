// SPDX-License-Identifier: GPL-2.0-or-later
// Commands that ask the daemon.
#ifndef CMD_CLIENT_H
#define CMD_CLIENT_H

#include <jansson.h>

#include "base/buffer.h"
#include "base/error.h"

// A connection to the daemon of a results directory.
struct client {
	int fd; // -1: no daemon runs
	struct buffer rest;
};

void client_deinit(struct client *c);
#define CLEANUP_CLIENT CLEANUP(client_deinit)

// `farm` names the lab's settings, which may name the socket (`control:`); NULL: the usual ones. No daemon
// is no error.
struct error *client_open(const char *results, const char *farm, struct client *out) ERROR_RESULT;
// As client_open; no daemon is an ERROR_LAB.
struct error *client_need(const char *results, const char *farm, struct client *out) ERROR_RESULT;

// Sends `request` (taken over) and waits for the answer, which is the caller's. What the daemon refuses is
// an error with its words.
struct error *client_ask(struct client *c, json_t *request, json_t **answer) ERROR_RESULT;
// The next news of what is followed; NULL: the daemon is gone.
struct error *client_listen(struct client *c, json_t **news) ERROR_RESULT;

// Members of an answer; "" and 0 where there is none.
const char *client_text(const json_t *o, const char *member);
int64_t client_number(const json_t *o, const char *member);

// "2h 5min", of seconds; "2026-12-01 02:30" in the time zone of whoever reads. The caller frees.
char *client_duration(int64_t seconds);
char *client_clock(int64_t at_s);

#endif
