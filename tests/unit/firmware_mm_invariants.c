// SPDX-License-Identifier: GPL-2.0-or-later
// Each invariant complains about the fault it is there for, at the place where it is, and about
// nothing once the fault is gone.
#include "unit/unit.h"

#include "mm/change.h"
#include "mm/invariants.h"
#include "mm/linmap.h"
#include "mm/split.h"
#include "unit/firmware/system.h"

struct heard {
	unsigned times[INVARIANTS + 1];
	struct violation first[INVARIANTS + 1];
	unsigned total;
};

static void hear(void *context, const struct violation *violation)
{
	struct heard *heard = context;

	assert_in_range(violation->rule, 1, INVARIANTS);
	assert_non_null(violation->what);
	if (heard->times[violation->rule]++ == 0)
		heard->first[violation->rule] = *violation;
	heard->total++;
}

static struct heard check(void)
{
	struct heard heard = {0};
	unsigned count = invariants_check(&sys.mm, sys.stage, hear, &heard);
	assert_int_equal(count, heard.total);
	return heard;
}

static uint64_t *entry_at(vaddr_t va)
{
	struct leaf leaf;
	walk_lookup(&sys.mm, va, &leaf);
	return leaf.entry;
}

// The descriptor of the table that holds the entry for `va`.
static uint64_t *table_at(vaddr_t va, unsigned level)
{
	uint64_t *entries = table_entries(&sys.mm, sys.mm.root);

	for (unsigned at = sys.mm.geometry->start_level;; at++) {
		uint64_t *entry = &entries[level_index(sys.mm.geometry, at, va)];
		if (at + 1 == level)
			return entry;
		entries = table_entries(&sys.mm, desc_pa(*entry));
	}
}

// With `entry` holding `desc` exactly `rule` (and `other`, if not 0) complain; afterwards none
// does.
static void assert_caught(unsigned rule, unsigned other, uint64_t *entry, uint64_t desc)
{
	uint64_t before = *entry;
	struct heard heard;

	*entry = desc;
	heard = check();
	*entry = before;
	if (heard.times[rule] == 0)
		fail_msg("I%u is silent about %lx", rule, desc);
	for (unsigned i = 1; i <= INVARIANTS; i++)
		if (heard.times[i] && i != rule && i != other)
			fail_msg("I%u complains about %lx, not only I%u", i, desc, rule);
	assert_int_equal(check().total, 0);
}

#define CONT_PAGE  sys_linear(0x40700000)
#define BLOCK      sys_linear(0x40800000)
#define CONT_BLOCK sys_linear(0x44000000)

static void a_booted_system_is_sound(void **state)
{
	(void)state;
	assert_int_equal(check().total, 0);
}

static void i1_ram_must_be_mapped_and_nothing_else(void **state)
{
	(void)state;
	assert_caught(1, 0, entry_at(BLOCK), 0);
	// The first entry behind RAM.
	vaddr_t end = mm_linear_range(&sys.mm).end;
	uint64_t *behind = entry_at(end);
	assert_int_equal(*behind, 0);
	assert_caught(1, 0, behind, desc_leaf(0xc0000000, PROT_KERNEL_TAGGED, LEVEL_PUD));
}

static void i1_rights_taken_outside_a_changed_range(void **state)
{
	uint64_t *entry = entry_at(sys_linear(sys.mm.kfence.start));
	(void)state;
	assert_caught(1, 0, entry, (*entry & ~DESC_VALID) | DESC_NG);
	assert_caught(1, 0, entry, (*entry & ~DESC_WRITE) | DESC_AP2);
	vaddr_t page = sys_linear(sys.mm.kfence.start);
	ranges_add(&sys.mm.changed, page, page + 0x1000);
	*entry = (*entry & ~DESC_VALID) | DESC_NG;
	assert_int_equal(check().total, 0);
}

static void i2_wrong_memory(void **state)
{
	uint64_t *entry = entry_at(sys_linear(sys.mm.kfence.start));
	(void)state;
	assert_caught(2, 0, entry, *entry + 0x1000);
	assert_caught(2, 0, entry_at(BLOCK), *entry_at(BLOCK) + 0x200000);
}

static void i3_executable(void **state)
{
	uint64_t *entry = entry_at(BLOCK);
	uint64_t *table = table_at(CONT_PAGE, LEVEL_PTE);
	(void)state;
	// PXNTable above still takes the right: one of the two is enough.
	*entry &= ~DESC_PXN;
	assert_int_equal(check().total, 0);
	*entry |= DESC_PXN;
	assert_caught(3, 0, table, *table & ~DESC_PXN_TABLE);
	uint64_t *upper = table_at(BLOCK, LEVEL_PMD);
	uint64_t *top = table_at(BLOCK, LEVEL_PUD);
	*upper &= ~DESC_PXN_TABLE;
	*top &= ~DESC_PXN_TABLE;
	*entry &= ~DESC_PXN;
	struct heard heard = check();
	assert_int_equal(heard.times[3], 3); // both tables and the leaf
	assert_int_equal(heard.total, 3);
}

static void i4_reserved_bits_and_memory_type(void **state)
{
	static const unsigned reserved[] = {6, 48, 49, 50, 56, 57, 58, 61, 62, 63};
	uint64_t *entry = entry_at(BLOCK);
	(void)state;
	for (unsigned i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		assert_caught(4, 0, entry, *entry | DESC_BIT(reserved[i]));
	assert_caught(4, 0, entry, *entry & ~DESC_AF);
	assert_caught(4, 0, entry, *entry & ~DESC_SH_MASK);
	assert_caught(4, 1, entry, (*entry & ~DESC_ATTR_MASK) | DESC_ATTR(MAIR_NORMAL_NC));
	assert_caught(4, 2, entry, *entry | 0x1000); // below a block's alignment
	// Neither present nor none.
	assert_caught(4, 1, entry, *entry & ~DESC_VALID);
}

static void i5_contiguous_on_a_part(void **state)
{
	(void)state;
	assert_caught(5, 0, entry_at(CONT_PAGE + 0x3000),
		      *entry_at(CONT_PAGE + 0x3000) & ~DESC_CONT);
	assert_caught(5, 0, entry_at(CONT_PAGE), *entry_at(CONT_PAGE) & ~DESC_CONT);
	assert_caught(5, 0, entry_at(CONT_BLOCK), *entry_at(CONT_BLOCK) & ~DESC_CONT);
	assert_caught(5, 0, entry_at(BLOCK), *entry_at(BLOCK) | DESC_CONT);
	uint64_t *last = entry_at(CONT_PAGE + 0xf000); // then only the run's length tells
	assert_caught(5, 0, last, *last & ~DESC_CONT);
	// A group with unlike attributes.
	uint64_t *entry = entry_at(CONT_PAGE + 0x5000);
	assert_caught(5, 1, entry, (*entry & ~DESC_WRITE) | DESC_AP2);
	assert_caught(5, 1, entry, (*entry & ~DESC_VALID) | DESC_NG);
}

// As many entries as a group has, half of them in the next: length alone does not tell.
static void i5_a_group_in_the_wrong_place(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 32; i++)
		if (i < 8 || i >= 24)
			*entry_at(CONT_PAGE + i * 0x1000) &= ~DESC_CONT;
	struct heard heard = check();
	assert_int_equal(heard.times[5], 1);
	assert_int_equal(heard.total, 1);
	assert_int_equal(heard.first[5].va, CONT_PAGE + 8 * 0x1000);
	assert_int_equal(heard.first[5].count, 16);
}

static void i6_leaves_where_the_level_has_none(void **state)
{
	uint64_t *top = table_at(BLOCK, LEVEL_PUD);
	uint64_t *page = entry_at(CONT_PAGE);
	uint64_t before = *top;
	(void)state;
	*top = desc_leaf(0x40000000, PROT_KERNEL_TAGGED, 0);
	assert_true(check().times[6] > 0);
	*top = before;
	assert_caught(6, 5, page, *page & ~DESC_TABLE); // a block at the last level
}

static void i7_big_leaves_though_pages_are_forced(void **state)
{
	(void)state;
	sys.mm.force_pte = true;
	assert_true(check().times[7] > 0);
	sys.mm.force_pte = false;
	assert_int_equal(check().total, 0);
}

static void i7_big_leaves_after_a_repaint(void **state)
{
	(void)state;
	sys.mm.caps.sys = false; // as if a CPU without the capability had come, and nobody painted
	struct heard heard = check();
	assert_true(heard.times[7] > 0);
	assert_int_equal(heard.total, heard.times[7]);
	sys.bbm.alone = true; // the others wait elsewhere while this one paints
	assert_int_equal(linmap_repaint(&sys.mm, pages_late_table), MM_OK);
	assert_int_equal(check().total, 0);
}

static void i8_the_kfence_pool_is_pages(void **state)
{
	(void)state;
	struct range pool = sys.mm.kfence;
	sys.mm.kfence = (struct range){0x44000000, 0x44200000};
	assert_int_equal(check().times[8], 1);
	sys.mm.kfence = pool;
	assert_int_equal(check().total, 0);
}

static void i9_a_table_shared_between_the_regions(void **state)
{
	(void)state;
	// The image's top entry leads to the linear map's table.
	uint64_t *image = table_at(image_base(sys.mm.geometry), LEVEL_PUD);
	uint64_t *linear_top = table_at(BLOCK, LEVEL_PUD);
	uint64_t before = *image;
	*image = *linear_top & ~DESC_PXN_TABLE;
	struct heard heard = check();
	*image = before;
	assert_int_equal(heard.times[9], 1);
	assert_int_equal(heard.times[14], 1); // and the image's own tables are not found
	assert_int_equal(check().total, 0);
}

static void i10_the_text_alias(void **state)
{
	vaddr_t text = mm_text_alias(&sys.mm).start;
	uint64_t *entry = entry_at(text);
	(void)state;
	assert_caught(10, 0, entry, (*entry & ~DESC_AP2) | DESC_WRITE);
	assert_caught(10, 0, entry, *entry | DESC_ATTR(MAIR_NORMAL_TAGGED));
	sys.stage = STAGE_CAPS_FINAL;
	assert_true(check().times[10] > 0);
}

static void i11_the_data_alias(void **state)
{
	vaddr_t tail = mm_data_alias(&sys.mm).end - 0x1000;
	uint64_t *entry = entry_at(tail);
	(void)state;
	assert_caught(11, 0, entry, (*entry & ~DESC_NG) | DESC_VALID);
	sys.mm.hibernation = HIBERNATION_PREPARED;
	assert_true(check().times[11] > 0);
	assert_int_equal(hibernate_prepare(&sys.mm), MM_OK);
	assert_int_equal(check().total, 0);
}

static void i12_the_init_alias(void **state)
{
	struct range init = mm_init_alias(&sys.mm);
	(void)state;
	// All of it, so that no contiguous group is unlike itself.
	assert_int_equal(change_range(&sys.mm, init.start, init.end - init.start, DESC_AP2,
				      DESC_WRITE, CHANGE_FLUSH),
			 MM_OK);
	struct heard heard = check();
	assert_true(heard.times[12] > 0);
	assert_int_equal(heard.total, heard.times[12] + heard.times[1]);
	ranges_add(&sys.mm.changed, init.start, init.end); // is no excuse here
	heard = check();
	assert_true(heard.times[12] > 0);
	assert_int_equal(heard.total, heard.times[12]);
}

static void i13_the_ragged_tail(void **state)
{
	struct range tail = mm_tail_alias(&sys.mm);
	uint64_t *entry = entry_at(tail.start);
	(void)state;
	assert_int_equal(tail.end - tail.start, 0x5000);
	assert_caught(13, 1, entry, (*entry & ~DESC_WRITE) | DESC_AP2);
	assert_caught(13, 5, entry, *entry | DESC_CONT);
}

static void i13_is_content_without_a_tail(void **state)
{
	struct system_config config = system_default();
	(void)state;
	system_deinit(&sys);
	config.layout = system_layout(0x40200000);
	config.layout.bss_stop = 0x406b0000;
	system_boot(&sys, &config, STAGE_CAPS_FINAL); // data still in one run with what is behind
	assert_int_equal(mm_tail_alias(&sys.mm).start, mm_tail_alias(&sys.mm).end);
	assert_int_equal(check().total, 0);
}

static void i14_tables_and_books(void **state)
{
	uint64_t *one = table_at(CONT_PAGE, LEVEL_PTE);
	uint64_t before = *one;
	(void)state;
	// A table of another place: seen twice, and its own never.
	uint64_t *other = table_at(sys_linear(0x40400000), LEVEL_PTE);
	assert_ptr_not_equal(one, other);
	*one = *other;
	struct heard heard = check();
	*one = before;
	assert_true(heard.times[14] >= 2);
	assert_int_equal(check().total, 0);
	// A page that is no table.
	*one = desc_table(0x44000000, true);
	assert_true(check().times[14] >= 1);
	*one = before;
	// A table nobody links.
	paddr_t lost = pages_late_table(&sys.pages, LEVEL_PTE, OWNER_LINEAR);
	heard = check();
	assert_int_equal(heard.times[14], 1);
	assert_int_equal(heard.total, 1);
	pages_free(&sys.pages, lost);
	// A table at another level than it was made for.
	paddr_t wrong = pages_late_table(&sys.pages, LEVEL_PMD, OWNER_LINEAR);
	*one = desc_table(wrong, true);
	assert_true(check().times[14] >= 1);
	*one = before;
	pages_free(&sys.pages, wrong);
	assert_int_equal(check().total, 0);
}

static void i15_valid_with_ng(void **state)
{
	uint64_t *entry = entry_at(BLOCK);
	(void)state;
	assert_caught(15, 0, entry, *entry | DESC_NG);
}

static void i15_what_validating_without_clearing_does(void **state)
{
	vaddr_t page = CONT_PAGE;
	(void)state;
	assert_int_equal(set_valid(&sys.mm, page, 1, false), MM_OK);
	sys.mm.inject = INJECT_NO_CLEAR;
	assert_int_equal(set_valid(&sys.mm, page, 1, true), MM_OK);
	struct heard heard = check();
	assert_int_equal(heard.times[15], 1);
	assert_int_equal(heard.total, 1);
	assert_int_equal(heard.first[15].va, page);
}

static void i5_what_a_hole_in_a_split_group_does(void **state)
{
	(void)state;
	sys.mm.inject = INJECT_CONT_HOLE;
	assert_int_equal(set_valid(&sys.mm, CONT_PAGE, 1, false), MM_OK);
	sys.mm.inject = 0;
	assert_int_equal(set_valid(&sys.mm, CONT_PAGE, 1, true), MM_OK);
	struct heard heard = check();
	assert_int_equal(heard.times[5], 1);
	assert_int_equal(heard.total, 1);
	assert_int_equal(heard.first[5].va, CONT_PAGE + 15 * 0x1000);
	assert_int_equal(heard.first[5].level, LEVEL_PTE);
}

static void i16_attributes_lost_while_invalid(void **state)
{
	vaddr_t tail = mm_data_alias(&sys.mm).end - 0x1000;
	uint64_t *entry = entry_at(tail);
	(void)state;
	assert_caught(16, 4, entry, *entry & ~DESC_DIRTY);
	assert_caught(16, 0, entry, *entry & ~DESC_UXN);
	assert_caught(16, 0, entry, *entry | DESC_AP2);
	assert_caught(2, 0, entry, *entry + 0x1000);
}

static void i18_an_unsafe_store_is_told_once(void **state)
{
	uint64_t *entry = entry_at(BLOCK);
	(void)state;
	entry_store(&sys.mm, entry, *entry ^ DESC_SH_MASK);
	struct heard heard = check();
	assert_int_equal(heard.times[18], 1);
	assert_int_equal(heard.first[18].count, 1);
	assert_int_equal(check().total, 0);
}

static void an_image_that_is_writable_and_executable(void **state)
{
	uint64_t *entry = entry_at(mm_image(&sys.mm, sys.mm.layout.init_end));
	(void)state;
	assert_caught(3, 5, entry, *entry & ~DESC_PXN);
}

static void every_bit_of_every_kind_of_entry_counts(void **state)
{
	const vaddr_t places[] = {sys_linear(0x40000000),
				  sys_linear(0x40200000),
				  sys_linear(0x40400000),
				  mm_init_alias(&sys.mm).start,
				  mm_data_alias(&sys.mm).start,
				  mm_data_alias(&sys.mm).end - 0x1000,
				  mm_tail_alias(&sys.mm).start,
				  CONT_PAGE,
				  BLOCK,
				  CONT_BLOCK,
				  sys_linear(sys.mm.kfence.start)};
	(void)state;
	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		uint64_t *entry = entry_at(places[i]);
		for (unsigned bit = 0; bit < 64; bit++) {
			uint64_t before = *entry;
			// PXNTable and UXNTable above take these rights anyway.
			if (bit == 53 || bit == 54)
				continue;
			*entry ^= DESC_BIT(bit);
			if (check().total == 0)
				fail_msg("bit %u at %lx: no complaint", bit, places[i]);
			*entry = before;
		}
		assert_int_equal(check().total, 0);
	}
}

static void a_scratch_copy_is_checked_on_its_own(void **state)
{
	struct mm scratch;
	struct heard heard = {0};
	(void)state;
	paddr_t root = pages_late_table(&sys.pages, 0, OWNER_ROOT);
	mm_init_scratch(&scratch, &sys.mm, root);
	linmap_build(&scratch, pages_late_table);
	assert_int_equal(invariants_check(&scratch, STAGE_LINMAP, hear, &heard), 0);
	assert_int_equal(check().total, 0);
	struct range all = mm_linear_range(&scratch);
	tables_free(&scratch, all.start, all.end);
	pages_free(&sys.pages, root);
	assert_int_equal(sys.pages.live[OWNER_SCRATCH], 0);
	assert_int_equal(check().total, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sys_setup, sys_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_booted_system_is_sound),
	    TEST(i1_ram_must_be_mapped_and_nothing_else),
	    TEST(i1_rights_taken_outside_a_changed_range),
	    TEST(i2_wrong_memory),
	    TEST(i3_executable),
	    TEST(i4_reserved_bits_and_memory_type),
	    TEST(i5_contiguous_on_a_part),
	    TEST(i5_a_group_in_the_wrong_place),
	    TEST(i6_leaves_where_the_level_has_none),
	    TEST(i7_big_leaves_though_pages_are_forced),
	    TEST(i7_big_leaves_after_a_repaint),
	    TEST(i8_the_kfence_pool_is_pages),
	    TEST(i9_a_table_shared_between_the_regions),
	    TEST(i10_the_text_alias),
	    TEST(i11_the_data_alias),
	    TEST(i12_the_init_alias),
	    TEST(i13_the_ragged_tail),
	    TEST(i13_is_content_without_a_tail),
	    TEST(i14_tables_and_books),
	    TEST(i15_valid_with_ng),
	    TEST(i15_what_validating_without_clearing_does),
	    TEST(i5_what_a_hole_in_a_split_group_does),
	    TEST(i16_attributes_lost_while_invalid),
	    TEST(i18_an_unsafe_store_is_told_once),
	    TEST(an_image_that_is_writable_and_executable),
	    TEST(every_bit_of_every_kind_of_entry_counts),
	    TEST(a_scratch_copy_is_checked_on_its_own),
	};
	return cmocka_run_group_tests_name("firmware/mm/invariants", tests, NULL, NULL);
}
