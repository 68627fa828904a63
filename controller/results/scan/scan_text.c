// SPDX-License-Identifier: GPL-2.0-or-later
// Findings for people: one headline a report, what was understood, and the report itself with the
// dull parts folded.
#include <inttypes.h>
#include <string.h>

#include "results/scan/scan.h"
#include "detect/prefix.h"
#include "text/terminal.h"

#define HEAD_MAX 140 // bytes of title and message

#define COLOR_BAD  TERMINAL_BAD
#define COLOR_NAME TERMINAL_NAME
#define COLOR_DIM  TERMINAL_DIM
#define COLOR_OFF  TERMINAL_OFF

// What a board said, fit for a terminal.
static void put(struct buffer *out, struct detect_view v)
{
	terminal_text(v.ptr ? v.ptr : "", v.len, out);
}

static void paint(struct buffer *out, const struct scan_options *options, const char *color,
		  struct detect_view v)
{
	if (options->color)
		buffer_append_str(out, color);
	put(out, v);
	if (options->color)
		buffer_append_str(out, COLOR_OFF);
}

static struct detect_view view_of(const char *s)
{
	return (struct detect_view){s, strlen(s)};
}

// ---- what was understood ------------------------------------------------------------------------

static void put_field(struct buffer *out, const char *name, struct detect_view v)
{
	if (!v.len)
		return;
	buffer_printf(out, "  %s ", name);
	put(out, v);
	buffer_append_str(out, "\n");
}

static void put_leaf(struct buffer *out, const struct detect_walk *w)
{
	buffer_printf(out, " (%s at %012" PRIx64 ", attribute index %u",
		      w->block ? "block" : "page", w->address, w->attr_index);
	const struct {
		bool shown;
		const char *word;
	} bits[] = {
	    {w->contiguous, "contiguous"},
	    {w->read_only, "read-only"},
	    {w->user, "user"},
	    {!w->accessed, "access flag clear"},
	    {w->not_global, "not global"},
	    {w->dirty_bit_modifier, "DBM"},
	    {w->pxn, "PXN"},
	    {w->uxn, "UXN"},
	};
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (bits[i].shown)
			buffer_printf(out, ", %s", bits[i].word);
	buffer_append_str(out, ")");
}

static void put_walk(struct buffer *out, const struct detect_walk *w)
{
	if (!w->present || !w->levels)
		return;
	buffer_printf(out, "  walk     %016" PRIx64 ": %u entries, %s=%016" PRIx64, w->va,
		      w->levels, w->leaf_name, w->leaf);
	if (!w->valid)
		buffer_append_str(out, " (not valid)");
	else if (w->table)
		buffer_append_str(out, " (table)");
	else
		put_leaf(out, w);
	buffer_append_str(out, "\n");
}

static void put_fault(struct buffer *out, const struct detect_splat *s)
{
	if (s->far_known)
		buffer_printf(out, "  address  %016" PRIx64 "\n", s->far);
	if (s->esr_known) {
		buffer_printf(out, "  esr      %016" PRIx64 ": EC 0x%02x %s", s->esr, s->ec,
			      detect_class_of_exception(s->ec));
		if (s->fsc_known)
			buffer_printf(out, ", FSC 0x%02x %s%s", s->fsc, detect_fault_status(s->fsc),
				      s->fault_write ? ", write" : "");
		buffer_append_str(out, "\n");
	}
	if (s->bbm_violation)
		buffer_append_str(out, "  TLB conflict: a break-before-make violation\n");
	put_walk(out, &s->walk);
}

static void put_facts(struct buffer *out, const struct detect_splat *s)
{
	put_field(out, "message ", s->message);
	put_field(out, "test    ", s->during_test);
	put_field(out, "panic   ", s->panic);
	put_fault(out, s);
	buffer_printf(out, "  sig      %016" PRIx64 " %016" PRIx64 " %016" PRIx64 "%s%s%s\n",
		      s->sig1, s->sig2, s->sig3, s->mixed ? " (traces mixed)" : "",
		      s->damaged ? " (messages lost)" : "", s->complete ? "" : " (incomplete)");
	if (s->repeat)
		buffer_printf(out, "  seen     %" PRIu32 " times before\n", s->repeat);
}

// ---- the report itself --------------------------------------------------------------------------

// Registers, module lists and the like: of use to few readers.
static bool is_dull(struct detect_view line)
{
	static const char *const dull[] = {
	    "Modules linked in:",
	    "sp : ",
	    "pstate: ",
	    "Hardware name: ",
	    "Tainted: ",
	    "raw: ",
	    "RAX: ",
	    "RDX: ",
	    "RBP: ",
	    "R10: ",
	    "R13: ",
	    "RSP: ",
	    "FS: ",
	    "CS: ",
	    "CR2: ",
	    "DR0: ",
	    "DR3: ",
	    "Code: ",
	};
	struct prefix prefix;
	prefix_parse(line, &prefix);
	const char *body = line.ptr + prefix.len;
	size_t len = line.len - prefix.len;
	while (len && (*body == ' ' || *body == '\t')) {
		body++;
		len--;
	}
	if (len > 6 && body[0] == 'x' && body[1] >= '0' && body[1] <= '9')
		return body[2] == ':' || body[3] == ':';
	for (size_t i = 0; i < sizeof(dull) / sizeof(dull[0]); i++)
		if (len >= strlen(dull[i]) && memcmp(body, dull[i], strlen(dull[i])) == 0)
			return true;
	return false;
}

static void put_lines(struct buffer *out, const struct scan_options *options,
		      const struct detect_splat *s, struct detect_view text)
{
	unsigned folded = 0;
	uint64_t number = s->first.line;
	while (text.len) {
		const char *newline = memchr(text.ptr, '\n', text.len);
		size_t taken = newline ? (size_t)(newline - text.ptr) + 1 : text.len;
		struct detect_view line = {text.ptr, taken};
		while (line.len &&
		       (line.ptr[line.len - 1] == '\n' || line.ptr[line.len - 1] == '\r'))
			line.len--;
		text.ptr += taken;
		text.len -= taken;
		bool header = number++ == s->header.line;
		if (!options->full && !header && is_dull(line)) {
			folded++;
			continue;
		}
		if (folded)
			buffer_printf(out, "  | ... %u lines\n", folded);
		folded = 0;
		buffer_append_str(out, "  | ");
		paint(out, options, header ? COLOR_BAD : "", line);
		buffer_append_str(out, "\n");
	}
	if (folded)
		buffer_printf(out, "  | ... %u lines\n", folded);
}

// ---- events -------------------------------------------------------------------------------------

void scan_text_file(struct buffer *out, const char *file)
{
	put(out, view_of(file));
}

static void put_place(struct buffer *out, const char *file, uint64_t line)
{
	put(out, view_of(file));
	buffer_printf(out, ":%" PRIu64 ": ", line);
}

// What tells one warning or panic from another of the same place: the first line of its message,
// unless the title has it.
static void put_message(struct buffer *out, const struct detect_splat *s)
{
	size_t len = 0;
	while (len < s->message.len && s->message.ptr[len] != '\n')
		len++;
	bool fits = s->title.len + len <= HEAD_MAX;
	if (len == 0 || (s->title.len && memmem(s->title.ptr, s->title.len, s->message.ptr, len)))
		return;
	buffer_append_str(out, ": ");
	size_t room = s->title.len < HEAD_MAX - 16 ? HEAD_MAX - s->title.len : 16;
	put(out, (struct detect_view){s->message.ptr, fits ? len : room});
	if (!fits)
		buffer_append_str(out, "...");
}

void scan_text_head(struct buffer *out, const struct scan_options *options, const char *file,
		    const struct detect_splat *s)
{
	put_place(out, file, s->header.line);
	paint(out, options, s->severity >= 2 ? COLOR_BAD : COLOR_NAME, s->title);
	put_message(out, s);
	buffer_printf(out, " [%s%s%s, severity %d%s]", s->class_name, *s->sub ? "." : "", s->sub,
		      s->severity, s->fatal ? ", fatal" : "");
	if (s->folded_into)
		buffer_printf(out, " follows from line %" PRIu64, s->folded_into);
}

void scan_text_body(struct buffer *out, const struct scan_options *options,
		    const struct detect_splat *s, struct detect_view excerpt)
{
	if (s->folded_into && !options->full)
		return;
	put_facts(out, s);
	bool again = s->repeat > 0 || s->storm;
	if (options->full || !again)
		put_lines(out, options, s, excerpt);
}

void scan_text_test(struct buffer *out, const struct scan_options *options, const char *file,
		    const struct detect_test *t)
{
	put_place(out, file, t->at.line);
	paint(out, options, COLOR_NAME, view_of("test "));
	put(out, t->path);
	buffer_printf(out, ": %s", detect_test_result_name(t->result));
	if (t->diagnostic.len) {
		buffer_append_str(out, " (");
		put(out, t->diagnostic);
		buffer_append_str(out, ")");
	}
	buffer_append_str(out, "\n");
}

void scan_text_explain(struct buffer *out, const char *file, const struct detect_explain *e)
{
	put_place(out, file, e->at.line);
	buffer_append_str(out, e->what);
	if (e->splat)
		buffer_printf(out, " (report %" PRIu32 ")", e->splat);
	if (e->rule.len) {
		buffer_append_str(out, "\n  rule    ");
		put(out, e->rule);
		buffer_append_str(out, "\n  pattern ");
		put(out, e->pattern);
	}
	buffer_append_str(out, "\n");
}
