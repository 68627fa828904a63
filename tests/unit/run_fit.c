// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a kernel can run and speak on a board, told before and behind the boot.
#include "unit/unit.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "run/fit.h"
#include "run/known_well.h"
#include "unit/folder.h"

static void a_granule_that_the_cpu_lacks_is_refused(void **state)
{
	(void)state;
	static const struct {
		uint32_t midr;
		unsigned granule;
		bool refused;
	} cases[] = {
	    {0x410fd083, 16384, true},  {0x410fd083, 4096, false},  {0x410fd083, 65536, false},
	    {0x411fd072, 16384, true},  {0x410fd034, 16384, true},  {0x410fd083, 0, false},
	    {0x414fd0b1, 16384, false}, {0x410fd823, 16384, false}, {0x510fd083, 16384, false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct image_head head = {.form = IMAGE_ARM64, .granule = cases[i].granule};
		const struct cpu_config cpu = {.name = "Cortex", .midr = cases[i].midr};
		CLEANUP_FREE char *why = fit_refuse(&head, &cpu);
		assert_int_equal(why != NULL, cases[i].refused);
		if (why)
			assert_string_equal(
			    why, "the Image is for pages of 16K, which Cortex has not: it would "
				 "print nothing. Nothing was booted; a kernel with "
				 "CONFIG_ARM64_4K_PAGES or another CPU would do");
	}
}

static void arguments_are_read_word_by_word(void **state)
{
	(void)state;
	assert_true(fit_has_argument("quiet console=ttyAMA0", "console", false));
	assert_true(fit_has_argument("\tearlycon ", "earlycon", true));
	assert_true(fit_has_argument("earlycon=pl011,0x9000000", "earlycon", true));
	assert_false(fit_has_argument("earlycon", "earlycon", false));
	assert_false(fit_has_argument("netconsole=x xconsole=y console=", "console", false));
	assert_false(fit_has_argument("earlycons", "earlycon", true));
	assert_false(fit_has_argument("", "console", true));
}

static void silence_is_explained_by_what_the_kernel_was_told(void **state)
{
	(void)state;
	struct fit_silence s = fit_explain_silence("console=ttyAMA0 earlycon");
	assert_int_equal(s.verdict, STATUS_FAIL);
	assert_string_equal(s.code, "");
	assert_non_null(strstr(s.cause, "its first instructions"));
	s = fit_explain_silence("console=ttyS0");
	assert_int_equal(s.verdict, STATUS_FAIL);
	assert_non_null(strstr(s.cause, "console= names none of the board's"));
	s = fit_explain_silence("panic=-1");
	assert_int_equal(s.verdict, STATUS_ERROR);
	assert_string_equal(s.code, "NoConsole");
}

// ---- what is known of a board ---------------------------------------------------------------------

static void spoke(const char *dir, const char *run, const char *text, int64_t at_s)
{
	CLEANUP_FREE char *name = memory_printf("runs/%s/console.raw", run);
	CLEANUP_FREE char *path = path_join(dir, name);
	const struct timespec times[2] = {{.tv_sec = at_s}, {.tv_sec = at_s}};
	folder_write(dir, name, text);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void a_board_that_spoke_within_the_hour_is_well(void **state)
{
	(void)state;
	char *dir = folder_new();
	const int64_t now_s = 1000000000;
	assert_null(known_well(dir, "b1", "own", now_s * NS_PER_S));
	spoke(dir, "N1~b1~boot~1", "old", now_s - KNOWN_WELL_S);
	spoke(dir, "N2~b1~boot~1", "", now_s - 60);
	spoke(dir, "N2~b10~boot~1", "another board", now_s - 60);
	spoke(dir, "N2~c~b1~1", "another board", now_s - 60);
	spoke(dir, "N3~b1~boot~1", "this very run", now_s - 60);
	assert_null(known_well(dir, "b1", "N3~b1~boot~1", now_s * NS_PER_S));
	spoke(dir, "N4~b1~boot~1", "hello", now_s - 12 * 60);
	spoke(dir, "N5~b1~boot~1", "hello", now_s - 20 * 60);
	CLEANUP_FREE char *why = known_well(dir, "b1", "N3~b1~boot~1", now_s * NS_PER_S);
	assert_string_equal(why, "it spoke 12 min before, in run N4~b1~boot~1");
	folder_remove(dir);
	free(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_granule_that_the_cpu_lacks_is_refused),
	    cmocka_unit_test(arguments_are_read_word_by_word),
	    cmocka_unit_test(silence_is_explained_by_what_the_kernel_was_told),
	    cmocka_unit_test(a_board_that_spoke_within_the_hour_is_well),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
