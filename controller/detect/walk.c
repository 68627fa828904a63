// SPDX-License-Identifier: GPL-2.0-or-later
// The page-table walk that a fault prints: "[ffff..] pgd=.., p4d=.., pud=.., pmd=.., pte=..". The
// last entry is decoded as a stage 1 descriptor (Arm ARM D8.3: block, page, table).
#include "detect/member.h"
#include "detect/text.h"

static const char *const level_names[] = {"pgd", "p4d", "pud", "pmd", "pte"};
enum { LEVELS = 5, LEVEL_PTE = 4 };

#define DESC_VALID      UINT64_C(1)
#define DESC_TABLE      UINT64_C(2) // at the last level: a page
#define DESC_USER       (UINT64_C(1) << 6)
#define DESC_RDONLY     (UINT64_C(1) << 7)
#define DESC_AF         (UINT64_C(1) << 10)
#define DESC_NG         (UINT64_C(1) << 11)
#define DESC_DBM        (UINT64_C(1) << 51)
#define DESC_CONTIGUOUS (UINT64_C(1) << 52)
#define DESC_PXN        (UINT64_C(1) << 53)
#define DESC_UXN        (UINT64_C(1) << 54)
#define DESC_ADDRESS    UINT64_C(0x0000fffffffff000)

static void decode_leaf(struct detect_walk *w, int level)
{
	uint64_t d = w->leaf;
	w->valid = d & DESC_VALID;
	w->page = w->valid && level == LEVEL_PTE && (d & DESC_TABLE);
	w->table = w->valid && level != LEVEL_PTE && (d & DESC_TABLE);
	w->block = w->valid && level != LEVEL_PTE && !(d & DESC_TABLE);
	w->address = d & DESC_ADDRESS;
	w->contiguous = w->not_global = w->accessed = w->read_only = w->user = false;
	w->pxn = w->uxn = w->dirty_bit_modifier = false;
	w->attr_index = 0;
	if (!w->page && !w->block) // attributes of a table or an invalid entry mean other things
		return;
	w->contiguous = d & DESC_CONTIGUOUS;
	w->not_global = d & DESC_NG;
	w->accessed = d & DESC_AF;
	w->read_only = d & DESC_RDONLY;
	w->user = d & DESC_USER;
	w->pxn = d & DESC_PXN;
	w->uxn = d & DESC_UXN;
	w->dirty_bit_modifier = d & DESC_DBM;
	w->attr_index = (unsigned)(d >> 2 & 7);
}

static bool take_level(struct cursor *c, struct detect_walk *w)
{
	for (int level = 0; level < LEVELS; level++) {
		struct cursor probe = *c;
		uint64_t value;
		cursor_char(&probe, '*');
		if (!cursor_literal(&probe, view_of(level_names[level])) ||
		    !cursor_char(&probe, '=') || !cursor_hex(&probe, &value))
			continue;
		if (w->levels < LEVELS)
			w->entry[w->levels++] = value;
		memcpy(w->leaf_name, level_names[level], sizeof(w->leaf_name));
		w->leaf = value;
		decode_leaf(w, level);
		*c = probe;
		return true;
	}
	return false;
}

bool walk_parse(struct detect_view body, struct detect_walk *walk)
{
	struct cursor c = cursor_of(body);
	uint64_t va;
	if (cursor_char(&c, '[')) {
		if (!cursor_hex(&c, &va) || !cursor_literal(&c, VIEW("] ")))
			return false;
		if (walk->present) // printed again after a torn first try
			*walk = (struct detect_walk){0};
		walk->present = true;
		walk->va = va;
	} else if (!walk->present || !cursor_char(&c, ',')) {
		return false;
	}
	do {
		cursor_blanks(&c);
		if (!take_level(&c, walk))
			break;
	} while (cursor_char(&c, ','));
	return true;
}
