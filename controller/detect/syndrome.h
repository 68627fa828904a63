// SPDX-License-Identifier: GPL-2.0-or-later
// ESR_EL1, the syndrome of an exception (Arm ARM, D24.2): what class, and for aborts what fault.
#ifndef DETECT_SYNDROME_H
#define DETECT_SYNDROME_H

#include <stdbool.h>
#include <stdint.h>

#define ESR_DIGITS       8 // that a kernel prints at least; other machines' error codes have fewer
#define FSC_TLB_CONFLICT 0x30u
#define ESR_WNR          0x40u // of a data abort: it was a write

static inline unsigned esr_class(uint64_t esr)
{
	return (unsigned)(esr >> 26 & 0x3f);
}

static inline unsigned esr_fault_status(uint64_t esr)
{
	return (unsigned)(esr & 0x3f);
}

static inline bool esr_is_data_abort(uint64_t esr)
{
	return esr_class(esr) == 0x24 || esr_class(esr) == 0x25;
}

// Only instruction and data aborts have a fault status.
static inline bool esr_is_abort(uint64_t esr)
{
	return esr_is_data_abort(esr) || esr_class(esr) == 0x20 || esr_class(esr) == 0x21;
}

static inline bool esr_is_tlb_conflict(uint64_t esr)
{
	return esr_is_abort(esr) && esr_fault_status(esr) == FSC_TLB_CONFLICT;
}

// Subclass that the kernel's headline would give the abort at `va`, "" when the syndrome cannot tell.
const char *esr_fault_kind(uint64_t esr, uint64_t va);

#endif
