// SPDX-License-Identifier: GPL-2.0-or-later
// S2: the tables' bookkeeping set up, the identity map, MMU and caches on.
#include "entry/image.h"
#include "entry/mmu.h"
#include "entry/sysreg.h"
#include "mm/linmap.h"
#include "report/format.h"
#include "report/results.h"
#include "report/splat.h"
#include "stages/check.h"
#include "stages/firmware.h"

static void set_up_tables(void)
{
	struct firmware *fw = &firmware;
	struct layout layout = {
	    .text_start = image_address(img_text_start),
	    .rodata_start = image_address(img_rodata_start),
	    .init_begin = image_address(img_init_begin),
	    .init_end = image_address(img_init_end),
	    .bss_stop = image_address(img_bss_stop),
	    .end = image_address(img_end),
	};
	fw->machine.page_size = page_size(fw->geometry);
	fw->machine.linear = &fw->mm;
	fw->machine.online = 1;
	machine_ops_init(&fw->ops);
	pages_init(&fw->pages, fw->geometry, &fw->ops, &fw->machine, identity_rest());
	mm_init(&fw->mm, fw->geometry, &fw->ops, &fw->machine, &fw->pages, &fw->options.policy,
		&layout);
	fw->mm.tlbi_ranges = tlbi_has_ranges(cpu_this()->isar0);
	fw->mm.tlbi_twice = fw->options.tlbi_twice;
	caps_init(&fw->mm.caps, cpu_this()->capable);
}

// Sets the piece of free memory for EARLY aside: the highest that holds all it may have to.
static bool take_early(void)
{
	uint64_t size = align_up(linmap_early_size(&firmware.mm), page_size(firmware.geometry));
	uint64_t start;
	if (!ranges_take_highest(&firmware.free, size, page_size(firmware.geometry), &start))
		return false;
	firmware.early = (struct range){start, start + size};
	return true;
}

void stage_idmap(void)
{
	set_up_tables();
	uint64_t cut = mm_set_ram(&firmware.mm, &firmware.board.ram);
	if (cut) {
		char why[64];
		format(why, sizeof(why), "%lu bytes of memory lie beyond the linear map",
		       (unsigned long)cut);
		test_report(stage_test("memory"), RESULT_INFO, why);
	}
	if (!take_early()) {
		test_report(stage_test("memory"), RESULT_FAIL,
			    "no piece of free memory is large enough for the tables");
		firmware_end(VERDICT_ERROR);
	}
	struct identity_request request = {
	    .geometry = firmware.geometry,
	    .uart = firmware.board.uart.base,
	    .boot_memory = firmware.early,
	    .gic = &firmware.board.gic,
	};
	const char *problem = identity_start(&request);
	test_check(stage_test("mmu"), !problem, problem);
	if (problem)
		firmware_end(VERDICT_ERROR);
	splat_describe_with(describe_address);
}
