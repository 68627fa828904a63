// SPDX-License-Identifier: GPL-2.0-or-later
#include "stages/check.h"

#include <string.h>

#include "entry/mmu.h"
#include "entry/sysreg.h"
#include "mm/at.h"
#include "mm/crc32.h"
#include "mm/invariants.h"
#include "report/console.h"
#include "report/format.h"
#include "report/record.h"
#include "report/results.h"
#include "stages/firmware.h"

#define RUNS_MAX       512
#define VIOLATIONS_MAX 16 // told one by one, for each stage

// The runs of leaves as of the last walk.
static struct {
	struct walk_run run[RUNS_MAX];
	unsigned int count, lost;
	uint32_t printed_crc;
	char printed_stage[8];
} picture;

uint64_t at_probe(uint64_t va, bool write)
{
	if (write)
		__asm__ volatile("at s1e1w, %0" ::"r"(va) : "memory");
	else
		__asm__ volatile("at s1e1r, %0" ::"r"(va) : "memory");
	isb();
	return sysreg_read(par_el1);
}

void describe_address(uint64_t va, char *out, size_t size)
{
	static const char names[LEVELS][4] = {"pgd", "pud", "pmd", "pte"};
	const struct mm *mm = &firmware.mm;
	const struct geometry *g = mm->geometry;
	bool linear = va >> 63;
	uint64_t table = (linear ? mm->root : sysreg_read(ttbr0_el1)) & DESC_OA_MASK;
	size_t length = 0;
	for (unsigned int level = g->start_level; level < LEVELS && length < size; level++) {
		const uint64_t *entries =
		    linear ? table_entries(mm, table) : (const uint64_t *)(uintptr_t)table;
		uint64_t desc = entry_read(&entries[level_index(g, level, va)]);
		const char *comma = level == g->start_level ? "" : ", ";
		length +=
		    format(out + length, size - length, "%s%s=%016lx", comma,
			   level == g->start_level ? names[0] : names[level], (unsigned long)desc);
		if (level == g->start_level && level < LEVEL_PUD && length < size)
			length += format(out + length, size - length, ", p4d=%016lx",
					 (unsigned long)desc);
		if (!desc_is_table(desc, level))
			break;
		table = desc_pa(desc);
	}
}

struct violations {
	unsigned int by_rule[INVARIANTS + 1];
	unsigned int told;
	struct violation first[INVARIANTS + 1];
};

static void hear_violation(void *context, const struct violation *violation)
{
	struct violations *heard = context;
	if (!heard->by_rule[violation->rule]++)
		heard->first[violation->rule] = *violation;
	if (heard->told++ >= VIOLATIONS_MAX)
		return;
	char rule[4];
	format(rule, sizeof(rule), "I%u", violation->rule);
	record_begin("bad-pte");
	record_text("rule", rule);
	record_hex("va", violation->va);
	record_unsigned("level", violation->level);
	record_hex("desc", violation->desc);
	record_unsigned("count", violation->count);
	record_text("why", violation->what);
	record_end();
}

static void check_invariants(enum stage stage)
{
	struct violations heard;
	memset(&heard, 0, sizeof(heard));
	unsigned int total = invariants_check(&firmware.mm, stage, hear_violation, &heard);
	test_begin(stage_test("invariants"), total ? RESULT_FAIL : RESULT_PASS, NULL);
	record_unsigned("violations", total);
	test_end();
	for (unsigned int rule = 1; rule <= INVARIANTS; rule++) {
		char name[4];
		if (!heard.by_rule[rule])
			continue;
		format(name, sizeof(name), "I%u", rule);
		test_begin(stage_test(name), RESULT_FAIL, heard.first[rule].what);
		record_unsigned("violations", heard.by_rule[rule]);
		record_hex("va", heard.first[rule].va);
		test_end();
	}
}

static void keep_run(void *context, const struct walk_run *run)
{
	(void)context;
	if (picture.count < RUNS_MAX)
		picture.run[picture.count++] = *run;
	else
		picture.lost++;
}

static void take_picture(void)
{
	const struct mm *mm = &firmware.mm;
	struct range linear = mm_linear_range(mm);
	picture.count = 0;
	picture.lost = 0;
	walk_summarise(mm, linear.start, linear.end, keep_run, NULL);
	walk_summarise(mm, mm_image(mm, mm->layout.text_start),
		       mm_image(mm, align_up(mm->layout.bss_stop, mm_page_size(mm))), keep_run,
		       NULL);
}

// The lines are printed when they differ from those printed last; `same` names the stage otherwise.
static void print_picture(void)
{
	char line[WALK_LINE_MAX];
	uint32_t crc = 0;
	for (unsigned int i = 0; i < picture.count; i++)
		crc = crc32_update(crc, line, walk_format(line, &picture.run[i]));
	bool same = picture.printed_stage[0] && crc == picture.printed_crc;
	char text[9];
	format(text, sizeof(text), "%08x", same ? 0 : crc);
	record_begin("walk");
	record_text("stage", firmware.stage);
	record_unsigned("lines", same ? 0 : picture.count);
	record_text("crc", text);
	if (same)
		record_text("same", picture.printed_stage);
	if (picture.lost)
		record_unsigned("lost", picture.lost);
	record_end();
	if (same)
		return;
	console_lock();
	for (unsigned int i = 0; i < picture.count; i++) {
		walk_format(line, &picture.run[i]);
		console_line(line);
	}
	console_unlock();
	picture.printed_crc = crc;
	format(picture.printed_stage, sizeof(picture.printed_stage), "%s", firmware.stage);
}

// I17: at three addresses of each run the hardware must say what the tables say.
static void probe_picture(void)
{
	const struct mm *mm = &firmware.mm;
	unsigned int probes = 0, wrong = 0;
	uint64_t first_va = 0, first_par = 0;
	for (unsigned int i = 0; i < picture.count; i++) {
		vaddr_t va[AT_PROBES];
		at_probe_addresses(mm, &picture.run[i], va);
		for (unsigned int j = 0; j < AT_PROBES * 2; j++) {
			bool write = j % 2;
			struct at_answer expected =
			    at_expect(mm, va[j / 2], write, mmu_registers.mair);
			uint64_t par = at_probe(va[j / 2], write);
			probes++;
			if (at_agrees(&expected, par))
				continue;
			if (!wrong++) {
				first_va = va[j / 2];
				first_par = par;
			}
		}
	}
	test_begin(stage_test("at"), wrong ? RESULT_FAIL : RESULT_PASS,
		   wrong ? "translation differs from the tables" : NULL);
	record_unsigned("probes", probes);
	if (wrong) {
		record_unsigned("wrong", wrong);
		record_hex("va", first_va);
		record_hex("par", first_par);
	}
	test_end();
}

void check_tables(enum stage stage)
{
	check_invariants(stage);
	take_picture();
	print_picture();
	probe_picture();
}
