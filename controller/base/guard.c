// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/guard.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/file.h"

// What ends by itself right behind the program (the last `tee` of its pipe) was not left behind.
#define LEAVING_NS (250 * NS_PER_MS)
// A process in the kernel's hands for longer than this cannot be ended by anybody.
#define ENDING_NS (2 * NS_PER_S)
#define NAMES_MAX 8 // of what was ended

struct guard {
	pid_t program;
	int control;
	int deaths;          // signalfd of SIGCHLD
	int status;          // of the program, once it has ended
	bool ended;          // the program
	bool alone;          // no child is left
	bool released;       // whoever started it is gone, or wants all ended
	struct buffer names; // of what was ended
	size_t count;
};

// ---- its own process ----------------------------------------------------------------------------

// A fork without exec has its parent's words; whoever looks for those (to end them, too) does not
// mean the guard. The arguments lie behind one another from argv[0] on.
static void take_name(void)
{
	char words[4096];
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, words, sizeof(words));
	if (fd >= 0)
		close(fd);
	char *first = program_invocation_name;
	size_t room = n > 0 ? (size_t)n : 0;
	if (room > strlen(first) && memcmp(first, words, strlen(first) + 1) == 0) {
		memset(first, 0, room);
		snprintf(first, room, "mmfarm-guard");
	}
	prctl(PR_SET_NAME, "mmfarm-guard");
}

void guard_init(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	setpgid(0, 0);
	take_name();
}

// Locks, consoles and pipes are others' business: an end that we hold is an end nobody sees.
static void close_others(int *control)
{
	int quiet = open("/dev/null", O_RDWR);
	for (int fd = 0; fd < 3 && quiet >= 0; fd++)
		dup2(quiet, fd);
	*control = dup2(*control, 3);
	syscall(SYS_close_range, 4u, ~0u, 0u);
}

// ---- children -----------------------------------------------------------------------------------

static void reap(struct guard *g)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG);
		g->alone = pid < 0 && errno == ECHILD;
		if (pid <= 0)
			return;
		if (pid == g->program) {
			g->ended = true;
			g->status = status;
		}
	}
}

// Parent and name from /proc/PID/stat: "4711 (name, may have blanks) S 1 ...".
static bool read_stat(const char *pid, pid_t *parent, char *name, size_t size)
{
	char path[64], text[512];
	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	char *open_at = strchr(text, '('), *close_at = strrchr(text, ')');
	char state;
	int value;
	if (!open_at || !close_at || sscanf(close_at + 1, " %c %d", &state, &value) != 2)
		return false;
	*parent = value;
	snprintf(name, size, "%.*s", (int)(close_at - open_at - 1), open_at + 1);
	return state != 'Z' && state != 'X';
}

static void end_child(struct guard *g, pid_t pid, const char *name)
{
	CLEANUP_BUFFER struct buffer entry = {0};
	buffer_printf(&entry, "%s (%d)", name, (int)pid);
	bool known = strstr(buffer_str(&g->names), buffer_str(&entry)) != NULL;
	if (kill(pid, SIGKILL) < 0 || known)
		return;
	if (g->count < NAMES_MAX)
		buffer_printf(&g->names, "%s%s", g->count ? ", " : "", buffer_str(&entry));
	g->count++;
}

// SIGKILL to each child; their children are ours then.
static void end_children(struct guard *g)
{
	DIR *proc = opendir("/proc");
	pid_t self = getpid(), parent;
	char name[32];
	for (struct dirent *d; proc && (d = readdir(proc));) {
		if (isdigit((unsigned char)d->d_name[0]) &&
		    read_stat(d->d_name, &parent, name, sizeof(name)) && parent == self)
			end_child(g, atoi(d->d_name), name);
	}
	if (proc)
		closedir(proc);
}

static void wait_for_death(const struct guard *g, int64_t limit_ns)
{
	struct pollfd pfd = {.fd = g->deaths, .events = POLLIN};
	struct signalfd_siginfo info;
	if (poll(&pfd, 1, clock_poll_ms(limit_ns, 20)) > 0 &&
	    read(g->deaths, &info, sizeof(info)) < 0)
		return;
}

static void end_all(struct guard *g)
{
	if (!g->ended)
		kill(-g->program, SIGKILL);
	int64_t limit = clock_monotonic_ns() + ENDING_NS;
	for (reap(g); !g->alone && clock_monotonic_ns() < limit; reap(g)) {
		end_children(g);
		wait_for_death(g, limit);
	}
}

// ---- the guard ----------------------------------------------------------------------------------

static void take_orders(struct guard *g)
{
	unsigned char orders[16];
	ssize_t n = read(g->control, orders, sizeof(orders));
	g->released = n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN);
	for (ssize_t i = 0; i < n; i++)
		kill(-g->program, orders[i]);
}

static void watch(struct guard *g)
{
	while (!g->ended && !g->released) {
		struct pollfd pfds[] = {{.fd = g->control, .events = POLLIN},
					{.fd = g->deaths, .events = POLLIN}};
		struct signalfd_siginfo info;
		poll(pfds, 2, -1);
		if (pfds[1].revents && read(g->deaths, &info, sizeof(info)) > 0)
			reap(g);
		if (pfds[0].revents)
			take_orders(g);
	}
}

static void tell_names(struct guard *g)
{
	if (g->count > NAMES_MAX)
		buffer_printf(&g->names, " and %zu more", g->count - NAMES_MAX);
	// Whoever started it may be gone meanwhile.
	error_free(file_write_all(g->control, buffer_str(&g->names), g->names.len, "guard"));
}

static _Noreturn void end_as(int status)
{
	if (!WIFSIGNALED(status))
		_exit(WEXITSTATUS(status));
	const struct rlimit none = {0, 0};
	setrlimit(RLIMIT_CORE, &none);
	sigset_t all;
	sigemptyset(&all);
	signal(WTERMSIG(status), SIG_DFL);
	sigprocmask(SIG_SETMASK, &all, NULL);
	raise(WTERMSIG(status));
	_exit(128 + WTERMSIG(status));
}

_Noreturn void guard_run(pid_t program, int control, bool detach)
{
	struct guard g = {.program = program, .status = SIGKILL};
	sigset_t all;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL); // a signal for us is none for the program
	close_others(&control);
	g.control = control;
	sigset_t deaths;
	sigemptyset(&deaths);
	sigaddset(&deaths, SIGCHLD);
	g.deaths = signalfd(-1, &deaths, SFD_CLOEXEC | SFD_NONBLOCK);
	reap(&g); // it may have ended before its death could be told
	watch(&g);
	int64_t limit = clock_monotonic_ns() + LEAVING_NS;
	for (reap(&g); !g.released && !detach && !g.alone && clock_monotonic_ns() < limit; reap(&g))
		wait_for_death(&g, limit);
	if (g.released || !detach)
		end_all(&g);
	if (!g.released)
		tell_names(&g);
	end_as(g.status);
}
