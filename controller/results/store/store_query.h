// SPDX-License-Identifier: GPL-2.0-or-later
// Questions over many runs.
#ifndef RESULTS_STORE_QUERY_H
#define RESULTS_STORE_QUERY_H

#include <sqlite3.h>
#include <stdint.h>

#include "base/error.h"
#include "record/status.h"
#include "results/store/store.h"

enum query_kind {
	QUERY_RUNS,
	QUERY_TESTS,
	QUERY_METRICS,
	QUERY_SPLATS, // one row a signature: how often, where, since when
	QUERY_BATCHES,
};

#define QUERY_ANY (-1) // an integer that does not restrict

// NULL, QUERY_ANY and an empty status set do not restrict.
struct query {
	enum query_kind kind;
	const char *run;
	const char *batch;
	const char *job;
	const char *variant;
	const char *board;
	const char *board_type;
	const char *pool;
	const char *cpu;                                        // name as declared, exactly
	int64_t midr, implementer, part, cpu_variant, revision; // MIDR_EL1 and its fields
	unsigned statuses;                                      // bit (1 << enum status)
	const char *signature;                                  // any of the three levels
	const char *path; // of a test or metric; * and ? match as in file names
	int64_t since_ms; // start of the run, since 1970; inclusive
	int64_t until_ms; // exclusive
	int64_t limit;    // rows
	bool oldest_first;
};

void query_init(struct query *q, enum query_kind kind); // nothing restricted, 50 rows

// A statement that yields the rows, newest first; the caller finalizes it.
struct error *query_prepare(struct store *s, const struct query *q,
			    sqlite3_stmt **out) ERROR_RESULT;

// "2026-06-04", "2026-06-04T01:10:00Z" or an age: "90m", "12h", "7d", "3w" before `now_ms`.
struct error *query_parse_time(const char *text, int64_t now_ms, int64_t *ms) ERROR_RESULT;

// "FAIL" or "FAIL,ERROR".
struct error *query_parse_statuses(const char *text, unsigned *out) ERROR_RESULT;

#endif
