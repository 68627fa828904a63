// SPDX-License-Identifier: GPL-2.0-or-later
// Findings in words and together: what is one fault, how it is signed, and what a level allows.
#include "unit/unit.h"

#include <stdlib.h>

#include "sanitizer/describe.h"
#include "sanitizer/known.h"

static struct address_names names;
static const char named[] = "1000 do_wp_page+0x10\n"
			    "1008 do_wp_page+0x18\n"
			    "2000 ptep_clear_flush+0x20\n"
			    "3000 handle_mm_fault+0x30\n"
			    "4000 copy_page+0x40\n"
			    "ffff800000000000 (image)\n";
static const struct lone_data everywhere;

static int setup(void **state)
{
	(void)state;
	address_names_read(named, strlen(named), &names);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	address_names_deinit(&names);
	return 0;
}

static struct reported_finding told(const char *rule, uint64_t pc, uint64_t author)
{
	struct reported_finding f = {.line = 1,
				     .told = true,
				     .below = REPORT_ALL_LEVELS,
				     .asid = -1,
				     .level = 3,
				     .pc = pc,
				     .author_pc = author,
				     .has_author = author != 0,
				     .times = 1};
	snprintf(f.rule, sizeof(f.rule), "%s", rule);
	return f;
}

static struct finding_group *group(struct reported_finding *items, size_t n, unsigned level,
				   const struct lone_data *lone, size_t *count)
{
	const struct sanitizer_report r = {.items = items, .count = n};
	return finding_groups(&r, &names, level, lone, count);
}

static void places_of_one_fault_are_one_finding(void **state)
{
	(void)state;
	struct reported_finding items[] = {
	    told("bbm-oa-live", 0x1000, 0x2000),   told("bbm-oa-live", 0x1008, 0x2000),
	    told("bbm-oa-live", 0x4000, 0x2000),   told("bbm-oa-live", 0x1000, 0x3000),
	    told("bbm-type-live", 0x1000, 0x2000), told("bbm-oa-live", 0x1000, 0x2000)};
	items[5].told = false; // the count of a place
	items[5].line = 2;
	items[5].times = 358;
	size_t count;
	struct finding_group *g = group(items, 6, 0, &everywhere, &count);
	assert_int_equal(count, 4);
	assert_string_equal(g[0].function, "do_wp_page");
	assert_string_equal(g[0].author, "ptep_clear_flush");
	assert_int_equal(finding_times(&g[0]), 358);
	assert_int_equal(finding_times(&g[1]), 1);
	assert_string_equal(g[1].function, "copy_page");
	free(g);
}

// A function that stores for others is not who did it.
static void helpers_are_not_to_blame(void **state)
{
	static const char own[] =
	    "1000 machine_store+0x0\n2000 __set_ptes+0x8\n3000 split_group+0x64\n"
	    "4000 unmap+0x4\n5000 merge+0x4\n";
	(void)state;
	address_names_deinit(&names);
	address_names_read(own, strlen(own), &names);
	struct reported_finding items[] = {told("bbm-oa-live", 0x1000, 0x2000),
					   told("bbm-oa-live", 0x1000, 0x2000),
					   told("bbm-oa-live", 0x1000, 0)};
	items[0].trace[items[0].frames++] = 0x3000;
	items[0].author_trace[items[0].author_frames++] = 0x4000;
	items[1].trace[items[1].frames++] = 0x5000;
	size_t count;
	struct finding_group *g = group(items, 3, 0, &everywhere, &count);
	assert_int_equal(count, 3);
	assert_string_equal(g[0].function, "split_group");
	assert_string_equal(g[0].author, "unmap");
	assert_string_equal(g[1].function, "merge");
	assert_string_equal(g[1].author, "__set_ptes");
	assert_string_equal(g[2].function, "machine_store"); // nobody else is known
	free(g);
	address_names_deinit(&names);
	setup(state);
}

static void a_level_allows_what_is_wrong_below_it(void **state)
{
	(void)state;
	struct reported_finding items[] = {told("bbm-contiguous-live", 0x1000, 0),
					   told("bbm-block-to-table-live", 0x1000, 0),
					   told("bbm-oa-live", 0x1000, 0)};
	items[0].below = 1;
	items[1].below = 2;
	static const size_t wanted[] = {3, 2, 1, 1};
	for (unsigned level = 0; level <= 3; level++) {
		size_t count;
		free(group(items, 3, level, &everywhere, &count));
		assert_int_equal(count, wanted[level]);
	}
}

// The linear map's second mapping of the image's data: only what a job names, to the byte.
static void data_outside_the_range_is_excused(void **state)
{
	static const struct {
		uint64_t start, end;
		size_t wanted;
	} rows[] = {{0, 0, 1},           {0x2000, 0x3000, 1}, {0x1000, 0x2000, 0},
		    {0x1000, 0x2001, 1}, {0x3000, 0x4000, 0}, {0x2fff, 0x4000, 1}};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reported_finding items[] = {told("alias-writable", 0, 0),
						   told("alias-writable", 0, 0)};
		items[0].va = 0xffff800000002000;
		items[0].size = 0x1000;
		items[1].told = false;
		items[1].line = 2;
		const struct lone_data lone = {rows[i].start, rows[i].end};
		size_t count;
		free(group(items, 2, 0, &lone, &count));
		assert_int_equal(count, rows[i].wanted);
	}
}

static struct finding_signatures sign(struct reported_finding f)
{
	size_t count;
	struct finding_group *g = group(&f, 1, 0, &everywhere, &count);
	struct finding_signatures s = finding_sign(g, &names);
	free(g);
	return s;
}

static void signatures_are_of_rule_and_functions(void **state)
{
	(void)state;
	struct reported_finding f = told("bbm-oa-live", 0x1000, 0x2000);
	struct finding_signatures one = sign(f);
	f.pc = 0x1008; // another place in it, another address, CPU and entry
	f.va = 0x123000;
	f.cpu = 3;
	f.new_descriptor = 7;
	struct finding_signatures same = sign(f);
	assert_memory_equal(&one, &same, sizeof(one));
	f.trace[f.frames++] = 0x3000;
	struct finding_signatures path = sign(f);
	assert_int_equal(path.usual, one.usual);
	assert_int_not_equal(path.fine, one.fine);
	f.author_pc = 0x4000;
	struct finding_signatures author = sign(f);
	assert_int_equal(author.coarse, one.coarse);
	assert_int_not_equal(author.usual, one.usual);
	f.pc = 0x4000;
	assert_int_not_equal(sign(f).coarse, one.coarse);
	f = told("bbm-type-live", 0x1000, 0x2000);
	assert_int_not_equal(sign(f).coarse, one.coarse);
}

static void expect_text(const struct reported_finding *f, const char *wanted)
{
	struct reported_finding copy = *f;
	struct buffer text = {0};
	size_t count;
	struct finding_group *g = group(&copy, 1, 0, &everywhere, &count);
	finding_describe(g, &names, &text);
	assert_string_equal(buffer_str(&text), wanted);
	buffer_deinit(&text);
	free(g);
}

static void a_finding_reads_like_a_splat(void **state)
{
	(void)state;
	struct reported_finding f = told("bbm-make-without-tlbi", 0x1000, 0x2000);
	f.va = 0x48e000;
	f.asid = 7;
	f.granule = 4096;
	f.cpu = 1;
	f.old_descriptor = 0x00a8000041234fc3; // read-only, with the dirty state the hardware's
	f.new_descriptor = 0x00e0000045678bc3;
	f.hint_excluded = true;
	f.trace[f.frames++] = 0x3000;
	f.author_trace[f.author_frames++] = 0x1008;
	expect_text(
	    &f, "ptsan: bbm-make-without-tlbi in do_wp_page, cleared by ptep_clear_flush (1 time)\n"
		"  missing  no TLBI covers the old entry before the new one is made\n"
		"           a TLBI came, and its level hint (TTL) excludes the old entry\n"
		"  address  000000000048e000, entry of level 3, ASID 7\n"
		"  old      00a8000041234fc3: page at 0x41234000, kernel rw-, user rwx, attributes "
		"0, not "
		"global, dirty by hardware\n"
		"  new      00e0000045678bc3: page at 0x45678000, kernel r--, user r--, attributes "
		"0, not "
		"global, access flag clear\n"
		"  by       CPU 1 at do_wp_page+0x10\n"
		"           from handle_mm_fault+0x30\n"
		"  cleared  CPU 0 at ptep_clear_flush+0x20\n"
		"           from do_wp_page+0x18\n"
		"  wrong    for every CPU\n"
		"  rule     F2, DDI 0487, D8.17 \"Using break-before-make when updating "
		"translation table "
		"entries\"\n");
}

static void sizes_and_other_mappings_are_told(void **state)
{
	(void)state;
	struct reported_finding f = told("bbm-block-to-table-live", 0x1000, 0);
	f.below = 2;
	f.level = 2;
	f.va = 0xffff000000c00000;
	f.granule = 4096;
	f.old_descriptor = 0x00e8000040c10f05; // with nT
	f.new_descriptor = 0x0000000040d91003;
	expect_text(
	    &f,
	    "ptsan: bbm-block-to-table-live in do_wp_page (1 time)\n"
	    "  missing  a live block was split without a break; level 2 may do that\n"
	    "  address  ffff000000c00000, entry of level 2\n"
	    "  old      00e8000040c10f05: block at 0x40c00000, kernel rw-, user ---, attributes "
	    "1, not global, dirty by hardware, nT\n"
	    "  new      0000000040d91003: table at 0x40d91000\n"
	    "  by       CPU 0 at do_wp_page+0x10\n"
	    "  wrong    for CPUs below break-before-make level 2 (FEAT_BBM)\n"
	    "  rule     F1, DDI 0487, D8.17 \"Using break-before-make when updating translation "
	    "table entries\"\n");
	f = told("a-newer-rule", 0, 0);
	f.va = 0x1000;
	f.size = 0x3000;
	f.other_va = 0x9000;
	f.granule = 65536;
	f.old_descriptor = 0x0060000080000703;
	expect_text(
	    &f,
	    "ptsan: a-newer-rule (1 time)\n"
	    "  address  0000000000001000 to 0000000000004000, entry of level 3; mapped again at "
	    "0000000000009000\n"
	    "  one      0060000080000703: page at 0x80000000, kernel rw-, user ---, attributes 0\n"
	    "  other    0000000000000000: not valid\n"
	    "  wrong    for every CPU\n");
}

static void rules_have_names_and_words(void **state)
{
	(void)state;
	size_t count = 0;
	while (finding_rule_name(count)) {
		assert_true(finding_missing(finding_rule_name(count))[0]);
		count++;
	}
	assert_int_equal(count, 28);
	assert_string_equal(finding_missing("no-rule"), "");
}

static void a_finding_is_known_of_some_kernels(void **state)
{
	static const struct {
		const char *rule, *function, *version;
		bool known;
	} rows[] = {
	    {"bbm-make-before-dsb", "__pi_map_range", "Linux version 7.3.0-rc7 (a@b) #1", true},
	    {"bbm-make-before-dsb", "__pi_map_range", "Linux version 6.12.57+deb13-arm64 (", true},
	    {"bbm-make-before-dsb", "__pi_map_range", "Linux version 6.1.176 (a@b) #1", false},
	    {"bbm-make-before-dsb", "__pi_map_range", "mm firmware", false},
	    {"bbm-make-before-dsb", "__pi_map_range", NULL, false},
	    {"bbm-make-before-dsb", "do_wp_page", "Linux version 7.3.0", false},
	    {"bbm-oa-live", "__pi_map_range", "Linux version 7.3.0", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(known_finding(rows[i].rule, rows[i].function, rows[i].version) !=
				     NULL,
				 rows[i].known);
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(places_of_one_fault_are_one_finding),   TEST(helpers_are_not_to_blame),
	    TEST(a_level_allows_what_is_wrong_below_it), TEST(data_outside_the_range_is_excused),
	    TEST(signatures_are_of_rule_and_functions),  TEST(a_finding_reads_like_a_splat),
	    TEST(sizes_and_other_mappings_are_told),     TEST(rules_have_names_and_words),
	    TEST(a_finding_is_known_of_some_kernels),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
