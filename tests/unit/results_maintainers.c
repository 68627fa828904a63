// SPDX-License-Identifier: GPL-2.0-or-later
// MAINTAINERS: which patterns have a file, and who answers for it.
#include "unit/unit.h"

#include <stdlib.h>

#include "results/report/maintainers.h"

static void patterns_mean_what_the_files_head_says(void **state)
{
	(void)state;
	static const struct {
		const char *pattern, *file;
		bool fits;
	} cases[] = {
	    {"drivers/net/", "drivers/net/x.c", true},
	    {"drivers/net/", "drivers/net/deep/er/x.c", true},
	    {"drivers/net/", "drivers/net", false},
	    {"drivers/net/", "drivers/network/x.c", false},
	    {"drivers/net/*", "drivers/net/x.c", true},
	    {"drivers/net/*", "drivers/net/deep/x.c", false},
	    {"*/net/*", "any/net/x.c", true},
	    {"*/net/*", "any/thing/net/x.c", false},
	    {"mm/split*", "mm/split_guard.c", true},
	    {"mm/split*", "mm/other.c", false},
	    {"mm/[a-c]?.c", "mm/b1.c", true},
	    {"Documentation", "Documentation/x/y.rst", true},
	    {"Documentation", "Documentations/x", false},
	    {"mm/mmu.c", "mm/mmu.c", true},
	    {"*", "README", true},
	    {"*", "mm/mmu.c", false},
	    {"*/", "mm/mmu.c", true},
	    {"*/", "README", false},
	    {"", "x", false},
	    {"x", "", false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (maintainers_pattern_fits(cases[i].pattern, cases[i].file) != cases[i].fits)
			fail_msg("%s and %s", cases[i].pattern, cases[i].file);
}

static const char text[] = "Maintainers List\n"
			   "----------------\n"
			   "\n"
			   "ARM64\n"
			   "M:\tWill <will@a.example>\n"
			   "R:\tRe <re@a.example>\n"
			   "L:\tarm@l.example (moderated list)\n"
			   "F:\tarch/arm64/\n"
			   "X:\tarch/arm64/kvm/\n"
			   "\n"
			   "KVM\n"
			   "M:\tMarc <marc@k.example>\n"
			   "L:\tkvm@l.example\n"
			   "N:\tkvm\n"
			   "N:\tno[ta]word\n"
			   "\n"
			   "MMU OF ARM64\n"
			   "M:\tMm <mm@a.example>\n"
			   "M:\tWill <will@a.example>\n"
			   "L:\tarm@l.example\n"
			   "F:\tarch/arm64/mm/mmu.c\n"
			   "\n"
			   "THE REST\n"
			   "M:\tLinus <linus@r.example>\n"
			   "L:\tall@l.example\n"
			   "F:\t*\n"
			   "F:\t*/\n";

static void find(const char *file, struct arena *arena, struct maintainers *out)
{
	maintainers_find(text, strlen(text), file, arena, out);
}

static void the_most_special_section_is_written_to(void **state)
{
	(void)state;
	CLEANUP_ARENA struct arena arena = {0};
	struct maintainers m;
	find("arch/arm64/mm/mmu.c", &arena, &m);
	assert_string_equal(m.section, "MMU OF ARM64");
	assert_int_equal(m.to_count, 2);
	assert_string_equal(m.to[0], "Mm <mm@a.example>");
	assert_string_equal(m.to[1], "Will <will@a.example>");
	assert_int_equal(m.cc_count, 3);
	assert_string_equal(m.cc[0], "arm@l.example");
	assert_string_equal(m.cc[1], "Re <re@a.example>");
	assert_string_equal(m.cc[2], "all@l.example");
}

static void excluded_files_and_plain_words_count(void **state)
{
	(void)state;
	CLEANUP_ARENA struct arena arena = {0};
	struct maintainers m;
	find("arch/arm64/kvm/x.c", &arena, &m);
	assert_string_equal(m.section, "KVM");
	assert_int_equal(m.to_count, 1);
	assert_string_equal(m.to[0], "Marc <marc@k.example>");
	assert_int_equal(m.cc_count, 2);
	find("lib/x.c", &arena, &m);
	assert_string_equal(m.section, "THE REST");
	assert_string_equal(m.to[0], "Linus <linus@r.example>");
}

static void nobody_answers_for_what_no_section_has(void **state)
{
	(void)state;
	CLEANUP_ARENA struct arena arena = {0};
	struct maintainers m;
	maintainers_find("A\nM:\ta@b\nF:\tx/\n", 15, "y/z", &arena, &m);
	assert_null(m.section);
	assert_int_equal(m.to_count + m.cc_count, 0);
	maintainers_find("", 0, "y/z", &arena, &m);
	assert_null(m.section);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(patterns_mean_what_the_files_head_says),
	    cmocka_unit_test(the_most_special_section_is_written_to),
	    cmocka_unit_test(excluded_files_and_plain_words_count),
	    cmocka_unit_test(nobody_answers_for_what_no_section_has),
	};
	return cmocka_run_group_tests_name("results/maintainers", tests, NULL, NULL);
}
