// SPDX-License-Identifier: GPL-2.0-or-later
// A whole system on the software machine, taken through the stages as the firmware does.
#ifndef UNIT_FIRMWARE_SYSTEM_H
#define UNIT_FIRMWARE_SYSTEM_H

#include "unit/firmware/bbm.h"
#include "unit/firmware/machine.h"

struct system_config {
	enum granule granule;
	struct policy policy;
	bool cap_boot;   // the boot CPU has the capability
	bool cap_others; // all other CPUs do
	unsigned cpus;   // 0: one
	bool tlbi_ranges, tlbi_twice;
	struct ranges ram;
	paddr_t image;        // where the stand-in image's text begins; 0: 0x40200000
	struct layout layout; // of the stand-in image; end == 0: that of the measured kernel
	uint64_t seed;
};

struct system {
	struct system_config config;
	struct machine machine;
	struct pages pages;
	struct mm mm;
	struct bbm bbm;     // watches all of it, up to system_deinit()
	enum stage stage;   // the last one that is over
	struct range early; // the piece of memory EARLY was given
	int alias_result;   // of taking the data alias away
};

// 2 GiB from 0x40000000, 4K, textro, rodata=full, kfence=early, one CPU with the capability.
struct system_config system_default(void);

// The stand-in image of the measured kernel, at `image`.
struct layout system_layout(paddr_t image);

// Ends the image with room for the static tables behind bss_stop.
void system_layout_end(struct layout *layout);

// Runs the stages up to `last`. The state the later tests start from is STAGE_RODATA_RO.
void system_boot(struct system *system, const struct system_config *config, enum stage last);
// Goes on from where it is.
void system_continue(struct system *system, enum stage last);
// cmocka: fails when anything that was done to the tables broke a rule of live changes.
void system_assert_bbm(struct system *system);
void system_deinit(struct system *system); // after the same check

// The one system of a test file: booted through S10 before each test and gone behind it, by these two
// as a cmocka fixture; or booted by the test itself.
extern struct system sys;
int sys_setup(void **state);
int sys_teardown(void **state);
vaddr_t sys_linear(paddr_t pa);

// cmocka: fails with the first violation when the invariants do not hold.
void system_assert_sound(struct system *system);

#endif
