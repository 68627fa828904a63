// SPDX-License-Identifier: GPL-2.0-or-later
// Any answer of a relay or a power program: read within its bounds, and a channel's state does not
// change by what comes behind its line.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "board/power/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 16);
	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	bool on;
	answer_program_state(text, &on);
	for (int channel = 1; channel <= 8; channel++) {
		bool closed, later;
		if (!answer_relay_channel(text, channel, &closed))
			continue;
		strcpy(text + strlen(text), "\r\nCH1:ON\r\n");
		if (!answer_relay_channel(text, channel, &later) || later != closed)
			abort();
		memcpy(text, data, size);
		text[size] = '\0';
	}
	free(text);
	return 0;
}
