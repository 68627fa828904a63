// SPDX-License-Identifier: GPL-2.0-or-later
#include "descriptor.h"

#define NORMAL_WRITE_BACK 0xff
#define NORMAL_TAGGED     0xf0

enum descriptor_type descriptor_type(uint64_t descriptor, int level)
{
	if (!(descriptor & DESCRIPTOR_VALID))
		return DESCRIPTOR_INVALID;
	if (level == PTSAN_LEAF_LEVEL)
		return descriptor & DESCRIPTOR_TYPE ? DESCRIPTOR_LEAF : DESCRIPTOR_INVALID;
	return descriptor & DESCRIPTOR_TYPE ? DESCRIPTOR_TABLE : DESCRIPTOR_LEAF;
}

static uint64_t bits(unsigned high, unsigned low)
{
	return (((uint64_t)1 << (high - low + 1)) - 1) << low;
}

uint64_t descriptor_address(const struct geometry *g, uint64_t descriptor, int level)
{
	unsigned low = g->shift;
	if (descriptor_type(descriptor, level) == DESCRIPTOR_LEAF)
		low = geometry_entry_shift(g, level);
	uint64_t address = descriptor & bits(g->wide ? 49 : 47, low);
	if (g->shift == 16)
		address |= (descriptor & bits(15, 12)) << 36; // FEAT_LPA: bits 51 to 48
	else if (g->wide)
		address |= (descriptor & bits(9, 8)) << 42; // FEAT_LPA2: bits 51 and 50
	return address;
}

unsigned descriptor_rights(uint64_t descriptor)
{
	bool write = !(descriptor & DESCRIPTOR_READ_ONLY) || (descriptor & DESCRIPTOR_DBM);
	bool user = descriptor & DESCRIPTOR_USER;
	unsigned rights = 0;
	if (write)
		rights |= RIGHT_KERNEL_WRITE | (user ? RIGHT_USER_WRITE : 0u);
	if (user)
		rights |= RIGHT_USER_READ;
	if (!(descriptor & DESCRIPTOR_PXN))
		rights |= RIGHT_KERNEL_EXECUTE;
	if (!(descriptor & DESCRIPTOR_UXN))
		rights |= RIGHT_USER_EXECUTE;
	return rights;
}

uint8_t descriptor_memory_type(uint64_t descriptor, uint64_t mair)
{
	uint8_t type = (uint8_t)(mair >> (8 * ((descriptor >> 2) & 7)));
	return type == NORMAL_TAGGED ? NORMAL_WRITE_BACK : type;
}

bool descriptor_is_cacheable(uint64_t descriptor, int level)
{
	switch (descriptor_type(descriptor, level)) {
	case DESCRIPTOR_LEAF:
		return descriptor & DESCRIPTOR_AF;
	case DESCRIPTOR_TABLE:
		return true;
	default:
		return false;
	}
}
