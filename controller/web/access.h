// SPDX-License-Identifier: GPL-2.0-or-later
// Who may read: by token, and by the name that a request calls the server by. Pure.
#ifndef WEB_ACCESS_H
#define WEB_ACCESS_H

#include <stdbool.h>

struct web_access {
	const char *token; // NULL: everybody who reaches the server
	const char *host;  // a further name of the server; NULL: none
};

// Whether an Authorization header (NULL: none) has the token: "Bearer TOKEN", or "Basic" with it as the
// password, which is what a browser asks for. Takes as long whatever is wrong.
bool web_access_allows(const struct web_access *a, const char *authorization);
// The same of "Bearer" alone: a browser sends the other one by itself, also when another site asks it to.
bool web_access_allows_change(const struct web_access *a, const char *authorization);

// Whether the Host header names this machine. Without a token a foreign name is refused: by it another
// site's script would read the pages through a browser that may (DNS rebinding).
bool web_access_knows_host(const struct web_access *a, const char *host);

#endif
