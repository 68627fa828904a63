// SPDX-License-Identifier: GPL-2.0-or-later
// Fields of CSV (RFC 4180).
#ifndef TEXT_CSV_H
#define TEXT_CSV_H

#include "base/buffer.h"

// Appends one field of text, quoted when it has to be, fit for a terminal (text/terminal.h). What
// a spreadsheet would take for a formula (it begins with = + - @, tab or carriage return, and is no
// number) gets an apostrophe in front, which makes it text there.
void csv_field(const char *s, struct buffer *out);

#endif
