// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/policy.h"

#include "mm/capability.h"

struct outcome policy_outcome(const struct policy *policy, bool cap_boot)
{
	struct caps caps;
	caps_init(&caps, cap_boot);
	// The guard asks the system's capability, which is not known that early: with big leaves
	// that somebody may want to split it refuses.
	bool splats = policy->order == ORDER_PREMAP && caps_need_bbm(&caps, policy);

	return (struct outcome){
	    .splats = splats ? 2 : 0,
	    .alias = policy_alias_after(policy, cap_boot, STAGE_RODATA_RO, HIBERNATION_NEVER),
	};
}

static enum alias_state alias_settled(const struct policy *policy, bool cap_boot, enum stage stage)
{
	struct caps caps;

	switch (policy->order) {
	case ORDER_PREMAP:
		caps_init(&caps, cap_boot);
		if (caps_need_bbm(&caps, policy))
			return ALIAS_RW;
		return stage >= STAGE_PREMAP ? ALIAS_INVALID : ALIAS_RW;
	case ORDER_TEXTRO:
		return stage >= STAGE_TEXT_RO ? ALIAS_INVALID : ALIAS_RW;
	case ORDER_RODATARO:
		if (policy->rodata == RODATA_OFF)
			return ALIAS_RW;
		return stage >= STAGE_RODATA_RO ? ALIAS_INVALID : ALIAS_RW;
	case ORDER_ROONLY:
		if (policy->rodata == RODATA_OFF)
			return ALIAS_RW;
		return stage >= STAGE_RODATA_RO ? ALIAS_RO : ALIAS_RW;
	}
	return ALIAS_RW;
}

enum alias_state policy_alias_after(const struct policy *policy, bool cap_boot, enum stage stage,
				    enum hibernation hibernation)
{
	if (policy_has_pm_callback(policy) && hibernation == HIBERNATION_PREPARED)
		return ALIAS_RW;
	if (policy_has_pm_callback(policy) && hibernation == HIBERNATION_POSTED)
		return ALIAS_INVALID;
	return alias_settled(policy, cap_boot, stage);
}

bool policy_has_pm_callback(const struct policy *policy)
{
	switch (policy->order) {
	case ORDER_PREMAP:
	case ORDER_TEXTRO:
		return true;
	case ORDER_RODATARO:
		return policy->rodata != RODATA_OFF;
	case ORDER_ROONLY:
		return false;
	}
	return false;
}

bool policy_can_set_direct_map(const struct policy *policy)
{
	return policy->rodata == RODATA_FULL || policy->debug_pagealloc ||
	       policy->kfence == KFENCE_LATE;
}
