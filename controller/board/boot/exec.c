// SPDX-License-Identifier: GPL-2.0-or-later
// Boot by the board's own tools: openocd, fastboot, dfu-util, sd-mux and the like. No shell: words
// with placeholders go to the program as they are.
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/placeholder.h"
#include "board/power/switching.h"
#include "board/words.h"

struct exec_boot {
	const char **prepare;  // while the board is off (sd-mux); may be NULL
	const char **flash;    // while it is on (openocd, fastboot); may be NULL
	const char **identify; // prints what `expect` must be part of; may be NULL
	const char *expect;
	const char **start; // behind `flash`, when the tool does not start the payload itself
	const struct config_map *keys; // borrowed
	const char **environment;      // variables that they get; may be NULL
	bool detach;
	double limit;
};

static const struct key exec_keys[] = {
    {"prepare", KEY_COMMAND(struct exec_boot, prepare),
     .help = "run while the board is off (sd-mux and the like)"},
    {"identify", KEY_COMMAND(struct exec_boot, identify), .help = "run while it is on"},
    {"expect", KEY_TEXT(struct exec_boot, expect), .help = "what `identify` must print"},
    {"flash", KEY_COMMAND(struct exec_boot, flash), .help = "run while it is on; needs identify"},
    {"start", KEY_COMMAND(struct exec_boot, start),
     .help = "run last, when the board does not start by itself"},
    {"limit", KEY_SECONDS(struct exec_boot, limit, 1, 24 * 3600), .preset = "300",
     .help = "for each of them"},
    {"environment", KEY_VARIABLES(struct exec_boot, environment),
     .help = "variables of mmfarm's environment that they get too"},
    {"detach", KEY_BOOL(struct exec_boot, detach), .preset = "false",
     .help = "what they leave in the background goes on; else it is ended"},
    {0},
};

static struct error *exec_check(void *state, const struct config_map *keys)
{
	struct exec_boot *x = state;
	x->keys = keys;
	if (!x->prepare && !x->flash && !x->start)
		return config_error(keys->node, "boot exec: expected prepare, flash or start");
	if (!x->identify != !x->expect)
		return config_error(keys->node, "boot exec: identify and expect go together");
	if (x->flash && !x->identify)
		return config_error(keys->node,
				    "boot exec: flash needs identify and expect, so that a swapped "
				    "cable never flashes the wrong board");
	return NULL;
}

// ---- placeholders -------------------------------------------------------------------------------

static void fill_word(const char *word, const struct board_place *place, struct buffer *out)
{
	const struct board_payload *p = place->payload;
	const struct placeholder list[] = {{"image", p ? p->image : NULL},
					   {"initrd", p ? p->initrd : NULL},
					   {"dtb", p ? p->dtb : NULL},
					   {"arguments", p ? p->arguments : NULL},
					   {"board", place->board},
					   {"run", place->run_dir},
					   {0}};
	placeholder_fill(word, list, false, out);
}

static void free_words(char **words)
{
	for (size_t i = 0; words && words[i]; i++)
		free(words[i]);
	free(words);
}

static struct error *run_words(const struct exec_boot *x, const char *const *command,
			       struct board_place *place, const char *what, struct buffer *said)
{
	if (!command)
		return NULL;
	char **words = NULL;
	size_t count = 0;
	for (; command[count]; count++) {
		struct buffer word = {0};
		fill_word(command[count], place, &word);
		buffer_append_str(&word, "");
		words = memory_grow(words, count + 2, sizeof(*words));
		words[count] = word.data ? word.data : memory_strdup("");
		words[count + 1] = NULL;
	}
	struct error *e = NULL;
	if (place->rehearsal) {
		CLEANUP_BUFFER struct buffer line = {0};
		switching_describe_command((const char *const *)words, &line);
		fprintf(place->rehearsal, "%s", buffer_str(&line));
	} else {
		if (place->wait->note)
			place->wait->note(place->wait->arg, what, words[0]);
		const struct command_spec run = {
		    .argv = (const char *const *)words,
		    .environment = x->environment,
		    .timeout_s = x->limit,
		    .detach = x->detach,
		};
		e = keys_check_environment(x->keys, x->environment);
		if (!e && command == x->flash)
			board_place_wear(place);
		if (!e)
			e = switching_run(&run, place, said);
		if (!e && command != x->identify) // what that says has been compared
			board_place_doubt(place, what, buffer_str(said));
	}
	free_words(words);
	return error_wrap(e, "%s", what);
}

// ---- the driver's face --------------------------------------------------------------------------

static struct error *exec_prepare(void *state, struct board_place *place)
{
	struct exec_boot *x = state;
	CLEANUP_BUFFER struct buffer said = {0};
	return place->payload ? run_words(x, x->prepare, place, "prepare", &said) : NULL;
}

static struct error *exec_identify(void *state, struct board_place *place, struct buffer *said)
{
	struct exec_boot *x = state;
	if (!x->identify && said)
		return error_new(ERROR_USAGE, "board %s: its file says nothing to identify it by",
				 place->board);
	if (!x->identify)
		return NULL;
	CLEANUP_BUFFER struct buffer own = {0};
	struct buffer *text = said ? said : &own;
	size_t before = text->len;
	TRY(run_words(x, x->identify, place, "identify", text));
	if (place->rehearsal) {
		fprintf(place->rehearsal, "# expected: %s\n", x->expect);
		return NULL;
	}
	const char *answer = buffer_str(text) + before;
	if (strstr(answer, x->expect))
		return NULL;
	CLEANUP_BUFFER struct buffer line = {0};
	words_telling_line(answer, text->len - before, &line);
	return error_new(ERROR_IDENTITY,
			 "identity: board %s should say \"%s\", but %s says \"%s\" (swapped "
			 "cable?)",
			 place->board, x->expect, x->identify[0], buffer_str(&line));
}

static struct error *identify_and_flash(struct exec_boot *x, struct board_place *place)
{
	CLEANUP_BUFFER struct buffer said = {0};
	TRY(exec_identify(x, place, NULL));
	return run_words(x, x->flash, place, "flash", &said);
}

static struct error *exec_flash(void *state, struct board_place *place)
{
	struct exec_boot *x = state;
	if (!x->prepare && !x->flash)
		return error_new(ERROR_USAGE,
				 "board %s: its file has no command that flashes (flash, prepare)",
				 place->board);
	return identify_and_flash(x, place);
}

static struct error *exec_start(void *state, struct board_place *place)
{
	struct exec_boot *x = state;
	CLEANUP_BUFFER struct buffer said = {0};
	TRY(exec_identify(x, place, NULL));
	if (x->flash && !x->start) // the tool starts the payload when it has flashed it
		board_place_hand_over(place);
	TRY(run_words(x, x->flash, place, "flash", &said));
	buffer_truncate(&said, 0);
	if (x->start)
		board_place_hand_over(place);
	return run_words(x, x->start, place, "start", &said);
}

static bool exec_wears(const void *state)
{
	const struct exec_boot *x = state;
	return x->flash != NULL;
}

// A payload that was put there while the board was off starts by itself.
static bool exec_hands_over(const void *state)
{
	const struct exec_boot *x = state;
	return x->flash || x->start;
}

static double exec_limit(const void *state)
{
	const struct exec_boot *x = state;
	// `prepare` comes before `start`, but whoever waits for the run waits for it as well.
	return x->limit * ((x->prepare != NULL) + (x->identify != NULL) + (x->flash != NULL) +
			   (x->start != NULL));
}

const struct boot_driver boot_exec = {
    .takes_dtb = true,
    .driver = {.name = "exec",
	       .help = "the board's own tools: openocd, fastboot, dfu-util, sd-mux. Placeholders: "
		       "{image} {initrd} {dtb} {arguments} {board} {run}",
	       .keys = exec_keys,
	       .size = sizeof(struct exec_boot),
	       .check = exec_check},
    .prepare = exec_prepare,
    .start = exec_start,
    .hands_over = exec_hands_over,
    .wears = exec_wears,
    .flash = exec_flash,
    .identify = exec_identify,
    .limit = exec_limit,
};
