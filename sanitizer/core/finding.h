// SPDX-License-Identifier: GPL-2.0-or-later
// What the sanitizer finds, with the rule that it breaks.
#ifndef PTSAN_FINDING_H
#define PTSAN_FINDING_H

#include <stdbool.h>
#include <stdint.h>

enum ptsan_kind {
	// A valid entry became another valid one, without a break.
	PTSAN_OA_LIVE,
	PTSAN_TYPE_LIVE,
	PTSAN_GLOBAL_LIVE,
	PTSAN_CONTIGUOUS_LIVE,
	PTSAN_BLOCK_TO_TABLE_LIVE,
	PTSAN_TABLE_TO_BLOCK_LIVE,
	PTSAN_BLOCK_TO_OTHER_TABLE,
	PTSAN_TABLE_TO_OTHER_BLOCK,
	PTSAN_TABLE_TO_OTHER_TABLE,
	// A new entry while the old one may still be cached.
	PTSAN_MAKE_WITHOUT_TLBI,
	PTSAN_MAKE_BEFORE_DSB,
	// The flush is there and does not do what it is for.
	PTSAN_TLBI_BEFORE_DSB,
	PTSAN_CONTIGUOUS_PARTLY_INVALIDATED,
	// The old translation is relied on to be gone, and may be used.
	PTSAN_RETURN_WITHOUT_TLBI,
	PTSAN_KERNEL_WITHOUT_TLBI,
	PTSAN_STALE_USE,
	PTSAN_ASID_REUSED,
	PTSAN_ROOT_REPLACED,
	PTSAN_GLOBAL_LEFT,
	PTSAN_TABLE_REUSED,
	PTSAN_USE_BEFORE_BARRIER,
	PTSAN_KERNEL_NOT_FLUSHED,
	// Tables that must not stand as they do.
	PTSAN_TABLE_OUTSIDE_MEMORY,
	PTSAN_CONTIGUOUS_HOLE,
	PTSAN_ALIAS_WRITE_EXECUTE,
	PTSAN_ALIAS_WRITE_READ_ONLY,
	PTSAN_ALIAS_WRITABLE,
	PTSAN_ALIAS_TYPE,
	PTSAN_KINDS,
};

#define PTSAN_FRAMES 12

struct ptsan_finding {
	enum ptsan_kind kind;
	uint8_t cpu;
	uint8_t below; // wrong for break-before-make levels below this one; 4: for all
	int8_t level;  // of the entry
	uint16_t asid; // of the translation; PTSAN_GLOBAL_ASID: global
	uint64_t pc;   // of the store, TLBI or access that is wrong
	uint64_t va;   // first address that the entry translates
	uint64_t old_descriptor, new_descriptor;
	// Who took the old translation away, where that is not this event.
	bool has_author;
	uint8_t author_cpu;
	uint64_t author_pc;
	uint8_t author_frames; // of author_trace
	uint64_t author_trace[PTSAN_FRAMES];
	bool hint_excluded; // a TLBI came, and its level hint excludes the old entry
	uint64_t other_va;  // of an alias: the second mapping
	uint64_t size;      // of an alias: bytes that both map
};
#define PTSAN_GLOBAL_ASID 0xffff
#define PTSAN_ALL_LEVELS  4

struct ptsan_rule {
	const char *name;    // stable, in reports and signatures
	const char *rule;    // family, as in docs/sanitizer.md: F1 to F13
	const char *missing; // what should have been done, one sentence
	const char *source;  // where the rule stands
};

const struct ptsan_rule *ptsan_rule(enum ptsan_kind kind);

#endif
