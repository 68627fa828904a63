// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine/machine.h"

#include <string.h>

#include "entry/sysreg.h"

#define DCZID_DZP (1 << 4) // DC ZVA is forbidden

static void *machine_pointer(void *context, paddr_t pa)
{
	const struct machine *machine = context;
	if (!machine->linear || machine->linear->pages->phase != PAGES_LATE)
		return (void *)(uintptr_t)pa;
	return (void *)(uintptr_t)mm_linear(machine->linear, pa);
}

static bool caches_on(void)
{
	return sysreg_read(sctlr_el1) & SCTLR_EL1_C;
}

static void machine_page_zero(void *context, paddr_t pa)
{
	const struct machine *machine = context;
	size_t size = machine->page_size;
	char *page = machine_pointer(context, pa);
	uint64_t zva = sysreg_read(dczid_el0);
	// DC ZVA works on normal memory only, which there is none of while the MMU is off.
	if ((zva & DCZID_DZP) || !caches_on()) {
		memset(page, 0, size);
		return;
	}
	size_t line = (size_t)4 << (zva & 0xf);
	for (size_t at = 0; at < size; at += line)
		__asm__ volatile("dc zva, %0" ::"r"(page + at) : "memory");
}

static void machine_store(void *context, uint64_t *entry, uint64_t desc)
{
	(void)context;
	__atomic_store_n(entry, desc, __ATOMIC_RELAXED);
}

static void machine_barrier(void *context, enum barrier barrier)
{
	(void)context;
	switch (barrier) {
	case BARRIER_DSB_ISHST:
		dsb_ishst();
		return;
	case BARRIER_DSB_ISH:
		dsb_ish();
		return;
	case BARRIER_ISB:
		isb();
		return;
	}
}

static void machine_tlbi(void *context, const struct tlbi_op *op)
{
	(void)context;
	switch (op->kind) {
	case TLBI_VMALLE1IS:
		__asm__ volatile("tlbi vmalle1is" ::: "memory");
		return;
	case TLBI_VAALE1IS:
		__asm__ volatile("tlbi vaale1is, %0" ::"r"(op->operand) : "memory");
		return;
	case TLBI_RVAALE1IS: // by number: the assembler wants a newer architecture for the name
		__asm__ volatile("sys #0, c8, c2, #7, %0" ::"r"(op->operand) : "memory");
		return;
	}
}

static void machine_split_lock(void *context)
{
	struct machine *machine = context;
	uint32_t free = 0;
	while (!__atomic_compare_exchange_n(&machine->split_lock, &free, 1, false, __ATOMIC_ACQUIRE,
					    __ATOMIC_RELAXED)) {
		cpu_yield();
		free = 0;
	}
	machine->splits++;
}

static void machine_split_unlock(void *context)
{
	struct machine *machine = context;
	__atomic_store_n(&machine->split_lock, 0, __ATOMIC_RELEASE);
}

static unsigned int machine_cpus_online(void *context)
{
	const struct machine *machine = context;
	return machine->online;
}

void machine_ops_init(struct machine_ops *ops)
{
	ops->pointer = machine_pointer;
	ops->page_zero = machine_page_zero;
	ops->store = machine_store;
	ops->barrier = machine_barrier;
	ops->tlbi = machine_tlbi;
	ops->split_lock = machine_split_lock;
	ops->split_unlock = machine_split_unlock;
	ops->cpus_online = machine_cpus_online;
}
