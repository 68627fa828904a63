// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/repair.h"

#include <string.h>

#include "detect/internal.h"
#include "detect/text.h"

#define LEARN_LINES  3  // full lines that make a width believable
#define LEARN_NARROW 60 // narrower consoles are not learnt

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

static void give_line(struct detect *d, const struct piece *piece, const struct prefix *first)
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

static void hold(struct repair *r, const struct piece *piece)
{
	r->held = true;
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
	struct prefix prefix;
	prefix_parse(piece.text, &prefix);
	detect_prefix(d, piece.text, &prefix, false);
	r->held = false;
	give_line(d, &piece, &prefix);
}

void repair_piece(struct detect *d, const struct piece *piece, const struct prefix *prefix)
{
	struct repair *r = &d->repair;
	learn_width(r, piece->text.len, prefix->kernel);
	bool full = r->width && piece->text.len == r->width && !piece->partial;
	if (r->held) {
		bool other = prefix->kernel || prefix->speaker == PREFIX_PROGRAM;
		if (!other && piece->text.len > 0 && r->joins < WRAP_JOINS) {
			join(r, piece);
			if (!full)
				give_held(d, piece->partial);
			return;
		}
		give_held(d, false);
	}
	if (full && prefix->kernel)
		hold(r, piece);
	else
		give_line(d, piece, prefix);
}

void repair_flush(struct detect *d)
{
	if (d->repair.held)
		give_held(d, false);
}
