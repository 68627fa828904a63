// SPDX-License-Identifier: GPL-2.0-or-later
// May sizes of live leaves change without break-before-make? The decision per CPU and for the
// system.
//
// ID_AA64MMFR2_EL1.BBM (55:52): 0 full break-before-make; 1 nT bit or break-before-make; 2 direct
// change allowed, a TLB conflict abort may be taken; 3 as 2 and no conflict abort.
#ifndef FIRMWARE_MM_CAPABILITY_H
#define FIRMWARE_MM_CAPABILITY_H

#include "mm/policy.h"

// What a test pretends about one CPU.
enum cap_override {
	CAP_AS_FOUND,
	CAP_PRETEND_LACKS,
	CAP_PRETEND_HAS,
};

static inline unsigned bbm_field(uint64_t mmfr2)
{
	return (mmfr2 >> 52) & 0xf;
}

// Whether MIDR_EL1 is of a model known to change sizes without an abort: the list of Linux 7.1 (A),
// or what Linux 7.3 adds to it (B).
bool midr_in_list_a(uint32_t midr);
bool midr_in_list_b(uint32_t midr);

// The decision for one CPU.
bool cap_local(uint32_t midr, uint64_t mmfr2, enum bbm_policy policy, enum cap_override override);

// What the system knows. Zero-initialised, then in this order: cap_boot known, CPUs admitted.
struct caps {
	bool boot;  // the boot CPU has it; known from the start
	bool sys;   // all CPUs admitted so far have it; false before caps_setup_boot()
	bool final; // decided for good
};

void caps_init(struct caps *caps, bool boot_cpu_has);

// The boot CPU's capabilities are set up: the system has what it has.
void caps_setup_boot(struct caps *caps);

// A CPU asks to come up. False: it must be refused and parked, since it lacks what the system,
// once final, relies on.
bool caps_admit(struct caps *caps, bool cpu_has);

void caps_finalise(struct caps *caps);

// The capability to plan with: the boot CPU's until all are known.
static inline bool caps_planned(const struct caps *caps)
{
	return caps->final ? caps->sys : caps->boot;
}

// Leaves must be pages from the start: sizes may not change later and somebody will ask for it.
bool caps_force_pte(const struct caps *caps, const struct policy *policy);

// Leaves are big and somebody will want to split them. Asked once, when the linear map is built.
bool caps_need_bbm(const struct caps *caps, const struct policy *policy);

#endif
