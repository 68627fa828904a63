// SPDX-License-Identifier: GPL-2.0-or-later
// Where pages for tables come from, in three phases, and the books kept about them.
//
//   NONE   only the static table pages of the image; anything else is a bug of the firmware (PANIC)
//   EARLY  a bump allocator, from the top of one piece of boot memory down; nothing can be given
//   back LATE   all free RAM; pages that were given back are used first
//
// Every page handed out carries an owner and, for a table, its level, so that at the end a walk of
// all tables must find exactly the tables the books say (invariants.h, I14). One byte a page of RAM
// is used for the books; it comes out of EARLY memory.
#ifndef FIRMWARE_MM_PAGES_H
#define FIRMWARE_MM_PAGES_H

#include "mm/machine.h"
#include "mm/ranges.h"

enum pages_phase {
	PAGES_NONE,
	PAGES_EARLY,
	PAGES_LATE,
};

enum page_owner {
	OWNER_FREE,
	OWNER_LINEAR,  // a table below the linear map's top entries
	OWNER_IMAGE,   // a table of the image mapping or of the test windows behind it
	OWNER_ROOT,    // a top table
	OWNER_SCRATCH, // a table of a copy that is timed and thrown away
	OWNER_IDMAP,   // a table of the identity map behind TTBR0
	OWNER_DATA,    // no table: memory a test works on
	OWNER_COUNT,
};

#define STATIC_TABLES_MAX 128

struct pages {
	const struct geometry *geometry;
	const struct machine_ops *ops;
	void *machine;
	enum pages_phase phase;

	struct range statics;                  // static table pages of the image
	uint8_t static_tag[STATIC_TABLES_MAX]; // as a byte of the books, per static page
	unsigned statics_used;

	struct range early; // not yet handed out; shrinks from its end
	struct ranges late; // never handed out by LATE
	paddr_t given_back; // list through the first word of each page

	paddr_t books; // one byte a page of `ram`, in its order
	const struct ranges *ram;

	unsigned live[OWNER_COUNT];      // pages out now
	unsigned allocated[OWNER_COUNT]; // ever
	unsigned freed[OWNER_COUNT];     // ever
	unsigned fail_at; // 1: the next LATE table request fails, 2: the one after, ... 0: none
};

// A source of table pages: zeroed, tagged; PADDR_NONE when there is none. The builder takes one of
// these, or NULL: "no new table may be needed".
typedef paddr_t (*table_source)(struct pages *pages, unsigned level, enum page_owner owner);

// Phase NONE. `statics`: page-table memory of the image, rounded inward to the granule.
void pages_init(struct pages *pages, const struct geometry *g, const struct machine_ops *ops,
		void *machine, struct range statics);

// Phase EARLY over `early` (rounded inward): RAM the machine can reach now. Takes memory for the
// books of `ram` from its lower end; `ram` must stay as it is from now on. PANICs when it does not
// fit.
void pages_start_early(struct pages *pages, const struct ranges *ram, struct range early);

// Phase LATE over `usable` (free RAM without the early memory, rounded inward) together with what
// EARLY left over.
void pages_start_late(struct pages *pages, const struct ranges *usable);

// The sources.
paddr_t pages_static_table(struct pages *pages, unsigned level, enum page_owner owner);
paddr_t pages_early_table(struct pages *pages, unsigned level, enum page_owner owner);
paddr_t pages_late_table(struct pages *pages, unsigned level, enum page_owner owner);

// Contiguous EARLY memory (the kfence pool), not zeroed, not in the books. PANICs when out of it.
struct range pages_early_range(struct pages *pages, uint64_t size, uint64_t alignment);

// Gives a LATE table or data page back. PANICs for a page that is not out.
void pages_free(struct pages *pages, paddr_t pa);

// Free LATE memory for tests to work on (owner DATA), never zeroed: any place of that size and
// alignment; or exactly [start, start + size). False: not to be had. Give back with
// pages_put_range.
bool pages_take_range(struct pages *pages, uint64_t size, uint64_t alignment, paddr_t *start);
bool pages_take_range_at(struct pages *pages, paddr_t start, uint64_t size);
void pages_put_range(struct pages *pages, paddr_t start, uint64_t size);

// Makes the k-th LATE table request from now fail (1 = the next one; 0 = none).
void pages_fail_at(struct pages *pages, unsigned k);

// The books: who has the page, at which level; OWNER_FREE for a page that is not out.
enum page_owner pages_owner(const struct pages *pages, paddr_t pa, unsigned *level);

// Bytes of EARLY memory that the books of `ram` take.
uint64_t pages_books_size(const struct geometry *g, const struct ranges *ram);

// For the leak check: marks a page as seen by a walk. False when it was marked already or is in no
// book. Every mark is to be taken away again.
bool pages_mark(struct pages *pages, paddr_t pa);
void pages_unmark(struct pages *pages, paddr_t pa);

#endif
