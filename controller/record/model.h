// SPDX-License-Identifier: GPL-2.0-or-later
// Runs and batches as their run.json and batch.json tell them ("mmfarm-run/1", "mmfarm-batch/1"),
// checked. Text is valid UTF-8 without NUL; NULL, NaN, INT64_MIN or STATUS_NONE mean "not said".
#ifndef RECORD_MODEL_H
#define RECORD_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/arena.h"
#include "record/status.h"
#include "record/json_fields.h"

#define MODEL_UNKNOWN FIELDS_UNKNOWN // an integer that was not said

#define RUN_FORMAT   "mmfarm-run/1"
#define BATCH_FORMAT "mmfarm-batch/1"

#define MODEL_RUN_LIMIT   ((size_t)64 << 20) // bytes of one run.json
#define MODEL_BATCH_LIMIT ((size_t)64 << 20)

// The CPU a board is declared to have.
struct cpu {
	const char *name;
	const char *midr; // "0x410fd823"
	int64_t bbm;      // ID_AA64MMFR2_EL1.BBM, 0..2
	bool bbml2;       // may change the size of live leaf entries without abort
};

struct board_record {
	const char *name;
	const char *type; // KCIDB misc.platform
	const char *pool; // the pool of the job it was chosen by
	const char *const *compatible;
	size_t compatible_count;
	const char *description;
	const char *emulator; // what plays a virtual board
	const struct cpu *cpu;
};

struct file_ref {
	const char *name;
	const char *sha256;
	int64_t size;
};

struct payload {
	const char *kind; // "firmware" or "kernel"
	const char *name;
	const char *file;
	const char *sha256;
	int64_t size;
	const char *arguments;
	const struct file_ref *initrd;
	const char *package;        // that a kernel was taken from: "NAME VERSION"
	const char *build_id;       // a kernel's own, in hex
	const char *version;        // as the payload says of itself
	const char *const *banners; // what its file says that it calls itself
	size_t banners_count;
};

// What a CPU said of itself on the console.
struct run_cpu {
	int64_t n;
	const char *midr;
	const char *revidr;
	int64_t bbm;
	int64_t cap; // whether the payload takes it as BBML2-capable: 1, 0 or MODEL_UNKNOWN
};

struct test {
	const char *path;
	enum status status;
	const char *comment;
	int64_t line;
	enum status expected; // FAIL: a known failure the firmware marks itself
};

struct metric {
	const char *path;
	double value;
	const char *unit;
	const char *prefix; // "metric", "binary" or NULL
	enum status status;
	const char *comment;
	int64_t n; // samples
	double min, max, p90, mad, cycles;
	double step;           // resolution of the values, in `unit`
	const double *samples; // as measured, in `unit`; NULL: only the summary is known
	size_t samples_count;
	int64_t line;
};

// A report found in the console: a splat.
struct finding {
	int64_t line, line_last;       // from 1
	int64_t byte_first, byte_last; // offsets into console.raw
	const char *class;             // "warn", "oops"...
	const char *sub;
	const char *func;
	const char *file;
	const char *title;
	const char *sig1, *sig2, *sig3; // 16 hexadecimal digits, coarse to fine
	int64_t severity;               // 0..5
	bool fatal;
	bool complete;
	int64_t folded_into; // line of the report it belongs to, or MODEL_UNKNOWN
	bool wanted;         // the job asked for it
	int64_t rules_version;
	int64_t cpu;
	bool bbm_violation;
	const char *message;
	const char *excerpt;
};

// The class of findings that no console shows: `line` is one of the sanitizer's report.
#define FINDING_PTSAN "ptsan"
// What the paths of its tests begin with: a rule, or "report", follows.
#define TEST_PTSAN "mmfarm.ptsan."
// The file of the run's directory whose lines and bytes the finding means.
const char *finding_file(const struct finding *f);
bool finding_is_of_console(const struct finding *f);

// A report that is not the payload's.
struct foreign {
	int64_t line;
	const char *class;
	const char *title;
};

struct run_error {
	const char *code;
	const char *message;
};

// What an emulated board got of the host's CPU (run/host.h).
struct run_host {
	int64_t cores;
	double load, cpu, lost, share, worst_share;
	bool starved, starved_once;
	bool own_clock; // the board's clock waits with it
	bool by_time;   // silence, the deadline or a boot driver's patience ended the run
};

// What the run cost its board.
struct run_cycles {
	int64_t power; // how often it was given power
	int64_t erase; // how often something was stored in its flash
};

struct run_log {
	const char *file;
	int64_t bytes;
	int64_t lines;
	const char *sha256;
	int64_t gaps; // how often the line was away, and for how many seconds in all
	double away;
	int64_t lost;     // bytes that could not be kept
	int64_t handover; // byte from which on the payload may speak; -1: it was not handed over to
};

// What went on around the console (run/ending.h).
struct run_end {
	const char *console; // why reading stopped
	const char *board;   // how it ended by itself
	bool interrupted;
	double after, silent, gap; // seconds; gap NaN: there was none
	const char *last_line;
	const char *cause;
	const char *doubt;
	const char *trouble;
	const char *trouble_kind;
	const char *may_be_on; // why
	const char *unfit;     // why the payload was not booted at all
	const char *well;      // why the board is known to be well though it was silent
};

struct run {
	const char *format;
	const char *id;
	const char *batch;
	const char *job;
	const char *variant;
	int64_t attempt;
	// The run because of which it was added: that the lab failed, whose tests failed, whose numbers
	// looked wrong; NULL: not because of such a one.
	const char *retry_of, *confirms, *rerun_of;
	const struct board_record *board;
	const struct payload *payload;
	const char *start_time;
	double duration; // seconds
	double deadline;
	enum status verdict;
	const char *reason;
	bool wanted; // the wanted splats were required and came
	const struct run_error *error;
	const char *outcome;
	int64_t boots;
	double clock_hz; // of the counter the metrics were taken with
	const struct run_cpu *cpus;
	size_t cpus_count;
	const char *const *features; // of its CPUs, as the kernel names what it detected
	size_t features_count;
	const struct test *tests;
	size_t tests_count;
	const struct metric *metrics;
	size_t metrics_count;
	const char *const *metrics_absent; // declared, and no console line had a number for them
	size_t metrics_absent_count;
	const struct finding *findings;
	size_t findings_count;
	const struct foreign *foreign; // the first of them
	size_t foreign_count;
	int64_t excerpts_cut; // bytes of console text that the findings lack
	int64_t dropped;      // findings, tests and metrics that are not listed
	const struct run_log *log;
	const struct run_end *end;
	int64_t splats;
	double waited; // seconds for a board that somebody else had, before start_time
	const struct run_host *host;
	const struct run_cycles *cycles; // NULL: not known
	int64_t rules_version;           // of the judgement; MODEL_UNKNOWN in old ones
	bool unheard;  // there is no run.json: made from the batch's plan, as MISS
	bool repeated; // a MISS that a later attempt stands for
};

// Splats of a run: its findings without those that are part of another one's report. The one number
// that is shown everywhere.
size_t run_splats(const struct run *r);

// A finding that stands for itself, not part of another one's report.
static inline bool finding_is_root(const struct finding *f)
{
	return f->folded_into == MODEL_UNKNOWN;
}

// A run that the batch was to make, whatever became of it.
struct planned_run {
	const char *id;
	const char *board;
	const char *type;
	const char *pool;
	const char *variant;
	int64_t attempt;
	const char *retry_of; // the run that the lab failed; NULL: it is no retry
	const char *confirms; // the run whose tests failed
	const char *rerun_of; // the run whose numbers looked wrong
	const char *reason;   // why there is no run.json, as far as its scheduler knew
};

// What of its job a batch was narrowed to; NULL: not by this.
struct narrowed {
	const char *board;
	const char *pool;
	const char *variant; // one, or several with commas between them
	const char *changed; // what the command line made different: "arguments", "initrd"...
};

struct checkout {
	const char *tree_name;
	const char *git_repository_url;
	const char *git_repository_branch;
	const char *git_commit_hash;
	const char *git_commit_name;
	const char *patchset_hash;
	const char *message_id;
};

struct build {
	const char *name; // the variant
	const char *config_name;
	const struct payload *payload;
	const char *architecture;
	const char *compiler;
	const char *start_time;
};

struct batch_record {
	const char *format;
	const char *id;
	const char *job;
	const char *file;
	const char *lab;
	const char *origin;
	const char *start_time;
	const char *finish_time;
	const char *comment;
	const char *files_url; // where results/runs/ is served, or NULL
	const char *tree;      // git tree of the code under test, on the lab's host
	const char *contact;   // who answers for the report
	const char *const *runs;
	size_t runs_count;
	int64_t planned; // runs that the batch set out to make; MODEL_UNKNOWN in old ones
	const char *const *removed_runs; // that retention took away
	size_t removed_runs_count;
	const struct planned_run *plan; // every run that was meant to be; none in old batches
	size_t plan_count;
	bool interrupted; // an operator ended it
	const struct narrowed *narrowed;
	bool unpublished;               // its results are for nobody else
	const char *const *empty_pools; // of the job, that no board was in
	size_t empty_pools_count;
	const struct checkout *checkout;
	const struct build *builds;
	size_t builds_count;
};

// What run.json and batch.json consist of.
extern const struct record run_document;   // struct run
extern const struct record batch_document; // struct batch_record

// Loads RESULTS/runs/ID/run.json; `*out` points into `arena`. A directory without run.json gives an
// error with error_code() ENOENT.
struct error *model_load_run(const char *results_dir, const char *id, struct arena *arena,
			     const struct run **out) ERROR_RESULT;

// Loads RESULTS/batches/ID/batch.json.
struct error *model_load_batch(const char *results_dir, const char *id, struct arena *arena,
			       const struct batch_record **out) ERROR_RESULT;

// The same from text, without the check that the id is the directory's name.
struct error *model_parse_run(const char *name, const char *text, size_t len, struct arena *arena,
			      const struct run **out) ERROR_RESULT;
struct error *model_parse_batch(const char *name, const char *text, size_t len, struct arena *arena,
				const struct batch_record **out) ERROR_RESULT;

// The run as run.json has it; the caller frees. NULL: a member that every one needs is not said.
char *model_print_run(const struct run *r);

// Writes a batch.json, by rename.
struct error *model_write_batch(const char *path, const struct batch_record *b) ERROR_RESULT;

// Changes what a batch.json says; members that it has beyond ours stay. `change` may set members of
// the batch to what lives in the arena.
typedef struct error *batch_change_fn(struct batch_record *b, struct arena *arena, void *arg);
struct error *model_change_batch(const char *results_dir, const char *id, batch_change_fn *change,
				 void *arg) ERROR_RESULT;

// A run of which only its plan is known, as MISS for `reason` (NULL: as the plan says).
const struct run *model_unheard_run(const struct batch_record *b, const struct planned_run *p,
				    const char *reason, struct arena *arena);

struct lost_run {
	const char *id;
	const char *reason;
};

// A batch with its runs, in the order batch.json plans them. Once the batch is finished a planned run
// without a run.json that can be read is among them, as MISS (`unheard`).
struct batch_results {
	struct arena arena;
	const struct batch_record *batch;
	const struct run **runs;
	size_t runs_count;
	struct lost_run *lost; // of an unfinished or old batch: listed, and no run.json
	size_t lost_count;
};

// The finished batch's planned runs that have no run.json at all, as MISS; `*runs` in `arena`.
void model_unheard_runs(const char *results_dir, const struct batch_record *b, struct arena *arena,
			const struct run ***runs, size_t *count);

// Everything is released by batch_results_deinit, also after an error.
struct error *batch_results_load(const char *results_dir, const char *batch_id,
				 struct batch_results *out) ERROR_RESULT;
void batch_results_deinit(struct batch_results *b);
#define CLEANUP_BATCH_RESULTS CLEANUP(batch_results_deinit)

#endif
