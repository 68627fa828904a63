// SPDX-License-Identifier: GPL-2.0-or-later
// Repair: pieces of lines -> messages. Joins what the console wrapped, splits two records on one
// line, and knows the kernel's words about replayed and dropped messages.
#ifndef DETECT_REPAIR_H
#define DETECT_REPAIR_H

#include "detect/frame.h"
#include "detect/message.h"

#define WRAP_DEFAULT 80
#define WRAP_JOINS   8 // lines joined at most

// Who takes the messages, and reads a prefix with all that the log has shown so far.
struct repair_sink {
	void (*message)(const struct message *m, void *arg);
	void (*prefix)(struct detect_view text, struct prefix *prefix, bool learn, void *arg);
	void *arg;
};

struct repair {
	struct repair_sink sink;
	uint16_t width;      // at which the console wraps; 0: it does not
	bool width_fixed;    // set by the configuration
	uint16_t longest;    // longest prefixed line
	uint16_t full_lines; // lines of that length followed by one without prefix
	uint16_t last_len;   // of the line before
	bool last_prefixed;
	uint64_t prefixed; // lines with a kernel prefix
	uint64_t loose;    // lines without one right behind a line that has one

	// a line that may go on in the next
	bool held;
	bool held_header; // not for its length: it may be a header that a mail broke
	bool held_quote; // nor for that: it may be one that a comment quotes, if the next line does
	uint8_t joins;
	struct detect_place held_at;
	uint16_t held_len;
	bool held_truncated;
	struct prefix held_prefix;
	char held_text[FRAME_CAP];
};

void repair_init(struct repair *r, unsigned width, const struct repair_sink *sink);

// Could a line of this length begin or end a wrapped one? And what to do when it did not.
static inline bool repair_wants(const struct repair *r, size_t len, bool prefixed)
{
	bool learns = !r->width_fixed && r->last_prefixed && !prefixed && len > 0 &&
		      r->last_len >= r->longest;
	return (len == r->width && prefixed && len > 0) || learns;
}

static inline void repair_passed(struct repair *r, size_t len, bool prefixed)
{
	if (len > r->width && !r->width_fixed)
		r->width = 0;
	r->loose += r->last_prefixed && !prefixed;
	if (r->last_prefixed && r->last_len > r->longest) {
		r->longest = r->last_len;
		r->full_lines = 0;
	}
	r->last_len = (uint16_t)len;
	r->last_prefixed = prefixed;
	r->prefixed += prefixed;
}

// Takes a piece whose prefix was read; hands on every message that is complete.
void repair_piece(struct repair *r, const struct piece *piece, const struct prefix *prefix);

// Holds a line that begins a rule behind the mark of a comment until the next one tells whether a log is
// quoted.
void repair_hold_quote(struct repair *r, const struct piece *piece, const struct prefix *prefix);

// The line behind it is known: `quoted` when it has the same mark.
void repair_settle_quote(struct repair *r, bool quoted);

// Gives out a held line.
void repair_flush(struct repair *r);

#endif
