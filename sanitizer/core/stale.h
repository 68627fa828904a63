// SPDX-License-Identifier: GPL-2.0-or-later
// Translations that were valid and may still be cached somewhere.
#ifndef PTSAN_STALE_H
#define PTSAN_STALE_H

#include <stddef.h>

#include "finding.h"
#include "table.h"

// One entry, or a run of neighbouring entries of one level with rising output addresses.
struct stale {
	struct stale *next, **at;         // in its bucket
	struct stale *all_next, **all_at; // in the list of all
	enum ptsan_regime regime;
	bool is_table; // a table descriptor, in walk caches
	bool global;
	uint16_t asid;
	int8_t level;
	uint64_t start, end, step; // addresses, end excluded; bytes of one entry
	uint64_t old;              // descriptor of the first entry
	uint64_t root_id;
	uint64_t cpus; // that may hold it
	// Flushing: a TLBI counts once it is completed by a DSB of the CPU that issued it.
	bool synced;     // the store was completed by a DSB of its author
	uint64_t issued; // CPUs with a covering TLBI for all CPUs that is not yet completed
	uint64_t issued_local;
	uint64_t issued_no_xs; // of both: those of the nXS form
	uint8_t rounds;        // completed so far, where an erratum wants two
	bool hint_excluded;
	bool early_told, partial_told, return_told, use_told;
	// The translation is no longer what the tables say, in more than its size.
	bool revoked;
	bool at_once; // of the kernel's map, and nothing that Linux may flush lazily
	uint8_t author;
	uint64_t author_pc, author_thread, author_time;
	uint8_t author_frames;
	uint64_t author_trace[PTSAN_FRAMES];
	struct table *detached; // what the entry pointed to, if nothing else does
	// Of a leaf of a contiguous set: its table and index.
	uint64_t table_address;
	unsigned index;
};

#define STALE_BUCKETS 4096
#define STALE_MAX     262144

struct stale_set {
	struct stale *buckets[STALE_BUCKETS]; // those within one 2 MiB piece, by that piece
	struct stale *wide;                   // those that are not
	struct stale *all;
	struct stale *newest;
	struct table_set *tables; // where detached tables go when their record goes
	size_t count, peak;
	size_t revoked; // records that may be used wrongly
	bool overflow;
	unsigned (*trace)(void *arg, uint64_t *frames); // NULL: none
	void *arg;
};

void stale_set_deinit(struct stale_set *s);

// Adds a copy of `record`; a record of the same event that it continues grows instead. NULL: no
// memory, which is on record in `overflow`.
struct stale *stale_add(struct stale_set *s, const struct stale *record);
void stale_remove(struct stale_set *s, struct stale *r);
void stale_revoke(struct stale_set *s, struct stale *r);

// Cuts [start, end) out of a run, widened to whole entries, and returns the part that was cut out as
// a record of its own (`r` itself where nothing else is left). NULL: no memory.
struct stale *stale_cut(struct stale_set *s, struct stale *r, uint64_t start, uint64_t end);

// Calls `visit` for each record of the regime that overlaps [start, end); it may remove or cut the
// record that it is given.
typedef void stale_fn(void *arg, struct stale *r);
void stale_each(struct stale_set *s, enum ptsan_regime regime, uint64_t start, uint64_t end,
		stale_fn *visit, void *arg);
void stale_each_all(struct stale_set *s, stale_fn *visit, void *arg);

// Descriptor of the entry of a run that translates `va`.
uint64_t stale_descriptor_at(const struct stale *r, uint64_t va);

#endif
