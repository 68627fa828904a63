// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as a console: the entries of a trace lie within it, one behind the other, and are what a
// trace's are.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "results/report/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_append(&text, data, size);
	const char *at = buffer_str(&text), *before = at, *end = at + strlen(at);
	for (struct trace_entry e; trace_next(&at, &e); before = at)
		if (e.symbol < before || e.symbol + e.symbol_len >= at || at > end ||
		    e.offset >= e.size || memchr(e.symbol, ' ', e.symbol_len))
			abort();
	return 0;
}
