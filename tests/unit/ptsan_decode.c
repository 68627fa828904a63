// SPDX-License-Identifier: GPL-2.0-or-later
// What the sanitizer reads from registers and instructions: layouts of tables, TLB maintenance,
// descriptors. Values follow the register descriptions of DDI 0487.
#include "unit/unit.h"

#include "core/descriptor.h"
#include "core/tlbi.h"

static void layouts_of_linux(void **state)
{
	(void)state;
	static const struct {
		uint64_t tcr;
		unsigned half;
		uint8_t shift, va_bits;
		int8_t level;
		bool wide;
		unsigned entries;
	} rows[] = {
	    {16 | 16ull << 16 | 2ull << 30, 0, 12, 48, 0, false, 512},
	    {16 | 16ull << 16 | 2ull << 30, 1, 12, 48, 0, false, 512},
	    {25 | 25ull << 16 | 2ull << 30, 1, 12, 39, 1, false, 512},
	    {12 | 12ull << 16 | 2ull << 30 | 1ull << 59, 1, 12, 52, -1, true, 16},
	    {17 | 17ull << 16 | 2ull << 14 | 1ull << 30, 1, 14, 47, 1, false, 2048},
	    {16 | 16ull << 16 | 2ull << 14 | 1ull << 30, 0, 14, 48, 0, false, 2},
	    {22 | 22ull << 16 | 1ull << 14 | 3ull << 30, 1, 16, 42, 2, false, 8192},
	    {12 | 12ull << 16 | 1ull << 14 | 3ull << 30, 1, 16, 52, 1, false, 1024},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct geometry g;
		assert_true(geometry_read(rows[i].tcr, true, rows[i].half, &g));
		assert_int_equal(g.shift, rows[i].shift);
		assert_int_equal(g.va_bits, rows[i].va_bits);
		assert_int_equal(g.start_level, rows[i].level);
		assert_int_equal(g.wide, rows[i].wide);
		assert_int_equal(geometry_entries(&g, g.start_level), rows[i].entries);
	}
}

static void no_walk_starts_where_it_is_switched_off_or_reserved(void **state)
{
	(void)state;
	struct geometry g;
	assert_false(geometry_read(16 | 1ull << 7, true, 0, &g));                // EPD0
	assert_false(geometry_read(16 | 16ull << 16 | 1ull << 23, true, 1, &g)); // EPD1
	assert_false(geometry_read(16 | 3ull << 14, true, 0, &g));               // TG0 reserved
	assert_false(geometry_read(16 | 16ull << 16, true, 1, &g));              // TG1 reserved
	assert_false(geometry_read(16, false, 1, &g));                           // one half only
	assert_false(geometry_read(0, true, 0, &g));                             // 64 bits
	assert_false(geometry_read(63, true, 0, &g));
}

static void output_addresses(void **state)
{
	(void)state;
	struct geometry g4 = {.shift = 12, .va_bits = 48};
	struct geometry wide = {.shift = 12, .va_bits = 52, .start_level = -1, .wide = true};
	struct geometry g64 = {.shift = 16, .va_bits = 52, .start_level = 1};
	assert_int_equal(descriptor_address(&g4, 0x0040000123456713, 3), 0x123456000);
	assert_int_equal(descriptor_address(&g4, 0x0040000123600711, 2), 0x123600000);
	assert_int_equal(descriptor_address(&wide, 0x0003000123456713, 3),
			 0x0003000123456000 | 3ull << 50);
	assert_int_equal(descriptor_address(&g64, 0x000000012345f713, 3), 0x000f000123450000);
}

static struct ptsan_tlbi decode(unsigned op1, unsigned crm, unsigned op2, uint64_t xt)
{
	struct ptsan_tlbi t;
	assert_true(tlbi_decode(op1, 8, crm, op2, xt, false, &t));
	return t;
}

static void one_address(void **state)
{
	(void)state;
	// VAALE1IS of 0xffff800080345000 with the hint "4K, level 3".
	struct ptsan_tlbi t =
	    decode(0, 3, 7, (0xffff800080345000 >> 12 & 0xfffffffffff) | 0x7ull << 44);
	assert_int_equal(t.scope, PTSAN_TLBI_VA);
	assert_int_equal(t.start, 0xffff800080345000);
	assert_int_equal(t.end, 0xffff800080345001);
	assert_int_equal(t.level, 3);
	assert_true(t.last_level && t.any_asid);
	assert_int_equal(t.domain, PTSAN_INNER);
	// VAE1OS of 0x12345000, ASID 0x42, no hint.
	t = decode(0, 1, 1, 0x12345 | 0x42ull << 48);
	assert_int_equal(t.start, 0x12345000);
	assert_int_equal(t.asid, 0x42);
	assert_int_equal(t.level, PTSAN_ANY_LEVEL);
	assert_false(t.last_level || t.any_asid);
	assert_int_equal(t.domain, PTSAN_OUTER);
}

static void a_level_without_a_granule_is_no_hint(void **state)
{
	(void)state;
	assert_int_equal(decode(0, 3, 1, 3ull << 44).level, PTSAN_ANY_LEVEL);
}

static void ranges(void **state)
{
	(void)state;
	// RVAE1IS: 4K, SCALE 1, NUM 2: (2 + 1) * 2^(5 + 1) pages from 0x7f0000400000; level 2.
	uint64_t xt =
	    (0x7f0000400000 >> 12) | 2ull << 37 | 2ull << 39 | 1ull << 44 | 1ull << 46 | 9ull << 48;
	struct ptsan_tlbi t = decode(0, 2, 1, xt);
	assert_int_equal(t.scope, PTSAN_TLBI_VA);
	assert_int_equal(t.start, 0x7f0000400000);
	assert_int_equal(t.end - t.start, 3 * 64 * 4096);
	assert_int_equal(t.level, 2);
	assert_int_equal(t.asid, 9);
	// A kernel address: bit 36 of the base is the sign.
	t = decode(0, 2, 7, (0xffff800080000000 >> 12 & 0x1fffffffff) | 1ull << 46);
	assert_int_equal(t.start, 0xffff800080000000);
	assert_int_equal(t.end - t.start, 2 * 4096);
	// 64K.
	t = decode(0, 2, 7, (0xfffffc0080000000 >> 16 & 0x1fffffffff) | 3ull << 46);
	assert_int_equal(t.start, 0xfffffc0080000000);
	assert_int_equal(t.end - t.start, 2 * 65536);
	// A reserved granule promises nothing.
	assert_int_equal(decode(0, 2, 1, 0).scope, PTSAN_TLBI_NONE);
}

static void ranges_with_wide_addresses_count_in_64k(void **state)
{
	(void)state;
	struct ptsan_tlbi t;
	assert_true(tlbi_decode(0, 8, 2, 1, 0x12345 | 1ull << 46, true, &t));
	assert_int_equal(t.start, 0x123450000);
	assert_int_equal(t.end - t.start, 2 * 4096);
}

static void everything_and_asids(void **state)
{
	(void)state;
	assert_int_equal(decode(0, 7, 0, 0).scope, PTSAN_TLBI_ALL);
	assert_int_equal(decode(0, 7, 0, 0).domain, PTSAN_LOCAL);
	assert_int_equal(decode(0, 3, 2, 5ull << 48).scope, PTSAN_TLBI_ASID);
	assert_int_equal(decode(0, 3, 2, 5ull << 48).asid, 5);
	assert_int_equal(decode(4, 3, 0, 0).regime, PTSAN_EL2);
	assert_int_equal(decode(4, 3, 4, 0).regime, PTSAN_EL10);     // ALLE1IS
	assert_int_equal(decode(4, 0, 1, 0).scope, PTSAN_TLBI_NONE); // IPAS2E1IS
	struct ptsan_tlbi t;
	assert_true(tlbi_decode(0, 9, 3, 0, 0, false, &t)); // VMALLE1ISNXS
	assert_true(t.no_xs);
	assert_false(tlbi_decode(0, 7, 8, 0, 0, false, &t)); // AT S1E1R
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(layouts_of_linux),
	    cmocka_unit_test(no_walk_starts_where_it_is_switched_off_or_reserved),
	    cmocka_unit_test(output_addresses),
	    cmocka_unit_test(one_address),
	    cmocka_unit_test(a_level_without_a_granule_is_no_hint),
	    cmocka_unit_test(ranges),
	    cmocka_unit_test(ranges_with_wide_addresses_count_in_64k),
	    cmocka_unit_test(everything_and_asids),
	};
	return cmocka_run_group_tests_name("ptsan_decode", tests, NULL, NULL);
}
