// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/client.h"
#include "cmd/cmd.h"
#include "cmd/options.h"

struct release_words {
	const char *results, *farm;
	bool force;
};

static const struct cmd_option options_table[] = {
    OPTION_FLAG(struct release_words, force, .name = "force",
		.help = "also what somebody else reserved"),
    OPTION_RESULTS(struct release_words, results),
    OPTION_FARM(struct release_words, farm),
};

static struct error *release_command(int argc, char **argv, int *code)
{
	struct release_words w = {0};
	int first;
	TRY(cmd_parse(&cmd_release, argc, argv, &w, &first));
	if (argc - first != 1)
		return error_new(ERROR_USAGE, "expected one board, got %d", argc - first);
	CLEANUP_CLIENT struct client c = {.fd = -1};
	TRY(client_need(w.results, w.farm, &c));
	json_t *answer = NULL;
	TRY(client_ask(
	    &c,
	    json_pack("{s:s, s:s, s:b}", "do", "release", "board", argv[first], "force", w.force),
	    &answer));
	json_decref(answer);
	*code = EXIT_AS_WANTED;
	return NULL;
}

const struct cmd cmd_release = {
    .name = "release",
    .arguments = "BOARD [OPTIONS]",
    .summary = "Gives back a board that was reserved",
    CMD_OPTIONS(options_table),
    .operands = {{VALUES_BOARD, NULL, false}},
    .run = release_command,
};
