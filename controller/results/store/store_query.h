// SPDX-License-Identifier: GPL-2.0-or-later
// Questions over many runs. Here is everything that other rooms ask of the store: they know what a
// row means, and nothing of tables.
//
// Rows are read one after the other. Text in a row lives until the next one; NULL, NaN and
// MODEL_UNKNOWN mean "not said".
#ifndef RESULTS_STORE_QUERY_H
#define RESULTS_STORE_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "record/status.h"
#include "results/store/store.h"
#include "results/store/store_rows.h"

// ---- tables for people and programs (mmfarm results) --------------------------------------------

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

// The rows, newest first; columns have names. The caller closes them.
struct error *query_ask(struct store *s, const struct query *q,
			struct store_rows **out) ERROR_RESULT;

// "2026-06-04", "2026-06-04T01:10:00Z" or an age: "90m", "12h", "7d", "3w" before `now_ms`.
struct error *query_parse_time(const char *text, int64_t now_ms, int64_t *ms) ERROR_RESULT;

// "FAIL" or "FAIL,ERROR".
struct error *query_parse_statuses(const char *text, unsigned *out) ERROR_RESULT;

// ---- series of numbers (results/series/) --------------------------------------------------------

// Batches whose comment begins with this are A/B confirmations: their runs are no points.
#define SERIES_AB_COMMENT "timing-ab "

// The job that runs of A/B confirmations belong to. Nobody publishes them: what they prove is told
// with their alert.
#define SERIES_AB_JOB "timing-ab"

// Metrics that begin with this are the board's own loops: series are held against them, and they are
// no series themselves.
#define SERIES_CANARY_PATHS "mmfarm.t.canary."

// What names a series.
struct query_series {
	const char *job, *variant, *board_type, *metric;
	int64_t midr; // 0: not said
	bool bbml2;
	const char *emulator; // NULL: real boards, or not told
};

// Every series that a run of `batch` (NULL: any run) belongs to and that any run of its kind brought a
// number for, sorted. `metric` is a glob on its path (NULL: all). Confirmations and the board's own
// loops are left out.
struct error *query_series_all(struct store *s, const char *batch, const char *metric,
			       struct store_rows **out) ERROR_RESULT;
struct error *query_series_next(struct store_rows *r, struct query_series *out,
				bool *row) ERROR_RESULT;

// One run of a series.
struct query_point {
	const char *id, *batch, *board, *start_time;
	const char *commit;       // hash of its batch
	const char *build;        // "SHA256 ARGUMENTS" of the payload
	const char *payload_kind; // "firmware" or "kernel"
	const char *comment;      // of its batch
	const char *position;     // when the first batch of its commit began, or its own
	enum status status;
	int64_t splats;
	bool wanted;
	bool
	    cut_short; // it failed before its payload ended: what it measured is not to be believed
	const char *unit;
	double value, min, p90, max; // NaN: the run has no such number
	int64_t samples;             // 0: not said
	double step;                 // resolution of the numbers; NaN: not said
	double frequency;            // Hz, by the board's own loops
	double canary_start, canary_end;
};

// The newest `most` runs of a series, newest first. With `canaries` the board's own loops are looked
// for, else they are not said.
struct error *query_points(struct store *s, const struct query_series *id, bool canaries,
			   size_t most, struct store_rows **out) ERROR_RESULT;
struct error *query_points_next(struct store_rows *r, struct query_point *out,
				bool *row) ERROR_RESULT;

// When the first batch of `job` began that tested `baseline`: a batch's id, or at least 7 digits of a
// commit's hash. `*start_time` in `arena`; NULL: no batch did.
struct error *query_baseline(struct store *s, const char *job, const char *baseline,
			     struct arena *arena, const char **start_time) ERROR_RESULT;

// ---- numbers of two classes (results/series/comparison.c) ---------------------------------------

// The newest run with metrics; text in the arena.
struct query_newest {
	const char *job, *commit, *start_time, *run; // commit: "" when its batch does not say
};

// Of `job`, or of any but confirmations when it is NULL; `*found` false: there is none.
struct error *query_newest_measured(struct store *s, const char *job, struct arena *arena,
				    struct query_newest *out, bool *found) ERROR_RESULT;

// One number of one run.
struct query_measured {
	const char *path, *unit, *board, *board_type, *build, *start_time, *payload_kind, *variant;
	const char *commit, *cpu, *pool; // "" when not said
	const char *emulator;            // NULL: a real board, or not told
	int64_t midr;                    // 0: not said
	int64_t bbm;                     // -1: not said
	double clock_hz;                 // 0: not said
	double value, min, step;         // min, step: NaN when not said
	int64_t samples;
};

// The numbers of a job's valid runs, by path, variant and time. `variant` NULL: all; `metric`: a glob,
// NULL: all.
struct error *query_measured(struct store *s, const char *job, const char *variant,
			     const char *metric, struct store_rows **out) ERROR_RESULT;
struct error *query_measured_next(struct store_rows *r, struct query_measured *out,
				  bool *row) ERROR_RESULT;

// ---- what earlier batches showed (results/report/) ----------------------------------------------

// Where a report stands: questions are restricted to runs that began before the batch, so that a
// report made again later says the same.
struct query_moment {
	const char *job, *batch, *start_time;
	const char *previous; // the batch before, or NULL
};

// The newest batch of the job that began before; `*batch` in `arena`, NULL: there is none.
struct error *query_previous(struct store *s, const struct query_moment *m, struct arena *arena,
			     const char **batch, const char **start_time) ERROR_RESULT;

// The commit of a batch, for people; in `arena`, NULL: it does not say.
struct error *query_revision(struct store *s, const char *batch, struct arena *arena,
			     const char **out) ERROR_RESULT;

// What a problem looks like in the store.
struct query_symptom {
	const char *signature, *class; // a splat: its level 2; both NULL: no splat
	const char *variant;
	const char *path;   // a test that failed; NULL: none
	const char *reason; // else the beginning of a failed run's reason
};

struct query_seen {
	size_t runs;          // that showed it before
	bool in_previous;     // the batch before is among them
	const char *since;    // start of the first one, in the arena; NULL: no run did
	const char *revision; // of the first one's batch, in the arena; NULL: it does not say
};

struct error *query_seen(struct store *s, const struct query_moment *m,
			 const struct query_symptom *symptom, struct arena *arena,
			 struct query_seen *out) ERROR_RESULT;

// The first `max` batches that showed it before the moment, oldest first; `*batches` in `arena`.
struct error *query_showed(struct store *s, const struct query_moment *m,
			   const struct query_symptom *symptom, size_t max, struct arena *arena,
			   const char ***batches, size_t *count) ERROR_RESULT;

// A batch of the window, for people and git.
struct query_end {
	const char *batch; // in the arena; NULL: none is known
	const char *start_time;
	const char *commit; // NULL: it does not say
};

// Where a symptom came from, as one board tells: `good`, its newest run before the moment that was made
// to a verdict on the code and does not show it; `bad`, its first one behind that which does, before
// the moment (else none is known: the present batch is it).
struct error *query_window(struct store *s, const struct query_moment *m,
			   const struct query_symptom *symptom, const char *board,
			   struct arena *arena, struct query_end *good,
			   struct query_end *bad) ERROR_RESULT;

// The worst verdict that each board came to in a batch: `visit` is called for each board.
struct error *query_worst(struct store *s, const char *batch,
			  void (*visit)(void *context, const char *board, enum status worst),
			  void *context) ERROR_RESULT;

// Whether the batch before ran the variant on the board to a verdict on the code.
struct error *query_tried(struct store *s, const struct query_moment *m, const char *variant,
			  const char *board, bool *out) ERROR_RESULT;

// Start of the board's last run before to a verdict on the code; in `arena`, NULL: none.
struct error *query_last_good(struct store *s, const struct query_moment *m, const char *board,
			      struct arena *arena, const char **out) ERROR_RESULT;

// Something that the batch before showed and this one, having run the same, did not.
struct query_fixed {
	const char *title, *last_seen;
	const char *boards; // names between commas, in no order
	struct query_symptom symptom;
};

// Splats, then tests, then runs that failed without either; `visit` is called for each.
struct error *query_fixed(struct store *s, const struct query_moment *m,
			  void (*visit)(void *context, const struct query_fixed *f),
			  void *context) ERROR_RESULT;

// ---- what pages show (web/) ---------------------------------------------------------------------

// Why something stands in a batch's list of what went wrong.
enum query_trouble {
	QUERY_SPLAT, // an unwanted report in the console
	QUERY_TEST,  // a check that failed or broke
	QUERY_RUN,   // a run that failed without either
	QUERY_LAB,   // a run that the lab could not make
};

// One run that shows one of them.
struct query_sighting {
	enum query_trouble kind;
	struct query_symptom symptom; // of QUERY_LAB: the reason alone
	const char *title, *func;     // func: NULL, not said
	const char *run, *board, *pool, *variant;
	enum status status;
	int64_t line; // of the console; MODEL_UNKNOWN: not said
};

// All of a batch; those of one kind and symptom follow one another.
struct error *query_sightings(struct store *s, const char *batch,
			      void (*visit)(void *context, const struct query_sighting *g),
			      void *context) ERROR_RESULT;

// The questions below give rows whose columns have the names that stand here.

// Every board that ever ran: board, board_type, pool, cpu, midr, last_run, last_time, status, runs.
// `board_type` NULL: of all types.
struct error *query_boards(struct store *s, const char *board_type,
			   struct store_rows **out) ERROR_RESULT;

// A board's days (UTC) with runs from `since_ms` on, oldest first: day, status (the worst verdict), runs,
// trouble, power_cycles.
struct error *query_board_days(struct store *s, const char *board, int64_t since_ms,
			       struct store_rows **out) ERROR_RESULT;

// Who shows a signature (any of its levels) and who does not, in the batches that show it, the newest 50:
// cpu, midr, board_type, pool, bbml2, shows, ran (boards each).
struct error *query_who_shows(struct store *s, const char *signature,
			      struct store_rows **out) ERROR_RESULT;

// Where a signature stood, newest first: run, start_time, job, batch, variant, board, pool, status, line,
// line_last, title, class, func, file, wanted.
struct error *query_shown(struct store *s, const char *signature, int64_t limit,
			  struct store_rows **out) ERROR_RESULT;

// Names that hold `words`, a few of each kind: kind ("board", "batch", "run", "test", "metric",
// "finding"), name, text.
struct error *query_search(struct store *s, const char *words,
			   struct store_rows **out) ERROR_RESULT;

// Paths of metrics: path, unit, runs (of the newest 200 that have it), last_time.
struct error *query_metric_paths(struct store *s, struct store_rows **out) ERROR_RESULT;

// ---- what the runs of a batch showed (triage/) ---------------------------------------------------

struct query_batch {
	const char *id, *job, *start_time;
	const char *commit, *commit_name; // NULL: it does not say
};

// Text in `arena`; `*found` false: there is no such batch.
struct error *query_batch(struct store *s, const char *id, struct arena *arena,
			  struct query_batch *out, bool *found) ERROR_RESULT;

// All batches, the newest first.
struct error *query_batches(struct store *s, struct store_rows **out) ERROR_RESULT;
struct error *query_batches_next(struct store_rows *r, struct query_batch *out,
				 bool *row) ERROR_RESULT;

// The runs of a batch, oldest first.
struct query_triage_run {
	int64_t key; // by which the rows below name it
	int64_t start_ms;
	const char *id, *variant, *board, *board_type;
	const char *pool, *cpu, *sha256, *payload, *arguments, *version, *outcome,
	    *emulator;      // NULL: not said
	const char *reason; // of a verdict, without what differs from run to run
	int64_t midr;       // 0: not said
	int64_t bbml2;      // FIELDS_UNKNOWN: not said
	enum status status;
	bool repeated; // a later run of the batch stands for it
};
struct error *query_triage_runs(struct store *s, const char *batch,
				struct store_rows **out) ERROR_RESULT;
struct error *query_triage_count(struct store *s, const char *batch, size_t *out) ERROR_RESULT;
struct error *query_triage_runs_next(struct store_rows *r, struct query_triage_run *out,
				     bool *row) ERROR_RESULT;

// Their splats that are no part of another one's report, by run and place in the console.
struct query_triage_splat {
	int64_t run;
	const char *class, *sig2, *title;
	const char *function, *file; // NULL: not said
	int64_t severity, line, byte_first, byte_last;
	bool wanted;
};
struct error *query_triage_splats(struct store *s, const char *batch,
				  struct store_rows **out) ERROR_RESULT;
struct error *query_triage_splats_next(struct store_rows *r, struct query_triage_splat *out,
				       bool *row) ERROR_RESULT;

// Their tests that ended as FAIL or ERROR, by run.
struct query_triage_test {
	int64_t run;
	const char *path;
	enum status status, expected; // expected: STATUS_NONE when nothing was
	int64_t line;
};
struct error *query_triage_tests(struct store *s, const char *batch,
				 struct store_rows **out) ERROR_RESULT;
struct error *query_triage_tests_next(struct store_rows *r, struct query_triage_test *out,
				      bool *row) ERROR_RESULT;

// The keys of the runs that carried a test out, oldest first: `visit` is called for each.
struct error *query_triage_ran(struct store *s, const char *batch, const char *path,
			       void (*visit)(void *context, int64_t run),
			       void *context) ERROR_RESULT;

// ---- what may be removed (results/retention/) ---------------------------------------------------

// Two sets of runs that this connection alone knows: what must stay, and what is gone or taken for it.
enum query_mark {
	QUERY_NEEDED,
	QUERY_GONE,
};

// To be called once, before any mark.
struct error *query_marks_begin(struct store *s) ERROR_RESULT;
struct error *query_mark(struct store *s, enum query_mark mark, const char *run) ERROR_RESULT;

struct query_keep {
	const char *id, *batch;
	enum status status;
	bool splat;
	int64_t start_ms; // since 1970
	int64_t rank;     // from 1: the newest run of its job, variant and board
	bool needed;
};

// Every run, oldest first.
struct error *query_keep_all(struct store *s, struct store_rows **out) ERROR_RESULT;
struct error *query_keep_next(struct store_rows *r, struct query_keep *out, bool *row) ERROR_RESULT;

// Batches all of whose runs are gone: `visit` is called for each.
struct error *query_emptied(struct store *s, void (*visit)(void *context, const char *batch),
			    void *context) ERROR_RESULT;

// Whether a run that is not gone was booted with the payload.
struct error *query_payload_used(struct store *s, const char *sha256, bool *out) ERROR_RESULT;

#endif
