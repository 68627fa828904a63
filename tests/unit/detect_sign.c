// SPDX-License-Identifier: GPL-2.0-or-later
// Signatures, titles, and the page-table walk of a fault.
#include "unit/unit.h"

#include "detect/member.h"
#include "detect/normalise.h"
#include "detect/text.h"
#include "unit/detect_collect.h"

struct scenario {
	const char *stamp; // what stands ahead of every line
	const char *base;  // high part of addresses (KASLR)
	const char *release;
	int line;           // of the source
	const char *offset; // of the function
	const char *suffix; // of the compiler
	const char *caller;
};

// The same bug as another boot, board, kernel or console shows it.
static void write_bug(const struct scenario *s, const char *func, struct buffer *out)
{
	const char *p = s->stamp;
	buffer_printf(out, "%s------------[ cut here ]------------\r\n", p);
	buffer_printf(out, "%sWARNING: mm/tea.c:%d at %s%s+%s, CPU#%d: kettle/%d\r\n", p, s->line,
		      func, s->suffix, s->offset, s->line % 7, s->line * 3);
	buffer_printf(out, "%sCPU: %d UID: 0 PID: %d Comm: kettle Not tainted %s #1 PREEMPT\r\n", p,
		      s->line % 7, s->line * 3, s->release);
	buffer_printf(out, "%spc : %s%s+%s\r\n", p, func, s->suffix, s->offset);
	buffer_printf(out, "%sx29: %s80083c10 x28: %s043e2500 x27: 0000000000000000\r\n", p,
		      s->base, s->base);
	buffer_printf(out, "%sCall trace:\r\n", p);
	buffer_printf(out, "%s %s%s+%s (P)\r\n", p, func, s->suffix, s->offset);
	buffer_printf(out, "%s mutex_lock+0x%x/0x70\r\n", p, s->line);
	buffer_printf(out, "%s %s+0x%x/0x700\r\n", p, s->caller, s->line + 3);
	buffer_printf(out, "%s---[ end trace 0000000000000000 ]---\r\n", p);
}

static void sign(const struct scenario *s, const char *func, uint64_t sig[3])
{
	CLEANUP_BUFFER struct buffer text = {0};
	CLEANUP_COLLECTED struct collected c;
	write_bug(s, func, &text);
	collect(text.data, text.len, &(struct collect_options){0}, &c);
	assert_int_equal(c.closed, 1);
	sig[0] = c.sig1[0];
	sig[1] = c.sig2[0];
	sig[2] = c.sig3[0];
}

static const struct scenario base = {
    .stamp = "[    3.000001] ",
    .base = "ffff8000",
    .release = "7.2.0",
    .line = 12,
    .offset = "0x24/0x90",
    .suffix = "",
    .caller = "kettle_thread",
};

static void one_bug_has_one_signature_on_every_boot_board_and_kernel(void **state)
{
	(void)state;
	struct scenario others[] = {base, base, base, base, base, base};
	uint64_t wanted[3], found[3];
	others[0].stamp = "[   99.123456][  T1236] ";
	others[1].base = "ffffb5fd";
	others[2].release = "7.3.0-rc7-dirty";
	others[2].line = 345;
	others[3].offset = "0x1f8/0x2a0";
	others[4].suffix = ".constprop.0.isra.0";
	others[5].stamp = "";
	sign(&base, "brew", wanted);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		sign(&others[i], "brew", found);
		assert_memory_equal(found, wanted, sizeof(wanted));
	}
}

static void different_bugs_have_different_signatures(void **state)
{
	(void)state;
	struct scenario other = base;
	uint64_t a[3], b[3], c[3];
	other.caller = "another_thread";
	sign(&base, "brew", a);
	sign(&base, "pour", b);
	sign(&other, "brew", c);
	assert_true(a[0] != b[0] && a[1] != b[1] && a[2] != b[2]);
	assert_true(a[0] == c[0]); // the same place, reached on another way
	assert_true(a[1] != c[1] && a[2] != c[2]);
}

static void assert_normal(const char *text, const char *wanted)
{
	char out[200];
	size_t len = normalise_text(view_of(text), out, sizeof(out));
	assert_int_equal(len, strlen(wanted));
	assert_memory_equal(out, wanted, len);
}

static void titles_lose_what_varies(void **state)
{
	(void)state;
	assert_normal("at ffff800012345678 and 0x1f", "at ADDR and ADDR");
	assert_normal("level 2 of 48", "level N of N");
	assert_normal("x1-x3 in BBML2 of arm64", "x1-x3 in BBML2 of arm64");
	assert_normal("host 10.0.2.15 is up", "host X is up");
	assert_normal("mac 52:54:00:12:34:56", "mac X");
	assert_normal("fade to grey", "fade to grey");
	assert_normal("uuid 01234567-89ab-cdef-0123-456789abcdef", "uuid X");
}

static void assert_path(const char *path, const char *wanted)
{
	assert_true(view_equal(normalise_path(view_of(path)), view_of(wanted)));
}

static void paths_start_at_the_top_of_the_tree(void **state)
{
	(void)state;
	assert_path("mm/slub.c", "mm/slub.c");
	assert_path("/build/linux-7.2/mm/slub.c", "mm/slub.c");
	assert_path("/usr/src/kernel/arch/x86/kvm/mmu/mmu.c", "arch/x86/kvm/mmu/mmu.c");
	assert_path("kernel/sched/core.c", "kernel/sched/core.c");
	assert_path("./include/linux/mm.h", "include/linux/mm.h");
	assert_path("drivers/net/ethernet/x.c", "drivers/net/ethernet/x.c");
	assert_path("firmware/mm/split.c", "firmware/mm/split.c");
	assert_path("module.c", "module.c");
}

// ---- walk ---------------------------------------------------------------------------------------

static void leaf_of_a_walk_is_decoded(void **state)
{
	(void)state;
	struct detect_walk w = {0};
	assert_true(walk_parse(VIEW("[ffff0000005e0000] pgd=18000000bfff8003, "
				    "p4d=18000000bfff8003, pud=18000000bfff7003, "
				    "pmd=00f8000040600f91"),
			       &w));
	assert_int_equal(w.levels, 4);
	assert_string_equal(w.leaf_name, "pmd");
	assert_true(w.valid && w.block && !w.table && !w.page);
	assert_true(w.contiguous && w.pxn && w.uxn && w.read_only && w.accessed && w.not_global);
	assert_true(w.dirty_bit_modifier && !w.user);
	assert_int_equal(w.attr_index, 4);
	assert_true(w.address == 0x40600000);
}

static void page_and_table_and_nothing_are_told_apart(void **state)
{
	(void)state;
	struct detect_walk page = {0}, table = {0}, none = {0};
	assert_true(walk_parse(VIEW("[0000000000400000] pgd=1, p4d=1, pud=1, pmd=1, "
				    "pte=00680000406007c3"),
			       &page));
	assert_true(page.page && page.user && page.read_only && !page.block);
	assert_true(walk_parse(VIEW("[0000000000400000] pgd=0800000044cb4403"), &table));
	assert_true(table.table && !table.contiguous && !table.read_only);
	assert_true(walk_parse(VIEW("[0000000000400000] pgd=0000000000000000"), &none));
	assert_true(none.present && !none.valid && none.levels == 1);
}

static void torn_walk_continues(void **state)
{
	(void)state;
	struct detect_walk w = {0};
	assert_false(walk_parse(VIEW(", pte=0000000000000000"), &w));
	assert_true(
	    walk_parse(VIEW("[0000000000400000] pgd=0800000044cb4403, p4d=0800000044cb4403"), &w));
	assert_true(walk_parse(VIEW(", pud=0000000000000000"), &w));
	assert_int_equal(w.levels, 3);
	assert_string_equal(w.leaf_name, "pud");
	assert_false(w.valid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_bug_has_one_signature_on_every_boot_board_and_kernel),
	    cmocka_unit_test(different_bugs_have_different_signatures),
	    cmocka_unit_test(titles_lose_what_varies),
	    cmocka_unit_test(paths_start_at_the_top_of_the_tree),
	    cmocka_unit_test(leaf_of_a_walk_is_decoded),
	    cmocka_unit_test(page_and_table_and_nothing_are_told_apart),
	    cmocka_unit_test(torn_walk_continues),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
