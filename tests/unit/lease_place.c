// SPDX-License-Identifier: GPL-2.0-or-later
// lease/place.c: which folder the locks lie in, and whose other folders are looked into. Needs root for
// what other users make; without it those parts are left out.
#include "unit/unit.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "lease/place.h"
#include "unit/folder.h"

#define STRANGER 54321 // a user of no group that locks are for
#define OTHER    54322

static char *root;

static int set_up(void **state)
{
	(void)state;
	root = folder_new();
	chmod(root, 01777); // as /run/lock is
	unsetenv("MMFARM_LOCK_DIR");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	folder_remove(root);
	free(root);
	return 0;
}

static void become(uid_t uid)
{
	if (getuid() != 0)
		skip();
	assert_int_equal(setgroups(0, NULL), 0);
	assert_int_equal(setegid(uid), 0);
	assert_int_equal(seteuid(uid), 0);
}

static void be_root(void)
{
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(setegid(0), 0);
}

static char *place_of(struct lease_place *p)
{
	struct error *e = lease_place_find_below(root, p);
	if (e)
		fail_msg("%s", error_text(e));
	return p->dir + strlen(root);
}

static bool looks_into(const struct lease_place *p, const char *name)
{
	CLEANUP_FREE char *dir = path_join(root, name);
	for (size_t i = 0; i < p->others_count; i++)
		if (strcmp(p->others[i], dir) == 0)
			return true;
	return false;
}

static void root_makes_the_folder_of_all_users(void **state)
{
	(void)state;
	if (getuid() != 0)
		skip();
	CLEANUP_LEASE_PLACE struct lease_place p = {0};
	assert_string_equal(place_of(&p), "/mmfarm");
	struct stat st;
	assert_int_equal(stat(p.dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 02775);
	const struct group *g = getgrnam("mmfarm") ? getgrnam("mmfarm") : getgrnam("dialout");
	if (g)
		assert_int_equal(st.st_gid, g->gr_gid);
}

static void who_may_not_write_there_has_a_folder_of_his_own_and_looks_into_it(void **state)
{
	(void)state;
	CLEANUP_LEASE_PLACE struct lease_place all = {0};
	if (getuid() == 0)
		place_of(&all);
	become(STRANGER);
	CLEANUP_LEASE_PLACE struct lease_place p = {0};
	assert_string_equal(place_of(&p), "/mmfarm-54321");
	assert_true(looks_into(&p, "mmfarm"));
	assert_int_equal(p.others_count, 1);
	be_root();
	CLEANUP_LEASE_PLACE struct lease_place again = {0};
	assert_string_equal(place_of(&again), "/mmfarm");
	assert_true(looks_into(&again, "mmfarm-54321"));
}

static void a_stranger_makes_no_folder_for_all(void **state)
{
	(void)state;
	become(STRANGER);
	CLEANUP_LEASE_PLACE struct lease_place p = {0};
	mode_t old = umask(0077);
	assert_string_equal(place_of(&p), "/mmfarm-54321");
	umask(old);
	struct stat st;
	assert_int_equal(stat(p.dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755); // others look into it
	be_root();
}

static void folders_are_their_users_or_nobodys(void **state)
{
	(void)state;
	become(OTHER);
	static const char *const names[] = {"mmfarm-54322", "mmfarm-54999", "mmfarm-1x", "mmfarm-",
					    "mmfarmer-54322"};
	for (size_t i = 0; i < 5; i++) {
		CLEANUP_FREE char *dir = path_join(root, names[i]);
		assert_int_equal(mkdir(dir, 0755), 0);
	}
	CLEANUP_FREE char *link = path_join(root, "mmfarm-54323");
	assert_int_equal(symlink("/tmp", link), 0);
	be_root();
	become(STRANGER);
	CLEANUP_LEASE_PLACE struct lease_place p = {0};
	place_of(&p);
	assert_int_equal(p.others_count, 1);
	assert_true(looks_into(&p, "mmfarm-54322"));
	be_root();
}

static void a_strangers_folder_for_all_is_not_used(void **state)
{
	(void)state;
	become(OTHER);
	CLEANUP_FREE char *dir = path_join(root, "mmfarm");
	assert_int_equal(mkdir(dir, 0775), 0);
	be_root();
	assert_int_equal(chmod(dir, 0777), 0);
	become(STRANGER);
	CLEANUP_LEASE_PLACE struct lease_place p = {0};
	assert_string_equal(place_of(&p), "/mmfarm-54321");
	assert_false(looks_into(&p, "mmfarm"));
	be_root();
}

static void a_folder_that_another_made_in_our_name_is_refused(void **state)
{
	(void)state;
	become(OTHER);
	CLEANUP_FREE char *dir = path_join(root, "mmfarm-54321");
	assert_int_equal(mkdir(dir, 0777), 0);
	be_root();
	become(STRANGER);
	CLEANUP_LEASE_PLACE struct lease_place p = {0};
	CLEANUP_ERROR struct error *e = lease_place_find_below(root, &p);
	be_root();
	assert_non_null(e);
	assert_non_null(strstr(error_text(e), "only its users may write to"));
}

static void a_file_that_cannot_be_looked_at_may_be_a_holders(void **state)
{
	(void)state;
	folder_write(root, "theirs/closed", "x");
	CLEANUP_FREE char *dir = path_join(root, "theirs");
	CLEANUP_FREE char *closed = path_join(dir, "closed");
	assert_int_equal(chmod(closed, 0), 0);
	become(STRANGER);
	int fd = -1;
	CLEANUP_ERROR struct error *e = lease_place_look(dir, "closed", &fd);
	CLEANUP_ERROR struct error *none = lease_place_look(dir, "nothing", &fd);
	be_root();
	assert_non_null(e);
	assert_null(none);
	assert_int_equal(fd, -1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(root_makes_the_folder_of_all_users),
	    TEST(who_may_not_write_there_has_a_folder_of_his_own_and_looks_into_it),
	    TEST(a_stranger_makes_no_folder_for_all),
	    TEST(folders_are_their_users_or_nobodys),
	    TEST(a_strangers_folder_for_all_is_not_used),
	    TEST(a_folder_that_another_made_in_our_name_is_refused),
	    TEST(a_file_that_cannot_be_looked_at_may_be_a_holders),
	};
	return cmocka_run_group_tests_name("lease/place", tests, NULL, NULL);
}
