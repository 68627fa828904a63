// SPDX-License-Identifier: GPL-2.0-or-later
// The rules of the page-table sanitizer for sizes and tables: splits, merges, and table pages.
#include "unit/ptsan_rules.h"

// ---- sizes --------------------------------------------------------------------------------------

// A last-level table that translates as the block at index 1 of K2 does, but for `other` at entry 5.
static void lay_split(uint64_t other)
{
	for (unsigned i = 0; i < 512; i++)
		machine_poke(&m, entry(SPARE3, i),
			     (0x80000000 + 4096ull * i) | KERNEL_DATA | PAGE_LEAF);
	machine_poke(&m, entry(SPARE3, 5),
		     (0x80000000 + 4096ull * 5) | KERNEL_DATA | PAGE_LEAF | other);
}

static void a_live_split_wants_level_2(void **state)
{
	(void)state;
	for (unsigned level = 0; level < 4; level++) {
		begin(&m, LEVEL(level));
		lay_split(0);
		machine_store(&m, 0, entry(K2, 1), page(SPARE3) | TABLE);
		machine_dsb(&m, 0);
		machine_isb(&m, 0);
		machine_return(&m, 0);
		assert_int_equal(m.count, level < 2);
		if (m.count)
			assert_int_equal(m.findings[0].kind, PTSAN_BLOCK_TO_TABLE_LIVE);
		machine_deinit(&m);
	}
}

static void a_live_merge_wants_level_2(void **state)
{
	(void)state;
	for (unsigned level = 0; level < 4; level++) {
		begin(&m, LEVEL(level));
		lay_split(0);
		machine_store(&m, 0, entry(K2, 2), page(SPARE3) | TABLE);
		machine_dsb(&m, 0);
		machine_isb(&m, 0);
		machine_store(&m, 0, entry(K2, 2), 0x80000000 | KERNEL_DATA | DESCRIPTOR_VALID);
		assert_int_equal(m.count, level < 2);
		if (m.count)
			assert_int_equal(m.findings[0].kind, PTSAN_TABLE_TO_BLOCK_LIVE);
		machine_deinit(&m);
	}
}

static void a_split_that_changes_more_than_the_size(void **state)
{
	(void)state;
	begin(&m, LEVEL(3));
	lay_split(DESCRIPTOR_READ_ONLY);
	machine_store(&m, 0, entry(K2, 1), page(SPARE3) | TABLE);
	end_with(&m, PTSAN_BLOCK_TO_OTHER_TABLE);
}

static void a_table_put_over_a_block_it_does_not_translate(void **state)
{
	(void)state;
	begin(&m, LEVEL(2));
	machine_store(&m, 0, entry(K2, 1), page(SPARE3) | TABLE); // an empty one
	end_with(&m, PTSAN_BLOCK_TO_OTHER_TABLE);
}

static void a_merge_into_another_place(void **state)
{
	(void)state;
	begin(&m, LEVEL(2));
	lay_split(0);
	machine_store(&m, 0, entry(K2, 2), page(SPARE3) | TABLE);
	machine_dsb(&m, 0);
	machine_isb(&m, 0);
	machine_store(&m, 0, entry(K2, 2), 0x80200000 | KERNEL_DATA | DESCRIPTOR_VALID);
	end_with(&m, PTSAN_TABLE_TO_OTHER_BLOCK);
}

static void an_empty_table_may_become_a_block(void **state)
{
	(void)state;
	begin(&m, LEVEL(0));
	machine_store(&m, 0, entry(K2, 3), page(SPARE3) | TABLE);
	machine_dsb(&m, 0);
	machine_store(&m, 0, entry(K2, 3), 0);
	machine_dsb(&m, 0);
	machine_tlbi_va(&m, 0, machine_va(true, 0, 0, 3, 0), 0);
	machine_dsb(&m, 0);
	machine_store(&m, 0, entry(K2, 3), 0x80200000 | KERNEL_DATA | DESCRIPTOR_VALID);
	end_silent(&m);
}

// After a lazy split the block may linger; a hint that names only pages leaves it there.
static void a_level_hint_that_skips_the_lingering_block(void **state)
{
	(void)state;
	begin(&m, LEVEL(2));
	lay_split(0);
	machine_store(&m, 0, entry(K2, 1), page(SPARE3) | TABLE);
	machine_dsb(&m, 0);
	machine_isb(&m, 0);
	machine_store(&m, 0, entry(SPARE3, 9),
		      (0x80000000 + 4096ull * 9) | KERNEL_DATA | PAGE_LEAF | DESCRIPTOR_READ_ONLY);
	machine_dsb(&m, 0);
	uint64_t va = machine_va(true, 0, 0, 1, 9);
	machine_tlbi(&m, 0,
		     (struct ptsan_tlbi){.scope = PTSAN_TLBI_VA,
					 .domain = PTSAN_INNER,
					 .any_asid = true,
					 .level = 3,
					 .last_level = true,
					 .start = va,
					 .end = va + 1});
	machine_dsb(&m, 0);
	machine_isb(&m, 0);
	machine_return(&m, 0);
	assert_true(machine_found_only(&m, PTSAN_KERNEL_WITHOUT_TLBI));
	assert_true(m.findings[0].hint_excluded);
	assert_int_equal(m.findings[0].level, 2);
	machine_deinit(&m);
}

// ---- tables -------------------------------------------------------------------------------------

static void a_leaf_only_tlbi_leaves_the_table_in_walk_caches(void **state)
{
	(void)state;
	begin(&m, 0xf);
	machine_store(&m, 0, entry(U3, 0), 0);
	machine_store(&m, 0, entry(U2, 0), 0);
	machine_dsb_store(&m, 0);
	machine_tlbi(&m, 0,
		     (struct ptsan_tlbi){.scope = PTSAN_TLBI_VA,
					 .domain = PTSAN_INNER,
					 .asid = ASID,
					 .level = PTSAN_ANY_LEVEL,
					 .last_level = true,
					 .start = 0,
					 .end = 4096});
	machine_dsb(&m, 0);
	machine_store(&m, 0, entry(U2, 0), page(SPARE3) | TABLE);
	end_with(&m, PTSAN_MAKE_WITHOUT_TLBI);
}

static void a_table_page_used_again_before_its_flush(void **state)
{
	(void)state;
	begin(&m, 0xf);
	machine_store(&m, 0, entry(U3, 0), 0);
	machine_store(&m, 0, entry(U2, 0), 0);
	machine_store(&m, 0, page(U3) + 64, 0x4142434445464747);
	end_with(&m, PTSAN_TABLE_REUSED);
}

static void a_table_page_used_again_after_its_flush(void **state)
{
	(void)state;
	begin(&m, 0xf);
	machine_store(&m, 0, entry(U3, 0), 0);
	machine_store(&m, 0, entry(U2, 0), 0);
	machine_dsb_store(&m, 0);
	machine_tlbi_va(&m, 0, 0, ASID);
	machine_dsb(&m, 0);
	assert_false(ptsan_is_watched(m.ptsan, page(U3)));
	machine_store(&m, 0, page(U3) + 64, 0x4142434445464747);
	end_silent(&m);
}

static void a_table_outside_memory(void **state)
{
	(void)state;
	begin(&m, 0xf);
	machine_store(&m, 0, entry(U2, 7), 0x123456789000 | TABLE);
	end_with(&m, PTSAN_TABLE_OUTSIDE_MEMORY);
}

static void a_live_table_replaced_by_another(void **state)
{
	(void)state;
	begin(&m, 0xf);
	machine_store(&m, 0, entry(U2, 0), page(SPARE3) | TABLE);
	end_with(&m, PTSAN_TABLE_TO_OTHER_TABLE);
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_live_split_wants_level_2),
	    TEST(a_live_merge_wants_level_2),
	    TEST(a_split_that_changes_more_than_the_size),
	    TEST(a_table_put_over_a_block_it_does_not_translate),
	    TEST(a_merge_into_another_place),
	    TEST(an_empty_table_may_become_a_block),
	    TEST(a_level_hint_that_skips_the_lingering_block),
	    TEST(a_leaf_only_tlbi_leaves_the_table_in_walk_caches),
	    TEST(a_table_page_used_again_before_its_flush),
	    TEST(a_table_page_used_again_after_its_flush),
	    TEST(a_table_outside_memory),
	    TEST(a_live_table_replaced_by_another),
	};
	return cmocka_run_group_tests_name("ptsan_rules tables", tests, NULL, NULL);
}
