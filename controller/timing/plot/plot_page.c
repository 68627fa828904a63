// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/plot/plot.h"
#include "timing/plot/svg.h"

void plot_page_begin(struct buffer *out, const char *title)
{
	buffer_append_str(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
			       "<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
	svg_escape(out, title);
	buffer_append_str(
	    out,
	    "</title>\n<style>\n"
	    "body{font-family:sans-serif;color:#111;background:#fff;margin:2em;max-width:75em}\n"
	    "table{border-collapse:collapse;font-size:.85em;margin:.8em 0;"
	    "font-variant-numeric:tabular-nums}\n"
	    "caption{text-align:left;font-weight:bold;padding:.3em 0}\n"
	    "th,td{border:1px solid #bbb;padding:.2em .6em;text-align:right;"
	    "white-space:nowrap}\n"
	    "th{background:#f0f0f0}\n"
	    "th:first-child,td:first-child{text-align:left}\n"
	    // Pictures and tables that are wider than the window scroll; shrunk they cannot be read.
	    "svg{display:block}\n"
	    ".wide,pre{overflow-x:auto}\n"
	    "p,h1{overflow-wrap:anywhere}\n"
	    "details{margin:.5em 0}\n"
	    ".findings td{white-space:normal;overflow-wrap:anywhere}\n"
	    // What may not be claimed has neither colour nor weight.
	    ".unsaid{color:#777}.unsaid svg{filter:grayscale(1);opacity:.6}\n"
	    "@media(max-width:40em){body{margin:.7em}h1{font-size:1.4em}}\n"
	    "</style></head><body>\n<h1>");
	svg_escape(out, title);
	buffer_append_str(out, "</h1>\n");
}

void plot_page_end(struct buffer *out)
{
	buffer_append_str(out, "</body></html>\n");
}

void plot_escape(struct buffer *out, const char *text)
{
	svg_escape(out, text);
}

void plot_heading(struct buffer *out, const char *text)
{
	buffer_append_str(out, "<h2>");
	svg_escape(out, text);
	buffer_append_str(out, "</h2>\n");
}

void plot_paragraph(struct buffer *out, const char *text)
{
	buffer_append_str(out, "<p>");
	svg_escape(out, text);
	buffer_append_str(out, "</p>\n");
}

void plot_picture_begin(struct buffer *out, double width, double height, const char *title)
{
	buffer_append_str(out, "<div class=\"wide\">");
	svg_begin(out, width, height, title);
}

void plot_picture_end(struct buffer *out)
{
	svg_end(out);
	buffer_append_str(out, "</div>\n");
}

void plot_table_begin(struct buffer *out, const char *caption, const char *const *header,
		      size_t columns)
{
	buffer_append_str(out, "<div class=\"wide\"><table><caption>");
	svg_escape(out, caption);
	buffer_append_str(out, "</caption>\n<tr>");
	for (size_t i = 0; i < columns; i++) {
		buffer_append_str(out, "<th scope=\"col\">");
		svg_escape(out, header[i]);
		buffer_append_str(out, "</th>");
	}
	buffer_append_str(out, "</tr>\n");
}

void plot_table_row(struct buffer *out, const char *const *cells, size_t columns)
{
	buffer_append_str(out, "<tr>");
	for (size_t i = 0; i < columns; i++) {
		buffer_append_str(out, "<td>");
		svg_escape(out, cells[i]);
		buffer_append_str(out, "</td>");
	}
	buffer_append_str(out, "</tr>\n");
}

void plot_table_end(struct buffer *out)
{
	buffer_append_str(out, "</table></div>\n");
}
