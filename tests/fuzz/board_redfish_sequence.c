// SPDX-License-Identifier: GPL-2.0-or-later
// Whatever a controller answers, the sequence ends in bounded time, and asks nobody else.
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "board/power/redfish_sequence.h"

#define BASE "http://bmc.lab"

// An answer: a status as two bytes, a byte of flags, then location, token and body up to a NUL each.
static const char *take_text(const uint8_t **data, size_t *size, size_t *len)
{
	const uint8_t *start = *data;
	const uint8_t *end = memchr(start, 0, *size);
	*len = end ? (size_t)(end - start) : 0;
	size_t used = end ? *len + 1 : *size;
	*data += used;
	*size -= used;
	return end ? (const char *)start : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct redfish_setup setup = {.url = BASE,
					    .user = "u",
					    .password = "p",
					    .basic = size & 1,
					    .confirm_ns = 60 * NS_PER_S,
					    .tries = 3};
	CLEANUP_REDFISH struct redfish r;
	int64_t now = 0;
	redfish_init(&r, &setup, size % 3, now);
	for (;;) {
		enum redfish_step step = redfish_next(&r, now);
		if (step == REDFISH_DONE || step == REDFISH_FAILED)
			break;
		if (now > 1000 * NS_PER_S)
			abort();
		if (step == REDFISH_PAUSE) {
			now = r.wake_ns;
			continue;
		}
		if (strncmp(r.request.url, BASE "/", strlen(BASE) + 1) != 0 &&
		    strncmp(r.request.url, "https://", 8) != 0 &&
		    strncasecmp(r.request.url, BASE, strlen(BASE)) != 0)
			abort();
		struct redfish_answer a = {.body = "", .retry_after_s = NAN};
		if (size > 3) {
			static const long statuses[] = {200, 201, 204, 301, 308, 400,
							401, 404, 409, 429, 500, 503};
			a.status = statuses[data[0] % 12];
			a.retry_after_s = data[1] & 1 ? (double)data[2] : NAN;
			data += 3, size -= 3;
			size_t len;
			a.location = take_text(&data, &size, &len);
			a.token = take_text(&data, &size, &len);
			a.body = take_text(&data, &size, &a.body_len);
			a.body = a.body ? a.body : "";
		}
		redfish_take(&r, &a, now);
		now += NS_PER_MS * 10;
	}
	return 0;
}
