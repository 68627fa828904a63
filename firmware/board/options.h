// SPDX-License-Identifier: GPL-2.0-or-later
// The command line: words key=value, split and unquoted as an arm64 kernel does it (next_arg() and
// parse_args() of Linux): blanks inside of double quotes belong to the word, quotes around a value or
// a word are taken off, '-' and '_' are the same in a key, and what stands behind a word "--" is for
// init. The last one of a key wins. docs/firmware.md lists the keys.
#ifndef FIRMWARE_BOARD_OPTIONS_H
#define FIRMWARE_BOARD_OPTIONS_H

#include <stddef.h>
#include <string.h>

#include "board/uart.h"
#include "entry/cpu.h"
#include "mm/capability.h"

#define OPTIONS_TESTS_MAX 128
#define OPTIONS_REPS_MAX  255 // samples of a timing

// Faults that the firmware can be told to have (those of the table code are in mm/mm.h).
enum option_inject {
	OPTION_INJECT_NONE,
	OPTION_INJECT_PUBLISH_FIRST,
	OPTION_INJECT_WRONG_OA,
	OPTION_INJECT_NO_TLBI,
	OPTION_INJECT_EARLY_TLBI,
	OPTION_INJECT_MARK_BREAK,
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
	uint8_t granule; // enum option_granule
	uint8_t end;     // enum option_end
	uint8_t inject;  // enum option_inject
	bool det;        // nothing printed may depend on time
	bool tlbi_twice; // one more TLBI and DSB behind each sequence
	uint32_t slow;   // percent, with inject=slow=N%
	uint32_t given;  // a bit for each key that was said; options.c numbers them
	uint32_t reps;   // 0: each timing's own number
	uint32_t stress_ms, stress_iters; // iterations, when not 0, come before time
	uint32_t maxcpu;
	uint64_t seed;
	struct uart earlycon;          // the port a kernel's earlycon= names; UART_NONE: none
	bool hvc;                      // console=hvc0: a virtio console, if there is one
	uint8_t cap_override[CPU_MAX]; // enum cap_override
	char tests[OPTIONS_TESTS_MAX]; // ids or globs, separated by commas; empty: all
};

// A piece of the command line, or one word of tests=.
struct word {
	const char *text;
	size_t size;
};

static inline bool word_is(struct word word, const char *text)
{
	return strlen(text) == word.size && !memcmp(word.text, text, word.size);
}

#define OPTIONS_WHY_MAX 184 // one line of a record

// What options_parse() and options_check() made of words that they could not apply as they stand.
// For each sort: how many, and about the first.
enum options_sort {
	OPTIONS_BAD,      // what was asked for cannot be done; nothing may be run instead
	OPTIONS_FOREIGN,  // of nobody here: a kernel's, or the boot loader's
	OPTIONS_REPLACED, // the key came again, with another value
	OPTIONS_IDLE,     // changes nothing: what it is about is not selected
	OPTIONS_SORTS,
};

struct options_problems {
	unsigned int count[OPTIONS_SORTS];
	char why[OPTIONS_SORTS][OPTIONS_WHY_MAX];
};

// All defaults, and no problems.
void options_init(struct options *options, struct options_problems *problems);

// Applies line[start] to line[end - 1], the words of one source: quotes and a "--" end with it.
// Columns in complaints count from the start of `line`. Bad words change nothing, but for tests=.
void options_parse(struct options *options, const char *line, size_t start, size_t end,
		   struct options_problems *problems);

// Holds what was said against itself and against the board: `used` CPUs are going to be.
void options_check(const struct options *options, unsigned int used, bool psci,
		   struct options_problems *problems);

// The number of words of tests= that select nothing there is; about the first one in `why`, unless
// NULL.
unsigned int options_tests_unknown(const struct options *options, char *why, size_t size);

// Whether tests= selects the test or stage `id`: a glob with '*' and '?', or a whole id; a stage's
// id selects the tests in it ("S9" is "S9.alias", too); "quick" selects all but S13 and S14.
// Everything is selected when tests= is absent, or only tells how to run ("unsafe").
bool options_selects(const struct options *options, const char *id);

// Whether tests= selects the stage or any test in it.
bool options_selects_stage(const struct options *options, const char *stage);

// Whether inject= puts its fault into the test `id` (of S14, or the stage S15).
bool options_injects(const struct options *options, const char *id);

// Whether tests= selects what inject= puts its fault into, or inject= asks for none.
bool options_inject_selected(const struct options *options);

// Whether the word `word` is in tests= literally ("quick", "unsafe", "S4p").
bool options_names(const struct options *options, const char *word);

#endif
