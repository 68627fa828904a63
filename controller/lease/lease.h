// SPDX-License-Identifier: GPL-2.0-or-later
// Who has the things of the lab: a lease holds a lock on each thing that a board claims (its serial
// port, its power outlet, its socket), among all users of this host, and dies with its holder.
//
// The kernel keeps the locks (open file description locks): what is killed lets go of them, and leaves
// the queue. Who waits has a place in the queue of each thing, by the time at which it asked; a later
// one is not served before an earlier one. Nothing here waits.
//
// One process may hold many leases. A lease is handed down to another process by its descriptors; it
// lasts until the last of them is closed.
#ifndef LEASE_LEASE_H
#define LEASE_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct lease_claim {
	const char *thing; // one name for one thing, whoever names it: "serial port /dev/ttyUSB0"
	const char *part;  // what of it, "channel 2"; NULL: all of it
};

#define LEASE_CLAIMS_MAX      6 // of one board
#define LEASE_DESCRIPTORS_MAX (2 * LEASE_CLAIMS_MAX)

// What the lease is for, as others are told; borrowed.
struct lease_use {
	const char *board;
	const char
	    *where;      // run directory, or folder of a console's log; may be relative. NULL: none
	const char *why; // "job nightly"
	int64_t until_ns; // UTC, when the holder means to be done; 0: not known
};

struct lease;

// Asks for all of `claims` (1 to LEASE_CLAIMS_MAX; copied; the first one is the board itself) and takes
// a place in the queue behind those who asked before.
struct error *lease_ask(const struct lease_claim *claims, size_t count,
			struct lease **out) ERROR_RESULT;
// Lets go of all that it holds, and leaves the queue.
void lease_free(struct lease *l);
CLEANUP_DEFINE(cleanup_lease, struct lease *, lease_free)
#define CLEANUP_LEASE CLEANUP(cleanup_lease)

// Takes what was asked for when it is its turn and all of it is free: all of it or nothing. True: it is
// held, now or since an earlier call.
struct error *lease_try(struct lease *l, const struct lease_use *use, bool *held) ERROR_RESULT;

// Ahead of all who wait: for the one who puts in order what a dead holder left. It still waits for a
// living holder.
void lease_go_first(struct lease *l);

// Says anew what a held lease is for, and that it is this process that holds it. That it cannot be
// written (a full disk) is no reason to stop: others are told less.
void lease_tell(struct lease *l, const struct lease_use *use);

// Rises with each lease of the board: whoever has a smaller number had it before. 0: not held.
uint64_t lease_fence(const struct lease *l);
// Whether what is held still is what others would ask for: false when somebody took the files away.
bool lease_is_current(const struct lease *l);

// The descriptors of a held lease, to be handed down; the lease's own.
size_t lease_descriptors(const struct lease *l, int fds[LEASE_DESCRIPTORS_MAX]);
// The lease of another process, from its descriptors, which are taken over.
struct error *lease_adopt(const int *fds, size_t count, struct lease **out) ERROR_RESULT;

// Who is in the way, for people: "in use by RUN_DIR, since 2026-06-04T01:00:00Z (job nightly, user
// alice)". The caller frees.
char *lease_describe_blocker(const struct lease *l);
struct lease_holder {
	int64_t pid;    // 0: no living process left its name
	uint64_t start; // of it (process_started)
	char *where;    // the folder it works in, absolute; owned; NULL: not told
};

// The process in the way; false: nobody holds what is wanted. The caller frees out->where.
bool lease_blocker(const struct lease *l, struct lease_holder *out);
// The folder that the holder in the way works in; the caller frees. NULL: it is not told.
char *lease_blocker_folder(const struct lease *l);

// Keeps with a held lease why its board may still be on (a power-off that failed), or with NULL that it
// was switched off.
void lease_note_power(struct lease *l, const char *why);
// The same of a board that nobody need hold, by the board's own claim; the caller frees. NULL: nothing
// says so.
char *lease_read_power(const struct lease_claim *board);

#endif
