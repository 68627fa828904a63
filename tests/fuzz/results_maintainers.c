// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as a MAINTAINERS, the first line being the file that is looked for: nothing but addresses
// that can stand in a header come out.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "results/report/maintainers.h"
#include "text/mail_address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *address)
{
	if (!mail_address_is_valid(address) || strpbrk(address, "\r\n"))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
	if (!end)
		return 0;
	CLEANUP_BUFFER struct buffer file = {0};
	CLEANUP_ARENA struct arena arena = {0};
	buffer_append(&file, data, (size_t)(end - data));
	struct maintainers m;
	maintainers_find((const char *)end + 1, size - (size_t)(end + 1 - data), buffer_str(&file),
			 &arena, &m);
	for (size_t i = 0; i < m.to_count; i++)
		check(m.to[i]);
	for (size_t i = 0; i < m.cc_count; i++)
		check(m.cc[i]);
	return 0;
}
