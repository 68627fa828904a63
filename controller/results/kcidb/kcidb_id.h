// SPDX-License-Identifier: GPL-2.0-or-later
// Makes the ids of KCIDB objects. An id depends on what the object is about and on nothing else, so
// that a result that is written, sent or re-indexed twice has one id.
#ifndef RESULTS_KCIDB_ID_H
#define RESULTS_KCIDB_ID_H

#include "base/buffer.h"
#include "record/model.h"

#define KCIDB_ID_SIZE 40 // of a hashed id's part behind "ORIGIN:", with the NUL

// "ck-" and 16 hexadecimal digits of SHA-256 over url|branch|commit|patchset. Without a commit the
// payloads of the builds stand for it: the same bytes are the same revision.
void kcidb_checkout_id(const struct batch_record *b, char out[KCIDB_ID_SIZE]);

// "b-" and 16 digits over checkout|architecture|config_name|compiler|start_time|payload|arguments.
void kcidb_build_id(const char *checkout_id, const struct build *b, char out[KCIDB_ID_SIZE]);

// Appends "t-RUN.PATH", with "#N" behind it for the Nth (from 2) result of that path in the run.
void kcidb_test_id(const char *run_id, const char *path, unsigned nth, struct buffer *out);

// Appends "CLASS-SIGNATURE" (sig2 identifies a bug).
void kcidb_issue_id(const struct finding *f, struct buffer *out);

// "i-" and 24 digits over test|issue|version.
void kcidb_incident_id(const char *test_id, const char *issue_id, int64_t issue_version,
		       char out[KCIDB_ID_SIZE]);

#endif
