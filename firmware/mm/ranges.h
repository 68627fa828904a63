// SPDX-License-Identifier: GPL-2.0-or-later
// A sorted set of disjoint address ranges: RAM to map, memory free to use.
#ifndef FIRMWARE_MM_RANGES_H
#define FIRMWARE_MM_RANGES_H

#include "mm/types.h"

#define RANGES_MAX 128

// Zero-initialised: the empty set. Adjacent ranges are kept as one.
struct ranges {
	unsigned count;
	struct range range[RANGES_MAX];
};

// Adds [start, end), in whole or in part there already or not. False: no room, nothing changed.
bool ranges_add(struct ranges *set, uint64_t start, uint64_t end);

// Takes [start, end) out. False: no room for the two halves of a range, nothing changed.
bool ranges_remove(struct ranges *set, uint64_t start, uint64_t end);

// Rounds every range inward to `alignment` (a power of two) and drops what becomes empty.
void ranges_round_inward(struct ranges *set, uint64_t alignment);

// Whether the whole of [start, end) is in the set.
bool ranges_contain(const struct ranges *set, uint64_t start, uint64_t end);

// The range that holds x, or NULL.
const struct range *ranges_find(const struct ranges *set, uint64_t x);

// Sum of the sizes.
uint64_t ranges_total(const struct ranges *set);

// Cuts `size` bytes aligned to `alignment` out of the lowest (highest) place that has them; false
// when there is none. `size` > 0.
bool ranges_take_lowest(struct ranges *set, uint64_t size, uint64_t alignment, uint64_t *start);
bool ranges_take_highest(struct ranges *set, uint64_t size, uint64_t alignment, uint64_t *start);

#endif
