// SPDX-License-Identifier: GPL-2.0-or-later
// Registers: Arm Generic Interrupt Controller Architecture Specifications IHI 0048 (version 2) and
// IHI 0069 (versions 3 and 4). The one interrupt in use is software generated interrupt 0.
#include "board/gic.h"

#include "entry/access.h"
#include "entry/cpu.h"
#include "entry/sysreg.h"
#include "report/clock.h"

#define GICD_CTLR      0x0000
#define GICD_TYPER     0x0004
#define GICD_SGIR      0x0f00 // version 2
#define GICD_PIDR2     0x0fe8 // version 2
#define GICD_V3_PIDR2  0xffe8 // of each redistributor, too
#define GICD_ITARGETSR 0x0800
// In the distributor (version 2) or in the second frame of a redistributor.
#define GIC_IGROUPR0    0x0080
#define GIC_ISENABLER0  0x0100
#define GIC_ICENABLER0  0x0180
#define GIC_IPRIORITYR0 0x0400

#define GICC_CTLR 0x0000
#define GICC_PMR  0x0004
#define GICC_IAR  0x000c
#define GICC_EOIR 0x0010
#define GICC_IIDR 0x00fc

#define GICR_TYPER       0x0008
#define GICR_WAKER       0x0014
#define GICR_SGI_FRAME   0x10000
#define GICR_FRAMES      0x20000 // RD and SGI frame
#define GICR_FRAMES_VLPI 0x40000

#define GICD_CTLR_ENABLE    (1U << 0) // version 2
#define GICD_CTLR_V3_ARE    (1U << 4)
#define GICD_CTLR_V3_GROUPS (1U << 1 | 1U << 0) // group 1, in either security view
#define GICD_CTLR_V3_RWP    (1U << 31)          // a write has not taken effect everywhere yet
#define GICD_TYPER_LINES    0x1f                // shared interrupts, in 32s
#define GICR_TYPER_VLPIS    (1U << 1)
#define GICR_TYPER_LAST     (1U << 4)
#define GICR_WAKER_SLEEP    (1U << 1)
#define GICR_WAKER_ASLEEP   (1U << 2)

#define SGI          0U
#define SPECIAL      1020 // from here on: nothing to acknowledge
#define PRIORITY     0xa0 // any that is higher (less) than the mask
#define PRIORITIES   0xf0 // the mask
#define PATIENCE_MS  10
#define ISR_IRQ      (1U << 7)
#define ARCH_REV(id) ((id) >> 4 & 0xf)

static struct gic gic;

static uint32_t gic_read(uint64_t address)
{
	return *(volatile uint32_t *)(uintptr_t)address;
}

static void gic_write(uint64_t address, uint32_t value)
{
	*(volatile uint32_t *)(uintptr_t)address = value;
}

// The architecture that the identification register at `address` tells, 0 when nothing answers.
static unsigned int revision_at(uint64_t address)
{
	uint64_t id;
	return access_ldrw(address, &id) ? ARCH_REV(id) : 0;
}

bool gic_answers(const struct gic *described)
{
	uint64_t id;
	if (described->version == GIC_V2)
		return revision_at(described->distributor + GICD_PIDR2) == 2 &&
		       access_ldrw(described->cpu_interface + GICC_IIDR, &id) &&
		       (id >> 16 & 0xf) == 2;
	if (described->version == GIC_NONE || !described->regions ||
	    revision_at(described->distributor + GICD_V3_PIDR2) < 3)
		return false;
	for (unsigned int i = 0; i < described->regions; i++)
		if (revision_at(described->redistributors[i].start + GICD_V3_PIDR2) < 3)
			return false;
	return true;
}

static void control_v3(uint32_t value)
{
	uint64_t start = clock_now();
	gic_write(gic.distributor + GICD_CTLR, value);
	while (gic_read(gic.distributor + GICD_CTLR) & GICD_CTLR_V3_RWP &&
	       !clock_expired(start, PATIENCE_MS))
		clock_pause();
}

// A device that the boot loader has used may still want attention: nobody would give it, and no CPU
// could sleep.
static void disable_shared(void)
{
	uint32_t lines = gic_read(gic.distributor + GICD_TYPER) & GICD_TYPER_LINES;
	for (uint32_t i = 1; i <= lines; i++)
		gic_write(gic.distributor + GIC_ICENABLER0 + 4 * i, UINT32_MAX);
}

void gic_start(const struct gic *described)
{
	gic = *described;
	if (gic.version == GIC_NONE)
		return;
	disable_shared();
	if (gic.version == GIC_V2) {
		gic_write(gic.distributor + GICD_CTLR, GICD_CTLR_ENABLE);
		return;
	}
	// How interrupts are routed must not change while a group is enabled.
	control_v3(0);
	control_v3(GICD_CTLR_V3_ARE);
	control_v3(GICD_CTLR_V3_ARE | GICD_CTLR_V3_GROUPS);
}

// Of the CPU's own interrupts leaves only the one it is woken by. `base` holds the registers of its
// first 32.
static void enable_sgi(uint64_t base)
{
	gic_write(base + GIC_ICENABLER0, UINT32_MAX);
	gic_write(base + GIC_IPRIORITYR0, PRIORITY);
	gic_write(base + GIC_ISENABLER0, 1U << SGI);
}

// Returns what GICD_SGIR takes.
static uint64_t start_v2(void)
{
	enable_sgi(gic.distributor);
	gic_write(gic.cpu_interface + GICC_PMR, PRIORITIES);
	gic_write(gic.cpu_interface + GICC_CTLR, 1);
	// This register shows each CPU which bit it is itself.
	uint32_t self = gic_read(gic.distributor + GICD_ITARGETSR) & 0xff;
	return self << 16;
}

// The running CPU's redistributor, 0 when none is found.
static uint64_t find_redistributor(void)
{
	uint64_t mpidr = cpu_this()->mpidr;
	uint64_t affinity = (mpidr >> 8 & 0xff000000) | (mpidr & 0xffffff);
	for (unsigned int i = 0; i < gic.regions; i++) {
		uint64_t at = gic.redistributors[i].start, type, size;
		for (; at + GICR_FRAMES <= gic.redistributors[i].end; at += size) {
			if (!access_ldr(at + GICR_TYPER, &type))
				break;
			if (type >> 32 == affinity)
				return at;
			if (type & GICR_TYPER_LAST)
				break;
			size = type & GICR_TYPER_VLPIS ? GICR_FRAMES_VLPI : GICR_FRAMES;
		}
	}
	return 0;
}

static bool wake_redistributor(uint64_t redistributor)
{
	uint64_t start = clock_now();
	gic_write(redistributor + GICR_WAKER,
		  gic_read(redistributor + GICR_WAKER) & ~GICR_WAKER_SLEEP);
	while (gic_read(redistributor + GICR_WAKER) & GICR_WAKER_ASLEEP) {
		if (clock_expired(start, PATIENCE_MS))
			return false;
		clock_pause();
	}
	return true;
}

// Returns what ICC_SGI1R_EL1 takes.
static uint64_t start_v3(void)
{
	uint64_t mpidr = cpu_this()->mpidr, redistributor = find_redistributor();
	if (!field(cpu_this()->pfr0, 24, 4) || !redistributor || !wake_redistributor(redistributor))
		return 0;
	gic_write(redistributor + GICR_SGI_FRAME + GIC_IGROUPR0, UINT32_MAX);
	enable_sgi(redistributor + GICR_SGI_FRAME);
	sysreg_write(SYSREG_ICC_SRE_EL1, sysreg_read(SYSREG_ICC_SRE_EL1) | 1);
	isb(); // the registers below exist from here on
	if (!(sysreg_read(SYSREG_ICC_SRE_EL1) & 1))
		return 0;
	sysreg_write(SYSREG_ICC_CTLR_EL1, 0); // EOIR deactivates, too
	sysreg_write(SYSREG_ICC_PMR_EL1, PRIORITIES);
	sysreg_write(SYSREG_ICC_IGRPEN1_EL1, 1);
	isb();
	return (mpidr >> 32 & 0xff) << 48 | (mpidr >> 4 & 0xf) << 44 | (mpidr >> 16 & 0xff) << 32 |
	       (mpidr >> 8 & 0xff) << 16 | UINT64_C(1) << (mpidr & 0xf);
}

// Takes what is pending, so that the next WFI sleeps.
static void acknowledge(void)
{
	if (gic.version == GIC_V2) {
		uint32_t interrupt = gic_read(gic.cpu_interface + GICC_IAR);
		if ((interrupt & 0x3ff) < SPECIAL)
			gic_write(gic.cpu_interface + GICC_EOIR, interrupt);
	} else {
		uint64_t interrupt = sysreg_read(SYSREG_ICC_IAR1_EL1);
		if (interrupt < SPECIAL || interrupt > SPECIAL + 3)
			sysreg_write(SYSREG_ICC_EOIR1_EL1, interrupt);
		isb();
	}
	// It is pending no more before anything that was handed over with it is looked at.
	dsb_sy();
}

// Whether an interrupt that the CPU sends itself arrives, and goes away again.
static bool wakes(uint64_t wake)
{
	uint64_t start = clock_now();
	gic_wake(wake);
	while (!(sysreg_read(isr_el1) & ISR_IRQ)) {
		if (clock_expired(start, PATIENCE_MS))
			return false;
		clock_pause();
	}
	acknowledge();
	return true;
}

uint64_t gic_cpu_start(void)
{
	uint64_t wake = 0;
	if (gic.version == GIC_V2)
		wake = start_v2();
	else if (gic.version == GIC_V3)
		wake = start_v3();
	return wake && wakes(wake) ? wake : 0;
}

void gic_wake(uint64_t wake)
{
	dsb_sy(); // the CPU is not to wake before it can see why
	if (gic.version == GIC_V2) {
		gic_write(gic.distributor + GICD_SGIR, (uint32_t)wake | SGI);
	} else {
		sysreg_write(SYSREG_ICC_SGI1R_EL1, wake);
		isb();
	}
}

void gic_sleep(void)
{
	cpu_wait_interrupt();
	acknowledge();
}
