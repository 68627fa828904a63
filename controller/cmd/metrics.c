// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "cmd/client.h"
#include "cmd/cmd.h"
#include "cmd/options.h"

struct metrics_words {
	const char *results, *farm;
};

static const struct cmd_option options_table[] = {
    OPTION_RESULTS(struct metrics_words, results),
    OPTION_FARM(struct metrics_words, farm),
};

static struct error *metrics_command(int argc, char **argv, int *code)
{
	struct metrics_words w = {0};
	int first;
	TRY(cmd_parse(&cmd_metrics, argc, argv, &w, &first));
	if (argc > first)
		return error_new(ERROR_USAGE, "\"%s\" is not expected", argv[first]);
	CLEANUP_CLIENT struct client c = {.fd = -1};
	TRY(client_need(w.results, w.farm, &c));
	json_t *answer = NULL;
	TRY(client_ask(&c, json_pack("{s:s}", "do", "metrics"), &answer));
	fputs(client_text(answer, "text"), stdout);
	json_decref(answer);
	*code = EXIT_AS_WANTED;
	return NULL;
}

const struct cmd cmd_metrics = {
    .name = "metrics",
    .arguments = "[OPTIONS]",
    .summary = "The daemon's counters, as Prometheus reads them",
    CMD_OPTIONS(options_table),
    .run = metrics_command,
};
