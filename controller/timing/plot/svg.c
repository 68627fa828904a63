// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/plot/svg.h"

#include <math.h>
#include <string.h>

#include "text/xml.h"

void svg_escape(struct buffer *out, const char *text)
{
	xml_escape(text ? text : "", out);
}

void svg_begin(struct buffer *out, double width, double height, const char *title)
{
	buffer_printf(out,
		      "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"%.0f\" "
		      "height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" font-family=\"sans-serif\" "
		      "font-size=\"12\" fill=\"#111\"><title>",
		      width, height, width, height);
	svg_escape(out, title);
	buffer_append_str(
	    out,
	    "</title><defs>"
	    "<pattern id=\"slant\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
	    "<path d=\"M0 6L6 0\" stroke=\"#888\" stroke-width=\"1\"/></pattern>"
	    "<pattern id=\"cross\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\">"
	    "<path d=\"M0 7L7 0M0 0L7 7\" stroke=\"#555\" stroke-width=\"0.8\"/></pattern></defs>"
	    "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
}

void svg_end(struct buffer *out)
{
	buffer_append_str(out, "</svg>\n");
}

void svg_line(struct buffer *out, double x1, double y1, double x2, double y2, enum svg_stroke s)
{
	static const char *const strokes[] = {
	    "stroke=\"#333\"",
	    "stroke=\"#ddd\"",
	    "stroke=\"#111\" stroke-width=\"1.5\"",
	    "stroke=\"#111\" stroke-width=\"3\"",
	    "stroke=\"#444\" stroke-width=\"1.5\" stroke-dasharray=\"7 4\"",
	    "stroke=\"#444\" stroke-width=\"1.5\" stroke-dasharray=\"2 3\"",
	};
	buffer_printf(out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>\n", x1, y1,
		      x2, y2, strokes[s]);
}

void svg_rect(struct buffer *out, double x, double y, double width, double height,
	      enum svg_fill fill)
{
	static const char *const fills[] = {
	    "fill=\"none\" stroke=\"#333\"", "fill=\"#e8eef7\"", "fill=\"url(#slant)\"",
	    "fill=\"url(#cross)\"",          "fill=\"#fff\"",
	};
	buffer_printf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" %s/>\n", x,
		      y, fmax(0, width), fmax(0, height), fills[fill]);
}

void svg_cell(struct buffer *out, double x, double y, double width, double height, double value)
{
	double v = fmax(-1, fmin(1, value)), size = fabs(v);
	// Orange against blue: told apart by every common kind of colour vision, and in grey the
	// number in the cell says it.
	int red = (int)lround(255 - size * (v > 0 ? 25 : 200));
	int green = (int)lround(255 - size * (v > 0 ? 120 : 120));
	int blue = (int)lround(255 - size * (v > 0 ? 220 : 40));
	buffer_printf(out,
		      "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
		      "fill=\"#%02x%02x%02x\" stroke=\"#999\"/>\n",
		      x, y, width, height, (unsigned)red, (unsigned)green, (unsigned)blue);
}

// Outlines in a box of -1..1.
static const char *const shapes[SVG_SHAPES] = {
    NULL, // circle
    "M-0.9 -0.9H0.9V0.9H-0.9Z",
    "M0 -1.1L1.1 0.9H-1.1Z",
    "M0 -1.25L1.25 0L0 1.25L-1.25 0Z",
    "M0 1.1L1.1 -0.9H-1.1Z",
    "M-1.2 -0.4H-0.4V-1.2H0.4V-0.4H1.2V0.4H0.4V1.2H-0.4V0.4H-1.2Z",
};
static const char *const colours[SVG_SHAPES] = {"#1b4f9c", "#b4460f", "#1c7a4a",
						"#7a2a8c", "#6b5b00", "#333333"};

void svg_mark(struct buffer *out, double x, double y, double size, unsigned index,
	      enum svg_mark mark, const char *tip)
{
	unsigned kind = index % SVG_SHAPES;
	const char *colour = colours[kind];
	buffer_printf(out,
		      "<g transform=\"translate(%.1f %.1f) scale(%.2f)\" stroke=\"%s\" fill=\"%s\" "
		      "stroke-width=\"%.2f\">",
		      x, y, size, colour, mark == MARK_FILLED ? colour : "#fff", 1.3 / size);
	if (mark == MARK_CROSS)
		buffer_append_str(
		    out, "<path d=\"M-1.2 -1.2L1.2 1.2M-1.2 1.2L1.2 -1.2\" fill=\"none\"/>");
	else if (shapes[kind])
		buffer_printf(out, "<path d=\"%s\"/>", shapes[kind]);
	else
		buffer_append_str(out, "<circle r=\"1\"/>");
	if (tip) {
		buffer_append_str(out, "<title>");
		svg_escape(out, tip);
		buffer_append_str(out, "</title>");
	}
	buffer_append_str(out, "</g>\n");
}

void svg_text(struct buffer *out, double x, double y, enum svg_anchor anchor, bool bold,
	      const char *text)
{
	static const char *const anchors[] = {"start", "middle", "end"};
	buffer_printf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>", x, y,
		      anchors[anchor], bold ? " font-weight=\"bold\"" : "");
	svg_escape(out, text);
	buffer_append_str(out, "</text>\n");
}

void svg_text_up(struct buffer *out, double x, double y, const char *text)
{
	buffer_printf(out,
		      "<text transform=\"translate(%.1f %.1f) rotate(-90)\" "
		      "text-anchor=\"middle\">",
		      x, y);
	svg_escape(out, text);
	buffer_append_str(out, "</text>\n");
}

struct axis axis_fit(double low, double high, double start, double end, unsigned ticks)
{
	if (!(high > low)) {
		double middle = (low + high) / 2, half = fmax(fabs(middle) * 0.01, 1e-12);
		low = middle - half;
		high = middle + half;
	}
	double rough = (high - low) / ticks, power = pow(10, floor(log10(rough)));
	double digit = rough / power;
	double step = power * (digit < 1.5 ? 1 : digit < 3.5 ? 2 : digit < 7.5 ? 5 : 10);
	return (struct axis){low, high, start, end, step, ceil(low / step) * step};
}

double axis_place(const struct axis *a, double value)
{
	return a->start + (value - a->low) / (a->high - a->low) * (a->end - a->start);
}
