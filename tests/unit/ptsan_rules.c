// SPDX-License-Identifier: GPL-2.0-or-later
// Each rule of the page-table sanitizer: one sequence that breaks it and is found with that rule and
// no other, and the right sequence beside it that is silent.
#include "unit/ptsan_rules.h"

static void break_before_make_is_silent(void **state)
{
	(void)state;
	begin(&m, 0xf);
	replace_user_page(0);
	machine_return(&m, 0);
	end_silent(&m);
}

static void a_new_address_without_a_break(void **state)
{
	(void)state;
	begin(&m, 0xf);
	replace_user_page(NO_BREAK | NO_FIRST_DSB | NO_TLBI | NO_SECOND_DSB);
	end_with(&m, PTSAN_OA_LIVE);
}

static void a_make_without_tlbi(void **state)
{
	(void)state;
	begin(&m, 0xf);
	replace_user_page(NO_TLBI);
	end_with(&m, PTSAN_MAKE_WITHOUT_TLBI);
}

static void a_make_before_the_dsb_of_the_tlbi(void **state)
{
	(void)state;
	begin(&m, 0xf);
	replace_user_page(NO_SECOND_DSB);
	end_with(&m, PTSAN_MAKE_BEFORE_DSB);
}

static void a_tlbi_before_the_dsb_of_the_store(void **state)
{
	(void)state;
	begin(&m, 0xf);
	machine_store(&m, 0, entry(U3, 0), 0);
	machine_tlbi_va(&m, 0, 0, ASID);
	machine_dsb(&m, 0);
	assert_int_equal(machine_found(&m, PTSAN_TLBI_BEFORE_DSB), 1);
	end_with(&m, PTSAN_TLBI_BEFORE_DSB);
}

static void a_dsb_for_stores_does_not_complete_a_tlbi(void **state)
{
	(void)state;
	begin(&m, 0xf);
	machine_store(&m, 0, entry(U3, 0), 0);
	machine_dsb_store(&m, 0);
	machine_tlbi_va(&m, 0, 0, ASID);
	machine_dsb_store(&m, 0);
	machine_store(&m, 0, entry(U3, 0), page(DATA + 3) | USER_DATA | PAGE_LEAF);
	end_with(&m, PTSAN_MAKE_BEFORE_DSB);
}

static void another_cpus_tlbi_counts_once_the_store_is_complete(void **state)
{
	(void)state;
	begin(&m, 0xf);
	machine_store(&m, 0, entry(U3, 0), 0);
	machine_dsb_store(&m, 0);
	machine_tlbi_va(&m, 1, 0, ASID);
	machine_dsb(&m, 1);
	machine_store(&m, 0, entry(U3, 0), page(DATA + 3) | USER_DATA | PAGE_LEAF);
	end_silent(&m);
}

static void another_cpus_tlbi_before_that_counts_for_nothing(void **state)
{
	(void)state;
	begin(&m, 0xf);
	machine_store(&m, 0, entry(U3, 0), 0);
	machine_tlbi_va(&m, 1, 0, ASID);
	machine_dsb(&m, 1);
	machine_store(&m, 0, entry(U3, 0), page(DATA + 3) | USER_DATA | PAGE_LEAF);
	end_with(&m, PTSAN_MAKE_WITHOUT_TLBI);
}

static void a_local_tlbi_is_not_enough_for_tables_of_two_cpus(void **state)
{
	(void)state;
	begin(&m, 0xf);
	machine_store(&m, 0, entry(U3, 0), 0);
	machine_dsb_local(&m, 0);
	machine_tlbi_all_local(&m, 0);
	machine_dsb_local(&m, 0);
	machine_store(&m, 0, entry(U3, 0), page(DATA + 3) | USER_DATA | PAGE_LEAF);
	end_with(&m, PTSAN_MAKE_WITHOUT_TLBI);
}

static void a_local_tlbi_is_enough_where_no_other_cpu_loaded_the_root(void **state)
{
	(void)state;
	begin(&m, 0xf);
	machine_switch(&m, 0, page(OTHER_ROOT), page(KROOT), ASID + 1);
	machine_store(&m, 0, entry(O3, 0), 0);
	machine_dsb_local(&m, 0);
	machine_tlbi_all_local(&m, 0);
	machine_dsb_local(&m, 0);
	machine_store(&m, 0, entry(O3, 0), page(DATA + 3) | USER_DATA | PAGE_LEAF);
	end_silent(&m);
}

static void a_tlbi_of_the_wrong_asid(void **state)
{
	(void)state;
	begin(&m, 0xf);
	machine_store(&m, 0, entry(U3, 0), 0);
	machine_dsb_store(&m, 0);
	machine_tlbi_va(&m, 0, 0, ASID + 1);
	machine_dsb(&m, 0);
	machine_return(&m, 0);
	end_with(&m, PTSAN_RETURN_WITHOUT_TLBI);
}

static void both_asids_of_an_address_space_are_to_be_flushed(void **state)
{
	(void)state;
	begin(&m, 0xf);
	machine_switch(&m, 0, page(UROOT), page(KROOT), ASID ^ 1); // as KPTI does on the way out
	machine_store(&m, 0, entry(U3, 0), 0);
	machine_dsb_store(&m, 0);
	machine_tlbi_va(&m, 0, 0, ASID);
	machine_dsb(&m, 0);
	machine_return(&m, 0);
	end_with(&m, PTSAN_RETURN_WITHOUT_TLBI);
}

static void rights_may_be_added_without_a_flush(void **state)
{
	(void)state;
	begin(&m, 0xf);
	machine_poke(&m, entry(U3, 1), 0);
	machine_store(&m, 0, entry(U3, 1),
		      page(DATA + 4) | USER_DATA | PAGE_LEAF | DESCRIPTOR_READ_ONLY);
	machine_dsb(&m, 0);
	machine_store(&m, 0, entry(U3, 1), page(DATA + 4) | USER_DATA | PAGE_LEAF);
	machine_return(&m, 0);
	end_silent(&m);
}

static void rights_that_are_taken_want_a_flush_before_user_space(void **state)
{
	(void)state;
	begin(&m, 0xf);
	machine_store(&m, 0, entry(U3, 0),
		      page(user_old) | USER_DATA | PAGE_LEAF | DESCRIPTOR_READ_ONLY);
	machine_return(&m, 0);
	end_with(&m, PTSAN_RETURN_WITHOUT_TLBI);
}

static void another_thread_may_return_meanwhile(void **state)
{
	(void)state;
	begin(&m, 0xf);
	machine_store(&m, 0, entry(U3, 0), 0);
	m.thread = 2;
	machine_return(&m, 0);
	end_silent(&m);
}

static void an_access_flag_may_be_cleared_without_a_flush(void **state)
{
	(void)state;
	begin(&m, 0xf);
	uint64_t young = page(user_old) | USER_DATA | PAGE_LEAF;
	machine_store(&m, 0, entry(U3, 0), young & ~DESCRIPTOR_AF);
	machine_return(&m, 0);
	end_silent(&m);
}

static void an_entry_without_access_flag_was_never_cached(void **state)
{
	(void)state;
	begin(&m, 0xf);
	uint64_t young = page(DATA + 5) | USER_DATA | PAGE_LEAF;
	machine_store(&m, 0, entry(U3, 5), young & ~DESCRIPTOR_AF);
	machine_store(&m, 0, entry(U3, 5), page(DATA + 6) | USER_DATA | PAGE_LEAF);
	end_silent(&m);
}

static void the_linear_map_is_flushed_before_user_space(void **state)
{
	(void)state;
	begin(&m, 0xf);
	machine_store(&m, 0, entry(K3, 0),
		      page(DATA) | KERNEL_DATA | PAGE_LEAF | DESCRIPTOR_READ_ONLY);
	machine_return(&m, 0);
	end_with(&m, PTSAN_KERNEL_WITHOUT_TLBI);
}

static void what_lies_above_the_linear_map_may_be_purged_lazily(void **state)
{
	(void)state;
	begin(&m, 0xf);
	machine_store(&m, 0, entry(KROOT, 256), page(K1) | TABLE); // the same tables, as vmalloc
	machine_dsb(&m, 0);
	machine_isb(&m, 0);
	machine_store(&m, 0, entry(KROOT, 0), 0);
	machine_dsb(&m, 0);
	machine_tlbi_all(&m, 0);
	machine_dsb(&m, 0);
	machine_store(&m, 0, entry(K3, 0), 0);
	machine_return(&m, 0);
	end_silent(&m);
}

static void less_rights_above_the_linear_map_want_a_flush(void **state)
{
	(void)state;
	begin(&m, 0xf);
	machine_store(&m, 0, entry(KROOT, 256), page(O1) | TABLE);
	machine_dsb(&m, 0);
	machine_isb(&m, 0);
	machine_store(&m, 0, entry(O3, 1), page(DATA + 4) | KERNEL_DATA | PAGE_LEAF);
	machine_store(&m, 0, entry(O3, 1),
		      page(DATA + 4) | KERNEL_DATA | PAGE_LEAF | DESCRIPTOR_READ_ONLY);
	machine_return(&m, 0);
	end_with(&m, PTSAN_KERNEL_WITHOUT_TLBI);
}

static void the_same_page_may_be_made_again(void **state)
{
	(void)state;
	begin(&m, 0xf);
	machine_store(&m, 0, entry(K3, 0), 0);
	machine_store(&m, 0, entry(K3, 0), page(DATA) | KERNEL_DATA | PAGE_LEAF);
	machine_dsb(&m, 0);
	machine_isb(&m, 0);
	machine_return(&m, 0);
	end_silent(&m);
}

static void read_only_copies_may_follow_each_other(void **state)
{
	(void)state;
	begin(&m, 0xf);
	uint64_t ro = USER_DATA | PAGE_LEAF | DESCRIPTOR_READ_ONLY;
	machine_store(&m, 0, entry(U3, 1), page(DATA + 8) | ro);
	machine_store(&m, 0, entry(U3, 1), page(DATA + 9) | ro);
	assert_int_equal(m.count, 0);
	machine_poke(&m, page(DATA + 10), 1); // another content
	machine_store(&m, 0, entry(U3, 1), page(DATA + 10) | ro);
	end_with(&m, PTSAN_OA_LIVE);
}

// ---- types, global, contiguous ------------------------------------------------------------------

static void another_memory_type(void **state)
{
	(void)state;
	begin(&m, 0xf);
	machine_store(&m, 0, entry(K3, 0), page(DATA) | KERNEL_DATA | PAGE_LEAF | TYPE_DEVICE);
	end_with(&m, PTSAN_TYPE_LIVE);
}

static void tags_are_no_other_memory_type(void **state)
{
	(void)state;
	begin(&m, 0xf);
	machine_store(&m, 0, entry(K3, 0), page(DATA) | KERNEL_DATA | PAGE_LEAF | TYPE_TAGGED);
	end_silent(&m);
}

static void a_live_entry_that_becomes_global(void **state)
{
	(void)state;
	begin(&m, 0xf);
	uint64_t user = page(user_old) | USER_DATA | PAGE_LEAF;
	machine_store(&m, 0, entry(U3, 0), user & ~DESCRIPTOR_NG);
	end_with(&m, PTSAN_GLOBAL_LIVE);
}

static void the_contiguous_bit_wants_level_1(void **state)
{
	(void)state;
	for (unsigned level = 0; level < 4; level++) {
		begin(&m, LEVEL(level));
		machine_store(&m, 0, entry(K3, 0),
			      page(DATA) | KERNEL_DATA | PAGE_LEAF | DESCRIPTOR_CONTIGUOUS);
		assert_int_equal(m.count, level < 1);
		if (m.count)
			assert_int_equal(m.findings[0].kind, PTSAN_CONTIGUOUS_LIVE);
		machine_deinit(&m);
	}
}

static void lay_contiguous_user_set(void)
{
	for (unsigned i = 16; i < 32; i++)
		machine_store(&m, 0, entry(U3, i),
			      page(DATA + i) | USER_DATA | PAGE_LEAF | DESCRIPTOR_CONTIGUOUS);
	machine_dsb(&m, 0);
}

static void a_set_may_be_unfolded_without_tlbi_from_level_1(void **state)
{
	(void)state;
	for (unsigned level = 0; level < 4; level++) {
		begin(&m, LEVEL(level));
		lay_contiguous_user_set();
		for (unsigned i = 16; i < 32; i++)
			machine_store(&m, 0, entry(U3, i), 0);
		for (unsigned i = 16; i < 32; i++)
			machine_store(&m, 0, entry(U3, i), page(DATA + i) | USER_DATA | PAGE_LEAF);
		machine_dsb(&m, 0);
		machine_return(&m, 0);
		if (level < 1)
			assert_true(machine_found_only(&m, PTSAN_MAKE_WITHOUT_TLBI));
		else
			assert_int_equal(m.count, 0);
		machine_deinit(&m);
	}
}

static void a_set_invalidated_entry_by_entry(void **state)
{
	(void)state;
	begin(&m, 0xf);
	lay_contiguous_user_set();
	machine_store(&m, 0, entry(U3, 16), 0);
	machine_dsb_store(&m, 0);
	machine_tlbi_va(&m, 0, machine_va(false, 0, 0, 0, 16), ASID);
	machine_dsb(&m, 0);
	end_with(&m, PTSAN_CONTIGUOUS_PARTLY_INVALIDATED);
}

static void a_set_cleared_first_and_invalidated_then(void **state)
{
	(void)state;
	begin(&m, 0xf);
	lay_contiguous_user_set();
	for (unsigned i = 16; i < 32; i++)
		machine_store(&m, 0, entry(U3, i), 0);
	machine_dsb_store(&m, 0);
	machine_tlbi(&m, 0,
		     (struct ptsan_tlbi){.scope = PTSAN_TLBI_VA,
					 .domain = PTSAN_INNER,
					 .asid = ASID,
					 .level = 3,
					 .last_level = true,
					 .start = machine_va(false, 0, 0, 0, 16),
					 .end = machine_va(false, 0, 0, 0, 32)});
	machine_dsb(&m, 0);
	machine_return(&m, 0);
	struct ptsan_totals t;
	ptsan_totals(m.ptsan, &t);
	assert_int_equal(t.records, 0);
	end_silent(&m);
}

static void a_contiguous_set_with_a_hole(void **state)
{
	(void)state;
	begin(&m, 0xf);
	lay_contiguous_user_set();
	ptsan_audit(m.ptsan);
	assert_int_equal(m.count, 0);
	machine_store(&m, 0, entry(U3, 20), 0);
	machine_dsb_store(&m, 0);
	ptsan_audit(m.ptsan);
	end_with(&m, PTSAN_CONTIGUOUS_HOLE);
}

// ---- use ----------------------------------------------------------------------------------------

static void an_access_through_what_was_taken(void **state)
{
	(void)state;
	begin(&m, 0xf);
	machine_access(&m, 0, machine_va(true, 0, 0, 0, 0), true);
	machine_store(&m, 0, entry(K3, 0), 0);
	machine_access(&m, 0, machine_va(true, 0, 0, 0, 0), false);
	end_with(&m, PTSAN_STALE_USE);
}

static void a_read_of_what_is_only_no_longer_writable(void **state)
{
	(void)state;
	begin(&m, 0xf);
	machine_store(&m, 0, entry(K3, 0),
		      page(DATA) | KERNEL_DATA | PAGE_LEAF | DESCRIPTOR_READ_ONLY);
	machine_access(&m, 0, machine_va(true, 0, 0, 0, 0), false);
	assert_int_equal(m.count, 0);
	machine_access(&m, 0, machine_va(true, 0, 0, 0, 0), true);
	end_with(&m, PTSAN_STALE_USE);
}

static void another_cpu_may_use_the_old_one_for_a_while(void **state)
{
	(void)state;
	begin(&m, 0xf);
	machine_store(&m, 0, entry(K3, 0), 0);
	machine_access(&m, 1, machine_va(true, 0, 0, 0, 0), false);
	assert_int_equal(m.count, 0);
	m.pc += 2 * PTSAN_LATE;
	machine_dsb(&m, 0);
	machine_access(&m, 1, machine_va(true, 0, 0, 0, 0), false);
	end_with(&m, PTSAN_STALE_USE);
}

static void a_new_kernel_page_used_before_the_barriers(void **state)
{
	(void)state;
	begin(&m, 0xf);
	uint64_t va = machine_va(true, 0, 0, 0, 3);
	machine_store(&m, 0, entry(K3, 3), page(DATA + 3) | KERNEL_DATA | PAGE_LEAF);
	machine_dsb_store(&m, 0);
	machine_isb(&m, 0);
	machine_access(&m, 0, va, true);
	assert_int_equal(m.count, 0);
	machine_store(&m, 0, entry(K3, 4), page(DATA + 4) | KERNEL_DATA | PAGE_LEAF);
	machine_isb(&m, 0); // too early: before the DSB
	machine_dsb_store(&m, 0);
	machine_access(&m, 0, va + 4096, true);
	end_with(&m, PTSAN_USE_BEFORE_BARRIER);
}

static void an_asid_given_to_another_address_space(void **state)
{
	(void)state;
	begin(&m, 0xf);
	machine_store(&m, 0, entry(U3, 0), 0);
	m.thread = 2;
	machine_switch(&m, 0, page(OTHER_ROOT), page(KROOT), ASID);
	end_with(&m, PTSAN_ASID_REUSED);
}

static void an_asid_given_to_another_address_space_after_a_flush(void **state)
{
	(void)state;
	begin(&m, 0xf);
	machine_store(&m, 0, entry(U3, 0), 0);
	machine_dsb(&m, 0);
	machine_tlbi_all_local(&m, 0);
	machine_dsb_local(&m, 0);
	m.thread = 2;
	machine_switch(&m, 0, page(OTHER_ROOT), page(KROOT), ASID);
	end_silent(&m);
}

static void other_kernel_tables_want_a_flush_in_between(void **state)
{
	(void)state;
	for (int flushed = 0; flushed < 2; flushed++) {
		begin(&m, 0xf);
		machine_poke(&m, entry(OTHER_ROOT, 300), 0);
		machine_switch(&m, 0, page(UROOT), page(MACHINE_PAGES - 2), ASID); // empty tables
		if (flushed) {
			machine_tlbi_all_local(&m, 0);
			machine_dsb_local(&m, 0);
		}
		machine_switch(&m, 0, page(UROOT), page(OTHER_ROOT), ASID); // page 0 lies elsewhere
		assert_int_equal(machine_found(&m, PTSAN_ROOT_REPLACED), !flushed);
		assert_int_equal(m.count, !flushed);
		machine_deinit(&m);
	}
}

static void global_entries_of_an_identity_map_want_a_flush(void **state)
{
	(void)state;
	for (int flushed = 0; flushed < 2; flushed++) {
		machine_init(&m, 0xf);
		lay_tables(&m);
		machine_poke(&m, entry(O3, 0), page(DATA + 2) | KERNEL_TEXT | PAGE_LEAF);
		machine_on(&m, 0, page(OTHER_ROOT), page(KROOT), 0);
		machine_switch(&m, 0, page(UROOT), page(KROOT), ASID);
		if (flushed) {
			machine_tlbi_all_local(&m, 0);
			machine_dsb_local(&m, 0);
		}
		machine_return(&m, 0);
		assert_int_equal(machine_found(&m, PTSAN_GLOBAL_LEFT), !flushed);
		assert_int_equal(m.count, !flushed);
		machine_deinit(&m);
	}
}

static void an_erratum_wants_each_invalidation_twice(void **state)
{
	(void)state;
	for (int rounds = 1; rounds <= 2; rounds++) {
		machine_init_config(&m, (struct ptsan_config){.levels = 0xf, .repeat_tlbi = true});
		lay_tables(&m);
		machine_on(&m, 0, page(UROOT), page(KROOT), ASID);
		machine_store(&m, 0, entry(U3, 0), 0);
		machine_dsb_store(&m, 0);
		for (int i = 0; i < rounds; i++) {
			machine_tlbi_va(&m, 0, 0, ASID);
			machine_dsb(&m, 0);
		}
		machine_return(&m, 0);
		assert_int_equal(machine_found(&m, PTSAN_RETURN_WITHOUT_TLBI), rounds == 1);
		machine_deinit(&m);
	}
}

// ---- audit --------------------------------------------------------------------------------------

static void audit_at(bool user, uint64_t image, uint64_t linear)
{
	machine_init_config(&m, (struct ptsan_config){
				    .levels = 0xf,
				    .image_start = machine_va(true, 256, 0, 0, 0),
				    .image_end = machine_va(true, 256, 0, 1, 0),
				    .data_start = machine_va(true, 256, 0, 0, 0),
				    .data_end = machine_va(true, 256, 0, 0, 1),
				});
	lay_tables(&m);
	lay_path(&m, KROOT, K1, K2, K3);
	machine_poke(&m, entry(KROOT, 256), page(O1) | TABLE);
	machine_poke(&m, entry(O3, 0), page(DATA) | image | PAGE_LEAF);
	machine_poke(&m, entry(K3, 0), linear ? page(DATA) | linear | PAGE_LEAF : 0);
	machine_on(&m, 0, page(UROOT), page(KROOT), ASID);
	if (user)
		machine_return(&m, 0);
	ptsan_audit(m.ptsan);
}

static void audit_with(uint64_t image, uint64_t linear)
{
	audit_at(true, image, linear);
}

static void aliases_of_the_image(void **state)
{
	(void)state;
	audit_with(KERNEL_TEXT, KERNEL_DATA | DESCRIPTOR_READ_ONLY);
	end_silent(&m);
	audit_with(KERNEL_TEXT, KERNEL_DATA);
	end_with(&m, PTSAN_ALIAS_WRITE_EXECUTE);
	audit_with(KERNEL_DATA, KERNEL_DATA);
	assert_true(machine_found(&m, PTSAN_ALIAS_WRITABLE) > 0);
	machine_deinit(&m);
	audit_with(KERNEL_DATA, 0); // the alias of data is gone: after the seed's patch
	end_silent(&m);
	audit_with(KERNEL_TEXT & ~DESCRIPTOR_READ_ONLY, 0);
	end_with(&m, PTSAN_ALIAS_WRITE_EXECUTE);
	audit_with(KERNEL_DATA | DESCRIPTOR_READ_ONLY,
		   KERNEL_DATA | DESCRIPTOR_READ_ONLY | TYPE_DEVICE);
	end_with(&m, PTSAN_ALIAS_TYPE);
}

static void text_that_initializes_may_be_written(void **state)
{
	(void)state;
	audit_at(false, KERNEL_TEXT, KERNEL_DATA);
	assert_int_equal(machine_found(&m, PTSAN_ALIAS_WRITE_EXECUTE), 0);
	machine_deinit(&m);
	audit_at(false, KERNEL_DATA, KERNEL_DATA); // data is data from the beginning
	end_with(&m, PTSAN_ALIAS_WRITABLE);
}

// The image by its distance from memory, wherever the kernel was put.
static void the_image_is_known_by_its_vectors(void **state)
{
	(void)state;
	for (int known = 0; known < 2; known++) {
		machine_init_config(
		    &m, (struct ptsan_config){.levels = 1, .data_alias_forbidden = true});
		lay_tables(&m);
		lay_path(&m, KROOT, K1, K2, K3);
		machine_poke(&m, entry(KROOT, 256), page(O1) | TABLE);
		machine_poke(&m, entry(O3, 0), page(DATA) | KERNEL_DATA | PAGE_LEAF);
		machine_poke(&m, entry(K3, 0), page(DATA) | KERNEL_DATA | PAGE_LEAF);
		machine_on(&m, 0, page(UROOT), page(KROOT), ASID);
		if (known)
			ptsan_set_image(m.ptsan, machine_va(true, 256, 0, 0, 8), page(DATA + 8));
		ptsan_audit(m.ptsan);
		assert_int_equal(machine_found(&m, PTSAN_ALIAS_WRITABLE), known);
		if (known) {
			assert_int_equal(m.findings[0].va, machine_va(true, 256, 0, 0, 0));
			assert_int_equal(m.findings[0].size, 4096);
		}
		machine_deinit(&m);
	}
}

static void missed_stores_are_counted(void **state)
{
	(void)state;
	begin(&m, 0xf);
	assert_int_equal(ptsan_missed_stores(m.ptsan), 0);
	machine_poke(&m, entry(U3, 0), page(user_old) | (USER_DATA & ~DESCRIPTOR_AF) | PAGE_LEAF);
	assert_int_equal(ptsan_missed_stores(m.ptsan), 0); // the access flag is the hardware's
	machine_poke(&m, entry(U3, 0), page(DATA + 9) | USER_DATA | PAGE_LEAF);
	assert_int_equal(ptsan_missed_stores(m.ptsan), 1);
	end_silent(&m);
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(break_before_make_is_silent),
	    TEST(a_new_address_without_a_break),
	    TEST(a_make_without_tlbi),
	    TEST(a_make_before_the_dsb_of_the_tlbi),
	    TEST(a_tlbi_before_the_dsb_of_the_store),
	    TEST(a_dsb_for_stores_does_not_complete_a_tlbi),
	    TEST(another_cpus_tlbi_counts_once_the_store_is_complete),
	    TEST(another_cpus_tlbi_before_that_counts_for_nothing),
	    TEST(a_local_tlbi_is_not_enough_for_tables_of_two_cpus),
	    TEST(a_local_tlbi_is_enough_where_no_other_cpu_loaded_the_root),
	    TEST(a_tlbi_of_the_wrong_asid),
	    TEST(both_asids_of_an_address_space_are_to_be_flushed),
	    TEST(rights_may_be_added_without_a_flush),
	    TEST(rights_that_are_taken_want_a_flush_before_user_space),
	    TEST(another_thread_may_return_meanwhile),
	    TEST(an_access_flag_may_be_cleared_without_a_flush),
	    TEST(an_entry_without_access_flag_was_never_cached),
	    TEST(the_linear_map_is_flushed_before_user_space),
	    TEST(what_lies_above_the_linear_map_may_be_purged_lazily),
	    TEST(less_rights_above_the_linear_map_want_a_flush),
	    TEST(the_same_page_may_be_made_again),
	    TEST(read_only_copies_may_follow_each_other),
	    TEST(another_memory_type),
	    TEST(tags_are_no_other_memory_type),
	    TEST(a_live_entry_that_becomes_global),
	    TEST(the_contiguous_bit_wants_level_1),
	    TEST(a_set_may_be_unfolded_without_tlbi_from_level_1),
	    TEST(a_set_invalidated_entry_by_entry),
	    TEST(a_set_cleared_first_and_invalidated_then),
	    TEST(a_contiguous_set_with_a_hole),
	    TEST(an_access_through_what_was_taken),
	    TEST(a_read_of_what_is_only_no_longer_writable),
	    TEST(another_cpu_may_use_the_old_one_for_a_while),
	    TEST(a_new_kernel_page_used_before_the_barriers),
	    TEST(an_asid_given_to_another_address_space),
	    TEST(an_asid_given_to_another_address_space_after_a_flush),
	    TEST(other_kernel_tables_want_a_flush_in_between),
	    TEST(global_entries_of_an_identity_map_want_a_flush),
	    TEST(an_erratum_wants_each_invalidation_twice),
	    TEST(aliases_of_the_image),
	    TEST(text_that_initializes_may_be_written),
	    TEST(the_image_is_known_by_its_vectors),
	    TEST(missed_stores_are_counted),
	};
	return cmocka_run_group_tests_name("ptsan_rules", tests, NULL, NULL);
}
