// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/board.h"

#include <string.h>

#include "base/memory.h"

struct board {
	const struct board_config *config;
	const struct console_driver *console;
	const struct power_driver *power;
	const struct boot_driver *boot;
	void *console_state;
	void *power_state;
	void *boot_state;
	struct board_place place;
	bool prepared;
};

void board_place_add_argument(struct board_place *place, const char *argument)
{
	char *copy = memory_strdup(argument);
	ARRAY_APPEND(place->emulator_arguments, place->emulator_arguments_count, copy);
}

// The three driver structs start with the same two members, but are different types; this finds
// the one named by the section's `driver:` by way of a name lookup that each kind provides.
static struct error *driver_name(const struct config_map *section, struct config_node *node,
				 const char **name)
{
	TRY(config_map_need(section, "driver", node));
	return config_string(*node, name);
}

static struct error *unknown_driver(struct config_node n, const char *kind, const char *name,
				    const struct buffer *known)
{
	return config_error(n, "unknown %s driver \"%s\", expected one of: %s", kind, name,
			    buffer_str(known));
}

#define FIND_DRIVER(section, kind, table, out)                                             \
	do {                                                                               \
		struct config_node node_;                                                  \
		const char *name_;                                                         \
		TRY(driver_name((section), &node_, &name_));                               \
		CLEANUP_BUFFER struct buffer known_ = {0};                                 \
		(out) = NULL;                                                              \
		for (size_t i_ = 0; (table)[i_]; i_++) {                                   \
			buffer_printf(&known_, "%s%s", i_ ? ", " : "", (table)[i_]->name); \
			if (strcmp((table)[i_]->name, name_) == 0)                         \
				(out) = (table)[i_];                                       \
		}                                                                          \
		if (!(out))                                                                \
			return unknown_driver(node_, (kind), name_, &known_);              \
	} while (0)

struct error *board_new(const struct board_config *config, struct board **out)
{
	CLEANUP_BOARD struct board *b = memory_new(1, sizeof(*b));
	b->config = config;
	b->place.board = config->name;
	FIND_DRIVER(&config->console, "console", console_drivers, b->console);
	FIND_DRIVER(&config->power, "power", power_drivers, b->power);
	FIND_DRIVER(&config->boot, "boot", boot_drivers, b->boot);
	TRY(b->console->config(&config->console, &b->console_state));
	TRY(b->power->config(&config->power, &b->power_state));
	TRY(b->boot->config(&config->boot, &b->boot_state));
	*out = STEAL(b);
	return NULL;
}

void board_free(struct board *b)
{
	if (!b)
		return;
	if (b->console_state)
		b->console->free(b->console_state);
	if (b->power_state)
		b->power->free(b->power_state);
	if (b->boot_state)
		b->boot->free(b->boot_state);
	for (size_t i = 0; i < b->place.emulator_arguments_count; i++)
		free(b->place.emulator_arguments[i]);
	free(b->place.emulator_arguments);
	free(b);
}

struct error *board_prepare(struct board *b, const char *run_dir,
			    const struct board_payload *payload, const struct board_wait *wait,
			    int *console_fd)
{
	b->place.run_dir = run_dir;
	b->place.payload = payload;
	b->place.wait = wait;
	b->prepared = true;
	TRY(b->boot->prepare(b->boot_state, &b->place));
	if (b->power->prepare)
		TRY(b->power->prepare(b->power_state, &b->place));
	return b->console->open(b->console_state, &b->place, console_fd);
}

struct error *board_power_on(struct board *b)
{
	return b->power->on(b->power_state, &b->place);
}

struct error *board_power_off(struct board *b)
{
	return b->prepared ? b->power->off(b->power_state, &b->place) : NULL;
}

struct error *board_force_off(struct board *b, const char *run_dir, const struct board_wait *wait)
{
	b->place.run_dir = run_dir;
	b->place.wait = wait;
	b->prepared = true;
	return board_power_off(b);
}

enum board_end board_end(struct board *b, bool line_closed)
{
	return b->power->end ? b->power->end(b->power_state, line_closed) : BOARD_END_UNKNOWN;
}
