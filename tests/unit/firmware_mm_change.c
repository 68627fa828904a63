// SPDX-License-Identifier: GPL-2.0-or-later
// Changing rights: results, splats, invalidations; and whole boots in every order.
#include "unit/unit.h"

#include "mm/change.h"
#include "mm/invariants.h"
#include "mm/linmap.h"
#include "unit/firmware/flat.h"
#include "unit/firmware/system.h"

static void boot(enum stage last)
{
	struct system_config config = system_default();
	system_boot(&sys, &config, last);
}

static unsigned count_events(enum event_kind kind)
{
	unsigned count = 0;

	for (size_t i = 0; i < sys.machine.event_count; i++)
		count += sys.machine.events[i].kind == kind;
	return count;
}

static uint64_t desc_at(vaddr_t va)
{
	struct leaf leaf;
	walk_lookup(&sys.mm, va, &leaf);
	return leaf.desc;
}

// ---- results ----------------------------------------------------------------------------------

static void a_refused_split_splats_once_and_changes_nothing(void **state)
{
	(void)state;
	boot(STAGE_LINMAP);
	machine_record(&sys.machine);
	assert_int_equal(alias_valid(&sys.mm, false), MM_EBUSY);
	assert_int_equal(splats, 2); // the guard's, then this
	assert_string_equal(splat_function, "change_range");
	assert_int_equal(alias_valid(&sys.mm, false), MM_EBUSY);
	assert_int_equal(splats, 3); // the guard's only
	assert_int_equal(count_events(EVENT_STORE) + count_events(EVENT_TLBI), 0);
	system_assert_sound(&sys);
}

static void an_unaligned_range_changes_nothing(void **state)
{
	static const struct {
		bool cap;
		enum rodata rodata;
	} systems[] = {{true, RODATA_FULL}, {false, RODATA_FULL}, {true, RODATA_NOALIAS}};
	(void)state;
	for (unsigned i = 0; i < sizeof(systems) / sizeof(systems[0]); i++) {
		struct system_config config = system_default();
		config.cap_boot = config.cap_others = systems[i].cap;
		config.policy.rodata = systems[i].rodata;
		if (i)
			system_deinit(&sys);
		system_boot(&sys, &config, STAGE_RODATA_RO);
		machine_record(&sys.machine);
		vaddr_t page = sys_linear(0x40700000);
		assert_int_equal(
		    change_range(&sys.mm, page + 8, 0x1000, DESC_NG, DESC_VALID, CHANGE_FLUSH),
		    MM_EINVAL);
		assert_int_equal(splats, 1);
		assert_string_equal(splat_function, "change_range");
		assert_int_equal(
		    change_range(&sys.mm, page, 0x1008, DESC_NG, DESC_VALID, CHANGE_FLUSH),
		    MM_EINVAL);
		// From a place where nothing is mapped into RAM: no page of it is cut, and yet.
		vaddr_t hole = mm_linear_range(&sys.mm).end + 8;
		assert_int_equal(
		    change_range(&sys.mm, hole, 0x1ff8, DESC_NG, DESC_VALID, CHANGE_FLUSH),
		    MM_EINVAL);
		assert_int_equal(splats, 1);
		assert_int_equal(count_events(EVENT_STORE), 0);
		system_assert_sound(&sys);
	}
}

static void a_block_covered_in_part_changes_nothing(void **state)
{
	struct system_config config = system_default();
	(void)state;
	config.policy.rodata = RODATA_NOALIAS; // big leaves, and nobody may split them
	system_boot(&sys, &config, STAGE_RODATA_RO);
	machine_record(&sys.machine);
	assert_int_equal(set_valid(&sys.mm, sys_linear(0x44000000), 1, false), MM_EINVAL);
	// A contiguous group is as little to be cut as a block.
	assert_int_equal(set_valid(&sys.mm, sys_linear(0x44000000), 512, false), MM_EINVAL);
	assert_int_equal(set_valid(&sys.mm, sys_linear(0x44200000) - 0x1000, 2, false), MM_EINVAL);
	assert_int_equal(splats, 1);
	assert_int_equal(count_events(EVENT_STORE), 0);
	assert_int_equal(set_valid(&sys.mm, sys_linear(0x44000000), 16 * 512, false), MM_OK);
	assert_int_equal(count_events(EVENT_STORE), 16);
}

static void nothing_to_change_is_success(void **state)
{
	(void)state;
	boot(STAGE_LINMAP);
	assert_int_equal(set_valid(&sys.mm, sys_linear(0x44000000), 0, false), MM_OK);
	assert_int_equal(splats, 0);
}

static void invalid_leaves_are_brought_back_as_they_were(void **state)
{
	(void)state;
	boot(STAGE_RODATA_RO);
	vaddr_t page = sys_linear(0x40700000);
	uint64_t before = desc_at(page) & ~DESC_CONT;
	assert_int_equal(set_valid(&sys.mm, page, 3, false), MM_OK);
	assert_int_equal(desc_at(page), (before & ~DESC_VALID) | DESC_NG);
	assert_int_equal(set_valid(&sys.mm, page, 3, false), MM_OK);
	assert_int_equal(set_valid(&sys.mm, page, 3, true), MM_OK);
	assert_int_equal(desc_at(page), before);
	assert_int_equal(set_valid(&sys.mm, page, 3, true), MM_OK);
	assert_int_equal(desc_at(page), before);
}

static void the_direct_map_page_comes_back_writable(void **state)
{
	(void)state;
	boot(STAGE_RODATA_RO);
	vaddr_t page = sys_linear(0x40700000);
	assert_int_equal(change_range(&sys.mm, page, 0x1000, DESC_AP2, DESC_WRITE, CHANGE_FLUSH),
			 MM_OK);
	assert_int_equal(direct_invalid(&sys.mm, page), MM_OK);
	assert_false(desc_is_valid(desc_at(page)));
	assert_int_equal(direct_default(&sys.mm, page), MM_OK);
	assert_int_equal(desc_at(page), desc_leaf(0x40700000, PROT_KERNEL_TAGGED, LEVEL_PTE));
}

static void the_direct_map_stays_where_nobody_may_set_it(void **state)
{
	struct system_config config = system_default();
	(void)state;
	config.policy.rodata = RODATA_NOALIAS;
	system_boot(&sys, &config, STAGE_RODATA_RO);
	machine_record(&sys.machine);
	assert_int_equal(direct_invalid(&sys.mm, sys_linear(0x44001000)), MM_OK);
	assert_int_equal(direct_default(&sys.mm, sys_linear(0x44001000)), MM_OK);
	assert_int_equal(sys.machine.event_count, 0);
}

// ---- invalidations ----------------------------------------------------------------------------

static void only_a_change_that_just_validates_needs_none(void **state)
{
	(void)state;
	boot(STAGE_RODATA_RO);
	vaddr_t page = sys_linear(0x40700000);
	machine_record(&sys.machine);
	assert_int_equal(set_valid(&sys.mm, page, 1, false), MM_OK);
	assert_int_equal(count_events(EVENT_TLBI), 1);
	machine_record(&sys.machine);
	assert_int_equal(set_valid(&sys.mm, page, 1, true), MM_OK);
	assert_int_equal(count_events(EVENT_TLBI), 0);
	assert_int_equal(change_range(&sys.mm, page, 0x1000, DESC_VALID | DESC_WRITE,
				      DESC_NG | DESC_AP2, CHANGE_FLUSH),
			 MM_OK);
	assert_int_equal(count_events(EVENT_TLBI), 1);
	machine_record(&sys.machine);
	assert_int_equal(direct_invalid(&sys.mm, page), MM_OK);
	assert_int_equal(direct_default(&sys.mm, page), MM_OK);
	assert_int_equal(count_events(EVENT_TLBI), 0); // the caller's
}

// The events behind the last store of a change of `pages` pages.
static const struct event *tail_of_change(uint64_t pages, size_t *count)
{
	size_t i;

	assert_int_equal(set_valid(&sys.mm, sys_linear(0x44000000), pages, true), MM_OK);
	machine_record(&sys.machine);
	assert_int_equal(set_valid(&sys.mm, sys_linear(0x44000000), pages, false), MM_OK);
	for (i = sys.machine.event_count; sys.machine.events[i - 1].kind != EVENT_STORE; i--)
		;
	*count = sys.machine.event_count - i;
	return sys.machine.events + i;
}

static void assert_barriers(const struct event *e, size_t count, unsigned invalidations)
{
	assert_int_equal(count, 5 + invalidations);
	assert_int_equal(e[0].value, BARRIER_DSB_ISHST); // the change itself is seen
	assert_int_equal(e[1].value, BARRIER_ISB);
	assert_int_equal(e[2].value, BARRIER_DSB_ISHST);
	for (unsigned i = 0; i < invalidations; i++)
		assert_int_equal(e[3 + i].kind, EVENT_TLBI);
	assert_int_equal(e[3 + invalidations].value, BARRIER_DSB_ISH);
	assert_int_equal(e[4 + invalidations].value, BARRIER_ISB);
}

static void a_range_is_invalidated_page_by_page_by_ranges_or_whole(void **state)
{
	size_t count;
	const struct event *e;
	(void)state;
	boot(STAGE_RODATA_RO);
	e = tail_of_change(3, &count);
	assert_barriers(e, count, 3);
	assert_int_equal(e[3].tlbi, TLBI_VAALE1IS);
	e = tail_of_change(512, &count);
	assert_barriers(e, count, 1);
	assert_int_equal(e[3].tlbi, TLBI_VMALLE1IS);
	sys.mm.tlbi_ranges = true;
	e = tail_of_change(512, &count);
	assert_barriers(e, count, 1);
	assert_int_equal(e[3].tlbi, TLBI_RVAALE1IS);
	e = tail_of_change(3, &count);
	assert_barriers(e, count, 2);
}

static void errata_want_the_last_one_twice(void **state)
{
	size_t count;
	const struct event *e;
	(void)state;
	boot(STAGE_RODATA_RO);
	sys.mm.tlbi_twice = true;
	e = tail_of_change(2, &count);
	assert_int_equal(count, 3 + 2 + 1 + 2 + 1);
	assert_int_equal(e[5].value, BARRIER_DSB_ISH);
	assert_int_equal(e[6].kind, EVENT_TLBI);
	assert_int_equal(e[6].value, e[4].value);
	assert_int_equal(e[7].value, BARRIER_DSB_ISH);
	assert_int_equal(e[8].value, BARRIER_ISB);
}

// ---- windows ----------------------------------------------------------------------------------

static void read_only_windows_take_their_aliases_along(void **state)
{
	static const struct {
		enum rodata rodata;
		bool follows;
	} cases[] = {{RODATA_FULL, true}, {RODATA_NOALIAS, false}, {RODATA_OFF, false}};
	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct system_config config = system_default();
		paddr_t pages[3];
		config.policy.rodata = cases[i].rodata;
		if (i)
			system_deinit(&sys);
		system_boot(&sys, &config, STAGE_RODATA_RO);
		for (unsigned k = 0; k < 3; k++)
			assert_true(pages_take_range(&sys.pages, 0x1000, 0x1000, &pages[k]));
		vaddr_t window = vmap_base(sys.mm.geometry) + 0x5000;
		assert_int_equal(vmap_pages(&sys.mm, window, pages, 3), MM_OK);
		assert_int_equal(desc_at(window + 0x2000),
				 desc_leaf(pages[2], PROT_KERNEL_RW, LEVEL_PTE));
		assert_int_equal(set_ro(&sys.mm, window, 3), MM_OK);
		for (unsigned k = 0; k < 3; k++) {
			assert_true(desc_at(window + k * 0x1000) & DESC_AP2);
			assert_false(desc_at(window + k * 0x1000) & DESC_WRITE);
			assert_int_equal(!!(desc_at(sys_linear(pages[k])) & DESC_AP2),
					 cases[i].follows);
		}
		assert_int_equal(set_rw(&sys.mm, window, 3), MM_OK);
		for (unsigned k = 0; k < 3; k++) {
			assert_true(desc_is_writable(desc_at(window + k * 0x1000)));
			assert_true(desc_is_writable(desc_at(sys_linear(pages[k]))));
		}
		system_assert_sound(&sys);
		machine_record(&sys.machine);
		vunmap_range(&sys.mm, window, 0x3000);
		assert_int_equal(count_events(EVENT_STORE), 3);
		assert_int_equal(count_events(EVENT_TLBI), 3);
		assert_int_equal(desc_at(window), 0);
		system_assert_sound(&sys);
	}
}

static void a_window_that_is_not_mapped_is_refused(void **state)
{
	(void)state;
	boot(STAGE_RODATA_RO);
	assert_int_equal(set_ro(&sys.mm, vmap_base(sys.mm.geometry), 1), MM_EINVAL);
}

static void a_window_without_memory_for_tables_is_refused(void **state)
{
	paddr_t page;
	(void)state;
	boot(STAGE_RODATA_RO);
	assert_true(pages_take_range(&sys.pages, 0x1000, 0x1000, &page));
	pages_fail_at(&sys.pages, 1);
	assert_int_equal(vmap_pages(&sys.mm, vmap_base(sys.mm.geometry), &page, 1), MM_ENOMEM);
	system_assert_sound(&sys);
}

static void assert_boot_as_expected(const struct system_config *config)
{
	struct outcome outcome = policy_outcome(&config->policy, config->cap_boot);
	uint64_t pages;

	system_boot(&sys, config, STAGE_LINMAP);
	system_assert_sound(&sys);
	for (enum stage stage = STAGE_PREMAP; stage <= STAGE_RODATA_RO; stage++) {
		system_continue(&sys, stage);
		system_assert_sound(&sys);
	}
	assert_int_equal(splats, outcome.splats);
	assert_int_equal(sys.alias_result, outcome.splats ? MM_EBUSY : MM_OK);
	struct range data = mm_data_alias(&sys.mm);
	pages = (data.end - data.start) >> sys.mm.geometry->page_shift;
	assert_int_equal(data_alias_writable(&sys.mm), outcome.alias == ALIAS_RW ? pages : 0);
	system_deinit(&sys);
}

// ---- image ------------------------------------------------------------------------------------

static void taking_rights_from_the_image_and_the_text_invalidates(void **state)
{
	static void (*const take[])(struct mm * mm) = {image_rodata_ro, linmap_text_ro,
						       linmap_data_ro};
	(void)state;
	boot(STAGE_CAPS_FINAL);
	for (unsigned i = 0; i < sizeof(take) / sizeof(take[0]); i++) {
		machine_record(&sys.machine);
		take[i](&sys.mm);
		assert_true(count_events(EVENT_STORE) > 0);
		assert_true(count_events(EVENT_TLBI) > 0);
		size_t last = sys.machine.event_count - 1;
		assert_int_equal(sys.machine.events[last].value, BARRIER_ISB);
		assert_int_equal(sys.machine.events[last - 1].value, BARRIER_DSB_ISH);
	}
}

static void a_page_that_bss_ends_in_belongs_to_the_data(void **state)
{
	static const uint64_t ends[GRANULE_COUNT] = {0x406ab000, 0x406ac000, 0x406b0000};
	(void)state;
	for (unsigned granule = 0; granule < GRANULE_COUNT; granule++) {
		struct system_config config = system_default();
		config.granule = (enum granule)granule;
		if (granule)
			system_deinit(&sys);
		system_boot(&sys, &config, STAGE_RODATA_RO);
		assert_int_equal(mm_data_alias(&sys.mm).end, sys_linear(ends[granule]));
		assert_int_equal(mm_tail_alias(&sys.mm).start, sys_linear(ends[granule]));
		assert_int_equal(mm_tail_alias(&sys.mm).end, sys_linear(0x406b0000));
	}
}

// An init part so long that data leaves its blocks alone: only the text's own mapping, made first,
// keeps a leaf from reaching over the text's end.
static void the_text_ends_where_a_leaf_ends(void **state)
{
	struct system_config config = system_default();
	(void)state;
	config.layout = system_layout(0x40200000);
	config.layout.init_end += 0x1000000;
	config.layout.bss_stop += 0x1000000;
	system_layout_end(&config.layout);
	assert_boot_as_expected(&config);
}

// ---- whole boots ------------------------------------------------------------------------------

static void every_policy_order_and_granule_boots_as_expected(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3 * 4 * 3 * 3 * 2 * 2; i++) {
		struct system_config config = system_default();
		config.granule = (enum granule)(i % 3);
		config.policy.order = (enum order)(i / 3 % 4);
		config.policy.rodata = (enum rodata)(i / 12 % 3);
		config.policy.kfence = (enum kfence)(i / 36 % 3);
		config.policy.debug_pagealloc = i / 108 % 2;
		config.cap_boot = config.cap_others = i / 216 % 2;
		config.ram.count = 0;
		ranges_add(&config.ram, 0x40000000, 0x48000000);
		assert_boot_as_expected(&config);
	}
}

static void mixed_systems_boot_as_expected(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3 * 4 * 3 * 2; i++) {
		struct system_config config = system_default();
		config.granule = (enum granule)(i % 3);
		config.policy.order = (enum order)(i / 3 % 4);
		config.policy.kfence = (enum kfence)(i / 12 % 3);
		config.cap_boot = i / 36 % 2;
		config.cap_others = !config.cap_boot;
		config.cpus = 4;
		config.ram.count = 0;
		ranges_add(&config.ram, 0x40000000, 0x48000000);
		assert_boot_as_expected(&config);
	}
}

static void hibernation_three_times_over(void **state)
{
	(void)state;
	for (unsigned order = ORDER_PREMAP; order <= ORDER_ROONLY; order++) {
		struct system_config config = system_default();
		config.policy.order = (enum order)order;
		if (order)
			system_deinit(&sys);
		system_boot(&sys, &config, STAGE_RODATA_RO);
		struct range data = mm_data_alias(&sys.mm);
		uint64_t pages = (data.end - data.start) / 0x1000;
		uint64_t rw = order == ORDER_ROONLY ? 0 : pages;
		for (unsigned round = 0; round < 3; round++) {
			for (unsigned twice = 0; twice < 2; twice++) {
				assert_int_equal(hibernate_prepare(&sys.mm), MM_OK);
				assert_int_equal(data_alias_writable(&sys.mm), rw);
				system_assert_sound(&sys);
			}
			for (unsigned twice = 0; twice < 2; twice++) {
				assert_int_equal(hibernate_post(&sys.mm), MM_OK);
				assert_int_equal(data_alias_writable(&sys.mm), 0);
				system_assert_sound(&sys);
			}
		}
	}
}

static void boundaries_made_by_the_builder_need_no_split(void **state)
{
	(void)state;
	boot(STAGE_CAPS_FINAL);
	unsigned tables = sys.pages.live[OWNER_LINEAR];
	struct range all = mm_linear_range(&sys.mm);
	struct census before, after;
	walk_census(&sys.mm, all.start, all.end, &before);
	system_continue(&sys, STAGE_RODATA_RO);
	walk_census(&sys.mm, all.start, all.end, &after);
	after.invalid[LEVEL_PTE] = 0;
	assert_memory_equal(&before, &after, sizeof(after));
	assert_int_equal(sys.pages.live[OWNER_LINEAR], tables);
}

// ---- the builder's own rules ------------------------------------------------------------------

static void ram_edges_inside_a_page_are_never_mapped(void **state)
{
	(void)state;
	for (unsigned granule = 0; granule < GRANULE_COUNT; granule++) {
		struct system_config config = system_default();
		struct leaf leaf;
		config.granule = (enum granule)granule;
		config.ram.count = 0;
		ranges_add(&config.ram, 0x40000800, 0x48000000);
		ranges_add(&config.ram, 0x48011234, 0x4804fff0);
		ranges_add(&config.ram, 0x48050100, 0x48050200); // less than a page
		if (granule)
			system_deinit(&sys);
		system_boot(&sys, &config, STAGE_RODATA_RO);
		uint64_t page = mm_page_size(&sys.mm);
		system_assert_sound(&sys);
		assert_false(walk_lookup(&sys.mm, sys_linear(0x40000800), &leaf));
		assert_true(walk_lookup(&sys.mm, sys_linear(align_up(0x40000800, page)), &leaf));
		assert_false(walk_lookup(&sys.mm, sys_linear(0x48011234), &leaf));
		assert_true(walk_lookup(&sys.mm, sys_linear(align_up(0x48011234, page)), &leaf));
		assert_false(walk_lookup(&sys.mm, sys_linear(0x4804ff00), &leaf));
		assert_false(walk_lookup(&sys.mm, sys_linear(0x48050100), &leaf));
	}
}

static void ram_out_of_the_maps_reach_is_cut_off(void **state)
{
	struct system_config config = system_default();
	(void)state;
	config.granule = GRANULE_16K; // 47-bit addresses: 64 TiB of linear map
	ranges_add(&config.ram, UINT64_C(0x400000000000), UINT64_C(0x400080000000));
	system_boot(&sys, &config, STAGE_DISCOVER);
	struct mm again = sys.mm;
	assert_int_equal(mm_set_ram(&again, &config.ram), UINT64_C(0x40000000));
	assert_int_equal(again.ram.count, 2);
	assert_int_equal(again.ram.range[1].end, UINT64_C(0x400040000000));
	assert_int_equal(again.memstart, 0x40000000);
	struct ranges none = {0};
	ranges_add(&none, 0x1000, 0x1100);
	assert_true(PANICS(mm_set_ram(&again, &none)));
}

static void count_entries(void *context, const struct leaf_run *run)
{
	*(uint64_t *)context += run->count;
}

static void the_last_page_of_all_can_be_mapped(void **state)
{
	(void)state;
	for (unsigned granule = 0; granule < GRANULE_COUNT; granule++) {
		struct system_config config = system_default();
		config.granule = (enum granule)granule;
		if (granule)
			system_deinit(&sys);
		system_boot(&sys, &config, STAGE_RODATA_RO);
		uint64_t size = mm_page_size(&sys.mm) * 3;
		struct map_request request = {
		    .va = -size,
		    .pa = 0x44000000,
		    .size = size,
		    .prot = PROT_KERNEL_RW,
		    .flags = MAP_NO_CONT,
		    .source = pages_late_table,
		    .owner = OWNER_IMAGE,
		};
		assert_int_equal(map_range(&sys.mm, &request), MM_OK);
		uint64_t pages = 0;
		struct walk_visitor visitor = {.context = &pages, .leaves = count_entries};
		walk_range(&sys.mm, request.va, 0, &visitor);
		assert_int_equal(pages, 3);
		assert_int_equal(desc_pa(desc_at(UINT64_MAX)), 0x44000000 + size / 3 * 2);
		system_assert_sound(&sys);
	}
}

static void a_missing_table_panics_where_none_may_be_made(void **state)
{
	(void)state;
	boot(STAGE_RODATA_RO);
	struct map_request request = {
	    .va = mm_linear_range(&sys.mm).end + (UINT64_C(1) << 40),
	    .pa = 0x40000000,
	    .size = 0x1000,
	    .prot = PROT_KERNEL_TAGGED,
	    .owner = OWNER_LINEAR,
	};
	assert_true(PANICS(map_range(&sys.mm, &request)));
	assert_non_null(strstr(panic_text, "ffff010080000000")); // says where
}

static void a_block_in_the_way_panics(void **state)
{
	(void)state;
	boot(STAGE_RODATA_RO);
	struct map_request request = {
	    .va = sys_linear(0x44001000),
	    .pa = 0x44001000,
	    .size = 0x1000,
	    .prot = PROT_KERNEL_RO,
	    .source = pages_late_table,
	    .owner = OWNER_LINEAR,
	};
	assert_true(PANICS(map_range(&sys.mm, &request)));
}

static void an_unsafe_change_splats_and_is_not_made(void **state)
{
	struct leaf leaf;
	(void)state;
	boot(STAGE_RODATA_RO);
	assert_true(walk_lookup(&sys.mm, sys_linear(0x44000000), &leaf));
	uint64_t before = leaf.desc;
	entry_store(&sys.mm, leaf.entry, before ^ DESC_CONT);
	assert_int_equal(splats, 1);
	assert_string_equal(splat_function, "entry_store");
	assert_int_equal(*leaf.entry, before);
	struct leaf single; // not of a group
	assert_true(walk_lookup(&sys.mm, sys_linear(0x40800000), &single));
	assert_false(entry_store_split(&sys.mm, single.level, single.entry, sys.mm.layout.end));
	assert_int_equal(splats, 2); // that table is not filled
	entry_store_noncont(&sys.mm, leaf.entry);
	assert_int_equal(splats, 2);
	entry_store_noncont(&sys.mm, leaf.entry); // has no mark any more
	assert_int_equal(splats, 3);
	assert_int_equal(sys.mm.bad_stores, 3);
}

#define TEST(name) cmocka_unit_test_teardown(name, sys_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_refused_split_splats_once_and_changes_nothing),
	    TEST(an_unaligned_range_changes_nothing),
	    TEST(a_block_covered_in_part_changes_nothing),
	    TEST(nothing_to_change_is_success),
	    TEST(invalid_leaves_are_brought_back_as_they_were),
	    TEST(the_direct_map_page_comes_back_writable),
	    TEST(the_direct_map_stays_where_nobody_may_set_it),
	    TEST(only_a_change_that_just_validates_needs_none),
	    TEST(a_range_is_invalidated_page_by_page_by_ranges_or_whole),
	    TEST(errata_want_the_last_one_twice),
	    TEST(read_only_windows_take_their_aliases_along),
	    TEST(a_window_that_is_not_mapped_is_refused),
	    TEST(a_window_without_memory_for_tables_is_refused),
	    TEST(taking_rights_from_the_image_and_the_text_invalidates),
	    TEST(a_page_that_bss_ends_in_belongs_to_the_data),
	    cmocka_unit_test(the_text_ends_where_a_leaf_ends),
	    cmocka_unit_test(every_policy_order_and_granule_boots_as_expected),
	    cmocka_unit_test(mixed_systems_boot_as_expected),
	    TEST(hibernation_three_times_over),
	    TEST(boundaries_made_by_the_builder_need_no_split),
	    TEST(ram_edges_inside_a_page_are_never_mapped),
	    TEST(ram_out_of_the_maps_reach_is_cut_off),
	    TEST(the_last_page_of_all_can_be_mapped),
	    TEST(a_missing_table_panics_where_none_may_be_made),
	    TEST(a_block_in_the_way_panics),
	    TEST(an_unsafe_change_splats_and_is_not_made),
	};
	return cmocka_run_group_tests_name("firmware/mm/change", tests, NULL, NULL);
}
