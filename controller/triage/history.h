// SPDX-License-Identifier: GPL-2.0-or-later
// What the runs of a job's batches showed, as triage looks at it: plain data, filled from the store
// (load.h), from simulated nights or by hand. Pure.
//
// Words are numbers within one history (`history_word`), so that they are compared at once; 0 means
// "not said".
#ifndef TRIAGE_HISTORY_H
#define TRIAGE_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "record/status.h"

#define HISTORY_NONE SIZE_MAX // no such batch, run or symptom

// What runs differ in. In the order in which one of several that fit alike is named.
enum attribute {
	ATTRIBUTE_VARIANT,
	ATTRIBUTE_ORDER,
	ATTRIBUTE_GRANULE,
	ATTRIBUTE_BUILD, // what was booted
	ATTRIBUTE_BOARD, // one board alone is the board, whatever else it is
	ATTRIBUTE_CAPABILITY,
	ATTRIBUTE_POOL,
	ATTRIBUTE_IMPLEMENTER,
	ATTRIBUTE_PART,
	ATTRIBUTE_CPU_VARIANT,
	ATTRIBUTE_REVISION,
	ATTRIBUTE_TYPE,
	ATTRIBUTE_HOST,
	ATTRIBUTE_STRIP, // power strip
	ATTRIBUTE_EMULATOR,
	ATTRIBUTE_BOOT_LOADER,
	ATTRIBUTE_HOUR,   // of the day at which it began, UTC
	ATTRIBUTE_PLACE,  // quarter of the batch
	ATTRIBUTE_BEFORE, // what ran before on the board, in the batch
	ATTRIBUTES,
};

enum symptom_kind {
	SYMPTOM_SPLAT, // a report in the console
	SYMPTOM_TEST,  // a check that failed or broke
	SYMPTOM_RUN,   // a run that failed without either
	SYMPTOM_LAB,   // a run that the lab could not make
};

// What is wrong in a run, the same in every run that shows it.
struct symptom {
	enum symptom_kind kind;
	enum status status;          // FAIL, ERROR or MISS: whose turn it is
	const char *class, *sig2;    // of a splat
	const char *name;            // of a splat its title, of a test its path, else the reason
	const char *function, *file; // that a splat blames; NULL: not said
	int64_t severity;            // of a splat
};

struct sighting {
	size_t run, symptom;
	int64_t line; // of the console; INT64_MIN: not said
	int64_t byte_first, byte_last;
	bool wanted; // the job asks for it
};

struct history_run {
	const char *id;
	size_t batch;
	int64_t key;      // in the store
	int64_t start_ms; // since 1970
	enum status verdict;
	bool whole;       // the payload came to its end: what the run does not show was not there
	uint32_t payload; // word of what was booted, arguments included
	uint32_t values[ATTRIBUTES];
	size_t first, count; // its sightings
};

struct history_batch {
	const char *id, *job, *start_time;
	const char *commit, *commit_name; // NULL: not said
	size_t first, count;              // its runs
};

struct history {
	struct arena arena;
	struct history_batch *batches; // oldest first; the last one is what is asked about
	size_t batches_count;
	struct history_run *runs;
	size_t runs_count;
	struct symptom *symptoms;
	size_t symptoms_count;
	struct sighting *sightings;
	size_t sightings_count;
	const char **words;
	size_t words_count;
	uint32_t *index; // of words, by hash; a power of two
	size_t index_size;
	uint32_t *symptom_index;
	size_t symptom_index_size;
};

void history_init(struct history *h);
void history_deinit(struct history *h);
#define CLEANUP_HISTORY CLEANUP(history_deinit)

// The number of a word; 0 for NULL and "".
uint32_t history_word(struct history *h, const char *text);
const char *history_text(const struct history *h, uint32_t word); // "" for 0

// Each belongs to what was added last: runs to a batch, sightings to a run. What they point to is copied;
// the batch's or run's own place and its counts are set here.
size_t history_add_batch(struct history *h, const struct history_batch *b);
size_t history_add_run(struct history *h, const struct history_run *r);
// The symptom as one that is there already, if it is the same (kind, class and signature, or name).
size_t history_symptom(struct history *h, const struct symptom *s);
// A run shows a symptom once: a second sighting of it is left out, but one that is not wanted stays so.
void history_add_sighting(struct history *h, const struct sighting *s);

// To be called when all is added: the attributes that follow from the order of the runs (place, before).
void history_complete(struct history *h);

// Whether a run shows a symptom, and by which sighting (NULL: it does not).
const struct sighting *history_shows(const struct history *h, size_t run, size_t symptom);

const char *attribute_name(enum attribute a); // "capability"
// Whether all runs of a board have the same value, by what the attribute is.
bool attribute_is_of_board(enum attribute a);

#endif
