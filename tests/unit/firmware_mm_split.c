// SPDX-License-Identifier: GPL-2.0-or-later
// When leaves may be split, what a split does to the tables, and in which order.
#include "unit/unit.h"

#include "mm/change.h"
#include "mm/invariants.h"
#include "mm/linmap.h"
#include "mm/split.h"
#include "mm/walk.h"
#include "unit/firmware/flat.h"
#include "unit/firmware/system.h"

#define MIB (UINT64_C(1) << 20)

// A capable system with enough RAM for whole contiguous groups of blocks.
static struct system_config capable(enum granule granule)
{
	static const uint64_t gib[GRANULE_COUNT] = {4, 3, 36};
	// Groups need memory as aligned as themselves: 16 GiB with 64K.
	uint64_t base = granule == GRANULE_64K ? UINT64_C(0x400000000) : 0x40000000;
	struct system_config config = system_default();

	config.granule = granule;
	config.ram.count = 0;
	ranges_add(&config.ram, base, base + (gib[granule] << 30));
	config.image = base + 2 * MIB;
	return config;
}

// ---- the guard --------------------------------------------------------------------------------

#define VA_OF_DATA sys_linear(0x405e0000)

static enum split_verdict guard_pages(vaddr_t va, uint64_t pages)
{
	return split_guard(&sys.mm, va, va + pages * mm_page_size(&sys.mm));
}

static void row_1_nobody_will_split(void **state)
{
	struct system_config config = capable(GRANULE_4K);
	(void)state;
	config.policy.rodata = RODATA_NOALIAS;
	system_boot(&sys, &config, STAGE_LINMAP);
	assert_false(sys.mm.need_bbm);
	assert_int_equal(guard_pages(VA_OF_DATA, 1), SPLIT_NOT_NEEDED);
	assert_int_equal(split_guard(&sys.mm, 1, 2), SPLIT_NOT_NEEDED); // ahead of all other rows
	assert_int_equal(splats, 0);
}

static void row_2_the_kfence_pool_needs_none(void **state)
{
	struct system_config config = capable(GRANULE_4K);
	(void)state;
	system_boot(&sys, &config, STAGE_LINMAP);
	vaddr_t pool = sys_linear(sys.mm.kfence.start);
	assert_int_equal(guard_pages(pool, 1), SPLIT_NOT_NEEDED);
	assert_int_equal(guard_pages(sys_linear(sys.mm.kfence.end) - 0x1000, 1), SPLIT_NOT_NEEDED);
	assert_int_equal(splats, 0); // before row 4
	assert_int_equal(guard_pages(pool - 0x1000, 1), SPLIT_REFUSED);
}

static void row_3_a_mixed_system_was_repainted(void **state)
{
	struct system_config config = capable(GRANULE_4K);
	(void)state;
	config.cpus = 2;
	config.cap_others = false;
	system_boot(&sys, &config, STAGE_CAPS_FINAL);
	assert_true(sys.mm.need_bbm);
	assert_int_equal(guard_pages(VA_OF_DATA, 1), SPLIT_NOT_NEEDED);
	assert_int_equal(split_guard(&sys.mm, 1, 2), SPLIT_NOT_NEEDED);
	assert_int_equal(splats, 0);
}

static void row_4_too_early_splats(void **state)
{
	struct system_config config = capable(GRANULE_4K);
	(void)state;
	system_boot(&sys, &config, STAGE_LINMAP);
	assert_int_equal(guard_pages(VA_OF_DATA, 203), SPLIT_REFUSED);
	assert_int_equal(splats, 1);
	assert_string_equal(splat_function, "split_guard");
	// It is no WARN_ONCE, and comes ahead of the look at the alignment.
	assert_int_equal(split_guard(&sys.mm, VA_OF_DATA + 1, VA_OF_DATA + 2), SPLIT_REFUSED);
	assert_int_equal(splats, 2);
	assert_int_equal(split_to(&sys.mm, VA_OF_DATA, VA_OF_DATA + 0x1000), MM_EBUSY);
	assert_int_equal(splats, 3);
}

static void row_5_other_cpus_are_watching(void **state)
{
	struct system_config config = capable(GRANULE_4K);
	(void)state;
	config.cpus = 2;
	config.cap_others = false;
	system_boot(&sys, &config, STAGE_BOOT_CAPS);
	assert_int_equal(guard_pages(VA_OF_DATA, 1), SPLIT_GO); // alone, and able
	sys.mm.caps.sys = false;
	assert_int_equal(guard_pages(VA_OF_DATA, 1), SPLIT_GO); // alone
	sys.machine.online = 2;
	assert_int_equal(guard_pages(VA_OF_DATA, 1), SPLIT_REFUSED);
	assert_int_equal(splats, 1);
	sys.mm.caps.sys = true;
	assert_int_equal(guard_pages(VA_OF_DATA, 1), SPLIT_GO); // all able
	assert_int_equal(splats, 1);
}

static void row_6_only_whole_pages(void **state)
{
	struct system_config config = capable(GRANULE_4K);
	(void)state;
	system_boot(&sys, &config, STAGE_RODATA_RO);
	assert_int_equal(split_guard(&sys.mm, VA_OF_DATA + 8, VA_OF_DATA + 0x1000),
			 SPLIT_BAD_RANGE);
	assert_int_equal(split_guard(&sys.mm, VA_OF_DATA, VA_OF_DATA + 0x1008), SPLIT_BAD_RANGE);
	assert_int_equal(split_to(&sys.mm, VA_OF_DATA, VA_OF_DATA + 0x1008), MM_EINVAL);
	assert_int_equal(splats, 0);
}

// ---- what a split does ------------------------------------------------------------------------

static struct census census_of(vaddr_t start, uint64_t size)
{
	struct census census;
	walk_census(&sys.mm, start, start + size, &census);
	return census;
}

// R1: one page in the middle of an untouched 1 GiB leaf.
static void a_page_of_a_gib_leaf(void **state)
{
	struct system_config config = capable(GRANULE_4K);
	(void)state;
	system_boot(&sys, &config, STAGE_RODATA_RO);
	vaddr_t gib = sys_linear(0x80000000);
	vaddr_t page = gib + 0x12345000;
	struct census before = census_of(gib, 1024 * MIB);
	assert_int_equal(before.leaves[LEVEL_PUD], 1);
	assert_int_equal(set_valid(&sys.mm, page, 1, false), MM_OK);
	struct census after = census_of(gib, 1024 * MIB);
	assert_int_equal(after.tables[LEVEL_PMD], 1);
	assert_int_equal(after.leaves[LEVEL_PMD], 511);
	assert_int_equal(after.cont[LEVEL_PMD], 512 - 16);
	assert_int_equal(after.tables[LEVEL_PTE], 1);
	assert_int_equal(after.leaves[LEVEL_PTE], 512);
	assert_int_equal(after.cont[LEVEL_PTE], 512 - 16);
	assert_int_equal(after.invalid[LEVEL_PTE], 1);
	struct leaf leaf;
	assert_true(walk_lookup(&sys.mm, page, &leaf));
	assert_false(desc_is_valid(leaf.desc));
	ranges_add(&sys.mm.changed, page, page + 0x1000);
	system_assert_sound(&sys);
}

// R2: one page of a contiguous group of blocks; all granules.
static void a_page_of_contiguous_blocks(void **state)
{
	static const enum granule granules[] = {GRANULE_4K, GRANULE_16K, GRANULE_64K};
	(void)state;
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		struct system_config config = capable(granules[i]);
		if (i)
			system_deinit(&sys);
		system_boot(&sys, &config, STAGE_RODATA_RO);
		const struct geometry *g = sys.mm.geometry;
		uint64_t size = cont_size(g, LEVEL_PMD);
		vaddr_t group = align_up(mm_data_alias(&sys.mm).end, size);
		unsigned n = cont_entries(g, LEVEL_PMD);
		unsigned pages = level_entries(g, LEVEL_PTE);
		assert_int_equal(census_of(group, size).cont[LEVEL_PMD], n);
		vaddr_t page = group + level_size(g, LEVEL_PMD) * 3 + page_size(g) * 5;
		assert_int_equal(set_valid(&sys.mm, page, 1, false), MM_OK);
		struct census after = census_of(group, size);
		assert_int_equal(after.leaves[LEVEL_PMD], n - 1);
		assert_int_equal(after.cont[LEVEL_PMD], 0);
		assert_int_equal(after.tables[LEVEL_PTE], 1);
		assert_int_equal(after.leaves[LEVEL_PTE], pages);
		assert_int_equal(after.cont[LEVEL_PTE], pages - cont_entries(g, LEVEL_PTE));
		assert_int_equal(after.invalid[LEVEL_PTE], 1);
		assert_int_equal(set_valid(&sys.mm, page, 1, true), MM_OK);
		system_assert_sound(&sys);
	}
}

// R3: one page of a contiguous group of pages.
static void a_page_of_contiguous_pages(void **state)
{
	struct system_config config = capable(GRANULE_4K);
	(void)state;
	system_boot(&sys, &config, STAGE_RODATA_RO);
	vaddr_t group = sys_linear(0x40700000);
	unsigned tables = sys.pages.live[OWNER_LINEAR];
	assert_int_equal(census_of(group, 0x10000).cont[LEVEL_PTE], 16);
	assert_int_equal(set_valid(&sys.mm, group + 0x3000, 1, false), MM_OK);
	struct census after = census_of(group, 0x10000);
	assert_int_equal(after.leaves[LEVEL_PTE], 16);
	assert_int_equal(after.cont[LEVEL_PTE], 0);
	assert_int_equal(after.invalid[LEVEL_PTE], 1);
	assert_int_equal(census_of(group - 0x10000, 0x30000).cont[LEVEL_PTE], 32);
	assert_int_equal(sys.pages.live[OWNER_LINEAR], tables);
}

// R4: exactly one block takes no table, only the group's mark.
static void a_whole_block(void **state)
{
	struct system_config config = capable(GRANULE_4K);
	(void)state;
	system_boot(&sys, &config, STAGE_RODATA_RO);
	vaddr_t group = sys_linear(0x44000000);
	unsigned tables = sys.pages.live[OWNER_LINEAR];
	assert_int_equal(set_valid(&sys.mm, group + 2 * MIB, 512, false), MM_OK);
	struct census after = census_of(group, 32 * MIB);
	assert_int_equal(after.leaves[LEVEL_PMD], 16);
	assert_int_equal(after.cont[LEVEL_PMD], 0);
	assert_int_equal(after.invalid[LEVEL_PMD], 1);
	assert_int_equal(sys.pages.live[OWNER_LINEAR], tables);
	// A present-invalid block is split into present-invalid pages.
	assert_int_equal(set_valid(&sys.mm, group + 2 * MIB + 0x5000, 1, true), MM_OK);
	after = census_of(group + 2 * MIB, 2 * MIB);
	assert_int_equal(after.leaves[LEVEL_PTE], 512);
	assert_int_equal(after.invalid[LEVEL_PTE], 511);
	assert_int_equal(sys.pages.live[OWNER_LINEAR], tables + 1);
}

// R5: over a block boundary.
static void a_range_over_a_block_boundary(void **state)
{
	struct system_config config = capable(GRANULE_4K);
	(void)state;
	system_boot(&sys, &config, STAGE_RODATA_RO);
	vaddr_t group = sys_linear(0x44000000);
	assert_int_equal(set_valid(&sys.mm, group + 4 * MIB - 0x1000, 2, false), MM_OK);
	struct census after = census_of(group, 32 * MIB);
	assert_int_equal(after.tables[LEVEL_PTE], 2);
	assert_int_equal(after.leaves[LEVEL_PMD], 14);
	assert_int_equal(after.invalid[LEVEL_PTE], 2);
	assert_int_equal(after.cont[LEVEL_PTE], 2 * (512 - 16));
}

// R6: ranges of many lengths, invalid and valid again; leaves are never merged back.
static void ranges_of_many_lengths(void **state)
{
	static const unsigned lengths[] = {1, 2, 15, 16, 17, 511, 512, 513, 2048};
	struct system_config config = capable(GRANULE_4K);
	(void)state;
	system_boot(&sys, &config, STAGE_RODATA_RO);
	for (unsigned i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		vaddr_t start = sys_linear(0x48000000) + i * 64 * MIB + 0x7000;
		assert_int_equal(set_valid(&sys.mm, start, lengths[i], false), MM_OK);
		struct census split = census_of(start, 64 * MIB);
		assert_int_equal(split.invalid[LEVEL_PTE] + 512 * split.invalid[LEVEL_PMD],
				 lengths[i]);
		assert_int_equal(set_valid(&sys.mm, start, lengths[i], true), MM_OK);
		struct census again = census_of(start, 64 * MIB);
		memset(split.invalid, 0, sizeof(split.invalid));
		assert_memory_equal(&split, &again, sizeof(split));
		system_assert_sound(&sys);
	}
}

// R8: kfence asks from where no lock can be taken.
static void the_pool_takes_no_lock(void **state)
{
	struct system_config config = capable(GRANULE_4K);
	(void)state;
	system_boot(&sys, &config, STAGE_RODATA_RO);
	vaddr_t pool = sys_linear(sys.mm.kfence.start);
	machine_record(&sys.machine);
	assert_int_equal(set_valid(&sys.mm, pool + 0x3000, 1, false), MM_OK);
	assert_int_equal(set_valid(&sys.mm, pool + 0x3000, 1, true), MM_OK);
	for (size_t i = 0; i < sys.machine.event_count; i++)
		assert_int_not_equal(sys.machine.events[i].kind, EVENT_LOCK);
}

// R9: no page for the k-th table: every byte keeps its rights.
static void no_page_for_a_table(void **state)
{
	struct system_config config = capable(GRANULE_4K);
	(void)state;
	system_boot(&sys, &config, STAGE_RODATA_RO);
	struct flat flat;
	struct range all = mm_linear_range(&sys.mm);
	flat_init(&flat, &sys.mm);
	flat_change(&flat, mm_text_alias(&sys.mm).start, mm_text_alias(&sys.mm).end, FLAT_RO,
		    FLAT_MARK | FLAT_TAGGED);
	flat_change(&flat, mm_data_alias(&sys.mm).start, mm_data_alias(&sys.mm).end, 0, FLAT_VALID);
	for (unsigned k = 1; k <= 3; k++) {
		// Two tables for one page of a GiB leaf, and for a page each side of a block.
		vaddr_t start =
		    sys_linear(k == 1 ? 0x80000000 : 0x60000000) + k * 64 * MIB - 0x1000;
		unsigned tables = sys.pages.live[OWNER_LINEAR];
		splats_clear();
		sys.mm.warned = 0;
		pages_fail_at(&sys.pages, k);
		int r = set_valid(&sys.mm, start, 2, false);
		assert_int_equal(r, k <= 2 ? MM_ENOMEM : MM_OK);
		assert_int_equal(splats, k <= 2);
		pages_fail_at(&sys.pages, 0);
		assert_int_equal(sys.pages.live[OWNER_LINEAR], tables + (k <= 2 ? k - 1 : 2));
		if (r == MM_OK)
			assert_int_equal(set_valid(&sys.mm, start, 2, true), MM_OK);
		assert_true(flat_agrees(&flat, all.start, all.end));
		system_assert_sound(&sys);
	}
	flat_deinit(&flat);
}

static void one_page_is_split_at_its_less_aligned_end(void **state)
{
	struct system_config config = capable(GRANULE_4K);
	(void)state;
	system_boot(&sys, &config, STAGE_RODATA_RO);
	vaddr_t block = sys_linear(0x44200000);
	machine_record(&sys.machine);
	assert_int_equal(split_to(&sys.mm, block, block + 0x1000), MM_OK);
	// 16 marks off the blocks, 512 children, the link, 16 marks off the pages: nothing twice.
	unsigned stores = 0;
	for (size_t i = 0; i < sys.machine.event_count; i++)
		stores += sys.machine.events[i].kind == EVENT_STORE;
	assert_int_equal(stores, 16 + 512 + 1 + 16);
	struct census after = census_of(block, 2 * MIB);
	assert_int_equal(after.cont[LEVEL_PTE], 512 - 16);
	machine_record(&sys.machine);
	assert_int_equal(split_to(&sys.mm, block + 0x1ff000, block + 0x200000), MM_OK);
	assert_int_equal(census_of(block, 2 * MIB).cont[LEVEL_PTE], 512 - 32);
}

static void splitting_where_nothing_is_does_nothing(void **state)
{
	struct system_config config = capable(GRANULE_4K);
	(void)state;
	system_boot(&sys, &config, STAGE_RODATA_RO);
	vaddr_t beyond = mm_linear_range(&sys.mm).end + 512 * MIB + 0x5000;
	unsigned tables = sys.pages.live[OWNER_LINEAR];
	assert_int_equal(split_to(&sys.mm, beyond, beyond + 0x3000), MM_OK);
	assert_int_equal(set_valid(&sys.mm, beyond, 3, true), MM_OK);
	assert_int_equal(sys.pages.live[OWNER_LINEAR], tables);
	system_assert_sound(&sys);
}

// R11: two CPUs at once make one table of one block.
struct contender {
	pthread_t thread;
	vaddr_t va;
	int result;
};

static void *contend(void *context)
{
	struct contender *c = context;

	c->result = split_to(&sys.mm, c->va, c->va + 0x1000);
	return NULL;
}

static void two_cpus_split_one_block_once(void **state)
{
	struct system_config config = capable(GRANULE_4K);
	(void)state;
	config.cpus = 2;
	system_boot(&sys, &config, STAGE_RODATA_RO);
	for (unsigned round = 0; round < 300; round++) {
		vaddr_t block = sys_linear(0x44000000) + round * 2 * MIB;
		struct contender c[2] = {{.va = block + 0x3000}, {.va = block + 0x103000}};
		unsigned tables = sys.pages.live[OWNER_LINEAR];
		unsigned upper = census_of(block, 2 * MIB).tables[LEVEL_PMD];
		for (unsigned i = 0; i < 2; i++)
			assert_int_equal(pthread_create(&c[i].thread, NULL, contend, &c[i]), 0);
		for (unsigned i = 0; i < 2; i++) {
			assert_int_equal(pthread_join(c[i].thread, NULL), 0);
			assert_int_equal(c[i].result, MM_OK);
		}
		struct census after = census_of(block, 2 * MIB);
		assert_int_equal(after.tables[LEVEL_PTE], 1);
		assert_int_equal(after.cont[LEVEL_PTE], 512 - 32);
		assert_int_equal(sys.pages.live[OWNER_LINEAR],
				 tables + 1 + (after.tables[LEVEL_PMD] - upper));
	}
	system_assert_sound(&sys);
}

// ---- order ------------------------------------------------------------------------------------

static void a_table_is_filled_and_seen_before_it_is_linked(void **state)
{
	struct system_config config = capable(GRANULE_4K);
	(void)state;
	system_boot(&sys, &config, STAGE_RODATA_RO);
	vaddr_t block = sys_linear(0x44200000);
	struct leaf leaf;
	assert_true(walk_lookup(&sys.mm, block, &leaf));
	machine_record(&sys.machine);
	assert_int_equal(split_to(&sys.mm, block + 0x1000, block + 0x2000), MM_OK);

	const struct event *e = sys.machine.events;
	size_t i = 0;
	assert_int_equal(e[i++].kind, EVENT_LOCK);
	for (unsigned k = 0; k < 16; k++, i++) // the group's mark: one store an entry
		assert_int_equal(e[i].before ^ e[i].value, DESC_CONT);
	assert_int_equal(e[i].kind, EVENT_BARRIER);
	assert_int_equal(e[i++].value, BARRIER_DSB_ISHST);
	assert_int_equal(e[i].kind, EVENT_BARRIER);
	assert_int_equal(e[i++].value, BARRIER_ISB);
	assert_int_equal(e[i++].kind, EVENT_ZERO);
	for (unsigned k = 0; k < 512; k++, i++) {
		assert_int_equal(e[i].kind, EVENT_STORE);
		assert_int_equal(e[i].value, desc_leaf(0x44200000 + k * 0x1000,
						       PROT_KERNEL_TAGGED | DESC_CONT, LEVEL_PTE));
	}
	assert_int_equal(e[i].kind, EVENT_BARRIER);
	assert_int_equal(e[i++].value, BARRIER_DSB_ISHST);
	assert_int_equal(e[i].kind, EVENT_STORE);
	assert_ptr_equal(e[i].entry, leaf.entry);
	assert_true(desc_is_table(e[i].value, LEVEL_PMD));
	assert_true(e[i++].value & DESC_PXN_TABLE);
	assert_int_equal(e[i].kind, EVENT_BARRIER);
	assert_int_equal(e[i++].value, BARRIER_DSB_ISHST);
	assert_int_equal(e[i].kind, EVENT_BARRIER);
	assert_int_equal(e[i].value, BARRIER_ISB);
	assert_int_equal(e[sys.machine.event_count - 1].kind, EVENT_UNLOCK);
	// The licence: nothing is invalidated anywhere in between.
	for (i = 0; i < sys.machine.event_count; i++)
		assert_int_not_equal(e[i].kind, EVENT_TLBI);
}

// A group left with a hole: the block still marked is refused, not followed as if it were a table.
static void a_block_that_cannot_be_replaced_stays(void **state)
{
	struct system_config config = capable(GRANULE_4K);
	(void)state;
	system_boot(&sys, &config, STAGE_RODATA_RO);
	vaddr_t last = sys_linear(0x44000000) + 30 * MIB; // of its group
	unsigned tables = sys.pages.live[OWNER_LINEAR];
	sys.mm.inject = INJECT_CONT_HOLE;
	assert_int_equal(split_to(&sys.mm, last + 0x1000, last + 0x2000), MM_EINVAL);
	assert_int_equal(splats, 1);
	assert_string_equal(splat_function, "entry_store_split");
	assert_int_equal(sys.mm.bad_stores, 1);
	assert_int_equal(sys.pages.live[OWNER_LINEAR], tables);
	assert_int_equal(census_of(last, 2 * MIB).leaves[LEVEL_PMD], 1);
}

// ---- repaint ----------------------------------------------------------------------------------

static void a_mixed_system_is_painted_with_pages_but_for_the_text(void **state)
{
	static const enum granule granules[] = {GRANULE_4K, GRANULE_16K, GRANULE_64K};
	(void)state;
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		struct system_config config = capable(granules[i]);
		if (granules[i] == GRANULE_64K) {
			config.ram.count = 0;
			ranges_add(&config.ram, 0x400000000, 0x480000000);
		}
		config.cpus = 2;
		config.cap_others = false;
		if (i)
			system_deinit(&sys);
		system_boot(&sys, &config, STAGE_SMP);
		struct range text = mm_text_alias(&sys.mm);
		struct range all = mm_linear_range(&sys.mm);
		struct census text_before = census_of(text.start, text.end - text.start);
		machine_record(&sys.machine);
		system_continue(&sys, STAGE_CAPS_FINAL);
		assert_true(sys.mm.need_bbm && !sys.mm.caps.sys && sys.mm.caps.final);

		struct census text_after = census_of(text.start, text.end - text.start);
		assert_memory_equal(&text_before, &text_after, sizeof(text_after));
		struct census rest[2] = {census_of(all.start, text.start - all.start),
					 census_of(text.end, all.end - text.end)};
		for (unsigned k = 0; k < 2; k++) {
			assert_int_equal(rest[k].leaves[LEVEL_PUD] + rest[k].leaves[LEVEL_PMD], 0);
			assert_int_equal(rest[k].cont[LEVEL_PTE], 0);
		}
		// One invalidation, of everything, at the end.
		const struct event *e = sys.machine.events;
		size_t n = sys.machine.event_count;
		for (size_t k = 0; k + 3 < n; k++)
			assert_int_not_equal(e[k].kind, EVENT_TLBI);
		assert_int_equal(e[n - 3].kind, EVENT_TLBI);
		assert_int_equal(e[n - 3].tlbi, TLBI_VMALLE1IS);
		assert_int_equal(e[n - 2].value, BARRIER_DSB_ISH);
		assert_int_equal(e[n - 1].value, BARRIER_ISB);
		system_assert_sound(&sys);
		system_continue(&sys, STAGE_RODATA_RO);
		system_assert_sound(&sys);
		assert_int_equal(splats, 0);
	}
}

static void repaint_without_memory_says_so(void **state)
{
	struct system_config config = capable(GRANULE_4K);
	(void)state;
	system_boot(&sys, &config, STAGE_SMP);
	pages_fail_at(&sys.pages, 7);
	assert_int_equal(linmap_repaint(&sys.mm, pages_late_table), MM_ENOMEM);
	system_assert_sound(&sys);
}

static unsigned asked;

static paddr_t counted_table(struct pages *pages, unsigned level, enum page_owner owner)
{
	asked++;
	return pages_late_table(pages, level, owner);
}

// Whoever waits for it can say so at each.
static void repaint_asks_its_source_for_each_table(void **state)
{
	struct system_config config = capable(GRANULE_4K);
	(void)state;
	asked = 0;
	system_boot(&sys, &config, STAGE_SMP);
	unsigned before = sys.pages.live[OWNER_LINEAR];
	assert_int_equal(linmap_repaint(&sys.mm, counted_table), MM_OK);
	assert_int_equal(asked, sys.pages.live[OWNER_LINEAR] - before);
	assert_true(asked > 100);
}

static void without_the_guard_the_early_phase_panics(void **state)
{
	struct system_config config = capable(GRANULE_4K);
	(void)state;
	system_boot(&sys, &config, STAGE_LINMAP);
	sys.mm.inject = INJECT_GUARD_OFF;
	vaddr_t block = sys_linear(0x44200000);
	assert_true(PANICS(set_valid(&sys.mm, block + 0x1000, 1, false)));
	assert_non_null(strstr(panic_text, "late table"));
}

#define TEST(name) cmocka_unit_test_teardown(name, sys_teardown)

static void a_split_is_undone_and_its_table_given_back(void **state)
{
	(void)state;
	for (unsigned granule = 0; granule < GRANULE_COUNT; granule++) {
		struct system_config config = capable((enum granule)granule);
		struct leaf block, now;
		system_boot(&sys, &config, STAGE_RODATA_RO);
		vaddr_t va = sys_linear(config.ram.range[0].end - (config.ram.range[0].end >> 2));
		uint64_t size = level_size(sys.mm.geometry, LEVEL_PMD),
			 page = mm_page_size(&sys.mm);
		va = align_down(va, size);
		assert_int_equal(split_to(&sys.mm, va, va + size), MM_OK);
		assert_true(walk_lookup(&sys.mm, va, &block));
		assert_int_equal(block.level, LEVEL_PMD);
		unsigned live = sys.pages.live[OWNER_LINEAR];
		for (unsigned round = 0; round < 3; round++) {
			assert_int_equal(split_to(&sys.mm, va + page, va + 2 * page), MM_OK);
			assert_int_equal(sys.pages.live[OWNER_LINEAR], live + 1);
			split_undo(&sys.mm, block.entry, block.desc);
			assert_int_equal(sys.pages.live[OWNER_LINEAR], live);
			assert_true(walk_lookup(&sys.mm, va, &now));
			assert_int_equal(now.desc, block.desc);
		}
		system_assert_sound(&sys);
		system_assert_bbm(&sys);
		if (granule + 1 < GRANULE_COUNT)
			system_deinit(&sys);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(row_1_nobody_will_split),
	    TEST(row_2_the_kfence_pool_needs_none),
	    TEST(row_3_a_mixed_system_was_repainted),
	    TEST(row_4_too_early_splats),
	    TEST(row_5_other_cpus_are_watching),
	    TEST(row_6_only_whole_pages),
	    TEST(a_page_of_a_gib_leaf),
	    TEST(a_page_of_contiguous_blocks),
	    TEST(a_page_of_contiguous_pages),
	    TEST(a_whole_block),
	    TEST(a_range_over_a_block_boundary),
	    TEST(ranges_of_many_lengths),
	    TEST(the_pool_takes_no_lock),
	    TEST(no_page_for_a_table),
	    TEST(one_page_is_split_at_its_less_aligned_end),
	    TEST(splitting_where_nothing_is_does_nothing),
	    TEST(two_cpus_split_one_block_once),
	    TEST(a_split_is_undone_and_its_table_given_back),
	    TEST(a_table_is_filled_and_seen_before_it_is_linked),
	    TEST(a_block_that_cannot_be_replaced_stays),
	    TEST(a_mixed_system_is_painted_with_pages_but_for_the_text),
	    TEST(repaint_without_memory_says_so),
	    TEST(repaint_asks_its_source_for_each_table),
	    TEST(without_the_guard_the_early_phase_panics),
	};
	return cmocka_run_group_tests_name("firmware/mm/split", tests, NULL, NULL);
}
