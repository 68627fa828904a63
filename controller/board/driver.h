// SPDX-License-Identifier: GPL-2.0-or-later
// What a console, power or boot driver is. A driver is one file with one `static const struct`
// table, named by one line in board/drivers.c. It checks its own keys and knows no job.
//
// Order of a run: power.prepare, console.open, [boot.prepare is before both], power.on, boot.start,
// ... the payload talks ..., power.off. The console is open from before power-on to after
// power-off.
#ifndef BOARD_DRIVER_H
#define BOARD_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "config/boards.h"

// Lets a driver wait without losing console bytes: the caller of the board reads the console
// meanwhile. Returns when `fd` (or -1) has one of `events` (poll(2)), or at `deadline_ns`
// (monotonic); *ready says which. An error means that the run is to be given up (console lost,
// disk full, interrupted).
struct board_wait {
	struct error *(*wait)(void *arg, int fd, short events, int64_t deadline_ns, bool *ready);
	void *arg;
};

// How a board came to its end without being switched off.
enum board_end {
	BOARD_END_UNKNOWN, // it runs, or nothing can tell
	BOARD_END_OFF,     // the payload switched it off
	BOARD_END_RESET,   // the payload reset it
	BOARD_END_LOST,    // the device itself went away (an emulator that crashed)
};

// What is to be booted; strings live as long as the board.
struct board_payload {
	const char *image;     // file that the board starts
	const char *initrd;    // or NULL
	const char *arguments; // kernel command line or firmware arguments
};

// Things that the drivers of one board tell each other.
struct board_place {
	const char *board;   // the board's name
	const char *run_dir; // sockets, emulator logs; may be relative, always short
	const struct board_payload *payload; // NULL for power switching alone
	const struct board_wait *wait;
	char **emulator_arguments; // what the boot driver adds to a virtual board; owned by board
	size_t emulator_arguments_count;
};

void board_place_add_argument(struct board_place *place, const char *argument);

struct console_driver {
	const char *name;
	const char *help; // its keys, one a line
	struct error *(*config)(const struct config_map *keys, void **state)ERROR_RESULT;
	// Opens the line. *fd is non-blocking and close-on-exec and belongs to the caller.
	struct error *(*open)(void *state, struct board_place *place, int *fd)ERROR_RESULT;
	void (*free)(void *state);
};

struct power_driver {
	const char *name;
	const char *help;
	struct error *(*config)(const struct config_map *keys, void **state)ERROR_RESULT;
	// Brings the board into being without starting it (an emulator, paused). Nullable.
	struct error *(*prepare)(void *state, struct board_place *place)ERROR_RESULT;
	struct error *(*on)(void *state, struct board_place *place)ERROR_RESULT;
	// Must be callable in every state, also after a failure and twice.
	struct error *(*off)(void *state, struct board_place *place)ERROR_RESULT;
	struct error *(*reset)(void *state, struct board_place *place)ERROR_RESULT;
	// How the board ended by itself, as far as the switch can tell. `line_closed`: the console
	// was closed from the board's side, so that it is about to end if it has not. Nullable
	// (unknown).
	enum board_end (*end)(void *state, bool line_closed);
	void (*free)(void *state);
};

struct boot_driver {
	const char *name;
	const char *help;
	struct error *(*config)(const struct config_map *keys, void **state)ERROR_RESULT;
	// Before the board exists: puts the payload where the board will find it.
	struct error *(*prepare)(void *state, struct board_place *place)ERROR_RESULT;
	void (*free)(void *state);
};

extern const struct console_driver *const console_drivers[]; // NULL-terminated
extern const struct power_driver *const power_drivers[];
extern const struct boot_driver *const boot_drivers[];

#endif
