// SPDX-License-Identifier: GPL-2.0-or-later
// The state of the system under test: one linear map and one image mapping behind TTBR1, with
// everything that decides how they may change.
#ifndef FIRMWARE_MM_MM_H
#define FIRMWARE_MM_MM_H

#include "mm/capability.h"
#include "mm/descriptor.h"
#include "mm/machine.h"
#include "mm/pages.h"

// Physical addresses of the parts of the (stand-in) kernel image, ascending. All are multiples of
// 64 KiB but bss_stop, which is rounded up to a page where it is used.
struct layout {
	paddr_t text_start;   // TEXT
	paddr_t rodata_start; // RODATA
	paddr_t init_begin;   // INIT: stays writable
	paddr_t init_end;     // DATA and BSS
	paddr_t bss_stop;
	paddr_t end; // page tables up to here, not part of the alias that is taken away
};

// Negative controls: faults put in on purpose to see the detectors fire.
enum injection {
	INJECT_NO_CLEAR = 1 << 0,      // validate without clearing nG: breaks I15
	INJECT_CONT_HOLE = 1 << 1,     // leave one entry of a group contiguous: breaks I5
	INJECT_GUARD_OFF = 1 << 2,     // no row 4 of the guard: LATE asked in phase EARLY, PANIC
	INJECT_PUBLISH_FIRST = 1 << 3, // link a table before it is filled
	INJECT_NO_TLBI = 1 << 4,       // change rights without an invalidation
};

// Call sites that complain once.
enum warn_site {
	WARN_CHANGE_SPLIT = 1 << 0,
	WARN_CHANGE_PARTIAL = 1 << 1,
};

struct mm {
	const struct geometry *geometry;
	const struct machine_ops *ops;
	void *machine;
	struct pages *pages;
	enum page_owner owner; // of linear-map tables: LINEAR, or SCRATCH for a copy

	struct policy policy;
	struct caps caps;
	struct layout layout;
	struct ranges ram; // what the linear map maps, rounded inward to pages
	paddr_t memstart;
	paddr_t root; // top table

	struct range kfence;          // physical; empty without a pool
	bool force_pte;               // as it was when the linear map was built
	bool need_bbm;                // sticky, since the linear map was built
	enum hibernation hibernation; // the last callback
	bool tlbi_ranges;             // the CPU has TLBI RVAALE1IS
	bool tlbi_twice;              // one more TLBI and DSB behind each sequence (errata)
	struct ranges changed; // linear-map VAs whose rights a test holds changed: not checked

	unsigned inject;          // enum injection
	unsigned warned;          // enum warn_site: those that have spoken
	uint64_t bad_stores;      // stores refused: unsafe on a live entry (I18)
	uint64_t bad_stores_told; // of these, reported by an earlier check
	uint64_t live_stores;     // stores to live entries
};

// All but ram and geometry-dependent values zero; `policy` and `layout` copied.
void mm_init(struct mm *mm, const struct geometry *g, const struct machine_ops *ops, void *machine,
	     struct pages *pages, const struct policy *policy, const struct layout *layout);

// Takes the RAM the linear map is to cover: copied, rounded inward, cut to what fits behind
// MEMSTART (set to the lowest RAM rounded down). Returns the bytes that were cut off. At least one
// page must remain (else PANIC).
uint64_t mm_set_ram(struct mm *mm, const struct ranges *ram);

// A second set of tables with the same RAM, layout and policy below a fresh top table, to build,
// change and throw away (tables_free) while the first stays in force.
void mm_init_scratch(struct mm *scratch, const struct mm *mm, paddr_t root);

static inline vaddr_t mm_linear(const struct mm *mm, paddr_t pa)
{
	return linear_base(mm->geometry) + (pa - mm->memstart);
}

static inline paddr_t mm_linear_pa(const struct mm *mm, vaddr_t va)
{
	return mm->memstart + (va - linear_base(mm->geometry));
}

// [start, end) of the linear map's VAs that may hold anything: up to the end of RAM.
struct range mm_linear_range(const struct mm *mm);

// VA of the image mapping for a physical address of the image.
vaddr_t mm_image(const struct mm *mm, paddr_t pa);

// Aliases in the linear map, page aligned.
struct range mm_text_alias(const struct mm *mm); // TEXT and RODATA
struct range mm_init_alias(const struct mm *mm);
struct range mm_data_alias(const struct mm *mm);
struct range mm_tail_alias(const struct mm *mm); // behind DATA up to the next 64 KiB; may be empty

static inline uint64_t mm_page_size(const struct mm *mm)
{
	return page_size(mm->geometry);
}

#endif
