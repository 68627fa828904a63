// SPDX-License-Identifier: GPL-2.0-or-later
// The translation tables that some CPU can reach, with a copy of every descriptor.
//
// A page may be a table at two levels at once, or be reached under several roots and addresses: a
// table is one page *as* a table of one level and layout, and has a link for each way to it.
#ifndef PTSAN_TABLE_H
#define PTSAN_TABLE_H

#include <stddef.h>

#include "descriptor.h"

#define ROOT_ASIDS_MAX 2 // KPTI uses two for one address space

struct table;

struct root {
	struct root *next;
	uint64_t id; // never used again
	enum ptsan_regime regime;
	struct geometry geometry;
	uint64_t cpus;    // that loaded it, and have not flushed all since they left it
	uint64_t current; // that have it loaded now
	uint16_t asids[ROOT_ASIDS_MAX];
	unsigned asids_count;
	bool has_global; // of the lower half: some entry is global
	bool global_told;
	uint64_t compared_to; // id of the root that this one was compared to when it replaced it
	struct table *table;
};

struct table_link {
	struct table_link *next;
	struct table *parent; // NULL: reached from `root`
	struct root *root;
	unsigned index; // of the parent's entry
};

struct table {
	struct table *next; // in its bucket
	uint64_t address;
	enum ptsan_regime regime;
	struct geometry geometry; // only granule and width count; the half is the root's
	int8_t level;
	unsigned entries, valid;
	struct table_link *links;
	bool detached; // no way leads to it any more, and walks may still be under way
	bool reuse_told;
	unsigned holders;  // records that keep it while it is detached
	uint64_t shadow[]; // `entries` descriptors
};

#define TABLE_BUCKETS 4096
// Counts tables by a hash of their pages: most stores are to pages that hold none.
#define TABLE_FILTER 65536

struct table_set {
	struct table *buckets[TABLE_BUCKETS];
	uint16_t filter[TABLE_FILTER];
	struct root *roots;
	uint64_t roots_made;
	size_t count, peak;
	bool (*read)(void *arg, uint64_t address, uint64_t *words, size_t count);
	void *arg;
	bool overflow;    // a table could not be followed for want of memory
	bool has_outside; // a table that was read since it was cleared lies outside memory
};

void table_set_deinit(struct table_set *s);

// False: surely no table holds `address`.
static inline bool table_may_hold(const struct table_set *s, uint64_t address)
{
	return s->filter[(address >> 12) % TABLE_FILTER] != 0;
}

// The first table whose page holds `address`, and the next one behind `t`.
struct table *table_at(const struct table_set *s, uint64_t address);
struct table *table_next_at(const struct table *t, uint64_t address);
static inline bool table_holds(const struct table *t, uint64_t address)
{
	return address >= t->address && address < t->address + 8ull * t->entries;
}

// The root of one half, made (and all below it read) when it is new. NULL: no memory.
struct root *root_get(struct table_set *s, enum ptsan_regime regime, const struct geometry *g,
		      uint64_t address);
// Lets go of a root that no CPU has loaded, once it is empty or no CPU can have anything of it cached;
// its tables go when no other way leads to them. Loaded again, it is read again.
void root_drop_if_over(struct table_set *s, struct root *root);

// Adds a way to the table at `address` behind entry `index` of `parent` and reads it when it is new.
void table_link(struct table_set *s, struct table *parent, unsigned index, uint64_t address);
// Takes it away. A table that no way leads to stays, `detached`, when `keep` is set or a record holds
// it, else it goes. Returns the table when `keep` made it stay: the caller holds it now.
struct table *table_unlink(struct table_set *s, struct table *parent, unsigned index, bool keep);
// Lets go of a table that table_unlink let stay; the last to do so ends it.
void table_let_go(struct table_set *s, struct table *t);

struct table *table_child(const struct table_set *s, const struct table *parent, unsigned index);

// Calls `path` for every root and address that lead to entry `index` of `t`.
typedef void path_fn(void *arg, struct root *root, uint64_t va);
void table_paths(const struct table *t, unsigned index, path_fn *path, void *arg);

// Calls `leaf` for each valid leaf in or below entry `index` of `t`, whose first address is `va`.
typedef void leaf_fn(void *arg, const struct table *t, unsigned index, uint64_t va);
void table_leaves(const struct table_set *s, const struct table *t, unsigned index, uint64_t va,
		  leaf_fn *leaf, void *arg);

// The leaf that translates `va` under a root; false: none. `*level`: of the leaf.
bool root_translate(const struct table_set *s, const struct root *root, uint64_t va,
		    uint64_t *descriptor, int *level);

#endif
