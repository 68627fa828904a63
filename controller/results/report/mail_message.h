// SPDX-License-Identifier: GPL-2.0-or-later
// A report as a mail (RFC 5322, MIME): text and HTML of the same, in 7 bits.
//
// Who it goes to is the destination's matter: the message begins with two lines for it, which it
// takes off, and puts From and To in their place.
#ifndef RESULTS_MAIL_MESSAGE_H
#define RESULTS_MAIL_MESSAGE_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"
#include "results/report/report.h"

enum mail_result {
	MAIL_PASS,
	MAIL_TROUBLE, // a problem, or one that is fixed
	MAIL_LAB,     // nothing but the lab's own trouble
};

// Appends the message. Its Message-ID is a function of batch and lab: one sent twice is one.
void mail_message_write(const struct batch_report *r, struct buffer *out);

// Reads the lines for the destination; `*rest` is where the message itself begins. False: this is
// no such message.
bool mail_message_read(const char *message, enum mail_result *result, const char **rest);

// Appends a header with addresses, folded; they hold no line break.
void mail_put_addresses(const char *name, const char *const *addresses, size_t count,
			struct buffer *out);

// True for something like "name@host" or "Name <name@host>" without control characters.
bool mail_address_is_valid(const char *s);
// Appends the bare address of "Name <name@host>".
void mail_put_bare_address(const char *s, struct buffer *out);

#endif
