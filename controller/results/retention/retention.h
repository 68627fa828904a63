// SPDX-License-Identifier: GPL-2.0-or-later
// Decides how long runs are kept, and removes or packs them, by the section `keep:` of farm.yaml. What
// it does not name is kept for ever.
//
//     keep:
//       compress_after: 7d        # consoles are packed (console.h)
//       newest: 10                # of each job, variant and board: always kept
//       at_most: 1000             # of each job, variant and board, whatever their age
//       age: {pass: 90d, skip: 30d, done: 90d, error: 180d, miss: 30d, fail: 2y, splat: forever}
//       baselines: [20260604T010000Z-abc123]     # batches that are never touched
//
// A run with a splat is kept for the longer of its verdict's age and `splat`. A run that an open
// alert's A/B confirmation would repeat is kept as long as the alert is open, and so is its image.
#ifndef RESULTS_RETENTION_H
#define RESULTS_RETENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "config/keys.h"
#include "record/status.h"

#define RETENTION_FOREVER INT64_MAX

struct retention {
	bool is_set;               // there is a `keep:`; without one nothing at all is touched
	int64_t compress_after_ms; // RETENTION_FOREVER: never
	int64_t newest;            // 0: none
	int64_t at_most;           // RETENTION_FOREVER: any number
	int64_t age_ms[STATUS_COUNT];
	int64_t splat_ms;
	const char **baselines; // owned array
	size_t baselines_count;
};

// The keys of `keep:`.
extern const struct key retention_keys[];

// An unset node keeps everything.
struct error *retention_parse(struct config_node n, struct retention *out) ERROR_RESULT;
void retention_deinit(struct retention *r);
#define CLEANUP_RETENTION CLEANUP(retention_deinit)

// A run as far as keeping it goes.
struct retention_run {
	enum status status;
	bool splat;
	int64_t start_ms;
	int64_t rank; // 1: the newest of its job, variant and board
	const char *batch;
	bool needed; // by an open alert
};

enum retention_fate { RETENTION_KEEP, RETENTION_PACK, RETENTION_REMOVE };

// Pure. RETENTION_PACK: kept, and its console is old enough to be packed.
enum retention_fate retention_decide(const struct retention *r, const struct retention_run *run,
				     int64_t now_ms);

struct retention_report {
	size_t packed, removed, batches_removed, payloads_removed;
	uint64_t bytes_freed; // in a dry run without what packing would save
	size_t failed;        // runs that could not be packed or removed
};

struct store;

// Marks the runs that open alerts still need (QUERY_NEEDED). query_marks_begin() was called before.
struct error *retention_find_needed(const char *results_dir, struct store *store) ERROR_RESULT;

// Removes unpacked kernels in RESULTS/payloads that no run in the store was made with, while no batch
// is being carried out; with `dry_run` only says so. A file that was made or used within the last
// hour stays: its batch may not have begun yet. Runs that are marked QUERY_GONE count as removed.
struct error *retention_apply_payloads(const char *results_dir, struct store *store, int64_t now_ms,
				       bool dry_run, FILE *log,
				       struct retention_report *out) ERROR_RESULT;

// Packs and removes; with `dry_run` only says so. `log` (or NULL) gets a line a run that changes.
// A run leaves its batch's list, its directory and the store in that order, each step repeatable:
// one that was cut short is finished by the next call, and `mmfarm reindex` gives the same store.
struct error *retention_apply(const char *results_dir, const struct retention *r, int64_t now_ms,
			      bool dry_run, FILE *log, struct retention_report *out) ERROR_RESULT;

#endif
