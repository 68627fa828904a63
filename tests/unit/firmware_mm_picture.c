// SPDX-License-Identifier: GPL-2.0-or-later
// The leaf picture of the linear map, line by line: for the stand-in image at the place of a kernel
// that was measured, and against that kernel's own page-table dumps where they are at hand.
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "mm/crc32.h"
#include "mm/walk_print.h"
#include "unit/firmware/system.h"

#define LINES_MAX 4096

struct lines {
	unsigned count;
	char line[LINES_MAX][WALK_LINE_MAX];
};

static void add_line(void *context, const struct walk_run *run)
{
	struct lines *lines = context;

	assert_true(lines->count < LINES_MAX);
	assert_int_equal(walk_format(lines->line[lines->count], run),
			 strlen(lines->line[lines->count]));
	lines->count++;
}

// Boots `config` through S10 and takes the lines of [base, end of RAM or of what precedes the
// pool).
static void take_picture(const struct system_config *config, bool with_pool, struct lines *lines)
{
	static struct system system;

	lines->count = 0;
	system_boot(&system, config, STAGE_RODATA_RO);
	struct range linear = mm_linear_range(&system.mm);
	vaddr_t end = with_pool ? linear.end : mm_linear(&system.mm, system.mm.kfence.start);
	struct walk_summary summary =
	    walk_summarise(&system.mm, linear.start, end, add_line, lines);
	system_assert_sound(&system);
	system_deinit(&system);

	uint32_t crc = 0;
	for (unsigned i = 0; i < lines->count; i++)
		crc = crc32_update(crc, lines->line[i], strlen(lines->line[i]));
	assert_int_equal(summary.lines, lines->count);
	assert_int_equal(summary.crc, crc);
}

static struct system_config config_of(uint64_t gib, bool capable, enum order order)
{
	struct system_config config = system_default();

	config.ram.count = 0;
	ranges_add(&config.ram, 0x40000000, 0x40000000 + (gib << 30));
	config.cap_boot = config.cap_others = capable;
	config.policy.order = order;
	return config;
}

static void assert_picture(const struct system_config *config, const char *const *expected,
			   unsigned count)
{
	struct lines *lines = malloc(sizeof(*lines));

	assert_non_null(lines);
	take_picture(config, true, lines);
	for (unsigned i = 0; i < count && i < lines->count; i++)
		assert_string_equal(lines->line[i], expected[i]);
	assert_int_equal(lines->count, count);
	free(lines);
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

// What 2 and 6 GiB have in common.
#define FIRST_32_MIB                                                                          \
	"#w 0xffff000000000000-0xffff000000200000 2M PMD - RW NX - BLK MEM/NORMAL-TAGGED",    \
	    "#w 0xffff000000200000-0xffff000000400000 2M PMD - ro NX - BLK MEM/NORMAL",       \
	    "#w 0xffff000000400000-0xffff000000510000 1088K PTE - ro NX CON - MEM/NORMAL",    \
	    "#w 0xffff000000510000-0xffff0000005e0000 832K PTE - RW NX CON - "                \
	    "MEM/NORMAL-TAGGED",                                                              \
	    "#w 0xffff0000005e0000-0xffff0000006a0000 768K PTE F RW NX CON - "                \
	    "MEM/NORMAL-TAGGED",                                                              \
	    "#w 0xffff0000006a0000-0xffff0000006ab000 44K PTE F RW NX - - MEM/NORMAL-TAGGED", \
	    "#w 0xffff0000006ab000-0xffff0000006b0000 20K PTE - RW NX - - MEM/NORMAL-TAGGED", \
	    "#w 0xffff0000006b0000-0xffff000000800000 1344K PTE - RW NX CON - "               \
	    "MEM/NORMAL-TAGGED",                                                              \
	    "#w 0xffff000000800000-0xffff000002000000 24M PMD - RW NX - BLK MEM/NORMAL-TAGGED"

static void two_gib_on_a_capable_cpu(void **state)
{
	static const char *const expected[] = {
	    FIRST_32_MIB,
	    "#w 0xffff000002000000-0xffff00007e000000 1984M PMD - RW NX CON BLK MEM/NORMAL-TAGGED",
	    "#w 0xffff00007e000000-0xffff00007fe00000 30M PMD - RW NX - BLK MEM/NORMAL-TAGGED",
	    "#w 0xffff00007fe00000-0xffff000080000000 2M PTE - RW NX - - MEM/NORMAL-TAGGED",
	};
	struct system_config config = config_of(2, true, ORDER_TEXTRO);
	(void)state;
	assert_picture(&config, expected, COUNT(expected));
	assert_int_equal(splats, 0);
}

static void six_gib_on_a_capable_cpu(void **state)
{
	static const char *const expected[] = {
	    FIRST_32_MIB,
	    "#w 0xffff000002000000-0xffff000040000000 992M PMD - RW NX CON BLK MEM/NORMAL-TAGGED",
	    "#w 0xffff000040000000-0xffff000140000000 4G PUD - RW NX - BLK MEM/NORMAL-TAGGED",
	    "#w 0xffff000140000000-0xffff00017e000000 992M PMD - RW NX CON BLK MEM/NORMAL-TAGGED",
	    "#w 0xffff00017e000000-0xffff00017fe00000 30M PMD - RW NX - BLK MEM/NORMAL-TAGGED",
	    "#w 0xffff00017fe00000-0xffff000180000000 2M PTE - RW NX - - MEM/NORMAL-TAGGED",
	};
	struct system_config config = config_of(6, true, ORDER_TEXTRO);
	(void)state;
	assert_picture(&config, expected, COUNT(expected));
	assert_int_equal(splats, 0);
}

static void everything_is_pages_on_another_cpu(void **state)
{
	static const char *const expected[] = {
	    "#w 0xffff000000000000-0xffff000000200000 2M PTE - RW NX - - MEM/NORMAL-TAGGED",
	    "#w 0xffff000000200000-0xffff000000510000 3136K PTE - ro NX - - MEM/NORMAL",
	    "#w 0xffff000000510000-0xffff0000005e0000 832K PTE - RW NX - - MEM/NORMAL-TAGGED",
	    "#w 0xffff0000005e0000-0xffff0000006ab000 812K PTE F RW NX - - MEM/NORMAL-TAGGED",
	    "#w 0xffff0000006ab000-0xffff000080000000 2090324K PTE - RW NX - - MEM/NORMAL-TAGGED",
	};
	struct system_config config = config_of(2, false, ORDER_TEXTRO);
	(void)state;
	assert_picture(&config, expected, COUNT(expected));
}

static void the_premap_order_leaves_the_alias_writable(void **state)
{
	struct system_config config = config_of(2, true, ORDER_PREMAP);
	struct lines *lines = malloc(sizeof(*lines));
	(void)state;

	assert_non_null(lines);
	take_picture(&config, true, lines);
	assert_int_equal(splats, 2);
	assert_string_equal(
	    lines->line[3],
	    "#w 0xffff000000510000-0xffff0000006a0000 1600K PTE - RW NX CON - MEM/NORMAL-TAGGED");
	assert_string_equal(
	    lines->line[4],
	    "#w 0xffff0000006a0000-0xffff0000006b0000 64K PTE - RW NX - - MEM/NORMAL-TAGGED");
	free(lines);
}

static void the_image_mapping(void **state)
{
	static const char *const expected[] = {
	    "#w 0xffff800080000000-0xffff800080200000 2M PMD - ro x - BLK MEM/NORMAL",
	    "#w 0xffff800080200000-0xffff800080230000 192K PTE - ro x CON - MEM/NORMAL",
	    "#w 0xffff800080230000-0xffff800080310000 896K PTE - ro NX CON - MEM/NORMAL",
	    "#w 0xffff800080310000-0xffff8000804a0000 1600K PTE - RW NX CON - MEM/NORMAL",
	    "#w 0xffff8000804a0000-0xffff8000804ab000 44K PTE - RW NX - - MEM/NORMAL",
	};
	static struct system system;
	struct system_config config = system_default();
	struct lines *lines = calloc(1, sizeof(*lines));
	(void)state;

	assert_non_null(lines);
	system_boot(&system, &config, STAGE_RODATA_RO);
	vaddr_t start = image_base(system.mm.geometry);
	walk_summarise(&system.mm, start, start + 0x40000000, add_line, lines);
	system_deinit(&system);
	assert_int_equal(lines->count, COUNT(expected));
	for (unsigned i = 0; i < COUNT(expected); i++)
		assert_string_equal(lines->line[i], expected[i]);
	free(lines);
}

static bool has_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
		if ((at == text || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
			return true;
	return false;
}

// A line of the kernel's ptdump in our words; false when it describes no leaves.
static bool translate(const char *text, char line[WALK_LINE_MAX], vaddr_t *start)
{
	unsigned long first, end;
	char size[16], level[8], rest[160], type[32];
	int used;

	if (sscanf(text, "0x%lx-0x%lx %15s %7s %n", &first, &end, size, level, &used) != 4)
		return false;
	snprintf(rest, sizeof(rest), "%s", text + used);
	rest[strcspn(rest, "\r\n")] = '\0';
	const char *last = strrchr(rest, ' ');
	if (!last || sscanf(last, " %31s", type) != 1)
		return false;
	snprintf(line, WALK_LINE_MAX, "#w 0x%lx-0x%lx %s %s %s %s %s %s %s %s", first, end, size,
		 level, has_word(rest, "F") ? "F" : "-", has_word(rest, "ro") ? "ro" : "RW",
		 has_word(rest, "NX") ? "NX" : "x", has_word(rest, "CON") ? "CON" : "-",
		 has_word(rest, "BLK") ? "BLK" : "-", type);
	*start = first;
	return true;
}

// The dump's lines of the linear map below `pool`. What is left out is the kfence pool: the kernel
// has taken its guard pages away one by one, which is no part of the model.
static bool read_dump(const char *name, vaddr_t pool, struct lines *lines)
{
	const char *shared = getenv("MMFARM_SHARED");
	char command[512];
	char text[512];
	bool inside = false;
	bool read = false;

	snprintf(command, sizeof(command), "xz -dc '%s/data/kernel-logs/%s' 2>/dev/null",
		 shared ? shared : "../shared", name);
	FILE *pipe = popen(command, "r");
	assert_non_null(pipe);
	lines->count = 0;
	while (fgets(text, sizeof(text), pipe)) {
		vaddr_t start;
		if (strstr(text, "---[ Linear Mapping"))
			inside = strstr(text, "start") != NULL;
		if (!inside || lines->count == LINES_MAX ||
		    !translate(text, lines->line[lines->count], &start))
			continue;
		read = true;
		if (start < pool)
			lines->count++;
	}
	pclose(pipe);
	return read;
}

static void assert_like_kernel(const char *dump, const struct system_config *config)
{
	struct lines *ours = malloc(sizeof(*ours));
	struct lines *theirs = malloc(sizeof(*theirs));
	vaddr_t end = linear_base(geometry_get(GRANULE_4K)) +
		      (config->ram.range[0].end - config->ram.range[0].start);

	assert_true(ours && theirs);
	if (!read_dump(dump, end - 0x200000, theirs)) {
		print_message("# %s: no ../shared/data or no xz\n", dump);
		free(ours);
		free(theirs);
		skip();
	}
	take_picture(config, false, ours);
	for (unsigned i = 0; i < ours->count && i < theirs->count; i++)
		assert_string_equal(ours->line[i], theirs->line[i]);
	assert_int_equal(ours->count, theirs->count);
	free(ours);
	free(theirs);
}

static void agrees_with_the_kernel_that_takes_the_alias_with_the_text(void **state)
{
	struct system_config config = config_of(6, true, ORDER_TEXTRO);
	(void)state;
	assert_like_kernel("ptdump-ORDER_textro-x4midr-6G.log.xz", &config);
}

static void agrees_with_the_kernel_that_has_the_bug(void **state)
{
	struct system_config config = config_of(2, true, ORDER_PREMAP);
	(void)state;
	assert_like_kernel("ptdump-ORDER_premap-x4midr-2G.SPLAT.log.xz", &config);
}

static void agrees_with_the_kernel_on_a_cpu_without_the_capability(void **state)
{
	struct system_config config = config_of(2, false, ORDER_RODATARO);
	(void)state;
	assert_like_kernel("ptdump-ORDER_rodataro-a72-2G.log.xz", &config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(two_gib_on_a_capable_cpu),
	    cmocka_unit_test(six_gib_on_a_capable_cpu),
	    cmocka_unit_test(everything_is_pages_on_another_cpu),
	    cmocka_unit_test(the_premap_order_leaves_the_alias_writable),
	    cmocka_unit_test(the_image_mapping),
	    cmocka_unit_test(agrees_with_the_kernel_that_takes_the_alias_with_the_text),
	    cmocka_unit_test(agrees_with_the_kernel_that_has_the_bug),
	    cmocka_unit_test(agrees_with_the_kernel_on_a_cpu_without_the_capability),
	};
	return cmocka_run_group_tests_name("firmware/mm/picture", tests, NULL, NULL);
}
