// SPDX-License-Identifier: GPL-2.0-or-later
// The interrupt controller, for one thing only: to wake a CPU that sleeps in WFI. Interrupts stay
// masked; what wakes a CPU is that one is pending. A CPU that waits by WFE alone would do as well on
// silicon, but an emulator runs it all the while.
#ifndef FIRMWARE_BOARD_GIC_H
#define FIRMWARE_BOARD_GIC_H

#include <stdbool.h>
#include <stdint.h>

#include "mm/types.h"

#define GIC_REGIONS 4

// Sizes of the register frames.
#define GIC_DISTRIBUTOR_SIZE   0x10000
#define GIC_CPU_INTERFACE_SIZE 0x2000
// What is looked at of a region of redistributors: enough for CPU_MAX of the larger kind.
#define GIC_REGION_MAX 0x800000

enum gic_version {
	GIC_NONE,
	GIC_V2, // memory-mapped CPU interface
	GIC_V3, // and 4: system registers, a redistributor for each CPU
};

// Where it is, as the board's description has it.
struct gic {
	uint8_t version; // enum gic_version
	uint8_t regions;
	uint64_t distributor;
	uint64_t cpu_interface;                   // GIC_V2
	struct range redistributors[GIC_REGIONS]; // GIC_V3
};

// Adds what is of use of a region of redistributors that the description tells of.
static inline void gic_add_region(struct gic *gic, uint64_t start, uint64_t size)
{
	if (gic->regions < GIC_REGIONS && start + size > start)
		gic->redistributors[gic->regions++] =
		    (struct range){start, start + (size < GIC_REGION_MAX ? size : GIC_REGION_MAX)};
}

// Whether such a controller is at these addresses: a description may lie.
bool gic_answers(const struct gic *described);

// CPU 0, once the registers are mapped: starts the distributor of one that answers. Before, and
// without, no CPU can be woken.
void gic_start(const struct gic *described);

// The running CPU: makes it wakeable and tries that out. Returns what gic_wake() takes to wake it,
// 0 when it cannot be.
uint64_t gic_cpu_start(void);

// Wakes the CPU that got `wake` from gic_cpu_start(). What was stored before is seen by it.
void gic_wake(uint64_t wake);

// Sleeps until woken. A wake-up that came since the last sleep ended counts: none is lost.
void gic_sleep(void);

#endif
