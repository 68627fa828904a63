// SPDX-License-Identifier: GPL-2.0-or-later
// Who is to blame: crafted reports of unlike subsystems and machines (tests/data/detect/blame.txt).
#include "unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "detect/symbol.h"
#include "detect/text.h"
#include "unit/detect_collect.h"

struct block {
	char func[80];
	char class_sub[48];
	const char *text;
	size_t len;
};

static bool next_block(char **at, struct block *out)
{
	char *start = strstr(*at, "\n=== ");
	if (!start)
		return false;
	start++;
	char *end = strchr(start, '\n');
	assert_int_equal(sscanf(start, "=== %79[^ ] | %47[^ |] |", out->func, out->class_sub), 2);
	if (strcmp(out->func, "-") == 0)
		out->func[0] = '\0';
	out->text = end + 1;
	char *next = strstr(end, "\n=== ");
	out->len = next ? (size_t)(next + 1 - out->text) : strlen(out->text);
	*at = next ? next : end + strlen(end);
	return true;
}

// The first report's line of closes: "LINE class.sub severity func|title".
static bool is_right(const struct block *b, const char *closes)
{
	char class_sub[48] = "", func[80] = "";
	int line, severity;
	if (sscanf(closes, "%d %47[^ ] %d %79[^|]", &line, class_sub, &severity, func) < 3)
		return false;
	return strcmp(class_sub, b->class_sub) == 0 && strcmp(func, b->func) == 0;
}

static void the_function_that_the_source_says_is_blamed(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer file = {0};
	struct error *e = file_read("tests/data/detect/blame.txt", 1 << 20, ERROR_SYSTEM, &file);
	assert_null(e);
	char *at = file.data;
	struct block b;
	unsigned count = 0, wrong = 0;
	while (next_block(&at, &b)) {
		CLEANUP_COLLECTED struct collected c;
		collect(b.text, b.len, &(struct collect_options){0}, &c);
		count++;
		if (is_right(&b, buffer_str(&c.closes)))
			continue;
		print_error("wanted %s %s, found %sin:\n%.*s", b.class_sub, b.func,
			    buffer_str(&c.closes), (int)b.len, b.text);
		wrong++;
	}
	assert_int_equal(wrong, 0);
	assert_true(count >= 40);
}

static void two_panics_of_different_words_are_two_bugs(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected tea, milk, again;
	collect_text("[    1.000001] Kernel panic - not syncing: no tea in pot 3\n", &tea);
	collect_text("[    1.000001] Kernel panic - not syncing: no milk in jug 3\n", &milk);
	collect_text("[    9.000001] Kernel panic - not syncing: no tea in pot 4711\n", &again);
	assert_int_equal(tea.closed, 1);
	assert_true(tea.sig1[0] != milk.sig1[0] && tea.sig2[0] != milk.sig2[0]);
	assert_true(tea.sig1[0] == again.sig1[0]);
}

static const char panic_frames[] = "[    1.000002] Call trace:\n"
				   "[    1.000003]  panic+0x10/0x20\n"
				   "[    1.000004]  %s+0x0/0x20\n"
				   "[    1.000005]  brew+0x10/0x20\n";

// The linker decides what stands behind a function that ends in a call without return.
static void name_behind_a_call_without_return_is_in_no_signature(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected one, two;
	CLEANUP_BUFFER struct buffer first = {0}, second = {0};
	buffer_append_str(&first, "[    1.000001] Kernel panic - not syncing: no tea\n");
	buffer_append_str(&second, buffer_str(&first));
	buffer_printf(&first, panic_frames, "one_neighbour");
	buffer_printf(&second, panic_frames, "another_neighbour");
	collect_text(buffer_str(&first), &one);
	collect_text(buffer_str(&second), &two);
	assert_true(one.sig2[0] == two.sig2[0] && one.sig3[0] == two.sig3[0]);
	assert_non_null(strstr(buffer_str(&one.closes), " brew|"));
}

static unsigned lists(const char *name)
{
	return symbol_lists(view_of(name));
}

static void names_of_the_kernels_own_source_are_known(void **state)
{
	(void)state;
	static const char *const machinery[] = {
	    "arm64_is_fatal_ras_serror", // static, arch/arm64/kernel/traps.c
	    "handle_null_ptr_deref",     // static, lib/ubsan.c
	    "__asan_load8",              // by a macro, mm/kasan/generic.c
	    "check_cpu_stall",           // a header, kernel/rcu/tree_stall.h
	    "el1_abort",                 // noinstr
	    "asm_exc_page_fault",        // by DEFINE_IDTENTRY
	    "__dabt_svc",                // gone: an old name
	};
	static const char *const helpers[] = {
	    "flush_delayed_work", "__pi_strlen", "_raw_spin_lock_irqsave", "dcache_clean_poc",
	    "rb_insert_color",    "kzfree",      "__list_del_entry",
	};
	for (size_t i = 0; i < sizeof(machinery) / sizeof(machinery[0]); i++)
		if (!(lists(machinery[i]) & SYMBOL_ON(SYMBOL_MACHINERY)))
			fail_msg("%s is no machinery", machinery[i]);
	for (size_t i = 0; i < sizeof(helpers) / sizeof(helpers[0]); i++)
		if (!(lists(helpers[i]) & SYMBOL_ON(SYMBOL_HELPER)))
			fail_msg("%s is no helper", helpers[i]);
	assert_true(lists("regmap_read") & SYMBOL_ON(SYMBOL_SERVICE));
	assert_true(lists("kthread") & SYMBOL_ON(SYMBOL_ROOT));
	assert_true(lists("vfs_read") & SYMBOL_ON(SYMBOL_ANCHOR));
}

// Static functions share names; patterns of old names fit more than they should.
static void functions_of_drivers_are_no_machinery_by_their_name(void **state)
{
	(void)state;
	static const char *const names[] = {
	    "cache_ap_online",
	    "nla_put_ifalias",
	    "alpha_panic_event",
	    "bitmap_daemon_work",
	    "list_devices",
	    "die_cpus_read",
	    "slab_build_skb",
	    "rb_alloc_aux",
	    "brew_tea",
	    "probe",
	    "remove",
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (lists(names[i]) & SYMBOL_SKIPPED)
			fail_msg("%s is never blamed", names[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_function_that_the_source_says_is_blamed),
	    cmocka_unit_test(two_panics_of_different_words_are_two_bugs),
	    cmocka_unit_test(name_behind_a_call_without_return_is_in_no_signature),
	    cmocka_unit_test(names_of_the_kernels_own_source_are_known),
	    cmocka_unit_test(functions_of_drivers_are_no_machinery_by_their_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
