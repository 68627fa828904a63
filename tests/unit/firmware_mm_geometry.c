// SPDX-License-Identifier: GPL-2.0-or-later
// Shapes of the tables, encodings of descriptors, and plans of invalidations.
#include "unit/unit.h"

#include <stdlib.h>

#include "mm/descriptor.h"
#include "mm/tlbi.h"

#define KIB UINT64_C(1024)
#define MIB (KIB * KIB)
#define GIB (MIB * KIB)

static void leaf_sizes_are_those_of_the_architecture(void **state)
{
	static const struct {
		uint64_t page, cont_pte, pmd, cont_pmd, pud_leaf;
		unsigned top_entries;
	} expected[GRANULE_COUNT] = {
	    [GRANULE_4K] = {4 * KIB, 64 * KIB, 2 * MIB, 32 * MIB, GIB, 512},
	    [GRANULE_16K] = {16 * KIB, 2 * MIB, 32 * MIB, GIB, 0, 2048},
	    [GRANULE_64K] = {64 * KIB, 2 * MIB, 512 * MIB, 16 * GIB, 0, 64},
	};
	(void)state;
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		const struct geometry *g = geometry_get((enum granule)i);
		assert_int_equal(level_size(g, LEVEL_PTE), expected[i].page);
		assert_int_equal(cont_size(g, LEVEL_PTE), expected[i].cont_pte);
		assert_int_equal(level_size(g, LEVEL_PMD), expected[i].pmd);
		assert_int_equal(cont_size(g, LEVEL_PMD), expected[i].cont_pmd);
		assert_int_equal(level_has_leaf(g, LEVEL_PUD) ? level_size(g, LEVEL_PUD) : 0,
				 expected[i].pud_leaf);
		assert_int_equal(level_entries(g, g->start_level), expected[i].top_entries);
		assert_false(level_has_cont(g, LEVEL_PUD));
	}
}

static void linear_map_and_image_differ_in_the_top_index(void **state)
{
	(void)state;
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		const struct geometry *g = geometry_get((enum granule)i);
		vaddr_t last = linear_base(g) + linear_span(g) - 1;
		assert_true(level_index(g, g->start_level, last) <
			    level_index(g, g->start_level, image_base(g)));
		assert_int_equal(level_index(g, g->start_level, linear_base(g)), 0);
	}
	assert_int_equal(linear_base(geometry_get(GRANULE_4K)), UINT64_C(0xffff000000000000));
	assert_int_equal(linear_base(geometry_get(GRANULE_16K)), UINT64_C(0xffff800000000000));
	assert_int_equal(linear_base(geometry_get(GRANULE_64K)), UINT64_C(0xffff000000000000));
	assert_int_equal(image_base(geometry_get(GRANULE_4K)), UINT64_C(0xffff800080000000));
	assert_int_equal(image_base(geometry_get(GRANULE_16K)), UINT64_C(0xffffc00080000000));
	assert_int_equal(image_base(geometry_get(GRANULE_64K)), UINT64_C(0xffff800080000000));
}

static void the_id_register_says_which_granules_there_are(void **state)
{
	enum granule granule;
	(void)state;
	// TGran4 31:28, TGran64 27:24: 0xf is "not there"; TGran16 23:20: 0 is "not there".
	assert_true(geometry_supported(GRANULE_4K, 0x00000000));
	assert_true(geometry_supported(GRANULE_4K, 0x10000000));
	assert_false(geometry_supported(GRANULE_4K, 0xf0000000));
	assert_true(geometry_supported(GRANULE_64K, 0x00000000));
	assert_false(geometry_supported(GRANULE_64K, 0x0f000000));
	assert_false(geometry_supported(GRANULE_16K, 0x00000000));
	assert_true(geometry_supported(GRANULE_16K, 0x00100000));
	assert_true(geometry_supported(GRANULE_16K, 0x00200000));
	assert_true(geometry_choose(0x00100000, &granule) && granule == GRANULE_4K);
	assert_true(geometry_choose(0xf0100000, &granule) && granule == GRANULE_64K);
	assert_true(geometry_choose(0xff100000, &granule) && granule == GRANULE_16K);
	assert_false(geometry_choose(0xff000000, &granule));
	assert_false(geometry_supported(GRANULE_COUNT, 0x00100000));
}

static void kernel_descriptors_have_the_measured_bits(void **state)
{
	(void)state;
	// The second is what a real kernel's splat shows in x27 as its PAGE_KERNEL.
	assert_int_equal(desc_leaf(0x40000000, PROT_KERNEL_TAGGED, LEVEL_PTE),
			 UINT64_C(0x00e8000040000713));
	assert_int_equal(desc_leaf(0, PROT_KERNEL_RW, LEVEL_PTE), UINT64_C(0x00e8000000000703));
	assert_int_equal(desc_leaf(0x40000000, PROT_KERNEL_TAGGED, LEVEL_PMD),
			 UINT64_C(0x00e8000040000711));
	assert_int_equal(desc_leaf(0x40000000, PROT_KERNEL_RO, LEVEL_PTE),
			 UINT64_C(0x00e0000040000783));
	assert_int_equal(desc_table(0x1234000, true), UINT64_C(0x1800000001234403));
	assert_int_equal(desc_table(0x1234000, false), UINT64_C(0x1000000001234403));
}

static void an_invalid_leaf_is_still_present_and_keeps_all_else(void **state)
{
	uint64_t leaf = desc_leaf(0x40000000, PROT_KERNEL_TAGGED | DESC_CONT, LEVEL_PTE);
	uint64_t invalid = (leaf & ~DESC_VALID) | DESC_NG;
	(void)state;
	assert_true(desc_is_present(invalid));
	assert_false(desc_is_valid(invalid));
	assert_true(desc_is_leaf(invalid, LEVEL_PTE));
	assert_int_equal((invalid & ~DESC_NG) | DESC_VALID, leaf);
	assert_false(desc_is_present(0));
}

static void a_child_has_the_attributes_of_its_block(void **state)
{
	uint64_t block = desc_leaf(GIB, PROT_KERNEL_TAGGED | DESC_CONT, LEVEL_PMD);
	(void)state;
	assert_int_equal(desc_child(block, LEVEL_PMD),
			 desc_leaf(GIB, PROT_KERNEL_TAGGED, LEVEL_PTE));
	uint64_t invalid = (block & ~DESC_VALID) | DESC_NG;
	assert_int_equal(desc_child(invalid, LEVEL_PMD),
			 desc_leaf(GIB, (PROT_KERNEL_TAGGED & ~DESC_VALID) | DESC_NG, LEVEL_PTE));
}

// The rule of live changes bit by bit: which may differ between two valid descriptors.
static void only_rights_and_marks_may_change_live(void **state)
{
	const uint64_t may =
	    DESC_PXN | DESC_AP2 | DESC_WRITE | (UINT64_C(0xf) << 55) | DESC_BIT(63);
	uint64_t leaf = desc_leaf(0x40000000, PROT_KERNEL_TAGGED, LEVEL_PTE);
	(void)state;
	for (unsigned bit = 1; bit < 64; bit++) {
		if (bit == 11)
			continue;
		uint64_t other = leaf ^ DESC_BIT(bit);
		// Attr4 -> Attr0 is the one change of memory type allowed; it is bit 4 alone.
		bool expected = (may & DESC_BIT(bit)) || bit == 4;
		if (desc_change_is_safe(leaf, other) != expected)
			fail_msg("bit %u", bit);
		if (desc_change_is_safe(other, leaf) != expected)
			fail_msg("bit %u back", bit);
	}
}

static void ng_may_be_set_live_but_not_cleared(void **state)
{
	uint64_t leaf = desc_leaf(0x40000000, PROT_KERNEL_TAGGED, LEVEL_PTE);
	(void)state;
	assert_true(desc_change_is_safe(leaf, leaf | DESC_NG));
	assert_false(desc_change_is_safe(leaf | DESC_NG, leaf));
}

static void anything_may_become_of_an_invalid_entry(void **state)
{
	uint64_t leaf = desc_leaf(0x40000000, PROT_KERNEL_TAGGED, LEVEL_PTE);
	(void)state;
	assert_true(desc_change_is_safe(0, leaf));
	assert_true(desc_change_is_safe(leaf, 0));
	assert_true(desc_change_is_safe((leaf & ~DESC_VALID) | DESC_NG, desc_table(0x1000, true)));
	assert_false(desc_change_is_safe(leaf, desc_leaf(0x40000000, PROT_DEVICE, LEVEL_PTE)));
}

static void mair_has_tagged_memory_where_the_cpu_has(void **state)
{
	(void)state;
	assert_int_equal(mair_value(0x200) >> 32, 0xf0);
	assert_int_equal(mair_value(0x300) >> 32, 0xf0);
	assert_int_equal(mair_value(0x100) >> 32, 0xff);
	assert_int_equal(mair_value(0) & 0xffffffff, 0x440400ff);
}

// ---- invalidations ----------------------------------------------------------------------------

struct covered {
	vaddr_t start;
	unsigned char *times; // how often each page was named
	uint64_t pages;
	unsigned ops, whole;
};

static void cover(struct covered *covered, const struct geometry *g, uint64_t page, uint64_t pages)
{
	uint64_t first = page - (covered->start >> g->page_shift);

	for (uint64_t i = 0; i < pages; i++) {
		assert_true(first + i < covered->pages);
		covered->times[first + i]++;
	}
}

// Reads the operands as the Arm ARM says, with VAs of the 48 or 47 bits that TTBR1 has.
static void execute(struct covered *covered, const struct geometry *g, const struct tlbi_op *op)
{
	covered->ops++;
	if (op->kind == TLBI_VMALLE1IS) {
		covered->whole++;
	} else if (op->kind == TLBI_VAALE1IS) {
		uint64_t va = op->operand << 12;
		assert_int_equal(op->operand >> 44, 0);
		va |= UINT64_C(0xff) << 56;
		cover(covered, g, va >> g->page_shift, 1);
	} else {
		unsigned num = (op->operand >> 39) & 31;
		unsigned scale = (op->operand >> 44) & 3;
		uint64_t base = (op->operand & (DESC_BIT(37) - 1)) << g->page_shift;
		assert_int_equal((op->operand >> 46) & 3, g->granule + 1);
		assert_int_equal(op->operand >> 48, 0);
		base |= ~UINT64_C(0) << (37 + g->page_shift);
		cover(covered, g, base >> g->page_shift, (uint64_t)(num + 1) << (5 * scale + 1));
	}
}

static void run_plan(const struct geometry *g, bool ranges, vaddr_t start, uint64_t pages,
		     struct covered *covered)
{
	struct tlbi_plan plan;
	struct tlbi_op op;

	*covered = (struct covered){.start = start, .pages = pages, .times = calloc(pages, 1)};
	assert_non_null(covered->times);
	tlbi_plan_init(&plan, g, ranges, start, start + (pages << g->page_shift));
	while (tlbi_plan_next(&plan, &op))
		execute(covered, g, &op);
}

static void a_plan_names_each_page_once(void **state)
{
	static const uint64_t counts[] = {1,     2,     3,     15,    16,      17,     31,   32,
					  33,    63,    64,    65,    66,      127,    511,  512,
					  513,   2047,  2048,  2049,  4095,    8191,   8192, 8193,
					  32768, 65535, 65536, 65537, 2097151, 2097152};
	(void)state;
	for (unsigned granule = 0; granule < GRANULE_COUNT; granule++) {
		const struct geometry *g = geometry_get((enum granule)granule);
		for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
			for (unsigned ranges = 0; ranges < 2; ranges++) {
				struct covered covered;
				vaddr_t start = linear_base(g) + 7 * page_size(g);
				run_plan(g, ranges, start, counts[i], &covered);
				bool whole = !ranges && counts[i] >= page_size(g) / 8;
				assert_int_equal(covered.whole, whole);
				for (uint64_t page = 0; page < counts[i]; page++)
					assert_int_equal(covered.times[page], whole ? 0 : 1);
				free(covered.times);
			}
		}
	}
}

static void beyond_one_operations_reach_everything_goes(void **state)
{
	const struct geometry *g = geometry_get(GRANULE_4K);
	struct covered covered;
	(void)state;
	run_plan(g, true, linear_base(g), 2097153, &covered);
	assert_int_equal(covered.whole, 1);
	assert_int_equal(covered.ops, 1);
	free(covered.times);
}

static void ranges_need_few_operations(void **state)
{
	const struct geometry *g = geometry_get(GRANULE_4K);
	struct covered covered;
	(void)state;
	run_plan(g, true, linear_base(g), 2097152, &covered);
	assert_int_equal(covered.ops, 1); // num 31, scale 3
	free(covered.times);
	run_plan(g, true, linear_base(g), 203,
		 &covered); // the data alias: 203 = 3 * 64 + 5 * 2 + 1
	assert_int_equal(covered.ops, 3);
	free(covered.times);
	run_plan(g, false, linear_base(g), 203, &covered);
	assert_int_equal(covered.ops, 203);
	free(covered.times);
}

static void operands_of_known_ranges(void **state)
{
	const struct geometry *g = geometry_get(GRANULE_4K);
	struct tlbi_plan plan;
	struct tlbi_op op;
	(void)state;
	tlbi_plan_init(&plan, g, false, 0xffff0000005e0000, 0xffff0000005e1000);
	assert_true(tlbi_plan_next(&plan, &op));
	assert_int_equal(op.operand, UINT64_C(0xff0000005e0));
	assert_false(tlbi_plan_next(&plan, &op));
	// 2 MiB: 512 pages = (7 + 1) << 6: scale 1, num 7, 4K.
	tlbi_plan_init(&plan, g, true, 0xffff000000600000, 0xffff000000800000);
	assert_true(tlbi_plan_next(&plan, &op));
	assert_int_equal(op.kind, TLBI_RVAALE1IS);
	assert_int_equal(op.operand, UINT64_C(1) << 46 | UINT64_C(1) << 44 | UINT64_C(7) << 39 |
					 UINT64_C(0x1000000600));
	assert_false(tlbi_plan_next(&plan, &op));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(leaf_sizes_are_those_of_the_architecture),
	    cmocka_unit_test(linear_map_and_image_differ_in_the_top_index),
	    cmocka_unit_test(the_id_register_says_which_granules_there_are),
	    cmocka_unit_test(kernel_descriptors_have_the_measured_bits),
	    cmocka_unit_test(an_invalid_leaf_is_still_present_and_keeps_all_else),
	    cmocka_unit_test(a_child_has_the_attributes_of_its_block),
	    cmocka_unit_test(only_rights_and_marks_may_change_live),
	    cmocka_unit_test(ng_may_be_set_live_but_not_cleared),
	    cmocka_unit_test(anything_may_become_of_an_invalid_entry),
	    cmocka_unit_test(mair_has_tagged_memory_where_the_cpu_has),
	    cmocka_unit_test(a_plan_names_each_page_once),
	    cmocka_unit_test(beyond_one_operations_reach_everything_goes),
	    cmocka_unit_test(ranges_need_few_operations),
	    cmocka_unit_test(operands_of_known_ranges),
	};
	return cmocka_run_group_tests_name("firmware/mm/geometry", tests, NULL, NULL);
}
