// SPDX-License-Identifier: GPL-2.0-or-later
// Stores that stand elsewhere than in a results directory, for the rest of results/store/.
#ifndef RESULTS_STORE_OPEN_H
#define RESULTS_STORE_OPEN_H

#include "base/database.h"

struct store;

// A new store at any path, without journal: for one that is built to replace another. "": a temporary
// one of this process.
struct error *store_open_new(const char *path, struct store **out) ERROR_RESULT;

// A store from an open handle, which it owns from now on.
struct store *store_from_database(sqlite3 *db);

// The store's connection; owned by the store.
sqlite3 *store_database(struct store *s);

#endif
