// SPDX-License-Identifier: GPL-2.0-or-later
// Reading tables: lookups, runs, lines, and what translation instructions must answer.
#include "unit/unit.h"

#include <stdio.h>

#include "mm/at.h"
#include "mm/change.h"
#include "mm/crc32.h"
#include "mm/linmap.h"
#include "unit/firmware/system.h"

// ---- runs -------------------------------------------------------------------------------------

struct coverage {
	vaddr_t next;
	unsigned runs;
};

static void follow(void *context, const struct leaf_run *run)
{
	struct coverage *coverage = context;
	struct leaf leaf;

	if (coverage->runs++)
		assert_int_equal(run->va, coverage->next);
	coverage->next = run->va + run->count * level_size(sys.mm.geometry, run->level);
	// The first and the last leaf of the run.
	unsigned last = run->count > 1 ? run->count - 1 : 1;
	for (unsigned i = 0; i < run->count; i += last) {
		vaddr_t va = run->va + i * level_size(sys.mm.geometry, run->level);
		bool found = walk_lookup(&sys.mm, va, &leaf);
		uint64_t step = found ? i * level_size(sys.mm.geometry, run->level) : 0;
		assert_int_equal(leaf.va, va);
		assert_int_equal(leaf.level, run->level);
		assert_int_equal(leaf.desc, run->desc + step);
		assert_int_equal(run->index + i, level_index(sys.mm.geometry, run->level, va));
	}
}

static void runs_cover_all_of_a_range_once_and_in_order(void **state)
{
	struct coverage coverage = {0};
	struct walk_visitor visitor = {.context = &coverage, .leaves = follow, .holes = true};
	vaddr_t base = linear_base(sys.mm.geometry);
	(void)state;
	walk_range(&sys.mm, base, base + linear_span(sys.mm.geometry), &visitor);
	assert_int_equal(coverage.next, base + linear_span(sys.mm.geometry));
	coverage = (struct coverage){0};
	walk_range(&sys.mm, base + linear_span(sys.mm.geometry), 0, &visitor); // to the very top
	assert_int_equal(coverage.next, 0);
	// 2 GiB in blocks are few runs: the inner loop sees the rest.
	coverage = (struct coverage){0};
	struct range all = mm_linear_range(&sys.mm);
	walk_range(&sys.mm, all.start, all.end, &visitor);
	assert_in_range(coverage.runs, 10, 40);
}

static void note_start(void *context, const struct leaf_run *run)
{
	*(struct leaf_run *)context = *run;
}

static void a_walk_gives_whole_entries_at_its_ends(void **state)
{
	struct leaf_run run = {0};
	struct walk_visitor visitor = {.context = &run, .leaves = note_start};
	vaddr_t block = sys_linear(0x40800000);
	(void)state;
	walk_range(&sys.mm, block + 0x3000, block + 0x4000, &visitor);
	assert_int_equal(run.va, block);
	assert_int_equal(run.count, 1);
	walk_range(&sys.mm, block, block, &visitor);
}

static void add_entries(void *context, const struct leaf_run *run)
{
	*(uint64_t *)context += run->count;
}

// Not one entry more than the range has, wherever in a table it ends.
static void a_walk_ends_with_its_range(void **state)
{
	(void)state;
	vaddr_t pool = sys_linear(sys.mm.kfence.start);
	uint64_t pages = (sys.mm.kfence.end - sys.mm.kfence.start) / 0x1000;
	for (uint64_t first = 0; first < pages; first += 37)
		for (uint64_t count = 1; first + count <= pages; count += count < 4 ? 1 : 61) {
			uint64_t seen = 0;
			struct walk_visitor visitor = {.context = &seen, .leaves = add_entries};
			vaddr_t start = pool + first * 0x1000;
			walk_range(&sys.mm, start, start + count * 0x1000, &visitor);
			assert_int_equal(seen, count);
		}
}

static bool count_tables(void *context, const struct table_visit *table)
{
	unsigned *count = context;

	assert_in_range(table->level, 1, LEVEL_PTE);
	(*count)++;
	return table->level < LEVEL_PMD;
}

static void a_visitor_may_stay_out_of_tables(void **state)
{
	unsigned count = 0;
	struct walk_visitor visitor = {.context = &count, .table = count_tables};
	struct range all = mm_linear_range(&sys.mm);
	(void)state;
	walk_range(&sys.mm, all.start, all.end, &visitor);
	assert_int_equal(count, 1 + 2); // the level-1 table, and a level-2 table for each GiB
}

// What a function leaves unset holds this, not the zeros of a young stack.
__attribute__((noinline)) static void spoil_stack(void)
{
	volatile unsigned char bytes[4096];
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = 0xff;
}

static void a_census_counts_what_is_there(void **state)
{
	struct census census;
	vaddr_t first = sys_linear(0x40000000);
	(void)state;
	spoil_stack();
	walk_census(&sys.mm, first, first + 0x2000000, &census);
	assert_int_equal(census.tables[LEVEL_PTE], 2); // text, init and data share two
	assert_int_equal(census.leaves[LEVEL_PMD], 16 - 2);
	assert_int_equal(census.cont[LEVEL_PMD], 0);
	assert_int_equal(census.leaves[LEVEL_PTE], 1024);
	assert_int_equal(census.cont[LEVEL_PTE], 1024 - 16);
	assert_int_equal(census.invalid[LEVEL_PTE], 203);
	// A hole is neither a leaf nor invalid.
	vaddr_t behind = mm_linear_range(&sys.mm).end;
	spoil_stack();
	walk_census(&sys.mm, behind, behind + (UINT64_C(1) << 30), &census);
	for (unsigned level = 0; level < LEVELS; level++)
		assert_int_equal(census.leaves[level] + census.invalid[level] + census.cont[level],
				 0);
}

// ---- lines ------------------------------------------------------------------------------------

static const char *line_of(uint64_t desc, unsigned level, uint64_t size, uint64_t inherited)
{
	static char line[WALK_LINE_MAX];
	struct walk_run run = {0xffff000000000000, 0xffff000000000000 + size, level, desc,
			       inherited};

	assert_int_equal(walk_format(line, &run), strlen(line));
	return line;
}

#define LINE_START(end) "#w 0xffff000000000000-0x" end

static void lines_say_all_there_is_to_say(void **state)
{
	uint64_t page = desc_leaf(0x40000000, PROT_KERNEL_TAGGED, LEVEL_PTE);
	(void)state;
	assert_string_equal(line_of(page, LEVEL_PTE, 0x1000, 0),
			    LINE_START("ffff000000001000") " 4K PTE - RW NX - - MEM/NORMAL-TAGGED");
	assert_string_equal(
	    line_of((page & ~DESC_VALID) | DESC_NG | DESC_CONT, LEVEL_PTE, 0x10000, 0),
	    LINE_START("ffff000000010000") " 64K PTE F RW NX CON - MEM/NORMAL-TAGGED");
	assert_string_equal(
	    line_of(desc_leaf(0, PROT_KERNEL_ROX, LEVEL_PMD), LEVEL_PMD, 0x200000, 0),
	    LINE_START("ffff000000200000") " 2M PMD - ro x - BLK MEM/NORMAL");
	assert_string_equal(
	    line_of(desc_leaf(0, PROT_KERNEL_ROX, LEVEL_PMD), LEVEL_PMD, 0x200000, DESC_PXN_TABLE),
	    LINE_START("ffff000000200000") " 2M PMD - ro NX - BLK MEM/NORMAL");
	assert_string_equal(
	    line_of(desc_leaf(0, PROT_DEVICE, LEVEL_PUD), LEVEL_PUD, UINT64_C(5) << 30, 0),
	    LINE_START("ffff000140000000") " 5G PUD - RW NX - BLK DEVICE/nGnRE");
}

static void sizes_take_the_largest_unit_that_divides(void **state)
{
	static const struct {
		uint64_t size;
		const char *text;
	} sizes[] = {{0xcb000, " 812K "},     {0x7fd55000, " 2094420K "},
		     {0x7c000000, " 1984M "}, {UINT64_C(1) << 40, " 1T "},
		     {0x100000, " 1M "},      {0x40000000, " 1G "}};
	uint64_t page = desc_leaf(0, PROT_KERNEL_RW, LEVEL_PTE);
	(void)state;
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		assert_non_null(strstr(line_of(page, LEVEL_PTE, sizes[i].size, 0), sizes[i].text));
}

static void the_longest_line_fits(void **state)
{
	(void)state;
	const char *line =
	    line_of(desc_leaf(0, PROT_KERNEL_TAGGED | DESC_CONT, LEVEL_PMD) & ~DESC_VALID,
		    LEVEL_PMD, UINT64_C(0x7ffffffffc00), 0);
	assert_in_range(strlen(line), 1, WALK_LINE_MAX - 1);
	assert_in_range(strlen(line), 1, 240);
}

static void summaries_of_equal_systems_are_equal(void **state)
{
	static struct system other;
	struct system_config config = system_default();
	struct range all = mm_linear_range(&sys.mm);
	(void)state;
	config.seed = 99;
	unsigned before = splats;
	system_boot(&other, &config, STAGE_RODATA_RO);
	struct walk_summary a = walk_summarise(&sys.mm, all.start, all.end, NULL, NULL);
	struct walk_summary b = walk_summarise(&other.mm, all.start, all.end, NULL, NULL);
	assert_int_equal(a.lines, b.lines);
	assert_int_equal(a.crc, b.crc);
	assert_int_equal(set_valid(&other.mm, sys_linear(0x44000000), 1, false), MM_OK);
	b = walk_summarise(&other.mm, all.start, all.end, NULL, NULL);
	assert_int_not_equal(a.crc, b.crc);
	system_deinit(&other);
	assert_int_equal(splats, before);
}

static void crc_is_the_one_of_zip_and_ethernet(void **state)
{
	(void)state;
	assert_int_equal(crc32_update(0, "123456789", 9), 0xcbf43926);
	assert_int_equal(crc32_update(crc32_update(0, "1234", 4), "56789", 5), 0xcbf43926);
	assert_int_equal(crc32_update(0, "", 0), 0);
}

// ---- translation instructions -----------------------------------------------------------------

#define MAIR UINT64_C(0xf0440400ff)

static void measured_answers_are_understood(void **state)
{
	struct at_answer good = {.pa = 0x40700000, .attr = 0xff, .sh = 3};
	struct at_answer no_write = {.fault = true, .fst = FST_PERMISSION + 3};
	struct at_answer none = {.fault = true, .fst = FST_TRANSLATION + 3};
	(void)state;
	assert_true(at_agrees(&good, UINT64_C(0xff00000040700b80)));
	assert_false(at_agrees(&good, UINT64_C(0xff00000040701b80)));
	assert_false(at_agrees(&good, UINT64_C(0x4400000040700b80)));
	assert_false(at_agrees(&good, UINT64_C(0xff00000040700a00)));
	assert_false(at_agrees(&good, 0x80f));
	assert_true(at_agrees(&no_write, 0x81f));
	assert_false(at_agrees(&no_write, 0x80f));
	assert_true(at_agrees(&none, 0x80f));
	assert_false(at_agrees(&none, UINT64_C(0xff00000040700b80)));
}

static void answers_follow_from_the_tables(void **state)
{
	struct at_answer a;
	(void)state;
	a = at_expect(&sys.mm, sys_linear(0x44345678), false, MAIR);
	assert_false(a.fault);
	assert_int_equal(a.pa, 0x44345000);
	assert_int_equal(a.attr, 0xf0);
	assert_int_equal(a.sh, 3);
	a = at_expect(&sys.mm, sys_linear(0x40200000), false, MAIR); // text: untagged
	assert_int_equal(a.attr, 0xff);
	a = at_expect(&sys.mm, sys_linear(0x40200000), true, MAIR);
	assert_true(a.fault);
	assert_int_equal(a.fst, FST_PERMISSION + LEVEL_PMD);
	a = at_expect(&sys.mm, sys_linear(0x40400000), true, MAIR);
	assert_int_equal(a.fst, FST_PERMISSION + LEVEL_PTE);
	a = at_expect(&sys.mm, sys_linear(0x405e0000), false, MAIR); // taken away
	assert_int_equal(a.fst, FST_TRANSLATION + LEVEL_PTE);
	a = at_expect(&sys.mm, mm_linear_range(&sys.mm).end, false, MAIR);
	assert_int_equal(a.fst, FST_TRANSLATION + LEVEL_PUD);
	struct leaf leaf;
	assert_true(walk_lookup(&sys.mm, sys_linear(0x44000000), &leaf));
	*leaf.entry &= ~DESC_AF;
	a = at_expect(&sys.mm, sys_linear(0x44000000), false, MAIR);
	assert_int_equal(a.fst, FST_ACCESS_FLAG + LEVEL_PMD);
}

static void probes_lie_in_their_run(void **state)
{
	struct walk_run run = {sys_linear(0x40000000), sys_linear(0x40003000), LEVEL_PTE, 0, 0};
	vaddr_t va[AT_PROBES];
	(void)state;
	at_probe_addresses(&sys.mm, &run, va);
	assert_int_equal(va[0], run.start);
	assert_int_equal(va[1], run.start + 0x1000);
	assert_int_equal(va[2], run.end - 0x1000);
	run.end = run.start + 0x1000; // a single page
	at_probe_addresses(&sys.mm, &run, va);
	for (unsigned i = 0; i < AT_PROBES; i++)
		assert_int_equal(va[i], run.start);
}

// ---- addresses --------------------------------------------------------------------------------

static void the_image_keeps_its_offset_within_2_mib(void **state)
{
	(void)state;
	assert_int_equal(mm_image(&sys.mm, 0x40200000), UINT64_C(0xffff800080000000));
	sys.mm.layout = system_layout(0x40090000);
	assert_int_equal(mm_image(&sys.mm, 0x40090000), UINT64_C(0xffff800080090000));
	assert_int_equal(mm_image(&sys.mm, 0x40091234), UINT64_C(0xffff800080091234));
}

static void linear_addresses_go_both_ways(void **state)
{
	(void)state;
	assert_int_equal(sys_linear(0x40000000), UINT64_C(0xffff000000000000));
	for (paddr_t pa = 0x40000000; pa < 0xc0000000; pa += 0x1234567)
		assert_int_equal(mm_linear_pa(&sys.mm, sys_linear(pa)), pa);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sys_setup, sys_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(runs_cover_all_of_a_range_once_and_in_order),
	    TEST(a_walk_gives_whole_entries_at_its_ends),
	    TEST(a_walk_ends_with_its_range),
	    TEST(a_visitor_may_stay_out_of_tables),
	    TEST(a_census_counts_what_is_there),
	    TEST(lines_say_all_there_is_to_say),
	    TEST(sizes_take_the_largest_unit_that_divides),
	    TEST(the_longest_line_fits),
	    TEST(summaries_of_equal_systems_are_equal),
	    TEST(crc_is_the_one_of_zip_and_ethernet),
	    TEST(measured_answers_are_understood),
	    TEST(answers_follow_from_the_tables),
	    TEST(probes_lie_in_their_run),
	    TEST(the_image_keeps_its_offset_within_2_mib),
	    TEST(linear_addresses_go_both_ways),
	};
	return cmocka_run_group_tests_name("firmware/mm/walk", tests, NULL, NULL);
}
