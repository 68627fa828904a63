// SPDX-License-Identifier: GPL-2.0-or-later
// What changed with a batch, held against the earlier ones of its job: new, fixed, still there, the lab's.
#ifndef WEB_NIGHT_H
#define WEB_NIGHT_H

#include "base/arena.h"
#include "results/store/store_query.h"

// In the order in which they are shown.
enum night_change { NIGHT_NEW, NIGHT_FIXED, NIGHT_STILL, NIGHT_INFRA };
const char *night_change_name(enum night_change c); // "NEW"...

struct night_pool {
	const char *name;
	size_t shows, ran; // boards
};

struct night_item {
	enum night_change change;
	enum query_trouble kind;
	struct query_symptom symptom; // in the arena
	const char *title;
	const char *job, *batch;
	size_t runs;        // that show it
	const char *run;    // one of them; NULL: NIGHT_FIXED
	int64_t line;       // in its console; MODEL_UNKNOWN: not said
	const char *boards; // names
	struct night_pool *pools;
	size_t pools_count;
	bool returned;     // NIGHT_NEW: it was seen before, but not by the batch before
	const char *since; // start of the first run that showed it; NULL: this batch is the first
	const char *last_good; // start of the newest batch that did not; NULL: none is known
};

struct night {
	struct arena arena;
	struct night_item *items; // owned; sorted
	size_t count;
	size_t left_out; // items beyond NIGHT_ITEMS_MAX
};

#define NIGHT_ITEMS_MAX 500

// Adds what changed with a batch of `job` that began at `start_time`. What is said of a symptom's history
// is decided in one place, night_judge().
struct error *night_add(struct store *s, const char *job, const char *batch, const char *start_time,
			struct night *n) ERROR_RESULT;
void night_sort(struct night *n);
void night_deinit(struct night *n);
#define CLEANUP_NIGHT CLEANUP(night_deinit)

// NEW, STILL or the return of something old, by what earlier batches showed.
enum night_change night_judge(const struct query_seen *seen, bool *returned);

#endif
