// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/firmware/bbm.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mm/entry.h"
#include "unit/firmware/machine.h"

// A table that a walker may reach from the root, or by a link that it may still know.
struct bbm_table {
	struct bbm_table *next;
	paddr_t pa;
	vaddr_t va; // where what it maps begins
	unsigned level;
};

// A valid entry that is no more.
struct bbm_record {
	vaddr_t va;
	uint64_t size;
	uint64_t desc; // as it was
	unsigned level;
	bool visible; // a DSB came behind the store
	bool flushed; // and a TLBI behind that
};

static void __attribute__((format(printf, 4, 5)))
violate(struct bbm *bbm, vaddr_t va, unsigned level, const char *format, ...)
{
	char what[112];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	if (bbm->violations++ == 0)
		snprintf(bbm->first, sizeof(bbm->first), "va %lx level %u: %s", va, level, what);
}

static const struct geometry *geometry(const struct bbm *bbm)
{
	return bbm->mm->geometry;
}

static bool is_capable(const struct bbm *bbm)
{
	return bbm->mm->caps.sys || bbm->alone;
}

// ---- tables a walker may reach -----------------------------------------------------------------

static struct bbm_table **slot(struct bbm *bbm, paddr_t pa)
{
	struct bbm_table **at = &bbm->buckets[(pa / 0x1000) % BBM_BUCKETS];

	while (*at && (*at)->pa != pa)
		at = &(*at)->next;
	return at;
}

static bool is_dirty(const struct bbm *bbm, paddr_t pa)
{
	for (size_t i = 0; i < bbm->dirty_count; i++)
		if (bbm->dirty[i] == pa)
			return true;
	return false;
}

static void make_dirty(struct bbm *bbm, paddr_t pa)
{
	if (bbm->dirty_count && bbm->dirty[bbm->dirty_count - 1] == pa)
		return;
	if (bbm->dirty_count == bbm->dirty_room) {
		bbm->dirty_room = bbm->dirty_room ? 2 * bbm->dirty_room : 64;
		bbm->dirty = realloc(bbm->dirty, bbm->dirty_room * sizeof(*bbm->dirty));
		if (!bbm->dirty)
			abort();
	}
	bbm->dirty[bbm->dirty_count++] = pa;
}

static void reach(struct bbm *bbm, paddr_t pa, unsigned level, vaddr_t va)
{
	struct bbm_table **at = slot(bbm, pa);
	const uint64_t *entries = table_entries(bbm->mm, pa);

	if (is_dirty(bbm, pa))
		violate(bbm, va, level,
			"a table is linked, and no DSB stands behind what fills it");
	if (!*at) {
		*at = malloc(sizeof(**at));
		if (!*at)
			abort();
		**at = (struct bbm_table){.pa = pa, .va = va, .level = level};
	}
	for (unsigned i = 0; level < LEVEL_PTE && i < level_entries(geometry(bbm), level); i++)
		if (desc_is_table(entries[i], level))
			reach(bbm, desc_pa(entries[i]), level + 1,
			      va + i * level_size(geometry(bbm), level));
}

// Nothing leads to the table any more.
static void leave(struct bbm *bbm, paddr_t pa, unsigned level)
{
	struct bbm_table **at = slot(bbm, pa), *gone = *at;
	const uint64_t *entries = table_entries(bbm->mm, pa);

	if (!gone)
		return;
	*at = gone->next;
	free(gone);
	for (unsigned i = 0; level < LEVEL_PTE && i < level_entries(geometry(bbm), level); i++)
		if (desc_is_table(entries[i], level))
			leave(bbm, desc_pa(entries[i]), level + 1);
}

static void look_at_root(struct bbm *bbm)
{
	if (bbm->root == bbm->mm->root || !bbm->mm->geometry)
		return;
	bbm->root = bbm->mm->root;
	if (bbm->root)
		reach(bbm, bbm->root, geometry(bbm)->start_level, linear_base(geometry(bbm)));
}

static void must_be_out(struct bbm *bbm, paddr_t table, vaddr_t va, unsigned level,
			const char *when)
{
	unsigned owned_level;

	if (pages_owner(bbm->mm->pages, table, &owned_level) == OWNER_FREE &&
	    bbm->mm->pages->phase == PAGES_LATE && ranges_find(&bbm->mm->ram, table) &&
	    !range_contains(bbm->mm->pages->statics, table))
		violate(bbm, va, level, "a table was given back %s", when);
}

// ---- comparing what two entries map -------------------------------------------------------------

// An entry and where it stands.
struct place {
	uint64_t desc;
	unsigned level;
	vaddr_t va;
};

struct comparison {
	bool other;   // another address or type of memory
	bool resized; // the same by leaves of another size, or another contiguous mark
	bool holes;   // the second lacks what the first has
};

static uint64_t attributes(uint64_t desc)
{
	return (desc & ~(DESC_OA_MASK | DESC_TABLE | DESC_CONT)) | DESC_VALID;
}

static struct place child_of(const struct bbm *bbm, struct place table, vaddr_t va)
{
	unsigned level = table.level + 1;
	const uint64_t *entries = table_entries(bbm->mm, desc_pa(table.desc));

	return (struct place){entries[level_index(geometry(bbm), level, va)], level,
			      align_down(va, level_size(geometry(bbm), level))};
}

// `first` and `second` as far as both reach into [va, va + size).
static void compare(const struct bbm *bbm, struct place first, struct place second, vaddr_t va,
		    uint64_t size, struct comparison *result)
{
	const struct geometry *g = geometry(bbm);
	bool down = desc_is_table(first.desc, first.level) && desc_is_valid(first.desc);
	bool down_second = desc_is_table(second.desc, second.level) && desc_is_valid(second.desc);

	if (!desc_is_valid(first.desc))
		return;
	if (!desc_is_valid(second.desc)) {
		// A table without leaves maps nothing that could be missed.
		result->holes |= !down;
		if (!down)
			return;
	}
	if (down || down_second) {
		uint64_t step = level_size(g, (down ? first.level : second.level) + 1);
		for (vaddr_t at = va; at != va + size;) {
			vaddr_t next = align_down(at, step) + step;
			uint64_t part = min_u64(next - at, va + size - at);
			compare(bbm, down ? child_of(bbm, first, at) : first,
				down ? second : child_of(bbm, second, at), at, part, result);
			at += part;
		}
		return;
	}
	paddr_t a = desc_pa(first.desc) + (va - first.va),
		b = desc_pa(second.desc) + (va - second.va);
	result->other |=
	    a != b || !desc_change_is_safe(attributes(first.desc), attributes(second.desc));
	result->resized |=
	    first.level != second.level || desc_is_cont(first.desc) != desc_is_cont(second.desc);
}

// ---- what TLBs may still hold -------------------------------------------------------------------

static void remember(struct bbm *bbm, struct place gone)
{
	if (bbm->record_count == bbm->record_room) {
		bbm->record_room = bbm->record_room ? 2 * bbm->record_room : 64;
		bbm->records = realloc(bbm->records, bbm->record_room * sizeof(*bbm->records));
		if (!bbm->records)
			abort();
	}
	bbm->records[bbm->record_count++] = (struct bbm_record){
	    .va = gone.va,
	    .size = level_size(geometry(bbm), gone.level),
	    .desc = gone.desc,
	    .level = gone.level,
	};
}

static void forget(struct bbm *bbm, size_t index)
{
	bbm->records[index] = bbm->records[--bbm->record_count];
}

// `made` becomes valid where nothing valid is.
static void check_make(struct bbm *bbm, struct place made)
{
	uint64_t size = level_size(geometry(bbm), made.level);

	for (size_t i = bbm->record_count; i-- > 0;) {
		const struct bbm_record *old = &bbm->records[i];
		struct place gone = {old->desc, old->level, old->va};
		struct comparison found = {0};
		vaddr_t start = max_u64(old->va, made.va);
		if (start - old->va >= old->size || start - made.va >= size)
			continue;
		compare(bbm, gone, made, start,
			min_u64(old->size - (start - old->va), size - (start - made.va)), &found);
		if (found.other || (found.resized && !is_capable(bbm)))
			violate(bbm, made.va, made.level, "made %lx over %lx, whose TLBI is not %s",
				made.desc, old->desc, !old->flushed ? "done" : "complete: no DSB");
		else if (gone.level == made.level && gone.va == made.va && !found.resized &&
			 !found.holes && !desc_is_table(gone.desc, gone.level))
			forget(bbm, i);
	}
}

// Valid to valid.
static void check_change(struct bbm *bbm, struct place before, struct place after)
{
	struct comparison found = {0};
	bool was_table = desc_is_table(before.desc, before.level);
	bool is_table = desc_is_table(after.desc, after.level);

	compare(bbm, before, after, before.va, level_size(geometry(bbm), before.level), &found);
	if (was_table && is_table) {
		if (desc_pa(before.desc) != desc_pa(after.desc))
			violate(bbm, before.va, before.level, "a live table replaced by another");
	} else if (found.other) {
		violate(bbm, before.va, before.level, "live %lx becomes other memory: %lx",
			before.desc, after.desc);
	} else if (found.holes) {
		violate(bbm, before.va, before.level, "a table with holes put over live %lx",
			before.desc);
	} else if ((found.resized || was_table != is_table) && !is_capable(bbm)) {
		violate(bbm, before.va, before.level, "live %lx changes its size: %lx", before.desc,
			after.desc);
	}
	if (was_table && !is_table)
		must_be_out(bbm, desc_pa(before.desc), before.va, before.level,
			    "while it was linked");
	if (was_table != is_table)
		remember(bbm, before);
}

void bbm_store(struct bbm *bbm, const uint64_t *entry, uint64_t desc)
{
	const struct geometry *g = geometry(bbm);
	look_at_root(bbm);
	paddr_t pa = machine_pa_of(bbm->machine, entry);
	paddr_t page = align_down(pa, page_size(g));
	const struct bbm_table *table = *slot(bbm, page);

	make_dirty(bbm, page);
	if (!table)
		return;
	bbm->stores++;
	vaddr_t va = table->va + ((pa - page) / 8) * level_size(g, table->level);
	struct place before = {*entry, table->level, va}, after = {desc, table->level, va};
	if (before.desc == desc)
		return;
	if (desc_is_valid(before.desc) && desc_is_valid(desc)) {
		check_change(bbm, before, after);
	} else if (desc_is_valid(before.desc)) {
		if (desc_is_table(before.desc, table->level))
			must_be_out(bbm, desc_pa(before.desc), va, table->level,
				    "while it was linked");
		remember(bbm, before);
	} else if (desc_is_valid(desc)) {
		check_make(bbm, after);
	}
	if (desc_is_table(desc, table->level) &&
	    !(desc_is_table(before.desc, table->level) && desc_pa(before.desc) == desc_pa(desc)))
		reach(bbm, desc_pa(desc), table->level + 1, va);
}

void bbm_zero(struct bbm *bbm, paddr_t pa)
{
	look_at_root(bbm);
	const struct bbm_table *table = *slot(bbm, pa);

	if (table)
		violate(bbm, table->va, table->level, "a table that a walker may reach is zeroed");
	make_dirty(bbm, pa);
}

// Whether the entry above still leads to the table of this record.
static bool is_linked_again(const struct bbm *bbm, const struct bbm_record *record)
{
	const struct geometry *g = geometry(bbm);
	struct place at = {desc_table(bbm->root, false), g->start_level - 1U, linear_base(g)};

	for (unsigned level = g->start_level; level <= record->level; level++) {
		if (!desc_is_valid(at.desc))
			return false;
		const uint64_t *entries = table_entries(bbm->mm, desc_pa(at.desc));
		at = (struct place){entries[level_index(g, level, record->va)], level, record->va};
		if (level < record->level && !desc_is_table(at.desc, level))
			return false;
	}
	return desc_is_table(at.desc, record->level) && desc_pa(at.desc) == desc_pa(record->desc);
}

void bbm_barrier(struct bbm *bbm, enum barrier kind)
{
	look_at_root(bbm);
	if (kind == BARRIER_ISB)
		return;
	bbm->dirty_count = 0;
	for (size_t i = bbm->record_count; i-- > 0;) {
		struct bbm_record *record = &bbm->records[i];
		record->visible = true;
		// A DSB of stores alone completes no invalidation.
		if (!record->flushed || kind != BARRIER_DSB_ISH)
			continue;
		struct bbm_record done = *record;
		forget(bbm, i);
		if (!desc_is_table(done.desc, done.level))
			continue;
		must_be_out(bbm, desc_pa(done.desc), done.va, done.level,
			    "before its invalidation was complete");
		if (!is_linked_again(bbm, &done))
			leave(bbm, desc_pa(done.desc), done.level + 1);
	}
}

// What [start, start + size) covers of a record's translations; `walker`: of tables, too.
static void flush_records(struct bbm *bbm, vaddr_t start, uint64_t size, bool all)
{
	for (size_t i = 0; i < bbm->record_count; i++) {
		struct bbm_record *record = &bbm->records[i];
		bool table = desc_is_table(record->desc, record->level);
		// A mark makes no whole of a group: each entry may have been kept by itself.
		bool covered = all || (!table && record->va < start + size &&
				       record->va + record->size > start);
		record->flushed |= record->visible && covered;
	}
}

static vaddr_t sign_extend(uint64_t value, unsigned bits)
{
	return (vaddr_t)((int64_t)(value << (64 - bits)) >> (64 - bits));
}

void bbm_tlbi(struct bbm *bbm, const struct tlbi_op *op)
{
	const struct geometry *g = geometry(bbm);
	look_at_root(bbm);

	switch (op->kind) {
	case TLBI_VMALLE1IS:
		flush_records(bbm, 0, 0, true);
		break;
	case TLBI_VAALE1IS:
		flush_records(bbm, sign_extend(op->operand << 12, 56), page_size(g), false);
		break;
	case TLBI_RVAALE1IS: {
		uint64_t base = op->operand & ((UINT64_C(1) << 37) - 1);
		unsigned num = (op->operand >> 39) & 31, scale = (op->operand >> 44) & 3;
		flush_records(bbm, sign_extend(base << g->page_shift, 37 + g->page_shift),
			      (uint64_t)(num + 1) << (5 * scale + 1 + g->page_shift), false);
		break;
	}
	}
}

void bbm_start(struct bbm *bbm, struct machine *machine, const struct mm *mm)
{
	*bbm = (struct bbm){.machine = machine, .mm = mm, .root = PADDR_NONE};
	machine->bbm = bbm;
}

void bbm_stop(struct bbm *bbm)
{
	if (bbm->machine)
		bbm->machine->bbm = NULL;
	for (unsigned i = 0; i < BBM_BUCKETS; i++) {
		while (bbm->buckets[i]) {
			struct bbm_table *table = bbm->buckets[i];
			bbm->buckets[i] = table->next;
			free(table);
		}
	}
	free(bbm->records);
	free(bbm->dirty);
	*bbm = (struct bbm){0};
}
