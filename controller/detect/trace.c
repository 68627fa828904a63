// SPDX-License-Identifier: GPL-2.0-or-later
// Frames of call traces, as arm64, arm, x86, riscv, ppc, mips and s390 print them.
#include "detect/member.h"
#include "detect/text.h"

// "[<ffffffff81234567>]", "[c0000000001]", "([<..>]": an address ahead of the symbol
static void skip_addresses(struct cursor *c)
{
	for (int i = 0; i < 2; i++) {
		struct cursor probe = *c;
		uint64_t value;
		cursor_blanks(&probe);
		cursor_char(&probe, '(');
		if (!cursor_char(&probe, '['))
			return;
		bool angle = cursor_char(&probe, '<');
		cursor_blanks(&probe);
		bool inline_mark = cursor_literal(&probe, VIEW("inline"));
		if (!inline_mark && !cursor_hex(&probe, &value))
			return;
		if ((angle && !cursor_char(&probe, '>')) || !cursor_char(&probe, ']'))
			return;
		*c = probe;
	}
}

// Marks behind a frame: "(P)", "(C)", "(unreliable)", "[inline]" and a source position
static void take_marks(struct cursor *c, struct trace_frame *out)
{
	struct detect_view rest = view_trim(cursor_rest(c));
	out->from_pc = view_has(rest, VIEW("(P)")) || view_has(rest, VIEW("(PC)")) ||
		       view_has(rest, VIEW("(PK)"));
	if (view_has(rest, VIEW("(unreliable)")))
		out->unreliable = true;
	if (view_ends(rest, VIEW("[inline]")))
		out->inlined = true;
}

// "f from g+0x1/0x2", "(f) from [<addr>] (g+0x1/0x2)" of arm: the frame is f. The cursor is behind
// f; *name becomes g.
static bool is_from(const struct cursor *c, bool bracket, struct detect_view *name)
{
	struct cursor probe = *c;
	struct symbol caller;
	if (bracket && !cursor_char(&probe, ')'))
		return false;
	if (!cursor_literal(&probe, VIEW(" from ")))
		return false;
	skip_addresses(&probe);
	cursor_blanks(&probe);
	cursor_char(&probe, '(');
	bool found = symbol_take(cursor_rest(&probe), &caller) && caller.has_offset;
	*name = caller.name;
	return found;
}

// A source position "dir/file.c:123" behind the symbol makes an inlined frame without offset.
static bool has_position(struct detect_view rest)
{
	struct cursor c = cursor_of(rest);
	struct detect_view word = cursor_word(&c);
	size_t colon = view_find(word, VIEW(":"));
	if (colon + 1 >= word.len || !is_digit(word.ptr[colon + 1]))
		return false;
	struct detect_view file = {word.ptr, colon};
	return view_ends(file, VIEW(".c")) || view_ends(file, VIEW(".h")) ||
	       view_ends(file, VIEW(".S")) || view_ends(file, VIEW(".rs"));
}

// What decode_stacktrace.sh of the kernel puts in place of the offset: "(dir/file.c:123 ..)"
static bool is_decoded(struct detect_view behind)
{
	return behind.len > 1 && behind.ptr[0] == '(' && has_position(view_from(behind, 1));
}

bool trace_frame_parse(struct detect_view body, struct trace_frame *out)
{
	struct cursor c = cursor_of(body);
	*out = (struct trace_frame){0};
	skip_addresses(&c);
	cursor_blanks(&c);
	if (cursor_literal(&c, VIEW("? ")))
		out->unreliable = true;
	bool bracket = cursor_char(&c, '(');
	struct detect_view rest = cursor_rest(&c);
	if (rest.len == 0 || (!is_alpha(rest.ptr[0]) && rest.ptr[0] != '_' && rest.ptr[0] != '.' &&
			      rest.ptr[0] != '<'))
		return false;
	size_t span = symbol_take(rest, &out->symbol);
	c.p += span;
	if (span == 0)
		return false;
	if (is_from(&c, bracket, &out->caller)) {
		out->from_arm = true;
		return true;
	}
	if (!out->symbol.has_offset) {
		struct detect_view behind = view_trim(cursor_rest(&c));
		bool inlined = view_ends(behind, VIEW("[inline]")) && has_position(behind);
		if (!inlined && !is_decoded(behind))
			return false;
	}
	if (c.p < c.end)
		take_marks(&c, out);
	return true;
}
