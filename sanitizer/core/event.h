// SPDX-License-Identifier: GPL-2.0-or-later
// What the sanitizer is told: what a CPU did to its page tables and to what may cache them. Order of
// events is the order in which they happened; the core knows nothing of who watched them.
#ifndef PTSAN_EVENT_H
#define PTSAN_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#define PTSAN_CPUS_MAX 64

// Translation regimes with stage-1 tables that are followed.
enum ptsan_regime {
	PTSAN_EL10, // EL1&0: TTBR0_EL1, TTBR1_EL1
	PTSAN_EL2,  // EL2: TTBR0_EL2; with HCR_EL2.E2H (a VHE host) EL2&0: also TTBR1_EL2
	PTSAN_REGIMES,
};

enum ptsan_register {
	PTSAN_TTBR0,
	PTSAN_TTBR1,
	PTSAN_TCR,
	PTSAN_MAIR,
	PTSAN_SCTLR,
	PTSAN_HCR, // only of regime PTSAN_EL2: its bit E2H
	PTSAN_REGISTERS,
};

// The shareability domain of a barrier or of TLB maintenance.
enum ptsan_domain {
	PTSAN_LOCAL, // NSH: this CPU alone
	PTSAN_INNER,
	PTSAN_OUTER, // also SY: the full system
};

enum ptsan_tlbi_scope {
	PTSAN_TLBI_NONE, // nothing that is followed (stage 2)
	PTSAN_TLBI_ALL,
	PTSAN_TLBI_ASID,
	PTSAN_TLBI_VA, // one address or a range
};

struct ptsan_tlbi {
	enum ptsan_tlbi_scope scope;
	enum ptsan_regime regime;
	enum ptsan_domain domain;
	bool last_level; // leaves only: tables' entries may stay in walk caches
	bool any_asid;   // of VA: whatever the ASID; else `asid` and global entries
	bool no_xs;      // an nXS form, which a DSB nXS completes
	uint16_t asid;
	int8_t level;        // the hint TTL: only entries of this level; PTSAN_ANY_LEVEL without
	uint64_t start, end; // of VA: bytes, end excluded
};
#define PTSAN_ANY_LEVEL (-2)

enum ptsan_event_kind {
	PTSAN_STORE,    // `value` was written to the 8 aligned bytes at physical address `address`
	PTSAN_REGISTER, // `reg` of `regime` was written
	PTSAN_TLBI,     // `tlbi`
	PTSAN_DSB,      // `domain`, `stores_only`, `loads_only`, `no_xs`
	PTSAN_ISB,      // or another context synchronization event, such as taking an exception
	PTSAN_RETURN_USER, // exception return to EL0
	PTSAN_ACCESS, // virtual `address` was used (`write`, `execute`); `value`: its physical address
};

struct ptsan_event {
	enum ptsan_event_kind kind;
	uint8_t cpu; // below PTSAN_CPUS_MAX
	enum ptsan_regime regime;
	uint64_t pc;
	uint64_t thread; // who runs: the kernel stack's number; equal for one thread in the kernel
	uint64_t time;   // instructions of this CPU so far; only differences count
	uint64_t address, value;
	enum ptsan_register reg;
	struct ptsan_tlbi tlbi;
	enum ptsan_domain domain;
	bool stores_only, loads_only, no_xs;
	bool write, execute;
};

#endif
