// SPDX-License-Identifier: GPL-2.0-or-later
// Power by the site's own programs. No shell: the words go to the program as they are.
#include <string.h>

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

static const struct key exec_keys[] = {
    {"on", KEY_COMMAND(struct exec_power, commands[POWER_ON]), .required = true,
     .help = "program and arguments"},
    {"off", KEY_COMMAND(struct exec_power, commands[POWER_OFF]), .required = true,
     .help = "program and arguments"},
    {"reset", KEY_COMMAND(struct exec_power, commands[POWER_RESET]),
     .help = "else off, settle, on"},
    {"state", KEY_COMMAND(struct exec_power, state),
     .help = "prints on or off as its first or last word, to be held against what was asked for"},
    {"environment", KEY_VARIABLES(struct exec_power, environment),
     .help = "variables of mmfarm's environment that the programs get too"},
    {"detach", KEY_BOOL(struct exec_power, detach), .preset = "false",
     .help = "what on, off and reset leave in the background goes on; else it is ended, and said"},
    SWITCHING_KEYS(struct exec_power, switching, "10", "10"),
    {0},
};

static struct error *exec_check(void *state, const struct config_map *keys)
{
	((struct exec_power *)state)->keys = keys;
	return NULL;
}

static struct error *run(const struct exec_power *x, const char *const *argv,
			 struct board_place *place, bool detach, struct buffer *said)
{
	TRY(keys_check_environment(x->keys, x->environment));
	const struct command_spec command = {
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

static struct error *exec_do(void *state, struct board_place *place, enum power_action action)
{
	struct exec_power *x = state;
	return switching_do(x, place, action);
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

static const struct switching_ops exec_ops = {.act = exec_act, .state = exec_state};

static void exec_init(void *state)
{
	((struct exec_power *)state)->switching.ops = &exec_ops;
}

const struct power_driver power_exec = {
    .driver = {.name = "exec",
	       .help = "the site's own programs; words, no shell",
	       .keys = exec_keys,
	       .size = sizeof(struct exec_power),
	       .init = exec_init,
	       .check = exec_check},
    .on = switching_on,
    .off = switching_off,
    .reset = exec_reset,
    .probe = switching_probe,
    .settle = switching_settle_s,
    .describe = exec_describe,
};
