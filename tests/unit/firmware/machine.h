// SPDX-License-Identifier: GPL-2.0-or-later
// A software machine behind the table code: memory on demand, stores that a table walker may see
// late until a barrier, and a TLB that speculates, keeps what it has until it is told otherwise,
// and caches a contiguous group as one.
#ifndef UNIT_FIRMWARE_MACHINE_H
#define UNIT_FIRMWARE_MACHINE_H

#include <pthread.h>
#include <setjmp.h>

#include "mm/mm.h"

#define MACHINE_TLB     256
#define MACHINE_BUCKETS 4096

// What was done to the machine, in order (when recording).
enum event_kind {
	EVENT_STORE,
	EVENT_ZERO,
	EVENT_BARRIER,
	EVENT_TLBI,
	EVENT_LOCK,
	EVENT_UNLOCK,
};

struct event {
	enum event_kind kind;
	const uint64_t *entry;  // STORE
	uint64_t before, value; // STORE; `value`: page of ZERO, operand of TLBI, enum barrier
	enum tlbi_kind tlbi;
};

struct tlb_entry {
	bool used;
	vaddr_t va;
	uint64_t size;
	uint64_t desc; // of the leaf, output address that of `va`
};

struct late_store {
	const uint64_t *entry;
	uint64_t before; // what a walker may still see
};

struct late_page {
	paddr_t pa;
	uint64_t *before;
};

struct chunk;
struct bbm;

struct machine {
	struct machine_ops ops;
	const struct geometry *geometry;
	uint64_t random;
	unsigned online;
	pthread_mutex_t split_mutex; // CPUs may be threads, as far as the lock reaches
	int locked;

	struct chunk *buckets[MACHINE_BUCKETS], *reverse[MACHINE_BUCKETS];
	struct bbm *bbm; // hears of everything; NULL: nobody does

	struct late_store *stores;
	size_t store_count, store_room;
	struct late_page *pages;
	size_t page_count, page_room;

	struct tlb_entry tlb[MACHINE_TLB];

	// After each store and barrier, as often as one in `speculate_one_in` (0: never),
	// `speculate` is called: it may translate whatever it likes.
	unsigned speculate_one_in;
	void (*speculate)(void *context);
	void *speculate_context;

	bool recording;
	struct event *events;
	size_t event_count, event_room;
	unsigned long invalidations;
};

// All hooks set; memory empty. `seed`: of all random choices.
void machine_init(struct machine *machine, const struct geometry *g, uint64_t seed);
void machine_deinit(struct machine *machine);

uint64_t machine_random(struct machine *machine, uint64_t below);

// A translation as the hardware would do it: from the TLB, or by walking (possibly late) memory and
// caching the leaf. False: fault.
bool machine_translate(struct machine *machine, paddr_t root, vaddr_t va, uint64_t *desc,
		       paddr_t *pa);

// Of a word of the machine's memory.
paddr_t machine_pa_of(const struct machine *machine, const uint64_t *word);

void machine_record(struct machine *machine);
void machine_flush_tlb(struct machine *machine);

// Splats and panics of the code under test.
extern unsigned splats;
extern const char *splat_function; // of the last one
void splats_clear(void);

// if (!PANICS(statement)) fail: whether the statement panics.
extern jmp_buf panic_return;
extern bool panic_expected;
extern char panic_text[256];
#define PANICS(statement)       \
	(panic_expected = true, \
	 setjmp(panic_return) != 0 ? true : (statement, panic_expected = false, false))

#endif
