// SPDX-License-Identifier: GPL-2.0-or-later
// lease/: one holder of a thing, in the order in which it was asked for, whoever dies.
#include "unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "lease/lease.h"
#include "lease/note.h"
#include "lease/place.h"
#include "unit/folder.h"

static char *dir;   // scratch
static char *locks; // the folder of the locks

static int set_up(void **state)
{
	(void)state;
	dir = folder_new();
	locks = path_join(dir, "locks");
	setenv("MMFARM_LOCK_DIR", locks, 1);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	folder_remove(dir);
	free(dir);
	free(locks);
	return 0;
}

static const struct lease_claim board = {.thing = "board b1 of /lab"};
static const struct lease_claim port = {.thing = "serial port /dev/ttyUSB0"};

static struct lease *ask(const struct lease_claim *claims, size_t count)
{
	struct lease *l = NULL;
	struct error *e = lease_ask(claims, count, &l);
	if (e)
		fail_msg("%s", error_text(e));
	return l;
}

static bool try_as(struct lease *l, const char *why)
{
	const struct lease_use use = {.board = "b1", .where = dir, .why = why};
	bool held = false;
	struct error *e = lease_try(l, &use, &held);
	if (e)
		fail_msg("%s", error_text(e));
	return held;
}

static bool try(struct lease *l)
{
	return try_as(l, "a test");
}

static char *file_of(const struct lease_claim *c)
{
	CLEANUP_FREE char *name = lease_place_name(c->thing, c->part);
	return path_join(locks, name);
}

// ---- one holder ---------------------------------------------------------------------------------

static void one_at_a_time_and_who_holds_it_is_told(void **state)
{
	(void)state;
	CLEANUP_LEASE struct lease *a = ask(&board, 1);
	CLEANUP_LEASE struct lease *b = ask(&board, 1);
	assert_true(try_as(a, "job nightly"));
	assert_true(try(a));
	assert_false(try(b));
	CLEANUP_FREE char *who = lease_describe_blocker(b);
	CLEANUP_FREE char *start = memory_printf("in use by %s, since 20", dir);
	assert_non_null(strstr(who, start));
	assert_non_null(strstr(who, "(job nightly, user "));
	CLEANUP_FREE char *folder = lease_blocker_folder(b);
	assert_string_equal(folder, dir);
	lease_free(a);
	a = NULL;
	assert_true(try(b));
}

static void what_two_boards_share_is_one_of_theirs(void **state)
{
	(void)state;
	const struct lease_claim one[] = {{.thing = "board b1"}, port};
	const struct lease_claim two[] = {{.thing = "board b2"}, port};
	CLEANUP_LEASE struct lease *a = ask(one, 2);
	CLEANUP_LEASE struct lease *b = ask(two, 2);
	assert_true(try(a));
	assert_false(try(b));
	CLEANUP_FREE char *who = lease_describe_blocker(b);
	assert_non_null(strstr(who, "board b1 for serial port /dev/ttyUSB0)"));
	// Nothing of what was free meanwhile is kept.
	CLEANUP_LEASE struct lease *c = ask(&two[0], 1);
	lease_free(b);
	b = NULL;
	assert_true(try(c));
}

static void parts_of_a_thing_are_two_holders_but_all_of_it_is_one(void **state)
{
	(void)state;
	const struct lease_claim one = {.thing = port.thing, .part = "channel 1"};
	const struct lease_claim two = {.thing = port.thing, .part = "channel 2"};
	CLEANUP_LEASE struct lease *a = ask(&one, 1);
	CLEANUP_LEASE struct lease *b = ask(&two, 1);
	CLEANUP_LEASE struct lease *all = ask(&port, 1);
	CLEANUP_LEASE struct lease *again = ask(&one, 1);
	assert_true(try(a));
	assert_true(try(b));
	assert_false(try(all));
	assert_false(try(again)); // channel 1, and it is behind `all`
	lease_free(a);
	lease_free(b);
	a = b = NULL;
	assert_false(try(again));
	assert_true(try(all));
}

// ---- order --------------------------------------------------------------------------------------

static void who_asked_first_is_served_first(void **state)
{
	(void)state;
	struct lease *l[5];
	for (size_t i = 0; i < 5; i++)
		l[i] = ask(&board, 1);
	for (size_t i = 0; i < 5; i++) {
		for (size_t k = i + 1; k < 5; k++)
			assert_false(try(l[k]));
		assert_true(try(l[i]));
		for (size_t k = i + 1; k < 5; k++)
			assert_false(try(l[k]));
		lease_free(l[i]);
	}
}

static void who_leaves_the_queue_holds_up_nobody(void **state)
{
	(void)state;
	CLEANUP_LEASE struct lease *a = ask(&board, 1);
	CLEANUP_LEASE struct lease *b = ask(&board, 1);
	assert_false(try(b));
	CLEANUP_FREE char *who = lease_describe_blocker(b);
	assert_string_equal(who, "wanted by somebody who asked before");
	lease_free(a);
	a = NULL;
	assert_true(try(b));
}

// Each has a place in the queue that the other one wants: the order is the same in all of them.
static void two_who_want_the_same_two_things_never_wait_for_each_other(void **state)
{
	(void)state;
	const struct lease_claim there[] = {board, port}, back[] = {port, board};
	CLEANUP_LEASE struct lease *a = ask(there, 2);
	CLEANUP_LEASE struct lease *b = ask(back, 2);
	assert_false(try(b));
	assert_true(try(a));
	lease_free(a);
	a = NULL;
	assert_true(try(b));
}

static void who_puts_in_order_goes_first_but_waits_for_the_living(void **state)
{
	(void)state;
	CLEANUP_LEASE struct lease *waiting = ask(&board, 1);
	CLEANUP_LEASE struct lease *recovery = ask(&board, 1);
	lease_go_first(recovery);
	assert_true(try(recovery));
	CLEANUP_LEASE struct lease *second = ask(&board, 1);
	lease_go_first(second);
	assert_false(try(second));
	lease_free(recovery);
	recovery = NULL;
	assert_true(try(waiting));
}

// ---- death --------------------------------------------------------------------------------------

// A process that asks (and takes); it is ended by the caller.
static pid_t fork_with(const struct lease_claim *claim, bool take)
{
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct lease *l = ask(claim, 1);
		if (take && !try_as(l, "a child's"))
			_exit(1);
		if (write(ends[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	char byte;
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	close(ends[0]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void a_killed_holder_holds_nothing(void **state)
{
	(void)state;
	pid_t child = fork_with(&board, true);
	CLEANUP_LEASE struct lease *l = ask(&board, 1);
	assert_false(try(l));
	CLEANUP_FREE char *who = lease_describe_blocker(l);
	assert_non_null(strstr(who, "a child's"));
	end(child);
	assert_true(try(l));
}

static void a_killed_waiter_leaves_the_queue(void **state)
{
	(void)state;
	pid_t child = fork_with(&board, false);
	CLEANUP_LEASE struct lease *l = ask(&board, 1);
	assert_false(try(l));
	end(child);
	assert_true(try(l));
}

static void a_note_of_the_dead_is_not_taken_for_the_holders(void **state)
{
	(void)state;
	end(fork_with(&board, true));
	CLEANUP_FREE char *path = file_of(&board);
	CLEANUP_CLOSE int fd = open(path, O_RDWR | O_CLOEXEC);
	// Somebody who could not write down who he is.
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &lock), 0);
	CLEANUP_LEASE struct lease *l = ask(&board, 1);
	assert_false(try(l));
	CLEANUP_FREE char *who = lease_describe_blocker(l);
	assert_string_equal(who, "in use by somebody who left no name");
}

static void handed_down_it_lasts_until_the_last_has_closed_it(void **state)
{
	(void)state;
	const struct lease_claim claims[] = {board, port};
	struct lease *l = ask(claims, 2);
	assert_true(try(l));
	uint64_t fence = lease_fence(l);
	int fds[LEASE_DESCRIPTORS_MAX];
	size_t count = lease_descriptors(l, fds);
	assert_int_equal(count, 2);
	for (size_t i = 0; i < count; i++)
		fds[i] = dup(fds[i]); // as a child has them
	lease_free(l);
	CLEANUP_LEASE struct lease *child = NULL;
	assert_null(lease_adopt(fds, count, &child));
	assert_true(lease_fence(child) == fence);
	assert_true(lease_is_current(child));
	const struct lease_use use = {.board = "b1", .where = dir, .why = "the worker's"};
	lease_tell(child, &use);
	CLEANUP_LEASE struct lease *other = ask(&port, 1);
	assert_false(try(other));
	CLEANUP_FREE char *who = lease_describe_blocker(other);
	assert_non_null(strstr(who, "the worker's"));
	lease_free(child);
	child = NULL;
	assert_true(try(other));
}

// ---- fences -------------------------------------------------------------------------------------

static void the_fence_rises_with_each_lease(void **state)
{
	(void)state;
	uint64_t last = 0;
	for (int i = 0; i < 50; i++) {
		const struct lease_claim both[] = {board, port};
		CLEANUP_LEASE struct lease *l = ask(i % 2 ? both : &board, i % 2 ? 2 : 1);
		assert_true(lease_fence(l) == 0);
		assert_true(try(l));
		assert_true(lease_fence(l) > last);
		last = lease_fence(l);
	}
}

static void it_rises_also_when_the_clock_went_back_and_whatever_stands_there(void **state)
{
	(void)state;
	CLEANUP_FREE char *name = lease_place_name(board.thing, NULL);
	CLEANUP_FREE char *ahead = memory_printf("{\"fence\": %llu}\n", 9000000000000000ULL);
	lease_free(ask(&board, 1)); // makes the folder
	folder_write(locks, name, ahead);
	CLEANUP_LEASE struct lease *l = ask(&board, 1);
	assert_true(try(l));
	assert_true(lease_fence(l) == 9000000000000001ULL);
	lease_free(l);
	static const char *const junk[] = {"",
					   "{",
					   "[1]",
					   "{\"fence\": -1}",
					   "{\"fence\": \"x\"}",
					   "{\"fence\": 9223372036854775807}"};
	for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++) {
		folder_write(locks, name, junk[i]);
		l = ask(&board, 1);
		assert_true(try(l));
		int64_t now = clock_realtime_ns() / NS_PER_MS;
		assert_true(lease_fence(l) <= (uint64_t)now);
		assert_true(lease_fence(l) + 60000 > (uint64_t)now);
		lease_free(l);
	}
	l = NULL;
}

static void files_that_were_taken_away_are_noticed(void **state)
{
	(void)state;
	CLEANUP_LEASE struct lease *a = ask(&board, 1);
	assert_true(try(a));
	assert_true(lease_is_current(a));
	CLEANUP_FREE char *path = file_of(&board);
	assert_int_equal(unlink(path), 0);
	assert_false(lease_is_current(a));
	CLEANUP_LEASE struct lease *b = ask(&board, 1);
	assert_true(try(b));
	assert_true(lease_fence(b) > 0);
	assert_false(lease_is_current(a));
	assert_true(lease_is_current(b));
}

// ---- what lies in a folder of many --------------------------------------------------------------

static void refused(const char *with)
{
	struct lease *l = NULL;
	CLEANUP_ERROR struct error *e = lease_ask(&board, 1, &l);
	assert_non_null(e);
	if (!strstr(error_text(e), with))
		fail_msg("%s", error_text(e));
}

static void links_pipes_and_folders_are_no_locks(void **state)
{
	(void)state;
	lease_free(ask(&port, 1));
	CLEANUP_FREE char *path = file_of(&board);
	folder_write(dir, "precious", "precious");
	CLEANUP_FREE char *precious = path_join(dir, "precious");
	assert_int_equal(symlink(precious, path), 0);
	refused("symbolic links");
	unlink(path);
	assert_int_equal(link(precious, path), 0);
	refused("not a plain file of its own");
	unlink(path);
	assert_int_equal(mkfifo(path, 0666), 0);
	refused("not a plain file of its own");
	unlink(path);
	assert_int_equal(mkdir(path, 0777), 0);
	refused("Is a directory");
	rmdir(path);
	CLEANUP_FREE char *still = folder_read(dir, "precious");
	assert_string_equal(still, "precious");
}

static void a_folder_that_anybody_may_write_to_is_refused(void **state)
{
	(void)state;
	assert_int_equal(mkdir(locks, 0777), 0);
	assert_int_equal(chmod(locks, 0777), 0);
	refused("only its users may write to");
	assert_int_equal(chmod(locks, 01777), 0);
	refused("only its users may write to");
	rmdir(locks);
	CLEANUP_FREE char *real = path_join(dir, "real");
	assert_int_equal(mkdir(real, 0755), 0);
	assert_int_equal(symlink(real, locks), 0);
	refused("only its users may write to");
}

static void its_folder_is_its_groups_whatever_the_umask(void **state)
{
	(void)state;
	mode_t old = umask(0077);
	lease_free(ask(&board, 1));
	umask(old);
	struct stat st;
	assert_int_equal(stat(locks, &st), 0);
	assert_int_equal(st.st_mode & 07777, 02775);
	CLEANUP_FREE char *path = file_of(&board);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0664);
}

// A file of the full size is written over in place; where that fails too, the lock is held all the same.
static void a_full_disk_costs_the_name_alone(void **state)
{
	(void)state;
	lease_free(ask(&port, 1));
	pid_t pid = fork();
	if (pid == 0) {
		signal(SIGXFSZ, SIG_IGN);
		const struct rlimit none = {0, 0};
		setrlimit(RLIMIT_FSIZE, &none);
		struct lease *l = ask(&board, 1), *other = ask(&board, 1);
		bool right = try(l) && !try(other);
		char *who = lease_describe_blocker(other);
		right &= strcmp(who, "in use by somebody who left no name") == 0;
		_exit(right ? 0 : 1);
	}
	int status;
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void names_of_files_are_plain_and_differ_as_the_things_do(void **state)
{
	(void)state;
	static const char *const things[] = {
	    "",    "..", "/", "a/../../b", "\n", "serial port /dev/x", "serial port /dev/y",
	    "a b", "a-b"};
	const size_t count = sizeof(things) / sizeof(things[0]);
	char *names[9];
	for (size_t i = 0; i < count; i++) {
		names[i] = lease_place_name(things[i], NULL);
		assert_null(strchr(names[i], '/'));
		assert_true(names[i][0] != '.' && strlen(names[i]) < 100);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(names[i], names[k]);
	}
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	CLEANUP_FREE char *whole = lease_place_name("x", NULL);
	CLEANUP_FREE char *part = lease_place_name("x", "1");
	assert_string_not_equal(whole, part);
}

// ---- notes --------------------------------------------------------------------------------------

static void a_note_comes_back_as_it_was_written(void **state)
{
	(void)state;
	const struct lease_note note = {
	    .fence = 7,
	    .board = (char *)(uintptr_t) "b1",
	    .where = (char *)(uintptr_t) "/lab/results/runs/x",
	    .why = (char *)(uintptr_t) "job \"nightly\"",
	    .may_be_on = (char *)(uintptr_t) "since yesterday",
	    .uid = 1000,
	    .pid = 42,
	    .start = 77,
	    .since_ns = 1,
	    .until_ns = 2,
	};
	char bytes[LEASE_NOTE_SIZE];
	lease_note_write(&note, bytes);
	struct lease_note back;
	assert_true(lease_note_read(bytes, sizeof(bytes), &back));
	assert_true(back.fence == 7 && back.uid == 1000 && back.pid == 42 && back.start == 77);
	assert_true(back.since_ns == 1 && back.until_ns == 2);
	assert_string_equal(back.board, note.board);
	assert_string_equal(back.where, note.where);
	assert_string_equal(back.why, note.why);
	assert_string_equal(back.may_be_on, note.may_be_on);
	lease_note_deinit(&back);
}

static void what_is_too_long_for_a_note_costs_no_number(void **state)
{
	(void)state;
	char text[4000];
	memset(text, '"', sizeof(text) - 1); // two bytes each
	text[sizeof(text) - 1] = '\0';
	const struct lease_note note = {.fence = 7, .where = text, .may_be_on = text, .pid = 42};
	char bytes[LEASE_NOTE_SIZE];
	lease_note_write(&note, bytes);
	struct lease_note back;
	assert_true(lease_note_read(bytes, sizeof(bytes), &back));
	assert_true(back.fence == 7 && back.pid == 42);
	lease_note_deinit(&back);
}

static void a_note_drives_no_terminal(void **state)
{
	(void)state;
	static const char text[] = "{\"why\": \"a\\u001b[2Jb\\nc\"}";
	struct lease_note note;
	assert_true(lease_note_read(text, strlen(text), &note));
	assert_string_equal(note.why, "a?[2Jb?c");
	lease_note_deinit(&note);
}

static void power_that_may_be_on_is_kept_until_it_is_off(void **state)
{
	(void)state;
	assert_null(lease_read_power(&board));
	struct lease *l = ask(&board, 1);
	assert_true(try(l));
	lease_note_power(l, "the switch did not answer");
	lease_free(l);
	CLEANUP_FREE char *why = lease_read_power(&board);
	assert_string_equal(why, "the switch did not answer");
	l = ask(&board, 1);
	assert_true(try(l)); // a new holder alone does not switch it off
	CLEANUP_FREE char *still = lease_read_power(&board);
	assert_string_equal(still, "the switch did not answer");
	lease_note_power(l, NULL);
	lease_free(l);
	assert_null(lease_read_power(&board));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(one_at_a_time_and_who_holds_it_is_told),
	    TEST(what_two_boards_share_is_one_of_theirs),
	    TEST(parts_of_a_thing_are_two_holders_but_all_of_it_is_one),
	    TEST(who_asked_first_is_served_first),
	    TEST(who_leaves_the_queue_holds_up_nobody),
	    TEST(two_who_want_the_same_two_things_never_wait_for_each_other),
	    TEST(who_puts_in_order_goes_first_but_waits_for_the_living),
	    TEST(a_killed_holder_holds_nothing),
	    TEST(a_killed_waiter_leaves_the_queue),
	    TEST(a_note_of_the_dead_is_not_taken_for_the_holders),
	    TEST(handed_down_it_lasts_until_the_last_has_closed_it),
	    TEST(the_fence_rises_with_each_lease),
	    TEST(it_rises_also_when_the_clock_went_back_and_whatever_stands_there),
	    TEST(files_that_were_taken_away_are_noticed),
	    TEST(links_pipes_and_folders_are_no_locks),
	    TEST(a_folder_that_anybody_may_write_to_is_refused),
	    TEST(its_folder_is_its_groups_whatever_the_umask),
	    TEST(a_full_disk_costs_the_name_alone),
	    TEST(names_of_files_are_plain_and_differ_as_the_things_do),
	    TEST(a_note_comes_back_as_it_was_written),
	    TEST(what_is_too_long_for_a_note_costs_no_number),
	    TEST(a_note_drives_no_terminal),
	    TEST(power_that_may_be_on_is_kept_until_it_is_off),
	};
	return cmocka_run_group_tests_name("lease", tests, NULL, NULL);
}
