// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/environment.h"
#include "base/guard.h"
#include "base/memory.h"
#include "base/title.h"

// The leak check of AddressSanitizer is a debugger, which process_hide keeps away.
#ifdef __has_feature
#define HAS_LEAK_CHECK __has_feature(address_sanitizer)
#else
#define HAS_LEAK_CHECK 0
#endif

#define GUARD_LIMIT_NS (5 * NS_PER_S) // in which a guard has ended all it can
#define LEFT_LIMIT     1024           // bytes of what it says
#define LIFT_TO        20             // above every number that a child gets

// ---- in the child, between fork and exec: async-signal-safe calls only (but for `call`: these
// processes have one thread)
// ---------------------------

static void child_fail(int report)
{
	int code = errno;
	ssize_t ignored = write(report, &code, sizeof(code));
	(void)ignored;
	_exit(127);
}

// All sources are lifted above the range of targets first, so that no dup2 overwrites a source that
// is still wanted.
static bool child_fds(const struct process_spec *spec)
{
	int wanted[4 + PROCESS_PASS_MORE] = {spec->in, spec->out, spec->err, spec->pass};
	int lifted[4 + PROCESS_PASS_MORE];
	int count = 4;
	for (size_t i = 0; i < spec->pass_more_count && i < PROCESS_PASS_MORE; i++)
		wanted[count++] = spec->pass_more[i];
	for (int i = 0; i < count; i++) {
		int fd = wanted[i];
		if (fd < 0 && i < 3)
			fd = open("/dev/null", i == 0 ? O_RDONLY : O_WRONLY);
		lifted[i] = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, LIFT_TO);
		if (fd >= 0 && lifted[i] < 0)
			return false;
	}
	for (int i = 0; i < count; i++)
		if (lifted[i] >= 0 && dup2(lifted[i], i) < 0)
			return false;
	return true;
}

// How many descriptors it gets from number 3 on.
static int child_passes(const struct process_spec *spec)
{
	return spec->pass < 0 ? 0 : 1 + (int)spec->pass_more_count;
}

// What a child needs and cannot make itself.
struct child {
	const struct process_spec *spec;
	char **environment; // NULL: this process's own
	pid_t parent;
	int report;  // the error of its exec
	int control; // the guard's end; -1: none
};

static void child_run(const struct child *c, pid_t parent)
{
	const struct process_spec *spec = c->spec;
	int report = c->report;
	if (spec->new_group || spec->guard)
		setpgid(0, 0);
	if (spec->die_with_parent || spec->guard) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent) // it died before the line above took effect
			_exit(127);
	}
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	int lifted = fcntl(report, F_DUPFD_CLOEXEC, LIFT_TO);
	if (lifted < 0 || !child_fds(spec) || (spec->cwd && chdir(spec->cwd) < 0))
		child_fail(lifted < 0 ? report : lifted);
	if (spec->call) {
		// The parent's own, which an exec would close; with `report`, whose end says that the
		// child is on its way.
		close_range((unsigned)(3 + child_passes(spec)), ~0U, 0);
		if (spec->name)
			title_set(spec->name, spec->argv);
		spec->call(spec->arg);
		_exit(0);
	}
	execvpe(spec->argv[0], (char *const *)(uintptr_t)spec->argv,
		c->environment ? c->environment : environ);
	child_fail(lifted);
}

// The guard's own process: it starts the program and stays.
static void child_guard(const struct child *c)
{
	guard_init();
	if (getppid() != c->parent)
		_exit(127);
	pid_t self = getpid();
	pid_t program = fork();
	if (program < 0)
		child_fail(c->report);
	if (program == 0)
		child_run(c, self);
	setpgid(program, program);
	guard_run(program, c->control, c->spec->detach);
}

// ---- in the parent ------------------------------------------------------------------------------

// The program's process, or its guard's; -1 with errno.
static pid_t start_child(const struct child *c)
{
	pid_t pid = fork();
	if (pid == 0) {
		if (c->spec->guard)
			child_guard(c);
		child_run(c, c->parent);
	}
	return pid;
}

static struct error *open_guard(const struct process_spec *spec, int *ours, int *theirs)
{
	int pair[2];
	if (!spec->guard)
		return NULL;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(ERROR_SYSTEM, errno, "socketpair");
	*ours = pair[0];
	*theirs = pair[1];
	return NULL;
}

struct error *process_spawn(const struct process_spec *spec, struct process *out)
{
	int report[2];
	if (pipe2(report, O_CLOEXEC) < 0)
		return error_errno(ERROR_SYSTEM, errno, "pipe");
	CLEANUP_CLOSE int from_child = report[0];
	CLEANUP_CLOSE int to_parent = report[1];
	CLEANUP_CLOSE int guard = -1;
	CLEANUP_CLOSE int control = -1;
	TRY(open_guard(spec, &guard, &control));
	const struct child child = {
	    .spec = spec,
	    .environment =
		spec->call || spec->own_environment ? NULL : environment_new(spec->environment),
	    .parent = getpid(),
	    .report = to_parent,
	    .control = control,
	};
	pid_t pid = start_child(&child);
	int failed = errno;
	environment_free(child.environment);
	if (pid < 0)
		return error_errno(ERROR_SYSTEM, failed, "fork");
	cleanup_close(&to_parent);
	cleanup_close(&control);
	if (spec->new_group || spec->guard)
		setpgid(pid, pid); // both sides do it, so that it holds whoever runs first
	int code = 0;
	ssize_t n;
	do
		n = read(from_child, &code, sizeof(code));
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)sizeof(code)) {
		waitpid(pid, NULL, 0);
		return error_errno(ERROR_SYSTEM, code, "cannot run %s", spec->argv[0]);
	}
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0) {
		code = errno;
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return error_errno(ERROR_SYSTEM, code, "pidfd_open");
	}
	fcntl(pidfd, F_SETFD, FD_CLOEXEC);
	*out = (struct process){.pid = pid,
				.pidfd = pidfd,
				.group = spec->new_group || spec->guard,
				.guard = steal_fd(&guard)};
	return NULL;
}

// What a guard that has ended said.
static void take_left(struct process *p)
{
	char text[LEFT_LIMIT];
	size_t len = 0;
	ssize_t n;
	while (len < sizeof(text) &&
	       (n = recv(p->guard, text + len, sizeof(text) - len, MSG_DONTWAIT)) > 0)
		len += (size_t)n;
	if (len)
		p->left = memory_strndup(text, len);
	cleanup_close(&p->guard);
}

// ---- processes of others ------------------------------------------------------------------------

uint64_t process_started(pid_t pid)
{
	char path[64], text[1024];
	snprintf(path, sizeof(path), "/proc/%lld/stat", (long long)pid);
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	const char *at = strrchr(text, ')'); // the name in field 2 may hold anything
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	return at ? strtoull(at, NULL, 10) : 0;
}

struct error *process_adopt(pid_t pid, uint64_t started, struct process *out)
{
	*out = PROCESS_NONE;
	CLEANUP_CLOSE int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0 && errno == ESRCH)
		return NULL;
	if (pidfd < 0)
		return error_errno(ERROR_SYSTEM, errno, "pidfd_open");
	fcntl(pidfd, F_SETFD, FD_CLOEXEC);
	if (!started || process_started(pid) != started) // looked at while the descriptor names it
		return NULL;
	*out = (struct process){.pid = pid,
				.pidfd = steal_fd(&pidfd),
				.group = getpgid(pid) == pid,
				.guard = -1,
				.adopted = true};
	return NULL;
}

static bool adopted_lives(const struct process *p)
{
	struct pollfd pfd = {.fd = p->pidfd, .events = POLLIN};
	return poll(&pfd, 1, 0) == 0;
}

// ---- watching and ending ------------------------------------------------------------------------

bool process_poll(struct process *p)
{
	if (p->ended || p->pid == 0)
		return true;
	if (p->adopted) {
		p->ended = !adopted_lives(p);
		return p->ended;
	}
	siginfo_t info = {0};
	if (waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	    info.si_pid == 0)
		return false;
	if (p->group) // what it leaves behind; its number is still ours until it is reaped
		kill(-p->pid, SIGKILL);
	waitpid(p->pid, &p->status, 0);
	p->ended = true;
	if (p->guard >= 0)
		take_left(p);
	return true;
}

bool process_wait(struct process *p, int64_t deadline_ns)
{
	while (!process_poll(p)) {
		int ms = clock_poll_ms(deadline_ns, 60000);
		if (ms == 0)
			return false;
		struct pollfd pfd = {.fd = p->pidfd, .events = POLLIN};
		poll(&pfd, 1, ms);
	}
	return true;
}

void process_signal(struct process *p, int signal_number)
{
	const unsigned char order = (unsigned char)signal_number;
	if (p->pid <= 0 || p->ended || (p->adopted && !adopted_lives(p)))
		return;
	if (p->guard >= 0 && signal_number == SIGKILL)
		shutdown(p->guard, SHUT_WR);
	else if (p->guard >= 0)
		send(p->guard, &order, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	else // A group may outlive its leader, whose pid stays reserved until it is reaped.
		kill(p->group ? -p->pid : p->pid, signal_number);
}

void process_detach(struct process *p)
{
	cleanup_close(&p->pidfd);
	p->pid = 0;
}

// A guard ends all, then itself; one that cannot is ended, and leaves what nobody can end.
static void end_guard(struct process *p)
{
	process_signal(p, SIGKILL);
	if (!process_wait(p, clock_monotonic_ns() + GUARD_LIMIT_NS))
		kill(p->pid, SIGKILL);
}

void process_deinit(struct process *p)
{
	if (!p)
		return;
	if (p->pid > 0 && p->guard >= 0)
		end_guard(p);
	if (p->pid > 0 && !process_poll(p)) {
		process_signal(p, SIGKILL);
		struct pollfd pfd = {.fd = p->pidfd, .events = POLLIN};
		while (!process_poll(p))
			poll(&pfd, 1, 1000);
	}
	cleanup_close(&p->pidfd);
	// A zeroed one was never started, and has no socket 0.
	if (p->guard > 0)
		cleanup_close(&p->guard);
	free(p->left);
	p->left = NULL;
	p->pid = 0;
}

void process_hide(void)
{
	const struct rlimit none = {0, 0};
	setrlimit(RLIMIT_CORE, &none);
	if (!HAS_LEAK_CHECK)
		prctl(PR_SET_DUMPABLE, 0);
}

void process_describe(const struct process *p, char *text, size_t size)
{
	if (p->adopted)
		snprintf(text, size, "nobody saw how");
	else if (WIFSIGNALED(p->status))
		snprintf(text, size, "signal %d", WTERMSIG(p->status));
	else
		snprintf(text, size, "exit %d", WEXITSTATUS(p->status));
}
