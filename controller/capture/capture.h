// SPDX-License-Identifier: GPL-2.0-or-later
// Keeps what a console says: exact bytes in console.raw, one index entry a line in console.idx.
//
// console.idx: 16 bytes an entry, little-endian: u64 offset of the line's first byte in
// console.raw, u64 CLOCK_MONOTONIC nanoseconds at which that byte was read. A line ends with '\n';
// the entry of a line is made when its first byte arrives, and entries are written some at a time: an
// index may lack its newest lines, never name bytes that are not there.
//
// When a byte could not be kept (disk full), nothing after it is: console.raw is always the exact
// beginning of what the board said, and `lost` counts the rest.
#ifndef CAPTURE_CAPTURE_H
#define CAPTURE_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

#define CAPTURE_INDEX_ENTRY 16

struct capture {
	int raw;
	int index;
	uint64_t bytes;        // in console.raw
	uint64_t lost;         // came after them and are not there
	uint64_t lines;        // that began; when capture_sync has returned, entries in console.idx
	bool mid_line;         // the last byte was not '\n'
	struct buffer entries; // not yet written
};

#define CAPTURE_NONE ((struct capture){.raw = -1, .index = -1})

// Creates both files in folder `dir`; fails if they exist (a console is never overwritten).
struct error *capture_init(struct capture *c, const char *dir) ERROR_RESULT;
// Also writes what entries are left, as far as that is possible. Safe on NULL and twice.
void capture_deinit(struct capture *c);

// Appends bytes that were read at `t_ns`. What was written before a failure (disk full) stays; the
// first loss is an error, and so is every call after it.
struct error *capture_feed(struct capture *c, const void *bytes, size_t len,
			   int64_t t_ns) ERROR_RESULT;

// Counts bytes that came and are not to be kept; the console ends here.
void capture_skip(struct capture *c, size_t len);

// Writes what entries are left and makes both files durable.
struct error *capture_sync(struct capture *c) ERROR_RESULT;

// Puts in order what a dead writer left in folder `dir`: counts the bytes and lines of console.raw and
// makes console.idx name each line once. Entries behind the first wrong one (half written, of bytes
// that are not there) are made anew; the time of those, which nobody knows any more, is that of the last
// good entry, 0 if there is none. The counts are right also when the index could not be written
// (an error). Without a console.raw nothing is done and both are 0.
struct error *capture_restore(const char *dir, uint64_t *bytes, uint64_t *lines) ERROR_RESULT;

#endif
