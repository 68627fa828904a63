// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/walk_print.h"

#include "mm/crc32.h"

struct text {
	char *at;
};

static void put(struct text *text, const char *s)
{
	while (*s)
		*text->at++ = *s++;
}

static void put_address(struct text *text, vaddr_t va)
{
	put(text, "0x");
	for (int shift = 60; shift >= 0; shift -= 4)
		*text->at++ = "0123456789abcdef"[(va >> shift) & 0xf];
}

static void put_decimal(struct text *text, uint64_t n)
{
	char digits[20];
	unsigned count = 0;

	do {
		digits[count++] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	while (count)
		*text->at++ = digits[--count];
}

static void put_size(struct text *text, uint64_t bytes)
{
	unsigned unit = 0;
	uint64_t size = bytes >> 10;

	while (size != 0 && (size & 1023) == 0 && unit < 5) {
		size >>= 10;
		unit++;
	}
	put_decimal(text, size);
	*text->at++ = "KMGTPE"[unit];
}

static const char *memory_type(uint64_t desc)
{
	switch ((desc & DESC_ATTR_MASK) >> 2) {
	case MAIR_NORMAL:
		return "MEM/NORMAL";
	case MAIR_DEVICE_nGnRnE:
		return "DEVICE/nGnRnE";
	case MAIR_DEVICE_nGnRE:
		return "DEVICE/nGnRE";
	case MAIR_NORMAL_NC:
		return "MEM/NORMAL-NC";
	case MAIR_NORMAL_TAGGED:
		return "MEM/NORMAL-TAGGED";
	default:
		return "?";
	}
}

static const char *level_name(unsigned level)
{
	switch (level) {
	case LEVEL_PTE:
		return "PTE";
	case LEVEL_PMD:
		return "PMD";
	case LEVEL_PUD:
		return "PUD";
	default:
		return "PGD";
	}
}

static bool is_executable(const struct walk_run *run)
{
	return !(run->desc & DESC_PXN) && !(run->inherited & DESC_PXN_TABLE);
}

static bool is_block(const struct walk_run *run)
{
	return run->level < LEVEL_PTE;
}

size_t walk_format(char line[WALK_LINE_MAX], const struct walk_run *run)
{
	struct text text = {line};

	put(&text, "#w ");
	put_address(&text, run->start);
	put(&text, "-");
	put_address(&text, run->end);
	put(&text, " ");
	put_size(&text, run->end - run->start);
	put(&text, " ");
	put(&text, level_name(run->level));
	put(&text, desc_is_valid(run->desc) ? " -" : " F");
	put(&text, run->desc & DESC_AP2 ? " ro" : " RW");
	put(&text, is_executable(run) ? " x" : " NX");
	put(&text, desc_is_cont(run->desc) ? " CON" : " -");
	put(&text, is_block(run) ? " BLK " : " - ");
	put(&text, memory_type(run->desc));
	*text.at = '\0';
	return (size_t)(text.at - line);
}

// Whether both would print the same but for addresses.
static bool looks_like(const struct walk_run *a, const struct walk_run *b)
{
	const uint64_t shown = DESC_VALID | DESC_ATTR_MASK | DESC_AP2 | DESC_CONT;

	return a->level == b->level && ((a->desc ^ b->desc) & shown) == 0 &&
	       is_executable(a) == is_executable(b);
}

struct summary {
	const struct mm *mm;
	struct walk_run run; // being extended; empty at first
	struct walk_summary result;
	void (*report)(void *context, const struct walk_run *run);
	void *context;
};

static void finish_run(struct summary *summary)
{
	char line[WALK_LINE_MAX];
	size_t length;

	if (summary->run.start == summary->run.end)
		return;
	length = walk_format(line, &summary->run);
	summary->result.lines++;
	summary->result.crc = crc32_update(summary->result.crc, line, length);
	if (summary->report)
		summary->report(summary->context, &summary->run);
}

static void summarise_leaves(void *context, const struct leaf_run *leaves)
{
	struct summary *summary = context;
	struct walk_run run = {
	    .start = leaves->va,
	    .end = leaves->va + leaves->count * level_size(summary->mm->geometry, leaves->level),
	    .level = leaves->level,
	    .desc = leaves->desc,
	    .inherited = leaves->inherited,
	};

	if (run.start == summary->run.end && looks_like(&run, &summary->run)) {
		summary->run.end = run.end;
		return;
	}
	finish_run(summary);
	summary->run = run;
}

struct walk_summary walk_summarise(const struct mm *mm, vaddr_t start, vaddr_t end,
				   void (*report)(void *context, const struct walk_run *run),
				   void *context)
{
	struct summary summary = {.mm = mm, .report = report, .context = context};
	struct walk_visitor visitor;

	visitor.context = &summary;
	visitor.leaves = summarise_leaves;
	visitor.table = NULL;
	visitor.holes = false;
	walk_range(mm, start, end, &visitor);
	finish_run(&summary);
	return summary.result;
}
