// SPDX-License-Identifier: GPL-2.0-or-later
// What the size of leaves is worth: loads, each dependent on the one before, over so many pages
// that the TLB forgets them unless the leaves are big; and what a change of size costs with and
// without the break in between.
#include "entry/sysreg.h"
#include "mm/change.h"
#include "mm/linmap.h"
#include "report/format.h"
#include "stages/firmware.h"
#include "stages/stress_window.h"
#include "stages/timing.h"

#define CHAIN_PAGES 4096
// A mapping keeps its place within the largest leaf or group.
#define WINDOW_ALIGNMENT (UINT64_C(1) << 34)
#define CHAIN_STEP       2731 // odd: every page comes once

static struct {
	paddr_t pa;
	uint64_t size;
	vaddr_t va; // of the mapping under test
} chain;

// A top-level entry of its own, so that all its tables can be dropped at once.
static vaddr_t chain_window(const struct geometry *g)
{
	return linear_base(g) + linear_span(g) + level_size(g, g->start_level);
}

// Each page's word points to the next page's; different lines, or the cache's sets would decide.
static uint64_t word_offset(unsigned int page)
{
	return page * mm_page_size(&firmware.mm) + page % 64 * 64;
}

static void link_chain(void)
{
	unsigned int page = 0;
	for (unsigned int i = 0; i < CHAIN_PAGES; i++) {
		unsigned int next = (page + CHAIN_STEP) % CHAIN_PAGES;
		uint64_t *at = (uint64_t *)(uintptr_t)(chain.va + word_offset(page));
		*at = chain.va + word_offset(next);
		page = next;
	}
}

static void follow_chain(unsigned int times)
{
	const volatile uint64_t *at = (const volatile uint64_t *)(uintptr_t)chain.va;
	while (times--)
		for (unsigned int i = 0; i < CHAIN_PAGES; i++)
			at = (const volatile uint64_t *)(uintptr_t)*at;
}

static void time_chain(const char *id)
{
	struct measurement m;
	m.id = id;
	m.samples = 31;
	m.run = follow_chain;
	m.before = m.after = NULL;
	m.scale = 1;
	m.per = CHAIN_PAGES;
	m.untouched = false;
	link_chain();
	measure(&m);
}

// Maps the chain, with what is around it up to blocks of `around` bytes, by the leaves that `flags`
// leave, times it, and takes the mapping away.
static void time_leaves(const char *leaf, unsigned int flags, uint64_t around)
{
	struct mm *mm = &firmware.mm;
	char id[32];
	struct map_request request = {
	    .pa = align_down(chain.pa, around),
	    .size = align_up(chain.size, around),
	    .prot = PROT_KERNEL_RW,
	    .flags = flags,
	    .owner = OWNER_SCRATCH,
	};
	request.va = chain_window(mm->geometry) + (request.pa & (WINDOW_ALIGNMENT - 1));
	request.source = pages_late_table;
	chain.va = request.va + (chain.pa - request.pa);
	format(id, sizeof(id), "t.walk.miss[%s]", leaf);
	if (map_range(mm, &request) == MM_OK)
		time_chain(id);
	tables_free(mm, request.va, request.va + request.size);
}

void timing_walks(void)
{
	const struct geometry *g = firmware.geometry;
	chain.size = CHAIN_PAGES * page_size(g);
	if (!pages_take_range(&firmware.pages, chain.size, cont_size(g, LEVEL_PMD), &chain.pa) &&
	    !pages_take_range(&firmware.pages, chain.size, level_size(g, LEVEL_PMD), &chain.pa))
		return;
	uint64_t pud = level_size(g, LEVEL_PUD), first = align_down(chain.pa, pud);
	time_leaves("PTE", MAP_NO_BLOCKS | MAP_NO_CONT, page_size(g));
	time_leaves("CONT_PTE", MAP_NO_BLOCKS, page_size(g));
	if (chain.size >= level_size(g, LEVEL_PMD))
		time_leaves("PMD", MAP_NO_CONT, page_size(g));
	if (level_has_leaf(g, LEVEL_PUD) &&
	    ranges_contain(&firmware.mm.ram, first, align_up(chain.pa + chain.size, pud)))
		time_leaves("PUD", 0, pud);
	pages_put_range(&firmware.pages, chain.pa, chain.size);
}

static struct stress_window window;
static bool table_next;

static uint64_t next_pmd(void)
{
	table_next = !table_next;
	return table_next ? window.pmd_table : window.pmd_block;
}

static void change_directly(unsigned int times)
{
	while (times--) {
		entry_fill(&firmware.mm, window.pmd, next_pmd());
		dsb_ishst();
		isb();
	}
}

static void break_before_make(unsigned int times)
{
	while (times--) {
		entry_fill(&firmware.mm, window.pmd, 0);
		flush_all(&firmware.mm); // what broke may be a table: the walker knows of that, too
		entry_fill(&firmware.mm, window.pmd, next_pmd());
		dsb_ishst();
		isb();
	}
}

void timing_break(void)
{
	if (!stress_window_open(&firmware.mm, &window))
		return;
	timing_measure("t.bbm.pair", 31, NULL, break_before_make, NULL);
	if (firmware.mm.caps.sys)
		timing_measure("t.bbm.direct", 31, NULL, change_directly, NULL);
	stress_window_close(&firmware.mm, &window);
}
