// SPDX-License-Identifier: GPL-2.0-or-later
// Power State Coordination Interface (Arm DEN 0022): CPUs on, machine off.
#ifndef FIRMWARE_BOARD_PSCI_H
#define FIRMWARE_BOARD_PSCI_H

#include "board/hardware.h"

#define PSCI_SUCCESS       0
#define PSCI_NOT_SUPPORTED (-1)

// All return PSCI_NOT_SUPPORTED when conduit is PSCI_NONE.

// Major in 31:16, minor in 15:0.
int64_t psci_version(enum psci_conduit conduit);

// Starts the CPU with these affinity fields at physical address `entry` with x0 = context.
int64_t psci_cpu_on(enum psci_conduit conduit, uint64_t affinity, uint64_t entry, uint64_t context);

// Return only when refused.
int64_t psci_system_off(enum psci_conduit conduit);
int64_t psci_system_reset(enum psci_conduit conduit);

#endif
