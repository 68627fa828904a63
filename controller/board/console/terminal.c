// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/console/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>

struct error *terminal_open(int *ours, int *theirs)
{
	CLEANUP_CLOSE int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		return error_errno(ERROR_SYSTEM, errno, "pseudo-terminal");
	char name[64];
	if (ptsname_r(master, name, sizeof(name)) != 0)
		return error_errno(ERROR_SYSTEM, errno, "pseudo-terminal");
	CLEANUP_CLOSE int slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios raw;
	if (slave < 0 || tcgetattr(slave, &raw) < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", name);
	cfmakeraw(&raw);
	const struct winsize size = {.ws_row = 24, .ws_col = 80}; // some programs divide by it
	if (tcsetattr(slave, TCSANOW, &raw) < 0 || ioctl(slave, TIOCSWINSZ, &size) < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", name);
	fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK);
	*ours = steal_fd(&master);
	*theirs = steal_fd(&slave);
	return NULL;
}
