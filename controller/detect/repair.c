// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/repair.h"

#include <string.h>

#include "detect/internal.h"
#include "detect/text.h"

#define LEARN_LINES  3  // full lines that make a width believable
#define LEARN_NARROW 60 // narrower consoles are not learnt
#define BROKEN_MIN   40 // length of a line that a mail may have broken
#define BROKEN_MAX   120
#define MAIL_LINES   64 // lines with a prefix, beyond which a log must look like a mail:
#define MAIL_SHARE   16 // one of so many is followed by a line without

void repair_init(struct repair *r, unsigned width)
{
	memset(r, 0, offsetof(struct repair, held_text));
	r->width = (uint16_t)(width ? width : WRAP_DEFAULT);
	r->width_fixed = width != 0;
}

// ---- messages of a line -------------------------------------------------------------------------

static void give_message(struct detect *d, const struct piece *piece, struct detect_view text,
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
	detect_message(d, &m);
}

static __attribute__((noinline)) void give_records(struct detect *d, const struct piece *piece,
						   const struct prefix *first)
{
	struct prefix prefix = *first;
	struct detect_view rest = piece->text;
	size_t bracket = piece->bracket;
	for (bool merged = false;; merged = true) {
		struct detect_view record = prefix_take_record(&rest, &prefix, bracket);
		give_message(d, piece, record, &prefix, merged);
		if (rest.len == 0)
			break;
		prefix_parse(rest, &prefix);
		detect_prefix(d, rest, &prefix, false);
		bracket = rest.len;
	}
}

static void give_line(struct detect *d, const struct piece *piece, const struct prefix *prefix)
{
	size_t from = prefix->len ? prefix->len : 1;
	if (prefix_find(piece->text, from, piece->bracket) < piece->text.len)
		give_records(d, piece, prefix);
	else
		give_message(d, piece, piece->text, prefix, false);
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

static void hold(struct repair *r, const struct piece *piece, const struct prefix *prefix)
{
	r->held_prefix = *prefix;
	r->held = true;
	r->held_header = false;
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

static void give_held(struct detect *d, bool partial)
{
	struct repair *r = &d->repair;
	struct piece piece = {
	    .at = r->held_at,
	    .text = {r->held_text, r->held_len},
	    .bracket = r->held_len,
	    .partial = partial,
	    .truncated = r->held_truncated,
	};
	struct prefix prefix = r->held_prefix;
	r->held = false;
	give_line(d, &piece, &prefix);
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
	return whole.rule && whole.rule->role == RULE_HEADER && whole.rule != broken.rule;
}

// The line behind a header that may be broken. True: it was the rest, and is taken.
static bool take_rest(struct detect *d, const struct piece *piece, const struct prefix *prefix)
{
	struct repair *r = &d->repair;
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
	give_held(d, piece->partial);
	return true;
}

void repair_piece(struct detect *d, const struct piece *piece, const struct prefix *prefix)
{
	struct repair *r = &d->repair;
	learn_width(r, piece->text.len, prefix->kernel);
	bool full = r->width && piece->text.len == r->width && !piece->partial;
	if (r->held && r->held_header) {
		if (take_rest(d, piece, prefix))
			return;
		give_held(d, false);
	} else if (r->held) {
		bool other = prefix->kernel || prefix->speaker == PREFIX_PROGRAM;
		if (!other && piece->text.len > 0 && r->joins < WRAP_JOINS) {
			join(r, piece);
			if (!full)
				give_held(d, piece->partial);
			return;
		}
		give_held(d, false);
	}
	bool wrapped = full && prefix->kernel; // by the console, in the middle of a word
	bool broken = !wrapped && may_be_broken(r, piece, prefix);
	if (broken || wrapped)
		hold(r, piece, prefix);
	else
		give_line(d, piece, prefix);
	r->held_header = broken;
}

void repair_flush(struct detect *d)
{
	if (d->repair.held)
		give_held(d, false);
}
