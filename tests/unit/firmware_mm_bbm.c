// SPDX-License-Identifier: GPL-2.0-or-later
// The watcher over changes of live tables: each rule speaks when it is broken by hand, and is silent
// where the change is made as it must be. (Every other test of the table code runs under it, too.)
#include "unit/unit.h"

#include "mm/change.h"
#include "mm/linmap.h"
#include "mm/map.h"
#include "mm/split.h"
#include "mm/walk.h"
#include "unit/firmware/system.h"

// Some memory that nobody uses, mapped by PMD blocks where the system may split them.
static struct leaf block;

static int set_up(bool capable)
{
	struct system_config config = system_default();
	config.cap_boot = config.cap_others = capable;
	// Blocks that nobody may split, for what a CPU without the capability would do to them.
	if (!capable)
		config.policy.rodata = RODATA_NOALIAS;
	system_boot(&sys, &config, STAGE_RODATA_RO);
	sys.bbm.violations = 0;
	walk_lookup(&sys.mm, sys_linear(0x48000000), &block);
	assert_int_equal(block.level, LEVEL_PMD);
	return 0;
}

static int set_up_capable(void **state)
{
	(void)state;
	return set_up(true);
}

static int set_up_other(void **state)
{
	(void)state;
	return set_up(false);
}

static int tear_down(void **state)
{
	(void)state;
	sys.bbm.violations = 0; // seen by the test
	system_deinit(&sys);
	return 0;
}

static void put(uint64_t *entry, uint64_t desc)
{
	entry_fill(&sys.mm, entry, desc);
}

static void silent(void)
{
	if (sys.bbm.violations)
		fail_msg("%s", sys.bbm.first);
}

static void speaks(const char *what)
{
	if (!sys.bbm.violations)
		fail_msg("nobody complained of: %s", what);
	if (!strstr(sys.bbm.first, what))
		fail_msg("expected '%s', found '%s'", what, sys.bbm.first);
}

static paddr_t filled_table(void)
{
	paddr_t table = pages_late_table(&sys.pages, LEVEL_PTE, OWNER_LINEAR);
	split_fill(&sys.mm, table, block.desc, LEVEL_PMD, false);
	return table;
}

static uint64_t table_of(paddr_t pages)
{
	return desc_table(pages, true);
}

// The group of the block loses its mark, as it may on this system.
static void unmark(void)
{
	if (!desc_is_cont(block.desc))
		return;
	unsigned count = cont_entries(sys.mm.geometry, LEVEL_PMD);
	uint64_t *first = block.entry - level_index(sys.mm.geometry, LEVEL_PMD, block.va) % count;
	for (unsigned i = 0; i < count; i++)
		put(&first[i], 0);
	flush_all(&sys.mm);
	block.desc &= ~DESC_CONT;
	for (unsigned i = 0; i < count; i++)
		put(&first[i],
		    (block.desc & ~DESC_OA_MASK) |
			(desc_pa(block.desc) + (uint64_t)(&first[i] - block.entry) *
						   level_size(sys.mm.geometry, LEVEL_PMD)));
	barrier_table(&sys.mm);
	silent();
}

static void a_live_leaf_may_become_its_table_where_the_cpu_can(void **state)
{
	(void)state;
	unmark();
	paddr_t pages = filled_table();
	barrier_table(&sys.mm);
	put(block.entry, table_of(pages));
	barrier_table(&sys.mm);
	put(block.entry, block.desc);
	flush_all(&sys.mm);
	pages_free(&sys.pages, pages);
	silent();
	assert_true(sys.bbm.stores > 0);
}

static void a_live_leaf_may_not_change_its_size_elsewhere(void **state)
{
	(void)state;
	unmark();
	paddr_t pages = filled_table();
	barrier_table(&sys.mm);
	put(block.entry, table_of(pages));
	speaks("changes its size");
}

static void a_mark_may_not_change_on_a_live_leaf_elsewhere(void **state)
{
	(void)state;
	put(block.entry, block.desc ^ DESC_CONT);
	speaks("changes its size");
}

static void with_break_before_make_it_may(void **state)
{
	(void)state;
	unmark();
	paddr_t pages = filled_table();
	barrier_table(&sys.mm);
	put(block.entry, 0);
	flush_all(&sys.mm);
	put(block.entry, table_of(pages));
	barrier_table(&sys.mm);
	put(block.entry, 0);
	flush_all(&sys.mm);
	put(block.entry, block.desc);
	pages_free(&sys.pages, pages);
	silent();
}

static void a_make_without_the_invalidation_speaks(void **state)
{
	(void)state;
	unmark();
	paddr_t pages = filled_table();
	barrier_table(&sys.mm);
	put(block.entry, 0);
	barrier_table(&sys.mm);
	put(block.entry, table_of(pages));
	speaks("whose TLBI is not done");
}

static void an_invalidation_ahead_of_the_dsb_does_not_count(void **state)
{
	(void)state;
	struct tlbi_op all = {TLBI_VMALLE1IS, 0};
	unmark();
	put(block.entry, 0);
	sys.mm.ops->tlbi(&sys.machine, &all);
	sys.mm.ops->barrier(&sys.machine, BARRIER_DSB_ISH);
	put(block.entry, block.desc + level_size(sys.mm.geometry, LEVEL_PMD));
	speaks("whose TLBI is not done");
}

static void an_invalidation_without_a_full_dsb_is_not_complete(void **state)
{
	(void)state;
	struct tlbi_op all = {TLBI_VMALLE1IS, 0};
	unmark();
	put(block.entry, 0);
	sys.mm.ops->barrier(&sys.machine, BARRIER_DSB_ISHST);
	sys.mm.ops->tlbi(&sys.machine, &all);
	sys.mm.ops->barrier(&sys.machine, BARRIER_DSB_ISHST);
	put(block.entry, block.desc + level_size(sys.mm.geometry, LEVEL_PMD));
	speaks("no DSB");
}

static void an_invalidation_of_other_addresses_does_not_count(void **state)
{
	(void)state;
	unmark();
	put(block.entry, 0);
	flush_range(&sys.mm, block.va + level_size(sys.mm.geometry, LEVEL_PMD),
		    block.va + level_size(sys.mm.geometry, LEVEL_PMD) + 0x1000);
	put(block.entry, block.desc + level_size(sys.mm.geometry, LEVEL_PMD));
	speaks("whose TLBI is not done");
}

static void back_to_what_it_was_needs_no_invalidation(void **state)
{
	(void)state;
	put(block.entry, (block.desc & ~DESC_VALID) | DESC_NG);
	barrier_table(&sys.mm);
	put(block.entry, block.desc);
	silent();
}

static void other_memory_needs_a_break_whatever_the_cpu_can(void **state)
{
	(void)state;
	put(block.entry, block.desc + level_size(sys.mm.geometry, LEVEL_PMD));
	speaks("becomes other memory");
}

static void another_memory_type_needs_a_break_whatever_the_cpu_can(void **state)
{
	(void)state;
	put(block.entry, (block.desc & ~DESC_ATTR_MASK) | DESC_ATTR(MAIR_NORMAL_NC));
	speaks("becomes other memory");
}

static void a_table_with_a_hole_is_no_change_of_size(void **state)
{
	(void)state;
	unmark();
	paddr_t pages = filled_table();
	put(&table_entries(&sys.mm, pages)[77], 0);
	barrier_table(&sys.mm);
	put(block.entry, table_of(pages));
	speaks("with holes");
}

static void a_table_with_one_other_page_is_no_change_of_size(void **state)
{
	(void)state;
	unmark();
	paddr_t pages = filled_table();
	uint64_t *entries = table_entries(&sys.mm, pages);
	put(&entries[77], entries[78]);
	barrier_table(&sys.mm);
	put(block.entry, table_of(pages));
	speaks("becomes other memory");
}

static void a_table_is_linked_behind_a_dsb_only(void **state)
{
	(void)state;
	unmark();
	put(block.entry, table_of(filled_table()));
	speaks("no DSB stands behind");
}

static void a_live_table_may_not_be_replaced_by_another(void **state)
{
	(void)state;
	unmark();
	paddr_t first = filled_table(), second = filled_table();
	barrier_table(&sys.mm);
	put(block.entry, table_of(first));
	barrier_table(&sys.mm);
	put(block.entry, table_of(second));
	speaks("replaced by another");
}

static void a_table_is_given_back_behind_its_invalidation_only(void **state)
{
	(void)state;
	unmark();
	paddr_t pages = filled_table();
	barrier_table(&sys.mm);
	put(block.entry, table_of(pages));
	barrier_table(&sys.mm);
	put(block.entry, block.desc);
	pages_free(&sys.pages, pages);
	flush_all(&sys.mm);
	speaks("before its invalidation");
}

static void a_range_by_last_level_leaves_the_walker_the_table(void **state)
{
	(void)state;
	uint64_t size = level_size(sys.mm.geometry, LEVEL_PMD);
	unmark();
	paddr_t pages = filled_table();
	barrier_table(&sys.mm);
	put(block.entry, table_of(pages));
	barrier_table(&sys.mm);
	put(block.entry, block.desc);
	flush_range(&sys.mm, block.va, block.va + size / 2); // all of it would be everything
	silent();
	sys.mm.ops->page_zero(&sys.machine, pages);
	speaks("may reach is zeroed");
}

static void a_table_in_use_may_not_be_zeroed(void **state)
{
	(void)state;
	sys.mm.ops->page_zero(&sys.machine, sys.mm.root);
	speaks("may reach is zeroed");
}

// Test mappings that come and go while the tables are in use, as the timings make them.
static void a_mapping_of_any_leaves_is_taken_down_in_order(void **state)
{
	static const unsigned flags[] = {0, MAP_NO_CONT, MAP_NO_BLOCKS,
					 MAP_NO_BLOCKS | MAP_NO_CONT};
	struct mm *mm = &sys.mm;
	uint64_t size = cont_size(mm->geometry, LEVEL_PMD);
	vaddr_t window = linear_base(mm->geometry) + linear_span(mm->geometry) +
			 level_size(mm->geometry, mm->geometry->start_level);
	(void)state;
	for (size_t i = 0; i < 8; i++) {
		struct map_request request = {
		    .va = window,
		    .pa = 0x50000000,
		    .size = size,
		    .prot = PROT_KERNEL_RW,
		    .flags = flags[i % 4],
		    .source = pages_late_table,
		    .owner = OWNER_SCRATCH,
		};
		assert_int_equal(map_range(mm, &request), MM_OK);
		tables_free(mm, request.va, request.va + request.size);
		silent();
		assert_int_equal(sys.pages.live[OWNER_SCRATCH], 0);
	}
}

#define CAPABLE(test) cmocka_unit_test_setup_teardown(test, set_up_capable, tear_down)
#define OTHER(test)   cmocka_unit_test_setup_teardown(test, set_up_other, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CAPABLE(a_live_leaf_may_become_its_table_where_the_cpu_can),
	    OTHER(a_live_leaf_may_not_change_its_size_elsewhere),
	    OTHER(a_mark_may_not_change_on_a_live_leaf_elsewhere),
	    OTHER(with_break_before_make_it_may),
	    OTHER(a_make_without_the_invalidation_speaks),
	    CAPABLE(an_invalidation_ahead_of_the_dsb_does_not_count),
	    CAPABLE(an_invalidation_without_a_full_dsb_is_not_complete),
	    CAPABLE(an_invalidation_of_other_addresses_does_not_count),
	    OTHER(back_to_what_it_was_needs_no_invalidation),
	    CAPABLE(other_memory_needs_a_break_whatever_the_cpu_can),
	    CAPABLE(another_memory_type_needs_a_break_whatever_the_cpu_can),
	    CAPABLE(a_table_with_a_hole_is_no_change_of_size),
	    CAPABLE(a_table_with_one_other_page_is_no_change_of_size),
	    CAPABLE(a_table_is_linked_behind_a_dsb_only),
	    CAPABLE(a_live_table_may_not_be_replaced_by_another),
	    CAPABLE(a_table_is_given_back_behind_its_invalidation_only),
	    CAPABLE(a_range_by_last_level_leaves_the_walker_the_table),
	    CAPABLE(a_table_in_use_may_not_be_zeroed),
	    CAPABLE(a_mapping_of_any_leaves_is_taken_down_in_order),
	    OTHER(a_mapping_of_any_leaves_is_taken_down_in_order),
	};
	return cmocka_run_group_tests_name("firmware/mm/bbm", tests, NULL, NULL);
}
