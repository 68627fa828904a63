// SPDX-License-Identifier: GPL-2.0-or-later
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "board/board.h"
#include "board/check.h"
#include "board/claims.h"
#include "cmd/cmd.h"
#include "cmd/drivers.h"
#include "cmd/options.h"
#include "cmd/terminal.h"
#include "config/boards.h"
#include "config/farm.h"
#include "config/job_folder.h"
#include "run/directory.h"
#include "text/json_text.h"
#include "text/table.h"
#include "text/utf8.h"

#define BOARDS_DIR "boards"

struct boards_words {
	const char *farm;
	const char *boards;
	bool json, drivers;
};

static const struct cmd_option options_table[] = {
    OPTION_BOARDS(struct boards_words, boards),
    OPTION_FARM(struct boards_words, farm),
    OPTION_JSON(struct boards_words, json, "one JSON object a board"),
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

enum { COLUMN_BOARD, COLUMN_TYPE, COLUMN_CPU, COLUMN_MIDR, COLUMN_BBM, COLUMN_POOLS, COLUMNS };

static char *pools_of(const struct boards_config *c, const struct board_config *b)
{
	struct buffer text = {0};
	for (size_t p = 0; p < c->pools_count; p++)
		if (pool_has(&c->pools[p], b))
			buffer_printf(&text, "%s%s", text.len ? " " : "", c->pools[p].name);
	return text.len ? buffer_steal(&text) : memory_strdup("-");
}

static void fill_row(const struct boards_config *c, const struct board_config *b, char **cells)
{
	cells[COLUMN_BOARD] = memory_strdup(b->name);
	cells[COLUMN_TYPE] = memory_strdup(b->type);
	cells[COLUMN_CPU] = memory_strdup(b->cpu.name);
	cells[COLUMN_MIDR] = memory_printf("0x%08x", b->cpu.midr);
	cells[COLUMN_BBM] = b->cpu.bbm >= 0 ? memory_printf("%d", b->cpu.bbm) : memory_strdup("-");
	cells[COLUMN_POOLS] = pools_of(c, b);
}

static void print_table(const struct boards_config *c)
{
	static const char *const names[COLUMNS] = {"board", "type", "CPU", "MIDR", "BBM", "pools"};
	struct table_column columns[COLUMNS] = {
	    [COLUMN_TYPE] = {0, 2, true},  [COLUMN_POOLS] = {0, 3, true},
	    [COLUMN_MIDR] = {0, 4, false}, [COLUMN_CPU] = {0, 5, true},
	    [COLUMN_BBM] = {0, 1, false},
	};
	size_t rows = c->boards_count + 1;
	char **cells = memory_new(rows * COLUMNS, sizeof(*cells));
	for (size_t i = 0; i < COLUMNS; i++)
		cells[i] = memory_strdup(names[i]);
	for (size_t i = 0; i < c->boards_count; i++)
		fill_row(c, &c->boards[i], &cells[(i + 1) * COLUMNS]);
	for (size_t i = 0; i < rows * COLUMNS; i++) {
		size_t width = utf8_count(cells[i], strlen(cells[i]));
		if (width > columns[i % COLUMNS].width)
			columns[i % COLUMNS].width = width;
	}
	table_fit(columns, COLUMNS, terminal_columns());
	table_print(stdout, cells, rows, columns, COLUMNS);
	for (size_t i = 0; i < rows * COLUMNS; i++)
		free(cells[i]);
	free(cells);
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

static void print_json(const struct boards_config *c)
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

static void print_doubts(const struct config_problems *p)
{
	fflush(stdout);
	for (size_t i = 0; i < p->count; i++)
		if (p->items[i].doubt)
			fprintf(stderr, "warning: %s\n", error_text(p->items[i].error));
}

// Tells all but the last mistake, which the command's error tells.
static struct error *refuse(struct config_problems *p)
{
	print_doubts(p);
	size_t told = 0;
	for (size_t i = 0; i < p->count; i++) {
		if (p->items[i].doubt)
			continue;
		if (++told < p->mistakes)
			fprintf(stderr, "mmfarm boards: %s\n", error_text(p->items[i].error));
		else
			return STEAL(p->items[i].error);
	}
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
	TRY(farm_load(w.farm, &farm)); // for its lock_dir
	boards_load_all(w.boards, &problems, &c);
	for (size_t i = 0; i < c->boards_count; i++)
		board_check(&c->boards[i], &problems);
	problems_add(&problems, claims_check(c));
	if (strcmp(w.boards, BOARDS_DIR) == 0) // the jobs beside them
		job_folder_each(check_job, &(struct job_check){c, &problems});
	if (problems.mistakes > 0)
		return refuse(&problems);
	print_doubts(&problems);
	if (w.json) {
		print_json(c);
	} else {
		print_table(c);
		print_power(c);
	}
	return NULL;
}

const struct cmd cmd_boards = {
    .name = "boards",
    .arguments = "[OPTIONS]",
    .summary = "Lists boards and pools, and checks their files",
    .before = "Every mistake is told with its place, and what looks wrong as a warning: a tty,\n"
	      "program, file or folder that is missing, an odd baud rate, a string where a\n"
	      "list is meant, a pool without boards, a pool that a job names and nobody\n"
	      "declares.\n",
    CMD_OPTIONS(options_table),
    .run = boards_command,
};
