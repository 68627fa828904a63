// SPDX-License-Identifier: GPL-2.0-or-later
// What happens behind the vectors: WARNs are reported, guarded accesses resume, the rest is fatal.
#include "board/psci.h"
#include "entry/cpu.h"
#include "report/fault.h"
#include "report/splat.h"

#define VECTOR_SYNC_ELX 4

// Both without their 16-bit immediate.
#define INSTRUCTION_CALL_MASK 0xffe0001f
#define INSTRUCTION_HVC       0xd4000002
#define INSTRUCTION_SMC       0xd4000003

void exception(struct regs *regs, unsigned int vector);

static bool is_warn(const struct regs *regs)
{
	return esr_class(regs->esr) == EC_BRK && (regs->esr & 0xffff) == WARN_BRK_IMMEDIATE;
}

// HVC or SMC where nobody serves it: undefined. The caller hears what it would from a PSCI that
// does not know the function (a description of the board may name the wrong conduit).
static bool is_unserved_call(const struct regs *regs)
{
	if (esr_class(regs->esr) != EC_UNKNOWN)
		return false;
	uint32_t instruction = *(const uint32_t *)(uintptr_t)regs->pc & INSTRUCTION_CALL_MASK;
	return instruction == INSTRUCTION_HVC || instruction == INSTRUCTION_SMC;
}

void exception(struct regs *regs, unsigned int vector)
{
	struct cpu *cpu = cpu_this();
	if (vector == VECTOR_SYNC_ELX && esr_is_abort(regs->esr) && cpu->guard.resume) {
		cpu->guard.esr = regs->esr;
		cpu->guard.far = regs->far;
		cpu->guard.pc = regs->pc;
		cpu->guard.taken++;
		regs->pc = cpu->guard.resume;
		return;
	}
	if (vector == VECTOR_SYNC_ELX && is_warn(regs)) {
		const struct warn_entry *entry = warn_find(regs->pc);
		if (entry) {
			splat_warn(regs, entry);
			regs->pc += 4;
			return;
		}
	}
	if (vector == VECTOR_SYNC_ELX && is_unserved_call(regs)) {
		regs->x[0] = (uint64_t)PSCI_NOT_SUPPORTED;
		regs->pc += 4;
		return;
	}
	splat_oops(regs, vector);
}
