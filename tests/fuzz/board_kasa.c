// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes of a plug: read within their bounds, and a whole message is the same however it was cut.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "board/power/kasa_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_BUFFER struct buffer text = {0}, again = {0};
	enum kasa_progress progress = kasa_take(data, size, &text);
	if (progress != KASA_WHOLE) {
		if (text.len)
			abort();
		buffer_append(&text, data, size); // as if it had been unscrambled
	} else if (kasa_take(data, text.len + 3, &again) != KASA_MORE) {
		abort();
	}
	for (int64_t outlet = 0; outlet < 3; outlet++) {
		CLEANUP_FREE char *child = NULL;
		if (kasa_state(buffer_str(&text), outlet, &child) > POWER_STATE_OFF)
			abort();
	}
	CLEANUP_BUFFER struct buffer why = {0};
	kasa_complaint(buffer_str(&text), &why);
	return 0;
}
