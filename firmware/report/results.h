// SPDX-License-Identifier: GPL-2.0-or-later
// Test results: the `test` records and the sums behind the `end` record.
#ifndef FIRMWARE_REPORT_RESULTS_H
#define FIRMWARE_REPORT_RESULTS_H

#include <stdbool.h>
#include <stdint.h>

enum result {
	RESULT_PASS,
	RESULT_FAIL,
	RESULT_SKIP,
	RESULT_XFAIL, // failed as this policy must
	RESULT_XPASS, // should have failed and did not
	RESULT_INFO,
	RESULT_ERROR, // asked for what cannot be done
	RESULT_COUNT,
};

// One `test` record. `why`, NULL for none, may hold blanks.
void test_report(const char *id, enum result result, const char *why);

// The same in pieces: data keys (record.h) go between.
void test_begin(const char *id, enum result result, const char *why);
void test_end(void);

// Pass or fail.
void test_check(const char *id, bool good, const char *why_not);

unsigned int results_count(enum result result);

// What the `end` record says.
enum verdict {
	VERDICT_BY_RESULTS, // fail if any test failed, else pass
	VERDICT_SKIP,       // nothing could be tested on this board
	VERDICT_ERROR,      // the firmware itself failed, or was told what it cannot do
};

void results_end(enum verdict verdict);

#endif
