// SPDX-License-Identifier: GPL-2.0-or-later
// Drawing primitives that append SVG to a buffer. Coordinates are pixels; all text is escaped. A
// picture has no script and refers to nothing outside itself. Whatever colour tells, a shape, dash or
// hatch tells too.
#ifndef TIMING_SVG_H
#define TIMING_SVG_H

#include <stdbool.h>

#include "base/buffer.h"

// Starts a picture; `title` is read out by screen readers. Defines the fills named below.
void svg_begin(struct buffer *out, double width, double height, const char *title);
void svg_end(struct buffer *out);

enum svg_stroke {
	STROKE_AXIS,
	STROKE_GRID,
	STROKE_MAIN,   // solid, dark
	STROKE_BOLD,   // heavy
	STROKE_SECOND, // dashed
	STROKE_THIRD,  // dotted
};

void svg_line(struct buffer *out, double x1, double y1, double x2, double y2, enum svg_stroke s);

enum svg_fill {
	FILL_NONE,
	FILL_BAND,  // pale
	FILL_RANGE, // pale, slanted lines
	FILL_HATCH, // crossed lines: not to be relied on
	FILL_PAPER, // white, for words on a hatch
};

void svg_rect(struct buffer *out, double x, double y, double width, double height,
	      enum svg_fill fill);

// A cell of a heat map: 0 white, towards -1 one colour, towards +1 another; beyond is capped.
void svg_cell(struct buffer *out, double x, double y, double width, double height, double value);

// Marks of series or boards; each index has a shape and colour of its own, repeating after these.
#define SVG_SHAPES 6
enum svg_mark {
	MARK_FILLED,
	MARK_HOLLOW,
	MARK_CROSS, // whatever the index
};

void svg_mark(struct buffer *out, double x, double y, double size, unsigned index,
	      enum svg_mark mark, const char *tip);

enum svg_anchor {
	ANCHOR_START,
	ANCHOR_MIDDLE,
	ANCHOR_END,
};

void svg_text(struct buffer *out, double x, double y, enum svg_anchor anchor, bool bold,
	      const char *text);
void svg_text_up(struct buffer *out, double x, double y, const char *text); // turned by 90 degrees

// Appends text for HTML and SVG (text/xml.h); NULL: nothing.
void svg_escape(struct buffer *out, const char *text);

// A scale from values to pixels with round ticks.
struct axis {
	double low, high;   // values
	double start, end;  // pixels
	double step, first; // ticks
};

struct axis axis_fit(double low, double high, double start, double end, unsigned ticks);
double axis_place(const struct axis *a, double value);

#endif
