// SPDX-License-Identifier: GPL-2.0-or-later
// The promises of the unattended farm, held over simulated nights (support/simulated_farm.h):
// at most one batch a nominal time, each nominal time on record, one run at a time on a board, none on a
// board that is out of order, each run exactly one verdict, retries bounded and elsewhere, nothing left.
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/simulated_farm.h"

// The program is built twice: as the product is, for all seeds, and under ASan, for a part of them.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PART 20
#endif
#endif
#ifndef PART
#define PART 1
#endif

static struct simulation_options faulty(uint64_t seed)
{
	return (struct simulation_options){
	    .seed = seed,
	    .boards = 2 + (int)(seed % 5),
	    .jobs = 1 + (int)(seed % 4),
	    .days = 1 + (int)(seed % 2),
	    .die = seed % 3 ? 5 : 30,
	    .kill = 20,
	    .busy = seed % 2 ? 50 : 5,
	    .bad_board = 300,
	    .fail = 50,
	    .clock_step = 150,
	    .storm = seed % 7 == 0,
	    .caps = seed % 5 == 0,
	};
}

static void need_kept(const struct simulation_options *o, const struct simulation_result *r)
{
	if (r->broken[0])
		fail_msg("seed %llu, dies at %lld: %s", (unsigned long long)o->seed,
			 (long long)o->die_at, r->broken);
}

static void promises_hold_under_every_kind_of_fault(void **state)
{
	(void)state;
	const char *text = getenv("SIMULATION_SEEDS");
	uint64_t seeds = (text ? strtoull(text, NULL, 10) : 1000) / PART;
	int64_t deaths = 0, retries = 0, checks = 0, steps = 0;
	for (uint64_t seed = 1; seed <= seeds; seed++) {
		const struct simulation_options o = faulty(seed);
		struct simulation_result r;
		simulated_farm_run(&o, &r);
		need_kept(&o, &r);
		deaths += r.deaths;
		retries += r.retries;
		checks += r.checks;
		steps += r.steps;
	}
	// Each of these has shown a mistake: what became known of a board in the same moment counts.
	static const uint64_t once_broken[] = {42406};
	for (size_t i = 0; i < sizeof(once_broken) / sizeof(once_broken[0]); i++) {
		const struct simulation_options o = faulty(once_broken[i]);
		struct simulation_result r;
		simulated_farm_run(&o, &r);
		need_kept(&o, &r);
	}
	// The faults were there.
	assert_true(deaths > (int64_t)seeds && retries > (int64_t)seeds / 4);
	assert_true(checks > (int64_t)seeds && steps > (int64_t)seeds);
}

// A death at each single thing that the farm does in two nights.
static void no_point_of_death_loses_or_doubles_anything(void **state)
{
	(void)state;
	struct simulation_options o = {
	    .seed = 3, .boards = 3, .jobs = 2, .days = 2, .fail = 100, .bad_board = 500};
	struct simulation_result whole;
	simulated_farm_run(&o, &whole);
	need_kept(&o, &whole);
	assert_true(whole.runs > 20 && whole.things > 100);
	for (o.die_at = 1; o.die_at <= whole.things; o.die_at += PART) {
		struct simulation_result r;
		simulated_farm_run(&o, &r);
		need_kept(&o, &r);
	}
}

static void a_year_of_nights_passes(void **state)
{
	(void)state;
	const struct simulation_options o = {
	    .seed = 11, .boards = 16, .jobs = 4, .days = 365 / PART, .bad_board = 300, .fail = 10};
	struct simulation_result r;
	simulated_farm_run(&o, &r);
	need_kept(&o, &r);
	assert_true(r.runs > o.days * 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(promises_hold_under_every_kind_of_fault),
	    cmocka_unit_test(no_point_of_death_loses_or_doubles_anything),
	    cmocka_unit_test(a_year_of_nights_passes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
