// SPDX-License-Identifier: GPL-2.0-or-later
// A KCIDB document being written: what kcidb_write.c (document, checkout, builds),
// kcidb_write_tests.c and kcidb_write_issues.c share, and nobody else includes.
#ifndef RESULTS_KCIDB_WRITER_H
#define RESULTS_KCIDB_WRITER_H

#include "base/buffer.h"
#include "base/arena.h"
#include "text/json_writer.h"
#include "results/kcidb/kcidb_id.h"
#include "record/model.h"
#include "results/series/night_record.h"

struct kcidb_emitted_build {
	const struct build *build;
	char id[KCIDB_ID_SIZE];
};

struct kcidb_writer {
	struct json_writer json;
	const char *results_dir;
	const struct batch_results *results;
	const struct batch_record *batch;
	const char *origin;
	char checkout_id[KCIDB_ID_SIZE];
	const struct night_record *night;   // NULL: timings were not looked at
	struct kcidb_emitted_build *builds; // owned
	size_t builds_count;
	struct arena arena;
	struct buffer environment; // of the tests of the run being written
	struct buffer scratch;
};

// Member `key`: ORIGIN:`local`.
void kcidb_put_id(struct kcidb_writer *w, const char *key, const char *local);
// Begin a list of the document and an object in it, each on a line of its own.
void kcidb_start_section(struct kcidb_writer *w, const char *name);
void kcidb_start_item(struct kcidb_writer *w);
// Members `kernel_type` and `payload`: what was booted.
void kcidb_put_payload(struct json_writer *j, const struct payload *p);
// The build of a variant; every variant that a run has, has one.
const struct kcidb_emitted_build *kcidb_build_of(const struct kcidb_writer *w, const char *variant);

// The lists `tests`; `issues` and `incidents`.
void kcidb_write_tests(struct kcidb_writer *w);
void kcidb_write_issues(struct kcidb_writer *w);

#endif
