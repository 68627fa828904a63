// SPDX-License-Identifier: GPL-2.0-or-later
// Tables of keys: each key stands once, with its name, type, range, help and place in the struct that
// it fills. The table reads the keys, tells unknown ones, and describes itself to people, documents and
// completion.
//
//     static const struct key keys[] = {
//         {"host", KEY_TEXT(struct relay, host), .required = true, .help = "the server"},
//         {"port", KEY_NUMBER(struct relay, port, 1, 65535), .preset = "502", .help = "its port"},
//         {0},
//     };
#ifndef CONFIG_KEYS_H
#define CONFIG_KEYS_H

#include <stddef.h>

#include "config/node.h"
#include "config/secret.h"

enum key_type {
	KEY_TYPE_TEXT,      // const char *: some text, never an empty one
	KEY_TYPE_NUMBER,    // int64_t from `min` to `max`
	KEY_TYPE_BOOL,      // bool: true or false
	KEY_TYPE_SECONDS,   // double from `min` to `max`, as config_seconds reads them
	KEY_TYPE_SIZE,      // uint64_t: bytes, or with a unit KiB, MiB, GiB, TiB
	KEY_TYPE_WORD,      // an enum: the index of one of `words`
	KEY_TYPE_LIST,      // const char **: strings, NULL-terminated; owned
	KEY_TYPE_COMMAND,   // the same for a program and its arguments, which say no secret
	KEY_TYPE_VARIABLES, // the same: names of variables for a program (base/environment.h)
	KEY_TYPE_FILE,      // char *: a file name, relative ones from the YAML file's folder; owned
	KEY_TYPE_SERVER,    // char *: http(s)://HOST[:PORT][/PATH], without a / at its end; owned
	KEY_TYPE_URL,       // char *: a URL of one of the schemes `words`; owned
	KEY_TYPE_URL_PATH,  // const char *: begins with /, with or without a query
	KEY_TYPE_SECRET,    // struct secret; owned
	KEY_TYPE_GROUP,     // a mapping with keys of its own (`keys`), in the same struct
	KEY_TYPE_NAME,      // a text that somebody else reads: `driver`
	KEY_TYPE_MAP,       // a mapping that the driver's `check` reads
};

struct key {
	const char *name; // NULL: the table's end
	enum key_type type;
	size_t at;                // place in the struct
	double min, max;          // both are allowed
	const char *const *words; // NULL-terminated
	const struct key *keys;   // of a group
	bool required;
	const char *preset; // what it is when it is absent, as YAML would say it; NULL: zero
	const char *value;  // what stands for its value in descriptions; NULL: by its type
	const char *help;   // one line
};

// Type and place of a key in one: {"name", KEY_TEXT(struct x, member), .help = "..."}. A member of
// another type does not compile.
#define KEY_PLACE(s, m, c) (offsetof(s, m) + 0 * sizeof(&((s *)0)->m == (c *)0))
#define KEY_ENUM_PLACE(s, m) \
	(offsetof(s, m) + 0 * sizeof(char[sizeof(((s *)0)->m) == sizeof(unsigned) ? 1 : -1]))
#define KEY_TEXT(s, m) .type = KEY_TYPE_TEXT, .at = KEY_PLACE(s, m, const char *)
#define KEY_NUMBER(s, m, low, high) \
	.type = KEY_TYPE_NUMBER, .at = KEY_PLACE(s, m, int64_t), .min = (low), .max = (high)
#define KEY_BOOL(s, m) .type = KEY_TYPE_BOOL, .at = KEY_PLACE(s, m, bool)
#define KEY_SECONDS(s, m, low, high) \
	.type = KEY_TYPE_SECONDS, .at = KEY_PLACE(s, m, double), .min = (low), .max = (high)
#define KEY_SIZE(s, m)       .type = KEY_TYPE_SIZE, .at = KEY_PLACE(s, m, uint64_t)
#define KEY_WORD(s, m, list) .type = KEY_TYPE_WORD, .at = KEY_ENUM_PLACE(s, m), .words = (list)
#define KEY_LIST(s, m)       .type = KEY_TYPE_LIST, .at = KEY_PLACE(s, m, const char **)
#define KEY_COMMAND(s, m)    .type = KEY_TYPE_COMMAND, .at = KEY_PLACE(s, m, const char **)
#define KEY_VARIABLES(s, m)  .type = KEY_TYPE_VARIABLES, .at = KEY_PLACE(s, m, const char **)
#define KEY_FILE(s, m)       .type = KEY_TYPE_FILE, .at = KEY_PLACE(s, m, char *)
#define KEY_SERVER(s, m)     .type = KEY_TYPE_SERVER, .at = KEY_PLACE(s, m, char *)
#define KEY_URL(s, m, schemes) \
	.type = KEY_TYPE_URL, .at = KEY_PLACE(s, m, char *), .words = (schemes)
#define KEY_URL_PATH(s, m) .type = KEY_TYPE_URL_PATH, .at = KEY_PLACE(s, m, const char *)
#define KEY_SECRET(s, m)   .type = KEY_TYPE_SECRET, .at = KEY_PLACE(s, m, struct secret)
#define KEY_GROUP(list)    .type = KEY_TYPE_GROUP, .keys = (list)

// Fails on the first key that neither of the two tables (each may be NULL) has, naming what it may have
// been meant to be, and the known ones.
struct error *keys_only(const struct config_map *map,
			const struct key *const tables[2]) ERROR_RESULT;

// Fills the struct at `base`, which is zeroed, from the keys of the table; absent ones take their
// presets. Fails on the first that is wrong, or missing though required. Keys of other tables are left
// alone.
struct error *keys_read(const struct key *table, const struct config_map *map,
			void *base) ERROR_RESULT;

// Releases what the table's keys own in the struct at `base`.
void keys_deinit(const struct key *table, void *base);

// The key of that name, or NULL.
const struct key *keys_find(const struct key *table, const char *name);

// Appends what stands for the value: "N", "SECONDS", "on | off", ...
void key_put_value(const struct key *k, struct buffer *out);
// Appends the type's name for programs: "number", "seconds", ...
const char *key_type_name(enum key_type type);
// Appends the table as text, a key a line, each behind `indent`.
void keys_describe(const struct key *table, const char *indent, struct buffer *out);

// Fails when one of a program's variables (NULL: none) is not set: the program would fail later for
// want of its password, and less clearly. The error has the place of the map's key "environment".
struct error *keys_check_environment(const struct config_map *map,
				     const char *const *names) ERROR_RESULT;

// How many strings a NULL-terminated list (or NULL) has.
size_t keys_count(const char *const *list);

#endif
