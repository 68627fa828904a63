// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/map.h"

#include "mm/flush.h"
#include "report/warn.h"

// The range as far as one table covers it.
struct map_piece {
	uint64_t *entries; // of the table
	unsigned level;
	vaddr_t va, end;
	paddr_t pa;
};

static vaddr_t next_boundary(vaddr_t va, vaddr_t end, uint64_t size)
{
	vaddr_t next = align_down(va, size) + size;
	return next - 1 < end - 1 ? next : end; // `next` may have wrapped to 0
}

static bool leaf_allowed(const struct mm *mm, const struct map_request *request, unsigned level)
{
	return level == LEVEL_PTE ||
	       (level_has_leaf(mm->geometry, level) && !(request->flags & MAP_NO_BLOCKS));
}

// Whether the group of entries from index `first` on may be made contiguous: none of them is a
// table or was mapped without the mark.
static bool group_is_free(const struct mm *mm, const struct map_piece *piece, unsigned first)
{
	for (unsigned i = 0; i < cont_entries(mm->geometry, piece->level); i++) {
		uint64_t desc = entry_read(&piece->entries[first + i]);
		if (desc_is_valid(desc) && !desc_is_cont(desc))
			return false;
	}
	return true;
}

static bool group_may_be_cont(const struct mm *mm, const struct map_request *request,
			      const struct map_piece *piece, vaddr_t next)
{
	uint64_t size = cont_size(mm->geometry, piece->level);

	return level_has_cont(mm->geometry, piece->level) && !(request->flags & MAP_NO_CONT) &&
	       leaf_allowed(mm, request, piece->level) &&
	       is_aligned(piece->va | next | piece->pa, size) &&
	       group_is_free(mm, piece, level_index(mm->geometry, piece->level, piece->va));
}

// The table that the entry for `va` points to, made if there is none. False: out of pages.
static bool lower_table(struct mm *mm, const struct map_request *request,
			const struct map_piece *piece, paddr_t *table)
{
	uint64_t *entry = &piece->entries[level_index(mm->geometry, piece->level, piece->va)];
	uint64_t desc = entry_read(entry);

	if (desc_is_table(desc, piece->level)) {
		*table = desc_pa(desc);
		return true;
	}
	if (desc != 0)
		PANIC("mapping %lx: a level %u block (%lx) is in the way", piece->va, piece->level,
		      desc);
	if (!request->source)
		PANIC("mapping %lx: no level %u table, and none may be made", piece->va,
		      piece->level + 1);
	*table = request->source(mm->pages, piece->level + 1, request->owner);
	if (*table == PADDR_NONE)
		return false;
	// The walker must not see the table before its zeroes.
	mm->ops->barrier(mm->machine, BARRIER_DSB_ISHST);
	entry_store(mm, entry, desc_table(*table, request->flags & MAP_PXN_TABLES));
	return true;
}

static int map_piece(struct mm *mm, const struct map_request *request, struct map_piece piece);

// One entry of the table: a leaf when it may be one, else what is below it.
static int map_entry(struct mm *mm, const struct map_request *request,
		     const struct map_piece *piece, vaddr_t next, bool cont)
{
	uint64_t *entry = &piece->entries[level_index(mm->geometry, piece->level, piece->va)];
	uint64_t before = entry_read(entry);
	uint64_t size = level_size(mm->geometry, piece->level);
	paddr_t table;

	if (leaf_allowed(mm, request, piece->level) &&
	    is_aligned(piece->va | next | piece->pa, size) &&
	    !desc_is_table(before, piece->level)) {
		uint64_t desc = desc_leaf(piece->pa, request->prot, piece->level);
		if (cont)
			desc |= DESC_CONT;
		if (desc != before)
			entry_store(mm, entry, desc);
		return MM_OK;
	}
	if (!lower_table(mm, request, piece, &table))
		return MM_ENOMEM;
	return map_piece(mm, request,
			 (struct map_piece){
			     .entries = table_entries(mm, table),
			     .level = piece->level + 1,
			     .va = piece->va,
			     .end = next,
			     .pa = piece->pa,
			 });
}

// The part of a piece that lies in one contiguous-sized group.
static int map_group(struct mm *mm, const struct map_request *request, struct map_piece piece)
{
	bool cont = group_may_be_cont(mm, request, &piece, piece.end);
	int r = MM_OK;

	while (r == MM_OK && piece.va != piece.end) {
		vaddr_t next =
		    next_boundary(piece.va, piece.end, level_size(mm->geometry, piece.level));
		r = map_entry(mm, request, &piece, next, cont);
		piece.pa += next - piece.va;
		piece.va = next;
	}
	return r;
}

static int map_piece(struct mm *mm, const struct map_request *request, struct map_piece piece)
{
	vaddr_t end = piece.end;
	int r = MM_OK;

	while (r == MM_OK && piece.va != end) {
		piece.end = next_boundary(piece.va, end, cont_size(mm->geometry, piece.level));
		r = map_group(mm, request, piece);
		piece.pa += piece.end - piece.va;
		piece.va = piece.end;
	}
	barrier_table(mm);
	return r;
}

int map_range(struct mm *mm, const struct map_request *request)
{
	if (request->size == 0)
		return MM_OK;
	if (!is_aligned(request->va | request->pa | request->size, mm_page_size(mm)))
		PANIC("mapping %lx to %lx, %lu bytes: not page aligned", request->va, request->pa,
		      request->size);
	return map_piece(mm, request,
			 (struct map_piece){
			     .entries = table_entries(mm, mm->root),
			     .level = mm->geometry->start_level,
			     .va = request->va,
			     .end = request->va + request->size,
			     .pa = request->pa,
			 });
}

// Gives back all tables below a table of `level`, then the table itself.
static void free_table(struct mm *mm, paddr_t table, unsigned level)
{
	const uint64_t *entries = table_entries(mm, table);

	for (unsigned i = 0; level < LEVEL_PTE && i < level_entries(mm->geometry, level); i++) {
		uint64_t desc = entry_read(&entries[i]);
		if (desc_is_table(desc, level))
			free_table(mm, desc_pa(desc), level + 1);
	}
	pages_free(mm->pages, table);
}

void tables_free(struct mm *mm, vaddr_t start, vaddr_t end)
{
	unsigned level = mm->geometry->start_level;
	uint64_t *entries = table_entries(mm, mm->root);

	for (vaddr_t va = start; va != end;
	     va = next_boundary(va, end, level_size(mm->geometry, level))) {
		uint64_t *entry = &entries[level_index(mm->geometry, level, va)];
		uint64_t desc = entry_read(entry);
		entry_fill(mm, entry, 0);
		// Nobody may walk it any more when it is given back. A copy hangs from no TTBR.
		if (mm->owner == OWNER_LINEAR)
			flush_all(mm);
		if (desc_is_table(desc, level))
			free_table(mm, desc_pa(desc), level + 1);
	}
	mm->ops->barrier(mm->machine, BARRIER_DSB_ISHST);
}
