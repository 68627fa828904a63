// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "cmd/client.h"
#include "cmd/cmd.h"
#include "cmd/options.h"

#define HEALTHS "Good Unknown Bad Maintenance Retired"

struct health_words {
	const char *results, *farm, *why;
	bool json;
};

static const struct cmd_option options_table[] = {
    OPTION_VALUE(struct health_words, why, "TEXT", VALUES_TEXT, .name = "why",
		 .help = "the reason; stands beside the board until somebody says something else"),
    OPTION_RESULTS(struct health_words, results),
    OPTION_FARM(struct health_words, farm),
    OPTION_JSON(struct health_words, json, "the daemon's answer as it is"),
};

static void print_board(const json_t *b)
{
	CLEANUP_FREE char *since =
	    client_duration((int64_t)time(NULL) - client_number(b, "since_s"));
	const json_t *reserved = json_object_get(b, "reserved");
	const char *reason = client_text(b, "reason"), *who = client_text(b, "who");
	printf("%-14s %-11s", client_text(b, "board"), client_text(b, "health"));
	if (client_number(b, "since_s"))
		printf(" since %-8s", since);
	printf(" %4lld cycles", (long long)client_number(b, "power_cycles"));
	if (reason[0])
		printf("  %s%s%s", reason, who[0] ? ", says " : "", who);
	if (json_is_object(reserved)) {
		CLEANUP_FREE char *from = client_clock(client_number(reserved, "from_s"));
		CLEANUP_FREE char *until = client_clock(client_number(reserved, "until_s"));
		printf("  reserved by %s from %s until %s: %s", client_text(reserved, "who"), from,
		       until, client_text(reserved, "why"));
	}
	if (client_text(b, "run")[0])
		printf("  see mmfarm show %s", client_text(b, "run"));
	putchar('\n');
}

static struct error *print_boards(const json_t *answer, const char *board)
{
	size_t i, found = 0;
	const json_t *b;
	json_array_foreach(json_object_get(answer, "boards"), i, b)
	{
		if (board && strcmp(client_text(b, "board"), board) != 0)
			continue;
		print_board(b);
		found++;
	}
	if (board && !found)
		return error_new(ERROR_USAGE, "%s: no such board", board);
	return NULL;
}

static struct error *health_command(int argc, char **argv, int *code)
{
	struct health_words w = {0};
	int first;
	TRY(cmd_parse(&cmd_health, argc, argv, &w, &first));
	int words = argc - first;
	if (words > 2)
		return error_new(ERROR_USAGE, "expected a board and a health, got %d words", words);
	if (words == 2 && !w.why)
		return error_new(ERROR_USAGE, "--why is missing: others want to know");
	CLEANUP_CLIENT struct client c = {.fd = -1};
	TRY(client_need(w.results, w.farm, &c));
	json_t *request = words == 2
			      ? json_pack("{s:s, s:s, s:s, s:s}", "do", "health", "board",
					  argv[first], "health", argv[first + 1], "why", w.why)
			      : json_pack("{s:s}", "do", "boards");
	json_t *answer = NULL;
	TRY(client_ask(&c, request, &answer));
	struct error *e = NULL;
	if (w.json) {
		json_dumpf(answer, stdout, JSON_COMPACT);
		putchar('\n');
	} else if (words < 2) {
		e = print_boards(answer, words == 1 ? argv[first] : NULL);
	}
	json_decref(answer);
	*code = EXIT_AS_WANTED;
	return e;
}

const struct cmd cmd_health = {
    .name = "health",
    .arguments = "[BOARD [HEALTH --why TEXT]] [OPTIONS]",
    .summary = "How the daemon's boards are; or says how one is",
    .before =
	"HEALTH is Good, Unknown, Bad, Maintenance or Retired. What a person says stands until a\n"
	"person says something else. In Maintenance a board is for the one who said so.\n",
    CMD_OPTIONS(options_table),
    .operands = {{VALUES_BOARD, NULL, false}, {VALUES_CHOICE, HEALTHS, false}},
    .run = health_command,
};
