// SPDX-License-Identifier: GPL-2.0-or-later
// The `cpu` record: what the identification registers of a CPU say.
#ifndef FIRMWARE_STAGES_CPU_RECORD_H
#define FIRMWARE_STAGES_CPU_RECORD_H

#include "entry/cpu.h"

void cpu_record(const struct cpu *cpu);

#endif
