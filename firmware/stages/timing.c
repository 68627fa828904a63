// SPDX-License-Identifier: GPL-2.0-or-later
// S15: what all this costs on this board.
#include "stages/timing.h"

#include "report/results.h"
#include "stages/firmware.h"

void stage_timing(void)
{
	measure_start();
	timing_canary("start");
	timing_maps();
	timing_splits();
	timing_rights();
	timing_instructions();
	timing_walks();
	timing_break();
	timing_canary("end");
	test_begin(stage_test("mode"), RESULT_INFO,
		   firmware.options.tlbi_twice ? "every TLBI sequence ends in a second TLBI and DSB"
					       : "one TLBI and DSB a sequence");
	test_end();
}
