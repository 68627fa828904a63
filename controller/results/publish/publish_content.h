// SPDX-License-Identifier: GPL-2.0-or-later
// Makes the documents of a batch that destinations get. Each is made once, is valid, and comes in pieces
// that a service takes.
#ifndef RESULTS_PUBLISH_CONTENT_H
#define RESULTS_PUBLISH_CONTENT_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"
#include "results/publish/destination.h"

// The size of the pieces of a KCIDB document, as its service recommends.
#define CONTENT_OBJECTS_MAX 5000u
#define CONTENT_BYTES_MAX   (8u << 20)

struct content_part {
	enum publish_what what;
	char *name; // "BATCH.WHAT" or "BATCH.kcidb.0001": name of the item
	const char *content_type;
	char *file_name;
	struct buffer document;
};

struct content {
	struct content_part *parts;
	size_t count;
};

// Makes what the bits of `what` ask for. `files_url` (or NULL) says where run directories are
// served; it stands in for what batch.json says.
struct error *content_build(const char *results_dir, const char *batch_id, const char *files_url,
			    unsigned what, struct content *out) ERROR_RESULT;
void content_deinit(struct content *c);
#define CLEANUP_CONTENT CLEANUP(content_deinit)

// Splits a valid document into valid ones of at most `max_objects` and about `max_bytes`; the array
// and its buffers are the caller's.
struct error *content_split(const char *name, const char *text, size_t len, size_t max_objects,
			    size_t max_bytes, struct buffer **parts, size_t *count) ERROR_RESULT;

const char *content_what_name(enum publish_what what); // "kcidb", "html"...
// Reads such a name; false when there is none.
bool content_parse_what(const char *name, enum publish_what *out);

#endif
