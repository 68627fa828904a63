// SPDX-License-Identifier: GPL-2.0-or-later
// Verdicts, exactly as KCIDB I/O v5 defines its statuses: who must act.
#ifndef RUN_VERDICT_H
#define RUN_VERDICT_H

enum verdict {
	VERDICT_PASS,  // the tested code did as it should
	VERDICT_FAIL,  // the tested code's fault
	VERDICT_ERROR, // the test's fault
	VERDICT_MISS,  // the lab's fault
	VERDICT_SKIP,  // does not apply here
	VERDICT_DONE,  // finished, nothing to judge
};

const char *verdict_name(enum verdict v);

#endif
