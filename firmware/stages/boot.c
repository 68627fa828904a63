// SPDX-License-Identifier: GPL-2.0-or-later
// S3 to S6, S9 and S10: the image mapping, the linear map, and the rights taken from it.
#include "entry/access.h"
#include "entry/cpu.h"
#include "entry/image.h"
#include "entry/mmu.h"
#include "mm/change.h"
#include "mm/invariants.h"
#include "mm/linmap.h"
#include "report/format.h"
#include "report/heartbeat.h"
#include "report/record.h"
#include "report/results.h"
#include "report/splat.h"
#include "stages/firmware.h"
#include "stages/inject.h"
#include "stages/standin.h"

void stage_kimage(void)
{
	struct mm *mm = &firmware.mm;
	standin_fill();
	mm->root = pages_static_table(&firmware.pages, firmware.geometry->start_level, OWNER_ROOT);
	image_build(mm, pages_static_table);
	mmu_registers.ttbr1 = mm->root;
	mmu_set_ttbr1(mm->root);

	uint64_t text = mm_image(mm, mm->layout.text_start);
	test_check(stage_test("text-executes"), access_execute(text, 0),
		   "the image mapping's text cannot be executed");
	uint64_t last = align_down(mm->layout.bss_stop - 1, 8), value = 0;
	bool read = access_ldr(mm_image(mm, last), &value);
	test_check(stage_test("data-reads"),
		   read && value == standin_word(last - mm->layout.text_start),
		   "the image mapping does not show the image");
}

// A lot of memory mapped by pages takes an emulator its time.
static paddr_t early_table(struct pages *pages, unsigned int level, enum page_owner owner)
{
	heartbeat("building the linear map");
	return pages_early_table(pages, level, owner);
}

void stage_linmap(void)
{
	pages_start_early(&firmware.pages, &firmware.mm.ram, firmware.early);
	linmap_build(&firmware.mm, early_table);
	inject_guard_off();
}

// What taking the data alias away came to. The kernel ignores it; here it is a test.
static void report_alias(int rc)
{
	struct outcome outcome = policy_outcome(&firmware.options.policy, cpus[0].capable);
	enum result result = rc == MM_OK ? RESULT_PASS : RESULT_FAIL;
	if (firmware.options.policy.order == ORDER_PREMAP && outcome.splats)
		result = rc == MM_EBUSY ? RESULT_XFAIL : rc == MM_OK ? RESULT_XPASS : RESULT_FAIL;
	test_begin(stage_test("alias"), result,
		   rc == MM_OK ? NULL : "the alias of the data could not be taken away");
	record_signed("rc", rc);
	test_end();
}

void stage_premap(void)
{
	report_alias(alias_valid(&firmware.mm, false));
}

void stage_late_alloc(void)
{
	pages_start_late(&firmware.pages, &firmware.free);
}

void stage_boot_caps(void)
{
	caps_setup_boot(&firmware.mm.caps);
}

void stage_text_ro(void)
{
	linmap_text_ro(&firmware.mm);
	if (firmware.options.policy.order == ORDER_TEXTRO)
		report_alias(alias_valid(&firmware.mm, false));
}

// P-SEC: what the late splat of the premap order leaves open to writing.
static void report_data_alias(void)
{
	const struct policy *policy = &firmware.options.policy;
	struct outcome outcome = policy_outcome(policy, cpus[0].capable);
	uint64_t writable = data_alias_writable(&firmware.mm);
	enum result result = writable ? RESULT_FAIL : RESULT_PASS;
	const char *why =
	    writable ? "the image's data can be written through the linear map" : NULL;
	if (writable && outcome.splats)
		result = RESULT_XFAIL;
	else if (writable && outcome.alias == ALIAS_RW) {
		result = RESULT_SKIP;
		why = "this policy leaves the alias writable";
	}
	test_begin("sec-data-alias", result, why);
	record_unsigned("writable", writable);
	test_end();
}

static bool splat_in(unsigned int index, const char *function)
{
	const char *name = splat_function(index);
	if (!name)
		return false;
	while (*name && *name == *function) {
		name++;
		function++;
	}
	return *name == *function;
}

// Table 6.7: how many splats, in which functions, and what became of the alias.
static void report_outcome(void)
{
	struct outcome outcome = policy_outcome(&firmware.options.policy, cpus[0].capable);
	bool wanted = outcome.splats > 0;
	bool seen = wanted ? splat_count() == outcome.splats && splat_in(0, "split_guard") &&
				 splat_in(1, "change_range")
			   : splat_count() == 0;
	enum result result = !seen ? RESULT_FAIL : wanted ? RESULT_XFAIL : RESULT_PASS;
	test_begin(stage_test("outcome"), result,
		   !seen    ? "other splats than this order and CPU lead to"
		   : wanted ? "the splats of this order on a capable CPU"
			    : NULL);
	record_unsigned("splats", splat_count());
	record_unsigned("expected", outcome.splats);
	test_end();
}

void stage_rodata_ro(void)
{
	const struct policy *policy = &firmware.options.policy;
	if (policy->rodata != RODATA_OFF) {
		image_rodata_ro(&firmware.mm);
		if (policy->order == ORDER_RODATARO)
			report_alias(alias_valid(&firmware.mm, false));
		if (policy->order == ORDER_ROONLY)
			linmap_data_ro(&firmware.mm);
	}
	report_data_alias();
	report_outcome();
}
