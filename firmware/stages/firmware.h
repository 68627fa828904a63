// SPDX-License-Identifier: GPL-2.0-or-later
// What the stages share: one run of the firmware.
#ifndef FIRMWARE_STAGES_FIRMWARE_H
#define FIRMWARE_STAGES_FIRMWARE_H

#include "board/hardware.h"
#include "board/options.h"
#include "entry/efi.h"
#include "machine/machine.h"
#include "mm/mm.h"
#include "report/results.h"

// How the firmware was started.
struct entry {
	unsigned int el;            // exception level it was entered at: 1 or 2
	const void *dtb;            // NULL: none
	const struct efi_boot *efi; // NULL: not by UEFI
};

struct firmware {
	struct entry entry;
	struct board board;
	struct options options;
	const struct geometry *geometry;
	struct mm mm;
	struct pages pages;
	struct machine machine;
	struct machine_ops ops;
	struct ranges free; // RAM that nobody owns, before any of it is handed out
	struct range early; // of it, the piece for EARLY
	unsigned int cpus;  // that are known; cpus[0..] of entry/cpu.h
	const char *stage;  // id of the one that runs
};

extern struct firmware firmware;

// start.S enters here, at EL1 with the MMU off. Does not return.
_Noreturn void firmware_main(const void *dtb, unsigned int el, const struct efi_boot *efi);

// Prints the `end` record and ends the run as end= says.
_Noreturn void firmware_end(enum verdict verdict);

// The stages, in the order of their numbers. Each leaves the tables as its name says; what is
// wrong is reported as a test of the stage.
void stage_discover(void);   // S1
void stage_idmap(void);      // S2
void stage_kimage(void);     // S3
void stage_linmap(void);     // S4
void stage_premap(void);     // S4p
void stage_late_alloc(void); // S5
void stage_boot_caps(void);  // S6
void stage_smp(void);        // S7
void stage_caps_final(void); // S8
void stage_text_ro(void);    // S9
void stage_rodata_ro(void);  // S10
void stage_setmem(void);     // S11
void stage_hibernate(void);  // S12
void stage_faults(void);     // S13
void stage_stress(void);     // S14
void stage_timing(void);     // S15
void stage_report(void);     // S16

// The id of a test of the running stage: "S9.alias" for "alias". Valid until the next call.
const char *stage_test(const char *name);

#endif
