// SPDX-License-Identifier: GPL-2.0-or-later
// Nights without any change, of every kind of noise. Apart from timing_evaluate.c, since it takes long.
#include "unit/unit.h"

#include "timing/evaluate/simulate.h"

// A sample that runs in a minute under a sanitizer; tests/bench/timing_power.c measures the rates.
static void nights_without_change_raise_next_to_nothing(void **state)
{
	(void)state;
	static const size_t most[NOISE_KINDS] = {[NOISE_T3] = 1,
						 [NOISE_AR5] = 1,
						 [NOISE_AR8] = 5,
						 [NOISE_SPIKES] = 1,
						 [NOISE_BIMODAL] = 1};
	struct timing_params p = timing_params_default();
	for (unsigned k = 0; k < NOISE_KINDS; k++) {
		struct simulation s = {
		    .kind = (enum noise_kind)k, .series = 8, .points = 150, .seed = 99};
		struct simulation_result r = simulate(&s, &p);
		if (r.pending > most[k])
			fail_msg("%s: %zu alerts in 1,200 nights", noise_kind_name(s.kind),
				 r.pending);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nights_without_change_raise_next_to_nothing),
	};
	return cmocka_run_group_tests_name("timing/quiet", tests, NULL, NULL);
}
