// SPDX-License-Identifier: GPL-2.0-or-later
// Who has the capability, what the system makes of it, and what each combination must come to.
#include "unit/unit.h"

#include "mm/capability.h"

#define MIDR(implementer, variant, part, revision)                                         \
	((uint32_t)(implementer) << 24 | (uint32_t)(variant) << 20 | UINT32_C(0xf) << 16 | \
	 (uint32_t)(part) << 4 | (uint32_t)(revision))
#define MMFR2_BBM(n) ((uint64_t)(n) << 52)

static bool auto72(uint32_t midr)
{
	return cap_local(midr, 0, BBM_AUTO72, CAP_AS_FOUND);
}

static bool auto73(uint32_t midr)
{
	return cap_local(midr, 0, BBM_AUTO73, CAP_AS_FOUND);
}

static void the_models_of_7_1(void **state)
{
	(void)state;
	assert_true(auto72(0x410fd823)); // Cortex-X4 r0p3
	assert_false(auto72(MIDR(0x41, 0, 0xd82, 2)));
	assert_true(auto72(MIDR(0x41, 0, 0xd82, 15)));
	assert_false(auto72(MIDR(0x41, 1, 0xd82, 0))); // the list names variant 0 only
	assert_false(auto72(MIDR(0x41, 0, 0xd84, 1))); // Neoverse-V3
	assert_true(auto72(MIDR(0x41, 0, 0xd84, 2)));
	assert_false(auto72(MIDR(0x41, 0, 0xd83, 1))); // Neoverse-V3AE
	assert_true(auto72(MIDR(0x41, 0, 0xd83, 2)));
	assert_true(auto72(MIDR(0x4e, 0, 0x010, 0))); // Olympus
	assert_true(auto72(MIDR(0x4e, 15, 0x010, 15)));
	assert_true(auto72(MIDR(0xc0, 0, 0xac3, 0)));  // AmpereOne
	assert_true(auto72(MIDR(0xc0, 0, 0xac4, 1)));  // AmpereOne-A
	assert_false(auto72(MIDR(0x41, 0, 0xd4d, 0))); // Cortex-A715: 7.3 only
	assert_false(auto72(MIDR(0x41, 0, 0xd03, 4))); // Cortex-A53
	assert_false(auto72(MIDR(0x41, 0, 0xac3, 0))); // Ampere's part number at Arm
	assert_false(auto72(0x4100d823 | 0x30000));    // not the architecture by ID registers
}

static void what_7_3_adds(void **state)
{
	static const uint32_t any_revision[] = {0xd88, 0xd4d, 0xd89, 0xd87, 0xd8e, 0xd8a, 0xd8b};
	(void)state;
	for (unsigned i = 0; i < sizeof(any_revision) / sizeof(any_revision[0]); i++) {
		assert_true(auto73(MIDR(0x41, 0, any_revision[i], 0)));
		assert_true(auto73(MIDR(0x41, 15, any_revision[i], 15)));
		assert_false(auto72(MIDR(0x41, 0, any_revision[i], 0)));
	}
	assert_true(auto73(0x410fd823));
}

static void erratum_3683289_is_fixed_in_r1p1(void **state)
{
	static const uint32_t parts[] = {0xd8c, 0xd90}; // C1-Ultra, C1-Premium
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		assert_false(auto73(MIDR(0x41, 0, parts[i], 15)));
		assert_false(auto73(MIDR(0x41, 1, parts[i], 0)));
		assert_true(auto73(MIDR(0x41, 1, parts[i], 1)));
		assert_true(auto73(MIDR(0x41, 2, parts[i], 0)));
	}
}

static void the_id_register_counts_where_the_policy_says_so(void **state)
{
	uint32_t a72 = MIDR(0x41, 0, 0xd08, 3);
	(void)state;
	for (unsigned bbm = 0; bbm < 4; bbm++) {
		assert_false(cap_local(a72, MMFR2_BBM(bbm), BBM_AUTO72, CAP_AS_FOUND));
		assert_int_equal(cap_local(a72, MMFR2_BBM(bbm), BBM_AUTO73, CAP_AS_FOUND),
				 bbm >= 3);
		assert_int_equal(cap_local(a72, MMFR2_BBM(bbm), BBM_IDREG2, CAP_AS_FOUND),
				 bbm >= 2);
		assert_false(cap_local(0x410fd823, MMFR2_BBM(bbm), BBM_FORCE0, CAP_AS_FOUND));
		assert_true(cap_local(a72, MMFR2_BBM(bbm), BBM_FORCE2, CAP_AS_FOUND));
	}
	assert_false(cap_local(0x410fd823, MMFR2_BBM(1), BBM_IDREG2, CAP_AS_FOUND));
}

static void a_test_may_pretend(void **state)
{
	(void)state;
	assert_false(cap_local(0x410fd823, 0, BBM_FORCE2, CAP_PRETEND_LACKS));
	assert_true(cap_local(0, 0, BBM_FORCE0, CAP_PRETEND_HAS));
}

// ---- the system -------------------------------------------------------------------------------

static void the_system_has_it_from_the_boot_cpus_setup_on(void **state)
{
	struct caps caps;
	(void)state;
	caps_init(&caps, true);
	assert_false(caps.sys);
	assert_true(caps_planned(&caps));
	caps_setup_boot(&caps);
	assert_true(caps.sys);
	assert_true(caps_admit(&caps, true));
	caps_finalise(&caps);
	assert_true(caps.sys && caps_planned(&caps));
}

static void the_first_cpu_without_it_clears_it_for_good(void **state)
{
	struct caps caps;
	(void)state;
	caps_init(&caps, true);
	caps_setup_boot(&caps);
	assert_true(caps_admit(&caps, false));
	assert_false(caps.sys);
	assert_true(caps_admit(&caps, true));
	assert_false(caps.sys);
	assert_true(caps_planned(&caps)); // what was planned with, until it is final
	caps_finalise(&caps);
	assert_false(caps_planned(&caps));
}

static void a_late_cpu_without_it_is_refused_where_it_counts(void **state)
{
	struct caps caps;
	(void)state;
	caps_init(&caps, true);
	caps_setup_boot(&caps);
	caps_finalise(&caps);
	assert_true(caps_admit(&caps, true));
	assert_false(caps_admit(&caps, false));
	assert_true(caps.sys);

	caps_init(&caps, false);
	caps_setup_boot(&caps);
	caps_finalise(&caps);
	assert_true(caps_admit(&caps, false));
	assert_true(caps_admit(&caps, true));
	assert_false(caps.sys);
}

static void predicates_hold_for_every_combination(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3 * 3 * 2 * 2; i++) {
		struct policy policy = {.rodata = (enum rodata)(i % 3),
					.kfence = (enum kfence)(i / 3 % 3),
					.debug_pagealloc = i / 9 % 2};
		struct caps caps;
		bool bbm = i / 18;
		bool full = policy.rodata == RODATA_FULL;
		bool late = policy.kfence == KFENCE_LATE;
		caps_init(&caps, bbm);
		bool force = policy.debug_pagealloc || (!bbm && (full || late));
		assert_int_equal(policy_can_set_direct_map(&policy),
				 full || policy.debug_pagealloc || late);
		assert_int_equal(caps_force_pte(&caps, &policy), force);
		assert_int_equal(caps_need_bbm(&caps, &policy),
				 !force && (full || policy.debug_pagealloc || late));
	}
}

// ---- what it must come to ---------------------------------------------------------------------

// The table that was measured on a real kernel in both orders.
static void the_measured_table(void **state)
{
	static const struct {
		bool cap;
		enum rodata rodata;
		enum kfence kfence;
		unsigned premap_splats;
	} rows[] = {
	    {true, RODATA_FULL, KFENCE_EARLY, 2},    {true, RODATA_FULL, KFENCE_LATE, 2},
	    {true, RODATA_NOALIAS, KFENCE_LATE, 2},  {true, RODATA_NOALIAS, KFENCE_EARLY, 0},
	    {true, RODATA_OFF, KFENCE_EARLY, 0},     {false, RODATA_FULL, KFENCE_EARLY, 0},
	    {false, RODATA_FULL, KFENCE_LATE, 0},    {false, RODATA_NOALIAS, KFENCE_EARLY, 0},
	    {false, RODATA_NOALIAS, KFENCE_LATE, 0}, {false, RODATA_OFF, KFENCE_EARLY, 0},
	    {false, RODATA_OFF, KFENCE_LATE, 0},
	};
	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct policy policy = {.rodata = rows[i].rodata, .kfence = rows[i].kfence};
		bool off = rows[i].rodata == RODATA_OFF;

		policy.order = ORDER_PREMAP;
		struct outcome premap = policy_outcome(&policy, rows[i].cap);
		assert_int_equal(premap.splats, rows[i].premap_splats);
		assert_int_equal(premap.alias, rows[i].premap_splats ? ALIAS_RW : ALIAS_INVALID);
		policy.order = ORDER_TEXTRO;
		struct outcome textro = policy_outcome(&policy, rows[i].cap);
		assert_int_equal(textro.splats, 0);
		assert_int_equal(textro.alias, ALIAS_INVALID);
		policy.order = ORDER_RODATARO;
		struct outcome rodataro = policy_outcome(&policy, rows[i].cap);
		assert_int_equal(rodataro.splats, 0);
		assert_int_equal(rodataro.alias, off ? ALIAS_RW : ALIAS_INVALID);
		policy.order = ORDER_ROONLY;
		struct outcome roonly = policy_outcome(&policy, rows[i].cap);
		assert_int_equal(roonly.splats, 0);
		assert_int_equal(roonly.alias, off ? ALIAS_RW : ALIAS_RO);
	}
}

static enum alias_state after(enum order order, bool cap, enum stage stage, enum hibernation h)
{
	struct policy policy = {.order = order};
	return policy_alias_after(&policy, cap, stage, h);
}

static void the_alias_goes_at_the_orders_stage(void **state)
{
	(void)state;
	assert_int_equal(after(ORDER_PREMAP, false, STAGE_LINMAP, HIBERNATION_NEVER), ALIAS_RW);
	assert_int_equal(after(ORDER_PREMAP, false, STAGE_PREMAP, HIBERNATION_NEVER),
			 ALIAS_INVALID);
	assert_int_equal(after(ORDER_TEXTRO, true, STAGE_CAPS_FINAL, HIBERNATION_NEVER), ALIAS_RW);
	assert_int_equal(after(ORDER_TEXTRO, true, STAGE_TEXT_RO, HIBERNATION_NEVER),
			 ALIAS_INVALID);
	assert_int_equal(after(ORDER_RODATARO, true, STAGE_TEXT_RO, HIBERNATION_NEVER), ALIAS_RW);
	assert_int_equal(after(ORDER_RODATARO, true, STAGE_RODATA_RO, HIBERNATION_NEVER),
			 ALIAS_INVALID);
	assert_int_equal(after(ORDER_ROONLY, true, STAGE_TEXT_RO, HIBERNATION_NEVER), ALIAS_RW);
	assert_int_equal(after(ORDER_ROONLY, true, STAGE_RODATA_RO, HIBERNATION_NEVER), ALIAS_RO);
}

static void hibernation_brings_it_back_and_takes_it_again(void **state)
{
	(void)state;
	for (unsigned order = ORDER_PREMAP; order <= ORDER_RODATARO; order++) {
		assert_int_equal(
		    after((enum order)order, true, STAGE_HIBERNATE, HIBERNATION_PREPARED),
		    ALIAS_RW);
		// Also where the boot failed to take it away.
		assert_int_equal(
		    after((enum order)order, true, STAGE_HIBERNATE, HIBERNATION_POSTED),
		    ALIAS_INVALID);
	}
	assert_int_equal(after(ORDER_ROONLY, true, STAGE_HIBERNATE, HIBERNATION_PREPARED),
			 ALIAS_RO);
	assert_int_equal(after(ORDER_ROONLY, true, STAGE_HIBERNATE, HIBERNATION_POSTED), ALIAS_RO);
	struct policy off = {.order = ORDER_RODATARO, .rodata = RODATA_OFF};
	assert_false(policy_has_pm_callback(&off));
	assert_int_equal(policy_alias_after(&off, true, STAGE_HIBERNATE, HIBERNATION_POSTED),
			 ALIAS_RW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_models_of_7_1),
	    cmocka_unit_test(what_7_3_adds),
	    cmocka_unit_test(erratum_3683289_is_fixed_in_r1p1),
	    cmocka_unit_test(the_id_register_counts_where_the_policy_says_so),
	    cmocka_unit_test(a_test_may_pretend),
	    cmocka_unit_test(the_system_has_it_from_the_boot_cpus_setup_on),
	    cmocka_unit_test(the_first_cpu_without_it_clears_it_for_good),
	    cmocka_unit_test(a_late_cpu_without_it_is_refused_where_it_counts),
	    cmocka_unit_test(predicates_hold_for_every_combination),
	    cmocka_unit_test(the_measured_table),
	    cmocka_unit_test(the_alias_goes_at_the_orders_stage),
	    cmocka_unit_test(hibernation_brings_it_back_and_takes_it_again),
	};
	return cmocka_run_group_tests_name("firmware/mm/policy", tests, NULL, NULL);
}
