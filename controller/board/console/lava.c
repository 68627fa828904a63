// SPDX-License-Identifier: GPL-2.0-or-later
// Console of a board whose serial line LAVA holds: what lava-run's log says that the board said. The
// boot driver `lava` feeds it (board/boot/lava_feed.h).
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "board/driver.h"

static const struct key lava_keys[] = {{0}};

struct lava_console {
	struct board_place *place; // whose `feed` is ours to close; NULL: never opened
};

static struct error *lava_open(void *state, struct board_place *place, int *fd)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(ERROR_SYSTEM, errno, "socketpair");
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	((struct lava_console *)state)->place = place;
	cleanup_close(&place->feed);
	place->feed = pair[1];
	*fd = pair[0];
	return NULL;
}

static void lava_release(void *state)
{
	struct lava_console *c = state;
	if (c->place)
		cleanup_close(&c->place->feed);
}

const struct console_driver console_lava = {
    .driver = {.name = "lava",
	       .help = "a line that lava-run holds (boot driver lava); read from its log",
	       .keys = lava_keys,
	       .size = sizeof(struct lava_console),
	       .release = lava_release},
    .open = lava_open,
    .fed = true,
};
