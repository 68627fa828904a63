// SPDX-License-Identifier: GPL-2.0-or-later
// How text travels in a mail (RFC 2045): as it is where every server takes it, else in
// quoted-printable.
#ifndef TEXT_QUOTED_PRINTABLE_H
#define TEXT_QUOTED_PRINTABLE_H

#include <stddef.h>

#include "base/buffer.h"

enum mail_encoding {
	MAIL_7BIT, // ASCII, no line longer than 998 bytes
	MAIL_8BIT, // any characters, no line longer than 998 bytes
	MAIL_QUOTED_PRINTABLE,
};

// The plainest one that fits the text: lines that are too long, NUL and lone carriage returns need
// quoted-printable.
enum mail_encoding mail_encoding_of(const char *text, size_t len);

// "7bit", "8bit" or "quoted-printable".
const char *mail_encoding_name(enum mail_encoding e);

// Appends the text in the encoding, its lines ended by CR LF.
void mail_encode(enum mail_encoding e, const char *text, size_t len, struct buffer *out);

#endif
