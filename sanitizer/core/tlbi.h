// SPDX-License-Identifier: GPL-2.0-or-later
// TLB maintenance instructions: DDI 0487 C5.5, "A64 System instructions for TLB maintenance".
#ifndef PTSAN_TLBI_H
#define PTSAN_TLBI_H

#include "geometry.h"

// Decodes SYS #op1, Cn, Cm, #op2, Xt; false: no TLB maintenance. What it does to nothing that is
// followed has the scope PTSAN_TLBI_NONE. `wide`: the regime's tables have 52-bit addresses
// (TCR.DS), where a range's base counts in 64 KiB.
bool tlbi_decode(unsigned op1, unsigned crn, unsigned crm, unsigned op2, uint64_t xt, bool wide,
		 struct ptsan_tlbi *out);

#endif
