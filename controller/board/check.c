// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "board/board.h"
#include "board/driver.h"

// What adapters and kernels commonly run at.
static const int64_t bauds[] = {1200,    2400,    4800,    9600,    19200,   38400,   57600,
				115200,  230400,  460800,  500000,  576000,  921600,  1000000,
				1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000};

static bool is_usual_baud(int64_t baud)
{
	for (size_t i = 0; i < sizeof(bauds) / sizeof(bauds[0]); i++)
		if (bauds[i] == baud)
			return true;
	return false;
}

// Whether a program of this name could be run.
static bool program_is_there(const char *name)
{
	if (strchr(name, '/'))
		return access(name, X_OK) == 0;
	const char *path = getenv("PATH");
	CLEANUP_FREE char *copy = memory_strdup(path ? path : "/usr/bin:/bin");
	for (char *rest = copy, *folder; (folder = strsep(&rest, ":"));) {
		CLEANUP_FREE char *file = path_join(*folder ? folder : ".", name);
		if (access(file, X_OK) == 0)
			return true;
	}
	return false;
}

static void doubt_program(struct config_problems *p, const char *key, struct config_node n)
{
	size_t count;
	const char *name;
	CLEANUP_ERROR struct error *single = config_list(n, &count);
	if (single && config_is_set(n)) {
		CLEANUP_ERROR struct error *e = config_string(n, &name);
		if (!e && strchr(name, ' '))
			problems_doubt(p, n,
				       "%s: \"%s\" is one word, expected a list: a program and its "
				       "arguments, no shell splits them",
				       key, name);
		else if (!e && !program_is_there(name))
			problems_doubt(p, n, "%s: there is no program \"%s\"", key, name);
		return;
	}
	if (count == 0)
		return;
	CLEANUP_ERROR struct error *e = config_string(config_item(n, 0), &name);
	if (!e && !program_is_there(name))
		problems_doubt(p, n, "%s: there is no program \"%s\"", key, name);
}

static void doubt_file(struct config_problems *p, const char *key, struct config_node n)
{
	char *path = NULL;
	CLEANUP_ERROR struct error *e = config_path(n, &path);
	if (!e && !file_exists(path))
		problems_doubt(p, n, "%s: there is no %s", key, path);
	free(path);
}

static void doubt_secret(struct config_problems *p, const char *key, struct config_node n)
{
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	CLEANUP_ERROR struct error *e = config_map_init(&m, n);
	if (e)
		return; // told as a mistake
	struct config_node file = config_map_find(&m, "file");
	struct config_node variable = config_map_find(&m, "environment");
	const char *name = "";
	if (config_is_set(file))
		doubt_file(p, key, file);
	CLEANUP_ERROR struct error *bad =
	    config_is_set(variable) ? config_string(variable, &name) : NULL;
	if (!bad && *name && !getenv(name))
		problems_doubt(p, variable, "%s: the variable %s is not set here", key, name);
}

static void doubt_text(struct config_problems *p, const char *key, struct config_node n)
{
	const char *text;
	CLEANUP_ERROR struct error *e = config_string(n, &text);
	if (e)
		return;
	if (strcmp(key, "device") == 0 && text[0] == '/' && !file_exists(text))
		problems_doubt(p, n, "device: there is no %s", text);
	if (strcmp(key, "qemu") == 0 && !program_is_there(text))
		problems_doubt(p, n, "qemu: there is no program \"%s\"", text);
}

static void doubt_number(struct config_problems *p, const char *key, struct config_node n)
{
	int64_t baud;
	CLEANUP_ERROR struct error *e = config_integer(n, 1, INT64_MAX, &baud);
	if (!e && strcmp(key, "baud") == 0 && !is_usual_baud(baud))
		problems_doubt(p, n, "baud: %lld is an odd rate, expected one like 115200",
			       (long long)baud);
}

static void doubt_list(struct config_problems *p, const char *key, struct config_node n)
{
	const char *text;
	size_t count;
	CLEANUP_ERROR struct error *single = config_list(n, &count);
	CLEANUP_ERROR struct error *e = single ? config_string(n, &text) : NULL;
	if (single && !e && strchr(text, ','))
		problems_doubt(p, n, "%s: \"%s\" is one word, expected a list: [%s]", key, text,
			       text);
}

static void doubt_key(struct config_problems *p, const struct key *k, struct config_node n)
{
	switch (k->type) {
	case KEY_TYPE_FILE:
		doubt_file(p, k->name, n);
		break;
	case KEY_TYPE_COMMAND:
		doubt_program(p, k->name, n);
		break;
	case KEY_TYPE_SECRET:
		doubt_secret(p, k->name, n);
		break;
	case KEY_TYPE_TEXT:
		doubt_text(p, k->name, n);
		break;
	case KEY_TYPE_NUMBER:
		doubt_number(p, k->name, n);
		break;
	case KEY_TYPE_LIST:
		doubt_list(p, k->name, n);
		break;
	default:
		break;
	}
}

// Whether two errors are about one place: their texts begin with the same "file:line:column".
static bool is_same_place(const struct error *a, const struct error *b)
{
	const char *end = strstr(error_text(a), ": ");
	size_t len = end ? (size_t)(end - error_text(a)) + 2 : SIZE_MAX;
	return end && strncmp(error_text(a), error_text(b), len) == 0;
}

// Reads the keys one by one, behind the first mistake of all of them, whose text knows the whole table.
static void check_each(const struct board_config *b, const struct driver *d,
		       const struct config_map *section, const struct error *first,
		       struct config_problems *p)
{
	void *state = memory_new(1, d->size ? d->size : 1);
	for (const struct key *k = d->keys; k && k->name; k++) {
		const struct key single[] = {*k, {0}};
		struct error *e =
		    error_wrap(keys_read(single, section, state), "board %s", b->name);
		if (e && is_same_place(e, first))
			error_free(e);
		else
			problems_add(p, e);
	}
	keys_deinit(d->keys, state);
	free(state);
}

// True when there is any mistake.
static bool check_keys(const struct board_config *b, const struct driver *d,
		       const struct config_map *section, struct config_problems *p)
{
	const struct key *const tables[] = {driver_keys, d->keys};
	bool bad = false;
	for (size_t i = 0; i < section->count; i++) {
		const struct config_map one = {section->node, &section->pairs[i], 1};
		bad |= problems_add(p, error_wrap(keys_only(&one, tables), "board %s", b->name));
	}
	void *state = memory_new(1, d->size ? d->size : 1);
	struct error *first = error_wrap(keys_read(d->keys, section, state), "board %s", b->name);
	keys_deinit(d->keys, state);
	free(state);
	if (!first)
		return bad;
	check_each(b, d, section, first, p);
	problems_add(p, first);
	return true;
}

static void check_section(const struct board_config *b, const struct config_map *section,
			  const char *kind, const struct driver *const *list, bool *bad,
			  struct config_problems *p)
{
	const struct driver *d = NULL;
	*bad |=
	    problems_add(p, error_wrap(driver_find(section, kind, list, &d), "board %s", b->name));
	if (!d)
		return;
	*bad |= check_keys(b, d, section, p);
	for (size_t i = 0; i < section->count; i++) {
		const struct key *k = d->keys ? keys_find(d->keys, section->pairs[i].name) : NULL;
		if (k)
			doubt_key(p, k, section->pairs[i].value);
	}
}

void board_check(const struct board_config *b, struct config_problems *problems)
{
	bool bad = false;
	check_section(b, &b->console, "console", console_drivers, &bad, problems);
	check_section(b, &b->power, "power", power_drivers, &bad, problems);
	check_section(b, &b->boot, "boot", boot_drivers, &bad, problems);
	if (b->dtb && !file_exists(b->dtb))
		problems_doubt(problems, b->node, "board %s: dtb: there is no %s", b->name, b->dtb);
	if (bad)
		return; // what keys say together is asked when each is right
	CLEANUP_BOARD struct board *board = NULL;
	problems_add(problems, board_new(b, &board));
}
