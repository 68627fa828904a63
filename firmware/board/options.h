// SPDX-License-Identifier: GPL-2.0-or-later
// The command line: space-separated key=value, the last one of a key wins. docs/firmware.md lists
// the keys.
#ifndef FIRMWARE_BOARD_OPTIONS_H
#define FIRMWARE_BOARD_OPTIONS_H

#include <stddef.h>

#include "entry/cpu.h"
#include "mm/capability.h"

#define OPTIONS_TESTS_MAX 128

// Faults that the firmware can be told to have (those of the table code are in mm/mm.h).
enum option_inject {
	OPTION_INJECT_NONE,
	OPTION_INJECT_PUBLISH_FIRST,
	OPTION_INJECT_WRONG_OA,
	OPTION_INJECT_NO_TLBI,
	OPTION_INJECT_NO_CLEAR,
	OPTION_INJECT_CONT_HOLE,
	OPTION_INJECT_GUARD_OFF,
	OPTION_INJECT_SPLAT,
	OPTION_INJECT_OOPS,
	OPTION_INJECT_HANG,
	OPTION_INJECT_SLOW,
};

enum option_granule {
	OPTION_GRANULE_AUTO,
	OPTION_GRANULE_4K,
	OPTION_GRANULE_16K,
	OPTION_GRANULE_64K,
};

enum option_end {
	OPTION_END_OFF,
	OPTION_END_RESET,
	OPTION_END_HALT,
};

struct options {
	struct policy policy;
	uint8_t granule;                  // enum option_granule
	uint8_t end;                      // enum option_end
	uint8_t inject;                   // enum option_inject
	bool det;                         // nothing printed may depend on time
	bool tlbi_twice;                  // one more TLBI and DSB behind each sequence
	uint32_t slow;                    // percent, with inject=slow=N%
	uint32_t reps;                    // 0: each timing's own number
	uint32_t stress_ms, stress_iters; // iterations, when not 0, come before time
	uint32_t maxcpu;
	uint64_t seed;
	uint8_t cap_override[CPU_MAX]; // enum cap_override
	char tests[OPTIONS_TESTS_MAX]; // ids or globs, separated by commas; empty: all
};

// All defaults.
void options_init(struct options *options);

#define OPTIONS_WHY_MAX 184 // one line of a record

// What options_parse() made of words it could not apply: how many, and about the first of each sort.
struct options_problems {
	unsigned int bad;     // a key without a value it takes, or a misspelt key
	unsigned int foreign; // of nobody here: a kernel's, or the boot loader's
	char bad_why[OPTIONS_WHY_MAX], foreign_why[OPTIONS_WHY_MAX];
};

// Applies `text`; words it cannot apply change nothing, but for tests=.
void options_parse(struct options *options, const char *text, struct options_problems *problems);

// Whether each word of tests= selects something there is.
bool options_tests_known(const struct options *options);

// Whether tests= selects the test or stage `id`: a glob with '*' and '?', or a whole id; a stage's
// id selects the tests in it ("S9" is "S9.alias", too). Everything is selected when tests= is
// absent.
bool options_selects(const struct options *options, const char *id);

// Whether tests= selects the stage or any test in it.
bool options_selects_stage(const struct options *options, const char *stage);

// Whether the word `word` is in tests= literally ("quick", "unsafe").
bool options_names(const struct options *options, const char *word);

#endif
