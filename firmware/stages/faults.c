// SPDX-License-Identifier: GPL-2.0-or-later
// S13: every kind of access in every state of a page, and exactly the fault that belongs to it.
#include "entry/access.h"
#include "entry/image.h"
#include "entry/mmu.h"
#include "entry/sysreg.h"
#include "mm/at.h"
#include "mm/change.h"
#include "mm/walk.h"
#include "report/fault.h"
#include "report/format.h"
#include "report/record.h"
#include "report/results.h"
#include "stages/check.h"
#include "stages/firmware.h"
#include "stages/standin.h"

#define RET_TWICE     UINT64_C(0xd65f03c0d65f03c0)
#define STORED        UINT64_C(0x1122334455667788)
#define STALE_SAMPLES 16

enum access {
	ACCESS_LDR,
	ACCESS_LDRB,
	ACCESS_LDP,
	ACCESS_LDR_CROSSING, // over the end of the page
	ACCESS_STR,
	ACCESS_STRB,
	ACCESS_STXR,
	ACCESS_STP,
	ACCESS_ZVA,
	ACCESS_EXECUTE,
};

static bool perform(enum access access, uint64_t va, uint64_t value[2])
{
	switch (access) {
	case ACCESS_LDR:
	case ACCESS_LDR_CROSSING:
		return access_ldr(va, value);
	case ACCESS_LDRB:
		return access_ldrb(va, value);
	case ACCESS_LDP:
		return access_ldp(va, value);
	case ACCESS_STR:
		return access_str(va, STORED);
	case ACCESS_STRB:
		return access_strb(va, STORED);
	case ACCESS_STXR:
		return access_stxr(va, STORED);
	case ACCESS_STP:
		return access_stp(va, STORED);
	case ACCESS_ZVA:
		return access_zva(va, 0);
	case ACCESS_EXECUTE:
		return access_execute(va, 0);
	}
	return false;
}

static bool writes(enum access access)
{
	return access >= ACCESS_STR && access <= ACCESS_ZVA;
}

struct row {
	char name[24];
	uint8_t access;
};

// The fault that must have been taken at `va`: its status without the level, the level from the
// tables. NULL when the abort was that one.
static const char *fault_problem(enum access access, uint64_t va, unsigned int status)
{
	const struct guard *guard = &cpu_this()->guard;
	struct leaf leaf;
	walk_lookup(&firmware.mm, va, &leaf);
	unsigned int class = access == ACCESS_EXECUTE ? EC_INSTRUCTION_ABORT : EC_DATA_ABORT;
	if (esr_class(guard->esr) != class)
		return "another exception than expected";
	if (esr_status(guard->esr) != (status | leaf.level))
		return "another fault status than expected";
	if (access != ACCESS_EXECUTE && esr_is_write(guard->esr) != writes(access))
		return "WnR says the opposite";
	if (guard->esr >> 10 & 1)
		return "FAR is marked not valid";
	return guard->far == va ? NULL : "FAR is not the address accessed";
}

static void report_row(const struct row *row, const char *problem)
{
	const struct guard *guard = &cpu_this()->guard;
	test_begin(stage_test(row->name), problem ? RESULT_FAIL : RESULT_PASS, problem);
	if (problem) {
		record_hex("esr", guard->esr);
		record_hex("far", guard->far);
	}
	test_end();
}

static void expect_fault(const struct row *row, uint64_t va, unsigned int status)
{
	uint64_t value[2];
	const char *problem = perform((enum access)row->access, va, value)
				  ? "the access succeeded"
				  : fault_problem((enum access)row->access, va, status);
	report_row(row, problem);
}

// Loads through the text alias, which is read-only, and the init alias, which is writable.
static void expect_loads(void)
{
	static const struct row rows[] = {
	    {"load-ro.ldr", ACCESS_LDR}, {"load-ro.ldrb", ACCESS_LDRB},
	    {"load-ro.ldp", ACCESS_LDP}, {"load-ro.crossing", ACCESS_LDR_CROSSING},
	    {"load-rw.ldr", ACCESS_LDR}, {"load-rw.ldrb", ACCESS_LDRB},
	    {"load-rw.ldp", ACCESS_LDP}, {"load-rw.crossing", ACCESS_LDR_CROSSING},
	};
	const struct mm *mm = &firmware.mm;
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		paddr_t base = i < 4 ? mm->layout.text_start : mm->layout.init_begin;
		paddr_t pa =
		    base + mm_page_size(mm) - (rows[i].access == ACCESS_LDR_CROSSING ? 4 : 16);
		uint64_t value[2] = {0, 0}, wanted[2];
		// The same bytes by the identity map.
		const uint8_t *bytes = (const uint8_t *)(uintptr_t)pa;
		for (unsigned int word = 0; word < 2; word++) {
			wanted[word] = 0;
			for (unsigned int b = 0; b < 8; b++)
				wanted[word] |= (uint64_t)bytes[word * 8 + b] << (8 * b);
		}
		if (rows[i].access == ACCESS_LDRB)
			wanted[0] &= 0xff;
		bool good = perform((enum access)rows[i].access, mm_linear(mm, pa), value);
		good &= value[0] == wanted[0] &&
			(rows[i].access != ACCESS_LDP || value[1] == wanted[1]);
		report_row(&rows[i], good ? NULL : "the load failed or loaded something else");
	}
}

// Stores through the init alias must be seen through the image mapping.
static void expect_stores(void)
{
	static const struct row rows[] = {
	    {"store-rw.str", ACCESS_STR},   {"store-rw.strb", ACCESS_STRB},
	    {"store-rw.stxr", ACCESS_STXR}, {"store-rw.stp", ACCESS_STP},
	    {"store-rw.zva", ACCESS_ZVA},
	};
	const struct mm *mm = &firmware.mm;
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		paddr_t pa = mm->layout.init_begin + 0x1000;
		uint64_t *image = (uint64_t *)(uintptr_t)mm_image(mm, pa);
		uint64_t before = standin_word(pa - mm->layout.text_start);
		uint64_t value[2];
		*image = before;
		bool good = perform((enum access)rows[i].access, mm_linear(mm, pa), value);
		uint64_t wanted = rows[i].access == ACCESS_STRB
				      ? (before & ~UINT64_C(0xff)) | (STORED & 0xff)
				  : rows[i].access == ACCESS_ZVA ? 0
								 : STORED;
		good &= *(volatile uint64_t *)image == wanted;
		report_row(&rows[i], good ? NULL : "the store failed or is not seen in the image");
	}
}

static void expect_refused_stores(void)
{
	static const struct row rows[] = {
	    {"store-ro.str", ACCESS_STR},
	    {"store-ro.stxr", ACCESS_STXR},
	    {"store-ro.zva", ACCESS_ZVA},
	};
	const struct mm *mm = &firmware.mm;
	paddr_t pa = mm->layout.text_start + mm_page_size(mm) * 2;
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_fault(&rows[i], mm_linear(mm, pa), FST_PERMISSION);
	test_check(stage_test("store-ro.unchanged"),
		   *(const volatile uint64_t *)(uintptr_t)pa ==
		       standin_word(pa - mm->layout.text_start),
		   "a refused store has changed memory");
}

static void expect_no_execution(void)
{
	static const struct row rows[] = {
	    {"execute.text-alias", ACCESS_EXECUTE},
	    {"execute.init-alias", ACCESS_EXECUTE},
	};
	const struct mm *mm = &firmware.mm;
	*(uint64_t *)(uintptr_t)mm->layout.init_begin = RET_TWICE;
	expect_fault(&rows[0], mm_linear(mm, mm->layout.text_start), FST_PERMISSION);
	expect_fault(&rows[1], mm_linear(mm, mm->layout.init_begin), FST_PERMISSION);
	*(uint64_t *)(uintptr_t)mm->layout.init_begin =
	    standin_word(mm->layout.init_begin - mm->layout.text_start);
}

// Three pages, the middle one invalid.
static void expect_invalid(vaddr_t va)
{
	static const struct row rows[] = {
	    {"invalid.ldr", ACCESS_LDR},
	    {"invalid.str", ACCESS_STR},
	    {"invalid.execute", ACCESS_EXECUTE},
	};
	struct mm *mm = &firmware.mm;
	vaddr_t middle = va + mm_page_size(mm);
	uint64_t value;
	struct at_answer valid = at_expect(mm, middle, false, mmu_registers.mair);
	bool good = direct_invalid(mm, middle) == MM_OK;
	struct at_answer expected = {.fault = true, .fst = FST_TRANSLATION | LEVEL_PTE};
	uint64_t par = at_probe(middle, false);
	test_check(stage_test("invalid.at-stale"),
		   at_agrees(&valid, par) || at_agrees(&expected, par),
		   "ahead of the invalidation AT reports neither the old nor the new translation");
	flush_range(mm, middle, middle + mm_page_size(mm));
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_fault(&rows[i], middle, FST_TRANSLATION);
	test_check(stage_test("invalid.at"), at_agrees(&expected, at_probe(middle, false)),
		   "AT does not report the translation fault");
	good &= access_ldr(middle - 8, &value) && access_ldr(middle + mm_page_size(mm), &value);
	test_check(stage_test("invalid.neighbours"), good, "a neighbour of an invalid page is hit");
	good = direct_default(mm, middle) == MM_OK;
	flush_range(mm, middle, middle + mm_page_size(mm));
	test_check(stage_test("invalid.back"), good && access_str(middle, STORED),
		   "the page did not become valid again");
}

// Between a change and its invalidation either answer is allowed; which one it is tells something
// about the TLB.
static void count_stale(vaddr_t va)
{
	struct mm *mm = &firmware.mm;
	unsigned int stale = 0, fresh = 0;
	uint64_t value;
	for (unsigned int i = 0; i < STALE_SAMPLES; i++) {
		access_ldr(va, &value);
		direct_invalid(mm, va);
		if (access_ldr(va, &value))
			stale++;
		else
			fresh++;
		flush_range(mm, va, va + mm_page_size(mm));
		direct_default(mm, va);
		flush_range(mm, va, va + mm_page_size(mm));
	}
	test_begin(stage_test("stale"), RESULT_INFO, NULL);
	record_unsigned("stale", stale);
	record_unsigned("new", fresh);
	test_end();
}

void stage_faults(void)
{
	struct mm *mm = &firmware.mm;
	paddr_t pa;
	expect_loads();
	expect_stores();
	expect_refused_stores();
	expect_no_execution();
	if (!policy_can_set_direct_map(&firmware.options.policy))
		return test_report(stage_test("invalid"), RESULT_SKIP,
				   "nobody may set the direct map under this policy");
	uint64_t size = 3 * mm_page_size(mm);
	if (!pages_take_range(&firmware.pages, size, mm_page_size(mm), &pa))
		return test_report(stage_test("invalid"), RESULT_SKIP, "no free pages");
	expect_invalid(mm_linear(mm, pa));
	count_stale(mm_linear(mm, pa) + mm_page_size(mm));
	pages_put_range(&firmware.pages, pa, size);
}
