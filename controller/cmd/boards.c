// SPDX-License-Identifier: GPL-2.0-or-later
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "board/board.h"
#include "board/claims.h"
#include "cmd/cmd.h"
#include "cmd/drivers.h"
#include "cmd/options.h"
#include "config/boards.h"
#include "run/directory.h"
#include "text/json_text.h"

struct boards_words {
	const char *boards;
	bool json, drivers;
};

static const struct cmd_option options_table[] = {
    OPTION_BOARDS(struct boards_words, boards),
    OPTION_JSON(struct boards_words, json, "one JSON object a board"),
    OPTION_FLAG(struct boards_words, drivers, .name = "drivers",
		.help = "every driver that a board or destination may name, and its keys"),
};

// Why it may still be on, which only a run or a person with a failed power-off can tell.
static void print_power(const struct boards_config *c)
{
	for (size_t i = 0; i < c->boards_count; i++) {
		CLEANUP_FREE char *why = directory_board_may_be_on(&c->boards[i]);
		if (why)
			printf("%s may still be on %s\n", c->boards[i].name, why);
	}
}

static void print_table(const struct boards_config *c)
{
	printf("%-14s %-26s %-18s %-10s %-3s  %s\n", "board", "type", "CPU", "MIDR", "BBM",
	       "pools");
	for (size_t i = 0; i < c->boards_count; i++) {
		const struct board_config *b = &c->boards[i];
		char bbm[16] = "-";
		if (b->cpu.bbm >= 0)
			snprintf(bbm, sizeof(bbm), "%d", b->cpu.bbm);
		printf("%-14s %-26s %-18s 0x%08x %-3s ", b->name, b->type, b->cpu.name, b->cpu.midr,
		       bbm);
		for (size_t p = 0; p < c->pools_count; p++)
			if (pool_has(&c->pools[p], b))
				printf(" %s", c->pools[p].name);
		printf("\n");
	}
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
		CLEANUP_FREE char *why = directory_board_may_be_on(b);
		if (why)
			json_object_set_new(o, "may_be_on", json_text(why, strlen(why)));
		json_dumpf(o, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(o);
	}
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
	CLEANUP_BOARDS struct boards_config *c = NULL;
	TRY(boards_load(w.boards, &c));
	for (size_t i = 0; i < c->boards_count; i++) {
		CLEANUP_BOARD struct board *check = NULL;
		TRY(board_new(&c->boards[i], &check));
	}
	TRY(claims_check(c));
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
    CMD_OPTIONS(options_table),
    .run = boards_command,
};
