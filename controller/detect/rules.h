// SPDX-License-Identifier: GPL-2.0-or-later
// Rules: what a line of text means. A rule is a pattern of literals and typed fields, matched from
// left to right without backtracking. The built-in set is generated at build time from rules.tsv;
// a site's literals make a second, small set of the same form.
//
// Finding the rule of a line is made cheap by two filters, both bitmaps over hashed 4-byte words:
//  - anchored: the first four bytes of the message;
//  - floating: every `step`-th word of the line. Each floating literal is entered with all words at
//    offsets 0 .. step-1, so wherever it stands, one sampled word falls inside it.
// A clean line costs a dozen loads; only a hit goes on to the patterns.
#ifndef DETECT_RULES_H
#define DETECT_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "detect/detect.h"

enum rule_role {
	RULE_HEADER,       // first line of a report
	RULE_CUT,          // ---[ cut here ]---: a report follows
	RULE_RULER,        // ====: opens or closes the reports that use it
	RULE_END,          // ---[ end trace ]---
	RULE_END_PANIC,    // ---[ end Kernel panic ]--- and what comes after a panic
	RULE_AHEAD,        // text that a header may follow: kept as its message
	RULE_TRACE,        // a backtrace follows, of a report or of none
	RULE_REPLAY,       // the kernel prints its previous message again
	RULE_DROPPED,      // the kernel lost messages
	RULE_STATE,        // a boot state is reached
	RULE_SHUTDOWN,     // the payload announces power-off or restart
	RULE_WATCHDOG,     // firmware names a watchdog as reset cause
	RULE_RECORD,       // `#mm` record of the mm firmware
	RULE_WALK,         // `#w` walk line of the mm firmware
	RULE_KTAP_VERSION, // TAP version, KTAP version
	RULE_KTAP_PLAN,
	RULE_KTAP_OK,
	RULE_KTAP_NOT_OK,
	RULE_KTAP_BAIL,
	RULE_KTAP_NAME, // names a suite or the test that runs
	RULE_LTP,       // result line of the Linux Test Project
	RULE_TAG,       // not matched on lines: makes the detector look closely at them
	RULE_IGNORE,    // looks like a header and is none
	RULE_REFINE,    // not matched on lines: gives a class its subclass
	RULE_ROLE_COUNT,
};

enum rule_where {
	WHERE_START,  // at the start of the message only
	WHERE_ANY,    // anywhere
	WHERE_STRONG, // at the start; behind foreign text it counts too, as `glued`
};

// Where the function to blame comes from.
enum rule_blame {
	BLAME_NONE,
	BLAME_HEADER, // the header's symbol; if that is report machinery, the trace
	BLAME_PC,     // the program counter; if that is a helper, the trace
	BLAME_TRACE,  // first frame that is neither machinery nor helper
	BLAME_HANG,   // the frame below the dispatcher (system call, work item, timer)
	BLAME_REPEAT, // what recurses: the first symbol that the trace holds twice, else the PC
	BLAME_ALLOC,  // first frame that is no wrapper of an allocator
	BLAME_WAIT,   // first frame that does not merely wait: for what is to be told
	BLAME_FIRST,  // first useful frame of the first trace (lock order: where the order arose)
	BLAME_LOCK,   // "at: <symbol>" of the lock being acquired, else the trace
	BLAME_IMAGE,  // of firmware: the image and the offset in it, where it tells them
	BLAME_NAMED,  // the header's symbol, whatever it is: the kernel itself names the culprit
};

// What ends a report.
enum rule_end {
	END_SINGLE,  // it is one line
	END_TRACE,   // ---[ end trace ]---
	END_RULER,   // a closing ====
	END_PANIC,   // ---[ end Kernel panic ]---, a reboot, the end of the stream
	END_NATURAL, // its last member line
};

// Kinds of field. The first group is captured; the rest is matched and forgotten.
enum rule_field {
	FIELD_CPU,
	FIELD_PID,
	FIELD_COMM,
	FIELD_FILE,
	FIELD_LINE,
	FIELD_FUNC,
	FIELD_FUNC2,
	FIELD_WHAT,
	FIELD_NAME,
	FIELD_ADDR,
	FIELD_PC, // where the code was
	FIELD_ESR,
	FIELD_COUNT, // how many, how long
	FIELD_TEXT,
	FIELD_KEPT,
	FIELD_NUMBER = FIELD_KEPT,
	FIELD_HEX,
	FIELD_WORD,
	FIELD_ANY,
	FIELD_END, // end of the line
	FIELD_TOTAL,
};

// What a refining rule looks at.
enum rule_refine {
	REFINE_MESSAGE, // lines between the cut-here line and the header, or right behind it
	REFINE_FILE,
	REFINE_FUNC,
	REFINE_WHAT, // what the header's {what} captured
};

#define RULE_OPS_MAX 24

struct rule_op {
	uint8_t is_field; // else a literal
	uint8_t field;
	uint8_t len;   // of the literal
	uint16_t text; // offset of the literal in the set's text
};

enum rule_flag {
	RULE_FATAL = 1,  // the system cannot go on
	RULE_MEMBER = 2, // part of an open fault or BUG report without die line, else a header
	RULE_KERNEL = 4, // only with the kernel's prefix, when the stream has prefixes
	RULE_BBM = 8,    // break-before-make violation
	RULE_FIRST_STAGE = 64, // of a boot loader: seen again, the board was reset
	RULE_CONSEQUENCE = 32, // a panic that another report brings about; others: one of its class
	RULE_AFTERMATH = 256,  // not worth a word right behind a fatal report: its consequence
	RULE_PART = 128,       // part of any open report of the same context, else a header
	RULE_LINES = 1024,     // one of the lines of a record: right behind another one, its part
	RULE_BACKTRACE = 512,  // its own trace is announced; frames ahead of that are of others
	RULE_HEADLESS = 4096,  // second line of a report, a header where the first one is not there
	RULE_RETOLD = 2048,    // a warning or BUG right behind it goes on with its report
	RULE_LOADER =
	    16384, // last stage of a boot loader: seen behind the handover, the board was reset
	RULE_RESETS = 32768, // of a firmware that resets the board by itself on the way
	RULE_EARLY = 8192,   // only ahead of the kernel: words too common behind it
	RULE_ABSORB = 16,    // a panic that follows is part of its report, not a report of its own
};

struct rule {
	const char *id;
	const char *class_name;
	const char *sub;
	const char *title; // template: {field}, and [text {field}] left out when the field is empty
	uint8_t role, where, blame, end, severity;
	uint8_t state; // enum detect_state of RULE_STATE, enum rule_refine of RULE_REFINE
	uint16_t flags;
	uint8_t ops_count;
	uint16_t ops_first;
	uint16_t line; // in rules.tsv; 0: a literal of the site
};

#define RULE_FILTER_WORDS 2048 // of 64 bits
#define RULE_FILTER_HEADS 4096
#define RULE_LINK_NONE    UINT16_MAX

struct rule_filter {
	uint64_t bits[RULE_FILTER_WORDS];
	uint16_t heads[RULE_FILTER_HEADS]; // first link of the chain
};

struct rule_link {
	uint32_t word; // the four bytes, little endian
	uint16_t rule;
	uint16_t next;
	uint32_t tail;   // the literal's last four bytes, which tell most chance hits apart
	uint8_t offset;  // of the word in the literal
	uint8_t tail_at; // of the tail
	uint8_t op;      // which op the literal is
};

struct rule_set {
	const struct rule *rules;
	const struct rule_op *ops;
	const char *text;
	const struct rule_link *links;
	const struct rule_filter *anchored, *floating;
	const uint16_t *refines; // the rules of role RULE_REFINE, RULE_LINK_NONE behind the last
	uint16_t count;
	uint8_t step; // distance of the floating filter's samples
};

// What a pattern captured.
struct rule_match {
	const struct rule *rule; // NULL: nothing matched
	size_t start;            // offset in the message at which the pattern began
	struct detect_view field[FIELD_KEPT];
};

static inline uint32_t rule_word(const char *p)
{
	uint32_t word;
	__builtin_memcpy(&word, p, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap32(word);
#endif
	return word;
}

static inline uint32_t rule_hash(uint32_t word)
{
	return (word * 0x9E3779B1u) >> 15;
}

static inline uint32_t rule_head(uint32_t word)
{
	return rule_hash(word) & (RULE_FILTER_HEADS - 1);
}

static inline bool rule_filter_hit(const struct rule_filter *f, uint32_t word)
{
	uint32_t hash = rule_hash(word);
	return f->bits[hash >> 6] >> (hash & 63) & 1;
}

// Could a line with this message be of interest to the set? Never false for one that is.
bool rules_candidate(const struct rule_set *set, struct detect_view message);

// Do the first bytes look like those of a rule? Quick; never false for a message that begins one.
static inline bool rules_may_start(const struct rule_set *set, struct detect_view message)
{
	return message.len >= 4 && rule_filter_hit(set->anchored, rule_word(message.ptr));
}

// Does a rule's first literal stand at the start of the message?
bool rules_begin(const struct rule_set *set, struct detect_view message);

// Does a header begin at the start of the message and run out of text? A mail may have broken it.
bool rules_cut_short(const struct rule_set *set, struct detect_view message);

// The rule that takes the message from its start, or rule == NULL: anchored rules only.
void rules_match_start(const struct rule_set *set, struct detect_view message,
		       struct rule_match *out);

// The rule of a message, or rule == NULL. Anchored rules win over floating ones, earlier ones in
// the table over later ones.
void rules_match(const struct rule_set *set, struct detect_view message, struct rule_match *out);

// Matches one rule's pattern at the start of `text`; fills out->field.
bool rule_match_at(const struct rule_set *set, const struct rule *rule, struct detect_view text,
		   struct rule_match *out);

// Writes a rule's pattern as in rules.tsv; returns its length, at most `size`.
size_t rule_pattern(const struct rule_set *set, const struct rule *rule, char *out, size_t size);

// Name of a field as written in patterns, NULL when `field` is out of range.
const char *rule_field_name(enum rule_field field);

extern const struct rule_set rules_builtin;

// Symbol lists of the built-in table, see symbol.h.
enum symbol_list {
	SYMBOL_MACHINERY, // prints reports: never to blame
	SYMBOL_HELPER,    // generic helper: its caller is to blame
	SYMBOL_ANCHOR,    // dispatcher: what it calls is to blame for a hang
	SYMBOL_SLEEP,     // where a waiting task is found: skipped in traces only
	SYMBOL_CULPRIT,   // waits for another CPU: to blame for a hang at once
	SYMBOL_BOUNDARY,  // exception entry: what is above it only interrupted
	SYMBOL_PLAIN,     // an ordinary function, whatever pattern fits it
	SYMBOL_SERVICE, // helper of a subsystem that may sleep: to blame where sleeping is forbidden
	SYMBOL_ROOT,    // bottom of every stack: to blame only when nothing else is known
	SYMBOL_LIST_COUNT,
};

#endif
