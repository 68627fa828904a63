// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/board.h"

#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "board/doubt.h"

// After "off" the line must fall silent for so long. What the board said before is still on its way
// (the buffers of adapters, of serial port servers, of a loaded host), hence the time to do so in; a
// board that has power talks beyond it.
#define OFF_QUIET_NS (700 * NS_PER_MS)
#define OFF_DRAIN_NS (5 * NS_PER_S)
// A line whose other end loses power may give birth to a few bytes; a board talks more than that.
#define OFF_NOISE_BYTES 16

struct board {
	const struct board_config *config;
	const struct console_driver *console;
	const struct power_driver *power;
	const struct boot_driver *boot;
	void *console_state;
	void *power_state;
	void *boot_state;
	struct board_place place;
	struct line line;
	bool prepared;
	bool on;
	unsigned powered; // how often it was given power
	int64_t off_ns;   // when it was switched off, before it is switched on; 0 = it was not
};

void board_place_add_argument(struct board_place *place, const char *argument)
{
	char *copy = memory_strdup(argument);
	ARRAY_APPEND(place->emulator_arguments, place->emulator_arguments_count, copy);
}

void board_place_hand_over(struct board_place *place)
{
	place->handover = place->line->bytes;
}

void board_place_wear(struct board_place *place)
{
	place->erased += !place->rehearsal;
}

void board_place_doubt(struct board_place *place, const char *what, const char *text)
{
	char line[DOUBT_SIZE];
	if (!place->doubt && doubt_find(text, line))
		place->doubt = memory_printf("%s: %s", what, line);
}

const char *board_doubt(const struct board *b)
{
	return b->place.doubt;
}

static struct error *switch_on(struct board *b);

static struct error *power_cycle(void *arg)
{
	return board_power_cycle(arg);
}

static struct error *power_on(void *arg)
{
	struct board *b = arg;
	return b->powered ? board_power_cycle(b) : switch_on(b);
}

// What LAVA holds, it holds whole: console, boot, and the emulator that it starts.
static struct error *check_feed(const struct board *b)
{
	if (b->console->fed != b->boot->feeds)
		return config_error(b->config->console.node,
				    "console %s with boot %s: lava goes with lava",
				    b->console->driver.name, b->boot->driver.name);
	if (!b->boot->feeds)
		return NULL;
	bool starts = b->boot->starts_emulator(b->boot_state);
	bool virtual = b->power->prepare != NULL;
	if (starts && strcmp(b->power->driver.name, "lava") != 0)
		return config_error(b->config->power.node,
				    "power %s, expected lava: it starts the emulator and ends it",
				    b->power->driver.name);
	if (!starts && virtual)
		return config_error(b->config->power.node,
				    "power %s is an emulator's, expected a switch, or boot lava "
				    "with method: qemu",
				    b->power->driver.name);
	return NULL;
}

// A payload that never reaches the board must not be taken for what the board boots instead.
static struct error *check_reach(const struct board *b)
{
	if (b->config->dtb && !b->boot->takes_dtb)
		return config_error(b->config->boot.node,
				    "%s starts a payload with the boot loader's device tree only, "
				    "expected no dtb: here or in the type",
				    b->boot->driver.name);
	if (b->power->emulator || !b->boot->needs_emulator)
		return NULL;
	const char *why = b->boot->needs_emulator(b->boot_state);
	return why ? config_error(b->config->boot.node, "%s", why) : NULL;
}

static struct error *set_up(struct board *b, const struct board_config *config)
{
	b->config = config;
	b->place.board = config->name;
	b->place.handover = BOARD_NO_HANDOVER;
	b->place.feed = -1;
	const struct driver *console, *power, *boot;
	TRY(driver_find(&config->console, "console", console_drivers, &console));
	TRY(driver_find(&config->power, "power", power_drivers, &power));
	TRY(driver_find(&config->boot, "boot", boot_drivers, &boot));
	b->console = (const struct console_driver *)console; // its first member
	b->power = (const struct power_driver *)power;
	b->boot = (const struct boot_driver *)boot;
	b->line.driver = b->console;
	b->line.place = &b->place;
	b->place.line = &b->line;
	b->place.power_cycle = power_cycle;
	b->place.power_on = power_on;
	b->place.power_cycle_arg = b;
	TRY(driver_config(console, driver_keys, &config->console, &b->console_state));
	b->line.state = b->console_state;
	TRY(driver_config(power, driver_keys, &config->power, &b->power_state));
	TRY(driver_config(boot, driver_keys, &config->boot, &b->boot_state));
	TRY(check_feed(b));
	return check_reach(b);
}

struct error *board_new(const struct board_config *config, struct board **out)
{
	CLEANUP_BOARD struct board *b = memory_new(1, sizeof(*b));
	b->line = LINE_NONE; // before anything fails: board_free closes the line's fd
	// The key may stand in its type, or be missing there: the place alone does not tell whose.
	TRY(error_wrap(set_up(b, config), "board %s", config->name));
	*out = STEAL(b);
	return NULL;
}

void board_claim(const struct board *b, struct claims *out)
{
	if (b->console->claim)
		b->console->claim(b->console_state, &b->config->console, out);
	if (b->power->claim)
		b->power->claim(b->power_state, &b->config->power, out);
	if (b->boot->claim)
		b->boot->claim(b->boot_state, &b->config->boot, out);
}

void board_free(struct board *b)
{
	if (!b)
		return;
	line_deinit(&b->line);
	if (b->console)
		driver_free(&b->console->driver, b->console_state);
	if (b->boot)
		driver_free(&b->boot->driver, b->boot_state);
	if (b->power) // last: the board's storage goes with it
		driver_free(&b->power->driver, b->power_state);
	for (size_t i = 0; i < b->place.emulator_arguments_count; i++)
		free(b->place.emulator_arguments[i]);
	free(b->place.emulator_arguments);
	free(b->place.doubt);
	free(b);
}

static struct error *bring_up(struct board *b)
{
	if (b->power->prepare)
		TRY(b->power->prepare(b->power_state, &b->place));
	if (b->line.fd < 0)
		TRY(line_open(&b->line));
	return b->console->settle ? b->console->settle(b->console_state, &b->place) : NULL;
}

struct error *board_prepare(struct board *b, const char *run_dir,
			    const struct board_payload *payload, const struct board_wait *wait)
{
	if (payload && payload->dtb && !b->boot->takes_dtb)
		return error_new(ERROR_CONFIG,
				 "board %s: %s starts a payload with the boot loader's device tree "
				 "only, expected a payload without dtb:",
				 b->config->name, b->boot->driver.name);
	b->place.run_dir = run_dir;
	b->place.payload = payload;
	b->place.wait = wait;
	b->prepared = true;
	if (payload && payload->sanitize && !b->power->sanitizes)
		return error_new(
		    ERROR_UNMET,
		    "board %s is not emulated by QEMU: nobody can follow its page tables",
		    b->place.board);
	if (!board_is_virtual(b))
		TRY(b->power->off(b->power_state, &b->place));
	b->off_ns = clock_monotonic_ns();
	if (b->boot->prepare)
		TRY(b->boot->prepare(b->boot_state, &b->place));
	return bring_up(b);
}

struct error *board_open_console(struct board *b, const char *run_dir,
				 const struct board_wait *wait)
{
	b->place.run_dir = run_dir;
	b->place.wait = wait;
	return bring_up(b);
}

struct line *board_line(struct board *b)
{
	return &b->line;
}

bool board_has_start(const struct board *b)
{
	return b->boot->start != NULL;
}

// A conversation that ended because the board did has that as its cause.
static struct error *explain_end(struct board *b, struct error *e)
{
	if (!e || !line_is_gone(&b->line))
		return e;
	switch (board_end(b, true)) {
	case BOARD_END_OFF:
		return error_wrap(e, "the board switched itself off");
	case BOARD_END_RESET:
		return error_wrap(e, "the board reset itself and stayed off");
	case BOARD_END_LOST:
		return error_wrap(e, "the board lost its power");
	case BOARD_END_RUNS:
	case BOARD_END_UNKNOWN:
		break;
	}
	return e;
}

struct error *board_start(struct board *b)
{
	struct error *e = b->boot->start ? b->boot->start(b->boot_state, &b->place) : NULL;
	if (!e && b->place.handover == BOARD_NO_HANDOVER)
		board_place_hand_over(&b->place);
	e = explain_end(b, e);
	line_tap(&b->line, false);
	return e;
}

double board_start_limit(const struct board *b)
{
	return b->boot->limit ? b->boot->limit(b->boot_state) : 0;
}

static struct error *cannot(const struct board *b, const char *what)
{
	return error_new(ERROR_USAGE, "board %s: its boot driver \"%s\" cannot %s", b->place.board,
			 b->boot->driver.name, what);
}

struct error *board_flash(struct board *b)
{
	if (!b->boot->flash)
		return cannot(b, "flash");
	return explain_end(b, b->boot->flash(b->boot_state, &b->place));
}

struct error *board_identify(struct board *b, struct buffer *said)
{
	if (!b->boot->identify)
		return cannot(b, "identify a board");
	return explain_end(b, b->boot->identify(b->boot_state, &b->place, said));
}

// ---- power --------------------------------------------------------------------------------------

static struct error *pause_for(struct board *b, int64_t ns)
{
	bool ready;
	return b->place.wait->wait(b->place.wait->arg, -1, 0, clock_monotonic_ns() + ns, &ready);
}

// An emulator that is gone cannot talk; of a real switch only the board's silence tells.
static struct error *check_silence(struct board *b)
{
	if (board_is_virtual(b) || b->line.fd < 0 || !b->on)
		return NULL;
	int64_t limit = clock_monotonic_ns() + OFF_DRAIN_NS;
	uint64_t said;
	do {
		uint64_t before = b->line.bytes;
		TRY(pause_for(b, OFF_QUIET_NS));
		said = b->line.bytes - before;
		if (said <= OFF_NOISE_BYTES)
			return NULL;
	} while (clock_monotonic_ns() < limit);
	return error_new(ERROR_LAB,
			 "board %s: the power switch says off, but the board still talks (%llu "
			 "bytes in %lld ms, %lld s later)",
			 b->place.board, (unsigned long long)said,
			 (long long)(OFF_QUIET_NS / NS_PER_MS),
			 (long long)(OFF_DRAIN_NS / NS_PER_S));
}

// Until it has been off for as long as its driver's keys say.
static struct error *settle(struct board *b)
{
	double seconds = b->power->settle ? b->power->settle(b->power_state) : 0;
	int64_t left = b->off_ns + (int64_t)(seconds * (double)NS_PER_S) - clock_monotonic_ns();
	return left > 0 ? pause_for(b, left) : NULL;
}

static bool hands_over(const struct board *b)
{
	return b->boot->hands_over ? b->boot->hands_over(b->boot_state) : b->boot->start != NULL;
}

// Nothing of what the board says is to be lost: without its console it is not switched on.
static struct error *switch_on(struct board *b)
{
	bool ready; // an end that nobody has read yet
	TRY(b->place.wait->wait(b->place.wait->arg, -1, 0, clock_monotonic_ns() + NS_PER_MS,
				&ready));
	TRY(error_wrap(line_need(&b->place, INT64_MAX), "not switched on"));
	b->powered++; // a switch that answers with an error may have done it all the same
	return b->power->on(b->power_state, &b->place);
}

struct error *board_power_on(struct board *b)
{
	b->on = true;
	TRY(check_silence(b));
	if (!board_is_virtual(b))
		TRY(settle(b));
	// What the board says while the switch still answers is the start of the conversation, if
	// its boot driver holds one.
	line_tap(&b->line, b->boot->start || b->boot->flash || b->boot->identify);
	if (!hands_over(b))
		board_place_hand_over(&b->place);
	return b->boot->feeds ? NULL : switch_on(b);
}

// Off, and silent.
static struct error *cut_power(struct board *b)
{
	TRY(b->power->off(b->power_state, &b->place));
	TRY(check_silence(b));
	b->on = false;
	return NULL;
}

struct error *board_power_off(struct board *b)
{
	if (!b->prepared)
		return NULL;
	if (b->place.wait->wind_down)
		b->place.wait->wind_down(b->place.wait->arg);
	// Whatever becomes of the tool, the board is switched off.
	CLEANUP_ERROR struct error *unfinished =
	    b->boot->finish ? b->boot->finish(b->boot_state, &b->place) : NULL;
	TRY(cut_power(b));
	return STEAL(unfinished);
}

struct error *board_power_cycle(struct board *b)
{
	bool tapped = b->line.tapped;
	TRY(error_wrap(cut_power(b), "power cycle"));
	if (board_is_virtual(b))
		line_close(&b->line);
	b->off_ns = clock_monotonic_ns();
	TRY(settle(b));
	TRY(error_wrap(bring_up(b), "power cycle"));
	line_tap(&b->line, tapped);
	b->on = true;
	return error_wrap(switch_on(b), "power cycle");
}

bool board_wears(const struct board *b)
{
	return b->boot->wears && b->boot->wears(b->boot_state);
}

bool board_is_virtual(const struct board *b)
{
	return b->power->prepare != NULL;
}

void board_describe_power(const struct board *b, enum power_action action, struct buffer *out)
{
	if (b->power->describe)
		b->power->describe(b->power_state, action, out);
	else
		buffer_printf(out, "%s: %s\n", b->power->driver.name,
			      action == POWER_ON    ? "start the emulated board"
			      : action == POWER_OFF ? "end the emulated board"
						    : "reset the emulated board");
}

static void rehearse_power(const struct board *b, enum power_action action, FILE *out)
{
	CLEANUP_BUFFER struct buffer text = {0};
	board_describe_power(b, action, &text);
	fprintf(out, "# power %s\n%s", action == POWER_ON ? "on" : "off", buffer_str(&text));
}

struct error *board_rehearse(struct board *b, const struct board_payload *payload, FILE *out)
{
	if (payload ? !b->boot->flash : !b->boot->identify)
		return cannot(b, payload ? "flash" : "identify a board");
	b->place.run_dir = ".";
	b->place.payload = payload;
	b->place.rehearsal = out;
	CLEANUP_BUFFER struct buffer said = {0};
	if (!board_is_virtual(b)) // it may have been left on
		rehearse_power(b, POWER_OFF, out);
	if (payload && b->boot->prepare)
		TRY(b->boot->prepare(b->boot_state, &b->place));
	rehearse_power(b, POWER_ON, out);
	TRY(payload ? b->boot->flash(b->boot_state, &b->place)
		    : b->boot->identify(b->boot_state, &b->place, &said));
	rehearse_power(b, POWER_OFF, out);
	return NULL;
}

struct error *board_switch(struct board *b, enum power_action action, const char *run_dir,
			   const struct board_wait *wait)
{
	if (board_is_virtual(b))
		return error_new(ERROR_USAGE,
				 "board %s is emulated: it lives only within a run, `flash`, "
				 "`identify` or `console`",
				 b->place.board);
	b->place.run_dir = run_dir;
	b->place.wait = wait;
	if (action == POWER_RESET && b->power->reset)
		return b->power->reset(b->power_state, &b->place);
	if (action != POWER_ON)
		TRY(b->power->off(b->power_state, &b->place));
	b->off_ns = clock_monotonic_ns();
	if (action == POWER_RESET)
		TRY(settle(b));
	return action == POWER_OFF ? NULL : b->power->on(b->power_state, &b->place);
}

struct error *board_ask_power(struct board *b, enum power_state *is)
{
	*is = POWER_STATE_UNKNOWN;
	return b->power->probe ? b->power->probe(b->power_state, &b->place, is) : NULL;
}

struct error *board_force_off(struct board *b, const char *run_dir, const struct board_wait *wait)
{
	b->place.run_dir = run_dir;
	b->place.wait = wait;
	b->prepared = true;
	return board_power_off(b);
}

struct board_cycles board_cycles(const struct board *b)
{
	return (struct board_cycles){b->powered, b->place.erased};
}

void board_emulator(const struct board *b, struct buffer *out)
{
	if (b->power->emulator)
		b->power->emulator(b->power_state, out);
}

unsigned board_host_cpus(const struct board *b)
{
	return b->power->host_cpus ? b->power->host_cpus(b->power_state) : 1;
}

pid_t board_process(const struct board *b)
{
	return b->power->process ? b->power->process(b->power_state) : 0;
}

enum board_end board_end(struct board *b, bool line_closed)
{
	return b->power->end ? b->power->end(b->power_state, line_closed) : BOARD_END_UNKNOWN;
}
