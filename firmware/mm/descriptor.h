// SPDX-License-Identifier: GPL-2.0-or-later
// Stage-1 descriptors of the EL1&0 regime (Arm ARM D8.3, VMSAv8-64, 48-bit output addresses).
//
// A leaf is *valid*, *present but invalid* (valid = 0, nG = 1, everything else kept, so that it can
// be validated again) or *none* (all zero). nG can serve as that mark because every valid kernel
// mapping here is global.
#ifndef FIRMWARE_MM_DESCRIPTOR_H
#define FIRMWARE_MM_DESCRIPTOR_H

#include "mm/geometry.h"

#define DESC_BIT(n) (UINT64_C(1) << (n))

#define DESC_VALID     DESC_BIT(0)
#define DESC_TABLE     DESC_BIT(1) // table at level 0..2, page at level 3; clear: block
#define DESC_ATTR_MASK (UINT64_C(7) << 2)
#define DESC_ATTR(n)   ((uint64_t)(n) << 2) // index into MAIR_EL1
#define DESC_AP1       DESC_BIT(6)          // EL0 may access
#define DESC_AP2       DESC_BIT(7)          // read-only
#define DESC_SH_MASK   (UINT64_C(3) << 8)
#define DESC_SH_INNER  (UINT64_C(3) << 8)
#define DESC_AF        DESC_BIT(10)
#define DESC_NG        DESC_BIT(11)
#define DESC_OA_MASK   UINT64_C(0x0000fffffffff000)
#define DESC_GP        DESC_BIT(50)
#define DESC_WRITE     DESC_BIT(51) // DBM; hardware dirty state is off: a software mark here
#define DESC_CONT      DESC_BIT(52)
#define DESC_PXN       DESC_BIT(53)
#define DESC_UXN       DESC_BIT(54)
#define DESC_DIRTY     DESC_BIT(55) // software
#define DESC_SOFT_MASK ((UINT64_C(0xf) << 55) | DESC_BIT(63))
#define DESC_PXN_TABLE DESC_BIT(59)
#define DESC_UXN_TABLE DESC_BIT(60)

// Indices into MAIR_EL1 and the value that goes with them.
enum mair_index {
	MAIR_NORMAL = 0, // write-back
	MAIR_DEVICE_nGnRnE = 1,
	MAIR_DEVICE_nGnRE = 2,
	MAIR_NORMAL_NC = 3,
	MAIR_NORMAL_TAGGED = 4, // as MAIR_NORMAL where the CPU has no MTE
};

// MAIR_EL1 for a CPU with this ID_AA64PFR1_EL1 (MTE 11:8 >= 2: tagged memory exists).
uint64_t mair_value(uint64_t pfr1);

// Attributes of a kernel mapping, without address and type.
#define PROT_KERNEL_COMMON (DESC_VALID | DESC_SH_INNER | DESC_AF | DESC_UXN | DESC_DIRTY)
#define PROT_KERNEL_RO     (PROT_KERNEL_COMMON | DESC_ATTR(MAIR_NORMAL) | DESC_AP2 | DESC_PXN)
#define PROT_KERNEL_ROX    (PROT_KERNEL_COMMON | DESC_ATTR(MAIR_NORMAL) | DESC_AP2)
#define PROT_KERNEL_RW     (PROT_KERNEL_COMMON | DESC_ATTR(MAIR_NORMAL) | DESC_WRITE | DESC_PXN)
#define PROT_DEVICE        (PROT_KERNEL_COMMON | DESC_ATTR(MAIR_DEVICE_nGnRE) | DESC_WRITE | DESC_PXN)
// The linear map's.
#define PROT_KERNEL_TAGGED \
	(PROT_KERNEL_COMMON | DESC_ATTR(MAIR_NORMAL_TAGGED) | DESC_WRITE | DESC_PXN)

static inline bool desc_is_valid(uint64_t desc)
{
	return desc & DESC_VALID;
}

// Valid, or invalid for a time only.
static inline bool desc_is_present(uint64_t desc)
{
	return desc & (DESC_VALID | DESC_NG);
}

static inline bool desc_is_table(uint64_t desc, unsigned level)
{
	return level < LEVEL_PTE && (desc & (DESC_VALID | DESC_TABLE)) == (DESC_VALID | DESC_TABLE);
}

static inline bool desc_is_leaf(uint64_t desc, unsigned level)
{
	return desc_is_present(desc) && !desc_is_table(desc, level);
}

static inline bool desc_is_cont(uint64_t desc)
{
	return desc & DESC_CONT;
}

static inline bool desc_is_writable(uint64_t desc)
{
	return desc_is_valid(desc) && !(desc & DESC_AP2);
}

static inline paddr_t desc_pa(uint64_t desc)
{
	return desc & DESC_OA_MASK;
}

// `prot` as a leaf of `level` for the memory at `pa`.
static inline uint64_t desc_leaf(paddr_t pa, uint64_t prot, unsigned level)
{
	uint64_t type = level == LEVEL_PTE ? DESC_TABLE : 0;
	return (prot & ~DESC_TABLE) | type | pa;
}

// A table descriptor; `pxn` takes the right to execute from everything below it.
static inline uint64_t desc_table(paddr_t pa, bool pxn)
{
	uint64_t desc = pa | DESC_VALID | DESC_TABLE | DESC_AF | DESC_UXN_TABLE;
	return pxn ? desc | DESC_PXN_TABLE : desc;
}

// The leaf one level below, for child number 0: same memory, same attributes, same validity.
static inline uint64_t desc_child(uint64_t desc, unsigned level)
{
	return desc_leaf(desc_pa(desc), desc & ~(DESC_OA_MASK | DESC_CONT), level + 1);
}

// Whether a live entry may go from `before` to `after` in one store with no break in between,
// whatever the CPU supports: one of them invalid; or same memory, type and size, and only rights,
// the write mark, software bits or normal <-> normal-tagged differ, and nG does not go 1 -> 0.
bool desc_change_is_safe(uint64_t before, uint64_t after);

#endif
