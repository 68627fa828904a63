// SPDX-License-Identifier: GPL-2.0-or-later
// What a console, power or boot driver is. A driver is one file with one `const struct` table, named
// by one line in board/drivers.c. It begins with what all drivers have (config/driver.h): name, keys,
// state. It knows no job.
//
// Order of a run: boot.prepare, power.prepare, console.open, power.on, boot.start, ... the payload
// talks ..., power.off. The console is open from before power-on to after power-off; only a virtual
// board's socket goes with its emulator and is opened anew in a power cycle.
#ifndef BOARD_DRIVER_H
#define BOARD_DRIVER_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "config/boards.h"
#include "config/driver.h"

// Lets a driver wait without losing console bytes: the caller of the board reads the console
// meanwhile. Returns when `fd` (or -1) has one of `events` (poll(2)), or at `deadline_ns`
// (monotonic); *ready says which. An error means that the run is to be given up (console lost,
// disk full, a signal that asks to stop: board_wait_stopped).
struct board_wait {
	struct error *(*wait)(void *arg, int fd, short events, int64_t deadline_ns, bool *ready);
	// The same, but returns also as soon as the line's tap holds bytes, or the line has closed
	// for good or come back.
	struct error *(*listen)(void *arg, int fd, short events, int64_t deadline_ns, bool *ready);
	// Tells people and events.jsonl what is being done. Nullable.
	void (*note)(void *arg, const char *what, const char *detail);
	// The board is to be switched off for good: from now on waits do not fail any more for a
	// signal that came. Nullable.
	void (*wind_down)(void *arg);
	void *arg;
};

// Whether an error is somebody's wish to stop: what tries again after errors must not after this
// one.
static inline bool board_wait_stopped(const struct error *e)
{
	return e && error_code(e) == EINTR;
}

// How a board came to its end without being switched off.
enum board_end {
	BOARD_END_UNKNOWN, // nothing can tell
	BOARD_END_OFF,     // the payload switched it off
	BOARD_END_RESET,   // the payload reset it
	BOARD_END_RUNS,    // it has its power: an emulator tells
	BOARD_END_LOST,    // the device itself went away (an emulator that crashed)
};

// What the page-table sanitizer checks of an emulated board besides its tables.
struct board_sanitizer {
	bool loads;     // accesses
	bool lone_data; // that the kernel's data is writable in its image alone
};

// What is to be booted; strings live as long as the board.
struct board_payload {
	const char *image;     // file that the board starts
	const char *initrd;    // or NULL
	const char *dtb;       // device tree that it is started with, or NULL: the boot loader's
	const char *arguments; // kernel command line or firmware arguments
	const struct board_sanitizer *sanitize; // NULL: its page tables are not checked
};

struct claims;
struct line;

// Things that the drivers of one board tell each other.
struct board_place {
	const char *board;   // the board's name
	const char *run_dir; // sockets, emulator logs; may be relative, always short
	const struct board_payload *payload; // NULL for power switching alone
	const struct board_wait *wait;
	struct line *line; // the console (board/line.h); owned by board
	// Offset in what the console said from which on the payload may speak (BOARD_NO_HANDOVER: it came
	// not that far): of power-on, or where a boot driver's `start` calls board_place_hand_over.
	uint64_t handover;
	int feed; // console driver `lava`: what its line carries is written here; -1: none, or given away
	unsigned erased; // how often something was stored in what the board keeps without power
	char *doubt; // what a boot tool said that ended well all the same, or NULL; owned by board
	char **emulator_arguments; // what the boot driver adds to a virtual board; owned by board
	size_t emulator_arguments_count;
	FILE *
	    rehearsal; // dry run: boot drivers print here what they would say and do, and do nothing
	// Off, settle, on: for boot drivers that must see the board start from its storage.
	struct error *(*power_cycle)(void *arg);
	// On, for those whose tool says when (boot_driver.feeds): the first time; later ones cycle.
	struct error *(*power_on)(void *arg);
	void *power_cycle_arg;
};

#define BOARD_NO_HANDOVER UINT64_MAX

// From now on the payload may speak.
void board_place_hand_over(struct board_place *place);
// Something was stored in what the board keeps without power, or that was tried: it wears.
void board_place_wear(struct board_place *place);
// Of `text`, which a tool printed that ended well (`what` it was to do), keeps the first line that tells
// of a failure, for the case that nothing proves that the board runs the payload.
void board_place_doubt(struct board_place *place, const char *what, const char *text);

// The file in the run's directory that keeps what commands of power and boot drivers print.

// Copies one more word for the emulator's command line.
void board_place_add_argument(struct board_place *place, const char *argument);

struct console_driver {
	struct driver driver;
	// Opens the line. *fd is non-blocking and close-on-exec and belongs to the caller, who
	// closes it before opening again.
	struct error *(*open)(void *state, struct board_place *place, int *fd)ERROR_RESULT;
	// Once the console is being read: waits until the line is set up as configured. Nullable.
	struct error *(*settle)(void *state, struct board_place *place)ERROR_RESULT;
	// Turns the `len` bytes read from the line into console bytes, in place (never more than
	// came); returns how many. What the protocol wants answered is appended to *reply.
	// Nullable: bytes are what they are.
	size_t (*decode)(void *state, char *bytes, size_t len, struct buffer *reply);
	// Appends what must be written to the line for the board to receive `bytes`. Nullable.
	void (*encode)(void *state, const char *bytes, size_t len, struct buffer *out);
	// Begins or ends a break: appends what the line's protocol says for it, or acts on `fd`.
	// Nullable: the line knows no break.
	struct error *(*set_break)(void *state, int fd, bool on, struct buffer *out)ERROR_RESULT;
	// Seconds in which a line that went away may come back (an adapter plugged out and in, a
	// server restarted). Nullable: 0.
	double (*grace)(const void *state);
	// Nanoseconds for which the line may be left unread at its full speed before the host has no
	// room for its bytes; 0: no time at all. Nullable: room for seconds.
	int64_t (*unread_ns)(const void *state);
	// A server or a program stands between farm and board: what it says on a connection that it
	// takes only to close it ("Port already in use") is its own.
	bool server;
	// The boot driver feeds the line (boot_driver.feeds): the two need each other.
	bool fed;
	// Appends why the line that closed did so, as far as the driver can tell ("ipmitool: exit 1:
	// ..."); nothing otherwise. May wait a moment. Nullable.
	void (*ending)(void *state, struct buffer *out);
	// Adds what of the lab the board has for itself by these keys (board/claims.h). Nullable:
	// nothing that its keys tell.
	void (*claim)(const void *state, const struct config_map *keys, struct claims *out);
};

// unread_ns of a unix stream socket. An emulated UART writes each byte by itself, and the kernel has
// room for some 280 such messages (unix(7): each counts with its overhead against SO_SNDBUF): an
// emulator that has to wait there stops its guest.
int64_t console_never_unread(const void *state);

enum power_action { POWER_ON, POWER_OFF, POWER_RESET };

enum power_state {
	POWER_STATE_UNKNOWN, // it cannot be asked
	POWER_STATE_ON,
	POWER_STATE_OFF,
	POWER_STATE_CHANGING, // on its way from one to the other: neither is right yet
};

struct power_driver {
	struct driver driver;
	// Brings the board into being without starting it (an emulator, paused). Nullable.
	struct error *(*prepare)(void *state, struct board_place *place)ERROR_RESULT;
	struct error *(*on)(void *state, struct board_place *place)ERROR_RESULT;
	// Must be callable in every state, also after a failure and twice.
	struct error *(*off)(void *state, struct board_place *place)ERROR_RESULT;
	// Nullable: off and on.
	struct error *(*reset)(void *state, struct board_place *place)ERROR_RESULT;
	// How the board ended by itself, as far as the switch can tell. `line_closed`: the console
	// was closed from the board's side, so that it is about to end if it has not. Nullable
	// (unknown).
	enum board_end (*end)(void *state, bool line_closed);
	// Appends what plays a virtual board, in words without line breaks: its version and all that
	// the board's clock depends on. Called after prepare. Nullable: a real board.
	void (*emulator)(const void *state, struct buffer *out);
	// CPUs of the host that an emulator keeps busy at most. Nullable: a real board.
	unsigned (*host_cpus)(const void *state);
	bool sanitizes; // can check a payload's page tables
	// The emulator's process, 0 when there is none. Nullable: a real board.
	pid_t (*process)(const void *state);
	// Asks for the board's state and changes nothing; one whose keys do not say how to ask is
	// POWER_STATE_UNKNOWN. Nullable: it cannot be asked.
	struct error *(*probe)(void *state, struct board_place *place,
			       enum power_state *is)ERROR_RESULT;
	// Seconds that the board stays off in a power cycle. Nullable: 0.
	double (*settle)(const void *state);
	// Appends, a line each, what the driver would do for `action`; secrets are masked. Nullable
	// for drivers whose boards exist only within a run.
	void (*describe)(const void *state, enum power_action action, struct buffer *out);
	// As of a console driver.
	void (*claim)(const void *state, const struct config_map *keys, struct claims *out);
};

struct boot_driver {
	struct driver driver;
	bool feeds;     // its tool holds the line, and switches the board on by itself
	bool takes_dtb; // can start the payload with a device tree of the board's file
	// Why only an emulator can carry out what is configured, NULL when a real board can. Nullable:
	// a real board can.
	const char *(*needs_emulator)(const void *state);
	// Before the board exists: puts the payload where the board will find it. Nullable.
	struct error *(*prepare)(void *state, struct board_place *place)ERROR_RESULT;
	// After power-on: brings the payload to run (flash, verify, boot). On return the console is
	// the payload's. Nullable: the board does it alone.
	struct error *(*start)(void *state, struct board_place *place)ERROR_RESULT;
	// Whether the payload speaks only when `start` has handed over to it (board_place_hand_over), and
	// not from power-on. Nullable: as there is a `start`, or none.
	bool (*hands_over)(const void *state);
	// After power-on: stores and verifies the payload without starting it. Nullable.
	struct error *(*flash)(void *state, struct board_place *place)ERROR_RESULT;
	// Whether each run writes a store of the board's own, which wears. Nullable: none does.
	bool (*wears)(const void *state);
	// After power-on: proves that this is the board that its file names; appends what it said.
	// Nullable.
	struct error *(*identify)(void *state, struct board_place *place,
				  struct buffer *said)ERROR_RESULT;
	// The board is to be switched off: ends what `start` left running. Nullable.
	struct error *(*finish)(void *state, struct board_place *place)ERROR_RESULT;
	// Whether it wants an emulator that its tool starts, and so the power driver `lava`. Nullable: no.
	bool (*starts_emulator)(const void *state);
	// Seconds that `start` may take. Nullable: 0, no bytes are exchanged.
	double (*limit)(const void *state);
	// As of a console driver.
	void (*claim)(const void *state, const struct config_map *keys, struct claims *out);
};

// NULL-terminated lists; each entry is the beginning of a driver of that kind.
extern const struct driver *const console_drivers[];
extern const struct driver *const power_drivers[];
extern const struct driver *const boot_drivers[];

#endif
