// SPDX-License-Identifier: GPL-2.0-or-later
// S12: PREPARE makes the alias of the image's data valid so that a snapshot can read it, POST takes
// it away again.
#include "entry/access.h"
#include "mm/change.h"
#include "mm/crc32.h"
#include "report/format.h"
#include "report/record.h"
#include "report/results.h"
#include "stages/check.h"
#include "stages/firmware.h"

#define ROUNDS 3

static uint32_t crc_of(vaddr_t start, uint64_t size)
{
	return crc32_update(0, (const void *)(uintptr_t)start, size);
}

static enum alias_state expected_state(enum hibernation hibernation)
{
	return policy_alias_after(&firmware.options.policy, cpus[0].capable, STAGE_HIBERNATE,
				  hibernation);
}

static bool state_is(vaddr_t va, enum alias_state state)
{
	uint64_t value;
	bool read = access_ldr(va, &value);
	bool written = read && access_str(va, value);
	switch (state) {
	case ALIAS_RW:
		return read && written;
	case ALIAS_RO:
		return read && !written;
	case ALIAS_INVALID:
		return !read;
	}
	return false;
}

// Every page of the data alias, by access.
static const char *alias_problem(enum hibernation hibernation)
{
	struct range alias = mm_data_alias(&firmware.mm);
	enum alias_state state = expected_state(hibernation);
	for (vaddr_t va = alias.start; va < alias.end; va += mm_page_size(&firmware.mm)) {
		if (state_is(va, state))
			continue;
		return state == ALIAS_INVALID ? "the alias can be accessed"
		       : state == ALIAS_RO    ? "the alias is not read-only"
					      : "the alias cannot be read and written";
	}
	return NULL;
}

static const char *round_trip(uint32_t wanted)
{
	struct mm *mm = &firmware.mm;
	struct range alias = mm_data_alias(mm);
	if (hibernate_prepare(mm) != MM_OK)
		return "PREPARE failed";
	const char *problem = alias_problem(HIBERNATION_PREPARED);
	// The snapshot reads what it can reach.
	if (!problem && crc_of(alias.start, alias.end - alias.start) != wanted)
		problem = "the snapshot through the alias differs from the image";
	if (hibernate_post(mm) != MM_OK)
		return "POST failed";
	return problem ? problem : alias_problem(HIBERNATION_POSTED);
}

// Both callbacks may come twice.
static const char *twice(void)
{
	struct mm *mm = &firmware.mm;
	if (hibernate_prepare(mm) != MM_OK || hibernate_prepare(mm) != MM_OK)
		return "PREPARE twice failed";
	const char *problem = alias_problem(HIBERNATION_PREPARED);
	if (hibernate_post(mm) != MM_OK || hibernate_post(mm) != MM_OK)
		return "POST twice failed";
	return problem ? problem : alias_problem(HIBERNATION_POSTED);
}

void stage_hibernate(void)
{
	struct mm *mm = &firmware.mm;
	struct range alias = mm_data_alias(mm);
	if (!policy_has_pm_callback(&firmware.options.policy))
		return test_report(stage_test("callback"), RESULT_SKIP,
				   "this policy registers no callback");
	uint32_t wanted = crc_of(mm_image(mm, mm->layout.init_end), alias.end - alias.start);
	for (unsigned int i = 1; i <= ROUNDS; i++) {
		char name[8];
		format(name, sizeof(name), "round%u", i);
		const char *problem = round_trip(wanted);
		test_begin(stage_test(name), problem ? RESULT_FAIL : RESULT_PASS, problem);
		record_text("prepared",
			    expected_state(HIBERNATION_PREPARED) == ALIAS_RO ? "ro" : "rw");
		test_end();
	}
	const char *problem = twice();
	test_check(stage_test("twice"), !problem, problem);
}
