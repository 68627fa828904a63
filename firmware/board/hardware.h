// SPDX-License-Identifier: GPL-2.0-or-later
// What the firmware knows of the board it runs on, from a device tree or from ACPI tables.
#ifndef FIRMWARE_BOARD_HARDWARE_H
#define FIRMWARE_BOARD_HARDWARE_H

#include "board/gic.h"
#include "board/uart.h"
#include "mm/ranges.h"

#include <stddef.h>

#define BOARD_CPUS      256
#define BOARD_VIRTIO    64
#define BOARD_ARGUMENTS 4096 // a kernel's limit, from the device tree and from UEFI

enum psci_conduit {
	PSCI_NONE,
	PSCI_HVC,
	PSCI_SMC,
};

struct board {
	char model[64];                  // "linux,dummy-virt"; empty when nobody says
	char arguments[BOARD_ARGUMENTS]; // command line; empty when nobody gives one
	size_t
	    arguments_second; // where a second source's begin in it: a quote does not reach there
	bool arguments_cut;   // it did not fit
	struct uart uart;
	uint64_t virtio[BOARD_VIRTIO]; // where virtio devices of any kind may be
	uint32_t virtio_count;
	enum psci_conduit conduit;
	struct gic gic;
	struct ranges ram;      // everything the linear map is to cover
	struct ranges reserved; // parts of it that belong to somebody else
	uint64_t cpu_affinity[BOARD_CPUS];
	uint32_t cpu_count;
	uint32_t cpus_beyond;  // CPUs that did not fit above
	uint32_t cpus_foreign; // CPUs that are not started by PSCI; the running one may be of them
	bool ranges_lost;      // more ranges than fit: what is free cannot be told
};

#endif
