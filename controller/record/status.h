// SPDX-License-Identifier: GPL-2.0-or-later
// KCIDB's status of a test, which is also the verdict of a run: it says who must act.
#ifndef RECORD_STATUS_H
#define RECORD_STATUS_H

#include <stdbool.h>

// In KCIDB's order of importance, worst first (kcidb-io v5, schema of `status`).
enum status {
	STATUS_FAIL,  // the tested code is at fault
	STATUS_ERROR, // the test itself broke
	STATUS_MISS,  // the lab (harness) could not run it
	STATUS_PASS,
	STATUS_DONE, // carried out, no verdict
	STATUS_SKIP, // not applicable here
	STATUS_NONE, // absent
};
#define STATUS_COUNT STATUS_NONE

const char *status_name(enum status s);             // "FAIL"...; "" for STATUS_NONE
bool status_parse(const char *s, enum status *out); // exact upper-case names only

// The more important of the two.
static inline enum status status_worse(enum status a, enum status b)
{
	return a < b ? a : b;
}

// Somebody has to act: FAIL, ERROR or MISS.
static inline bool status_is_trouble(enum status s)
{
	return s <= STATUS_MISS;
}

#endif
