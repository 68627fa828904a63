// SPDX-License-Identifier: GPL-2.0-or-later
// Secondary CPUs: started by PSCI, then idle until CPU 0 hands them work.
#ifndef FIRMWARE_MACHINE_SMP_H
#define FIRMWARE_MACHINE_SMP_H

#include "board/hardware.h"
#include "entry/cpu.h"

// How long a CPU may take from CPU_ON to its first sign of life.
#define SMP_START_MS 5000

enum smp_start {
	SMP_STARTED,
	SMP_NO_ANSWER, // CPU_ON succeeded, but nothing came up in time
	SMP_FAILED,    // CPU_ON did not succeed: *status
};

// Starts the CPU cpus[index], whose mpidr is set, and waits for it to identify itself. It is then
// CPU_ONLINE; CPU_REFUSED after SMP_NO_ANSWER, should it come up later.
enum smp_start smp_start(enum psci_conduit conduit, unsigned int index, int64_t *status);

// Hands work to an idle CPU and returns at once.
void smp_run(struct cpu *cpu, cpu_work work, void *argument);

// Whether the CPU is done with what it was given.
bool smp_idle(const struct cpu *cpu);

// Until an online CPU is done with it; heartbeats tell `what` is waited for.
void smp_wait(const struct cpu *cpu, const char *what);

// Parks an online CPU for good.
void smp_park(struct cpu *cpu);

// start.S enters here on each secondary CPU, MMU on.
_Noreturn void secondary_main(uint64_t index);

#endif
