// SPDX-License-Identifier: GPL-2.0-or-later
// Costs of the instructions everything else is made of: fences, invalidations, translations,
// faults.
#include "entry/access.h"
#include "entry/sysreg.h"
#include "machine/smp.h"
#include "mm/change.h"
#include "report/format.h"
#include "stages/check.h"
#include "stages/firmware.h"
#include "stages/timing.h"

// Nothing is ever mapped there.
#define NOWHERE      UINT64_C(0xffffdead00000000)
#define RANGE_PAGES  512
#define READER_WORDS 512

static vaddr_t page_va;
static uint64_t word;
static bool stop_reading;

static void store_dsb(unsigned int times)
{
	while (times--) {
		*(volatile uint64_t *)&word = times;
		dsb_ish();
	}
}

static void store_isb(unsigned int times)
{
	while (times--) {
		*(volatile uint64_t *)&word = times;
		isb();
	}
}

// Asked for with the operand of TLBI: VA[55:12].
static void tlbi_vae1is(unsigned int times)
{
	while (times--)
		__asm__ volatile(
		    "tlbi vae1is, %0\n\tdsb ish" ::"r"(page_va >> 12 & ((UINT64_C(1) << 44) - 1))
		    : "memory");
}

static void tlbi_vaale1is(unsigned int times)
{
	while (times--)
		__asm__ volatile(
		    "tlbi vaale1is, %0\n\tdsb ish" ::"r"(page_va >> 12 & ((UINT64_C(1) << 44) - 1))
		    : "memory");
}

static void tlbi_range(unsigned int times)
{
	struct mm *mm = &firmware.mm;
	while (times--)
		flush_range(mm, page_va, page_va + RANGE_PAGES * mm_page_size(mm));
}

static void tlbi_vmalle1is(unsigned int times)
{
	while (times--)
		__asm__ volatile("tlbi vmalle1is\n\tdsb ish" ::: "memory");
}

static void translate(unsigned int times)
{
	while (times--)
		at_probe(page_va, false);
}

static void forget_page(void)
{
	tlbi_vaale1is(1);
	isb();
}

static void take_fault(unsigned int times)
{
	uint64_t value;
	while (times--)
		access_ldr(NOWHERE, &value);
}

static void read_all_the_time(void *unused)
{
	(void)unused;
	unsigned int at = 0;
	while (!__atomic_load_n(&stop_reading, __ATOMIC_ACQUIRE)) {
		(void)((const volatile uint64_t *)(uintptr_t)page_va)[at++ % READER_WORDS];
		cpu_yield();
	}
}

static void time_invalidations(const char *suffix)
{
	char id[40];
	format(id, sizeof(id), "t.tlbi.vae1is%s", suffix);
	timing_measure(id, 101, NULL, tlbi_vae1is, NULL);
	format(id, sizeof(id), "t.tlbi.vaale1is%s", suffix);
	timing_measure(id, 101, NULL, tlbi_vaale1is, NULL);
	if (firmware.mm.tlbi_ranges) {
		format(id, sizeof(id), "t.tlbi.rvaale1is[%u]%s", RANGE_PAGES, suffix);
		timing_measure(id, 101, NULL, tlbi_range, NULL);
	}
	format(id, sizeof(id), "t.tlbi.vmalle1is%s", suffix);
	timing_measure(id, 101, NULL, tlbi_vmalle1is, NULL);
}

// The same while all other CPUs read what is invalidated.
static void time_invalidations_smp(void)
{
	if (firmware.machine.online < 2)
		return;
	stop_reading = false;
	for (unsigned int i = 1; i < firmware.cpus; i++)
		if (cpus[i].state == CPU_ONLINE)
			smp_run(&cpus[i], read_all_the_time, NULL);
	time_invalidations(".smp");
	__atomic_store_n(&stop_reading, true, __ATOMIC_RELEASE);
	for (unsigned int i = 1; i < firmware.cpus; i++)
		while (cpus[i].state == CPU_ONLINE && !smp_idle(&cpus[i]))
			cpu_yield();
}

void timing_instructions(void)
{
	paddr_t pa;
	timing_measure("t.dsb.ish", 101, NULL, store_dsb, NULL);
	timing_measure("t.isb", 101, NULL, store_isb, NULL);
	timing_measure("t.fault.roundtrip", 101, NULL, take_fault, NULL);
	if (!pages_take_range(&firmware.pages, RANGE_PAGES * mm_page_size(&firmware.mm),
			      mm_page_size(&firmware.mm), &pa))
		return;
	page_va = mm_linear(&firmware.mm, pa);
	timing_measure("t.at.s1e1r.hit", 101, NULL, translate, NULL);
	timing_measure("t.at.s1e1r.miss", 101, forget_page, translate, NULL);
	time_invalidations("");
	time_invalidations_smp();
	pages_put_range(&firmware.pages, pa, RANGE_PAGES * mm_page_size(&firmware.mm));
}
