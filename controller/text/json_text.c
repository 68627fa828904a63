// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/json_text.h"

#include <stdint.h>

#include "text/utf8.h"

json_t *json_text(const char *bytes, size_t len)
{
	CLEANUP_BUFFER struct buffer clean = {0};
	utf8_clean(bytes, len, SIZE_MAX, &clean);
	return json_stringn(buffer_str(&clean), clean.len);
}
