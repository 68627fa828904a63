// SPDX-License-Identifier: GPL-2.0-or-later
// Console on a unix stream socket: an emulator's chardev, or any program that serves one.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/file.h"
#include "base/memory.h"
#include "board/claims.h"
#include "board/driver.h"

struct unix_console {
	char *path;
};

static const struct key unix_keys[] = {
    {"path", KEY_FILE(struct unix_console, path),
     .help = "the socket; none: the one that the `qmp` power driver makes"},
    {0},
};

static struct error *unix_open(void *state, struct board_place *place, int *fd)
{
	struct unix_console *u = state;
	CLEANUP_FREE char *path =
	    u->path ? memory_strdup(u->path) : path_join(place->run_dir, "console.sock");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(address.sun_path))
		return error_new(ERROR_CONFIG, "%s: longer than the %zu bytes of a socket's name",
				 path, sizeof(address.sun_path) - 1);
	strcpy(address.sun_path, path);
	CLEANUP_CLOSE int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s < 0)
		return error_errno(ERROR_SYSTEM, errno, "socket");
	if (connect(s, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return error_errno(ERROR_LAB, errno, "console socket %s", path);
	*fd = steal_fd(&s);
	return NULL;
}

int64_t console_never_unread(const void *state)
{
	(void)state;
	return 0;
}

static void unix_claim(const void *state, const struct config_map *keys, struct claims *out)
{
	const struct unix_console *u = state;
	CLEANUP_FREE char *real = u->path ? realpath(u->path, NULL) : NULL;
	if (u->path) // without one it is the emulator's, in the run's own directory
		claims_add(out, config_map_find(keys, "path"), NULL, "console socket %s",
			   real ? real : u->path);
}

const struct console_driver console_unix = {
    .driver = {.name = "unix",
	       .help = "a unix stream socket: an emulator's, or any program's",
	       .keys = unix_keys,
	       .size = sizeof(struct unix_console)},
    .open = unix_open,
    .unread_ns = console_never_unread,
    .claim = unix_claim,
};
