// SPDX-License-Identifier: GPL-2.0-or-later
// S7 and S8: the other CPUs, and what the system as a whole may do.
#include "machine/smp.h"

#include "board/gic.h"
#include "entry/mmu.h"
#include "entry/sysreg.h"
#include "mm/split.h"
#include "report/clock.h"
#include "report/console.h"
#include "report/format.h"
#include "report/heartbeat.h"
#include "report/record.h"
#include "report/results.h"
#include "report/warn.h"
#include "stages/cpu_record.h"
#include "stages/firmware.h"
#include "stages/measure.h"

// A CPU that was asked to start did not.
static void report_missing(unsigned int index, enum smp_start outcome, int64_t status)
{
	char name[16], why[64];
	format(name, sizeof(name), "cpu%u", index);
	if (outcome == SMP_FAILED)
		format(why, sizeof(why), "CPU_ON answered %ld", (long)status);
	else
		format(why, sizeof(why), "no sign of life within %u ms", SMP_START_MS);
	test_begin(stage_test(name), RESULT_FAIL, why);
	record_hex("mpidr", cpus[index].mpidr);
	test_end();
}

void stage_smp(void)
{
	unsigned int online = 1;
	console_share();
	gic_start(&firmware.board.gic);
	for (unsigned int i = 1; i < firmware.cpus; i++) {
		int64_t status;
		uint64_t asked = clock_now();
		enum smp_start outcome = smp_start(firmware.board.conduit, i, &status);
		if (outcome != SMP_STARTED) {
			report_missing(i, outcome, status);
			continue;
		}
		char id[16];
		format(id, sizeof(id), "t.smp.up[%u]", i);
		measure_single_time(id, clock_now() - asked);
		struct cpu *cpu = &cpus[i];
		cpu->capable =
		    cap_local((uint32_t)cpu->midr, cpu->mmfr2, firmware.options.policy.bbm,
			      (enum cap_override)firmware.options.cap_override[i]);
		cpu_record(cpu);
		if (caps_admit(&firmware.mm.caps, cpu->capable)) {
			online++;
			continue;
		}
		smp_park(cpu);
		char name[16];
		format(name, sizeof(name), "cpu%u", i);
		test_report(stage_test(name), RESULT_FAIL,
			    "refused: it lacks what the system relies on");
	}
	firmware.machine.online = online;
	if (firmware.board.cpus_beyond || firmware.board.cpu_count > firmware.cpus) {
		test_begin(stage_test("left-out"), RESULT_INFO, "CPUs beyond maxcpu or the limit");
		record_unsigned("cpus", firmware.board.cpu_count + firmware.board.cpus_beyond -
					    firmware.cpus);
		test_end();
	}
	if (firmware.board.cpus_foreign) {
		test_begin(stage_test("foreign"), RESULT_INFO, "CPUs that are not started by PSCI");
		record_unsigned("cpus", firmware.board.cpus_foreign);
		test_end();
	}
	test_begin(stage_test("online"), online == firmware.cpus ? RESULT_PASS : RESULT_FAIL,
		   online == firmware.cpus ? NULL : "not every CPU came up");
	record_unsigned("cpus", online);
	test_end();
}

// Where the others wait while CPU 0 changes the sizes of leaves under way: out of the linear map.
static uint32_t held;

static void hold(void *unused)
{
	(void)unused;
	mmu_set_ttbr1(identity_empty_table());
	__atomic_fetch_add(&held, 1, __ATOMIC_ACQ_REL);
	cpu_send_event();
	while (__atomic_load_n(&held, __ATOMIC_ACQUIRE)) {
		cpu_wait_event();
		cpu_yield();
	}
	mmu_set_ttbr1(mmu_registers.ttbr1);
}

// A lot of memory mapped by pages takes an emulator its time.
static paddr_t late_table(struct pages *pages, unsigned int level, enum page_owner owner)
{
	heartbeat("repainting the linear map");
	return pages_late_table(pages, level, owner);
}

static void repaint(void)
{
	unsigned int others = 0;
	__atomic_store_n(&held, 0, __ATOMIC_RELEASE);
	for (unsigned int i = 1; i < firmware.cpus; i++) {
		if (cpus[i].state != CPU_ONLINE)
			continue;
		smp_run(&cpus[i], hold, NULL);
		others++;
	}
	uint64_t start = clock_now();
	while (__atomic_load_n(&held, __ATOMIC_ACQUIRE) != others) {
		cpu_yield();
		heartbeat("waiting for the CPUs to leave the linear map");
		if (clock_expired(start, SMP_START_MS))
			PANIC("a CPU did not come to the holding loop");
	}
	int rc = linmap_repaint(&firmware.mm, late_table);
	__atomic_store_n(&held, 0, __ATOMIC_RELEASE);
	cpu_send_event();
	if (rc != MM_OK)
		PANIC("repainting the linear map failed with %d", rc);
	for (unsigned int i = 1; i < firmware.cpus; i++)
		smp_wait(&cpus[i], "waiting for the CPUs to come back to the linear map");
}

// Whether every other CPU sleeps while it has nothing to do.
static bool all_sleep(void)
{
	for (unsigned int i = 1; i < firmware.cpus; i++)
		if (cpus[i].state == CPU_ONLINE && !cpus[i].wake)
			return false;
	return true;
}

void stage_caps_final(void)
{
	struct mm *mm = &firmware.mm;
	caps_finalise(&mm->caps);
	bool painted = mm->need_bbm && !mm->caps.sys;
	if (painted)
		repaint();
	test_begin(stage_test("repaint"), painted ? RESULT_PASS : RESULT_SKIP,
		   painted ? NULL : "every CPU can do what the boot CPU can, or leaves are pages");
	test_end();
	record_begin("sys");
	record_unsigned("ncpu", firmware.machine.online);
	record_unsigned("ram", ranges_total(&mm->ram));
	record_unsigned("cntfrq", sysreg_read(cntfrq_el0));
	record_unsigned("cap_boot", mm->caps.boot);
	record_unsigned("cap_sys", mm->caps.sys);
	record_unsigned("need_bbm", mm->need_bbm);
	record_unsigned("force_pte", mm->force_pte);
	record_unsigned("vabits", firmware.geometry->va_bits);
	record_text("idle", all_sleep() ? "wfi" : "wfe");
	record_end();
}
