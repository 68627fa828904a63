// SPDX-License-Identifier: GPL-2.0-or-later
// Console on a raw TCP port: ser2net's `tcp`, a terminal server, an emulator.
#include <string.h>

#include "board/console/socket.h"
#include "board/line.h"

struct tcp_console {
	struct socket_address address;
	double grace;
	char first[6]; // bytes of the connection
	size_t first_len;
};

static const struct key tcp_keys[] = {
    SOCKET_KEYS(struct tcp_console, address),
    {"grace", KEY_SECONDS(struct tcp_console, grace, 0, 600), .preset = "10",
     .help = "how long it may be away before the run is given up"},
    {0},
};

static struct error *tcp_check(void *state, const struct config_map *keys)
{
	(void)keys;
	socket_init(&((struct tcp_console *)state)->address);
	return NULL;
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
    .driver = {.name = "tcp",
	       .help = "a raw TCP port: ser2net's `tcp`, a terminal server, an emulator",
	       .keys = tcp_keys,
	       .size = sizeof(struct tcp_console),
	       .check = tcp_check},
    .open = tcp_open,
    .settle = tcp_settle,
    .decode = tcp_decode,
    .server = true,
    .grace = tcp_grace,
    .claim = tcp_claim,
};
