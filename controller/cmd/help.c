// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/help.h"

#include <string.h>

#include "text/wrap.h"

#define COLUMNS    80
#define LABEL_MAX  20 // columns; the text of a longer label begins on a line of its own
#define LABEL_LEAD 2

// Where the text of a line like "  word   text" begins; the line's own indentation without one.
static size_t hang_of(const char *line, size_t len)
{
	size_t lead = strspn(line, " "), at = lead;
	while (at + 1 < len && !(line[at] == ' ' && line[at + 1] == ' '))
		at++;
	if (lead == 0 || at + 1 >= len)
		return lead;
	return at + strspn(line + at, " ");
}

// Free text of a command: paragraphs, and lists of words with their texts; both are wrapped.
static void print_text(const char *text, struct buffer *out)
{
	while (*text) {
		CLEANUP_BUFFER struct buffer joined = {0};
		size_t len = strcspn(text, "\n"), hang = hang_of(text, len),
		       lead = strspn(text, " ");
		buffer_printf(out, "%.*s", (int)hang, text);
		buffer_append(&joined, text + hang, len - hang);
		text += len + (text[len] == '\n');
		// Lines that go on with the same text.
		while (len > 0 && *text && *text != '\n' && strspn(text, " ") == hang &&
		       (hang == 0 || hang > lead)) {
			len = strcspn(text, "\n");
			buffer_printf(&joined, " %.*s", (int)(len - hang), text + hang);
			text += len + (text[len] == '\n');
		}
		wrap_append(buffer_str(&joined), hang, hang, COLUMNS - 1, out);
	}
}

static void option_label(const struct cmd_option *o, struct buffer *out)
{
	if (o->letter)
		buffer_printf(out, "-%c, ", o->letter);
	buffer_printf(out, "--%s%s%s", o->name, o->argument ? " " : "",
		      o->argument ? o->argument : "");
}

static void option_text(const struct cmd_option *o, struct buffer *out)
{
	buffer_append_str(out, o->help);
	if (o->preset)
		buffer_printf(out, " (%s)", o->preset);
}

static size_t label_columns(const struct cmd *c)
{
	size_t columns = 0;
	for (size_t i = 0; i < c->options_count; i++) {
		CLEANUP_BUFFER struct buffer label = {0};
		option_label(&c->options[i], &label);
		if (label.len > columns && label.len <= LABEL_MAX && !c->options[i].hidden)
			columns = label.len;
	}
	return columns;
}

static void print_options(const struct cmd *c, struct buffer *out)
{
	size_t indent = LABEL_LEAD + label_columns(c) + 2;
	for (size_t i = 0; i < c->options_count; i++) {
		const struct cmd_option *o = &c->options[i];
		CLEANUP_BUFFER struct buffer label = {0};
		CLEANUP_BUFFER struct buffer text = {0};
		if (o->hidden)
			continue;
		if (o->heading)
			buffer_printf(out, "%s%s\n", i ? "\n" : "", o->heading);
		option_label(o, &label);
		option_text(o, &text);
		buffer_printf(out, "%*s%s", LABEL_LEAD, "", buffer_str(&label));
		if (LABEL_LEAD + label.len + 2 > indent)
			buffer_printf(out, "\n%*s", (int)indent, "");
		else
			buffer_printf(out, "%*s", (int)(indent - LABEL_LEAD - label.len), "");
		wrap_append(buffer_str(&text), indent, indent, COLUMNS - 1, out);
	}
}

static void print_words(const struct cmd *c, struct buffer *out)
{
	for (size_t i = 0; c->words && c->words[i]; i++) {
		buffer_printf(out, "  %-12s ", c->words[i]->name);
		wrap_append(c->words[i]->summary, 15, 15, COLUMNS - 1, out);
	}
}

static bool has_options(const struct cmd *c)
{
	for (size_t i = 0; i < c->options_count; i++)
		if (!c->options[i].hidden)
			return true;
	return false;
}

// The parts of a help, an empty line between them.
static void print_body(const struct cmd *c, struct buffer *out)
{
	if (c->before) {
		buffer_append_str(out, "\n");
		print_text(c->before, out);
	}
	if (c->words || has_options(c))
		buffer_append_str(out, "\n");
	print_words(c, out);
	print_options(c, out);
	if (c->after) {
		buffer_append_str(out, "\n");
		print_text(c->after, out);
	}
}

void help_command(const struct cmd *parent, const struct cmd *c, struct buffer *out)
{
	buffer_append_str(out, "usage: mmfarm ");
	if (parent)
		buffer_printf(out, "%s ", parent->name);
	buffer_printf(out, "%s%s%s\n\n%s.\n", c->name, *c->arguments ? " " : "", c->arguments,
		      c->summary ? c->summary : "Internal command");
	print_body(c, out);
}

void help_overview(struct buffer *out)
{
	buffer_append_str(
	    out, "mmfarm: boots arm64 memory-management payloads on pools of boards and judges\n"
		 "them\n\nusage: mmfarm COMMAND [ARGUMENTS]\n\n");
	for (size_t i = 0; cmd_all[i]; i++)
		if (cmd_all[i]->summary)
			buffer_printf(out, "  %-11s %s\n", cmd_all[i]->name, cmd_all[i]->summary);
	buffer_append_str(out, "\n  mmfarm COMMAND --help     what a command takes\n"
			       "  mmfarm --host NAME ...    the same on another host (farm.yaml)\n"
			       "  mmfarm --version\n\n"
			       "exit codes: 0 all as wanted, 1 a FAIL, 2 usage or configuration,\n"
			       "            3 lab trouble only\n");
}

// ---- man pages ----------------------------------------------------------------------------------

static void troff(const char *text, struct buffer *out)
{
	for (const char *c = text; *c; c++) {
		if (*c == '-')
			buffer_append_str(out, "\\-");
		else if (*c == '\\')
			buffer_append_str(out, "\\e");
		else
			buffer_append(out, c, 1);
	}
}

// A line that begins with a dot or a quote would be a request.
static void troff_line(const char *text, struct buffer *out)
{
	if (*text == '.' || *text == '\'')
		buffer_append_str(out, "\\&");
	troff(text, out);
	buffer_append_str(out, "\n");
}

static void manual_option(const struct cmd_option *o, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer text = {0};
	if (o->heading) {
		buffer_append_str(out, ".PP\n");
		troff_line(o->heading, out);
	}
	buffer_append_str(out, ".TP\n");
	if (o->letter)
		buffer_printf(out, "\\fB\\-%c\\fR, ", o->letter);
	buffer_append_str(out, "\\fB\\-\\-");
	troff(o->name, out);
	buffer_append_str(out, "\\fR");
	if (o->argument) {
		buffer_append_str(out, " \\fI");
		troff(o->argument, out);
		buffer_append_str(out, "\\fR");
	}
	buffer_append_str(out, "\n");
	option_text(o, &text);
	troff_line(buffer_str(&text), out);
}

void help_manual(const struct cmd *c, struct buffer *out)
{
	for (size_t i = 0; i < c->options_count; i++)
		if (!c->options[i].hidden)
			manual_option(&c->options[i], out);
	for (size_t i = 0; c->words && c->words[i]; i++) {
		buffer_append_str(out, ".SS ");
		troff(c->words[i]->name, out);
		buffer_append_str(out, *c->words[i]->arguments ? " " : "");
		troff_line(c->words[i]->arguments, out);
		troff_line(c->words[i]->summary, out);
		help_manual(c->words[i], out);
	}
}

void help_manual_commands(struct buffer *out)
{
	for (size_t i = 0; cmd_all[i]; i++) {
		if (!cmd_all[i]->summary)
			continue;
		buffer_printf(out, ".TP\n.BR mmfarm\\-%s (1)\n", cmd_all[i]->name);
		troff_line(cmd_all[i]->summary, out);
	}
}
