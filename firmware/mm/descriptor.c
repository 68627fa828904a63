// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/descriptor.h"

uint64_t mair_value(uint64_t pfr1)
{
	bool tagging = ((pfr1 >> 8) & 0xf) >= 2;
	uint64_t tagged = tagging ? 0xf0 : 0xff;

	return (UINT64_C(0xff) << (8 * MAIR_NORMAL)) |
	       (UINT64_C(0x00) << (8 * MAIR_DEVICE_nGnRnE)) |
	       (UINT64_C(0x04) << (8 * MAIR_DEVICE_nGnRE)) |
	       (UINT64_C(0x44) << (8 * MAIR_NORMAL_NC)) | (tagged << (8 * MAIR_NORMAL_TAGGED));
}

static bool is_normal_write_back(uint64_t desc)
{
	uint64_t attr = desc & DESC_ATTR_MASK;
	return attr == DESC_ATTR(MAIR_NORMAL) || attr == DESC_ATTR(MAIR_NORMAL_TAGGED);
}

bool desc_change_is_safe(uint64_t before, uint64_t after)
{
	const uint64_t may_differ = DESC_PXN | DESC_AP2 | DESC_WRITE | DESC_NG | DESC_SOFT_MASK;
	uint64_t differs = before ^ after;

	if (!desc_is_valid(before) || !desc_is_valid(after))
		return true;
	// Global to non-global leaves a global TLB entry that outlives an ASID's; the reverse makes
	// two entries that hit at once.
	if ((before & DESC_NG) && !(after & DESC_NG))
		return false;
	if ((differs & DESC_ATTR_MASK) && is_normal_write_back(before) &&
	    is_normal_write_back(after))
		differs &= ~DESC_ATTR_MASK;
	return (differs & ~may_differ) == 0;
}
