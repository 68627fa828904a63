// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine/smp.h"

#include "board/gic.h"
#include "board/psci.h"
#include "entry/image.h"
#include "entry/mmu.h"
#include "entry/sysreg.h"
#include "report/clock.h"
#include "report/heartbeat.h"

void secondary_entry(void); // start.S
extern uint8_t cpu_stacks[];

static bool state_change(struct cpu *cpu, uint64_t from, enum cpu_state to)
{
	return __atomic_compare_exchange_n(&cpu->state, &from, to, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_ACQUIRE);
}

// False when the CPU has come up after all. One that comes later finds itself refused.
static bool give_up(struct cpu *cpu)
{
	return state_change(cpu, CPU_STARTED, CPU_REFUSED);
}

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
		heartbeat("waiting for a CPU to come up");
		if (clock_expired(start, SMP_START_MS))
			return give_up(cpu) ? SMP_NO_ANSWER : SMP_STARTED;
	}
	return SMP_STARTED;
}

void smp_run(struct cpu *cpu, cpu_work work, void *argument)
{
	cpu->work_argument = argument;
	__atomic_store_n(&cpu->work, work, __ATOMIC_RELEASE);
	if (cpu->wake)
		gic_wake(cpu->wake);
	cpu_send_event();
}

bool smp_idle(const struct cpu *cpu)
{
	return !__atomic_load_n(&cpu->work, __ATOMIC_ACQUIRE);
}

void smp_wait(const struct cpu *cpu, const char *what)
{
	while (__atomic_load_n(&cpu->state, __ATOMIC_RELAXED) == CPU_ONLINE && !smp_idle(cpu)) {
		heartbeat(what);
		cpu_yield();
	}
}

static void park(void *unused)
{
	(void)unused;
	for (;;)
		cpu_wait_interrupt();
}

// Until there may be work. An emulator sleeps in WFI only; events are for where nothing can end
// that.
static void wait_for_work(const struct cpu *cpu)
{
	if (cpu->wake)
		gic_sleep();
	else
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
	cpu->wake = gic_cpu_start();
	if (!state_change(cpu, CPU_STARTED, CPU_ONLINE))
		park(NULL);
	for (;;) {
		cpu_work work = __atomic_load_n(&cpu->work, __ATOMIC_ACQUIRE);
		if (!work) {
			wait_for_work(cpu);
			continue;
		}
		work(cpu->work_argument);
		__atomic_store_n(&cpu->work, NULL, __ATOMIC_RELEASE);
		cpu_send_event();
	}
}
