// SPDX-License-Identifier: GPL-2.0-or-later
// What the firmware keeps for each CPU; TPIDR_EL1 points at the running one's.
#ifndef FIRMWARE_ENTRY_CPU_H
#define FIRMWARE_ENTRY_CPU_H

#define CPU_MAX         32
#define CPU_STACK_SHIFT 14

// Offsets into struct cpu for the assembler; cpu.c asserts them.
#define CPU_INDEX 0
#define CPU_STACK 8
#define CPU_GUARD 16 // its first member, resume
#define CPU_SIZE  256

// Layout of struct regs for the assembler.
#define REGS_SP     248
#define REGS_PC     256
#define REGS_PSTATE 264
#define REGS_ESR    272
#define REGS_FAR    280
#define REGS_FRAME  288
#define REGS_SIZE   304

#ifndef __ASSEMBLER__

#include <stdbool.h>
#include <stdint.h>

// Registers of interrupted code. `frame` links the handler's frames to the interrupted ones.
struct regs {
	uint64_t x[31];
	uint64_t sp, pc, pstate;
	uint64_t esr, far;
	uint64_t frame[2];
};

// Where a CPU is in its life. Written by the CPU itself or by CPU 0, read by others.
enum cpu_state {
	CPU_ABSENT,  // not started
	CPU_STARTED, // CPU_ON was answered with success
	CPU_ONLINE,  // it has said so itself
	CPU_REFUSED, // parked for good: too late, or it lacks what the system has settled on
};

// A guarded access: while armed, a synchronous abort is recorded and execution resumes at `resume`.
// Armed and disarmed by the routines of entry/access.S.
struct guard {
	uint64_t resume; // 0: not armed
	uint64_t esr, far, pc;
	uint64_t taken; // aborts recorded since it was armed
};

// Work that CPU 0 hands to another one.
typedef void (*cpu_work)(void *argument);

struct cpu {
	uint64_t index;
	uint64_t stack; // lowest address of the stack
	struct guard guard;
	uint64_t state; // enum cpu_state
	uint64_t mpidr; // affinity fields only
	uint64_t midr, revidr;
	uint64_t mmfr0, mmfr1, mmfr2, mmfr3, isar0, pfr0, pfr1, dfr0, ctr;
	bool capable;  // cap_local under the policy in force
	uint64_t wake; // how to end its sleep, see board/gic.h; 0: it does not sleep
	cpu_work work; // NULL: idle
	void *work_argument;
} __attribute__((aligned(CPU_SIZE)));

extern struct cpu cpus[CPU_MAX];

static inline struct cpu *cpu_this(void)
{
	struct cpu *cpu;
	__asm__("mrs %0, tpidr_el1" : "=r"(cpu));
	return cpu;
}

// Fills the identification registers of the running CPU into its struct.
void cpu_identify(struct cpu *cpu);

// The affinity fields of an MPIDR_EL1 value (Aff3..Aff0), as PSCI and device trees name CPUs.
static inline uint64_t mpidr_affinity(uint64_t mpidr)
{
	return mpidr & UINT64_C(0xff00ffffff);
}

#endif
#endif
