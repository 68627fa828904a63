// SPDX-License-Identifier: GPL-2.0-or-later
// Sets of ranges against a bitmap.
#include "unit/unit.h"

#include "mm/ranges.h"

#define UNITS 200 // few enough that a set always has room

static uint64_t dice_state = 88172645463325252u;

static uint64_t dice(uint64_t below)
{
	dice_state ^= dice_state << 13;
	dice_state ^= dice_state >> 7;
	dice_state ^= dice_state << 17;
	return dice_state % below;
}

static void assert_same(const struct ranges *set, const bool *bit)
{
	uint64_t total = 0;
	unsigned pieces = 0;

	for (unsigned i = 0; i < UNITS; i++) {
		assert_int_equal(ranges_find(set, i) != NULL, bit[i]);
		assert_int_equal(ranges_contain(set, i, i + 1), bit[i]);
		total += bit[i];
		pieces += bit[i] && (i == 0 || !bit[i - 1]);
	}
	assert_int_equal(ranges_total(set), total);
	assert_int_equal(set->count, pieces); // sorted, apart, as few as possible
	for (unsigned i = 1; i < set->count; i++)
		assert_true(set->range[i - 1].end < set->range[i].start);
}

static void adding_and_removing_is_setting_and_clearing_bits(void **state)
{
	struct ranges set = {0};
	bool bit[UNITS] = {false};
	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		uint64_t start = dice(UNITS);
		uint64_t end = start + dice(dice(4) ? 8 : UNITS - start + 1);
		bool add = dice(2);
		if (end > UNITS)
			end = UNITS;
		assert_true(add ? ranges_add(&set, start, end) : ranges_remove(&set, start, end));
		for (uint64_t i = start; i < end; i++)
			bit[i] = add;
		assert_same(&set, bit);
	}
}

static void taking_gives_the_lowest_or_highest_aligned_place(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 5000; round++) {
		struct ranges set = {0};
		bool bit[UNITS] = {false};
		for (unsigned i = 0; i < 6; i++) {
			uint64_t start = dice(UNITS - 40);
			uint64_t end = start + dice(40);
			ranges_add(&set, start, end);
			for (uint64_t k = start; k < end; k++)
				bit[k] = true;
		}
		uint64_t size = 1 + dice(24);
		uint64_t alignment = UINT64_C(1) << dice(5);
		bool lowest = dice(2);
		uint64_t expected = UNITS;
		for (uint64_t at = 0; at + size <= UNITS; at += alignment) {
			bool fits = true;
			for (uint64_t k = at; k < at + size; k++)
				fits = fits && bit[k];
			if (fits && (!lowest || expected == UNITS))
				expected = at;
		}
		uint64_t got = UNITS;
		bool found = lowest ? ranges_take_lowest(&set, size, alignment, &got)
				    : ranges_take_highest(&set, size, alignment, &got);
		assert_int_equal(found, expected != UNITS);
		assert_int_equal(got, expected);
		for (uint64_t k = got; found && k < got + size; k++)
			bit[k] = false;
		assert_same(&set, bit);
	}
}

static void rounding_inward_never_adds(void **state)
{
	struct ranges set = {0};
	(void)state;
	ranges_add(&set, 0x1001, 0x3fff);             // -> 2000..3000
	ranges_add(&set, 0x5001, 0x5fff);             // -> nothing
	ranges_add(&set, 0x8000, 0xa000);             // stays
	ranges_add(&set, UINT64_MAX - 5, UINT64_MAX); // would wrap
	ranges_round_inward(&set, 0x1000);
	assert_int_equal(set.count, 2);
	assert_int_equal(set.range[0].start, 0x2000);
	assert_int_equal(set.range[0].end, 0x3000);
	assert_int_equal(set.range[1].start, 0x8000);
	assert_int_equal(set.range[1].end, 0xa000);
}

static void a_full_set_refuses_and_stays_as_it_is(void **state)
{
	struct ranges set = {0};
	(void)state;
	for (uint64_t i = 0; i < RANGES_MAX; i++)
		assert_true(ranges_add(&set, 10 * i, 10 * i + 5));
	struct ranges before = set;
	assert_false(ranges_add(&set, 10 * RANGES_MAX, 10 * RANGES_MAX + 1));
	assert_false(ranges_remove(&set, 1, 2));
	assert_memory_equal(&set, &before, sizeof(set));
	assert_true(ranges_add(&set, 5, 10)); // joins two
	assert_int_equal(set.count, RANGES_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(adding_and_removing_is_setting_and_clearing_bits),
	    cmocka_unit_test(taking_gives_the_lowest_or_highest_aligned_place),
	    cmocka_unit_test(rounding_inward_never_adds),
	    cmocka_unit_test(a_full_set_refuses_and_stays_as_it_is),
	};
	return cmocka_run_group_tests_name("firmware/mm/ranges", tests, NULL, NULL);
}
