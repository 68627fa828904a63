// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <unistd.h>

#include "base/memory.h"
#include "config/locate.h"
#include "unit/folder.h"

// Where `name` is found with a lab's folder DIR/site and a shipped one DIR/shipped, from DIR on: "" is
// the name itself.
static void expect(const char *dir, const char *name, const char *found)
{
	CLEANUP_FREE char *site = memory_printf("%s/site", dir);
	CLEANUP_FREE char *shipped = memory_printf("%s/shipped", dir);
	CLEANUP_FREE char *path = config_locate_in(name, site, shipped);
	CLEANUP_FREE char *wanted =
	    *found ? memory_printf("%s/%s", dir, found) : memory_strdup(name);
	assert_string_equal(path, wanted);
}

static void what_is_here_goes_before_the_labs_and_that_before_the_shipped(void **state)
{
	(void)state;
	CLEANUP_FREE char *dir = folder_new();
	expect(dir, "locate-me", "");
	folder_write(dir, "shipped/locate-me/a.yaml", "");
	expect(dir, "locate-me", "shipped/locate-me");
	folder_write(dir, "site/locate-me/a.yaml", "");
	expect(dir, "locate-me", "site/locate-me");
	CLEANUP_FREE char *back = getcwd(NULL, 0);
	folder_write(dir, "locate-me/a.yaml", "");
	assert_int_equal(chdir(dir), 0);
	expect(dir, "locate-me", "");
	assert_int_equal(chdir(back), 0);
	expect(dir, "locate-me", "site/locate-me");
	folder_remove(dir);
}

static void a_path_is_never_looked_for_elsewhere(void **state)
{
	(void)state;
	CLEANUP_FREE char *dir = folder_new();
	folder_write(dir, "site/sub/name", "");
	expect(dir, "sub/name", "");
	expect(dir, "./name", "");
	folder_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_here_goes_before_the_labs_and_that_before_the_shipped),
	    cmocka_unit_test(a_path_is_never_looked_for_elsewhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
