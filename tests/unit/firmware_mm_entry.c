// SPDX-License-Identifier: GPL-2.0-or-later
// What may be stored into a live entry and what is refused, counted and told; what is mapped when.
#include "unit/unit.h"

#include "mm/change.h"
#include "mm/invariants.h"
#include "mm/linmap.h"
#include "mm/map.h"
#include "mm/walk.h"
#include "unit/firmware/system.h"

#define BLOCK      sys_linear(0x40800000)
#define CONT_BLOCK sys_linear(0x44000000)
#define GIB_LEAF   sys_linear(0x80000000)

static uint64_t *entry_at(vaddr_t va)
{
	struct leaf leaf;
	walk_lookup(&sys.mm, va, &leaf);
	return leaf.entry;
}

// A table, not linked, that holds all children of the leaf.
static paddr_t filled_table(uint64_t leaf, unsigned level)
{
	const struct geometry *g = sys.mm.geometry;
	paddr_t table = pages_late_table(&sys.pages, level + 1, OWNER_LINEAR);
	uint64_t *children = table_entries(&sys.mm, table);

	assert_int_not_equal(table, 0);
	for (unsigned i = 0; i < level_entries(g, level + 1); i++)
		entry_fill(&sys.mm, &children[i],
			   desc_child(leaf, level) + i * level_size(g, level + 1));
	barrier_table(&sys.mm);
	return table;
}

// Refused: told once, counted once, and nothing stored.
static void assert_refused(unsigned level, uint64_t *entry, paddr_t table)
{
	uint64_t before = *entry, bad = sys.mm.bad_stores, live = sys.mm.live_stores;
	unsigned told = splats;

	assert_false(entry_store_split(&sys.mm, level, entry, table));
	assert_int_equal(*entry, before);
	assert_int_equal(sys.mm.bad_stores, bad + 1);
	assert_int_equal(sys.mm.live_stores, live);
	assert_int_equal(splats, told + 1);
	assert_string_equal(splat_function, "entry_store_split");
}

static struct system_config of_granule(enum granule granule)
{
	struct system_config config = system_default();
	uint64_t base = granule == GRANULE_64K ? UINT64_C(0x400000000) : 0x40000000;

	config.granule = granule;
	config.ram.count = 0;
	ranges_add(&config.ram, base, base + (UINT64_C(4) << 30));
	config.image = base + 0x200000;
	return config;
}

// The first of the leaf's blocks that is in no contiguous group.
static uint64_t *plain_block(unsigned *level)
{
	struct range all = mm_linear_range(&sys.mm);
	const struct geometry *g = sys.mm.geometry;
	struct leaf leaf;

	for (vaddr_t va = all.start; va < all.end; va += level_size(g, LEVEL_PMD)) {
		if (!walk_lookup(&sys.mm, va, &leaf) || leaf.level == LEVEL_PTE ||
		    desc_is_cont(leaf.desc))
			continue;
		*level = leaf.level;
		return leaf.entry;
	}
	fail_msg("no plain block");
	return NULL;
}

static void a_leaf_becomes_only_the_table_of_its_own_children(void **state)
{
	(void)state;
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		struct system_config config = of_granule((enum granule)i);
		unsigned level;
		if (i)
			system_deinit(&sys);
		splats_clear();
		system_boot(&sys, &config, STAGE_RODATA_RO);
		uint64_t *entry = plain_block(&level);
		uint64_t leaf = *entry;
		paddr_t table = filled_table(leaf, level);
		uint64_t *children = table_entries(&sys.mm, table);
		unsigned last = level_entries(sys.mm.geometry, level + 1) - 1;
		const unsigned places[] = {0, last};
		for (unsigned k = 0; k < 2; k++) {
			uint64_t *child = &children[places[k]], good = *child;
			// Other memory, another right, none at all; each on its own.
			const uint64_t others[] = {good + level_size(sys.mm.geometry, level + 1),
						   good ^ DESC_AP2, 0, good & ~DESC_VALID};
			for (unsigned n = 0; n < 4; n++) {
				*child = others[n];
				assert_refused(level, entry, table);
			}
			*child = good | DESC_CONT; // the mark may come with the split
		}
		for (unsigned k = 0; k < 2; k++)
			entry_fill(&sys.mm, &children[places[k]], children[places[k]] & ~DESC_CONT);
		barrier_table(&sys.mm);
		uint64_t live = sys.mm.live_stores;
		assert_true(entry_store_split(&sys.mm, level, entry, table));
		assert_int_equal(*entry, desc_table(table, leaf & DESC_PXN));
		assert_int_equal(sys.mm.live_stores, live + 1);
		// Now it is no leaf any more.
		assert_refused(level, entry, table);
		sys.mm.bad_stores = sys.mm.bad_stores_told;
		system_assert_sound(&sys);
	}
}

static void pages_and_members_of_groups_have_no_table(void **state)
{
	(void)state;
	uint64_t *entry = entry_at(CONT_BLOCK);
	assert_true(desc_is_cont(*entry));
	paddr_t table = filled_table(*entry & ~DESC_CONT, LEVEL_PMD);
	assert_refused(LEVEL_PMD, entry, table);
	uint64_t page = desc_leaf(0x40000000, PROT_KERNEL_TAGGED, LEVEL_PTE);
	assert_refused(LEVEL_PTE, &page, table);
	uint64_t none = 0;
	assert_refused(LEVEL_PMD, &none, table);
	pages_free(&sys.pages, table);
}

static void a_group_loses_its_mark_and_nothing_else(void **state)
{
	(void)state;
	uint64_t *entry = entry_at(CONT_BLOCK);
	uint64_t before = *entry, live = sys.mm.live_stores;
	entry_store_noncont(&sys.mm, entry);
	assert_int_equal(*entry, before & ~DESC_CONT);
	assert_int_equal(sys.mm.live_stores, live + 1);
	assert_int_equal(sys.mm.bad_stores, 0);
	// Neither twice nor where nothing is.
	entry_store_noncont(&sys.mm, entry);
	uint64_t absent = DESC_CONT;
	entry_store_noncont(&sys.mm, &absent);
	assert_int_equal(absent, DESC_CONT);
	assert_int_equal(*entry, before & ~DESC_CONT);
	assert_int_equal(sys.mm.live_stores, live + 1);
	assert_int_equal(sys.mm.bad_stores, 2);
	assert_int_equal(splats, 2);
	*entry = before;
}

static void stores_are_counted_by_what_was_there(void **state)
{
	(void)state;
	uint64_t *entry = entry_at(BLOCK), before = *entry;
	uint64_t live = sys.mm.live_stores, bad = sys.mm.bad_stores;
	entry_store(&sys.mm, entry, (before & ~DESC_VALID) | DESC_NG); // of a live one, safe
	assert_int_equal(sys.mm.live_stores, live + 1);
	entry_store(&sys.mm, entry, before); // of an invalid one
	assert_int_equal(*entry, before);
	assert_int_equal(sys.mm.live_stores, live + 1);
	entry_store(&sys.mm, entry, before ^ DESC_SH_MASK); // of a live one, unsafe
	assert_int_equal(*entry, before);
	assert_int_equal(sys.mm.live_stores, live + 1);
	assert_int_equal(sys.mm.bad_stores, bad + 1);
	assert_int_equal(splats, 1);
	sys.mm.bad_stores = bad;
}

static void a_mapping_is_made_of_whole_pages(void **state)
{
	(void)state;
	const struct map_request good = {
	    .va = mm_linear_range(&sys.mm).end + (UINT64_C(1) << 40),
	    .pa = 0x40000000,
	    .size = 0x1000,
	    .prot = PROT_KERNEL_TAGGED,
	    .source = pages_late_table,
	    .owner = OWNER_LINEAR,
	};
	for (unsigned i = 0; i < 3; i++) {
		struct map_request request = good;
		*(i == 0 ? &request.va : i == 1 ? &request.pa : &request.size) += 0x800;
		assert_true(PANICS(map_range(&sys.mm, &request)));
		assert_non_null(strstr(panic_text, "not page aligned"));
		struct leaf leaf;
		assert_false(walk_lookup(&sys.mm, good.va, &leaf));
	}
	struct map_request nothing = good;
	nothing.size = 0;
	assert_int_equal(map_range(&sys.mm, &nothing), MM_OK);
}

// From the stage that builds it on, each page of the image has the rights of its part.
static void every_part_of_the_image_is_mapped_at_every_stage(void **state)
{
	(void)state;
	for (enum stage stage = STAGE_LINMAP; stage <= STAGE_RODATA_RO; stage++) {
		struct system_config config = system_default();
		if (stage > STAGE_LINMAP)
			system_deinit(&sys);
		system_boot(&sys, &config, stage);
		const struct layout *l = &sys.mm.layout;
		const uint64_t rodata = stage >= STAGE_RODATA_RO ? PROT_KERNEL_RO : PROT_KERNEL_RW;
		const uint64_t rights = DESC_AP2 | DESC_WRITE | DESC_PXN | DESC_UXN | DESC_VALID;
		for (paddr_t pa = l->text_start; pa < l->bss_stop; pa += 0x1000) {
			uint64_t prot = pa < l->rodata_start ? PROT_KERNEL_ROX
					: pa < l->init_begin ? rodata
							     : PROT_KERNEL_RW;
			struct leaf leaf;
			if (!walk_lookup(&sys.mm, mm_image(&sys.mm, pa), &leaf) ||
			    ((leaf.desc ^ prot) & rights))
				fail_msg("stage %u, %lx: %lx", (unsigned)stage, (unsigned long)pa,
					 (unsigned long)leaf.desc);
			assert_int_equal(desc_pa(leaf.desc) + (mm_image(&sys.mm, pa) - leaf.va),
					 pa);
		}
	}
}

static void an_alias_that_loses_its_rights_while_away_is_told(void **state)
{
	(void)state;
	uint64_t *entry = entry_at(mm_data_alias(&sys.mm).end - 0x1000);
	uint64_t before = *entry;
	struct violation first = {0};
	assert_false(desc_is_valid(before));
	*entry = before | DESC_AP2;
	assert_int_equal(invariants_check(&sys.mm, sys.stage, NULL, &first), 1);
	*entry = before;
	assert_int_equal(invariants_check(&sys.mm, sys.stage, NULL, &first), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sys_setup, sys_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(a_leaf_becomes_only_the_table_of_its_own_children,
				      sys_teardown),
	    TEST(pages_and_members_of_groups_have_no_table),
	    TEST(a_group_loses_its_mark_and_nothing_else),
	    TEST(stores_are_counted_by_what_was_there),
	    TEST(a_mapping_is_made_of_whole_pages),
	    cmocka_unit_test_teardown(every_part_of_the_image_is_mapped_at_every_stage,
				      sys_teardown),
	    TEST(an_alias_that_loses_its_rights_while_away_is_told),
	};
	return cmocka_run_group_tests_name("firmware/mm/entry", tests, NULL, NULL);
}
