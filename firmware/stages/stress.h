// SPDX-License-Identifier: GPL-2.0-or-later
// S14: what the CPUs share while one changes leaves and the others use them.
#ifndef FIRMWARE_STAGES_STRESS_H
#define FIRMWARE_STAGES_STRESS_H

#include "entry/cpu.h"
#include "stages/stress_window.h"

// What the writer does to the window.
enum stress_pattern {
	STRESS_W1, // PMD block <-> table of pages
	STRESS_W2, // the same, and a page read-only while there is a table; an invalidation for both
	STRESS_W3, // contiguous mark of a group of PMDs on and off
	STRESS_W4, // contiguous mark of a group of pages on and off
	STRESS_W5, // PUD block <-> table
	STRESS_W6, // contiguous pages -> one of them invalid -> valid again
	STRESS_W7, // break before make: invalid, invalidation, the other size
	STRESS_W8, // one page writable <-> read-only
	STRESS_PATTERNS,
};

// What one reader met. Written by that CPU, read by CPU 0; a line of the cache each.
struct stress_reader {
	uint64_t progress; // attempts of any kind
	uint64_t reads;
	uint64_t increments; // of the shared counters, that succeeded
	uint64_t wanted_faults, faults;
	uint64_t conflicts; // TLB conflict aborts
	uint64_t bad;       // wrong values, translations or orders
	uint64_t late;      // accesses that succeeded although nobody may any more
	uint64_t fsc;       // a bit for each status of unexpected faults
	bool storm;         // it gave up: one address kept faulting
	// The first unexpected fault, and the first wrong value.
	uint64_t fault_va, fault_esr, fault_pte;
	uint64_t bad_va, bad_expected, bad_got;
	uint64_t message; // the last one sent
} __attribute__((aligned(64)));

// What a reader may rely on. A new phase has a number of its own, so that who finds the same one
// before and after an access has made it within that phase.
enum stress_phase {
	STRESS_CHANGING,  // nothing: a change is under way
	STRESS_TAKEN,     // the invalidation of what takes a right or a mapping away is complete
	STRESS_GIVEN_BACK // and that of what gives it back
};

struct stress {
	struct mm *mm;
	struct stress_window window;
	uint64_t seed;
	enum stress_pattern pattern;
	uint64_t limit;      // iterations of the writer; 0: until stopped
	uint64_t iterations; // done so far
	bool stop;
	uint64_t phase;       // a count times four, and an enum stress_phase
	uint64_t part_marked; // contiguous groups found with a mark on some of their entries
	unsigned int readers;
	unsigned int reader_cpu[CPU_MAX];
	struct stress_reader reader[CPU_MAX]; // by index of the CPU
};

extern struct stress stress;

// The page of the area that W2, W6 and W8 work on, and the one with the words that readers write.
#define STRESS_TARGET_PAGE 4
static inline uint64_t stress_page(void)
{
	return mm_page_size(stress.mm);
}

static inline uint64_t stress_counters(void)
{
	return WINDOW_AREA - stress_page();
}

// What the 64-bit word at byte `offset` of the area holds. No two words are alike.
static inline uint64_t stress_word(uint64_t offset)
{
	return (offset + stress.seed) * UINT64_C(0xd1342543de82ef95);
}

static inline bool stress_stopped(void)
{
	return __atomic_load_n(&stress.stop, __ATOMIC_ACQUIRE);
}

static inline enum stress_phase stress_phase_kind(uint64_t phase)
{
	return (enum stress_phase)(phase & 3);
}

// Whether the pattern takes from the readers what they may do, for a time.
static inline bool stress_takes_away(enum stress_pattern pattern)
{
	return pattern == STRESS_W2 || pattern == STRESS_W6 || pattern == STRESS_W7 ||
	       pattern == STRESS_W8;
}

// Whether it is the right to write to the target page.
static inline bool stress_takes_writing(enum stress_pattern pattern)
{
	return pattern == STRESS_W2 || pattern == STRESS_W8;
}

// One change and back again, or half of it, by the writer.
void stress_write(void);

// Sets the window up for the pattern; no reader runs yet.
void stress_prepare(void);

// The writer's way of giving readers the time to meet what it has done: until each has tried so
// often, but not for long.
void stress_hold(unsigned int attempts);

// Work for a reader CPU: until stopped.
void stress_read(void *unused);

#endif
