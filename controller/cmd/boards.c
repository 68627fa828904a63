// SPDX-License-Identifier: GPL-2.0-or-later
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "board/board.h"
#include "board/check.h"
#include "board/claims.h"
#include "cmd/boards_probe.h"
#include "cmd/boards_state.h"
#include "cmd/cmd.h"
#include "cmd/drivers.h"
#include "cmd/options.h"
#include "cmd/problems.h"
#include "cmd/terminal.h"
#include "config/boards.h"
#include "config/farm.h"
#include "config/job_folder.h"
#include "run/directory.h"
#include "text/json_text.h"
#include "text/table.h"

#define BOARDS_DIR "boards"

struct boards_words {
	const char *farm;
	const char *boards, *results;
	bool json, drivers, probe, declared, wide;
};

static const struct cmd_option options_table[] = {
    OPTION_BOARDS(struct boards_words, boards),
    OPTION_RESULTS(struct boards_words, results),
    OPTION_FARM(struct boards_words, farm),
    OPTION_FLAG(struct boards_words, declared, .name = "declared",
		.help = "what their files say of them, also where a daemon runs"),
    OPTION_WIDE(struct boards_words, wide),
    OPTION_JSON(struct boards_words, json, "one JSON object a board"),
    OPTION_FLAG(struct boards_words, probe, .name = "probe",
		.help = "open each board's console and ask its power switch; nothing is switched, "
			"and nothing sent to a board"),
    OPTION_FLAG(struct boards_words, drivers, .name = "drivers",
		.help = "every driver that a board or destination may name, and its keys"),
};

// Why it may still be on, which only a run or a person with a failed power-off can tell.
static void print_power(const struct boards_config *c)
{
	for (size_t i = 0; i < c->boards_count; i++) {
		CLEANUP_FREE char *why = claims_may_be_on(&c->boards[i]);
		if (why)
			printf("%s may still be on %s\n", c->boards[i].name, why);
	}
}

static char *pools_of(const struct boards_config *c, const struct board_config *b)
{
	struct buffer text = {0};
	for (size_t p = 0; p < c->pools_count; p++)
		if (pool_has(&c->pools[p], b))
			buffer_printf(&text, "%s%s", text.len ? " " : "", c->pools[p].name);
	return text.len ? buffer_steal(&text) : memory_strdup("-");
}

static void print_table(const struct boards_config *c, unsigned columns)
{
	static const struct table_head heads[] = {{"board", 0, false}, {"type", 2, true},
						  {"CPU", 5, true},    {"MIDR", 4, false},
						  {"BBM", 1, false},   {"pools", 3, true}};
	CLEANUP_TABLE struct table t = TABLE_OF(heads);
	for (size_t i = 0; i < c->boards_count; i++) {
		const struct board_config *b = &c->boards[i];
		CLEANUP_FREE char *pools = pools_of(c, b);
		table_put(&t, "%s", b->name);
		table_put(&t, "%s", b->type);
		table_put(&t, "%s", b->cpu.name);
		table_put(&t, "0x%08x", b->cpu.midr);
		table_put(&t, b->cpu.bbm >= 0 ? "%d" : "-", b->cpu.bbm);
		table_put(&t, "%s", pools);
	}
	terminal_tell_left_out(table_show(&t, columns, stdout));
}

static json_t *misc_json(const struct board_config *b)
{
	json_t *o = json_object();
	for (size_t i = 0; i < b->misc.count; i++) {
		const char *text = "";
		error_free(config_string(b->misc.pairs[i].value, &text));
		json_object_set_new(o, b->misc.pairs[i].name, json_text(text, strlen(text)));
	}
	return o;
}

static void print_json(const struct boards_config *c, const struct boards_state *state)
{
	for (size_t i = 0; i < c->boards_count; i++) {
		const struct board_config *b = &c->boards[i];
		char midr[16];
		snprintf(midr, sizeof(midr), "0x%08x", b->cpu.midr);
		json_t *pools = json_array();
		for (size_t p = 0; p < c->pools_count; p++)
			if (pool_has(&c->pools[p], b))
				json_array_append_new(pools, json_string(c->pools[p].name));
		json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:b, s:o}", "board", b->name, "type",
				      b->type, "cpu", b->cpu.name, "midr", midr, "bbml2",
				      b->cpu.bbml2, "pools", pools);
		if (b->cpu.bbm >= 0)
			json_object_set_new(o, "bbm", json_integer(b->cpu.bbm));
		if (b->misc.count > 0)
			json_object_set_new(o, "misc", misc_json(b));
		CLEANUP_FREE char *why = claims_may_be_on(b);
		if (why)
			json_object_set_new(o, "may_be_on", json_text(why, strlen(why)));
		if (state->count)
			boards_state_json(&state->boards[i], o);
		json_dumpf(o, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(o);
	}
}

struct job_check {
	const struct boards_config *boards;
	struct config_problems *problems;
};

// A pool that no board file declares would end a night before it begins. What is wrong with a job file
// itself is told by `mmfarm jobs`.
static bool check_job(void *context, const char *path, const struct job_config *job)
{
	const struct job_check *check = context;
	(void)path;
	for (size_t i = 0; job && i < job->pools_count; i++)
		if (!boards_find_pool(check->boards, job->pools[i]))
			problems_doubt(check->problems, job->pools_node,
				       "job \"%s\": no board file declares pool \"%s\"", job->name,
				       job->pools[i]);
	return true;
}

// A health check that is no job would leave its boards unchecked.
static void check_health_checks(const struct boards_config *c, struct config_problems *problems)
{
	for (size_t i = 0; i < c->boards_count; i++) {
		const struct board_config *b = &c->boards[i];
		CLEANUP_FREE char *file = b->health_check ? job_folder_find(b->health_check) : NULL;
		if (b->health_check && !file)
			problems_doubt(problems, b->health_check_node,
				       "health_check: no job \"%s\" in " JOBS_DIR "/",
				       b->health_check);
	}
}

static struct error *print_boards(const struct boards_words *w, const struct boards_config *c)
{
	CLEANUP_CLIENT struct client daemon = {.fd = -1};
	CLEANUP_BOARDS_STATE struct boards_state state = {0};
	if (!w->declared)
		TRY(client_open(w->results, w->farm, &daemon));
	if (daemon.fd >= 0)
		TRY(boards_state_ask(c, w->results, &daemon, &state));
	if (w->json) {
		print_json(c, &state);
		return NULL;
	}
	unsigned columns = w->wide ? 0 : terminal_columns();
	if (daemon.fd >= 0)
		boards_state_print(&state, columns);
	else
		print_table(c, columns);
	print_power(c);
	return NULL;
}

static struct error *boards_command(int argc, char **argv, int *code)
{
	struct boards_words w = {0};
	int first;
	TRY(cmd_parse(&cmd_boards, argc, argv, &w, &first));
	if (first < argc)
		return error_new(ERROR_USAGE, "unexpected argument \"%s\"", argv[first]);
	*code = EXIT_AS_WANTED;
	if (w.drivers) {
		drivers_print(w.json);
		return NULL;
	}
	CLEANUP_PROBLEMS struct config_problems problems = {0};
	CLEANUP_BOARDS struct boards_config *c = NULL;
	CLEANUP_FARM struct farm_config *farm = NULL;
	farm_load_all(w.farm, &problems, &farm); // also for its lock_dir
	boards_load_all(w.boards, &problems, &c);
	for (size_t i = 0; i < c->boards_count; i++)
		board_check(&c->boards[i], &problems);
	problems_add(&problems, claims_check(c));
	if (strcmp(w.boards, BOARDS_DIR) == 0) { // the jobs beside them
		job_folder_each(check_job, &(struct job_check){c, &problems});
		check_health_checks(c, &problems);
	}
	TRY(cmd_tell_problems(&cmd_boards, &problems));
	if (w.probe)
		return boards_probe(c, w.json, code);
	return print_boards(&w, c);
}

const struct cmd cmd_boards = {
    .name = "boards",
    .arguments = "[OPTIONS]",
    .summary = "Lists boards and pools, and checks their files",
    .before =
	"Every mistake is told with its place, and what looks wrong as a warning: a tty,\n"
	"program, file or folder that is missing, an odd baud rate, a string where a\n"
	"list is meant, a pool without boards, a pool that a job names and nobody\n"
	"declares, a health check that is no job.\n\n"
	"Where a daemon runs for the results, it shows how they are: health and for how long, the\n"
	"last verdicts (the newest on the right), how many of the last 50 runs were trouble of "
	"the\n"
	"lab, power and erase cycles, and who has the board.\n\n"
	"--probe: a board that somebody else holds is not looked at. An emulated one is made,\n"
	"paused, and ended.\n",
    CMD_OPTIONS(options_table),
    .after = "exit codes: 0 as it should be, 2 a mistake in the files, 3 --probe found a console\n"
	     "            that does not open or a switch that does not answer\n",
    .run = boards_command,
};
