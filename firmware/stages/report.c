// SPDX-License-Identifier: GPL-2.0-or-later
// S16: are the books even?
#include "mm/walk.h"
#include "report/clock.h"
#include "report/console.h"
#include "report/record.h"
#include "report/results.h"
#include "report/splat.h"
#include "stages/firmware.h"
#include "stages/inject.h"
#include "stages/measure.h"

// Everything handed out is either given back or a table that a walk finds (I14 has counted those).
static void report_leaks(void)
{
	const struct pages *pages = &firmware.pages;
	unsigned int data = pages->live[OWNER_DATA], scratch = pages->live[OWNER_SCRATCH];
	test_begin(stage_test("leaks"), data || scratch ? RESULT_FAIL : RESULT_PASS,
		   data || scratch ? "pages were taken and not given back" : NULL);
	record_unsigned("data", data);
	record_unsigned("scratch", scratch);
	record_unsigned("linear", pages->live[OWNER_LINEAR]);
	record_unsigned("image", pages->live[OWNER_IMAGE]);
	test_end();
}

static void report_console(void)
{
	uint64_t dropped = console_dropped();
	test_begin(stage_test("console"), dropped ? RESULT_FAIL : RESULT_PASS,
		   dropped ? "the serial port stalled" : NULL);
	record_unsigned("dropped", dropped);
	test_end();
}

void stage_report(void)
{
	measure_single_time("t.boot.total", clock_now());
	report_leaks();
	report_console();
	inject_report();
	struct outcome outcome = policy_outcome(&firmware.options.policy, cpus[0].capable);
	test_begin(stage_test("splats"),
		   splat_count() == outcome.splats ? RESULT_PASS : RESULT_FAIL,
		   splat_count() == outcome.splats ? NULL : "more or fewer splats than expected");
	record_unsigned("splats", splat_count());
	test_end();
}
