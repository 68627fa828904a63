// SPDX-License-Identifier: GPL-2.0-or-later
// The window and the writer of S14 on the software machine: whatever patterns follow each other, and
// wherever each one stops, the rules of live changes hold; and each injection breaks the one that it
// is for. A reader with a TLB looks on all the time.
#include "unit/unit.h"

#include "stages/inject.h"
#include "stages/stress.h"
#include "unit/firmware/system.h"

#define MIB (UINT64_C(1) << 20)

struct stress stress;

static enum option_inject injected;
static unsigned long looks, late, wrong;

bool inject_is(enum option_inject fault)
{
	return injected == fault;
}

static bool in_target(uint64_t offset)
{
	return offset / stress_page() == STRESS_TARGET_PAGE;
}

// One translation of the area, as a CPU would have it: right if there is one, and none once it is
// taken.
static void look(void *unused)
{
	uint64_t target = STRESS_TARGET_PAGE * stress_page(), desc;
	uint64_t offset = machine_random(&sys.machine, 2)
			      ? target
			      : machine_random(&sys.machine, WINDOW_AREA / 16) * 16;
	paddr_t pa;
	(void)unused;
	looks++;
	if (!machine_translate(&sys.machine, sys.mm.root, stress.window.va + offset, &desc, &pa))
		return;
	wrong += pa != stress.window.pa + offset;
	if (stress_phase_kind(stress.phase) != STRESS_TAKEN)
		return;
	if (stress.pattern == STRESS_W7 || (stress.pattern == STRESS_W6 && in_target(offset)) ||
	    (stress_takes_writing(stress.pattern) && in_target(offset) && desc_is_writable(desc)))
		late++;
}

void stress_hold(unsigned int attempts)
{
	for (unsigned int i = 0; i < attempts * 8; i++)
		look(NULL);
}

static void open_window(enum granule granule, bool capable)
{
	static const uint64_t mib[GRANULE_COUNT] = {4096, 4096, 40960};
	uint64_t base = granule == GRANULE_64K ? UINT64_C(0x400000000) : 0x40000000;
	struct system_config config = system_default();
	config.granule = granule;
	config.cap_boot = config.cap_others = capable;
	config.ram.count = 0;
	ranges_add(&config.ram, base, base + mib[granule] * MIB);
	config.image = base + 2 * MIB;
	system_boot(&sys, &config, STAGE_RODATA_RO);
	memset(&stress, 0, sizeof(stress));
	stress.mm = &sys.mm;
	injected = OPTION_INJECT_NONE;
	looks = late = wrong = 0;
	assert_true(stress_window_open(stress.mm, &stress.window));
	sys.machine.speculate_one_in = 4;
	sys.machine.speculate = look;
}

static void close_window(void)
{
	sys.machine.speculate_one_in = 0;
	stress_window_close(stress.mm, &stress.window);
	assert_int_equal(sys.pages.live[OWNER_SCRATCH], 0);
	system_deinit(&sys);
}

static bool can_run(enum stress_pattern pattern)
{
	if (pattern <= STRESS_W5 && !sys.mm.caps.sys)
		return false;
	return (pattern != STRESS_W3 || stress.window.group) &&
	       (pattern != STRESS_W5 || stress.window.pud);
}

static void run(enum stress_pattern pattern, unsigned int changes)
{
	stress.pattern = pattern;
	stress.iterations = 0;
	stress.phase = 0;
	stress.part_marked = 0;
	stress_prepare();
	for (unsigned int i = 0; i < changes; i++)
		stress_write();
}

static void any_order_of_patterns_keeps_the_rules(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 2 * GRANULE_COUNT; i++) {
		open_window((enum granule)(i / 2), i & 1);
		unsigned int ran = 0;
		for (unsigned int n = 0; n < 120; n++) {
			enum stress_pattern pattern =
			    (enum stress_pattern)machine_random(&sys.machine, STRESS_PATTERNS);
			if (!can_run(pattern))
				continue;
			run(pattern, 1 + (unsigned int)machine_random(&sys.machine, 6));
			ran |= 1U << pattern;
			if (sys.bbm.violations)
				fail_msg("granule %u, W%u: %s", i / 2, pattern + 1, sys.bbm.first);
			assert_int_equal(stress.part_marked, 0);
		}
		assert_int_equal(ran, i == 1  ? 0xff
				      : i & 1 ? 0xff & ~(1U << STRESS_W5)
					      : 0xff & ~0x1fU);
		assert_true(looks > 1000);
		assert_int_equal(wrong, 0);
		assert_int_equal(late, 0);
		close_window();
	}
}

// The first one after each other: what a pattern leaves behind when it stops in the middle.
static void a_pattern_may_stop_in_either_state(void **state)
{
	(void)state;
	for (unsigned int first = 0; first < STRESS_PATTERNS; first++) {
		for (unsigned int second = 0; second < STRESS_PATTERNS; second++) {
			open_window(GRANULE_4K, true);
			for (unsigned int changes = 1; changes <= 2; changes++) {
				run((enum stress_pattern)first, changes);
				run((enum stress_pattern)second, 1);
				if (sys.bbm.violations)
					fail_msg("W%u after %u changes of W%u: %s", second + 1,
						 changes, first + 1, sys.bbm.first);
			}
			assert_int_equal(wrong, 0);
			close_window();
		}
	}
}

// What the watcher, or the reader, makes of a pattern with a fault in it.
static void breaks(enum option_inject fault, enum stress_pattern pattern, const char *rule,
		   bool is_late)
{
	open_window(GRANULE_4K, true);
	injected = fault;
	run(pattern, 12);
	injected = OPTION_INJECT_NONE;
	if (rule && (!sys.bbm.violations || !strstr(sys.bbm.first, rule)))
		fail_msg("fault %d in W%u: expected '%s', found '%s'", fault, pattern + 1, rule,
			 sys.bbm.first);
	if (is_late != (late > 0))
		fail_msg("fault %d in W%u: %lu late accesses", fault, pattern + 1, late);
	sys.bbm.violations = 0;
	stress_window_reset(stress.mm, &stress.window);
	sys.bbm.violations = 0;
	close_window();
}

static void each_injection_breaks_what_it_is_for(void **state)
{
	(void)state;
	breaks(OPTION_INJECT_PUBLISH_FIRST, STRESS_W1, "with holes", false);
	breaks(OPTION_INJECT_PUBLISH_FIRST, STRESS_W5, "with holes", false);
	breaks(OPTION_INJECT_WRONG_OA, STRESS_W1, "other memory", false);
	breaks(OPTION_INJECT_WRONG_OA, STRESS_W4, "other memory", false);
	// Of a right that is taken, or a page that comes back as it was, the tables alone tell nothing.
	static const enum option_inject faults[] = {OPTION_INJECT_NO_TLBI,
						    OPTION_INJECT_EARLY_TLBI};
	for (unsigned int i = 0; i < 2; i++) {
		breaks(faults[i], STRESS_W2, NULL, true);
		breaks(faults[i], STRESS_W6, NULL, true);
		breaks(faults[i], STRESS_W7, NULL, true);
		breaks(faults[i], STRESS_W8, NULL, true);
	}
}

static void a_break_without_its_invalidation_is_no_break(void **state)
{
	(void)state;
	open_window(GRANULE_4K, false);
	injected = OPTION_INJECT_NO_TLBI;
	run(STRESS_W7, 2);
	assert_non_null(strstr(sys.bbm.first, "whose TLBI is not done"));
	sys.bbm.violations = 0;
	injected = OPTION_INJECT_NONE;
	stress_window_reset(stress.mm, &stress.window);
	sys.bbm.violations = 0;
	close_window();
}

static void a_group_with_a_hole_is_counted(void **state)
{
	(void)state;
	for (unsigned int pattern = STRESS_W3; pattern <= STRESS_W4; pattern++) {
		open_window(GRANULE_4K, true);
		injected = OPTION_INJECT_CONT_HOLE;
		run((enum stress_pattern)pattern, 2);
		assert_int_equal(stress.part_marked, 1);
		close_window();
	}
}

// A break that nobody needs is no fault of the tables: only readers notice it.
static void a_mark_changed_by_a_break_keeps_the_rules(void **state)
{
	(void)state;
	open_window(GRANULE_4K, true);
	injected = OPTION_INJECT_MARK_BREAK;
	run(STRESS_W3, 4);
	run(STRESS_W4, 4);
	assert_int_equal(sys.bbm.violations, 0);
	close_window();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_pattern_may_stop_in_either_state),
	    cmocka_unit_test(any_order_of_patterns_keeps_the_rules),
	    cmocka_unit_test(each_injection_breaks_what_it_is_for),
	    cmocka_unit_test(a_break_without_its_invalidation_is_no_break),
	    cmocka_unit_test(a_group_with_a_hole_is_counted),
	    cmocka_unit_test(a_mark_changed_by_a_break_keeps_the_rules),
	};
	return cmocka_run_group_tests_name("firmware/stages/stress", tests, NULL, NULL);
}
