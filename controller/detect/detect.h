// SPDX-License-Identifier: GPL-2.0-or-later
// The detector: bytes of one console in, events out.
//
// A pure streaming machine: no I/O, no clock, no allocation between detect_new and detect_free,
// bounded state. The same bytes give the same events whatever the chunking. One instance follows
// one console from power-on to detect_end.
//
//     detect_feed(d, bytes, len, now_ns, on_event, arg);   as bytes arrive
//     detect_tick(d, now_ns, on_event, arg);               when nothing arrives (idle timers)
//     detect_end(d, DETECT_END_CLOSED, on_event, arg);     once; closes what is open
//
// A splat is announced twice: SPLAT_OPEN when its header line ends, so that a controller may react
// at once, and SPLAT_CLOSE when the report is complete, with everything known. An OPEN that turns
// out to be the torn first print of a record that the kernel prints again is taken back by
// SPLAT_VOID. Every OPEN is followed by exactly one CLOSE or VOID; OPENs come in line order.
#ifndef DETECT_DETECT_H
#define DETECT_DETECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

// Bytes that belong to the detector or to the caller's chunk: valid during the callback only, not
// NUL terminated. Empty is {NULL or any, 0}.
struct detect_view {
	const char *ptr;
	size_t len;
};

// ---- what the site may add ----------------------------------------------------------------------

enum detect_state {
	DETECT_STATE_OFF,          // no byte yet
	DETECT_STATE_FIRMWARE,     // some byte came
	DETECT_STATE_BOOTLOADER,   // a boot loader named itself
	DETECT_STATE_HANDOVER,     // the boot loader says that it starts the payload
	DETECT_STATE_KERNEL_EARLY, // the payload's first words ("Booting Linux", `#mm hello`)
	DETECT_STATE_KERNEL,       // init is being started
	DETECT_STATE_USERSPACE,    // init or what it started speaks
	DETECT_STATE_READY,        // prompt, login, own marker; `#mm end` of the firmware
	DETECT_STATE_COUNT,
};

enum detect_literal_role {
	DETECT_LITERAL_SPLAT, // a line with this text is a finding
	DETECT_LITERAL_STATE, // a line (or unfinished line) with this text means `state` is reached
	DETECT_LITERAL_IGNORE,   // a line with this text is never a header
	DETECT_LITERAL_WATCHDOG, // a line with this text says that a watchdog reset the board
};

// One literal of the site. Strings are copied by detect_new.
struct detect_literal {
	const char *text; // 4 to 120 bytes; fields like `{n}` may be used, see docs/detect.md
	bool anchored;    // only at the start of the message (after time stamp and the like)
	enum detect_literal_role role;
	const char *id;          // name for `--explain`; NULL: the text
	const char *class_name;  // SPLAT: one of detect_class_names(); NULL means "site"
	const char *sub;         // SPLAT: may be NULL
	int severity;            // SPLAT: 0 to 5
	bool fatal;              // SPLAT: the system cannot go on
	enum detect_state state; // STATE
};

enum detect_event_kind {
	DETECT_LINE,
	DETECT_SPLAT_OPEN,
	DETECT_SPLAT_CLOSE,
	DETECT_SPLAT_VOID,
	DETECT_BOOT,
	DETECT_RECORD,
	DETECT_TEST,
	DETECT_NOTE,
	DETECT_EXPLAIN,
};

#define DETECT_MASK(kind) (1u << (kind))
#define DETECT_MASK_ALL   (~DETECT_MASK(DETECT_EXPLAIN))

#define DETECT_LITERALS_MAX 256

// All zero is a good configuration.
struct detect_config {
	const struct detect_literal *literals; // borrowed during detect_new
	size_t literals_count;                 // at most DETECT_LITERALS_MAX
	unsigned console_width; // columns at which the console breaks lines; 0: 80 or learnt
	int64_t idle_ns;        // silence after which an unfinished line is looked at; 0: 2 s
	unsigned mask;          // DETECT_MASK() of the events wanted; 0: all but EXPLAIN. Leaving
				// LINE out makes clean logs several times faster.
};

// ---- events -------------------------------------------------------------------------------------

// Where something stands in the stream.
struct detect_place {
	uint64_t line; // number of the line, from 1; as an editor counts
	uint64_t byte; // offset of its first byte
	uint64_t end;  // offset behind its last byte, line end included
};

struct detect_line {
	struct detect_place at;
	struct detect_view
	    text;          // after framing: no line end, no control bytes, no escape sequences
	size_t message;    // offset in text of the message, behind stamp, level and caller
	int level;         // <N> of the kernel, -1 none
	int64_t kernel_us; // [ssssss.uuuuuu], -1 none
	char caller_kind;  // 'T' task, 'C' CPU, 0 none
	uint32_t caller;   // thread id or CPU number
	bool partial;      // flushed by the idle timer or by the end of the stream
	bool truncated;    // longer than the detector keeps (4096 bytes)
};

enum detect_end_reason {
	DETECT_END_CLOSED,      // the capture was closed, or a file ended
	DETECT_END_DEADLINE,    // the caller's deadline passed
	DETECT_END_POWER_OFF,   // the caller switched the board off because it was done
	DETECT_END_INTERRUPTED, // an operator stopped it
};

// How a report came to its end.
enum detect_close {
	DETECT_CLOSE_MARKER,  // by its own end marker
	DETECT_CLOSE_NATURAL, // kinds without marker: the first line that is not part of it
	DETECT_CLOSE_HEADER,  // another report of the same context began
	DETECT_CLOSE_FOREIGN, // too many lines of others
	DETECT_CLOSE_IDLE,    // a minute of kernel time without a line of its own
	DETECT_CLOSE_REBOOT,  // the board started again
	DETECT_CLOSE_EVICTED, // too many reports open at once
	DETECT_CLOSE_CAP,     // longer than any report may be
	DETECT_CLOSE_END,     // the stream ended
};

#define DETECT_FRAMES_MAX 48

struct detect_frame {
	struct detect_view symbol; // cleaned: no offset, no compiler suffix
	struct detect_view module; // without brackets and build id; empty: vmlinux
	uint32_t offset, size;     // of +0xoff/0xsize
	bool from_pc;              // (P): exception boundary
	bool skipped;              // report machinery or generic helper: not in signature 2
};

// Last level of a page-table walk printed by a fault ("[va] pgd=.., ..").
struct detect_walk {
	bool present; // such a line was seen
	uint64_t va;
	unsigned levels;   // entries printed, 1 to 5
	uint64_t entry[5]; // as printed, outermost first
	char leaf_name[4]; // "pgd", "p4d", "pud", "pmd" or "pte" of the last one
	uint64_t leaf;     // the last entry
	// Decoded leaf (Arm ARM D8.3, stage 1 block and page descriptors):
	bool valid, block, page, table;
	bool contiguous;         // bit 52
	bool not_global;         // bit 11
	bool accessed;           // bit 10
	bool read_only;          // bit 7
	bool user;               // bit 6
	bool pxn, uxn;           // bits 53, 54
	bool dirty_bit_modifier; // bit 51
	unsigned attr_index;     // bits 4:2
	uint64_t address;        // output address (48-bit layout)
};

struct detect_splat {
	uint32_t id; // from 1, in order of header lines
	struct detect_place header;
	struct detect_place first, last; // first and last line of the report; OPEN: the header
	const char *class_name;          // static or the site's: "warn", "fault", ...
	const char *sub;                 // "" when none
	struct detect_view func;         // function to blame; "" unknown
	struct detect_view file;         // source file, shortened to the tree; "" unknown
	struct detect_view title;        // at most 120 bytes
	struct detect_view message;      // text before the header (WARN(fmt)) or behind it; "" none
	struct detect_view rule;         // name of the rule that took the header
	uint64_t sig1, sig2, sig3;       // OPEN: sig1 only, provisional
	uint32_t rules_version;
	int severity; // 0 marker .. 5 board or hardware integrity
	bool fatal;
	bool complete;  // ended by its own marker (or by nature) and undamaged
	bool damaged;   // the kernel dropped messages inside
	bool mixed;     // frames of several reports could not be told apart: sig2 = sig1
	bool glued;     // header behind foreign text on the same line
	bool truncated; // a cap of the detector was reached
	bool suspect;   // text of a program, not of the kernel: severity at most 1
	bool storm;     // beyond the 200 reports of a boot attempt: count it, keep no text
	enum detect_close close;
	uint64_t folded_into; // header line of the report whose consequence this one is; 0 none
	uint32_t folded_id;   // and its id
	uint32_t repeat;      // how often this sig2 was seen before in this boot attempt
	unsigned attempt;     // boot attempt it belongs to, from 1
	int64_t kernel_us;    // -1 unknown
	int cpu;              // -1 unknown
	int64_t pid;          // -1 unknown
	struct detect_view comm;
	struct detect_view taint;   // letters; "" is untainted or unknown
	struct detect_view release; // kernel release of the report's CPU line
	struct detect_view hardware;
	struct detect_view workqueue;
	struct detect_view panic; // text of the panic that followed
	bool esr_known, far_known;
	uint64_t esr, far;  // fault syndrome and address
	unsigned ec;        // ESR bits 31:26
	bool fsc_known;     // it is an instruction or data abort
	unsigned fsc;       // ESR bits 5:0
	bool fault_write;   // a data abort by a write: ESR bit 6
	bool bbm_violation; // FSC 0x30, TLB conflict abort
	struct detect_walk walk;
	struct detect_view pc, lr; // symbols
	const struct detect_frame *frames;
	size_t frames_count;
	struct detect_view during_test; // KTAP test that was open; "" none
};

enum detect_outcome {
	DETECT_OUTCOME_OK,
	DETECT_OUTCOME_NO_OUTPUT,
	DETECT_OUTCOME_GARBAGE,
	DETECT_OUTCOME_STUCK_FIRMWARE,
	DETECT_OUTCOME_STUCK_BOOTLOADER,
	DETECT_OUTCOME_NO_KERNEL_OUTPUT,
	DETECT_OUTCOME_STUCK_KERNEL_EARLY,
	DETECT_OUTCOME_STUCK_KERNEL,
	DETECT_OUTCOME_STUCK_USERSPACE,
	DETECT_OUTCOME_PANIC,
	DETECT_OUTCOME_RESET,
	DETECT_OUTCOME_BOOT_LOOP,
	DETECT_OUTCOME_WATCHDOG,
	DETECT_OUTCOME_HANG,      // the mm firmware fell silent without its end record
	DETECT_OUTCOME_TRUNCATED, // its capture was closed before the end record
	DETECT_OUTCOME_INTERRUPTED,
	DETECT_OUTCOME_COUNT,
};

enum detect_boot_what {
	DETECT_BOOT_STATE,   // a state was entered
	DETECT_BOOT_ATTEMPT, // a boot attempt is over; `outcome` is that attempt's
	DETECT_BOOT_GOES_ON, // this attempt's panic or power-off was none: it goes on
	DETECT_BOOT_FINAL,   // the last event of all: outcome of the whole capture
};

struct detect_boot {
	enum detect_boot_what what;
	enum detect_state state;     // entered (STATE) or the furthest reached
	enum detect_outcome outcome; // ATTEMPT, FINAL
	unsigned attempt;            // from 1
	unsigned boots;              // payload starts seen so far
	struct detect_place at;      // the line that decided
	int64_t t_ns;                // host time of that line
	bool mid_line;               // FINAL: the last line had no end
	bool clean_shutdown;         // the payload announced power-off or restart
	uint32_t splats;             // FINAL: reports of severity >= 2, folded ones not counted
	uint32_t panic_id;           // splat that ended the attempt; 0 none
	struct detect_view version;  // "Linux version" or `#mm hello` build, when seen
};

struct detect_pair {
	struct detect_view key, value; // quotes removed
};

#define DETECT_PAIRS_MAX 48

// A record of the mm firmware: `#mm KIND key=value .. q=N *hh` (docs/firmware.md).
//
// `*hh` is the XOR of all bytes between '#' and " *". The end record's crc= is the CRC-32 (IEEE)
// over the bytes of every record line from '#' through the two checksum digits, without CR LF, in
// order, from the hello record on and without the end record itself.
struct detect_record {
	struct detect_place at;
	struct detect_view text; // from '#'
	struct detect_view kind;
	const struct detect_pair *pairs;
	size_t pairs_count;
	bool has_q;
	uint32_t q;
	bool checksum_ok; // false also when there is none
	bool sequence_ok; // q is the one after the last good record's
	uint32_t missing; // records of this boot attempt lost or damaged so far
	bool stream_ok;   // END record: sequence and checksums held all along and crc= is right
	uint32_t crc;     // END record: the CRC computed here
};

// Value of `key`, or an empty view with ptr == NULL.
struct detect_view detect_record_get(const struct detect_record *r, const char *key);

enum detect_test_result {
	DETECT_TEST_PASS,
	DETECT_TEST_FAIL,
	DETECT_TEST_SKIP,
	DETECT_TEST_XFAIL,
	DETECT_TEST_XPASS,
	DETECT_TEST_ERROR,
	DETECT_TEST_INCOMPLETE, // a plan was not fulfilled: `number` of `planned` seen
	DETECT_TEST_RESULT_COUNT,
};

enum detect_test_format { DETECT_TEST_KTAP, DETECT_TEST_LTP };

struct detect_test {
	struct detect_place at;
	enum detect_test_format format;
	enum detect_test_result result;
	struct detect_view path;       // suites and case joined by '.'
	struct detect_view name;       // last part
	struct detect_view diagnostic; // reason behind '#', or the last diagnostic line
	uint32_t number, planned;
	unsigned depth;
};

enum detect_note_kind {
	DETECT_NOTE_DROPPED,    // the kernel dropped `count` messages
	DETECT_NOTE_REPLAY,     // the kernel repeats its previous message
	DETECT_NOTE_REPRINT,    // an old report was printed again (dmesg, log replay)
	DETECT_NOTE_STACK_DUMP, // a backtrace without a report
};

struct detect_note {
	enum detect_note_kind kind;
	struct detect_place at;
	uint64_t count;
	struct detect_view text;
};

// For `scan --explain`: what became of a line. Only with DETECT_EXPLAIN in the mask.
struct detect_explain {
	struct detect_place at;
	struct detect_view rule;    // name of the rule that took it; empty: none
	struct detect_view pattern; // and its pattern
	const char *what;           // one short sentence, static
	uint32_t splat;             // report it belongs to, 0 none
};

struct detect_event {
	enum detect_event_kind kind;
	int64_t t_ns; // host time of the bytes that caused it
	union {
		struct detect_line line;
		struct detect_splat splat; // OPEN, CLOSE, VOID
		struct detect_boot boot;
		struct detect_record record;
		struct detect_test test;
		struct detect_note note;
		struct detect_explain explain;
	};
};

// ---- the machine --------------------------------------------------------------------------------

struct detect;
typedef void detect_fn(const struct detect_event *event, void *arg);

// Fails (ERROR_CONFIG) when a literal of the site is not usable; the text says which and why.
struct error *detect_new(const struct detect_config *config, struct detect **out) ERROR_RESULT;
void detect_free(struct detect *d);
CLEANUP_DEFINE(cleanup_detect, struct detect *, detect_free)
#define CLEANUP_DETECT CLEANUP(cleanup_detect)

// `t_ns`: when the bytes came, on any monotonic clock; 0 throughout for files.
void detect_feed(struct detect *d, const void *bytes, size_t len, int64_t t_ns, detect_fn *fn,
		 void *arg);
void detect_tick(struct detect *d, int64_t t_ns, detect_fn *fn, void *arg);
// The board was handed over: what it said until now is not of the boot that is followed. Boots, resets and
// outcome are counted anew from the next byte; lines, bytes and ids go on.
void detect_hand_over(struct detect *d, detect_fn *fn, void *arg);
// From now on, also within a callback: which events are wanted (`mask` of the configuration).
void detect_want(struct detect *d, unsigned mask);
void detect_end(struct detect *d, enum detect_end_reason reason, detect_fn *fn, void *arg);

// Bytes of memory that one detector takes.
size_t detect_footprint(const struct detect *d);

// Every class that a report can have, sorted, NULL behind the last; "site" among them.
const char *const *detect_class_names(void);

// Version of the built-in rules; goes with every signature.
uint32_t detect_rules_version(void);

// The architecture's words for ESR.EC and for the fault status code of an abort; never NULL.
const char *detect_class_of_exception(unsigned ec);
const char *detect_fault_status(unsigned fsc);

const char *detect_state_name(enum detect_state state);
const char *detect_outcome_name(enum detect_outcome outcome);
const char *detect_test_result_name(enum detect_test_result result);
const char *detect_close_name(enum detect_close close);

#endif
