// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/status.h"

#include <string.h>

static const char *const names[] = {
    [STATUS_FAIL] = "FAIL", [STATUS_ERROR] = "ERROR", [STATUS_MISS] = "MISS",
    [STATUS_PASS] = "PASS", [STATUS_DONE] = "DONE",   [STATUS_SKIP] = "SKIP",
    [STATUS_NONE] = "",
};

const char *status_name(enum status s)
{
	return names[s];
}

bool status_parse(const char *s, enum status *out)
{
	for (int i = 0; i < STATUS_COUNT; i++)
		if (strcmp(names[i], s) == 0) {
			*out = (enum status)i;
			return true;
		}
	return false;
}
