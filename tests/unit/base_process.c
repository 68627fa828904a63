// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"
#include "base/title.h"
#include "unit/folder.h"

#define LIMIT_NS (60 * NS_PER_S)

// Files of an earlier test.
static void forget_pids(const char *folder)
{
	for (char name = 'a'; name <= 'd'; name++) {
		CLEANUP_FREE char *path = memory_printf("%s/%c", folder, name);
		unlink(path);
	}
}

static struct process start(const char *folder, const char *script, bool detach)
{
	forget_pids(folder);
	const char *const argv[] = {"/bin/sh", "-c", script, NULL};
	const struct process_spec spec = {.argv = argv,
					  .cwd = folder,
					  .in = -1,
					  .out = -1,
					  .err = -1,
					  .pass = -1,
					  .guard = true,
					  .detach = detach};
	struct process p = PROCESS_NONE;
	assert_null(process_spawn(&spec, &p));
	return p;
}

// The pid that a script wrote; waits for it.
static pid_t read_pid(const char *folder, const char *name)
{
	CLEANUP_FREE char *path = memory_printf("%s/%s", folder, name);
	int64_t limit = clock_monotonic_ns() + LIMIT_NS;
	while (clock_monotonic_ns() < limit) {
		CLEANUP_BUFFER struct buffer text = {0};
		CLEANUP_ERROR struct error *e = file_read(path, 100, ERROR_LAB, &text);
		if (!e && strchr(buffer_str(&text), '\n'))
			return atoi(buffer_str(&text));
		poll(NULL, 0, 5);
	}
	fail_msg("%s never came", path);
	return 0;
}

// A zombie that its new parent has not looked after yet is gone as well.
static bool lives(pid_t pid)
{
	CLEANUP_FREE char *path = memory_printf("/proc/%d/stat", (int)pid);
	CLEANUP_BUFFER struct buffer text = {0};
	CLEANUP_ERROR struct error *e = file_read(path, 4096, ERROR_LAB, &text);
	const char *state = strrchr(buffer_str(&text), ')');
	return !e && state && state[2] != 'Z' && state[2] != 'X';
}

static void assert_gone(pid_t pid)
{
	int64_t limit = clock_monotonic_ns() + LIMIT_NS;
	while (lives(pid) && clock_monotonic_ns() < limit)
		poll(NULL, 0, 5);
	bool still = lives(pid);
	if (still)
		kill(pid, SIGKILL);
	assert_false(still);
}

// Detached in all the ways: another group, another session, no parent left.
#define LEAVES                                                    \
	"rm -f a b\n"                                             \
	"setsid sh -c 'echo $$ >a; exec sleep 1000' &\n"          \
	"(setsid setsid sh -c 'echo $$ >b; exec sleep 1000' &)\n" \
	"while [ ! -s a ] || [ ! -s b ]; do sleep 0.01; done\n"

static void what_a_program_left_is_ended_and_named(void **state)
{
	struct process p = start(*state, LEAVES "exit 7", false);
	assert_true(process_wait(&p, clock_monotonic_ns() + LIMIT_NS));
	assert_int_equal(WEXITSTATUS(p.status), 7);
	assert_non_null(p.left);
	assert_non_null(strstr(p.left, "sleep ("));
	assert_gone(read_pid(*state, "a"));
	assert_gone(read_pid(*state, "b"));
	process_deinit(&p);
}

static void what_a_program_may_leave_goes_on(void **state)
{
	struct process p = start(*state, LEAVES, true);
	assert_true(process_wait(&p, clock_monotonic_ns() + LIMIT_NS));
	assert_null(p.left);
	process_deinit(&p);
	pid_t a = read_pid(*state, "a"), b = read_pid(*state, "b");
	assert_true(lives(a) && lives(b));
	kill(a, SIGKILL);
	kill(b, SIGKILL);
}

static void ending_a_program_ends_all_of_it(void **state)
{
	struct process p = start(*state, LEAVES "echo $$ >c; exec sleep 1000", true);
	pid_t c = read_pid(*state, "c"), a = read_pid(*state, "a"), b = read_pid(*state, "b");
	process_deinit(&p);
	assert_false(lives(a) || lives(b) || lives(c));
}

static void a_sigkill_of_the_starter_leaves_nothing(void **state)
{
	forget_pids(*state);
	pid_t starter = fork();
	if (starter == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		start(*state, LEAVES "echo $$ >c; exec sleep 1000", false);
		for (;;)
			pause();
	}
	pid_t c = read_pid(*state, "c"), a = read_pid(*state, "a"), b = read_pid(*state, "b");
	assert_true(lives(a) && lives(b) && lives(c));
	kill(starter, SIGKILL);
	waitpid(starter, NULL, 0);
	assert_gone(a);
	assert_gone(b);
	assert_gone(c);
}

static void signals_reach_the_program_through_its_guard(void **state)
{
	struct process p =
	    start(*state, "trap 'exit 9' TERM; echo $$ >d; while :; do sleep 0.01; done", false);
	read_pid(*state, "d");
	process_signal(&p, SIGTERM);
	assert_true(process_wait(&p, clock_monotonic_ns() + LIMIT_NS));
	assert_int_equal(WEXITSTATUS(p.status), 9);
	process_deinit(&p);
	p = start(*state, "kill -SEGV $$", false);
	assert_true(process_wait(&p, clock_monotonic_ns() + LIMIT_NS));
	assert_true(WIFSIGNALED(p.status));
	assert_int_equal(WTERMSIG(p.status), SIGSEGV);
	process_deinit(&p);
}

static void a_program_that_cannot_run_is_an_error_with_a_guard_too(void **state)
{
	(void)state;
	const char *const argv[] = {"/nonexistent/program", NULL};
	const struct process_spec spec = {
	    .argv = argv, .in = -1, .out = -1, .err = -1, .pass = -1, .guard = true};
	struct process p = PROCESS_NONE;
	CLEANUP_ERROR struct error *e = process_spawn(&spec, &p);
	assert_non_null(e);
	assert_int_equal(error_code(e), ENOENT);
}

// The environment of a program, as it sees it.
static void read_environment(const char *folder, bool own, const char *const *names,
			     struct buffer *out)
{
	CLEANUP_FREE char *path = memory_printf("%s/environment", folder);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	const char *const argv[] = {"/usr/bin/env", NULL};
	const struct process_spec spec = {.argv = argv,
					  .in = -1,
					  .out = fileno(f),
					  .err = -1,
					  .pass = -1,
					  .own_environment = own,
					  .environment = names};
	struct process p = PROCESS_NONE;
	assert_null(process_spawn(&spec, &p));
	assert_true(process_wait(&p, clock_monotonic_ns() + LIMIT_NS));
	process_deinit(&p);
	fclose(f);
	assert_null(file_read(path, 1 << 20, ERROR_LAB, out));
}

static void a_program_gets_the_usual_variables_and_those_asked_for(void **state)
{
	setenv("KCIDB_REST", "https://t0ken@h/", 1);
	setenv("IPMI_PASSWORD", "sesame", 1);
	setenv("LC_TIME", "C", 1);
	const char *const names[] = {"IPMI_PASSWORD", "NOT_SET", NULL};
	CLEANUP_BUFFER struct buffer bare = {0}, asked = {0}, own = {0};
	read_environment(*state, false, NULL, &bare);
	assert_non_null(strstr(buffer_str(&bare), "PATH="));
	assert_non_null(strstr(buffer_str(&bare), "LC_TIME=C\n"));
	assert_null(strstr(buffer_str(&bare), "KCIDB_REST"));
	assert_null(strstr(buffer_str(&bare), "IPMI_PASSWORD"));
	read_environment(*state, false, names, &asked);
	assert_non_null(strstr(buffer_str(&asked), "IPMI_PASSWORD=sesame\n"));
	assert_null(strstr(buffer_str(&asked), "KCIDB_REST"));
	read_environment(*state, true, NULL, &own);
	assert_non_null(strstr(buffer_str(&own), "KCIDB_REST=https://t0ken@h/\n"));
}

// ---- a child that goes on with this program's code ----------------------------------------------

// Tells, on its standard output, the descriptors it has and what ps would show.
static void tell_all(void *arg)
{
	char text[512];
	for (int fd = 0; fd < 200; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			dprintf(STDOUT_FILENO, "%d ", fd);
	int file = open("/proc/self/cmdline", O_RDONLY);
	ssize_t len = read(file, text, sizeof(text) - 1);
	text[len < 0 ? 0 : len] = '\0';
	dprintf(STDOUT_FILENO, "[%s] ", text);
	close(file);
	prctl(PR_GET_NAME, text);
	dprintf(STDOUT_FILENO, "[%s] %s %s", text, getenv("LC_TIME"), (const char *)arg);
}

static void call(const char *folder, const struct process_spec *like, struct buffer *out)
{
	CLEANUP_FREE char *path = memory_printf("%s/told", folder);
	CLEANUP_CLOSE int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	char argument[] = "argument";
	struct process_spec spec = *like;
	spec.call = tell_all;
	spec.arg = argument;
	spec.in = spec.err = -1;
	spec.out = file;
	struct process p = PROCESS_NONE;
	assert_null(process_spawn(&spec, &p));
	assert_true(process_wait(&p, clock_monotonic_ns() + LIMIT_NS));
	assert_int_equal(p.status, 0);
	process_deinit(&p);
	assert_null(file_read(path, 1 << 20, ERROR_LAB, out));
}

static void a_called_child_has_the_descriptors_it_was_given_and_no_others(void **state)
{
	setenv("LC_TIME", "C", 1);
	CLEANUP_CLOSE int one = open("/dev/null", O_RDONLY), two = dup(one), other = dup(one);
	assert_true(other > 4);
	CLEANUP_BUFFER struct buffer none = {0}, both = {0};
	const struct process_spec bare = {.pass = -1};
	call(*state, &bare, &none);
	assert_memory_equal(buffer_str(&none), "0 1 2 [", 7);
	const struct process_spec given = {.pass = one, .pass_more = &two, .pass_more_count = 1};
	call(*state, &given, &both);
	assert_memory_equal(buffer_str(&both), "0 1 2 3 4 [", 11);
}

static void a_called_child_shows_the_words_it_was_given(void **state)
{
	setenv("LC_TIME", "C", 1);
	const char *const words[] = {"mmfarm", "worker", "/a/folder", NULL};
	const struct process_spec spec = {.argv = words, .name = "mmfarm-worker", .pass = -1};
	CLEANUP_BUFFER struct buffer out = {0};
	call(*state, &spec, &out);
	assert_string_equal(buffer_str(&out),
			    "0 1 2 [mmfarm worker /a/folder] [mmfarm-worker] C argument");
	// More than the room holds is cut; the environment, which lay there, is still there.
	CLEANUP_FREE char *long_word = memory_new(100000, 1);
	memset(long_word, 'x', 99999);
	const char *const long_words[] = {long_word, NULL};
	const struct process_spec cut = {.argv = long_words, .name = "n", .pass = -1};
	CLEANUP_BUFFER struct buffer cut_out = {0};
	call(*state, &cut, &cut_out);
	assert_non_null(strstr(buffer_str(&cut_out), "[xxxxxxxxxx"));
	assert_non_null(strstr(buffer_str(&cut_out), "] [n] C argument"));
}

static int set_up(void **state)
{
	*state = folder_new();
	return 0;
}

static int tear_down(void **state)
{
	folder_remove(*state);
	free(*state);
	return 0;
}

int main(int argc, char **argv)
{
	title_init(argc, argv);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_a_program_left_is_ended_and_named),
	    cmocka_unit_test(what_a_program_may_leave_goes_on),
	    cmocka_unit_test(ending_a_program_ends_all_of_it),
	    cmocka_unit_test(a_sigkill_of_the_starter_leaves_nothing),
	    cmocka_unit_test(signals_reach_the_program_through_its_guard),
	    cmocka_unit_test(a_program_that_cannot_run_is_an_error_with_a_guard_too),
	    cmocka_unit_test(a_program_gets_the_usual_variables_and_those_asked_for),
	    cmocka_unit_test(a_called_child_has_the_descriptors_it_was_given_and_no_others),
	    cmocka_unit_test(a_called_child_shows_the_words_it_was_given),
	};
	return cmocka_run_group_tests_name("base/process", tests, set_up, tear_down);
}
