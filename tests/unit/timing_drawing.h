// SPDX-License-Identifier: GPL-2.0-or-later
// Holds a picture against one drawn by hand, element by element.
#ifndef UNIT_TIMING_DRAWING_H
#define UNIT_TIMING_DRAWING_H

#include "unit/unit.h"

#include "base/buffer.h"
#include "timing/plot/plot.h"
#include "timing/plot/svg.h"

// Fails with the first line that differs.
static inline void assert_same_drawing(const struct buffer *found, const struct buffer *wanted)
{
	const char *f = buffer_str(found), *w = buffer_str(wanted);
	for (size_t line = 1; *f || *w; line++) {
		size_t a = strcspn(f, "\n"), b = strcspn(w, "\n");
		if (a != b || memcmp(f, w, a) != 0)
			fail_msg("line %zu: found\n%.*s\nwanted\n%.*s", line, (int)a, f, (int)b, w);
		f += a + (f[a] != '\0');
		w += b + (w[b] != '\0');
	}
	assert_int_equal(found->len, wanted->len);
}

// A line of the picture's grid with its number beside it.
static inline void draw_grid_line(struct buffer *out, double left, double right, double y,
				  const char *label)
{
	svg_line(out, left, y, right, y, STROKE_GRID);
	svg_text(out, left - 6, y + 4, ANCHOR_END, false, label);
}

#endif
