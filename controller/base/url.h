// SPDX-License-Identifier: GPL-2.0-or-later
// URLs, taken apart by libcurl as it takes them apart when it sends.
#ifndef BASE_URL_H
#define BASE_URL_H

#include <stdbool.h>

#include "base/buffer.h"

// What is wrong with a URL, in a few words; NULL: nothing. It is to have one of the schemes
// (NULL-terminated), a host, and only characters that may stand in one (RFC 3986; {braces} too, for
// placeholders). `server`: a path at most behind the host, no query or fragment.
const char *url_check(const char *text, const char *const *schemes, bool server);

// Whether it names a user, password or token in front of the host.
bool url_has_login(const char *text);

// Whether all characters may stand in a URL: none would have to be escaped.
bool url_is_plain(const char *text);

// Whether `text` is plain http to a host that is not this one (localhost, 127.0.0.0/8, ::1): what is
// sent there can be read on the way.
bool url_is_exposed(const char *text);

// Appends the URL without user, password, query and fragment: fit for messages and logs.
void url_public(const char *text, struct buffer *out);

// Appends what tells servers apart: the URL with its scheme and host in small letters (RFC 3986
// section 6.2.2.1) and without a port that is the scheme's own.
void url_normal(const char *text, struct buffer *out);

// Takes the user in front of the host out of a URL: "https://TOKEN@host/". False when there is none, or
// it is no URL. The caller frees both.
bool url_split_token(const char *text, char **url, char **token);

// Appends `text` as a value in a URL (RFC 3986: all but unreserved characters escaped).
void url_escape(const char *text, struct buffer *out);

// The same of a path: '/' stays.
void url_escape_path(const char *text, struct buffer *out);

#endif
