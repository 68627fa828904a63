// SPDX-License-Identifier: GPL-2.0-or-later
// One board in hand: its three drivers behind one face.
#ifndef BOARD_BOARD_H
#define BOARD_BOARD_H

#include "board/driver.h"
#include "board/line.h"

struct board;

// Finds the drivers that the declaration names and lets each check its keys. Touches no hardware,
// so that it also serves to check a whole boards/ folder. `config` must outlive the board.
struct error *board_new(const struct board_config *config, struct board **out) ERROR_RESULT;
// Releases everything, switching an emulator off if it still runs.
void board_free(struct board *b);
// Whether each run writes a store of the board's own, which wears.
bool board_wears(const struct board *b);
// Adds what of the lab it has for itself (board/claims.h).
void board_claim(const struct board *b, struct claims *out);
CLEANUP_DEFINE(cleanup_board, struct board *, board_free)
#define CLEANUP_BOARD CLEANUP(cleanup_board)

// Switches a real board off, which somebody may have left on: else what it goes on saying would be
// taken for the payload's words. Then readies payload and power switch in `run_dir` and opens the
// console, board still off.
struct error *board_prepare(struct board *b, const char *run_dir,
			    const struct board_payload *payload,
			    const struct board_wait *wait) ERROR_RESULT;
// Opens the console alone, whatever state the board is in; board_power_off leaves it so.
struct error *board_open_console(struct board *b, const char *run_dir,
				 const struct board_wait *wait) ERROR_RESULT;
// The console: closed until board_prepare; whoever holds the board reads it (board/line.h).
struct line *board_line(struct board *b);
// After board_prepare, when the board has been off for as long as it needs. A real board that still
// talks then is an error, as in board_power_off.
struct error *board_power_on(struct board *b) ERROR_RESULT;
// After power-on: whatever it takes until the payload has the console.
struct error *board_start(struct board *b) ERROR_RESULT;
// Whether board_start exchanges bytes with the board, and so takes its time.
bool board_has_start(const struct board *b);
// Seconds that it may take at most.
double board_start_limit(const struct board *b);
// After power-on: stores and verifies the payload; a board whose boot driver cannot is an error.
struct error *board_flash(struct board *b) ERROR_RESULT;
// After power-on: proves that this is the board of its file; appends what it said.
struct error *board_identify(struct board *b, struct buffer *said) ERROR_RESULT;
// Off, settle, on. The console of a virtual board is opened anew.
struct error *board_power_cycle(struct board *b) ERROR_RESULT;
// Attempted on every way out; safe when never prepared or already off. A switch that says "off"
// while the board goes on talking is an error.
struct error *board_power_off(struct board *b) ERROR_RESULT;
// Switches a board of which nothing else is wanted; an emulated one cannot outlive this process and
// is an error (ERROR_USAGE).
struct error *board_switch(struct board *b, enum power_action action, const char *run_dir,
			   const struct board_wait *wait) ERROR_RESULT;
// Asks the power switch alone, after board_open_console: what it says, POWER_STATE_UNKNOWN when it
// cannot be asked. Changes nothing.
struct error *board_ask_power(struct board *b, enum power_state *is) ERROR_RESULT;
// Switches off a board whose former holder died, without opening its console.
struct error *board_force_off(struct board *b, const char *run_dir,
			      const struct board_wait *wait) ERROR_RESULT;
// What wears a board, counted since board_new.
struct board_cycles {
	unsigned power; // how often it was given power
	unsigned erase; // how often something was stored in its flash
};
struct board_cycles board_cycles(const struct board *b);
// Appends what plays a virtual board (driver.h), once it has been prepared; nothing for a real one.
void board_emulator(const struct board *b, struct buffer *out);

// CPUs of the host that the board keeps busy: as many as the emulator has; a real one's is 1.
unsigned board_host_cpus(const struct board *b);
// The process that plays the board; 0: none, or it is real.
pid_t board_process(const struct board *b);
// What a boot tool said that ended well all the same, NULL: nothing.
const char *board_doubt(const struct board *b);

// How the board ended by itself; asked before it is switched off.
enum board_end board_end(struct board *b, bool line_closed);

// Whether the board lives only as long as the process that runs it (an emulator).
bool board_is_virtual(const struct board *b);
// Appends what the power driver would do, a line each, secrets masked.
void board_describe_power(const struct board *b, enum power_action action, struct buffer *out);
// Prints to `out` all that flashing the payload, or identifying the board (`payload` NULL), would say
// and do, from power-on to power-off; touches nothing.
struct error *board_rehearse(struct board *b, const struct board_payload *payload,
			     FILE *out) ERROR_RESULT;

#endif
