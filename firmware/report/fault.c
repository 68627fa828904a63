// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/fault.h"

#include "report/format.h"

const char *esr_class_name(uint64_t esr)
{
	switch (esr_class(esr)) {
	case 0x00:
		return "Undefined instruction";
	case 0x01:
		return "WFI/WFE";
	case 0x07:
		return "ASIMD";
	case 0x0d:
		return "BTI";
	case 0x0e:
		return "PSTATE.IL";
	case 0x15:
		return "SVC (AArch64)";
	case 0x16:
		return "HVC (AArch64)";
	case 0x17:
		return "SMC (AArch64)";
	case 0x18:
		return "MSR/MRS (AArch64)";
	case 0x19:
		return "SVE";
	case 0x20:
		return "IABT (lower EL)";
	case 0x21:
		return "IABT (current EL)";
	case 0x22:
		return "PC Alignment";
	case 0x24:
		return "DABT (lower EL)";
	case 0x25:
		return "DABT (current EL)";
	case 0x26:
		return "SP Alignment";
	case 0x2f:
		return "SError";
	case 0x3c:
		return "BRK (AArch64)";
	default:
		return "UNRECOGNIZED EC";
	}
}

void fault_status_format(char *out, size_t size, unsigned int status)
{
	unsigned int level = status & 3;
	switch (status >> 2) {
	case 0:
		format(out, size, "level %u address size fault", level);
		return;
	case 1:
		format(out, size, "level %u translation fault", level);
		return;
	case 2:
		format(out, size, "level %u access flag fault", level);
		return;
	case 3:
		format(out, size, "level %u permission fault", level);
		return;
	default:
		break;
	}
	switch (status) {
	case 0x10:
		format(out, size, "synchronous external abort");
		return;
	case 0x21:
		format(out, size, "alignment fault");
		return;
	case 0x30:
		format(out, size, "TLB conflict abort");
		return;
	default:
		format(out, size, "unknown %u", status);
		return;
	}
}
