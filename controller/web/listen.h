// SPDX-License-Identifier: GPL-2.0-or-later
// Where a server listens: "127.0.0.1:8080", "[::1]:8080", "8080".
#ifndef WEB_LISTEN_H
#define WEB_LISTEN_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/error.h"

struct listen_address {
	struct sockaddr_storage address;
	char host[64]; // as it stands in a URL
	unsigned port; // 0: any that is free
	bool loopback; // only this machine reaches it
};

// ERROR_USAGE. A port alone is one of 127.0.0.1. Names are not looked up.
struct error *listen_parse(const char *text, struct listen_address *out) ERROR_RESULT;

#endif
