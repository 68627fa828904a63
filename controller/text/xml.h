// SPDX-License-Identifier: GPL-2.0-or-later
// The one escape for text inside XML and HTML.
#ifndef TEXT_XML_H
#define TEXT_XML_H

#include "base/buffer.h"

// Appends valid UTF-8 fit for content and for quoted attributes: & < > " ' escaped, characters that
// XML 1.0 does not know (control characters, U+FFFE, U+FFFF) as U+FFFD, those that would mislead a
// reader (text/terminal.h) as \\u202e.
void xml_escape(const char *s, struct buffer *out);

#endif
