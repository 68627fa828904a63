// SPDX-License-Identifier: GPL-2.0-or-later
// YAML (libyaml) as checked values: every complaint names file:line:column and what was expected.
//
// A config_file owns the text; nodes and maps are views into it and die with it.
#ifndef CONFIG_NODE_H
#define CONFIG_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

#define CONFIG_FILE_LIMIT  ((size_t)4 << 20) // bytes in one file
#define CONFIG_DEPTH_LIMIT 32                // nesting of maps and lists

#define CONFIG_KEYS_LIMIT 4096 // keys in one mapping

struct config_file;
struct config_problems;

// A place in a file; file == NULL means "absent".
struct config_node {
	const struct config_file *file;
	int id; // libyaml's node number, from 1
};

// Reads and parses one file holding one YAML document whose top is a mapping. Rejects what the rest
// of the tree would have to fear: several documents, too deep nesting, a key twice, aliases that
// point into themselves. `*out` is freed with config_file_free.
struct error *config_file_load(const char *path, struct config_file **out) ERROR_RESULT;

// The same; doubts about it (CR LF) are added to *problems (config/problems.h; may be NULL).
struct error *config_file_load_doubting(const char *path, struct config_problems *problems,
					struct config_file **out) ERROR_RESULT;

// The same from memory; `name` stands for the path in messages and as base of relative paths.
struct error *config_file_parse(const char *name, const void *bytes, size_t len,
				struct config_file **out) ERROR_RESULT;
void config_file_free(struct config_file *f);
CLEANUP_DEFINE(cleanup_config_file, struct config_file *, config_file_free)
#define CLEANUP_CONFIG_FILE CLEANUP(cleanup_config_file)

// Paths of the *.yaml of a folder (see config_locate), sorted by name; the caller frees each and the
// array. Hidden files are left out.
struct error *config_list_files(const char *named, char ***paths, size_t *count) ERROR_RESULT;

const char *config_file_name(const struct config_file *f);
struct config_node config_file_root(const struct config_file *f);

static inline bool config_is_set(struct config_node n)
{
	return n.file != NULL;
}

// "file:line:column: <text>", kind ERROR_CONFIG.
struct error *config_error(struct config_node n, const char *fmt, ...)
    ERROR_PRINTF(2, 3) ERROR_RESULT;

// The same about what stands in the value's text from byte `column` on, counted from 1: named at its own
// column where the file has the text as it is, without escapes, and at the value's begin otherwise.
struct error *config_error_inside(struct config_node n, size_t column, const char *fmt, ...)
    ERROR_PRINTF(3, 4) ERROR_RESULT;

// "file:line" of it, for a message about another place. The caller frees.
char *config_place(struct config_node n);
// Which of two stands first, by file name and then by place: below, above or equal to 0.
int config_compare_places(struct config_node a, struct config_node b);

// Whether it is a map: where a text or a map may stand.
bool config_is_map(struct config_node n);

// ---- scalars: the node itself ------------------------------------------------------------------
struct error *config_string(struct config_node n, const char **out) ERROR_RESULT;
// A word usable as a file and KCIDB name part: [A-Za-z0-9][A-Za-z0-9._-]{0,63}
struct error *config_name(struct config_node n, const char **out) ERROR_RESULT;
// Decimal or 0x hexadecimal, within [min, max].
struct error *config_integer(struct config_node n, int64_t min, int64_t max,
			     int64_t *out) ERROR_RESULT;
// true or false, nothing else.
struct error *config_bool(struct config_node n, bool *out) ERROR_RESULT;
// Seconds, within [min, max]: "2", "0.5", or with a unit "500ms", "2s", "5min", "1h".
struct error *config_seconds(struct config_node n, double min, double max,
			     double *out) ERROR_RESULT;
// The same of a word that stands in no file; false when it is none, or outside.
bool config_parse_seconds(const char *text, double min, double max, double *out);
// A file name; relative ones are taken from the folder of the file it is written in (or that file's
// top-level `base:`). The caller frees.
struct error *config_path(struct config_node n, char **out) ERROR_RESULT;
// That folder itself, made absolute when it exists. The caller frees.
char *config_base(struct config_node n);

// ---- lists -------------------------------------------------------------------------------------
struct error *config_list(struct config_node n, size_t *count) ERROR_RESULT;
struct config_node config_item(struct config_node list, size_t i);
// One thing, or a list of `min` to `max` of them: how many, and each by itself. `what` for messages: "hooks".
struct error *config_several(struct config_node n, const char *what, size_t min, size_t max,
			     size_t *count) ERROR_RESULT;
struct config_node config_one_of(struct config_node n, size_t i);
// A list of strings, or a single one; the array (not the strings) is the caller's to free.
struct error *config_strings(struct config_node n, const char ***out, size_t *count) ERROR_RESULT;

// ---- maps --------------------------------------------------------------------------------------
struct config_pair {
	struct config_node key;
	struct config_node value;
	const char *name;
};

// Keys with their values; may be laid together from several maps (a board over its type).
struct config_map {
	struct config_node node; // where it stands, for messages about what is missing
	struct config_pair *pairs;
	size_t count;
};

struct error *config_map_init(struct config_map *m, struct config_node n) ERROR_RESULT;
// Adds the pairs of `n`; a key that is there already takes the new value.
struct error *config_map_overlay(struct config_map *m, struct config_node n) ERROR_RESULT;
void config_map_deinit(struct config_map *m);
#define CLEANUP_CONFIG_MAP CLEANUP(config_map_deinit)

// Fails on the first key that is not in the NULL-terminated list, naming the known ones.
struct error *config_map_only(const struct config_map *m, const char *const *known) ERROR_RESULT;
// The same, but adds each of them to *problems.
void config_map_only_all(const struct config_map *m, const char *const *known,
			 struct config_problems *problems);
// The value, or an unset node.
struct config_node config_map_find(const struct config_map *m, const char *key);
// The value; fails when it is absent.
struct error *config_map_need(const struct config_map *m, const char *key,
			      struct config_node *out) ERROR_RESULT;

// ---- writing -----------------------------------------------------------------------------------
// Appends `"key": value` of the map as block YAML indented by `indent` blanks, one pair a line
// group, in a form that config_file_parse reads back to the same values.
void config_dump_map(const struct config_map *m, unsigned indent, struct buffer *out);
// Appends a line `key: ["item", ...]` behind `indent`; nothing when there is no item.
void config_dump_list(const char *indent, const char *key, const char **items, size_t count,
		      struct buffer *out);
// Appends the string as a double-quoted YAML scalar.
void config_dump_string(const char *s, struct buffer *out);

#endif
