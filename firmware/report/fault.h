// SPDX-License-Identifier: GPL-2.0-or-later
// ESR_ELx fields and their names (Arm ARM D19.2.40).
#ifndef FIRMWARE_REPORT_FAULT_H
#define FIRMWARE_REPORT_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EC_UNKNOWN           0x00 // also: undefined instruction
#define EC_INSTRUCTION_ABORT 0x21 // from the same EL
#define EC_DATA_ABORT        0x25
#define EC_BRK               0x3c

static inline unsigned int esr_class(uint64_t esr)
{
	return (unsigned int)(esr >> 26) & 0x3f;
}

// DFSC or IFSC.
static inline unsigned int esr_status(uint64_t esr)
{
	return (unsigned int)esr & 0x3f;
}

static inline bool esr_is_write(uint64_t esr)
{
	return esr >> 6 & 1;
}

static inline bool esr_is_abort(uint64_t esr)
{
	return esr_class(esr) == EC_DATA_ABORT || esr_class(esr) == EC_INSTRUCTION_ABORT;
}

// "DABT (current EL)"; the kernel's words.
const char *esr_class_name(uint64_t esr);

// "level 3 translation fault".
void fault_status_format(char *out, size_t size, unsigned int status);

#endif
