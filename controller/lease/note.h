// SPDX-License-Identifier: GPL-2.0-or-later
// What a lock file says: who holds the thing, since when, for how long and what for. Pure.
//
// A note has one size, so that writing it over an older one needs no room on a full disk. Others may
// write to the file: whatever stands there is read as a note or as none.
#ifndef LEASE_NOTE_H
#define LEASE_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEASE_NOTE_SIZE 2048 // bytes in the file

struct lease_note {
	uint64_t fence;   // rises with each lease of the thing; 0: nobody had it yet
	char *board;      // owned, as all that follows; NULL: not said
	char *where;      // absolute path of the run directory, or of the folder of a console's log
	char *why;        // "job nightly", "mmfarm board off"
	char *may_be_on;  // why the board may still have power though nobody holds it
	uint32_t uid;     // who holds it
	int64_t pid;      // 0: nobody
	uint64_t start;   // of the process, in clock ticks since boot: a number may come again
	int64_t since_ns; // UTC
	int64_t until_ns; // UTC, when its holder means to be done; 0: not known
};

void lease_note_deinit(struct lease_note *n);

// What does not fit is left out, the longest texts first.
void lease_note_write(const struct lease_note *n, char out[LEASE_NOTE_SIZE]);

// False and a note of nothing where the bytes are none. Texts lose what controls a terminal.
bool lease_note_read(const char *bytes, size_t len, struct lease_note *out);

#endif
