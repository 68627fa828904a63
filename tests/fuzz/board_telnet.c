// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes decode without growth, and the same at once as one by one.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "board/console/telnet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct telnet whole, single;
	telnet_init(&whole);
	telnet_init(&single);
	CLEANUP_BUFFER struct buffer bytes = {0};
	CLEANUP_BUFFER struct buffer reply = {0};
	CLEANUP_BUFFER struct buffer other = {0};
	buffer_append(&bytes, data, size);
	if (!size)
		return 0;
	size_t kept = telnet_decode(&whole, bytes.data, size, &reply);
	size_t at = 0;
	for (size_t i = 0; i < size; i++) {
		char c = (char)data[i];
		if (telnet_decode(&single, &c, 1, &other) && (at >= kept || bytes.data[at++] != c))
			abort();
	}
	if (at != kept || reply.len != other.len || reply.len > 2 * size ||
	    memcmp(buffer_str(&reply), buffer_str(&other), reply.len) != 0)
		abort();
	return 0;
}
