// SPDX-License-Identifier: GPL-2.0-or-later
// What the command line decides about the life of the linear map, and what a kernel told so ends
// up with.
#ifndef FIRMWARE_MM_POLICY_H
#define FIRMWARE_MM_POLICY_H

#include "mm/types.h"

// When the alias of the image's data is taken away.
enum order {
	ORDER_PREMAP,   // at the end of building the linear map: the bug
	ORDER_TEXTRO,   // together with the text alias (the default)
	ORDER_RODATARO, // with the late step that makes rodata read-only, if there is one
	ORDER_ROONLY,   // never: the alias becomes read-only in that late step
};

enum rodata {
	RODATA_FULL, // aliases of read-only memory are read-only too (the default)
	RODATA_NOALIAS,
	RODATA_OFF,
};

enum kfence {
	KFENCE_EARLY, // pool set aside and mapped by pages while booting (the default)
	KFENCE_LATE,  // may be initialised later, out of any page
	KFENCE_OFF,   // compiled out
};

// How the capability "sizes of live leaves may change" is told (capability.h).
enum bbm_policy {
	BBM_AUTO72, // the models Linux 7.1/7.2 lists (the default)
	BBM_AUTO73, // the ID register's level 3, or the models Linux 7.3 lists
	BBM_IDREG2, // the ID register's level 2: an experiment
	BBM_FORCE0,
	BBM_FORCE2,
};

struct policy {
	enum order order;
	enum rodata rodata;
	enum kfence kfence;
	enum bbm_policy bbm;
	bool debug_pagealloc;
};

// Stages of the life cycle, in the order they happen.
enum stage {
	STAGE_ENTRY,      // S0
	STAGE_DISCOVER,   // S1
	STAGE_IDMAP,      // S2
	STAGE_KIMAGE,     // S3
	STAGE_LINMAP,     // S4
	STAGE_PREMAP,     // S4p
	STAGE_LATE_ALLOC, // S5
	STAGE_BOOT_CAPS,  // S6
	STAGE_SMP,        // S7
	STAGE_CAPS_FINAL, // S8
	STAGE_TEXT_RO,    // S9
	STAGE_RODATA_RO,  // S10
	STAGE_SETMEM,     // S11
	STAGE_HIBERNATE,  // S12
	STAGE_FAULTS,     // S13
	STAGE_STRESS,     // S14
	STAGE_TIMING,     // S15
	STAGE_REPORT,     // S16
};

// The hibernation callbacks heard so far.
enum hibernation {
	HIBERNATION_NEVER,
	HIBERNATION_PREPARED, // image being made: the data alias is readable
	HIBERNATION_POSTED,   // over: taken away (again)
};

enum alias_state {
	ALIAS_RW,      // valid, writable
	ALIAS_RO,      // valid, read-only
	ALIAS_INVALID, // present but invalid
};

// What the policy must lead to.
struct outcome {
	unsigned splats;        // 2 (guard, then change) or 0
	enum alias_state alias; // of the image's data, at the end of the boot
};

// Whether the boot CPU's having the capability (`cap_boot`) leads to the two splats of the premap
// order, and to what the data alias comes. In the premap order on a capable CPU the two splats are
// an expected failure.
struct outcome policy_outcome(const struct policy *policy, bool cap_boot);

// The state the data alias must be in once `stage` is over, given the last callback heard. PREPARE
// brings back the rights it had before it was taken away; POST takes it away, also in the premap
// order on a capable CPU where the boot failed to.
enum alias_state policy_alias_after(const struct policy *policy, bool cap_boot, enum stage stage,
				    enum hibernation hibernation);

// Whether a callback re-validates the data alias for hibernation, from STAGE_TEXT_RO on.
bool policy_has_pm_callback(const struct policy *policy);

// Whether anybody may change single pages of the linear map.
bool policy_can_set_direct_map(const struct policy *policy);

#endif
