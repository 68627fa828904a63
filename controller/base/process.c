// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/clock.h"

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
	const int wanted[] = {spec->in, spec->out, spec->err, spec->pass};
	int lifted[4];
	for (int i = 0; i < 4; i++) {
		int fd = wanted[i];
		if (fd < 0 && i < 3)
			fd = open("/dev/null", i == 0 ? O_RDONLY : O_WRONLY);
		lifted[i] = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 10);
		if (fd >= 0 && lifted[i] < 0)
			return false;
	}
	for (int i = 0; i < 4; i++)
		if (lifted[i] >= 0 && dup2(lifted[i], i) < 0)
			return false;
	return true;
}

static void child_run(const struct process_spec *spec, pid_t parent, int report)
{
	if (spec->new_group)
		setpgid(0, 0);
	if (spec->die_with_parent) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent) // it died before the line above took effect
			_exit(127);
	}
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	int lifted = fcntl(report, F_DUPFD_CLOEXEC, 20);
	if (lifted < 0 || !child_fds(spec) || (spec->cwd && chdir(spec->cwd) < 0))
		child_fail(lifted < 0 ? report : lifted);
	if (spec->call) {
		close(report);
		close(lifted); // its end says that the child is on its way
		spec->call(spec->arg);
		_exit(0);
	}
	execvp(spec->argv[0], (char *const *)(uintptr_t)spec->argv);
	child_fail(lifted);
}

// ---- in the parent ------------------------------------------------------------------------------

struct error *process_spawn(const struct process_spec *spec, struct process *out)
{
	int report[2];
	if (pipe2(report, O_CLOEXEC) < 0)
		return error_errno(ERROR_SYSTEM, errno, "pipe");
	CLEANUP_CLOSE int from_child = report[0];
	CLEANUP_CLOSE int to_parent = report[1];
	pid_t parent = getpid();
	pid_t pid = fork();
	if (pid < 0)
		return error_errno(ERROR_SYSTEM, errno, "fork");
	if (pid == 0)
		child_run(spec, parent, to_parent);
	cleanup_close(&to_parent);
	if (spec->new_group)
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
	*out = (struct process){.pid = pid, .pidfd = pidfd, .group = spec->new_group};
	return NULL;
}

bool process_poll(struct process *p)
{
	if (p->ended || p->pid == 0)
		return true;
	siginfo_t info = {0};
	if (waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	    info.si_pid == 0)
		return false;
	if (p->group) // what it leaves behind; its number is still ours until it is reaped
		kill(-p->pid, SIGKILL);
	waitpid(p->pid, &p->status, 0);
	p->ended = true;
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
	// A group may outlive its leader; the leader's pid stays reserved until it is reaped.
	if (p->pid > 0 && !p->ended)
		kill(p->group ? -p->pid : p->pid, signal_number);
}

void process_detach(struct process *p)
{
	cleanup_close(&p->pidfd);
	p->pid = 0;
}

void process_deinit(struct process *p)
{
	if (!p)
		return;
	if (p->pid > 0 && !process_poll(p)) {
		process_signal(p, SIGKILL);
		struct pollfd pfd = {.fd = p->pidfd, .events = POLLIN};
		while (!process_poll(p))
			poll(&pfd, 1, 1000);
	}
	cleanup_close(&p->pidfd);
	p->pid = 0;
}

void process_describe(const struct process *p, char *text, size_t size)
{
	if (WIFSIGNALED(p->status))
		snprintf(text, size, "signal %d", WTERMSIG(p->status));
	else
		snprintf(text, size, "exit %d", WEXITSTATUS(p->status));
}
