// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/psci.h"

#define PSCI_VERSION      0x84000000
#define PSCI_CPU_ON       0xc4000003
#define PSCI_SYSTEM_OFF   0x84000008
#define PSCI_SYSTEM_RESET 0x84000009

// SMC Calling Convention: arguments in x0 to x3, result in x0, x4 to x17 may be lost.
static int64_t call(enum psci_conduit conduit, uint64_t function, uint64_t a, uint64_t b,
		    uint64_t c)
{
	register uint64_t x0 __asm__("x0") = function;
	register uint64_t x1 __asm__("x1") = a;
	register uint64_t x2 __asm__("x2") = b;
	register uint64_t x3 __asm__("x3") = c;
#define CLOBBERS                                                                             \
	"x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", \
	    "x17", "memory"
	switch (conduit) {
	case PSCI_HVC:
		__asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::CLOBBERS);
		return (int64_t)x0;
	case PSCI_SMC:
		__asm__ volatile("smc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::CLOBBERS);
		return (int64_t)x0;
	case PSCI_NONE:
		break;
	}
	return PSCI_NOT_SUPPORTED;
}

int64_t psci_version(enum psci_conduit conduit)
{
	return call(conduit, PSCI_VERSION, 0, 0, 0);
}

int64_t psci_cpu_on(enum psci_conduit conduit, uint64_t affinity, uint64_t entry, uint64_t context)
{
	// A 32-bit status: sign extended by hand, the upper half of x0 is anybody's.
	return (int32_t)call(conduit, PSCI_CPU_ON, affinity, entry, context);
}

int64_t psci_system_off(enum psci_conduit conduit)
{
	return call(conduit, PSCI_SYSTEM_OFF, 0, 0, 0);
}

int64_t psci_system_reset(enum psci_conduit conduit)
{
	return call(conduit, PSCI_SYSTEM_RESET, 0, 0, 0);
}
