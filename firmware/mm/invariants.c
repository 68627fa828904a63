// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/invariants.h"

// What every normal kernel leaf has, whatever its rights.
#define LEAF_FIXED_MASK                                                                   \
	(~(DESC_OA_MASK | DESC_VALID | DESC_TABLE | DESC_ATTR_MASK | DESC_AP2 | DESC_NG | \
	   DESC_WRITE | DESC_CONT | DESC_PXN | DESC_UXN))
#define LEAF_FIXED (DESC_SH_INNER | DESC_AF | DESC_DIRTY)

struct check {
	struct mm *mm;
	enum stage stage;
	violation_report report;
	void *context;
	unsigned violations;

	enum page_owner owner; // of the tables of the region being walked
	bool linear;           // which region that is
	unsigned tables;       // seen in it
	struct range text, init, data, tail, kfence;
	enum alias_state data_state;
	bool repainted; // a mixed system: all but the text alias by pages
};

static void violate(struct check *check, unsigned rule, const struct leaf_run *run,
		    const char *what)
{
	struct violation violation;

	check->violations++;
	if (!check->report)
		return;
	violation.rule = rule;
	violation.va = run->va;
	violation.level = run->level;
	violation.desc = run->desc;
	violation.count = run->count;
	violation.what = what;
	check->report(check->context, &violation);
}

static vaddr_t run_end(const struct check *check, const struct leaf_run *run)
{
	return run->va + run->count * level_size(check->mm->geometry, run->level);
}

static bool overlaps(const struct check *check, const struct leaf_run *run, struct range range)
{
	return range.start < range.end && run->va < range.end && run_end(check, run) > range.start;
}

static bool ram_overlaps(const struct mm *mm, paddr_t start, paddr_t end)
{
	for (unsigned i = 0; i < mm->ram.count; i++)
		if (start < mm->ram.range[i].end && end > mm->ram.range[i].start)
			return true;
	return false;
}

// As the builder maps RAM.
static bool is_rw(uint64_t desc)
{
	return desc_is_valid(desc) && !(desc & DESC_AP2) && (desc & DESC_WRITE) &&
	       (desc & DESC_ATTR_MASK) == DESC_ATTR(MAIR_NORMAL_TAGGED);
}

static bool is_ro(uint64_t desc)
{
	return desc_is_valid(desc) && (desc & DESC_AP2) && !(desc & DESC_WRITE);
}

// I4, I5, I6, I15: what holds of any leaf, wherever it is.
static void check_format(struct check *check, const struct leaf_run *run)
{
	const struct geometry *g = check->mm->geometry;
	unsigned group = cont_entries(g, run->level);
	uint64_t attr = (run->desc & DESC_ATTR_MASK) >> 2;

	if ((run->desc & LEAF_FIXED_MASK) != LEAF_FIXED)
		violate(check, 4, run, "reserved bit set, or AF, dirty mark or shareability wrong");
	if (attr != MAIR_NORMAL && attr != MAIR_NORMAL_TAGGED)
		violate(check, 4, run, "not normal write-back memory");
	if (!is_aligned(desc_pa(run->desc), level_size(g, run->level)))
		violate(check, 4, run, "output address not aligned to the leaf");
	if (!level_has_leaf(g, run->level) || !(run->desc & DESC_TABLE) != (run->level < LEVEL_PTE))
		violate(check, 6, run, "no such leaf at this level");
	if (desc_is_valid(run->desc) && (run->desc & DESC_NG))
		violate(check, 15, run, "valid with nG set");
	if (!desc_is_cont(run->desc))
		return;
	if (!level_has_cont(g, run->level) || run->index % group || run->count % group)
		violate(check, 5, run, "contiguous on a part of a group");
	else if (!is_aligned(desc_pa(run->desc), cont_size(g, run->level)))
		violate(check, 5, run, "contiguous group of unaligned memory");
}

// I1 for pages of no special region: all of them are writable but those a test holds changed.
static void check_plain(struct check *check, const struct leaf_run *run)
{
	vaddr_t va = run->va;

	if (is_rw(run->desc))
		return;
	while (va < run_end(check, run)) {
		const struct range *changed = ranges_find(&check->mm->changed, va);
		if (range_contains(check->text, va))
			va = check->text.end;
		else if (range_contains(check->data, va))
			va = check->data.end;
		else if (changed)
			va = changed->end;
		else
			break;
	}
	if (va < run_end(check, run))
		violate(check, 1, run, "RAM without its rights outside any changed range");
}

// I10 to I13.
static void check_regions(struct check *check, const struct leaf_run *run)
{
	uint64_t desc = run->desc;
	bool untagged = (desc & DESC_ATTR_MASK) == DESC_ATTR(MAIR_NORMAL);

	if (overlaps(check, run, check->text)) {
		if (check->stage < STAGE_TEXT_RO && !is_rw(desc))
			violate(check, 10, run, "text alias not writable yet");
		if (check->stage >= STAGE_TEXT_RO && !(is_ro(desc) && untagged))
			violate(check, 10, run, "text alias not read-only and untagged");
	}
	if (overlaps(check, run, check->data)) {
		if (check->data_state == ALIAS_RW && !is_rw(desc))
			violate(check, 11, run, "data alias not writable");
		if (check->data_state == ALIAS_RO && !is_ro(desc))
			violate(check, 11, run, "data alias not read-only");
		if (check->data_state == ALIAS_INVALID && desc_is_valid(desc))
			violate(check, 11, run, "data alias not taken away");
		else if (check->data_state == ALIAS_INVALID && !is_rw(desc | DESC_VALID))
			violate(check, 16, run, "data alias lost its rights while invalid");
	}
	if (overlaps(check, run, check->init) && !is_rw(desc))
		violate(check, 12, run, "init alias not writable");
	if (overlaps(check, run, check->tail) && (!is_rw(desc) || desc_is_cont(desc)))
		violate(check, 13, run, "ragged tail not writable, or contiguous");
}

static void check_linear_leaf(struct check *check, const struct leaf_run *run)
{
	const struct mm *mm = check->mm;
	paddr_t pa = mm_linear_pa(mm, run->va);
	bool pages = run->level == LEVEL_PTE && !desc_is_cont(run->desc);
	// What making it invalid must have kept.
	const uint64_t kept = DESC_PXN | DESC_UXN | DESC_DIRTY;

	if (!ranges_contain(&mm->ram, pa, pa + (run_end(check, run) - run->va)))
		violate(check, 1, run, "present outside RAM");
	if (desc_pa(run->desc) != pa)
		violate(check, 2, run, "wrong output address");
	if (!((run->desc & DESC_PXN) || (run->inherited & DESC_PXN_TABLE)) ||
	    !((run->desc & DESC_UXN) || (run->inherited & DESC_UXN_TABLE)))
		violate(check, 3, run, "executable");
	if (mm->force_pte && !pages)
		violate(check, 7, run, "bigger than a page though pages are forced");
	if (check->repainted && !pages && !overlaps(check, run, check->text))
		violate(check, 7, run, "bigger than a page after the repaint");
	if (overlaps(check, run, check->kfence) && !pages)
		violate(check, 8, run, "kfence pool not by pages");
	if (!desc_is_valid(run->desc) &&
	    (!(run->desc & DESC_NG) || (run->desc & kept) != (PROT_KERNEL_TAGGED & kept)))
		violate(check, 16, run, "attributes lost while invalid");
	check_regions(check, run);
	check_plain(check, run);
}

static void check_leaves(void *context, const struct leaf_run *run)
{
	struct check *check = context;
	paddr_t pa = mm_linear_pa(check->mm, run->va);

	if (!desc_is_leaf(run->desc, run->level)) {
		if (run->desc != 0)
			violate(check, 4, run, "neither leaf nor table nor none");
		if (check->linear &&
		    ram_overlaps(check->mm, pa, pa + (run_end(check, run) - run->va)))
			violate(check, 1, run, "RAM not mapped");
		return;
	}
	check_format(check, run);
	if (check->linear)
		check_linear_leaf(check, run);
	else if (desc_is_writable(run->desc) && !(run->desc & DESC_PXN))
		violate(check, 3, run, "writable and executable");
}

static bool check_table(void *context, const struct table_visit *table)
{
	struct check *check = context;
	struct leaf_run at = {
	    .va = table->va, .level = table->level - 1, .count = 1, .desc = table->desc};
	unsigned level = 0;
	enum page_owner owner = pages_owner(check->mm->pages, desc_pa(table->desc), &level);

	if (table->desc != desc_table(desc_pa(table->desc), check->linear))
		violate(check, check->linear ? 3 : 4, &at, "table descriptor with wrong bits");
	if (owner != check->owner && owner != OWNER_FREE && owner != OWNER_DATA) {
		violate(check, 9, &at, "table belongs to another region");
		return false;
	}
	if (owner != check->owner || level != table->level) {
		violate(check, 14, &at, "table not in the books with this owner and level");
		return false;
	}
	if (!pages_mark(check->mm->pages, desc_pa(table->desc))) {
		violate(check, 14, &at, "table referenced twice");
		return false;
	}
	check->tables++;
	return true;
}

static bool unmark_table(void *context, const struct table_visit *table)
{
	struct check *check = context;
	unsigned level;

	// Below a page that is no table of ours nothing was marked either.
	if (pages_owner(check->mm->pages, desc_pa(table->desc), &level) != check->owner ||
	    level != table->level)
		return false;
	pages_unmark(check->mm->pages, desc_pa(table->desc));
	return true;
}

static void check_region(struct check *check, enum page_owner owner, vaddr_t start, vaddr_t end)
{
	struct walk_visitor visitor;
	unsigned live = check->mm->pages->live[owner];

	check->owner = owner;
	check->tables = 0;
	visitor.context = check;
	visitor.leaves = check_leaves;
	visitor.table = check_table;
	visitor.holes = true;
	walk_range(check->mm, start, end, &visitor);
	if (check->tables != live) {
		struct leaf_run at = {.va = start,
				      .level = check->mm->geometry->start_level,
				      .desc = check->tables,
				      .count = live};
		violate(check, 14, &at, "walk (desc) and books (n) count different tables");
	}
	visitor.leaves = NULL;
	visitor.table = unmark_table;
	walk_range(check->mm, start, end, &visitor);
}

unsigned invariants_check(struct mm *mm, enum stage stage, violation_report report, void *context)
{
	struct check check = {.mm = mm, .stage = stage, .report = report, .context = context};
	vaddr_t base = linear_base(mm->geometry);
	vaddr_t middle = base + linear_span(mm->geometry);

	check.text = mm_text_alias(mm);
	check.init = mm_init_alias(mm);
	check.data = mm_data_alias(mm);
	check.tail = mm_tail_alias(mm);
	if (mm->kfence.end > mm->kfence.start)
		check.kfence =
		    (struct range){mm_linear(mm, mm->kfence.start), mm_linear(mm, mm->kfence.end)};
	check.data_state = policy_alias_after(&mm->policy, mm->caps.boot, stage, mm->hibernation);
	check.repainted = mm->need_bbm && mm->caps.final && !mm->caps.sys;
	check.linear = true;
	check_region(&check, mm->owner, base, middle);
	if (mm->owner == OWNER_LINEAR) {
		check.linear = false;
		check_region(&check, OWNER_IMAGE, middle, 0);
	}
	if (mm->bad_stores != mm->bad_stores_told) {
		struct leaf_run at = {.count = (unsigned)(mm->bad_stores - mm->bad_stores_told)};
		violate(&check, 18, &at, "unsafe changes of live entries");
		mm->bad_stores_told = mm->bad_stores;
	}
	return check.violations;
}

static void count_writable(void *context, const struct leaf_run *run)
{
	uint64_t *entries = context;

	if (desc_is_writable(run->desc))
		entries[run->level] += run->count;
}

uint64_t data_alias_writable(const struct mm *mm)
{
	struct range data = mm_data_alias(mm);
	uint64_t entries[LEVELS] = {0};
	uint64_t pages = 0;
	struct walk_visitor visitor;

	visitor.context = entries;
	visitor.leaves = count_writable;
	visitor.table = NULL;
	visitor.holes = false;
	walk_range(mm, data.start, data.end, &visitor);
	for (unsigned level = mm->geometry->first_leaf_level; level <= LEVEL_PTE; level++)
		pages += entries[level]
			 << (level_shift(mm->geometry, level) - mm->geometry->page_shift);
	return pages;
}
