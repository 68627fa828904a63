// SPDX-License-Identifier: GPL-2.0-or-later
// What a console showed, collected from the detector's events; all that the judge looks at.
// Bounded: beyond the caps only counts grow.
#ifndef RUN_EVIDENCE_H
#define RUN_EVIDENCE_H

#include "config/job.h"
#include "detect/detect.h"
#include "run/speech.h"

#define EVIDENCE_SPLATS_MAX   1000
#define EVIDENCE_TESTS_MAX    20000
#define EVIDENCE_METRICS_MAX  5000
#define EVIDENCE_SAMPLES_MAX  20000 // of all metrics together, that are kept one by one
#define EVIDENCE_CPUS_MAX     1024
#define EVIDENCE_FEATURES_MAX 128
// Bytes of all their texts together, counted as the six-byte escapes of JSON would need them.
#define EVIDENCE_TEXT_MAX ((size_t)24 << 20)

struct evidence_splat {
	uint32_t id;
	uint64_t line, line_last;
	uint64_t byte_first, byte_end;
	char *class_name, *sub, *func, *file, *title, *message; // owned
	char *excerpt; // owned; NULL: it is what the console has there
	uint64_t sig1, sig2, sig3;
	uint64_t folded_into; // header line of its root, 0 = it is one
	int severity;
	int cpu;
	bool fatal, complete, bbm_violation;
	bool of_payload; // said behind the payload's first line of that boot
	bool of_another; // said before the hand-over, or by a system that is not the payload
	bool ended_boot; // a panic, and nothing of the same boot followed it
	bool wanted;     // set by the judge
	bool is_end;     // set by the judge: the regular end of the boot, not a finding
};

// A crash of the board's own firmware or boot loader, ahead of the payload.
bool evidence_is_boards_own(const struct evidence_splat *s);

// Whether it says nothing of the payload: another system's, or the board's own; and nobody wanted it.
bool evidence_is_foreign(const struct evidence_splat *s);

struct evidence_test {
	char *path;    // KCIDB path, below the run's
	char *comment; // reason, or NULL
	enum detect_test_result result;
	bool informative; // result without verdict (`r=info`)
	bool wanted_fail; // set by the judge
	uint64_t line;
};

struct evidence_metric {
	char *path;
	char *unit;                // "s", "B", or what the record said
	double value;              // median, in `unit`
	double min, max, p90, mad; // same unit; NAN = not told
	double cycles;             // NAN = not told
	double step;               // resolution of the values, in `unit`; NAN = not told
	long n;                    // samples, 0 = not told
	double *samples;           // n of them as measured, owned; NULL: only a summary is kept
	uint64_t line;
};

// One CPU as the board itself reported it.
struct evidence_cpu {
	long number;
	uint32_t midr;
	int bbm; // -1 unknown
	int cap; // -1 unknown, else whether the payload takes it as BBML2-capable
};

struct evidence {
	struct evidence_splat *splats;
	size_t splats_count;
	struct evidence_test *tests;
	size_t tests_count;
	struct evidence_metric *metrics;
	size_t metrics_count;
	size_t samples_kept; // of all metrics
	struct evidence_cpu *cpus;
	size_t cpus_count;
	// Owned: what the kernel detected of its CPUs, and which workarounds it applies.
	char **features;
	size_t features_count;
	size_t text;    // of EVIDENCE_TEXT_MAX, used
	size_t dropped; // findings, tests or metrics beyond the caps

	enum detect_outcome outcome;
	enum detect_outcome last_outcome; // of the last boot attempt alone
	unsigned boots;
	bool handed_over; // a boot loader said since the hand-over that it starts the payload
	bool booted;      // this boot is past the lines with which a kernel names its CPUs
	bool final;       // the detector's last event came
	bool clean_shutdown;
	char *version;    // of the payload, as it says itself; may be NULL
	char *policy;     // firmware: bbm= of the hello record
	double clock_hz;  // firmware: frequency of its counter, 0 unknown
	bool hello;       // firmware: hello record seen
	bool end;         // firmware: end record seen
	bool end_intact;  // and nothing was lost or damaged on the way
	char *end_result; // pass, fail, error, skip
	uint32_t records_missing;
	bool done_text;        // the job's `done: text` was said, where it counts
	unsigned done_attempt; // in this boot, as the detector counts them
	uint64_t stray_line;   // first line that has it where it does not count; 0: none
	bool stray_is_echo;    // there it is the job's own command line that is said back
	bool fatal;            // a fatal report was seen, not of firmware ahead of the payload

	struct speech speech;    // who speaks
	bool from_handover;      // what is said behind the hand-over counts, whoever says it
	const char *wanted_text; // borrowed: job's done.text
	const char *arguments;   // borrowed: what the payload was given
	struct measure *measure; // owned; NULL when the job declares no numbers of its console
	struct detect_line held; // may turn out to be the payload's first line
	char *held_text;         // owned
};

// `job` must outlive the evidence, `payload` (what the payload calls itself; NULL: not known) as well.
// All that is said counts as said behind the hand-over until speech.handover is set.
void evidence_init(struct evidence *e, const struct job_config *job, const struct banners *payload);
void evidence_deinit(struct evidence *e);

// The board is handed over with this byte of its console: a second time when a first try failed.
void evidence_hand_over(struct evidence *e, uint64_t byte);

// Adds what another channel than the console tells. Texts become the evidence's; beyond the caps they are
// freed and counted.
void evidence_add_splat(struct evidence *e, struct evidence_splat *s);
void evidence_add_test(struct evidence *e, char *path, char *comment,
		       enum detect_test_result result);

// Which events are still needed (struct detect_config); fewer once the lines tell nothing more.
unsigned evidence_wants(const struct evidence *e);

// A detect_fn: `arg` is the struct evidence.
void evidence_take(const struct detect_event *event, void *arg);

// A result that a tool took from the console by rules of its own, as a test SUITE.NAME; `comment` is
// copied, NULL: none. Returns its index in e->tests; SIZE_MAX: it did not fit.
size_t evidence_take_result(struct evidence *e, struct detect_view suite, struct detect_view name,
			    enum detect_test_result result, const char *comment);

#endif
