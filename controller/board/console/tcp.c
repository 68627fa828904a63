// SPDX-License-Identifier: GPL-2.0-or-later
// Console on a raw TCP port: ser2net's `tcp`, a terminal server, an emulator.
#include "base/memory.h"
#include "board/console/socket.h"
#include "board/keys.h"

struct tcp_console {
	struct socket_address address;
	double grace;
};

static struct error *tcp_config(const struct config_map *keys, void **state)
{
	static const char *const known[] = {"driver", "host", "port", "grace", NULL};
	TRY(config_map_only(keys, known));
	struct tcp_console *t = memory_new(1, sizeof(*t));
	*state = t;
	t->grace = 10;
	TRY(socket_config(keys, &t->address));
	return keys_seconds(keys, "grace", 0, 600, &t->grace);
}

static struct error *tcp_open(void *state, struct board_place *place, int *fd)
{
	struct tcp_console *t = state;
	return socket_connect(&t->address, place, fd);
}

static double tcp_grace(const void *state)
{
	return ((const struct tcp_console *)state)->grace;
}

static void tcp_claim(const void *state, const struct config_map *keys, struct claims *out)
{
	socket_claim(&((const struct tcp_console *)state)->address, keys, out);
}

const struct console_driver console_tcp = {
    .name = "tcp",
    .help = "host: NAME, port: N   the server (required)\n"
	    "grace: SECONDS        how long it may be away before the run is given up (10)\n",
    .config = tcp_config,
    .open = tcp_open,
    .grace = tcp_grace,
    .claim = tcp_claim,
    .free = free,
};
