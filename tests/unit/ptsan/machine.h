// SPDX-License-Identifier: GPL-2.0-or-later
// A machine for tests of the sanitizer: some memory, CPUs that store, invalidate and wait, and the
// list of what was found. Tables lie where a test puts them; nothing walks them but the sanitizer.
#ifndef TESTS_PTSAN_MACHINE_H
#define TESTS_PTSAN_MACHINE_H

#include "core/descriptor.h"
#include "core/ptsan.h"

#define MACHINE_BASE     0x40000000ull
#define MACHINE_PAGES    256
#define MACHINE_FINDINGS 64

struct machine {
	struct ptsan *ptsan;
	struct ptsan_finding findings[MACHINE_FINDINGS];
	size_t count;
	uint64_t memory[MACHINE_PAGES * 512];
	uint64_t pc, thread; // of the next event; pc rises with each
};

// Physical address of page `n`.
static inline uint64_t page(unsigned n)
{
	return MACHINE_BASE + 4096ull * n;
}

// Leaf attributes: kernel data (global, writable, never executable) and user data.
#define KERNEL_DATA (DESCRIPTOR_AF | DESCRIPTOR_PXN | DESCRIPTOR_UXN | 3ull << 8)
#define KERNEL_TEXT (DESCRIPTOR_AF | DESCRIPTOR_UXN | DESCRIPTOR_READ_ONLY | 3ull << 8)
#define USER_DATA   (KERNEL_DATA | DESCRIPTOR_USER | DESCRIPTOR_NG)
#define PAGE_LEAF   (DESCRIPTOR_VALID | DESCRIPTOR_TYPE)
#define TABLE       (DESCRIPTOR_VALID | DESCRIPTOR_TYPE)

// TCR: 4K granule, 48-bit addresses in both halves, ASID of TTBR1 (as Linux has it).
#define MACHINE_TCR (16ull | 16ull << 16 | 2ull << 30 | 1ull << 22)
// MAIR: 0 normal write-back, 1 device nGnRE, 2 normal tagged.
#define MACHINE_MAIR 0xf004ffull
#define TYPE_DEVICE  (1ull << 2)
#define TYPE_TAGGED  (2ull << 2)

// Addresses of the tests' kernel and user mappings: entry (i0, i1, i2, i3) of a half.
uint64_t machine_va(bool top, unsigned i0, unsigned i1, unsigned i2, unsigned i3);

void machine_init(struct machine *m, uint8_t levels);
void machine_init_config(struct machine *m, struct ptsan_config config);
void machine_deinit(struct machine *m);

// Registers of a CPU: tables at the two roots, ASID in TTBR1, translation on.
void machine_on(struct machine *m, uint8_t cpu, uint64_t ttbr0, uint64_t ttbr1, uint16_t asid);
void machine_switch(struct machine *m, uint8_t cpu, uint64_t ttbr0, uint64_t ttbr1, uint16_t asid);

void machine_store(struct machine *m, uint8_t cpu, uint64_t address, uint64_t value);
// Writes memory before anybody looks: no event.
void machine_poke(struct machine *m, uint64_t address, uint64_t value);

void machine_dsb(struct machine *m, uint8_t cpu);       // ISH
void machine_dsb_store(struct machine *m, uint8_t cpu); // ISHST
void machine_dsb_local(struct machine *m, uint8_t cpu); // NSH
void machine_isb(struct machine *m, uint8_t cpu);
void machine_tlbi_va(struct machine *m, uint8_t cpu, uint64_t va, uint16_t asid); // VAE1IS
void machine_tlbi(struct machine *m, uint8_t cpu, struct ptsan_tlbi tlbi);
void machine_tlbi_all(struct machine *m, uint8_t cpu);       // VMALLE1IS
void machine_tlbi_all_local(struct machine *m, uint8_t cpu); // VMALLE1
void machine_return(struct machine *m, uint8_t cpu);
void machine_access(struct machine *m, uint8_t cpu, uint64_t va, bool write);

// How often a kind was found, and whether nothing else was.
size_t machine_found(const struct machine *m, enum ptsan_kind kind);
bool machine_found_only(const struct machine *m, enum ptsan_kind kind);

#endif
