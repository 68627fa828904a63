// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/boards_probe.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "board/probe.h"
#include "cmd/cmd.h"
#include "cmd/terminal.h"
#include "text/json_text.h"
#include "text/table.h"

static const char *console_word(const struct board_probe *p)
{
	return p->refused   ? "-"
	       : p->holder  ? "in use"
	       : p->unmet   ? "skipped"
	       : p->console ? "FAILED"
	       : p->said    ? "opens, talks"
			    : "opens";
}

static const char *power_word(const struct board_probe *p)
{
	static const char *const states[] = {[POWER_STATE_UNKNOWN] = "cannot be asked",
					     [POWER_STATE_ON] = "on",
					     [POWER_STATE_OFF] = "off",
					     [POWER_STATE_CHANGING] = "changing"};
	return p->refused    ? "-"
	       : p->holder   ? "in use"
	       : p->power    ? "FAILED"
	       : p->emulated ? "emulated"
			     : states[p->state];
}

static void print_text(const struct boards_config *c, const struct board_probe *found)
{
	static const struct table_head heads[] = {
	    {"board", 0, false}, {"type", 3, true}, {"console", 1, false}, {"power", 2, false}};
	CLEANUP_TABLE struct table t = TABLE_OF(heads);
	for (size_t i = 0; i < c->boards_count; i++) {
		table_put(&t, "%s", c->boards[i].name);
		table_put(&t, "%s", c->boards[i].type);
		table_put(&t, "%s", console_word(&found[i]));
		table_put(&t, "%s", power_word(&found[i]));
	}
	table_show(&t, terminal_columns(), stdout);
	for (size_t i = 0; i < c->boards_count; i++) {
		const char *name = c->boards[i].name;
		const struct board_probe *p = &found[i];
		if (p->holder)
			printf("%s is %s\n", name, p->holder);
		if (p->refused)
			printf("%s\n", p->refused);
		if (p->unmet)
			printf("%s\n", p->unmet);
		if (p->console)
			printf("%s: console: %s\n", name, p->console);
		if (p->power)
			printf("%s: power: %s\n", name, p->power);
	}
}

static void put(json_t *o, const char *key, const char *text)
{
	if (text)
		json_object_set_new(o, key, json_text(text, strlen(text)));
}

static void print_json(const char *board, const struct board_probe *p)
{
	json_t *o = json_pack("{s:s}", "board", board);
	put(o, "refused", p->refused);
	put(o, "holder", p->holder);
	put(o, "unmet", p->unmet);
	if (!p->refused && !p->holder && !p->unmet) {
		json_object_set_new(o, "console", json_string(p->console ? "failed" : "opens"));
		put(o, "console_trouble", p->console);
		json_object_set_new(o, "bytes", json_integer((json_int_t)p->said));
		put(o, "power", p->power ? "failed" : power_word(p));
		put(o, "power_trouble", p->power);
	}
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

static struct error *probe_all(const struct boards_config *c, struct board_probe *found)
{
	for (size_t i = 0; i < c->boards_count; i++)
		TRY(board_probe(&c->boards[i], &found[i]));
	return NULL;
}

struct error *boards_probe(const struct boards_config *c, bool json, int *code)
{
	struct board_probe *found = memory_new(c->boards_count, sizeof(*found));
	struct error *e = probe_all(c, found);
	for (size_t i = 0; !e && json && i < c->boards_count; i++)
		print_json(c->boards[i].name, &found[i]);
	if (!e && !json)
		print_text(c, found);
	for (size_t i = 0; i < c->boards_count; i++) {
		if (board_probe_failed(&found[i]))
			*code = EXIT_LAB;
		board_probe_deinit(&found[i]);
	}
	free(found);
	return e;
}
