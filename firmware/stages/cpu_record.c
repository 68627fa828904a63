// SPDX-License-Identifier: GPL-2.0-or-later
#include "stages/cpu_record.h"

#include "mm/capability.h"
#include "report/record.h"

void cpu_record(const struct cpu *cpu)
{
	record_begin("cpu");
	record_unsigned("n", cpu->index);
	record_hex("mpidr", cpu->mpidr);
	record_hex("midr", cpu->midr);
	record_unsigned("bbmfield", bbm_field(cpu->mmfr2));
	record_unsigned("cap", cpu->capable);
	record_hex("revidr", cpu->revidr);
	record_hex("mmfr0", cpu->mmfr0);
	record_hex("mmfr1", cpu->mmfr1);
	record_hex("mmfr2", cpu->mmfr2);
	record_hex("mmfr3", cpu->mmfr3);
	record_hex("isar0", cpu->isar0);
	record_hex("pfr0", cpu->pfr0);
	record_hex("dfr0", cpu->dfr0);
	record_hex("ctr", cpu->ctr);
	record_end();
}
