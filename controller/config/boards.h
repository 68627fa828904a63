// SPDX-License-Identifier: GPL-2.0-or-later
// boards/: which board types, boards and pools exist. The sections console, power and boot are kept
// as maps: the driver they name (controller/board/) checks its own keys.
#ifndef CONFIG_BOARDS_H
#define CONFIG_BOARDS_H

#include "config/caps.h"
#include "config/literals.h"
#include "config/node.h"
#include "config/problems.h"

// What the CPU of a board type is declared to be; held against the board's own report.
struct cpu_config {
	const char *name;
	uint32_t midr; // MIDR_EL1, low 32 bits
	int bbm;       // ID_AA64MMFR2_EL1.BBM as the board shows it, -1 when not declared
	bool bbml2;    // may change live leaf sizes (BBML2 without abort), by Linux's MIDR list
};

struct board_config {
	const char *name;
	const char *type; // KCIDB "platform"
	const char *description;
	const char **tags;
	size_t tags_count;
	const char **compatible; // root compatible of the device tree
	size_t compatible_count;
	struct cpu_config cpu;
	struct literals detect; // of its type
	char *arguments; // owned: ahead of a kernel's arguments, its type's first; NULL = none
	const char *health_check; // of its type: the job that tells whether it is well, or NULL
	struct config_node health_check_node;
	struct caps_config caps; // a night's; what it does not say, farm.yaml does
	char *dtb; // owned: file of the device tree that a kernel is started with, or NULL
	struct config_map misc;    // what people note (shelf, owner); means nothing to the farm
	struct config_map console; // a board's keys laid over its type's
	struct config_map power;
	struct config_map boot;
	struct config_node node; // where the board is declared
};

struct pool_config {
	const char *name;
	const char *description;
	bool by_bbml2; // chooses boards by cpu.bbml2 == bbml2
	bool bbml2;
	const char **tags; // chosen boards carry all of these
	size_t tags_count;
	const char **without_tags; // and none of these
	size_t without_tags_count;
	const char **boards; // or are named here; NULL = any
	size_t boards_count;
	struct config_node node;
};

struct boards_config {
	struct config_file **files; // owned
	size_t files_count;
	struct board_config *boards; // sorted by name
	size_t boards_count;
	struct pool_config *pools; // sorted by name
	size_t pools_count;
};

// Loads every *.yaml of the folder (or the one file) `named`, in the order of their names; see
// config_locate for where it is looked for.
struct error *boards_load(const char *named, struct boards_config **out) ERROR_RESULT;
// The same, for people who want to know all that is wrong: adds every mistake and doubt to
// *problems, and gives what could be read all the same. *out is never NULL.
void boards_load_all(const char *named, struct config_problems *problems,
		     struct boards_config **out);
void board_config_deinit(struct board_config *b);
void boards_free(struct boards_config *c);
CLEANUP_DEFINE(cleanup_boards, struct boards_config *, boards_free)
#define CLEANUP_BOARDS CLEANUP(cleanup_boards)

const struct board_config *boards_find(const struct boards_config *c, const char *name);
const struct pool_config *boards_find_pool(const struct boards_config *c, const char *name);
bool pool_has(const struct pool_config *p, const struct board_config *b);

// A boards file that holds just this board, in the pool `pool`, for a run directory.
void board_config_dump(const struct board_config *b, const char *pool, struct buffer *out);

#endif
