// SPDX-License-Identifier: GPL-2.0-or-later
// The life of a kernel's linear map, stage by stage.
#include "board/psci.h"
#include "entry/cpu.h"
#include "entry/sysreg.h"
#include "report/clock.h"
#include "report/console.h"
#include "report/format.h"
#include "report/page.h"
#include "report/record.h"
#include "report/results.h"
#include "report/splat.h"
#include "stages/check.h"
#include "stages/firmware.h"
#include "stages/inject.h"

struct firmware firmware;

const char *stage_test(const char *name)
{
	static char id[48];
	format(id, sizeof(id), "%s.%s", firmware.stage, name);
	return id;
}

static unsigned int tables_live(void)
{
	const struct pages *pages = &firmware.pages;
	return pages->live[OWNER_LINEAR] + pages->live[OWNER_IMAGE] + pages->live[OWNER_ROOT];
}

static void stage_record(const char *state)
{
	record_begin("stage");
	record_text("id", firmware.stage);
	record_text("st", state);
	record_unsigned("t", clock_ticks());
	record_unsigned("tables", tables_live());
	record_unsigned("late", firmware.pages.phase == PAGES_LATE);
	record_unsigned("final", firmware.mm.caps.final);
	record_end();
}

// A stage ahead of S4: there is no linear map to check yet.
static void run(const char *id, void (*stage)(void))
{
	firmware.stage = id;
	stage_record("begin");
	stage();
	stage_record("end");
}

static void run_checked(const char *id, enum stage number, void (*stage)(void))
{
	run(id, stage);
	check_tables(number);
}

// As run_checked, for what tests= may leave out.
static void run_selected(const char *id, enum stage number, void (*stage)(void))
{
	if (options_selects_stage(&firmware.options, id))
		run_checked(id, number, stage);
}

// From the image mapping to the linear map: what a kernel calls paging_init().
static void __attribute__((noinline)) paging_setup(void)
{
	run("S3", stage_kimage);
	run_checked("S4", STAGE_LINMAP, stage_linmap);
	if (firmware.options.policy.order == ORDER_PREMAP)
		run_checked("S4p", STAGE_PREMAP, stage_premap);
	else if (options_names(&firmware.options, "S4p"))
		test_report("S4p.order", RESULT_SKIP, "only order=premap has this stage");
}

static void __attribute__((noinline)) setup_machine(void)
{
	run("S2", stage_idmap);
	paging_setup();
	run_checked("S5", STAGE_LATE_ALLOC, stage_late_alloc);
	run_checked("S6", STAGE_BOOT_CAPS, stage_boot_caps);
	run_checked("S7", STAGE_SMP, stage_smp);
	run_checked("S8", STAGE_CAPS_FINAL, stage_caps_final);
	run_checked("S9", STAGE_TEXT_RO, stage_text_ro);
	run_checked("S10", STAGE_RODATA_RO, stage_rodata_ro);
}

static void halt(void)
{
	for (;;)
		cpu_wait_interrupt();
}

_Noreturn void firmware_end(enum verdict verdict)
{
	results_end(verdict);
	enum psci_conduit conduit = firmware.board.conduit;
	if (firmware.options.end == OPTION_END_OFF)
		psci_system_off(conduit);
	else if (firmware.options.end == OPTION_END_RESET)
		psci_system_reset(conduit);
	halt();
	__builtin_unreachable();
}

static _Noreturn void die(void)
{
	firmware_end(VERDICT_ERROR);
}

_Noreturn void firmware_main(const void *dtb, unsigned int el, const struct efi_boot *efi)
{
	static const char version[] = "mmfw-" FIRMWARE_BUILD;
	clock_start();
	page_start();
	firmware.entry.el = el;
	firmware.entry.dtb = dtb;
	firmware.entry.efi = efi;
	firmware.stage = "S0";
	struct splat_setup splat = {.version = version, .model = firmware.board.model};
	splat.source = dtb ? "DT" : "ACPI";
	splat.die = die;
	splat_init(&splat);

	firmware.stage = "S1";
	stage_discover();
	setup_machine();
	run_selected("S11", STAGE_SETMEM, stage_setmem);
	run_selected("S12", STAGE_HIBERNATE, stage_hibernate);
	run_selected("S13", STAGE_FAULTS, stage_faults);
	run_selected("S14", STAGE_STRESS, stage_stress);
	run_selected("S15", STAGE_TIMING, stage_timing);
	if (inject_has_stage())
		run_checked("inject", STAGE_TIMING, stage_inject);
	run("S16", stage_report);
	firmware_end(VERDICT_BY_RESULTS);
}
