// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include "base/buffer.h"
#include "detect/frame.h"
#include "detect/prefix.h"
#include "detect/symbol.h"
#include "detect/text.h"

// ---- framing ------------------------------------------------------------------------------------

static void keep_piece(const struct piece *piece, void *arg)
{
	struct buffer *out = arg;
	const char *bracket =
	    piece->text.len ? memrchr(piece->text.ptr, '[', piece->text.len) : NULL;
	assert_true(!bracket || (size_t)(bracket - piece->text.ptr) <= piece->bracket);
	buffer_printf(out, "%d@%d-%d:", (int)piece->at.line, (int)piece->at.byte,
		      (int)piece->at.end);
	buffer_append(out, piece->text.ptr, piece->text.len);
	buffer_append_str(out, piece->partial ? "(partial)\n" : "\n");
}

// Feeds `text` in chunks of `chunk` bytes and returns the pieces as text in `out`.
static void frame_in_chunks(const char *text, size_t len, size_t chunk, struct buffer *out)
{
	static struct frame f;
	frame_init(&f);
	for (size_t at = 0; at < len; at += chunk)
		frame_feed(&f, text + at, len - at < chunk ? len - at : chunk, keep_piece, out);
	frame_flush(&f, keep_piece, out);
}

static void assert_pieces(const char *text, size_t len, const char *wanted)
{
	for (size_t chunk = 1; chunk <= len; chunk++) {
		CLEANUP_BUFFER struct buffer out = {0};
		frame_in_chunks(text, len, chunk, &out);
		assert_string_equal(buffer_str(&out), wanted);
	}
}

#define PIECES(text, wanted) assert_pieces(text, sizeof(text) - 1, wanted)

static void lines_end_at_newline_whatever_the_carriage_returns(void **state)
{
	(void)state;
	PIECES("one\ntwo\r\nthree\r\r\nfour\r\r\r\n",
	       "1@0-4:one\n2@4-9:two\n3@9-17:three\n4@17-25:four\n");
}

// Blocks of 32 bytes are looked at together: every byte value, at every place of two blocks.
static void every_byte_is_seen_at_every_offset(void **state)
{
	(void)state;
	for (size_t at = 0; at < 70; at++)
		for (unsigned byte = 0; byte < 256; byte++) {
			char text[128];
			memset(text, 'a', sizeof(text));
			text[at] = (char)byte;
			text[sizeof(text) - 1] = '\n';
			CLEANUP_BUFFER struct buffer whole = {0}, bytes = {0};
			frame_in_chunks(text, sizeof(text), sizeof(text), &whole);
			frame_in_chunks(text, sizeof(text), 1, &bytes);
			assert_string_equal(buffer_str(&whole), buffer_str(&bytes));
			bool plain = (byte >= 0x20 && byte != 0xFF) || byte == '\t';
			assert_true(plain == (whole.len == strlen("1@0-128:\n") + 127));
		}
}

static void lone_carriage_return_splits_a_line_but_keeps_its_number(void **state)
{
	(void)state;
	PIECES("10%\r20%\rdone\nnext\n", "1@0-4:10%\n1@4-8:20%\n1@8-13:done\n2@13-18:next\n");
}

static void control_bytes_are_dropped_and_tab_is_kept(void **state)
{
	(void)state;
	PIECES("a\0b\xff"
	       "c\b\x07\td\n",
	       "1@0-10:abc\td\n");
}

static void escape_sequences_are_dropped(void **state)
{
	(void)state;
	PIECES("\033[0m\033[37mred\033[0m \033]0;title\007x\033(By\n", "1@0-33:red xy\n");
}

static void clearing_the_screen_ends_the_text_before_it(void **state)
{
	(void)state;
	PIECES("setup cod\033c\033[?7l\033[2J[    0.000000] Linux\n",
	       "1@0-11:setup cod\n1@11-41:[    0.000000] Linux\n");
}

static void a_line_without_end_is_given_at_the_end(void **state)
{
	(void)state;
	PIECES("login: ", "1@0-7:login: (partial)\n");
}

static void a_broken_escape_sequence_does_not_eat_the_next_line(void **state)
{
	(void)state;
	PIECES("a\033[12;\nb\n", "1@0-7:a\n2@7-9:b\n");
}

// A sequence of 256 bytes is one; at the next byte it was the noise of a line. Each is counted anew.
static void an_escape_sequence_has_256_bytes(void **state)
{
	(void)state;
	for (int digits = 254; digits <= 257; digits++) {
		CLEANUP_BUFFER struct buffer text = {0}, wanted = {0};
		for (int times = 0; times < 2; times++) {
			buffer_printf(&text, "tea\033[%0*dmpot", digits, 7);
			buffer_printf(&wanted, "tea%spot",
				      digits <= 255   ? ""
				      : digits == 256 ? "m"
						      : "7m");
		}
		buffer_append_str(&text, "\n");
		CLEANUP_BUFFER struct buffer pieces = {0};
		frame_in_chunks(text.data, text.len, text.len, &pieces);
		if (!strstr(buffer_str(&pieces), buffer_str(&wanted)))
			fail_msg("%d digits: no \"%s\" in %s", digits, buffer_str(&wanted),
				 buffer_str(&pieces));
	}
}

static void an_endless_line_is_cut_at_the_cap(void **state)
{
	(void)state;
	static char text[FRAME_CAP * 3];
	static struct frame f;
	CLEANUP_BUFFER struct buffer out = {0};
	memset(text, 'x', sizeof(text));
	frame_init(&f);
	frame_feed(&f, text, sizeof(text), keep_piece, &out);
	frame_feed(&f, "\nshort\n", 7, keep_piece, &out);
	assert_true(out.len < FRAME_CAP + 100);
	assert_non_null(strstr(buffer_str(&out), "\n2@12289-12295:short\n"));
}

// ---- prefix -------------------------------------------------------------------------------------

static void assert_prefix(const char *text, const char *message, int level, int64_t us, char kind,
			  unsigned caller)
{
	struct prefix p;
	prefix_parse(view_of(text), &p);
	assert_string_equal(text + p.len, message);
	assert_int_equal(p.level, level);
	assert_int_equal(p.kernel_us, us);
	assert_int_equal(p.caller_kind, kind);
	assert_int_equal(p.caller, caller);
}

static void prefix_parts_are_found_in_any_company(void **state)
{
	(void)state;
	assert_prefix("[    3.298433] msg", "msg", -1, 3298433, 0, 0);
	assert_prefix("<4>[    3.298433] msg", "msg", 4, 3298433, 0, 0);
	assert_prefix("<38>[12345.678901][  T123] msg", "msg", 6, 12345678901, 'T', 123);
	assert_prefix("[123456.000001][    C0]  indented", " indented", -1, 123456000001, 'C', 0);
	assert_prefix("[    3.298433] [    C7] msg", "msg", -1, 3298433, 'C', 7);
	assert_prefix("[  T1] msg", "msg", -1, -1, 'T', 1);
	assert_prefix("[$   3.298433] msg", "[$   3.298433] msg", -1, -1, 0, 0);
	assert_prefix("[   !3.298433] msg", "[   !3.298433] msg", -1, -1, 0, 0);
	assert_prefix("2026-11-22T16:00:04.112000 [    3.298433] msg", "msg", -1, 3298433, 0, 0);
	assert_prefix("2026-11-22 16:00:04,112+01:00 [    3.298433] msg", "msg", -1, 3298433, 0, 0);
	assert_prefix("16:00:04.112 <6>[    3.298433] msg", "msg", 6, 3298433, 0, 0);
	assert_prefix("Nov 22 16:00:04 board kernel: [    3.298433] msg", "msg", -1, 3298433, 0, 0);
	assert_prefix("kern  :warn  : [    3.298433] msg", "msg", -1, 3298433, 0, 0);
	assert_prefix("> > [    3.298433] msg", "msg", -1, 3298433, 0, 0);
	assert_prefix(">>[    3.298433] msg", "msg", -1, 3298433, 0, 0);
	assert_prefix(">msg", "msg", -1, -1, 0, 0);
	assert_prefix("2026-11-22T16:00:04.112000+01:00 board kernel: [    3.298433] msg", "msg",
		      -1, 3298433, 0, 0);
	assert_prefix("2026-11-22T16:00:04+0100 board kernel: msg", "msg", -1, -1, 0, 0);
	assert_prefix("Nov 22 16:00:04 board kern.warn kernel: msg", "msg", -1, -1, 0, 0);
	assert_prefix("> msg", "msg", -1, -1, 0, 0);
	assert_prefix(">> > [    3.298433] msg", "msg", -1, 3298433, 0, 0);
	assert_prefix("[Sun Nov 22 16:00:04 2026] msg", "msg", -1, -1, 0, 0);
	assert_prefix("msg", "msg", -1, -1, 0, 0);
	assert_prefix("", "", -1, -1, 0, 0);
}

static void text_that_only_looks_like_a_prefix_is_message(void **state)
{
	(void)state;
	static const char *const texts[] = {
	    "[12.345678 ] msg",
	    "[    3.29843] msg",
	    "[  OK  ] Started",
	    "[ffff800012340000] pgd=0",
	    "<x>msg",
	    "[    3.2984a3] msg",
	    "12:34 msg",
	    "[",
	    "[    ",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_prefix(texts[i], texts[i], -1, -1, 0, 0);
}

static void second_record_on_a_line_is_found(void **state)
{
	(void)state;
	struct detect_view text = VIEW("login: <4>[    4.000001] BUG: x");
	assert_int_equal(prefix_find(text, 1, text.len), 7);
	text = VIEW("[    4.000001] a [    4.000002] b");
	assert_int_equal(prefix_find(text, 15, text.len), 17);
	text = VIEW("a [12] b [x.y] c [1.2.3] [    4.00001] d");
	assert_int_equal(prefix_find(text, 1, text.len), text.len);
}

// ---- symbols ------------------------------------------------------------------------------------

static void assert_symbol(const char *text, const char *name, const char *module, unsigned offset,
			  size_t span)
{
	struct symbol s;
	assert_int_equal(symbol_take(view_of(text), &s), span);
	assert_true(view_equal(s.name, view_of(name)));
	assert_true(view_equal(s.module, view_of(module)));
	assert_int_equal(s.offset, offset);
}

static void symbols_lose_what_the_compiler_added(void **state)
{
	(void)state;
	assert_symbol("f+0x1c/0x80", "f", "", 0x1c, 11);
	assert_symbol("__f.isra.0+0x1c/0x80 [mod]", "__f", "mod", 0x1c, 26);
	assert_symbol("code.33+0x0/0x10 [mod]", "code", "mod", 0, 22);
	assert_symbol("f.constprop.0.cold+0x1/0x2 [mod 0a1b2c] (P)", "f", "mod", 1, 39);
	assert_symbol("f.llvm.123456789+0x1/0x2", "f", "", 1, 24);
	assert_symbol("f, CPU#1", "f", "", 0, 1);
	assert_symbol("f+0x1/0x2 [<ffffffff81234567>]", "f", "", 1, 9);
	assert_symbol("<a::B as c::D<E>>::f+0x10/0x20", "<a::B as c::D<E>>::f", "", 0x10, 30);
	assert_symbol("(nothing)", "", "", 0, 0);
}

static void symbol_lists_know_families(void **state)
{
	(void)state;
	assert_true(symbol_lists(VIEW("dump_stack")) & SYMBOL_ON(SYMBOL_MACHINERY));
	assert_true(symbol_lists(VIEW("do_translation_fault")) & SYMBOL_ON(SYMBOL_MACHINERY));
	assert_true(symbol_lists(VIEW("_raw_spin_lock_irqsave")) & SYMBOL_ON(SYMBOL_HELPER));
	assert_true(symbol_lists(VIEW("el0_svc_common")) & SYMBOL_ON(SYMBOL_ANCHOR));
	assert_true(symbol_lists(VIEW("call_on_irq_stack")) & SYMBOL_ON(SYMBOL_BOUNDARY));
	assert_int_equal(symbol_lists(VIEW("split_kernel_leaf_mapping")), 0);
	assert_int_equal(symbol_lists(VIEW("kmalloc_oob_right")), 0);
	assert_int_equal(symbol_lists(VIEW("ab")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_end_at_newline_whatever_the_carriage_returns),
	    cmocka_unit_test(every_byte_is_seen_at_every_offset),
	    cmocka_unit_test(lone_carriage_return_splits_a_line_but_keeps_its_number),
	    cmocka_unit_test(control_bytes_are_dropped_and_tab_is_kept),
	    cmocka_unit_test(escape_sequences_are_dropped),
	    cmocka_unit_test(clearing_the_screen_ends_the_text_before_it),
	    cmocka_unit_test(a_line_without_end_is_given_at_the_end),
	    cmocka_unit_test(a_broken_escape_sequence_does_not_eat_the_next_line),
	    cmocka_unit_test(an_escape_sequence_has_256_bytes),
	    cmocka_unit_test(an_endless_line_is_cut_at_the_cap),
	    cmocka_unit_test(prefix_parts_are_found_in_any_company),
	    cmocka_unit_test(text_that_only_looks_like_a_prefix_is_message),
	    cmocka_unit_test(second_record_on_a_line_is_found),
	    cmocka_unit_test(symbols_lose_what_the_compiler_added),
	    cmocka_unit_test(symbol_lists_know_families),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
