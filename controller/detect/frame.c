// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/frame.h"

#include <string.h>

enum escape {
	ESCAPE_NONE,
	ESCAPE_START, // behind ESC
	ESCAPE_CSI,   // ESC [ parameters final
	ESCAPE_OSC,   // ESC ] text, ended by BEL or ESC backslash
	ESCAPE_OSC_END,
	ESCAPE_CHARSET, // ESC ( and the like: one more byte
};

#define ESCAPE_MAX 256 // a longer sequence is none: line noise produced an ESC

void frame_init(struct frame *f)
{
	memset(f, 0, offsetof(struct frame, text));
	f->line = 1;
}

// ---- finding plain text -------------------------------------------------------------------------

#define BLOCK 16
typedef unsigned char block __attribute__((vector_size(BLOCK)));

static inline bool is_plain(char c)
{
	unsigned char u = (unsigned char)c;
	return (u >= 0x20 || u == '\t') && u != 0xFF;
}

// First byte of the block that is a control byte or 0xFF, BLOCK when there is none.
static inline size_t block_special(const char *p)
{
	block bytes;
	uint64_t found[BLOCK / 8];
	memcpy(&bytes, p, BLOCK);
	block mask = (block)((unsigned char)1 + bytes <= 0x20); // 0xFF + 1 is 0
	memcpy(found, &mask, BLOCK);
	if (!(found[0] | found[1]))
		return BLOCK;
	size_t i = 0;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	i = found[0] ? (size_t)__builtin_ctzll(found[0]) / 8
		     : 8 + (size_t)__builtin_ctzll(found[1]) / 8;
#else
	while (!((const unsigned char *)found)[i])
		i++;
#endif
	return i;
}

// First byte at or behind `p` that is not plain text, or `end`.
static const char *plain_end(const char *p, const char *end)
{
	while (end - p >= BLOCK) {
		size_t i = block_special(p);
		p += i;
		if (i == BLOCK)
			continue;
		if (*p != '\t')
			return p;
		p++;
	}
	while (p < end && is_plain(*p))
		p++;
	return p;
}

// ---- pieces -------------------------------------------------------------------------------------

static void give(struct frame *f, struct detect_view text, uint64_t end, bool partial, frame_fn *fn,
		 void *arg)
{
	struct piece piece = {
	    .at = {.line = f->line, .byte = f->piece_byte, .end = end},
	    .text = text,
	    .partial = partial,
	    .truncated = f->truncated,
	};
	fn(&piece, arg);
}

static void start_piece(struct frame *f)
{
	f->piece_byte = f->byte;
	f->len = 0;
	f->open = f->carriage = f->truncated = false;
}

// The line goes on behind a piece of it.
static void split(struct frame *f, frame_fn *fn, void *arg)
{
	if (f->len == 0)
		return;
	give(f, (struct detect_view){f->text, f->len}, f->byte, false, fn, arg);
	start_piece(f);
}

static void end_line(struct frame *f, frame_fn *fn, void *arg)
{
	give(f, (struct detect_view){f->text, f->len}, f->byte, false, fn, arg);
	start_piece(f);
	f->escape = ESCAPE_NONE;
	f->line++;
}

static void append(struct frame *f, const char *bytes, size_t len)
{
	size_t room = FRAME_CAP - f->len;
	if (len > room) {
		f->truncated = true;
		len = room;
	}
	memcpy(f->text + f->len, bytes, len);
	f->len = (uint16_t)(f->len + len);
}

// ---- the machine --------------------------------------------------------------------------------

static bool csi_leaves_line(char final)
{
	return final == 'J' || final == 'H' || final == 'f' || final == 'E' || final == 'F';
}

static void escape_start(struct frame *f, char c, frame_fn *fn, void *arg)
{
	if (c == '[')
		f->escape = ESCAPE_CSI;
	else if (c == ']')
		f->escape = ESCAPE_OSC;
	else if (c >= 0x20 && c < 0x30)
		f->escape = ESCAPE_CHARSET;
	else
		f->escape = ESCAPE_NONE;
	if (c == 'c') // terminal reset
		split(f, fn, arg);
}

// Takes one byte of an escape sequence.
static void escape_byte(struct frame *f, char c, frame_fn *fn, void *arg)
{
	if (++f->escape_len > ESCAPE_MAX) {
		f->escape = ESCAPE_NONE;
		return;
	}
	switch (f->escape) {
	case ESCAPE_START:
		escape_start(f, c, fn, arg);
		break;
	case ESCAPE_CSI:
		if (c >= 0x40 && c < 0x7F) {
			f->escape = ESCAPE_NONE;
			if (csi_leaves_line(c))
				split(f, fn, arg);
		}
		break;
	case ESCAPE_OSC:
		if (c == '\a')
			f->escape = ESCAPE_NONE;
		else if (c == '\033')
			f->escape = ESCAPE_OSC_END;
		break;
	default:
		f->escape = ESCAPE_NONE;
		break;
	}
}

// A byte that is not plain text, or any byte inside an escape sequence. f->byte is behind it.
static void special_byte(struct frame *f, char c, frame_fn *fn, void *arg)
{
	if (c == '\n') {
		end_line(f, fn, arg);
	} else if (c == '\r') {
		f->carriage = true;
		f->escape = ESCAPE_NONE;
	} else if (f->escape != ESCAPE_NONE) {
		escape_byte(f, c, fn, arg);
	} else if (c == '\033') {
		f->escape = ESCAPE_START;
		f->escape_len = 0;
	}
}

// A line that lies in one chunk, with nothing special in it but its end: no copy. Returns how many
// bytes were taken, 0 when the line is not of that kind.
static size_t whole_line(struct frame *f, const char *p, const char *end, frame_fn *fn, void *arg)
{
	const char *text_end = plain_end(p, end);
	const char *q = text_end;
	while (q < end && *q == '\r')
		q++;
	if (q == end || *q != '\n' || text_end - p > FRAME_CAP)
		return 0;
	size_t taken = (size_t)(q - p) + 1;
	f->byte += taken;
	give(f, (struct detect_view){p, (size_t)(text_end - p)}, f->byte, false, fn, arg);
	f->piece_byte = f->byte;
	f->line++;
	return taken;
}

// Some bytes of a line that needs the buffer: a run of plain text and the byte behind it.
static size_t some_bytes(struct frame *f, const char *p, const char *end, frame_fn *fn, void *arg)
{
	f->open = true;
	if (f->carriage && *p != '\n' && *p != '\r') {
		f->carriage = false;
		split(f, fn, arg);
		f->open = true;
	}
	if (f->escape != ESCAPE_NONE) {
		f->byte++;
		special_byte(f, *p, fn, arg);
		return 1;
	}
	size_t run = (size_t)(plain_end(p, end) - p);
	if (run) {
		append(f, p, run);
		f->byte += run;
		return run;
	}
	f->byte++;
	special_byte(f, *p, fn, arg);
	return 1;
}

void frame_feed(struct frame *f, const char *bytes, size_t len, frame_fn *fn, void *arg)
{
	const char *p = bytes, *end = bytes + len;
	while (p < end) {
		size_t taken = f->open ? 0 : whole_line(f, p, end, fn, arg);
		p += taken ? taken : some_bytes(f, p, end, fn, arg);
	}
}

struct piece frame_peek(const struct frame *f)
{
	return (struct piece){
	    .at = {.line = f->line, .byte = f->piece_byte, .end = f->byte},
	    .text = {f->text, f->len},
	    .partial = true,
	    .truncated = f->truncated,
	};
}

void frame_flush(struct frame *f, frame_fn *fn, void *arg)
{
	if (f->len == 0)
		return;
	give(f, (struct detect_view){f->text, f->len}, f->byte, true, fn, arg);
	start_piece(f);
}
