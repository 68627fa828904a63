// SPDX-License-Identifier: GPL-2.0-or-later
// The spool: what is still to be sent, in RESULTS/spool/DESTINATION/ITEM/{document,state.json}.
//
// Items appear, change and disappear by rename. A publisher that is killed at any instruction leaves
// each item either sent and gone, or whole and to be sent again. An item's name depends on what is
// sent, so that what is put in twice is there once.
#ifndef RESULTS_SPOOL_H
#define RESULTS_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/arena.h"

enum spool_state {
	SPOOL_WAITING,     // to be sent at next_ms
	SPOOL_UNCONFIRMED, // sent and taken; to be asked about at next_ms
	SPOOL_PARKED,      // refused for good: waits for a person
};

const char *spool_state_name(enum spool_state s);

// An item; its text lives in the arena it was listed with.
struct spool_item {
	const char *name;         // BATCH.WHAT.PART
	const char *batch;        // it is of
	const char *what;         // "kcidb", "html"...
	const char *content_type; // of the document
	const char *file_name;    // it should have elsewhere
	enum spool_state state;
	int64_t attempts;       // begun so far
	int64_t first_ms;       // when it was put in, since 1970
	int64_t next_ms;        // not before, since 1970
	const char *submission; // id the destination gave, or NULL
	const char *reason;     // of the last failure, or NULL
	int64_t progress;       // of destinations that send an item in steps
	int64_t bytes;          // of the document
};

struct spool; // one destination's part

// Opens (and creates) RESULTS/spool/`destination`.
struct error *spool_open(const char *results_dir, const char *destination,
			 struct spool **out) ERROR_RESULT;
void spool_close(struct spool *s);
CLEANUP_DEFINE(cleanup_spool, struct spool *, spool_close)
#define CLEANUP_SPOOL CLEANUP(cleanup_spool)

// Makes this process the one that sends; `*got` false when another one is. Lasts until
// spool_close or the process's end.
struct error *spool_lock(struct spool *s, bool *got) ERROR_RESULT;

// Puts an item in: name, batch, what, content_type, file_name and next_ms of `item` count. One of
// that name that is there already stays as it is.
struct error *spool_put(struct spool *s, const struct spool_item *item, const void *document,
			size_t len) ERROR_RESULT;

// Bytes of all documents.
struct error *spool_size(struct spool *s, uint64_t *bytes) ERROR_RESULT;

// All items, in the order of their names; damaged ones are left out and counted.
struct error *spool_list(struct spool *s, struct arena *arena, struct spool_item **items,
			 size_t *count, size_t *damaged) ERROR_RESULT;

struct error *spool_read(struct spool *s, const struct spool_item *item,
			 struct buffer *document) ERROR_RESULT;

// Path of the document; the caller frees.
char *spool_document_path(const struct spool *s, const struct spool_item *item);

// Writes state, attempts, next_ms, submission, reason and progress.
struct error *spool_update(struct spool *s, const struct spool_item *item) ERROR_RESULT;

// Takes a sent item out, leaving a line in sent.jsonl (kept to two files of 1 MiB).
struct error *spool_done(struct spool *s, const struct spool_item *item, const char *note,
			 int64_t now_ms) ERROR_RESULT;
// Takes an item out without a trace: others stand in its place.
struct error *spool_drop(struct spool *s, const struct spool_item *item) ERROR_RESULT;

// Batches that found the spool full, oldest name first: each an empty file in deferred/.
struct error *spool_defer(struct spool *s, const char *batch) ERROR_RESULT;
struct error *spool_undefer(struct spool *s, const char *batch) ERROR_RESULT;
struct error *spool_deferred(struct spool *s, struct arena *arena, const char ***batches,
			     size_t *count) ERROR_RESULT;

#endif
