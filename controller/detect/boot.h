// SPDX-License-Identifier: GPL-2.0-or-later
// How far the board came, how often it started, and what became of it.
#ifndef DETECT_BOOT_H
#define DETECT_BOOT_H

#include "detect/emit.h"
#include "detect/message.h"
#include "detect/rules.h"

#define BOOT_MARKS     6
#define BOOT_VERSION   512
#define BOOT_JITTER_US INT64_C(1000) // by which records of several CPUs may be out of order

// What a boot needs of the rest. Pointers stay valid as long as the boot.
struct boot_surroundings {
	struct emitter *emit;
	const uint32_t *serious;                                // reports of severity >= 2 so far
	const uint64_t *prefixed;                               // lines with a kernel prefix so far
	void (*over)(const struct detect_place *at, void *arg); // an attempt ends
	void *arg;
};

struct boot {
	struct boot_surroundings with;
	enum detect_state state;
	bool begun;        // a byte came, since the hand-over if there was one
	unsigned attempt;  // from 1 once a byte came
	unsigned boots;    // payload starts
	unsigned resets;   // restarts that a running payload had not announced
	unsigned restarts; // attempts that ended so, in a panic, or behind a handover
	unsigned
	    handovers;     // attempts that ended behind the handover, without a word of the payload
	unsigned loaders;  // attempts that ended in a boot loader
	unsigned stages;   // times that a first stage followed on itself
	bool payload_seen; // in this attempt
	bool firmware;     // the payload is the mm firmware
	bool end_seen, end_ok; // its end record
	bool shutdown;         // power-off or restart was announced
	bool watchdog;
	bool loader_seen;  // in this attempt: a boot loader's last stage
	bool in_uboot;     // U-Boot named itself and has not said yet that it starts anything
	bool inferred;     // the log begins in the middle: its kernel lines told the state
	bool watch_text;   // lines of programs may tell something
	uint32_t panic_id; // of this attempt
	uint32_t any_panic_id;
	int64_t latest_us;                    // greatest kernel time of this attempt
	bool form_known;                      // how the kernel's lines look in this attempt:
	bool stamped, levelled;               // with its time, with `<N>`
	int64_t ended_us;                     // kernel time of its last words, -1 unknown or none
	struct detect_place last;             // last line
	const struct rule *marks[BOOT_MARKS]; // early marks of this attempt
	uint8_t marks_count;

	// A kernel log that starts over without a word of firmware while the system was ready: a
	// reboot, or somebody printing dmesg. Undecided until one of them shows.
	bool replay;
	int64_t replay_us; // kernel time at which it began

	// wrong baud rate, noise
	uint64_t bytes, bad_bytes;

	uint16_t version_len;
	char version[BOOT_VERSION];
};

void boot_init(struct boot *b, const struct boot_surroundings *with);

// Counts bytes that are no text, at the start of the stream.
void boot_bytes(struct boot *b, const char *bytes, size_t len);

// A line that a rule of the boot family took.
void boot_rule(struct boot *b, const struct message *m, const struct rule *rule);

// Any line: where it stands and its kernel time, -1 none.
void boot_line(struct boot *b, const struct message *m);

// A line of a program, while `watch_text`: first words of user space, prompts.
void boot_text(struct boot *b, struct detect_view text);

// A line of the kernel, whose prefix it bears, while boot_infers: the log holds nothing ahead of it.
void boot_kernel_line(struct boot *b, int64_t kernel_us);

// Looks for a prompt only. `finished`: the line has come to its end.
void boot_prompt(struct boot *b, struct detect_view text, bool finished);

// The first byte of all, or behind a hand-over.
void boot_begin(struct boot *b);

// Forgets what became of the board until now.
void boot_hand_over(struct boot *b);

void boot_record(struct boot *b, const struct detect_record *record);
// The kernel's last words, if nothing of the same boot follows.
void boot_panic(struct boot *b, uint32_t id, int64_t kernel_us);
void boot_end(struct boot *b, enum detect_end_reason reason, bool mid_line);

// Does a line not look like those of this boot's kernel? Then a program told it: a log of an earlier
// boot, or words of its own.
bool boot_is_foreign(const struct boot *b, const struct message *m);

// Would a line of the kernel tell that the log begins behind its start?
static inline bool boot_infers(const struct boot *b)
{
	return b->state == DETECT_STATE_FIRMWARE && b->attempt == 1;
}

// Does the kernel time tell of a new start?
static inline bool boot_time_fell(const struct boot *b, int64_t kernel_us)
{
	return kernel_us >= 0 && kernel_us < 5000000 && kernel_us + 1000000 < b->latest_us;
}

// Does the kernel speak, in the same boot and at an earlier time than its last words had? Then those
// were of another boot's log.
static inline bool boot_goes_on(const struct boot *b, int64_t kernel_us)
{
	return b->form_known && kernel_us >= BOOT_JITTER_US && kernel_us + 1000000 < b->ended_us;
}

// Must boot_line see a line of this kernel time? Not if the time only goes on, nor in the middle of a
// log that is printed anew.
static inline bool boot_wants(const struct boot *b, int64_t kernel_us)
{
	if (b->replay)
		return kernel_us >= 0 && kernel_us + BOOT_JITTER_US >= b->replay_us;
	return boot_time_fell(b, kernel_us) || boot_goes_on(b, kernel_us);
}

// What boot_line does for a line that it need not see.
static inline void boot_passed(struct boot *b, const struct detect_place *at, int64_t kernel_us)
{
	b->last = *at;
	if (kernel_us > b->latest_us && !b->replay)
		b->latest_us = kernel_us;
}

#endif
