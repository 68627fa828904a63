// SPDX-License-Identifier: GPL-2.0-or-later
// KCIDB I/O v5.3 as tables, for kcidb_check.c only.
#ifndef RESULTS_KCIDB_SCHEMA_H
#define RESULTS_KCIDB_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

// What a value has to be.
enum kcidb_type {
	KCIDB_TEXT,
	KCIDB_EXCERPT, // at most 16384 code points
	KCIDB_TIME,
	KCIDB_URI,
	KCIDB_HTTPS, // a URI that starts https://
	KCIDB_MESSAGE_ID,
	KCIDB_ORIGIN,
	KCIDB_ID,
	KCIDB_PATH,
	KCIDB_STATUS,
	KCIDB_COMMIT,
	KCIDB_PATCHSET,
	KCIDB_ARCHITECTURE,
	KCIDB_FILE_NAME,
	KCIDB_COMPATIBLE,
	KCIDB_PREFIX,
	KCIDB_NUMBER,
	KCIDB_VERSION, // integer from 0
	KCIDB_BOOLEAN,
	KCIDB_ANY_OBJECT, // misc
	KCIDB_OBJECT,     // of `shape`
};

struct kcidb_shape;

struct kcidb_member {
	const char *name;
	enum kcidb_type type;
	bool required;
	bool list;                       // an array of that type
	int since;                       // minor version of v5 that brought it
	const struct kcidb_shape *shape; // KCIDB_OBJECT
};

struct kcidb_shape {
	const struct kcidb_member *members;
	size_t count;
};

// Top-level lists of objects.
struct kcidb_list {
	const char *name;
	const struct kcidb_shape *shape;
};
extern const struct kcidb_list kcidb_lists[];
extern const size_t kcidb_lists_count;

#endif
