// SPDX-License-Identifier: GPL-2.0-or-later
// Console on a raw TCP port: ser2net's `tcp`, a terminal server, an emulator.
#include <string.h>

#include "base/memory.h"
#include "board/console/socket.h"
#include "board/keys.h"
#include "board/line.h"

struct tcp_console {
	struct socket_address address;
	double grace;
	char first[6]; // bytes of the connection
	size_t first_len;
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
	t->first_len = 0;
	return socket_connect(&t->address, place, fd);
}

static size_t tcp_decode(void *state, char *bytes, size_t len, struct buffer *reply)
{
	struct tcp_console *t = state;
	(void)reply;
	for (size_t i = 0; i < len && t->first_len < sizeof(t->first); i++)
		t->first[t->first_len++] = bytes[i];
	return len;
}

// A server that begins by negotiating, twice in a row, speaks Telnet: IAC and WILL to DONT (RFC 854).
// No board's bytes would come through unaltered, and its own would stand in the console.
static bool is_telnet(const struct tcp_console *t)
{
	for (size_t i = 0; i < sizeof(t->first); i += 3)
		if (t->first_len < sizeof(t->first) || (unsigned char)t->first[i] != 255 ||
		    (unsigned char)t->first[i + 1] < 251 || (unsigned char)t->first[i + 1] > 254)
			return false;
	return true;
}

static struct error *tcp_settle(void *state, struct board_place *place)
{
	const struct tcp_console *t = state;
	TRY(line_need(place, INT64_MAX));
	if (!is_telnet(t))
		return NULL;
	return error_new(ERROR_CONFIG,
			 "console %s:%s: the server speaks Telnet (it begins with IAC), expected "
			 "driver rfc2217, or telnet where the server cannot set the line",
			 t->address.host, t->address.port);
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
    .settle = tcp_settle,
    .decode = tcp_decode,
    .server = true,
    .grace = tcp_grace,
    .claim = tcp_claim,
    .free = free,
};
