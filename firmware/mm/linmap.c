// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/linmap.h"

#include "mm/change.h"
#include "mm/walk.h"
#include "report/warn.h"

#define KFENCE_OBJECTS 255

uint64_t kfence_pool_size(const struct geometry *g)
{
	// Each object has a guard page behind it; one more pair stands in front.
	return (KFENCE_OBJECTS + 1) * 2 * page_size(g);
}

uint64_t linmap_early_size(const struct mm *mm)
{
	const struct geometry *g = mm->geometry;
	uint64_t tables = 0;

	for (unsigned i = 0; i < mm->ram.count; i++) {
		for (unsigned level = g->start_level; level < LEVEL_PTE; level++) {
			uint64_t size = level_size(g, level);
			tables += (align_up(mm->ram.range[i].end, size) -
				   align_down(mm->ram.range[i].start, size)) /
				  size;
		}
	}
	return pages_books_size(g, &mm->ram) + kfence_pool_size(g) + tables * page_size(g);
}

static unsigned linear_flags(const struct mm *mm)
{
	return MAP_PXN_TABLES | (mm->force_pte ? MAP_NO_BLOCKS | MAP_NO_CONT : 0U);
}

static void map_linear(struct mm *mm, struct range va, uint64_t prot, unsigned flags,
		       table_source source)
{
	struct map_request request;

	request.va = va.start;
	request.pa = mm_linear_pa(mm, va.start);
	request.size = va.end - va.start;
	request.prot = prot;
	request.flags = flags;
	request.source = source;
	request.owner = mm->owner;
	if (map_range(mm, &request) != MM_OK)
		PANIC("no table left to map %lx-%lx", va.start, va.end);
}

void linmap_build(struct mm *mm, table_source source)
{
	if (mm->policy.kfence == KFENCE_EARLY) {
		if (mm->kfence.end == 0)
			mm->kfence = pages_early_range(mm->pages, kfence_pool_size(mm->geometry),
						       mm_page_size(mm));
		struct range pool = {mm_linear(mm, mm->kfence.start),
				     mm_linear(mm, mm->kfence.end)};
		map_linear(mm, pool, PROT_KERNEL_TAGGED,
			   MAP_PXN_TABLES | MAP_NO_BLOCKS | MAP_NO_CONT, source);
	}
	mm->force_pte = caps_force_pte(&mm->caps, &mm->policy);
	mm->need_bbm = caps_need_bbm(&mm->caps, &mm->policy);
	// The parts whose rights will change come first and on their own, so that leaves end
	// exactly where they end and no split is needed then.
	map_linear(mm, mm_text_alias(mm), PROT_KERNEL_TAGGED, linear_flags(mm), source);
	map_linear(mm, mm_data_alias(mm), PROT_KERNEL_TAGGED, linear_flags(mm), source);
	for (unsigned i = 0; i < mm->ram.count; i++) {
		struct range bank = {mm_linear(mm, mm->ram.range[i].start),
				     mm_linear(mm, mm->ram.range[i].end)};
		map_linear(mm, bank, PROT_KERNEL_TAGGED, linear_flags(mm), source);
	}
}

void linmap_text_ro(struct mm *mm)
{
	struct range text = mm_text_alias(mm);

	map_linear(mm, text, PROT_KERNEL_RO, linear_flags(mm), NULL);
	flush_range(mm, text.start, text.end);
}

void linmap_data_ro(struct mm *mm)
{
	struct range data = mm_data_alias(mm);

	map_linear(mm, data, PROT_KERNEL_RO, linear_flags(mm), NULL);
	flush_range(mm, data.start, data.end);
}

static void map_image(struct mm *mm, paddr_t start, paddr_t end, uint64_t prot, table_source source)
{
	struct map_request request;

	request.va = mm_image(mm, start);
	request.pa = start;
	request.size = align_up(end, mm_page_size(mm)) - start;
	request.prot = prot;
	request.flags = 0;
	request.source = source;
	request.owner = OWNER_IMAGE;
	if (map_range(mm, &request) != MM_OK)
		PANIC("no table left to map the image at %lx", request.va);
}

void image_build(struct mm *mm, table_source source)
{
	const struct layout *l = &mm->layout;

	map_image(mm, l->text_start, l->rodata_start, PROT_KERNEL_ROX, source);
	map_image(mm, l->rodata_start, l->init_begin, PROT_KERNEL_RW, source);
	map_image(mm, l->init_begin, l->init_end, PROT_KERNEL_RW, source);
	map_image(mm, l->init_end, l->bss_stop, PROT_KERNEL_RW, source);
}

void image_rodata_ro(struct mm *mm)
{
	vaddr_t start = mm_image(mm, mm->layout.rodata_start);
	vaddr_t end = mm_image(mm, mm->layout.init_begin);

	map_image(mm, mm->layout.rodata_start, mm->layout.init_begin, PROT_KERNEL_RO, NULL);
	flush_range(mm, start, end);
}

int vmap_pages(struct mm *mm, vaddr_t va, const paddr_t *pages, unsigned count)
{
	struct map_request request;

	request.size = mm_page_size(mm);
	request.prot = PROT_KERNEL_RW;
	request.flags = MAP_NO_BLOCKS | MAP_NO_CONT;
	request.source = pages_late_table;
	request.owner = OWNER_IMAGE;
	for (unsigned i = 0; i < count; i++) {
		request.va = va + i * request.size;
		request.pa = pages[i];
		int r = map_range(mm, &request);
		if (r != MM_OK)
			return r;
	}
	return MM_OK;
}

void vunmap_range(struct mm *mm, vaddr_t va, uint64_t size)
{
	struct leaf leaf;

	for (vaddr_t at = va; at != va + size; at += mm_page_size(mm))
		if (walk_lookup(mm, at, &leaf) && leaf.level == LEVEL_PTE)
			entry_store(mm, leaf.entry, 0);
	flush_range(mm, va, va + size);
}
