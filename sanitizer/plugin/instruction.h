// SPDX-License-Identifier: GPL-2.0-or-later
// The few A64 instructions that matter to translation tables: DDI 0487 C4.1.
#ifndef PTSAN_INSTRUCTION_H
#define PTSAN_INSTRUCTION_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"

enum instruction_kind {
	INSTRUCTION_OTHER,
	INSTRUCTION_REGISTER, // MSR to a register of translation; value in `rt`
	INSTRUCTION_TLBI,     // SYS with CRn 8 or 9; operand in `rt`
	INSTRUCTION_VECTORS,  // MSR to VBAR_EL1; value in `rt`
	INSTRUCTION_ZERO,     // DC ZVA; address in `rt`
	INSTRUCTION_DSB,
	INSTRUCTION_ISB,
	INSTRUCTION_ERET,
};

struct instruction {
	enum instruction_kind kind;
	uint8_t rt; // 31: zero
	uint8_t op1, crn, crm,
	    op2; // op1 of a register: of EL1 (0), EL2 (4), EL1 as a VHE host sees it (5)
	enum ptsan_register reg;
	enum ptsan_domain domain;
	bool stores_only, loads_only, no_xs;
};

void instruction_decode(uint32_t word, struct instruction *out);

#endif
