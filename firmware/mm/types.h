// SPDX-License-Identifier: GPL-2.0-or-later
// Words every file of the table code uses: addresses, ranges, return codes.
//
// All of firmware/mm/ is pure C on the freestanding headers only, so that it runs unchanged in the
// image and, under sanitizers with a software machine behind it, in the unit tests. It holds no
// static data that needs relocating (no pointer in a static initialiser) and no global state: what
// there is to know lives in struct mm (mm.h), what touches hardware goes through struct machine_ops
// (machine.h).
#ifndef FIRMWARE_MM_TYPES_H
#define FIRMWARE_MM_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t paddr_t; // physical address
typedef uint64_t vaddr_t; // virtual address

// No page, no table. Page 0 is therefore never handed out as a table.
#define PADDR_NONE ((paddr_t)0)

// [start, end), bytes. Empty when end <= start.
struct range {
	uint64_t start, end;
};

// What a change of tables returns; the values are those a Linux kernel would print.
enum {
	MM_OK = 0,
	MM_ENOMEM = -12, // no page for a table
	MM_EBUSY = -16,  // sizes of live leaves may not change now
	MM_EINVAL = -22, // unaligned range, or a leaf covered in part only
};

// For functions whose name must be seen in a trace.
#define NOINLINE __attribute__((noinline))

static inline uint64_t align_down(uint64_t x, uint64_t alignment)
{
	return x & ~(alignment - 1);
}

// Wraps to 0 within the last `alignment` bytes of the number space.
static inline uint64_t align_up(uint64_t x, uint64_t alignment)
{
	return (x + alignment - 1) & ~(alignment - 1);
}

static inline bool is_aligned(uint64_t x, uint64_t alignment)
{
	return (x & (alignment - 1)) == 0;
}

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static inline bool range_contains(struct range r, uint64_t x)
{
	return x >= r.start && x < r.end;
}

#endif
