// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/capability.h"

#define IMPLEMENTER_ARM    0x41
#define IMPLEMENTER_NVIDIA 0x4e
#define IMPLEMENTER_AMPERE 0xc0

// One model and its variant/revision range; the two compare as one number, variant first.
struct midr_range {
	uint8_t implementer;
	uint16_t part;
	uint8_t first, last; // variant << 4 | revision
};

static const struct midr_range list_a[] = {
    {IMPLEMENTER_ARM, 0xd82, 0x03, 0x0f},    // Cortex-X4 r0p3 and later
    {IMPLEMENTER_ARM, 0xd84, 0x02, 0x0f},    // Neoverse-V3 r0p2 and later
    {IMPLEMENTER_ARM, 0xd83, 0x02, 0x0f},    // Neoverse-V3AE r0p2 and later
    {IMPLEMENTER_NVIDIA, 0x010, 0x00, 0xff}, // Olympus
    {IMPLEMENTER_AMPERE, 0xac3, 0x00, 0xff}, // AmpereOne
    {IMPLEMENTER_AMPERE, 0xac4, 0x00, 0xff}, // AmpereOne-A
};

static const struct midr_range list_b[] = {
    {IMPLEMENTER_ARM, 0xd88, 0x00, 0xff}, // Cortex-A520AE
    {IMPLEMENTER_ARM, 0xd4d, 0x00, 0xff}, // Cortex-A715
    {IMPLEMENTER_ARM, 0xd89, 0x00, 0xff}, // Cortex-A720AE
    {IMPLEMENTER_ARM, 0xd87, 0x00, 0xff}, // Cortex-A725
    {IMPLEMENTER_ARM, 0xd8e, 0x00, 0xff}, // Neoverse-N3
    {IMPLEMENTER_ARM, 0xd8a, 0x00, 0xff}, // C1-Nano
    {IMPLEMENTER_ARM, 0xd8b, 0x00, 0xff}, // C1-Pro
    // Erratum 3683289: without break-before-make these may live-lock before r1p1.
    {IMPLEMENTER_ARM, 0xd8c, 0x11, 0xff}, // C1-Ultra
    {IMPLEMENTER_ARM, 0xd90, 0x11, 0xff}, // C1-Premium
};

static bool midr_matches(uint32_t midr, const struct midr_range *list, size_t count)
{
	unsigned implementer = midr >> 24;
	unsigned architecture = (midr >> 16) & 0xf;
	unsigned part = (midr >> 4) & 0xfff;
	unsigned version = ((midr >> 16) & 0xf0) | (midr & 0xf);

	if (architecture != 0xf)
		return false;
	for (size_t i = 0; i < count; i++)
		if (implementer == list[i].implementer && part == list[i].part &&
		    version >= list[i].first && version <= list[i].last)
			return true;
	return false;
}

bool midr_in_list_a(uint32_t midr)
{
	return midr_matches(midr, list_a, sizeof(list_a) / sizeof(list_a[0]));
}

bool midr_in_list_b(uint32_t midr)
{
	return midr_matches(midr, list_b, sizeof(list_b) / sizeof(list_b[0]));
}

bool cap_local(uint32_t midr, uint64_t mmfr2, enum bbm_policy policy, enum cap_override override)
{
	if (override != CAP_AS_FOUND)
		return override == CAP_PRETEND_HAS;
	switch (policy) {
	case BBM_AUTO72:
		return midr_in_list_a(midr);
	case BBM_AUTO73:
		return bbm_field(mmfr2) >= 3 || midr_in_list_a(midr) || midr_in_list_b(midr);
	case BBM_IDREG2:
		return bbm_field(mmfr2) >= 2;
	case BBM_FORCE0:
		return false;
	case BBM_FORCE2:
		return true;
	}
	return false;
}

void caps_init(struct caps *caps, bool boot_cpu_has)
{
	*caps = (struct caps){.boot = boot_cpu_has};
}

void caps_setup_boot(struct caps *caps)
{
	caps->sys = caps->boot;
}

bool caps_admit(struct caps *caps, bool cpu_has)
{
	if (caps->final)
		return cpu_has || !caps->sys;
	caps->sys = caps->sys && cpu_has;
	return true;
}

void caps_finalise(struct caps *caps)
{
	caps->final = true;
}

bool caps_force_pte(const struct caps *caps, const struct policy *policy)
{
	return policy->debug_pagealloc || (!caps_planned(caps) && (policy->rodata == RODATA_FULL ||
								   policy->kfence == KFENCE_LATE));
}

bool caps_need_bbm(const struct caps *caps, const struct policy *policy)
{
	return !caps_force_pte(caps, policy) && policy_can_set_direct_map(policy);
}
