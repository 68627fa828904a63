// SPDX-License-Identifier: GPL-2.0-or-later
// Meaning of a stage-1 descriptor: DDI 0487 D8.3, "Translation table descriptor formats".
#ifndef PTSAN_DESCRIPTOR_H
#define PTSAN_DESCRIPTOR_H

#include "geometry.h"

enum descriptor_type {
	DESCRIPTOR_INVALID,
	DESCRIPTOR_LEAF, // a block, or a page at level 3
	DESCRIPTOR_TABLE,
};

// Rights of a leaf; those of the tables above it are not counted in.
enum {
	RIGHT_KERNEL_WRITE = 1 << 0,
	RIGHT_KERNEL_EXECUTE = 1 << 1,
	RIGHT_USER_READ = 1 << 2,
	RIGHT_USER_WRITE = 1 << 3,
	RIGHT_USER_EXECUTE = 1 << 4,
};

#define DESCRIPTOR_VALID      ((uint64_t)1 << 0)
#define DESCRIPTOR_TYPE       ((uint64_t)1 << 1)
#define DESCRIPTOR_USER       ((uint64_t)1 << 6)
#define DESCRIPTOR_READ_ONLY  ((uint64_t)1 << 7)
#define DESCRIPTOR_SH         ((uint64_t)3 << 8)
#define DESCRIPTOR_AF         ((uint64_t)1 << 10)
#define DESCRIPTOR_NG         ((uint64_t)1 << 11)
#define DESCRIPTOR_NT         ((uint64_t)1 << 16)
#define DESCRIPTOR_DBM        ((uint64_t)1 << 51)
#define DESCRIPTOR_CONTIGUOUS ((uint64_t)1 << 52)
#define DESCRIPTOR_PXN        ((uint64_t)1 << 53)
#define DESCRIPTOR_UXN        ((uint64_t)1 << 54)

enum descriptor_type descriptor_type(uint64_t descriptor, int level);

// Output address of a leaf, or of the next table.
uint64_t descriptor_address(const struct geometry *g, uint64_t descriptor, int level);

// RIGHT_*. A leaf whose dirty state the hardware manages counts as writable: it may become so
// without a store.
unsigned descriptor_rights(uint64_t descriptor);

// The attribute byte of MAIR that the leaf names. Normal memory with and without tags is one type:
// they differ in tag checks, not in how memory is cached.
uint8_t descriptor_memory_type(uint64_t descriptor, uint64_t mair);

// A leaf that a TLB may hold: valid and with its access flag set.
bool descriptor_is_cacheable(uint64_t descriptor, int level);

#endif
