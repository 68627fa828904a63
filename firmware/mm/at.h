// SPDX-License-Identifier: GPL-2.0-or-later
// What the address translation instructions (AT S1E1R, AT S1E1W) must answer in PAR_EL1.
#ifndef FIRMWARE_MM_AT_H
#define FIRMWARE_MM_AT_H

#include "mm/walk_print.h"

#define PAR_F         DESC_BIT(0)
#define PAR_FST(par)  (((par) >> 1) & 0x3f)
#define PAR_PA(par)   ((par)&DESC_OA_MASK)
#define PAR_SH(par)   (((par) >> 7) & 3)
#define PAR_ATTR(par) ((par) >> 56)

// Fault status codes, as in PAR_EL1.FST and ESR_EL1.DFSC; add the level where it applies.
#define FST_TRANSLATION 0x04
#define FST_ACCESS_FLAG 0x08
#define FST_PERMISSION  0x0c
#define FST_CONFLICT    0x30

// What a walk of the tables leads one to expect.
struct at_answer {
	bool fault;
	unsigned fst; // when fault
	paddr_t pa;   // of the page, when not
	uint8_t attr; // memory type as in MAIR
	uint8_t sh;
};

struct at_answer at_expect(const struct mm *mm, vaddr_t va, bool write, uint64_t mair);

// Whether PAR_EL1 says so.
bool at_agrees(const struct at_answer *expected, uint64_t par);

// I17: addresses to probe in a run: the first, the middle and the last page.
#define AT_PROBES 3
void at_probe_addresses(const struct mm *mm, const struct walk_run *run, vaddr_t va[AT_PROBES]);

#endif
