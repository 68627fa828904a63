// SPDX-License-Identifier: GPL-2.0-or-later
// The tables of store.sqlite and how an older file becomes a newer one.
//
// runs.key      = start in milliseconds since 1970 << 20 | 20 bits of SHA-256 of the run's id: sorts
//                 by time, so that the history of anything is a range of one index.
// paths.key     = 48 bits of SHA-256 of the path: six bytes instead of the text in every row.
// status        = enum status: 0 FAIL, 1 ERROR, 2 MISS, 3 PASS, 4 DONE, 5 SKIP.
#ifndef RESULTS_STORE_SCHEMA_H
#define RESULTS_STORE_SCHEMA_H

#include <stddef.h>

// Step i brings a file from user_version i to i + 1. Steps are never edited once released: a change
// is a new step.
extern const char *const store_migrations[];
extern const size_t store_migrations_count;

#endif
