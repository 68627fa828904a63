// SPDX-License-Identifier: GPL-2.0-or-later
// Power by the site's own programs. No shell: the words go to the program as they are.
#include <string.h>

#include "base/memory.h"
#include "board/keys.h"
#include "board/power/answer.h"
#include "board/power/switching.h"
#include "board/words.h"

struct exec_power {
	struct switching switching;
	const char **commands[3];      // by enum power_action; [POWER_RESET] may be NULL
	const char **state;            // prints "on" or "off" first or last; may be NULL
	const struct config_map *keys; // borrowed
	const char **environment;      // variables that the programs get; may be NULL
	bool detach;
};

static struct error *exec_config(const struct config_map *keys, void **state)
{
	static const char *const known[] = {
	    "driver", "on", "off", "reset", "state", "environment", "detach", SWITCHING_KEYS, NULL};
	TRY(config_map_only(keys, known));
	struct exec_power *x = memory_new(1, sizeof(*x));
	*state = x;
	struct config_node n;
	TRY(config_map_need(keys, "on", &n));
	TRY(config_map_need(keys, "off", &n));
	TRY(keys_command(keys, "on", &x->commands[POWER_ON]));
	TRY(keys_command(keys, "off", &x->commands[POWER_OFF]));
	TRY(keys_command(keys, "reset", &x->commands[POWER_RESET]));
	TRY(keys_command(keys, "state", &x->state));
	x->keys = keys;
	TRY(keys_environment(keys, &x->environment));
	TRY(keys_bool(keys, "detach", &x->detach));
	return switching_config(keys, &x->switching);
}

static struct error *run(const struct exec_power *x, const char *const *argv,
			 struct board_place *place, bool detach, struct buffer *said)
{
	TRY(keys_check_environment(x->keys, x->environment));
	const struct switching_command command = {
	    .argv = argv,
	    .environment = x->environment,
	    .timeout_s = x->switching.timeout,
	    .detach = detach,
	};
	return switching_run(&command, place, said);
}

static struct error *exec_act(void *driver, struct board_place *place, enum power_action action)
{
	struct exec_power *x = driver;
	CLEANUP_BUFFER struct buffer said = {0};
	return run(x, x->commands[action], place, x->detach, &said);
}

static struct error *state_unclear(const struct exec_power *x, const struct buffer *said)
{
	CLEANUP_BUFFER struct buffer line = {0};
	words_telling_line(buffer_str(said), said->len, &line);
	return error_new(ERROR_LAB, "%s: said \"%s\", expected on or off", x->state[0],
			 buffer_str(&line));
}

static struct error *exec_state(void *driver, struct board_place *place, enum power_state *state)
{
	struct exec_power *x = driver;
	if (!x->state)
		return NULL;
	CLEANUP_BUFFER struct buffer said = {0};
	TRY(run(x, x->state, place, false, &said));
	bool on;
	if (!answer_program_state(buffer_str(&said), &on))
		return state_unclear(x, &said);
	*state = on ? POWER_STATE_ON : POWER_STATE_OFF;
	return NULL;
}

static const struct switching_ops exec_ops = {.act = exec_act, .state = exec_state};

static struct error *exec_do(void *state, struct board_place *place, enum power_action action)
{
	struct exec_power *x = state;
	return switching_do(&x->switching, &exec_ops, x, place, action);
}

static struct error *exec_on(void *state, struct board_place *place)
{
	return exec_do(state, place, POWER_ON);
}

static struct error *exec_off(void *state, struct board_place *place)
{
	return exec_do(state, place, POWER_OFF);
}

static double exec_settle(const void *state)
{
	return ((const struct exec_power *)state)->switching.settle;
}

static struct error *exec_reset(void *state, struct board_place *place)
{
	struct exec_power *x = state;
	if (x->commands[POWER_RESET])
		return exec_do(state, place, POWER_RESET);
	TRY(exec_do(state, place, POWER_OFF));
	TRY(switching_settle(&x->switching, place));
	return exec_do(state, place, POWER_ON);
}

static void exec_describe(const void *state, enum power_action action, struct buffer *out)
{
	const struct exec_power *x = state;
	if (action == POWER_RESET && !x->commands[POWER_RESET]) {
		exec_describe(state, POWER_OFF, out);
		buffer_printf(out, "wait %g s\n", x->switching.settle);
		exec_describe(state, POWER_ON, out);
		return;
	}
	switching_describe_command(x->commands[action], out);
}

static void exec_free(void *state)
{
	struct exec_power *x = state;
	for (size_t i = 0; i < 3; i++)
		free(x->commands[i]);
	free(x->state);
	free(x->environment);
	free(x);
}

const struct power_driver power_exec = {
    .name = "exec",
    .help =
	"on: LIST, off: LIST   program and arguments (required)\n"
	"reset: LIST           else off, settle, on\n"
	"state: LIST           prints on or off as its first or last word, to be held against\n"
	"                      what was asked for\n"
	"environment: LIST     variables of mmfarm's environment that the programs get too\n"
	"detach: true          what on, off and reset leave in the background goes on; else it\n"
	"                      is ended, and said\n" SWITCHING_HELP,
    .config = exec_config,
    .on = exec_on,
    .off = exec_off,
    .reset = exec_reset,
    .settle = exec_settle,
    .describe = exec_describe,
    .free = exec_free,
};
