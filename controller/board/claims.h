// SPDX-License-Identifier: GPL-2.0-or-later
// What a board has for itself in the lab: its console's port, its power outlet. Two boards that name
// the same one are a mistake in their files (a line copied and not changed): switching or flashing
// one would strike the other.
//
// Only what tells by its name that it can be one board's is claimed. Commands (`exec`) are not: one
// program may find the board by itself, and `on: ["true"]` is a board that always has power.
#ifndef BOARD_CLAIMS_H
#define BOARD_CLAIMS_H

#include "config/boards.h"
#include "lease/lease.h"

struct claim {
	char *thing;             // what it is, as messages name it: "serial port /dev/ttyUSB0"
	char *part;              // which part of it is claimed, "channel 2"; NULL = all of it
	struct config_node node; // the key that says so
	const struct board_config *board; // whose it is
};

struct claims {
	struct claim *items; // owned
	size_t count;
	const struct board_config *board; // whose claims are being added
};

// Safe on NULL and twice; a zeroed struct holds no claims.
void claims_deinit(struct claims *c);
#define CLEANUP_CLAIMS CLEANUP(claims_deinit)

// For drivers (driver.h, `claim`). `node` is the key that names the thing; `part` may be NULL.
void claims_add(struct claims *c, struct config_node node, const char *part, const char *fmt, ...)
    ERROR_PRINTF(4, 5);

// How a driver names a host, or the server of a URL, in what it claims: one name for each, whoever names
// it (board/claim_names.h). The caller frees.
char *claims_host(const char *host);
char *claims_url(const char *url);

// Builds every board of the files and compares what they claim; the second of two that claim the
// same is refused at its place, naming the first's. A board whose drivers refuse their keys claims
// nothing: that is board_new's to say, of those boards that are wanted.
struct error *claims_check(const struct boards_config *boards) ERROR_RESULT;

// What the board is to a lease, whoever has it: by its name and the folder of its file. An emulated one
// is each user's own. The caller frees.
char *claims_board(const struct board_config *config, bool is_virtual);

// Asks for the board and all that it claims (lease/lease.h).
struct error *claims_ask(const struct board_config *config, struct lease **out) ERROR_RESULT;

// Why the board may still be on, as its last holder left it; the caller frees. NULL: nothing says so.
char *claims_may_be_on(const struct board_config *config);

#endif
