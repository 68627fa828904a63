// SPDX-License-Identifier: GPL-2.0-or-later
// Costs of whole maps and of single splits, on a copy of the linear map that no walker sees.
#include "entry/sysreg.h"
#include "mm/change.h"
#include "mm/linmap.h"
#include "mm/split.h"
#include "mm/walk.h"
#include "report/heartbeat.h"
#include "stages/firmware.h"
#include "stages/timing.h"

#define GIB       (UINT64_C(1) << 30)
#define GROUP_MAX 128 // entries of the largest contiguous group

static struct mm copy;

static void copy_open(void)
{
	unsigned int level = firmware.geometry->start_level;
	mm_init_scratch(&copy, &firmware.mm,
			pages_late_table(&firmware.pages, level, OWNER_SCRATCH));
}

static void copy_close(void)
{
	struct range linear = mm_linear_range(&copy);
	tables_free(&copy, linear.start, linear.end);
	pages_free(&firmware.pages, copy.root);
}

static paddr_t late_table(struct pages *pages, unsigned int level, enum page_owner owner)
{
	heartbeat("building a copy of the linear map");
	return pages_late_table(pages, level, owner);
}

static void build(unsigned int times)
{
	(void)times; // always once
	linmap_build(&copy, late_table);
}

// As a CPU that may not change sizes would have to.
static void copy_open_for_pages(void)
{
	copy_open();
	copy.policy.debug_pagealloc = true;
}

static void copy_open_built(void)
{
	copy_open();
	build(1);
}

static void repaint(unsigned int times)
{
	(void)times;
	linmap_repaint(&copy, late_table);
}

static void measure_per_gib(const char *id, unsigned int samples, void (*before)(void),
			    void (*run)(unsigned int))
{
	struct measurement m;
	m.id = id;
	m.samples = samples;
	m.before = before;
	m.run = run;
	m.after = copy_close;
	m.scale = GIB;
	m.per = ranges_total(&firmware.mm.ram);
	m.untouched = false;
	measure(&m);
}

static void measure_bytes(const char *id, void (*open)(void))
{
	open();
	build(1);
	measure_single(id, firmware.pages.live[OWNER_SCRATCH] * mm_page_size(&copy), "byte");
	copy_close();
}

static bool splits(void)
{
	return firmware.mm.need_bbm && firmware.mm.caps.sys;
}

void timing_maps(void)
{
	timing_measure("t.linmap.total", 15, copy_open, build, copy_close);
	if (options_names(&firmware.options, "quick"))
		return;
	measure_per_gib("t.linmap.per_gib", 15, copy_open, build);
	measure_per_gib("t.linmap.per_gib.pte", 15, copy_open_for_pages, build);
	measure_bytes("t.tables.bytes", copy_open);
	measure_bytes("t.tables.bytes.pte", copy_open_for_pages);
	if (splits())
		measure_per_gib("t.repaint.per_gib", 5, copy_open_built, repaint);
}

// A leaf, with its contiguous group, to be split and put back.
static struct {
	vaddr_t va;    // of the leaf or group
	vaddr_t split; // where it is split
	unsigned int level, count;
	uint64_t *entry;
	uint64_t desc[GROUP_MAX];
	paddr_t spare;
} victim;

static void drop_tables(paddr_t table, unsigned int level)
{
	const uint64_t *entries = table_entries(&copy, table);
	for (unsigned int i = 0; level < LEVEL_PTE && i < level_entries(copy.geometry, level); i++)
		if (desc_is_table(entry_read(&entries[i]), level))
			drop_tables(desc_pa(entry_read(&entries[i])), level + 1);
	pages_free(&firmware.pages, table);
}

static void victim_restore(void)
{
	for (unsigned int i = 0; i < victim.count; i++) {
		uint64_t now = entry_read(&victim.entry[i]);
		if (desc_is_table(now, victim.level) && desc_pa(now) != victim.spare)
			drop_tables(desc_pa(now), victim.level + 1);
		entry_fill(&copy, &victim.entry[i], victim.desc[i]);
	}
}

struct leaf_search {
	unsigned int level;
	bool cont, found;
	vaddr_t va;
};

static void consider_run(void *context, const struct leaf_run *run)
{
	struct leaf_search *search = context;
	unsigned int group = search->cont ? cont_entries(copy.geometry, run->level) : 1;
	if (search->found || run->level != search->level || run->count < group ||
	    desc_is_cont(run->desc) != search->cont)
		return;
	search->found = true;
	search->va = align_up(run->va, group * level_size(copy.geometry, run->level));
}

// Finds such a leaf in the copy; splits will be at `offset` in it.
static bool victim_find(unsigned int level, bool cont, uint64_t offset)
{
	struct leaf_search search = {.level = level, .cont = cont};
	struct range linear = mm_linear_range(&copy);
	struct walk_visitor visitor = {0};
	struct leaf leaf;
	visitor.context = &search;
	visitor.leaves = consider_run;
	walk_range(&copy, linear.start, linear.end, &visitor);
	if (!search.found || !walk_lookup(&copy, search.va, &leaf))
		return false;
	victim.va = search.va;
	victim.split = search.va + offset;
	victim.level = level;
	victim.count = cont ? cont_entries(copy.geometry, level) : 1;
	victim.entry = leaf.entry;
	for (unsigned int i = 0; i < victim.count; i++)
		victim.desc[i] = entry_read(&victim.entry[i]);
	return true;
}

static void split_victim(unsigned int times)
{
	(void)times;
	split_at(&copy, victim.split);
}

static void split_victim_spare(unsigned int times)
{
	(void)times;
	split_fill(&copy, victim.spare, victim.desc[0], victim.level, true);
	dsb_ishst();
	entry_store_split(&copy, victim.level, victim.entry, victim.spare);
	dsb_ishst();
	isb();
}

static void invalidate_first_page(unsigned int times)
{
	(void)times;
	set_valid(&copy, victim.split, 1, false);
}

// With allocation and, on a page at hand, without.
static void time_block(const char *id, const char *id_spare, unsigned int level)
{
	const struct geometry *g = copy.geometry;
	if (!level_has_leaf(g, level) || !victim_find(level, false, cont_size(g, level + 1)))
		return;
	timing_measure(id, 31, NULL, split_victim, victim_restore);
	victim.spare = pages_late_table(&firmware.pages, level + 1, OWNER_SCRATCH);
	timing_measure(id_spare, 31, NULL, split_victim_spare, victim_restore);
	pages_free(&firmware.pages, victim.spare);
	victim.spare = PADDR_NONE;
}

static void time_group(const char *id, unsigned int level)
{
	if (victim_find(level, true, level_size(copy.geometry, level)))
		timing_measure(id, 31, NULL, split_victim, victim_restore);
}

// One page out of the biggest leaf there is: every level is split.
static void time_first_page(void)
{
	uint64_t middle = 5 * level_size(copy.geometry, LEVEL_PTE);
	if (victim_find(LEVEL_PUD, false, level_size(copy.geometry, LEVEL_PMD) + middle) ||
	    victim_find(LEVEL_PMD, true, level_size(copy.geometry, LEVEL_PMD) + middle) ||
	    victim_find(LEVEL_PMD, false, middle))
		timing_measure("t.split.first_page", 15, NULL, invalidate_first_page,
			       victim_restore);
}

void timing_splits(void)
{
	if (!splits())
		return;
	copy_open_built();
	victim.spare = PADDR_NONE;
	time_block("t.split.pud_pmd", "t.split.pud_pmd.spare", LEVEL_PUD);
	time_block("t.split.pmd_pte", "t.split.pmd_pte.spare", LEVEL_PMD);
	time_group("t.split.contpmd", LEVEL_PMD);
	time_group("t.split.contpte", LEVEL_PTE);
	time_first_page();
	copy_close();
}
