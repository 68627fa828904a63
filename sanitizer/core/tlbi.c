// SPDX-License-Identifier: GPL-2.0-or-later
#include "tlbi.h"

// op2 of the forms of EL1 and EL2 that name one address, one ASID or all.
struct form {
	uint8_t op1, op2;
	bool range; // also as a range
	enum ptsan_tlbi_scope scope;
	enum ptsan_regime regime;
	bool last_level, any_asid;
};

static const struct form forms[] = {
    {0, 0, false, PTSAN_TLBI_ALL, PTSAN_EL10, false, true}, // VMALLE1
    {0, 1, true, PTSAN_TLBI_VA, PTSAN_EL10, false, false},  // VAE1
    {0, 2, false, PTSAN_TLBI_ASID, PTSAN_EL10, false, false},
    {0, 3, true, PTSAN_TLBI_VA, PTSAN_EL10, false, true},  // VAAE1
    {0, 5, true, PTSAN_TLBI_VA, PTSAN_EL10, true, false},  // VALE1
    {0, 7, true, PTSAN_TLBI_VA, PTSAN_EL10, true, true},   // VAALE1
    {4, 0, false, PTSAN_TLBI_ALL, PTSAN_EL2, false, true}, // ALLE2
    {4, 1, true, PTSAN_TLBI_VA, PTSAN_EL2, false, false},
    {4, 4, false, PTSAN_TLBI_ALL, PTSAN_EL10, false, true}, // ALLE1
    {4, 5, true, PTSAN_TLBI_VA, PTSAN_EL2, true, false},
    {4, 6, false, PTSAN_TLBI_ALL, PTSAN_EL10, false, true}, // VMALLS12E1
};

// CRm: the domain, and whether a range follows.
static bool read_crm(unsigned crm, enum ptsan_domain *domain, bool *range)
{
	static const struct {
		uint8_t crm, domain, range;
	} rows[] = {{1, PTSAN_OUTER, 0}, {3, PTSAN_INNER, 0}, {7, PTSAN_LOCAL, 0},
		    {5, PTSAN_OUTER, 1}, {2, PTSAN_INNER, 1}, {6, PTSAN_LOCAL, 1}};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].crm == crm) {
			*domain = (enum ptsan_domain)rows[i].domain;
			*range = rows[i].range;
			return true;
		}
	return false;
}

static uint64_t sign_extend(uint64_t value, unsigned width)
{
	uint64_t top = (uint64_t)1 << (width - 1);
	return (value ^ top) - top;
}

static unsigned granule_shift(unsigned tg)
{
	static const uint8_t shifts[4] = {0, 12, 14, 16};
	return shifts[tg & 3];
}

static void read_address(uint64_t xt, struct ptsan_tlbi *out)
{
	unsigned ttl = (unsigned)(xt >> 44) & 0xf;
	out->start = sign_extend((xt & 0xfffffffffff) << 12, 56);
	out->end = out->start + 1; // any entry that translates this address
	// Without a granule the lower half of the hint means nothing.
	if (granule_shift(ttl >> 2))
		out->level = (int8_t)(ttl & 3);
	// Level 0 as a hint stands for "unknown" but with 52-bit addresses.
	if (out->level == 0)
		out->level = PTSAN_ANY_LEVEL;
}

static void read_range(uint64_t xt, bool wide, struct ptsan_tlbi *out)
{
	unsigned shift = granule_shift((unsigned)(xt >> 46));
	unsigned scale = (unsigned)(xt >> 44) & 3, num = (unsigned)(xt >> 39) & 31;
	unsigned ttl = (unsigned)(xt >> 37) & 3;
	if (!shift) { // reserved: nothing is promised
		out->scope = PTSAN_TLBI_NONE;
		return;
	}
	unsigned unit = wide ? 16 : shift;
	out->start = sign_extend(xt & 0x1fffffffff, 37) << unit;
	out->end = out->start + ((uint64_t)(num + 1) << (5 * scale + 1 + shift));
	if (ttl)
		out->level = (int8_t)ttl;
}

bool tlbi_decode(unsigned op1, unsigned crn, unsigned crm, unsigned op2, uint64_t xt, bool wide,
		 struct ptsan_tlbi *out)
{
	*out = (struct ptsan_tlbi){.level = PTSAN_ANY_LEVEL, .no_xs = crn == 9};
	if (crn != 8 && crn != 9)
		return false;
	bool range;
	if (!read_crm(crm, &out->domain, &range))
		return crm == 0 || crm == 4; // by intermediate physical address
	for (unsigned i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const struct form *f = &forms[i];
		if (f->op1 != op1 || f->op2 != op2 || (range && !f->range))
			continue;
		out->scope = f->scope;
		out->regime = f->regime;
		out->last_level = f->last_level;
		out->any_asid = f->any_asid;
		out->asid = (uint16_t)(xt >> 48);
		if (f->scope == PTSAN_TLBI_VA && range)
			read_range(xt, wide, out);
		else if (f->scope == PTSAN_TLBI_VA)
			read_address(xt, out);
		return true;
	}
	return op1 == 6 || op1 == 4 || op1 == 0;
}
