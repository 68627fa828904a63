// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine/smp.h"

#include "board/psci.h"
#include "entry/image.h"
#include "entry/mmu.h"
#include "entry/sysreg.h"
#include "report/clock.h"

void secondary_entry(void); // start.S
extern uint8_t cpu_stacks[];

enum smp_start smp_start(enum psci_conduit conduit, unsigned int index, int64_t *status)
{
	struct cpu *cpu = &cpus[index];
	// The same values as the CPU itself will write, so that a line of ours hides nothing of it.
	cpu->index = index;
	cpu->stack = image_address(cpu_stacks) + ((uint64_t)index << CPU_STACK_SHIFT);
	cpu->state = CPU_STARTED;
	// Until its MMU is on the CPU reads memory past our caches.
	cache_clean(cpu, cpu + 1);
	cache_clean(&mmu_registers, &mmu_registers + 1);

	*status = psci_cpu_on(conduit, cpu->mpidr, (uint64_t)(uintptr_t)secondary_entry, index);
	if (*status != PSCI_SUCCESS) {
		cpu->state = CPU_ABSENT;
		return SMP_FAILED;
	}
	uint64_t start = clock_now();
	while (__atomic_load_n(&cpu->state, __ATOMIC_ACQUIRE) != CPU_ONLINE) {
		cpu_yield();
		if (clock_expired(start, SMP_START_MS))
			return SMP_NO_ANSWER;
	}
	return SMP_STARTED;
}

void smp_run(struct cpu *cpu, cpu_work work, void *argument)
{
	cpu->work_argument = argument;
	__atomic_store_n(&cpu->work, work, __ATOMIC_RELEASE);
	cpu_send_event();
}

bool smp_idle(const struct cpu *cpu)
{
	return !__atomic_load_n(&cpu->work, __ATOMIC_ACQUIRE);
}

static void park(void *unused)
{
	(void)unused;
	for (;;)
		cpu_wait_event();
}

void smp_park(struct cpu *cpu)
{
	cpu->state = CPU_REFUSED;
	smp_run(cpu, park, NULL);
}

_Noreturn void secondary_main(uint64_t index)
{
	struct cpu *cpu = &cpus[index];
	cpu_identify(cpu);
	__atomic_store_n(&cpu->state, CPU_ONLINE, __ATOMIC_RELEASE);
	for (;;) {
		cpu_work work = __atomic_load_n(&cpu->work, __ATOMIC_ACQUIRE);
		if (!work) {
			cpu_wait_event();
			continue;
		}
		work(cpu->work_argument);
		__atomic_store_n(&cpu->work, NULL, __ATOMIC_RELEASE);
		cpu_send_event();
	}
}
