// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/report.h"

#include <string.h>

#include "detect/sign.h"
#include "detect/syndrome.h"
#include "detect/text.h"

void report_init(struct report *r)
{
	memset(r, 0, offsetof(struct report, text));
	r->trace_hash = SIGN_START;
}

struct kept report_keep(struct report *r, struct detect_view v)
{
	size_t room = REPORT_TEXT_MAX - r->text_len;
	if (v.len > room) {
		r->truncated = true;
		v.len = room;
	}
	struct kept k = {r->text_len, (uint16_t)v.len};
	if (v.len)
		memcpy(r->text + r->text_len, v.ptr, v.len);
	r->text_len = (uint16_t)(r->text_len + v.len);
	return k;
}

void report_take_syndrome(struct report *r, struct detect_view number)
{
	struct cursor c = cursor_of(number);
	if (!r->esr_known && number.len >= ESR_DIGITS)
		r->esr_known = cursor_hex(&c, &r->esr);
}

static bool seen_before(const struct report *r, struct detect_view name, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (view_equal(report_view(r, r->frames[i].name), name))
			return true;
	return false;
}

bool report_is_past_call(const struct report *r, const struct symbol *s, bool from_pc)
{
	if (!s->has_offset || s->offset != 0 || s->size == 0 || from_pc || r->frames_count == 0)
		return false;
	const struct report_frame *above = &r->frames[r->frames_count - 1];
	bool exception = above->lists & SYMBOL_ON(SYMBOL_BOUNDARY);
	return !exception && r->in_trace > 0 && !view_equal(report_view(r, r->pc), s->name);
}

struct report_frame *report_add_frame(struct report *r, const struct symbol *s, uint64_t hash,
				      unsigned lists, bool from_pc)
{
	bool past_call = report_is_past_call(r, s, from_pc);
	bool blamed = !past_call && !(lists & SYMBOL_SKIPPED);
	// A symbol straight below itself is recursion, or the second print of a torn line: once.
	if (r->frames_count) {
		const struct report_frame *last = &r->frames[r->frames_count - 1];
		if (view_equal(report_view(r, last->name), s->name)) {
			if (!r->repeated.len && r->stage >= STAGE_FRAMES && blamed)
				r->repeated = last->name;
			return NULL;
		}
	}
	if (!past_call) // which function comes next is up to the linker
		r->trace_hash = sign_mix(r->trace_hash, hash);
	if (r->frames_count == DETECT_FRAMES_MAX) {
		r->truncated = true;
		return NULL;
	}
	bool again = r->rule->blame == BLAME_REPEAT && !r->repeated.len && blamed &&
		     seen_before(r, s->name, r->frames_count);
	struct report_frame *f = &r->frames[r->frames_count++];
	f->name = report_keep(r, s->name);
	f->module = report_keep(r, s->module);
	f->offset = s->offset;
	f->size = s->size;
	f->from_pc = from_pc;
	f->past_call = past_call;
	f->lists = (uint16_t)lists;
	if (again)
		r->repeated = f->name;
	return f;
}
