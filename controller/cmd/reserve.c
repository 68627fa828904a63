// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <time.h>

#include "base/memory.h"
#include "cmd/client.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "config/node.h"
#include "results/store/store_query.h"

#define RESERVE_MIN_S 60.0
#define RESERVE_MAX_S (90.0 * 86400)

struct reserve_words {
	const char *results, *farm, *length, *at, *why;
};

static const struct cmd_option options_table[] = {
    OPTION_VALUE(struct reserve_words, length, "TIME", VALUES_TEXT, .name = "for", .preset = "1h",
		 .help = "how long: 30min, 2h"),
    OPTION_VALUE(struct reserve_words, at, "TIME", VALUES_TEXT, .name = "at",
		 .help = "from when on (now): 2026-12-01T20:00:00Z"),
    OPTION_VALUE(struct reserve_words, why, "TEXT", VALUES_TEXT, .name = "why",
		 .help = "what for; others read it"),
    OPTION_RESULTS(struct reserve_words, results),
    OPTION_FARM(struct reserve_words, farm),
};

static struct error *parse_times(const struct reserve_words *w, int64_t *from_s, int64_t *until_s)
{
	double seconds;
	if (!config_parse_seconds(w->length, RESERVE_MIN_S, RESERVE_MAX_S, &seconds))
		return error_new(ERROR_USAGE, "--for \"%s\": expected a time from 1min to 90 days",
				 w->length);
	*from_s = (int64_t)time(NULL);
	if (w->at) {
		int64_t at_ms;
		TRY(query_parse_time(w->at, *from_s * 1000, &at_ms));
		*from_s = at_ms / 1000;
	}
	*until_s = *from_s + (int64_t)seconds;
	return NULL;
}

static struct error *reserve_command(int argc, char **argv, int *code)
{
	struct reserve_words w = {0};
	int first;
	int64_t from_s = 0, until_s = 0;
	TRY(cmd_parse(&cmd_reserve, argc, argv, &w, &first));
	if (argc - first != 1)
		return error_new(ERROR_USAGE, "expected one board, got %d", argc - first);
	if (!w.why)
		return error_new(ERROR_USAGE, "--why is missing: others want to know");
	TRY(parse_times(&w, &from_s, &until_s));
	CLEANUP_CLIENT struct client c = {.fd = -1};
	TRY(client_need(w.results, w.farm, &c));
	json_t *answer = NULL;
	TRY(client_ask(&c,
		       json_pack("{s:s, s:s, s:s, s:I, s:I}", "do", "reserve", "board", argv[first],
				 "why", w.why, "from_s", (json_int_t)from_s, "until_s",
				 (json_int_t)until_s),
		       &answer));
	json_decref(answer);
	CLEANUP_FREE char *from = client_clock(from_s), *until = client_clock(until_s);
	printf("%s is yours from %s until %s; what runs on it now goes on\n", argv[first], from,
	       until);
	*code = EXIT_AS_WANTED;
	return NULL;
}

const struct cmd cmd_reserve = {
    .name = "reserve",
    .arguments = "BOARD --why TEXT [OPTIONS]",
    .summary = "Keeps a board for yourself for some time",
    CMD_OPTIONS(options_table),
    .operands = {{VALUES_BOARD, NULL, false}},
    .run = reserve_command,
};
