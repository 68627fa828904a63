// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as the stored state of a series: refused, or printed again as the same state.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "timing/evaluate/alert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_SERIES_STATE struct series_state first = {0}, second = {0};
	CLEANUP_ERROR struct error *e = series_state_parse((const char *)data, size, &first);
	if (e)
		return 0;
	CLEANUP_BUFFER struct buffer a = {0}, b = {0};
	series_state_print(&first, &a);
	CLEANUP_ERROR struct error *again = series_state_parse(a.data, a.len, &second);
	if (again)
		abort();
	series_state_print(&second, &b);
	if (strcmp(buffer_str(&a), buffer_str(&b)) != 0)
		abort();
	return 0;
}
