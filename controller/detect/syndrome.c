// SPDX-License-Identifier: GPL-2.0-or-later
// The architecture's words for exception classes and fault status codes.
#include "detect/syndrome.h"

#include "detect/detect.h"

const char *detect_class_of_exception(unsigned ec)
{
	static const char *const names[64] = {
	    [0x00] = "unknown reason",
	    [0x01] = "trapped WFI or WFE",
	    [0x07] = "trapped SVE, SIMD or floating point",
	    [0x0d] = "branch target exception",
	    [0x0e] = "illegal execution state",
	    [0x15] = "SVC",
	    [0x16] = "HVC",
	    [0x17] = "SMC",
	    [0x18] = "trapped MSR, MRS or system instruction",
	    [0x19] = "trapped SVE",
	    [0x1c] = "pointer authentication failure",
	    [0x1d] = "trapped SME",
	    [0x20] = "instruction abort from a lower EL",
	    [0x21] = "instruction abort",
	    [0x22] = "PC alignment fault",
	    [0x24] = "data abort from a lower EL",
	    [0x25] = "data abort",
	    [0x26] = "SP alignment fault",
	    [0x27] = "memory copy and set",
	    [0x2c] = "floating-point exception",
	    [0x2d] = "guarded control stack",
	    [0x2f] = "SError",
	    [0x30] = "breakpoint from a lower EL",
	    [0x31] = "breakpoint",
	    [0x32] = "software step from a lower EL",
	    [0x33] = "software step",
	    [0x34] = "watchpoint from a lower EL",
	    [0x35] = "watchpoint",
	    [0x3c] = "BRK",
	};
	return ec < 64 && names[ec] ? names[ec] : "reserved";
}

const char *detect_fault_status(unsigned fsc)
{
	static const char *const names[64] = {
	    [0x00] = "address size fault, level 0",
	    [0x01] = "address size fault, level 1",
	    [0x02] = "address size fault, level 2",
	    [0x03] = "address size fault, level 3",
	    [0x04] = "translation fault, level 0",
	    [0x05] = "translation fault, level 1",
	    [0x06] = "translation fault, level 2",
	    [0x07] = "translation fault, level 3",
	    [0x08] = "access flag fault, level 0",
	    [0x09] = "access flag fault, level 1",
	    [0x0a] = "access flag fault, level 2",
	    [0x0b] = "access flag fault, level 3",
	    [0x0c] = "permission fault, level 0",
	    [0x0d] = "permission fault, level 1",
	    [0x0e] = "permission fault, level 2",
	    [0x0f] = "permission fault, level 3",
	    [0x10] = "synchronous external abort",
	    [0x11] = "synchronous tag check fault",
	    [0x13] = "external abort on a table walk, level -1",
	    [0x14] = "external abort on a table walk, level 0",
	    [0x15] = "external abort on a table walk, level 1",
	    [0x16] = "external abort on a table walk, level 2",
	    [0x17] = "external abort on a table walk, level 3",
	    [0x18] = "parity or ECC error",
	    [0x1b] = "parity or ECC error on a table walk, level -1",
	    [0x1c] = "parity or ECC error on a table walk, level 0",
	    [0x1d] = "parity or ECC error on a table walk, level 1",
	    [0x1e] = "parity or ECC error on a table walk, level 2",
	    [0x1f] = "parity or ECC error on a table walk, level 3",
	    [0x21] = "alignment fault",
	    [0x23] = "granule protection fault on a table walk, level -1",
	    [0x24] = "granule protection fault on a table walk, level 0",
	    [0x25] = "granule protection fault on a table walk, level 1",
	    [0x26] = "granule protection fault on a table walk, level 2",
	    [0x27] = "granule protection fault on a table walk, level 3",
	    [0x28] = "granule protection fault",
	    [0x29] = "address size fault, level -1",
	    [0x2b] = "translation fault, level -1",
	    [FSC_TLB_CONFLICT] = "TLB conflict abort",
	    [0x31] = "unsupported atomic hardware update",
	    [0x34] = "lockdown",
	    [0x35] = "unsupported exclusive or atomic access",
	};
	return fsc < 64 && names[fsc] ? names[fsc] : "reserved";
}

enum { FIRST_PAGE = 4096, TRANSLATION = 0x04, PERMISSION = 0x0c };

// As __do_kernel_fault() and do_page_fault() of arch/arm64/mm/fault.c choose their words.
const char *esr_fault_kind(uint64_t esr, uint64_t va)
{
	unsigned status = esr_fault_status(esr);
	bool write = esr_is_data_abort(esr) && (esr & ESR_WNR);
	if (!esr_is_abort(esr))
		return "";
	if (status == FSC_TLB_CONFLICT)
		return "tlb_conflict";
	if ((status & ~3u) == PERMISSION) {
		bool user = !(va >> 55 & 1);
		if (!esr_is_data_abort(esr))
			return user ? "user_exec" : "exec_nx";
		return user ? "user_access" : write ? "write_ro" : "read_unreadable";
	}
	if ((status & ~3u) == TRANSLATION)
		return va < FIRST_PAGE ? "null" : "paging";
	return "";
}
