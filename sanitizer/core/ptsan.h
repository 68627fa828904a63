// SPDX-License-Identifier: GPL-2.0-or-later
// The page-table sanitizer's core: follows every store to a translation table, every TLBI and barrier
// of all CPUs, and says where the Arm architecture's rules for changing live tables are broken.
//
// It keeps no model of what a TLB did cache. What a TLB *may* hold follows from the architecture: any
// entry that was valid, had its access flag set and was reachable, on every CPU that had loaded the
// root. So the core keeps only what has been valid and is not yet flushed everywhere ("stale
// records"). No luck of sampling is involved, and memory stays small.
//
// Pure: no input, no output, no clock. One thread.
#ifndef PTSAN_PTSAN_H
#define PTSAN_PTSAN_H

#include <stddef.h>

#include "event.h"
#include "finding.h"

struct ptsan;

struct ptsan_config {
	// Reads `count` descriptors at physical address `address`; false: no RAM is there.
	bool (*read)(void *arg, uint64_t address, uint64_t *words, size_t count);
	void (*emit)(void *arg, const struct ptsan_finding *finding);
	// Writes up to PTSAN_FRAMES return addresses of the CPU whose event is taken; returns how many.
	// NULL: findings have no trace of who took a translation away.
	unsigned (*trace)(void *arg, uint64_t *frames);
	void *arg; // of all
	// Capabilities to judge for: bit n stands for break-before-make level n (FEAT_BBM, 0 to 3).
	// A finding is told when it breaks the rules of one of them.
	uint8_t levels;
	// The CPU's erratum wants each invalidation twice, with a DSB between (repeat TLBI).
	bool repeat_tlbi;
	// The kernel's image in virtual addresses, for ptsan_audit; both 0: unknown, and what is said of
	// the image is not judged.
	uint64_t image_start, image_end;
	// Its data and bss, which the linear map must not hold writable; both 0: that may be.
	uint64_t data_start, data_end;
	// The linear map must not hold writable what the kernel's image maps writable.
	bool data_alias_forbidden;
	// Another CPU may use an old translation until the author has retired so many instructions;
	// 0: PTSAN_LATE.
	uint64_t late;
};
#define PTSAN_LATE 20000
// Ranges outside the linear map that a kernel may leave unflushed at the end: it purges them lazily.
#define PTSAN_LAZY 64

// What was followed. A run is evidence only if `overflow` is false: then no change was overlooked for
// want of memory.
struct ptsan_totals {
	uint64_t stores, changes, breaks, flushed, size_changes, tlbi, dsb, findings;
	uint64_t tables, tables_peak, records, records_peak;
	bool overflow;
};

// NULL: no memory.
struct ptsan *ptsan_new(const struct ptsan_config *config);
void ptsan_free(struct ptsan *p);

void ptsan_take(struct ptsan *p, const struct ptsan_event *event);

// True when a store to physical `address` matters: the page holds a table that is followed. Stores
// elsewhere need not be told.
bool ptsan_is_watched(const struct ptsan *p, uint64_t address);

// The same, quicker and not sure: false means no. May be asked while another thread is inside.
bool ptsan_may_be_watched(const struct ptsan *p, uint64_t address);

// The physical address of `va` as a CPU has its tables loaded; false: it has none.
bool ptsan_translate(const struct ptsan *p, uint8_t cpu, enum ptsan_regime regime, uint64_t va,
		     uint64_t *address);

// True when accesses matter: some translation may be stale, or was just made and is not yet
// synchronized. Else PTSAN_ACCESS need not be told.
bool ptsan_wants_access(const struct ptsan *p);

// How many records TLB maintenance and barriers brought a step further.
uint64_t ptsan_flushed(const struct ptsan *p);

// How many valid entries were made invalid so far.
uint64_t ptsan_breaks(const struct ptsan *p);

// The kernel's image is mapped so that memory at `address` is at `va`: ptsan_audit takes every mapping
// with that distance for the image's.
void ptsan_set_image(struct ptsan *p, uint64_t va, uint64_t address);

// Compares the tables as they were followed with what is in memory; returns how many descriptors
// differ in more than what the hardware updates (access flag, dirty state). Not 0: stores were missed.
uint64_t ptsan_missed_stores(struct ptsan *p);

// Judges the tables as they stand: contiguous sets with holes, memory that is mapped twice with
// rights that must not meet (writable and executable, writable and read-only text or data), or with
// two memory types; more unflushed ranges than a lazy purge leaves. For the end of a run, or a point where a kernel is at rest.
// Rights of text and of what is read-only count once a CPU has returned to user space.
void ptsan_audit(struct ptsan *p);

void ptsan_totals(const struct ptsan *p, struct ptsan_totals *out);

#endif
