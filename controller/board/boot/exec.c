// SPDX-License-Identifier: GPL-2.0-or-later
// Boot by the board's own tools: openocd, fastboot, dfu-util, sd-mux and the like. No shell: words
// with placeholders go to the program as they are.
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "board/keys.h"
#include "board/power/switching.h"

struct exec_boot {
	const char **prepare;  // while the board is off (sd-mux); may be NULL
	const char **flash;    // while it is on (openocd, fastboot); may be NULL
	const char **identify; // prints what `expect` must be part of; may be NULL
	const char *expect;
	const char **start; // behind `flash`, when the tool does not start the payload itself
	double limit;
};

static struct error *exec_config(const struct config_map *keys, void **state)
{
	static const char *const known[] = {"driver", "prepare", "flash", "identify",
					    "expect", "start",   "limit", NULL};
	TRY(config_map_only(keys, known));
	struct exec_boot *x = memory_new(1, sizeof(*x));
	*state = x;
	x->limit = 300;
	TRY(keys_command(keys, "prepare", &x->prepare));
	TRY(keys_command(keys, "flash", &x->flash));
	TRY(keys_command(keys, "identify", &x->identify));
	TRY(keys_string(keys, "expect", &x->expect));
	TRY(keys_command(keys, "start", &x->start));
	TRY(keys_seconds(keys, "limit", 1, 24 * 3600, &x->limit));
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
	const struct {
		const char *name;
		const char *value;
	} known[] = {{"{image}", p ? p->image : NULL},
		     {"{initrd}", p ? p->initrd : NULL},
		     {"{arguments}", p ? p->arguments : NULL},
		     {"{board}", place->board},
		     {"{run}", place->run_dir}};
	while (*word) {
		size_t i = 0, count = sizeof(known) / sizeof(known[0]);
		while (i < count && strncmp(word, known[i].name, strlen(known[i].name)) != 0)
			i++;
		if (i == count) {
			buffer_append(out, word++, 1);
			continue;
		}
		buffer_append_str(out, known[i].value ? known[i].value : "");
		word += strlen(known[i].name);
	}
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
		e = switching_run((const char *const *)words, x->limit, place, said);
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
	return error_new(ERROR_IDENTITY,
			 "identity: board %s should say \"%s\", but %s says \"%.*s\" (swapped "
			 "cable?)",
			 place->board, x->expect, x->identify[0], (int)strcspn(answer, "\r\n"),
			 answer);
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

static void exec_free(void *state)
{
	struct exec_boot *x = state;
	free(x->prepare);
	free(x->flash);
	free(x->identify);
	free(x->start);
	free(x);
}

const struct boot_driver boot_exec = {
    .name = "exec",
    .help = "prepare: LIST          run while the board is off (sd-mux and the like)\n"
	    "identify: LIST, expect: TEXT   run while it is on; what it must print\n"
	    "flash: LIST            run while it is on; needs identify\n"
	    "start: LIST            run last, when the board does not start by itself\n"
	    "limit: SECONDS         for each of them (300)\n"
	    "                       placeholders: {image} {initrd} {arguments} {board} {run}\n",
    .config = exec_config,
    .prepare = exec_prepare,
    .start = exec_start,
    .hands_over = exec_hands_over,
    .flash = exec_flash,
    .identify = exec_identify,
    .limit = exec_limit,
    .free = exec_free,
};
