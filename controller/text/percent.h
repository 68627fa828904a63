// SPDX-License-Identifier: GPL-2.0-or-later
// Percent-encoding of URIs (RFC 3986, section 2.1).
#ifndef TEXT_PERCENT_H
#define TEXT_PERCENT_H

#include <stdbool.h>

#include "base/buffer.h"

// Appends `s` with every byte as %XX that is not unreserved (A-Z a-z 0-9 - . _ ~), so that it can
// stand inside a URI's path or query. With `keep_slash` a '/' stays: `s` is a path of several parts.
void percent_encode(const char *s, bool keep_slash, struct buffer *out);

#endif
