// SPDX-License-Identifier: GPL-2.0-or-later
// A watcher over a software machine: sees each store of a descriptor, each invalidation and barrier,
// and holds them against the architecture's rules for changing live tables, whatever code did it.
//
// Rules, from the Arm ARM (DDI 0487 issue M.b, D8.17.1 "Using break-before-make when updating
// translation table entries" and "Support levels for changing table or block size"):
//  - A valid entry changes output address or memory type, or from a leaf to other memory's table, only
//    by an invalid entry, DSB, TLBI, DSB (RWHZWS, RDDMVT). So does its size and its contiguous mark
//    where the CPU has not the capability; where it has, nothing but the size may change (RKFLJB,
//    RPVTFW, RKHRBC).
//  - Of an entry that is made valid again no TLB may still hold another translation (RFVQCK).
//  - What is linked was filled, and a DSB stands between.
//  - A table is neither given back nor zeroed before it is unlinked and the invalidation complete;
//    one by last level only does not reach the walker's copy of a table entry (IHYQMB).
//  - A TLBI reaches what a DSB has made visible before it, and is complete at the next full DSB.
#ifndef UNIT_FIRMWARE_BBM_H
#define UNIT_FIRMWARE_BBM_H

#include "mm/mm.h"

struct machine;
struct bbm_table;
struct bbm_record;

#define BBM_BUCKETS 4096

struct bbm {
	struct machine *machine;
	const struct mm *mm; // its root is what TTBR1 points to
	paddr_t root;        // as of the last look
	bool alone;          // no other CPU uses the tables, and this one has the capability

	struct bbm_table *buckets[BBM_BUCKETS]; // that a walker may reach
	struct bbm_record *records; // what a TLB may hold and memory does not say any more
	size_t record_count, record_room;
	paddr_t *dirty; // pages written since the last DSB
	size_t dirty_count, dirty_room;

	unsigned long stores;     // to tables that a walker may reach
	unsigned long violations; // and the first of them
	char first[160];
};

// Watches `machine` for the tables of `mm` from now on.
void bbm_start(struct bbm *bbm, struct machine *machine, const struct mm *mm);
void bbm_stop(struct bbm *bbm);

// For the machine. bbm_store() comes ahead of the store.
void bbm_store(struct bbm *bbm, const uint64_t *entry, uint64_t desc);
void bbm_zero(struct bbm *bbm, paddr_t pa);
void bbm_barrier(struct bbm *bbm, enum barrier kind);
void bbm_tlbi(struct bbm *bbm, const struct tlbi_op *op);

#endif
