// SPDX-License-Identifier: GPL-2.0-or-later
// The pages over HTTP: one thread, libmicrohttpd inside our own loop. It reads; it writes nothing.
#ifndef WEB_SERVER_H
#define WEB_SERVER_H

#include "base/error.h"

struct web_options {
	const char *results;
	const char *listen; // "127.0.0.1:8080", "[::1]:0", "8080"
	const char *socket; // the daemon's control socket
	const char *token;  // who does not know it is shown nothing; NULL: loopback only
	const char *host;   // a further name that requests may call this server by; NULL: none
	void (*listens)(const char *host, unsigned port); // it can be reached from now on
	void (*complains)(const char *trouble);           // of a request that could not be answered
};

// Serves until SIGTERM, SIGINT or SIGHUP. An address that is not the
// machine's own without a token is ERROR_USAGE.
struct error *web_serve(const struct web_options *o) ERROR_RESULT;

#endif
