// SPDX-License-Identifier: GPL-2.0-or-later
// Names of the addresses in a report: "ADDRESS NAME+0xOFFSET" a line, kept beside the report so that it
// can be read again without the payload.
#ifndef SANITIZER_NAMES_H
#define SANITIZER_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "sanitizer/report.h"
#include "sanitizer/symbols.h"

#define ADDRESS_NAME_SIZE 160
#define NAMES_LIMIT       ((size_t)16 << 20) // bytes of the file

struct address_names {
	struct arena arena;
	struct named_address *items; // ascending; owned
	size_t count;
};

// Appends a line for each address of code in `r`, and where the image begins. `t` may be NULL or lack
// what tells where the payload lies; then places are named by their distance from the exception
// vectors, which stays the same from boot to boot.
void address_names_write(const struct sanitizer_report *r, const struct symbol_table *t,
			 struct buffer *out);

void address_names_read(const char *text, size_t len, struct address_names *out);
void address_names_deinit(struct address_names *n);
#define CLEANUP_ADDRESS_NAMES CLEANUP(address_names_deinit)

// "do_wp_page+0x1c8", or the address itself.
void address_name(const struct address_names *n, uint64_t address, char out[ADDRESS_NAME_SIZE]);
// The same without the offset; "" for address 0.
void address_function(const struct address_names *n, uint64_t address, char out[ADDRESS_NAME_SIZE]);
// Where the payload's image begins; false: not known.
bool address_names_image(const struct address_names *n, uint64_t *start);

#endif
