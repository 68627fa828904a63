// SPDX-License-Identifier: GPL-2.0-or-later
// How `mmfarm scan` shows what the detector finds: for people, or as JSON lines.
#ifndef RESULTS_SCAN_H
#define RESULTS_SCAN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buffer.h"
#include "results/scan/scan_rank.h"
#include "detect/detect.h"

struct scan_options {
	bool json;
	bool color;
	bool full;        // reports with every line
	bool live;        // reports are shown as they come, not sorted
	uint64_t explain; // number of the line to explain, 0 none
};

// A report that waits for an earlier one to be shown.
struct scan_waiting {
	uint32_t id;
	char *text; // owned; NULL: taken back by the detector
};

struct scan_show {
	const struct scan_options *options;
	FILE *out; // where it is shown; borrowed
	const char *file;
	uint32_t findings;     // of severity >= 2, over all files
	uint32_t failed_tests; // over all files

	// the file in progress
	uint32_t next_id;
	struct scan_waiting *waiting;
	size_t waiting_count;
	uint32_t splats, roots, tests, failed;
	uint32_t of_severity[6]; // roots
	struct scan_rank rank;   // unless `live` or JSON
	struct buffer failures;  // failed tests, in words
	struct buffer window;    // the bytes scanned last
	uint64_t window_start;   // offset of its first byte in the file
	uint64_t last_line;      // with `explain`: the last one seen
};

void scan_show_begin(struct scan_show *s, const char *file);
void scan_show_bytes(struct scan_show *s, const void *bytes, size_t len); // ahead of detect_feed
void scan_show_end(struct scan_show *s);
void scan_show_deinit(struct scan_show *s);

// A detect_fn; `arg` is the scan_show.
void scan_show_event(const struct detect_event *event, void *arg);

// Events that showing with these options needs.
unsigned scan_show_mask(const struct scan_options *options);

// The two ways of writing one event down (scan_json.c, scan_text.c).
void scan_json_splat(struct buffer *out, const char *file, const struct detect_splat *s);
void scan_json_test(struct buffer *out, const char *file, const struct detect_test *t);
void scan_json_boot(struct buffer *out, const char *file, const struct detect_boot *b);

// The headline, without line end: place, title, what the report says of itself.
void scan_text_head(struct buffer *out, const struct scan_options *options, const char *file,
		    const struct detect_splat *s);
// The rest. `excerpt`: the report's bytes as far as they are still at hand.
void scan_text_body(struct buffer *out, const struct scan_options *options,
		    const struct detect_splat *s, struct detect_view excerpt);
void scan_text_file(struct buffer *out, const char *file); // a name, fit for a terminal
void scan_text_test(struct buffer *out, const struct scan_options *options, const char *file,
		    const struct detect_test *t);
void scan_text_explain(struct buffer *out, const char *file, const struct detect_explain *e);

#endif
