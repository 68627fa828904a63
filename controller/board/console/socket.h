// SPDX-License-Identifier: GPL-2.0-or-later
// TCP for console drivers.
#ifndef BOARD_CONSOLE_SOCKET_H
#define BOARD_CONSOLE_SOCKET_H

#include "board/driver.h"

// A server's address as a board file gives it: `host:` and `port:`.
struct socket_address {
	const char *host;
	int64_t number;
	char port[8]; // the number as a text
};

// The keys of the member `m` (a struct socket_address) of the state `s`.
#define SOCKET_KEYS(s, m)                                                                       \
	{"host", KEY_TEXT(s, m.host), .required = true, .value = "NAME", .help = "the server"}, \
	{                                                                                       \
		"port", KEY_NUMBER(s, m.number, 1, 65535), .required = true, .help = "its port" \
	}

// Makes `port` of `number`; resolves nothing.
void socket_init(struct socket_address *a);
// The server's port is one board's console.
void socket_claim(const struct socket_address *a, const struct config_map *keys,
		  struct claims *out);
// Connects within a few seconds, reading the board's console meanwhile if it has one. *fd is
// non-blocking, close-on-exec, without Nagle's delay, and notices a dead peer by itself.
struct error *socket_connect(const struct socket_address *a, struct board_place *place,
			     int *fd) ERROR_RESULT;

#endif
