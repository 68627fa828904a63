// SPDX-License-Identifier: GPL-2.0-or-later
// Texts by key in a database of a results directory. Unlike the store they are not derived from run
// directories, so that they are never rebuilt, and every change is on the disk when it is done.
#ifndef RESULTS_STORE_NOTES_H
#define RESULTS_STORE_NOTES_H

#include <stddef.h>

#include "base/error.h"

struct store_notes;

// Opens RESULTS/`file`, creating it when there is none.
struct error *store_notes_open(const char *results_dir, const char *file,
			       struct store_notes **out) ERROR_RESULT;

// For questions only: where there is none nothing is known, and nothing is written into a results
// directory that is read-only.
struct error *store_notes_open_reader(const char *results_dir, const char *file,
				      struct store_notes **out) ERROR_RESULT;
// An open transaction is dropped.
void store_notes_close(struct store_notes *n);
CLEANUP_DEFINE(cleanup_store_notes, struct store_notes *, store_notes_close)
#define CLEANUP_STORE_NOTES CLEANUP(cleanup_store_notes)

// All changes in between appear at once.
struct error *store_notes_begin(struct store_notes *n) ERROR_RESULT;
struct error *store_notes_commit(struct store_notes *n) ERROR_RESULT;

struct error *store_notes_set(struct store_notes *n, const char *key, const char *text,
			      size_t len) ERROR_RESULT;

// Takes one text; it lives for the call.
typedef struct error *(*store_notes_visit)(void *context, const char *key, const char *text,
					   size_t len);

// Calls `visit` for the key's text, if there is one.
struct error *store_notes_get(struct store_notes *n, const char *key, store_notes_visit visit,
			      void *context) ERROR_RESULT;

// Calls `visit` for every text in the order of their keys, until it fails.
struct error *store_notes_each(struct store_notes *n, store_notes_visit visit,
			       void *context) ERROR_RESULT;

#endif
