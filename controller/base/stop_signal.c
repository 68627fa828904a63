// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/stop_signal.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>

static void stop_signal_set(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
}

void stop_signal_block(void)
{
	sigset_t set;
	stop_signal_set(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

struct error *stop_signal_open(int *fd)
{
	sigset_t set;
	stop_signal_set(&set);
	stop_signal_block();
	int opened = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (opened < 0)
		return error_errno(ERROR_SYSTEM, errno, "signalfd");
	*fd = opened;
	return NULL;
}

unsigned stop_signal_read(int fd)
{
	struct signalfd_siginfo info;
	return read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info) ? info.ssi_signo : 0;
}
