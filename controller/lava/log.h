// SPDX-License-Identifier: GPL-2.0-or-later
// The reader of what lava-run writes to its standard error, and of what a LAVA server keeps of it: bytes
// in, console bytes and records out. Versions 2023.01 to 2026.10.
//
//     struct lava_log *l = lava_log_new(&events);
//     lava_log_feed(l, bytes, len);   as they come, in pieces of any size
//     lava_log_end(l);                once; a last line without its end is a line
//
// A record is one line, a YAML mapping. What LAVA did to the console's text is undone as far as its
// record tells it:
// * an added backslash ahead of each quote goes (before 2024.01);
// * what LAVA typed itself is taken out of the lines that it put it into, so that a prompt and the
//   board's own echo are what the board wrote (2023.01; later ones tell typing apart);
// * each line ends with one "\n".
// What no record tells is lost: "\r" (2023.01: all, later ones: at line ends), ESC, bytes that are not
// UTF-8 (U+FFFD), the second of two "\n" in a row (2023.01), a key typed without a line end
// (2023.01 leaves it in the text), and lines of 1,000,000 characters (2026.10: 100,000), in whose
// place is "<line way too long ...>".
//
// Pure: no files, no clock. Memory is bounded by LAVA_LINE_MAX.
#ifndef LAVA_LOG_H
#define LAVA_LOG_H

#include <stddef.h>

#include "base/cleanup.h"
#include "lava/record.h"

// A longer line is no record of LAVA's: it is told as LAVA_STRAY, cut.
#define LAVA_LINE_MAX (4u << 20)

struct lava_log_events {
	// What the board said, in order.
	void (*console)(void *arg, const char *bytes, size_t len);
	// Each record, ahead of its console bytes. NULL: not wanted.
	void (*record)(void *arg, const struct lava_record *record);
	void *arg;
	// Feedback of other connections than this one is no console. NULL: "common".
	const char *name_space;
};

struct lava_log;

// `events` is copied; its pointers are borrowed. The caller frees.
struct lava_log *lava_log_new(const struct lava_log_events *events);
void lava_log_free(struct lava_log *l);
CLEANUP_DEFINE(cleanup_lava_log, struct lava_log *, lava_log_free)
#define CLEANUP_LAVA_LOG CLEANUP(cleanup_lava_log)

void lava_log_feed(struct lava_log *l, const void *bytes, size_t len);
void lava_log_end(struct lava_log *l);

// Version of the LAVA that wrote it ("2023.01"), "" before it said so. Valid until the next feed.
const char *lava_log_version(const struct lava_log *l);

#endif
