// SPDX-License-Identifier: GPL-2.0-or-later
// Mail addresses as they stand in headers: "name@host" or "Name <name@host>".
#ifndef TEXT_MAIL_ADDRESS_H
#define TEXT_MAIL_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

// True for such an address, of ASCII without control characters, that adds no second one.
bool mail_address_is_valid(const char *s);

// Appends the bare address of "Name <name@host>".
void mail_put_bare_address(const char *s, struct buffer *out);

// Appends a header with addresses, folded; they hold no line break.
void mail_put_addresses(const char *name, const char *const *addresses, size_t count,
			struct buffer *out);

#endif
