// SPDX-License-Identifier: GPL-2.0-or-later
// Any text as a schedule: refused with a column of it, or nominal times that rise and words for it.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "calendar/calendar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_BUFFER struct buffer text = {0}, words = {0};
	buffer_append(&text, data, size);
	CLEANUP_ZONE struct zone *utc = zone_new_utc();
	CLEANUP_CALENDAR struct calendar *c = NULL;
	size_t column = 0;
	CLEANUP_ERROR struct error *e = calendar_parse_at(buffer_str(&text), utc, &column, &c);
	if (e) {
		if (column < 1 || column > strlen(buffer_str(&text)) + 1 ||
		    !strstr(error_text(e), "expected") || c)
			abort();
		return 0;
	}
	calendar_describe(c, &words);
	if (!words.len)
		abort();
	int64_t at = 1790000000;
	for (size_t i = 0; i < 20; i++) {
		int64_t next = calendar_next(c, at);
		if (next <= at || next == INT64_MAX || next % 60)
			abort();
		at = next;
	}
	return 0;
}
