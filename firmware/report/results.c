// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/results.h"

#include "report/clock.h"
#include "report/format.h"
#include "report/record.h"
#include "report/splat.h"

static unsigned int counts[RESULT_COUNT];

static const char *result_name(enum result result)
{
	static const char names[RESULT_COUNT][8] = {"pass",  "fail", "skip", "xfail",
						    "xpass", "info", "error"};
	return names[result];
}

void test_begin(const char *id, enum result result, const char *why)
{
	counts[result]++;
	record_begin("test");
	record_text("id", id);
	record_text("r", result_name(result));
	if (why)
		record_text("why", why);
}

void test_end(void)
{
	record_end();
}

void test_report(const char *id, enum result result, const char *why)
{
	test_begin(id, result, why);
	test_end();
}

void test_check(const char *id, bool good, const char *why_not)
{
	test_report(id, good ? RESULT_PASS : RESULT_FAIL, good ? NULL : why_not);
}

unsigned int results_count(enum result result)
{
	return counts[result];
}

static const char *verdict_name(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_SKIP:
		return "skip";
	case VERDICT_ERROR:
		return "error";
	case VERDICT_BY_RESULTS:
		break;
	}
	return counts[RESULT_FAIL] || counts[RESULT_XPASS] ? "fail" : "pass";
}

void results_end(enum verdict verdict)
{
	char crc[9];
	format(crc, sizeof(crc), "%08x", record_crc());
	record_begin("end");
	record_text("r", verdict_name(verdict));
	record_unsigned("pass", counts[RESULT_PASS]);
	record_unsigned("fail", counts[RESULT_FAIL] + counts[RESULT_XPASS]);
	record_unsigned("skip", counts[RESULT_SKIP]);
	record_unsigned("xfail", counts[RESULT_XFAIL]);
	record_unsigned("splats", splat_count());
	record_unsigned("t", clock_ticks());
	record_text("crc", crc);
	record_end();
}
