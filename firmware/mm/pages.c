// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/pages.h"

#include "report/warn.h"

// A byte of the books: owner in 2:0, level in 4:3, seen by the walk in 7.
#define TAG_OWNER_MASK  0x07
#define TAG_LEVEL_SHIFT 3
#define TAG_SEEN        0x80

static uint8_t tag_make(enum page_owner owner, unsigned level)
{
	return (uint8_t)(owner | level << TAG_LEVEL_SHIFT);
}

void pages_init(struct pages *pages, const struct geometry *g, const struct machine_ops *ops,
		void *machine, struct range statics)
{
	uint64_t size = page_size(g);

	*pages = (struct pages){.geometry = g, .ops = ops, .machine = machine};
	pages->statics.start = align_up(statics.start, size);
	pages->statics.end = align_down(statics.end, size);
	if (pages->statics.end < pages->statics.start)
		pages->statics.end = pages->statics.start;
}

uint64_t pages_books_size(const struct geometry *g, const struct ranges *ram)
{
	return align_up(ranges_total(ram) >> g->page_shift, page_size(g));
}

// The byte of the books for a page; NULL when it is neither static nor RAM.
static uint8_t *tag_of(const struct pages *pages, paddr_t pa)
{
	uint64_t index = 0;

	if (range_contains(pages->statics, pa)) {
		index = (pa - pages->statics.start) >> pages->geometry->page_shift;
		return index < STATIC_TABLES_MAX ? (uint8_t *)(uintptr_t)&pages->static_tag[index]
						 : NULL;
	}
	if (pages->phase == PAGES_NONE)
		return NULL;
	for (unsigned i = 0; i < pages->ram->count; i++) {
		struct range r = pages->ram->range[i];
		if (range_contains(r, pa)) {
			index += (pa - r.start) >> pages->geometry->page_shift;
			return pages->ops->pointer(pages->machine, pages->books + index);
		}
		index += (r.end - r.start) >> pages->geometry->page_shift;
	}
	return NULL;
}

void pages_start_early(struct pages *pages, const struct ranges *ram, struct range early)
{
	uint64_t size = page_size(pages->geometry);
	uint64_t books = pages_books_size(pages->geometry, ram);

	early.start = max_u64(align_up(early.start, size), size); // not page 0: PADDR_NONE
	early.end = align_down(early.end, size);
	if (early.end < early.start || early.end - early.start < books)
		PANIC("early memory %lx-%lx too small for the books (%lu bytes)", early.start,
		      early.end, books);
	for (uint64_t offset = 0; offset < books; offset += size)
		pages->ops->page_zero(pages->machine, early.start + offset);
	pages->books = early.start;
	early.start += books;
	pages->early = early;
	pages->ram = ram;
	pages->phase = PAGES_EARLY;
}

void pages_start_late(struct pages *pages, const struct ranges *usable)
{
	pages->late = *usable;
	ranges_round_inward(&pages->late, page_size(pages->geometry));
	if (!ranges_remove(&pages->late, 0, page_size(pages->geometry)) || // not page 0: PADDR_NONE
	    !ranges_add(&pages->late, pages->early.start, pages->early.end))
		PANIC("more than %u pieces of free memory", RANGES_MAX);
	pages->early.start = pages->early.end;
	pages->phase = PAGES_LATE;
}

static void account(struct pages *pages, paddr_t pa, unsigned level, enum page_owner owner)
{
	uint8_t *tag = tag_of(pages, pa);

	if (!tag)
		PANIC("page %lx is not in the books", pa);
	if (*tag)
		PANIC("page %lx handed out twice (tag %x)", pa, *tag);
	*tag = tag_make(owner, level);
	pages->live[owner]++;
	pages->allocated[owner]++;
}

paddr_t pages_static_table(struct pages *pages, unsigned level, enum page_owner owner)
{
	paddr_t pa =
	    pages->statics.start + ((paddr_t)pages->statics_used << pages->geometry->page_shift);

	if (pa >= pages->statics.end || pages->statics_used == STATIC_TABLES_MAX)
		return PADDR_NONE;
	pages->statics_used++;
	pages->ops->page_zero(pages->machine, pa);
	account(pages, pa, level, owner);
	return pa;
}

paddr_t pages_early_table(struct pages *pages, unsigned level, enum page_owner owner)
{
	if (pages->phase != PAGES_EARLY)
		PANIC("boot memory asked for a table in phase %d", pages->phase);
	if (pages->early.start >= pages->early.end)
		return PADDR_NONE;
	pages->early.end -= page_size(pages->geometry);
	pages->ops->page_zero(pages->machine, pages->early.end);
	account(pages, pages->early.end, level, owner);
	return pages->early.end;
}

struct range pages_early_range(struct pages *pages, uint64_t size, uint64_t alignment)
{
	struct range early = pages->early;

	if (pages->phase != PAGES_EARLY)
		PANIC("boot memory asked for in phase %d", pages->phase);
	if (early.end - early.start < size || align_down(early.end - size, alignment) < early.start)
		PANIC("boot memory %lx-%lx has no room for %lu bytes", early.start, early.end,
		      size);
	pages->early.end = align_down(early.end - size, alignment);
	return (struct range){pages->early.end, pages->early.end + size};
}

// A page that was given back, else a fresh one from the top.
static paddr_t late_page(struct pages *pages)
{
	paddr_t pa = pages->given_back;

	if (pa != PADDR_NONE) {
		pages->given_back = *(paddr_t *)pages->ops->pointer(pages->machine, pa);
		return pa;
	}
	uint64_t size = page_size(pages->geometry);
	return ranges_take_highest(&pages->late, size, size, &pa) ? pa : PADDR_NONE;
}

paddr_t pages_late_table(struct pages *pages, unsigned level, enum page_owner owner)
{
	if (pages->phase != PAGES_LATE)
		PANIC("a late table asked for in phase %d", pages->phase);
	if (pages->fail_at != 0 && --pages->fail_at == 0)
		return PADDR_NONE;
	paddr_t pa = late_page(pages);
	if (pa == PADDR_NONE)
		return PADDR_NONE;
	pages->ops->page_zero(pages->machine, pa);
	account(pages, pa, level, owner);
	return pa;
}

static void forget(struct pages *pages, paddr_t pa)
{
	uint8_t *tag = tag_of(pages, pa);

	if (!tag || !*tag)
		PANIC("page %lx given back but not out", pa);
	enum page_owner owner = (enum page_owner)(*tag & TAG_OWNER_MASK);
	pages->live[owner]--;
	pages->freed[owner]++;
	*tag = 0;
}

void pages_free(struct pages *pages, paddr_t pa)
{
	if (pages->phase != PAGES_LATE)
		PANIC("page %lx given back in phase %d", pa, pages->phase);
	forget(pages, pa);
	*(paddr_t *)pages->ops->pointer(pages->machine, pa) = pages->given_back;
	pages->given_back = pa;
}

static void account_range(struct pages *pages, paddr_t start, uint64_t size)
{
	for (paddr_t pa = start; pa < start + size; pa += page_size(pages->geometry))
		account(pages, pa, 0, OWNER_DATA);
}

bool pages_take_range(struct pages *pages, uint64_t size, uint64_t alignment, paddr_t *start)
{
	size = align_up(size, page_size(pages->geometry));
	alignment = max_u64(alignment, page_size(pages->geometry));
	if (size == 0 || !ranges_take_lowest(&pages->late, size, alignment, start))
		return false;
	account_range(pages, *start, size);
	return true;
}

bool pages_take_range_at(struct pages *pages, paddr_t start, uint64_t size)
{
	uint64_t page = page_size(pages->geometry);

	if (!is_aligned(start, page) || !is_aligned(size, page) ||
	    !ranges_contain(&pages->late, start, start + size) ||
	    !ranges_remove(&pages->late, start, start + size))
		return false;
	account_range(pages, start, size);
	return true;
}

void pages_put_range(struct pages *pages, paddr_t start, uint64_t size)
{
	size = align_up(size, page_size(pages->geometry));
	for (paddr_t pa = start; pa < start + size; pa += page_size(pages->geometry))
		forget(pages, pa);
	if (!ranges_add(&pages->late, start, start + size))
		PANIC("more than %u pieces of free memory", RANGES_MAX);
}

void pages_fail_at(struct pages *pages, unsigned k)
{
	pages->fail_at = k;
}

enum page_owner pages_owner(const struct pages *pages, paddr_t pa, unsigned *level)
{
	const uint8_t *tag = tag_of(pages, pa);

	if (!tag || !*tag)
		return OWNER_FREE;
	*level = (*tag >> TAG_LEVEL_SHIFT) & 3;
	return (enum page_owner)(*tag & TAG_OWNER_MASK);
}

bool pages_mark(struct pages *pages, paddr_t pa)
{
	uint8_t *tag = tag_of(pages, pa);

	if (!tag || (*tag & TAG_SEEN))
		return false;
	*tag |= TAG_SEEN;
	return true;
}

void pages_unmark(struct pages *pages, paddr_t pa)
{
	uint8_t *tag = tag_of(pages, pa);

	if (tag)
		*tag &= (uint8_t)~TAG_SEEN;
}
