// SPDX-License-Identifier: GPL-2.0-or-later
#include "entry/cpu.h"

#include <stddef.h>

#include "entry/sysreg.h"

_Static_assert(offsetof(struct cpu, index) == CPU_INDEX, "known to start.S");
_Static_assert(offsetof(struct cpu, stack) == CPU_STACK, "known to start.S");
_Static_assert(offsetof(struct cpu, guard.resume) == CPU_GUARD, "known to access.S");
_Static_assert(sizeof(struct cpu) == CPU_SIZE, "known to start.S");
_Static_assert(offsetof(struct regs, sp) == REGS_SP, "known to vectors.S");
_Static_assert(offsetof(struct regs, pc) == REGS_PC, "known to vectors.S");
_Static_assert(offsetof(struct regs, esr) == REGS_ESR, "known to vectors.S");
_Static_assert(offsetof(struct regs, frame) == REGS_FRAME, "known to vectors.S");
_Static_assert(sizeof(struct regs) == REGS_SIZE, "known to vectors.S");

struct cpu cpus[CPU_MAX];

void cpu_identify(struct cpu *cpu)
{
	cpu->mpidr = mpidr_affinity(sysreg_read(mpidr_el1));
	cpu->midr = sysreg_read(midr_el1);
	cpu->revidr = sysreg_read(revidr_el1);
	cpu->mmfr0 = sysreg_read(id_aa64mmfr0_el1);
	cpu->mmfr1 = sysreg_read(id_aa64mmfr1_el1);
	cpu->mmfr2 = sysreg_read(id_aa64mmfr2_el1);
	cpu->mmfr3 = sysreg_read(SYSREG_ID_AA64MMFR3_EL1);
	cpu->isar0 = sysreg_read(id_aa64isar0_el1);
	cpu->pfr0 = sysreg_read(id_aa64pfr0_el1);
	cpu->pfr1 = sysreg_read(id_aa64pfr1_el1);
	cpu->dfr0 = sysreg_read(id_aa64dfr0_el1);
	cpu->ctr = sysreg_read(ctr_el0);
}
