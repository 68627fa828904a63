// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel symbols as consoles print them: `name.suffix+0xoff/0xsize [module buildid] (marks)`.
#ifndef DETECT_SYMBOL_H
#define DETECT_SYMBOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect/detect.h"
#include "detect/rules.h"

struct symbol {
	struct detect_view name; // cleaned: no offset, no compiler suffix; leading underscores stay
	struct detect_view module; // without brackets and build id
	uint32_t offset, size;
	bool has_offset;
};

// Takes the symbol at the start of `v` apart. Returns the length of its text, offset and module
// included; 0 when there is none.
size_t symbol_take(struct detect_view v, struct symbol *out);

// Name without what compilers append (.isra.0, .constprop.0, .cold, .llvm.123, $abc, ...).
struct detect_view symbol_clean(struct detect_view name);

#define SYMBOL_ON(list) (1u << (list))

// Never to blame: prints and checks, works for others, sleeps, only takes an exception.
#define SYMBOL_SKIPPED                                                                        \
	(SYMBOL_ON(SYMBOL_MACHINERY) | SYMBOL_ON(SYMBOL_HELPER) | SYMBOL_ON(SYMBOL_SERVICE) | \
	 SYMBOL_ON(SYMBOL_SLEEP) | SYMBOL_ON(SYMBOL_BOUNDARY))

// Remembers which lists names are on: traces repeat the same few hundred symbols.
#define SYMBOL_CACHE 1024

struct symbol_cache {
	uint64_t key[SYMBOL_CACHE]; // hash of a name, 0 empty
	uint16_t lists[SYMBOL_CACHE];
};

// symbol_lists through the cache; `hash` is the name's.
unsigned symbol_lists_of(struct symbol_cache *cache, struct detect_view name, uint64_t hash);

// The lists of the built-in table that a (cleaned) name is on, as bits SYMBOL_ON(list).
unsigned symbol_lists(struct detect_view name);

// A name, or a family of names: '*' stands for any run of characters.
struct symbol_pattern {
	const char *text;
	uint8_t len;
	uint8_t list;     // enum symbol_list
	uint8_t plain;    // characters ahead of the first '*'
	uint64_t letters; // symbol_letters() of the text without '*'
};

// The set of characters of a name, folded into 64 bits: a name that a pattern fits has all of its.
static inline uint64_t symbol_letters(struct detect_view name)
{
	uint64_t letters = 0;
	for (size_t i = 0; i < name.len; i++)
		letters |= UINT64_C(1) << ((unsigned char)name.ptr[i] & 63);
	return letters;
}

// FNV-1a of a name and a separator: the same as sign_add of it.
static inline uint64_t symbol_hash(struct detect_view name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ (unsigned char)name.ptr[i]) * UINT64_C(0x100000001b3);
	return (hash ^ '|') * UINT64_C(0x100000001b3);
}

// Whole names lie in a hash table with open addressing: what tells a name from others of its slot.
// With the slot's own bits that makes 47 of the hash; 0 marks an empty slot.
#define SYMBOL_NAMES (1u << 15)

static inline uint32_t symbol_fingerprint(uint64_t hash)
{
	uint32_t high = (uint32_t)(hash >> 32);
	return high ? high : 1;
}

extern const uint32_t symbol_names[SYMBOL_NAMES];
extern const uint16_t symbol_names_lists[SYMBOL_NAMES];

// Patterns lie in buckets by their first three characters; those that begin with '*' are in the
// last bucket. Generated from symbols.tsv and symbols_old.tsv.
#define SYMBOL_BUCKETS 256

extern const struct symbol_pattern symbol_patterns[];
extern const uint16_t symbol_index[SYMBOL_BUCKETS + 2]; // first pattern of each bucket, and the end

static inline unsigned symbol_bucket(const char *name)
{
	return ((unsigned char)name[0] * 7u + (unsigned char)name[1] * 31u +
		(unsigned char)name[2] * 131u) %
	       SYMBOL_BUCKETS;
}

#endif
