// SPDX-License-Identifier: GPL-2.0-or-later
// What happens behind the vectors: WARNs are reported, guarded accesses resume, the rest is fatal.
#include "entry/cpu.h"
#include "report/fault.h"
#include "report/splat.h"

#define VECTOR_SYNC_ELX 4

void exception(struct regs *regs, unsigned int vector);

static bool is_warn(const struct regs *regs)
{
	return esr_class(regs->esr) == EC_BRK && (regs->esr & 0xffff) == WARN_BRK_IMMEDIATE;
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
	splat_oops(regs, vector);
}
