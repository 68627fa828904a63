// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as an answer of the REST service: an outcome with a reason, and only an id that can
// stand in a URL is kept. The first byte chooses the HTTP status.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "results/publish/kcidb_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const long statuses[] = {200, 200, 200, 401, 404, 405, 413, 429, 500, 502, 301, 0};
	if (size == 0)
		return 0;
	struct http_response r = {
	    .status = statuses[data[0] % (sizeof(statuses) / sizeof(statuses[0]))],
	    .retry_after_s = NAN,
	};
	buffer_append(&r.body, data + 1, size - 1);
	struct send_outcome o = SEND_OUTCOME_NONE;
	kcidb_take_submission(&r, data[0] & 0x80, &o);
	if (o.reason.len == 0 || (o.result == SEND_ACCEPTED) != (o.submission.len > 0) ||
	    (r.status != 200 && o.result <= SEND_ACCEPTED))
		abort();
	kcidb_take_status(&r, &o);
	if (o.reason.len == 0)
		abort();
	send_outcome_deinit(&o);
	http_response_deinit(&r);
	return 0;
}
