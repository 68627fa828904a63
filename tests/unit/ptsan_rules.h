// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel and user tables on a machine of two CPUs, on which a test breaks one rule.
#ifndef UNIT_PTSAN_RULES_H
#define UNIT_PTSAN_RULES_H

#include "unit/unit.h"

#include "ptsan/machine.h"

// Tables of every test: page 0 is the kernel's root (TTBR1), 1 the user's (TTBR0); each leads over
// levels 1 and 2 to a last-level table.
enum { KROOT, UROOT, K1, K2, K3, U1, U2, U3, SPARE3, OTHER_ROOT, O1, O2, O3, DATA = 64 };

#define ASID 7

static inline uint64_t entry(unsigned table, unsigned index)
{
	return page(table) + 8ull * index;
}

static inline void lay_path(struct machine *m, unsigned root, unsigned l1, unsigned l2, unsigned l3)
{
	machine_poke(m, entry(root, 0), page(l1) | TABLE);
	machine_poke(m, entry(l1, 0), page(l2) | TABLE);
	machine_poke(m, entry(l2, 0), page(l3) | TABLE);
}

// A kernel page at index 0 of K3, a user page at index 0 of U3; a kernel block at index 1 of K2.
static inline void lay_tables(struct machine *m)
{
	lay_path(m, KROOT, K1, K2, K3);
	lay_path(m, UROOT, U1, U2, U3);
	lay_path(m, OTHER_ROOT, O1, O2, O3);
	machine_poke(m, entry(K3, 0), page(DATA) | KERNEL_DATA | PAGE_LEAF);
	machine_poke(m, entry(U3, 0), page(DATA + 1) | USER_DATA | PAGE_LEAF);
	machine_poke(m, entry(O3, 0), page(DATA + 2) | USER_DATA | PAGE_LEAF);
	machine_poke(m, entry(K2, 1), 0x80000000 | KERNEL_DATA | DESCRIPTOR_VALID);
}

static inline void begin(struct machine *m, uint8_t levels)
{
	machine_init(m, levels);
	lay_tables(m);
	machine_on(m, 0, page(UROOT), page(KROOT), ASID);
	machine_on(m, 1, page(UROOT), page(KROOT), ASID);
}

static inline void end_silent(struct machine *m)
{
	assert_int_equal(m->count, 0);
	machine_deinit(m);
}

static inline void end_with(struct machine *m, enum ptsan_kind kind)
{
	assert_true(machine_found_only(m, kind));
	machine_deinit(m);
}

#define LEVEL(n) ((uint8_t)(1u << (n)))
static struct machine m;

static const uint64_t user_old = DATA + 1;

// store 0; DSB; TLBI; DSB; new; DSB, with parts left out
enum { NO_BREAK = 1, NO_FIRST_DSB = 2, NO_TLBI = 4, NO_SECOND_DSB = 8 };
static inline void replace_user_page(int without)
{
	if (!(without & NO_BREAK))
		machine_store(&m, 0, entry(U3, 0), 0);
	if (!(without & NO_FIRST_DSB))
		machine_dsb_store(&m, 0);
	if (!(without & NO_TLBI))
		machine_tlbi_va(&m, 0, machine_va(false, 0, 0, 0, 0), ASID);
	if (!(without & NO_SECOND_DSB))
		machine_dsb(&m, 0);
	machine_store(&m, 0, entry(U3, 0), page(DATA + 3) | USER_DATA | PAGE_LEAF);
	machine_dsb(&m, 0);
}

#endif
