// SPDX-License-Identifier: GPL-2.0-or-later
// jobs/*.yaml: what to boot on which pools, and what is wanted of it.
#ifndef CONFIG_JOB_H
#define CONFIG_JOB_H

#include "config/hooks.h"
#include "config/literals.h"
#include "config/metrics.h"
#include "config/node.h"
#include "config/payload.h"
#include "config/sanitize.h"
#include "config/schedule.h"
#include "config/trigger.h"

// The job of A/B confirmations. mmfarm makes it itself and no file may have this name, so that no other
// numbers are taken for a confirmation's.
#define JOB_OWN_NAME "timing-ab"

// What a deadline may be, in seconds.
#define JOB_DEADLINE_MIN_S 0.1
#define JOB_DEADLINE_MAX_S (7 * 24 * 3600)

// Reports that must come, exactly `count` of them; every key that is set must agree.
struct want_splat {
	const char *class; // "warn", "panic", ... or NULL
	const char *function;
	const char *title; // substring of the report's title
	int64_t count;
};

// What is wanted on the boards of some pools (NULL = on all).
struct want {
	const char **pools;
	size_t pools_count;
	struct config_node pools_node;
	struct want_splat *splats;
	size_t splats_count;
	const char **failing_tests; // tests whose FAIL is wanted, by path
	size_t failing_tests_count;
};

struct variant_config {
	const char *name;
	const char *arguments; // firmware arguments or kernel command line
	struct config_node node;
	struct want *wants;
	size_t wants_count;
};

// How the console of a boot shows that the payload reached its end; any one is enough.
struct done_config {
	const char *panic;  // a panic whose text contains this
	const char *text;   // a line that contains this
	bool power_off;     // the board powered itself off
	bool from_handover; // also from others than the payload, behind the hand-over
};

// Where the code under test comes from; all optional (KCIDB checkout).
struct source_config {
	const char *tree_name;
	const char *repository_url;
	const char *branch;
	const char *commit;
	const char *commit_name;
	const char *patchset_hash;
	const char *message_id;
};

// Identity of a run in the snapshot that its directory keeps.
struct run_identity {
	const char *id;
	const char *batch;
	const char *pool;
	const char *sha256;       // of the payload as booted
	const char *payload_name; // as the user named it, before unpacking
	const char *package;      // that the payload was taken from: "NAME VERSION"; or NULL
	const char *build_id;     // a kernel's own, in hex; or NULL
	int64_t attempt;
	// Because of which other run it was added: one that the lab failed, whose tests failed, whose
	// numbers looked wrong; NULL: not because of such a one.
	const char *retry_of, *confirms, *rerun_of;
	double waited_s; // for its board, which somebody else had; 0 = not at all
};

struct job_config {
	struct config_file *file; // owned
	const char *name;
	const char *description;
	struct payload_config payload;
	const char **pools;
	size_t pools_count;
	struct config_node pools_node;
	struct variant_config *variants;
	size_t variants_count, variants_declared; // those that count stand first
	char **texts;                             // owned: what a command line changed
	size_t texts_count;
	double deadline_s;     // of one run, from power-on
	double silence_s;      // console silence that counts as a hang
	double board_wait_s;   // for a board that somebody else has, before the run is given up
	double busy_wait_s;    // for a quieter host, before a run that it starved is made once more
	int64_t console_limit; // bytes of console after which a run is ended
	struct done_config done;
	struct source_config source;
	char *tree;             // owned: git tree of the code under test; NULL: the farm's
	struct literals detect; // the job's own and the farm's
	struct sanitize_config sanitize;
	struct metrics_config metrics;
	const char *baseline; // of budgets: a commit (its first digits) or a batch; may be NULL
	struct config_node timing; // config/timing.h; may be unset
	// When it is run by itself, and how. A run's snapshot says nothing of these.
	struct schedules_config schedules;
	struct triggers_config triggers;
	struct hooks_config hooks;
	bool confirm;            // failed tests are run again, on the same board and on another one
	int64_t boards_per_pool; // so many boards of each pool; 0: all of them
	struct run_identity run; // id == NULL outside a run directory
};

// Fails with the first mistake.
struct error *job_load(const char *path, struct job_config **out) ERROR_RESULT;
struct config_problems; // config/problems.h
// The same, but adds all mistakes and doubts to *problems; *out is NULL when there is a mistake.
void job_load_all(const char *path, struct config_problems *problems, struct job_config **out);
void job_free(struct job_config *job);
CLEANUP_DEFINE(cleanup_job, struct job_config *, job_free)
#define CLEANUP_JOB CLEANUP(cleanup_job)

// Makes the job boot `path` and its own other files by absolute names, so that they hold in any folder.
struct error *job_use_payload(struct job_config *job, const char *path) ERROR_RESULT;

// What a command line makes different in a job; NULL: nothing.
struct job_changes {
	const char *variants; // only these, separated by commas
	const char *append;   // behind the arguments of every variant
	const char *initrd;   // instead of the job's; of a kernel only
	const char *deadline; // the same
};

// Mistakes are ERROR_USAGE, those of arguments that a kernel would cut ERROR_CONFIG.
struct error *job_change(struct job_config *job, const struct job_changes *changes) ERROR_RESULT;

// What the variant is started with on a board that has `before` (or NULL) ahead of the arguments of
// every kernel: a firmware has its own. The caller frees.
char *job_arguments(const struct job_config *job, const struct variant_config *variant,
		    const char *before);
// Refuses arguments that a kernel would cut short without a word.
struct error *job_check_arguments(const struct job_config *job,
				  const struct variant_config *variant,
				  const char *arguments) ERROR_RESULT;

const struct variant_config *job_find_variant(const struct job_config *job, const char *name);

// The job narrowed to one run, as a job file that job_load reads back.
void job_dump_run(const struct job_config *job, const struct variant_config *variant,
		  const struct run_identity *run, struct buffer *out);

#endif
