// SPDX-License-Identifier: GPL-2.0-or-later
// What KCIDB's REST service answers, as measured on kcidb-restd-rs: pure, bytes in, outcome out.
#ifndef RESULTS_KCIDB_ANSWER_H
#define RESULTS_KCIDB_ANSWER_H

#include <stdbool.h>

#include "base/http.h"
#include "results/publish/destination.h"

// The answer to POST /submit. 200 with an id is SEND_ACCEPTED when `confirm`, else SEND_DONE.
void kcidb_take_submission(const struct http_response *r, bool confirm, struct send_outcome *out);

// The answer to GET /status?id=...: SEND_DONE (processed, or a service that cannot be asked),
// SEND_ACCEPTED (ask again), SEND_PARK (it failed its validation) or SEND_RETRY (send it again).
void kcidb_take_status(const struct http_response *r, struct send_outcome *out);

#endif
