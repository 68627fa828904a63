// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/repair.h"

#include <string.h>

#include "detect/rules.h"
#include "detect/text.h"

#define LEARN_LINES  3  // full lines that make a width believable
#define LEARN_NARROW 60 // narrower consoles are not learnt
#define BROKEN_MIN   40 // length of a line that a mail may have broken
#define BROKEN_MAX   120
#define MAIL_LINES   64 // lines with a prefix, beyond which a log must look like a mail:
#define MAIL_SHARE   16 // one of so many is followed by a line without

void repair_init(struct repair *r, unsigned width, const struct repair_sink *sink)
{
	memset(r, 0, offsetof(struct repair, held_text));
	r->sink = *sink;
	r->width = (uint16_t)(width ? width : WRAP_DEFAULT);
	r->width_fixed = width != 0;
}

// ---- messages of a line -------------------------------------------------------------------------

static void give_message(struct repair *r, const struct piece *piece, struct detect_view text,
			 const struct prefix *prefix, bool merged)
{
	struct detect_view rest = view_from(text, prefix->len);
	struct message m = {
	    .at = piece->at,
	    .text = text,
	    .body = view_trim(rest),
	    .prefix = *prefix,
	    .partial = piece->partial,
	    .truncated = piece->truncated,
	    .merged = merged,
	};
	m.indent = m.body.len ? (size_t)(m.body.ptr - rest.ptr) : 0;
	r->sink.message(&m, r->sink.arg);
}

static __attribute__((noinline)) void give_records(struct repair *r, const struct piece *piece,
						   const struct prefix *first)
{
	struct prefix prefix = *first;
	struct detect_view rest = piece->text;
	size_t bracket = piece->bracket;
	for (bool merged = false;; merged = true) {
		struct detect_view record = prefix_take_record(&rest, &prefix, bracket);
		give_message(r, piece, record, &prefix, merged);
		if (rest.len == 0)
			break;
		prefix_parse(rest, &prefix);
		r->sink.prefix(rest, &prefix, false, r->sink.arg);
		bracket = rest.len;
	}
}

static void give_line(struct repair *r, const struct piece *piece, const struct prefix *prefix)
{
	size_t from = prefix->len ? prefix->len : 1;
	if (prefix_find(piece->text, from, piece->bracket) < piece->text.len)
		give_records(r, piece, prefix);
	else
		give_message(r, piece, piece->text, prefix, false);
}

// ---- wrapped lines ------------------------------------------------------------------------------

// Learns at which width the console wraps: several lines of the greatest length seen, each followed
// by one without prefix. A longer line proves the width wrong.
static void learn_width(struct repair *r, size_t len, bool prefixed)
{
	bool full = r->last_prefixed && r->last_len >= r->longest;
	bool continues = !prefixed && len > 0 && full && !r->width_fixed;
	repair_passed(r, len, prefixed);
	if (continues && r->longest >= LEARN_NARROW && ++r->full_lines >= LEARN_LINES)
		r->width = r->longest;
}

// Does the console break lines? It was told, or it has broken one, or no line was longer for a while.
static bool breaks_lines(const struct repair *r)
{
	return r->width_fixed || r->full_lines > 0 || r->prefixed >= PREFIXED_ENOUGH;
}

// A header that is whole, and ends in words that go on for ever: by chance it has the width of a console
// of which nothing else is known, and the next line is no part of it.
static bool ends_in_text(struct detect_view body)
{
	struct rule_match match;
	rules_match(&rules_builtin, body, &match);
	if (!match.rule || match.rule->role != RULE_HEADER)
		return false;
	const struct rule_op *last =
	    &rules_builtin.ops[match.rule->ops_first + match.rule->ops_count - 1];
	return last->is_field && (last->field == FIELD_WHAT || last->field == FIELD_NAME ||
				  last->field == FIELD_TEXT);
}

static void hold(struct repair *r, const struct piece *piece, const struct prefix *prefix)
{
	r->held_prefix = *prefix;
	r->held = true;
	r->held_header = r->held_quote = false;
	r->joins = 0;
	r->held_at = piece->at;
	r->held_truncated = piece->truncated;
	r->held_len = (uint16_t)piece->text.len;
	memcpy(r->held_text, piece->text.ptr, piece->text.len);
}

static void join(struct repair *r, const struct piece *piece)
{
	size_t room = FRAME_CAP - r->held_len;
	size_t len = piece->text.len < room ? piece->text.len : room;
	memcpy(r->held_text + r->held_len, piece->text.ptr, len);
	r->held_len = (uint16_t)(r->held_len + len);
	r->held_truncated |= len < piece->text.len;
	r->held_at.end = piece->at.end;
	r->joins++;
}

static void give_held(struct repair *r, bool partial)
{
	struct piece piece = {
	    .at = r->held_at,
	    .text = {r->held_text, r->held_len},
	    .bracket = r->held_len,
	    .partial = partial,
	    .truncated = r->held_truncated,
	};
	struct prefix prefix = r->held_prefix;
	r->held = false;
	give_line(r, &piece, &prefix);
}

// ---- headers that a mail broke --------------------------------------------------------------------

static struct detect_view body_of(struct detect_view text, const struct prefix *prefix)
{
	return view_trim(view_from(text, prefix->len));
}

// Mail programs break lines at a blank ahead of some column between 60 and 100.
static bool may_be_broken(const struct repair *r, const struct piece *piece,
			  const struct prefix *prefix)
{
	struct detect_view text = piece->text;
	bool length = text.len >= BROKEN_MIN && text.len <= BROKEN_MAX && !piece->partial;
	bool foreign = !prefix->kernel && r->prefixed >= PREFIXED_ENOUGH;
	bool mail = r->prefixed < MAIL_LINES || r->loose * MAIL_SHARE >= r->prefixed;
	if (!length || foreign || !mail)
		return false;
	struct cursor body = cursor_of(view_from(text, prefix->len));
	cursor_blanks(&body);
	return rules_may_start(&rules_builtin, cursor_rest(&body)) &&
	       rules_cut_short(&rules_builtin, body_of(text, prefix));
}

// Did the match take from behind `border` what only the rest of a header holds? Any word fits where a
// symbol stands, any text where one may: those count only beside a place, a number or an offset.
static bool is_rest(const struct rule_match *match, const char *border, const char *text_end)
{
	bool firm = false, loose = false;
	for (size_t i = 0; i < FIELD_KEPT; i++) {
		struct detect_view field = match->field[i];
		if (field.len == 0 || field.ptr + field.len <= border)
			continue;
		bool symbol = i == FIELD_FUNC || i == FIELD_FUNC2;
		bool text = i == FIELD_WHAT || i == FIELD_NAME || i == FIELD_TEXT;
		const char *end = field.ptr + field.len;
		bool part = !text && !symbol && end < text_end && is_word(*end); // "d" of "done"
		if ((symbol && !view_has(field, VIEW("+0x"))) || (text && field.ptr >= border) ||
		    part)
			loose = true;
		else
			firm = true;
	}
	return firm || !loose;
}

// Does the rest in the next line make a header of it, or another one?
static bool mends(const struct repair *r, struct detect_view rest)
{
	struct rule_match broken, whole;
	char text[BROKEN_MAX * 3];
	struct detect_view held = {r->held_text, r->held_len};
	const struct prefix *prefix = &r->held_prefix;
	if (held.len + 1 + rest.len > sizeof(text))
		return false;
	memcpy(text, held.ptr, held.len);
	text[held.len] = ' ';
	memcpy(text + held.len + 1, rest.ptr, rest.len);
	rules_match_start(&rules_builtin, body_of(held, prefix), &broken);
	struct detect_view joined = {text, held.len + 1 + rest.len};
	rules_match_start(&rules_builtin, body_of(joined, prefix), &whole);
	return whole.rule && whole.rule->role == RULE_HEADER && whole.rule != broken.rule &&
	       is_rest(&whole, text + held.len, joined.ptr + joined.len);
}

// The line behind a header that may be broken. True: it was the rest, and is taken.
static bool take_rest(struct repair *r, const struct piece *piece, const struct prefix *prefix)
{
	struct detect_view rest = body_of(piece->text, prefix);
	struct rule_match own;
	rules_match_start(&rules_builtin, rest, &own);
	bool other = prefix->kernel || prefix->speaker != PREFIX_UNKNOWN || own.rule;
	if (other || rest.len == 0 || rest.len > BROKEN_MAX || !mends(r, rest))
		return false;
	struct piece blank = *piece;
	blank.text = VIEW(" ");
	join(r, &blank);
	blank.text = rest;
	join(r, &blank);
	give_held(r, piece->partial);
	return true;
}

// ---- lines that a comment quotes ----------------------------------------------------------------

void repair_hold_quote(struct repair *r, const struct piece *piece, const struct prefix *prefix)
{
	repair_flush(r);
	repair_passed(r, piece->text.len, false);
	hold(r, piece, prefix);
	r->held_quote = true;
}

void repair_settle_quote(struct repair *r, bool quoted)
{
	size_t mark = r->held_prefix.comment;
	struct detect_view text = {r->held_text, r->held_len};
	if (quoted) {
		prefix_parse(view_from(text, mark), &r->held_prefix);
		r->held_prefix.len += mark;
	} else {
		r->sink.prefix(text, &r->held_prefix, true, r->sink.arg);
	}
	give_held(r, false);
}

void repair_piece(struct repair *r, const struct piece *piece, const struct prefix *prefix)
{
	if (r->held && r->held_quote)
		repair_settle_quote(r, false);
	learn_width(r, piece->text.len, prefix->kernel);
	bool full = r->width && piece->text.len == r->width && !piece->partial;
	if (r->held && r->held_header) {
		if (take_rest(r, piece, prefix))
			return;
		give_held(r, false);
	} else if (r->held) {
		bool other = prefix->kernel || prefix->speaker == PREFIX_PROGRAM;
		if (!other && piece->text.len > 0 && r->joins < WRAP_JOINS) {
			join(r, piece);
			if (!full)
				give_held(r, piece->partial);
			return;
		}
		give_held(r, false);
	}
	bool wrapped = full && prefix->kernel; // by the console, in the middle of a word
	if (wrapped && !breaks_lines(r) && ends_in_text(body_of(piece->text, prefix)))
		wrapped = false;
	bool broken = !wrapped && may_be_broken(r, piece, prefix);
	if (broken || wrapped)
		hold(r, piece, prefix);
	else
		give_line(r, piece, prefix);
	r->held_header = broken;
}

void repair_flush(struct repair *r)
{
	if (r->held)
		give_held(r, false);
}
