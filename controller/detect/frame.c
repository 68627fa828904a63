// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/frame.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

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

#define BLOCK 32

// One bit a byte of a block.
struct block_bits {
	uint32_t special; // control bytes and 0xFF
	uint32_t bracket; // '['
};

#ifdef __SSE2__
static inline struct block_bits block_bits(const char *p)
{
	const __m128i one = _mm_set1_epi8(1), last = _mm_set1_epi8(0x20);
	const __m128i bracket = _mm_set1_epi8('[');
	__m128i a = _mm_loadu_si128((const __m128i *)p);
	__m128i b = _mm_loadu_si128((const __m128i *)(p + 16));
	__m128i a1 = _mm_add_epi8(a, one), b1 = _mm_add_epi8(b, one); // 0xFF + 1 is 0
	unsigned a_special =
	    (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(a1, last), a1));
	unsigned b_special =
	    (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(b1, last), b1));
	unsigned a_bracket = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(a, bracket));
	unsigned b_bracket = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(b, bracket));
	return (struct block_bits){a_special | b_special << 16, a_bracket | b_bracket << 16};
}
#else
static inline struct block_bits block_bits(const char *p)
{
	struct block_bits bits = {0};
	for (unsigned i = 0; i < BLOCK; i++) {
		bits.special |= (uint32_t)((unsigned char)(p[i] + 1) <= 0x20) << i;
		bits.bracket |= (uint32_t)(p[i] == '[') << i;
	}
	return bits;
}
#endif

static inline bool is_plain(char c)
{
	unsigned char u = (unsigned char)c;
	return (u >= 0x20 || u == '\t') && u != 0xFF;
}

// First byte at or behind `p` that is not plain text, or `end`. *bracket is set to the last '[' ahead
// of it, if there is one.
static const char *plain_end(const char *p, const char *end, const char **bracket)
{
	while (end - p >= BLOCK) {
		struct block_bits bits = block_bits(p);
		unsigned i = bits.special ? (unsigned)__builtin_ctz(bits.special) : BLOCK;
		uint32_t ahead = i < BLOCK ? bits.bracket & ((UINT32_C(1) << i) - 1) : bits.bracket;
		if (ahead)
			*bracket = p + 31 - __builtin_clz(ahead);
		p += i;
		if (i == BLOCK)
			continue;
		if (*p != '\t')
			return p;
		p++;
	}
	for (; p < end && is_plain(*p); p++)
		if (*p == '[')
			*bracket = p;
	return p;
}

// ---- pieces -------------------------------------------------------------------------------------

// Gives out what is in the buffer.
static void give(struct frame *f, bool partial, frame_fn *fn, void *arg)
{
	struct piece piece = frame_peek(f);
	piece.partial = partial;
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
	give(f, false, fn, arg);
	start_piece(f);
}

static void end_line(struct frame *f, frame_fn *fn, void *arg)
{
	give(f, false, fn, arg);
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
	const char *bracket = p;
	const char *text_end = plain_end(p, end, &bracket);
	const char *q = text_end;
	while (q < end && *q == '\r')
		q++;
	if (q == end || *q != '\n' || text_end - p > FRAME_CAP)
		return 0;
	size_t taken = (size_t)(q - p) + 1;
	f->byte += taken;
	const struct piece piece = {
	    .at = {.line = f->line, .byte = f->piece_byte, .end = f->byte},
	    .text = {p, (size_t)(text_end - p)},
	    .bracket = (size_t)(bracket - p),
	    .truncated = f->truncated,
	};
	fn(&piece, arg);
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
	const char *bracket;
	size_t run = (size_t)(plain_end(p, end, &bracket) - p);
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
	    .bracket = f->len,
	    .partial = true,
	    .truncated = f->truncated,
	};
}

void frame_flush(struct frame *f, frame_fn *fn, void *arg)
{
	if (f->len == 0)
		return;
	give(f, true, fn, arg);
	start_piece(f);
}
