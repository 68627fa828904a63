// SPDX-License-Identifier: GPL-2.0-or-later
// What goes into the machine of a pull lab and what comes out of it (remote/kernelci.h).
#ifndef REMOTE_KERNELCI_EXCHANGE_H
#define REMOTE_KERNELCI_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "remote/kernelci_definition.h"

enum kernelci_output {
	KERNELCI_TO_MAESTRO = 1 << 0,  // PUT of the node and its tests
	KERNELCI_TO_CALLBACK = 1 << 1, // POST to the definition's callback instead, when it has one
};

struct kernelci_platform {
	const char *name;         // theirs
	const char *const *meets; // words of requirements; NULL-terminated, or NULL
};

struct kernelci_options {
	const char *api; // "https://host/latest", without a / at its end
	const char *lab; // our runtime's name there
	const struct kernelci_platform *platforms;
	size_t platforms_count;
	unsigned kinds;   // of tests that are run: bits 1u << KERNELCI_BOOT...
	unsigned outputs; // of enum kernelci_output, at least one
	double poll_s;
	double overlap_s;  // of what is read again at each poll
	double lookback_s; // of the very first poll
	double claim_wait_min_s, claim_wait_max_s;
	double retry_first_s, retry_max_s; // between tries
	double longest_s;                  // that a job may be ours without a result
	size_t most_taken;                 // jobs that are ours at a time; more are left to others
	uint64_t seed;                     // another one for each process
	void (*tell)(void *arg, const char *text); // a line for people; NULL: nobody
	void *tell_arg;
};

// Sets what is usual; api, lab, platforms and seed are the caller's.
void kernelci_options_usual(struct kernelci_options *o);

struct kernelci_time {
	int64_t ns;      // monotonic
	int64_t real_ms; // since 1970
};

enum kernelci_login {
	KERNELCI_NO_LOGIN,
	KERNELCI_BEARER,         // "Authorization: Bearer TOKEN" of the API
	KERNELCI_CALLBACK_TOKEN, // "Authorization: TOKEN" of the callback
};

struct kernelci_request {
	const char *method, *url;
	const char *body; // JSON, or NULL
	enum kernelci_login login;
	double timeout_s;
	size_t answer_limit;
};

struct kernelci_answer {
	long status;      // 0: none came, for `why`
	const char *body; // may be NULL
	size_t len;
	const char *why;
	double retry_after_s; // what the service asked for; NaN: nothing
};

#endif
