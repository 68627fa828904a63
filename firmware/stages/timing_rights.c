// SPDX-License-Identifier: GPL-2.0-or-later
// Costs of changing rights: of pages of the linear map in use, of the data alias, and of whole
// regions on a copy.
#include "mm/change.h"
#include "mm/linmap.h"
#include "mm/walk.h"
#include "report/format.h"
#include "stages/firmware.h"
#include "stages/timing.h"

static struct {
	vaddr_t va;
	uint64_t pages;
} range;

static void invalidate(unsigned int times)
{
	(void)times;
	set_valid(&firmware.mm, range.va, range.pages, false);
}

static void validate(unsigned int times)
{
	(void)times;
	set_valid(&firmware.mm, range.va, range.pages, true);
}

static void make_invalid(void)
{
	invalidate(1);
}

static void make_valid(void)
{
	validate(1);
}

static void time_pages(uint64_t pages)
{
	uint64_t size = pages * mm_page_size(&firmware.mm);
	paddr_t pa;
	char id[32];
	if (!pages_take_range(&firmware.pages, size, mm_page_size(&firmware.mm), &pa))
		return;
	range.va = mm_linear(&firmware.mm, pa);
	range.pages = pages;
	format(id, sizeof(id), "t.setvalid.inval[%lu]", (unsigned long)pages);
	timing_measure(id, 31, NULL, invalidate, make_valid);
	format(id, sizeof(id), "t.setvalid.val[%lu]", (unsigned long)pages);
	timing_measure(id, 31, make_invalid, validate, NULL);
	pages_put_range(&firmware.pages, pa, size);
}

static void alias_invalidate(unsigned int times)
{
	(void)times;
	alias_valid(&firmware.mm, false);
}

static void alias_validate(unsigned int times)
{
	(void)times;
	alias_valid(&firmware.mm, true);
}

static void alias_make_valid(void)
{
	alias_validate(1);
}

static void alias_make_invalid(void)
{
	alias_invalidate(1);
}

// Only where the alias is away by now, as it is when boot has gone well.
static void time_alias(void)
{
	struct leaf leaf;
	if (!walk_lookup(&firmware.mm, mm_data_alias(&firmware.mm).start, &leaf) ||
	    desc_is_valid(leaf.desc))
		return;
	timing_measure("t.alias.invalidate", 31, alias_make_valid, alias_invalidate, NULL);
	timing_measure("t.alias.validate", 31, NULL, alias_validate, alias_make_invalid);
}

static struct mm copy;

static void remap(vaddr_t va, paddr_t pa, uint64_t size, uint64_t prot)
{
	struct map_request request = {.va = va, .pa = pa, .size = size, .prot = prot};
	request.source = NULL;
	map_range(&copy, &request);
}

static void text_read_only(unsigned int times)
{
	(void)times;
	linmap_text_ro(&copy);
}

static void text_writable(void)
{
	struct range text = mm_text_alias(&copy);
	remap(text.start, mm_linear_pa(&copy, text.start), text.end - text.start,
	      PROT_KERNEL_TAGGED);
}

static void rodata_read_only(unsigned int times)
{
	(void)times;
	image_rodata_ro(&copy);
}

static void rodata_writable(void)
{
	paddr_t start = copy.layout.rodata_start;
	remap(mm_image(&copy, start), start, copy.layout.init_begin - start, PROT_KERNEL_RW);
}

// A copy with an image mapping of its own.
static void time_regions(void)
{
	struct range linear = mm_linear_range(&firmware.mm);
	unsigned int level = firmware.geometry->start_level;
	mm_init_scratch(&copy, &firmware.mm,
			pages_late_table(&firmware.pages, level, OWNER_SCRATCH));
	image_build(&copy, pages_late_table);
	linmap_build(&copy, pages_late_table);
	timing_measure("t.text_ro", 15, NULL, text_read_only, text_writable);
	timing_measure("t.rodata_ro", 15, NULL, rodata_read_only, rodata_writable);
	vaddr_t image = mm_image(&copy, copy.layout.text_start);
	tables_free(&copy, linear.start, linear.end);
	tables_free(&copy, image,
		    align_up(mm_image(&copy, copy.layout.bss_stop), mm_page_size(&copy)));
	pages_free(&firmware.pages, copy.root);
}

void timing_rights(void)
{
	static const uint16_t pages[] = {1, 16, 64, 512, 2048, 32768};
	for (unsigned int i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (policy_can_set_direct_map(&firmware.options.policy))
			time_pages(pages[i]);
	time_alias();
	time_regions();
}
