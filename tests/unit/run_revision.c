// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <stdlib.h>

#include "base/file.h"
#include "run/revision.h"
#include "unit/folder.h"

static void assert_digits(const char *stamp, const char *digits)
{
	char found[41];
	bool any = revision_parse(stamp, found);
	if (any != (digits != NULL) || (any && strcmp(found, digits) != 0))
		fail_msg("%s: found %s, wanted %s", stamp, any ? found : "none",
			 digits ? digits : "none");
}

static void a_release_ends_with_its_commit(void **state)
{
	(void)state;
	assert_digits("7.1.0-rc2-00012-g0123456789ab", "0123456789ab");
	assert_digits("6.12.0-rc1-next-20260604-g01234567", "01234567");
	assert_digits("v1.2-3-gabcdef0", "abcdef0");
	assert_digits("abcdef0", "abcdef0"); // git describe --always
	assert_digits("0123456789abcdef0123456789abcdef01234567",
		      "0123456789abcdef0123456789abcdef01234567");
}

static void a_release_that_names_no_commit_has_none(void **state)
{
	(void)state;
	assert_digits("7.3.0-rc7", NULL);
	assert_digits("6.1.0-18-arm64", NULL);
	assert_digits("6.1.0-2600000", NULL);    // digits, no -g before them
	assert_digits("6.6.0-bigfeedbed", NULL); // a word that looks like them
	assert_digits("7.1.0-g012345", NULL);    // too short
	assert_digits("none", NULL);
	assert_digits("", NULL);
}

static void a_changed_tree_is_no_commit(void **state)
{
	(void)state;
	assert_digits("abcdef0-dirty", NULL);
	assert_digits("7.1.0-rc2-00012-g0123456789ab-dirty", NULL);
	assert_digits("7.1.0-rc2-00012-g0123456789ab+", NULL);
}

static int make_folder(void **state)
{
	*state = folder_new();
	return 0;
}

static int remove_folder(void **state)
{
	folder_remove(*state);
	free(*state);
	return 0;
}

// An image of 3 MiB with the text at `at`.
static char *make_image(const char *dir, const char *text, size_t at)
{
	static char bytes[3 << 20];
	memset(bytes, 0x5a, sizeof(bytes));
	memcpy(bytes + at, text, strlen(text) + 1);
	char *path = path_join(dir, "image");
	assert_null(file_write_atomic(path, bytes, sizeof(bytes)));
	return path;
}

static void the_stamp_is_found_wherever_it_lies(void **state)
{
	static const char text[] = "Linux version 7.1.0-00001-g"
				   "0123456789abcdef0123456789abcdef01234567 (u@h) (gcc) #1 SMP";
	for (size_t at = (1 << 20) - 120; at < (1 << 20) + 120; at += 7) {
		CLEANUP_FREE char *path = make_image(*state, text, at);
		struct revision r;
		revision_find(path, PAYLOAD_KERNEL, path, &r);
		assert_non_null(r.commit);
		assert_string_equal(r.commit, "0123456789abcdef0123456789abcdef01234567");
		revision_deinit(&r);
	}
}

static void the_tree_around_the_file_proves_nothing(void **state)
{
	CLEANUP_FREE char *path = make_image(*state, "Linux version 7.1.0 (u@h)", 4096);
	struct revision r;
	// "." is within this project's own work tree, as far as there is one.
	revision_find(path, PAYLOAD_KERNEL, "./Image", &r);
	assert_null(r.commit);
	assert_null(r.name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_release_ends_with_its_commit),
	    cmocka_unit_test(a_release_that_names_no_commit_has_none),
	    cmocka_unit_test(a_changed_tree_is_no_commit),
	    cmocka_unit_test_setup_teardown(the_stamp_is_found_wherever_it_lies, make_folder,
					    remove_folder),
	    cmocka_unit_test_setup_teardown(the_tree_around_the_file_proves_nothing, make_folder,
					    remove_folder),
	};
	return cmocka_run_group_tests_name("run/revision", tests, NULL, NULL);
}
