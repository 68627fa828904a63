// SPDX-License-Identifier: GPL-2.0-or-later
// Whatever a power switch answers, its state is told or unknown.
#include <stdint.h>
#include <stdlib.h>

#include "board/power/http_template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_BUFFER struct buffer body = {0};
	buffer_append(&body, data, size);
	for (const struct http_template *t = http_templates; t->name; t++)
		if (t->state && t->state(buffer_str(&body), "1") > POWER_STATE_OFF)
			abort();
	CLEANUP_BUFFER struct buffer words = {0};
	http_template_complaint(buffer_str(&body), &words);
	return 0;
}
