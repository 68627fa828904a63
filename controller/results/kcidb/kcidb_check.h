// SPDX-License-Identifier: GPL-2.0-or-later
// Says whether a document is valid KCIDB I/O v5 (minor 0 to 3), with the rules of kcidb-io's schema
// v5_3 and of the formats its reference code checks. Stricter than the schema alone in one thing:
// members that a minor version brought are refused in documents that declare an older one, as the
// real ingester does.
//
// The document is read as a stream of values, so memory does not grow with it.
#ifndef RESULTS_KCIDB_CHECK_H
#define RESULTS_KCIDB_CHECK_H

#include <stddef.h>

#include "base/error.h"

#define KCIDB_PROBLEMS_KEPT 20
#define KCIDB_SIZE_LIMIT    ((size_t)512 << 20) // bytes the REST service takes

struct kcidb_problems {
	char *texts[KCIDB_PROBLEMS_KEPT]; // owned: "NAME:LINE: tests[3].path: what is wrong"
	size_t count;                     // all that were found; at most the above are kept
	size_t objects;                   // that were looked at
};

void kcidb_problems_deinit(struct kcidb_problems *p);
#define CLEANUP_KCIDB_PROBLEMS CLEANUP(kcidb_problems_deinit)

// Checks `len` bytes of `text`; `name` stands for them in the texts.
void kcidb_check_text(const char *name, const char *text, size_t len, struct kcidb_problems *out);

// Checks a file; fails only when it cannot be read.
struct error *kcidb_check_path(const char *path, struct kcidb_problems *out) ERROR_RESULT;

// The same for those who only want to go on or not: the first problem as an error.
struct error *kcidb_check_file(const char *path) ERROR_RESULT;

// Calls `visit` for each object of a valid document in its order; `list` is "checkouts", "builds",
// "tests", "issues" or "incidents", `text` the object's bytes in the document. Stops at its error.
typedef struct error *(*kcidb_visit)(void *context, const char *list, const char *text, size_t len);
struct error *kcidb_each_object(const char *name, const char *text, size_t len, kcidb_visit visit,
				void *context) ERROR_RESULT;

#endif
