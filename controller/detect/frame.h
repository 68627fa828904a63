// SPDX-License-Identifier: GPL-2.0-or-later
// Framing: bytes of a console -> lines of text without control bytes and escape sequences.
//
// '\n' ends a line, with any number of '\r' before it. A '\r' elsewhere and what clears or leaves
// the line on a terminal split it into pieces: nothing is ever overwritten. NUL, 0xFF and other
// control bytes but TAB are dropped.
#ifndef DETECT_FRAME_H
#define DETECT_FRAME_H

#include "detect/detect.h"

#define FRAME_CAP 4096 // bytes of a line that are kept

struct piece {
	struct detect_place at;
	struct detect_view text;
	size_t bracket; // no '[' stands behind this offset
	bool partial;   // no line end was seen
	bool truncated;
};

struct frame {
	uint64_t byte;       // offset of the next byte of the stream
	uint64_t line;       // number of the current line, from 1
	uint64_t piece_byte; // where the current piece began
	uint16_t len;
	uint16_t escape_len; // bytes of the current escape sequence
	uint8_t escape;      // enum escape of frame.c
	bool open;           // the current piece has bytes, maybe only dropped ones
	bool carriage;       // the last byte was '\r'
	bool truncated;
	bool flushed; // the idle timer gave out the start of this line
	char text[FRAME_CAP];
};

typedef void frame_fn(const struct piece *piece, void *arg);

void frame_init(struct frame *f);
void frame_feed(struct frame *f, const char *bytes, size_t len, frame_fn *fn, void *arg);

// Gives out an unfinished line as a partial piece. At the end of the stream only.
void frame_flush(struct frame *f, frame_fn *fn, void *arg);

// The unfinished line as it stands, without taking it: what comes later on the line still belongs
// to it, so that a pause in the middle changes nothing.
struct piece frame_peek(const struct frame *f);

// Has an unfinished line any text?
static inline bool frame_pending(const struct frame *f)
{
	return f->len > 0;
}

#endif
