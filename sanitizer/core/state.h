// SPDX-License-Identifier: GPL-2.0-or-later
// The whole state of the sanitizer, shared by its parts.
#ifndef PTSAN_STATE_H
#define PTSAN_STATE_H

#include "ptsan.h"
#include "stale.h"

// New kernel entries that a CPU has not yet synchronized with itself.
#define FRESH_MAX 32

struct fresh {
	uint64_t start, end;
	enum ptsan_regime regime;
	bool complete; // a DSB came; a context synchronization event is still to come
	uint64_t pc, descriptor;
	int8_t level;
};

struct regime_state {
	uint64_t registers[PTSAN_REGISTERS];
	struct root *roots[2];
	bool on; // translation is enabled
	// A TLBI of everything that its DSB will complete: here, and on all CPUs.
	bool flushing_here, flushing_everywhere;
};

struct cpu_state {
	struct regime_state regimes[PTSAN_REGIMES];
	uint64_t time;
	struct fresh fresh[FRESH_MAX];
	unsigned fresh_count;
};

struct ptsan {
	struct ptsan_config config;
	struct ptsan_totals totals;
	struct table_set tables;
	struct stale_set stale;
	struct cpu_state cpus[PTSAN_CPUS_MAX];
	unsigned fresh_total;
	bool
	    has_user; // some CPU went to user space: the kernel has given its own text its last rights
	bool image_known;
	uint64_t image_offset; // virtual minus physical address
};

// ---- of finding ---------------------------------------------------------------------------------

// Tells a finding that breaks the rules below level `below`, unless no level that is judged is.
void ptsan_tell(struct ptsan *p, const struct ptsan_finding *f);

// A finding about a record, with its author.
struct ptsan_finding finding_of(const struct ptsan_event *e, enum ptsan_kind kind,
				const struct stale *r);

// ---- translations -------------------------------------------------------------------------------

struct leaf {
	uint64_t descriptor;
	int8_t level;
	uint64_t va; // its first address
};

// What differs between two leaves where both translate `va`.
enum {
	DIFFERS_OA = 1 << 0,
	DIFFERS_TYPE = 1 << 1,   // memory type or shareability
	DIFFERS_GLOBAL = 1 << 2, // one is global
	DIFFERS_CONTIGUOUS = 1 << 3,
	DIFFERS_SIZE = 1 << 4,
	DIFFERS_RIGHTS = 1 << 5,
	LOSES_RIGHTS = 1 << 6, // the new one lacks a right of the old one
};
unsigned leaf_compare(const struct ptsan *p, uint8_t cpu, enum ptsan_regime regime,
		      const struct geometry *g, const struct leaf *old, const struct leaf *new,
		      uint64_t va);

// The least break-before-make level that allows this difference without a break: 0, 1, 2, or
// PTSAN_ALL_LEVELS for none.
uint8_t leaf_allowed_from(unsigned differs);

uint64_t leaf_end(uint64_t start, uint64_t size);

// ---- events -------------------------------------------------------------------------------------

void ptsan_store(struct ptsan *p, const struct ptsan_event *e);
void ptsan_register(struct ptsan *p, const struct ptsan_event *e);
void ptsan_invalidate(struct ptsan *p, const struct ptsan_event *e);
void ptsan_dsb(struct ptsan *p, const struct ptsan_event *e);
void ptsan_synchronize(struct ptsan *p, const struct ptsan_event *e);
void ptsan_return_user(struct ptsan *p, const struct ptsan_event *e);
void ptsan_access(struct ptsan *p, const struct ptsan_event *e);

// A new entry is valid: is its old translation gone everywhere? (make.c)
void ptsan_make(struct ptsan *p, const struct ptsan_event *e, struct root *root,
		const struct table *t, unsigned index, uint64_t va);
// Puts a leaf or a table's entry that is no longer valid on record. (take.c)
struct take {
	struct ptsan *p;
	const struct ptsan_event *e;
	const struct root *root;
	bool revoked;
	bool stays; // the address is still translated, otherwise
};
void ptsan_take_leaf(void *take, const struct table *t, unsigned index, uint64_t va);
struct stale *ptsan_take_table(const struct take *take, const struct table *t, unsigned index,
			       uint64_t va);

bool root_has_asid(const struct root *root, uint16_t asid);
void ptsan_note_fresh(struct ptsan *p, const struct ptsan_event *e, const struct root *root,
		      const struct table *t, unsigned index, uint64_t va);

#endif
