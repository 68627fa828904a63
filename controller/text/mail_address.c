// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/mail_address.h"

#include <string.h>

static bool is_ascii(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s >= 0x7f || (unsigned char)*s < ' ')
			return false;
	return true;
}

bool mail_address_is_valid(const char *s)
{
	CLEANUP_BUFFER struct buffer bare = {0};
	mail_put_bare_address(s, &bare);
	const char *at = strchr(buffer_str(&bare), '@');
	return is_ascii(s) && at && at > bare.data && at[1] != '\0' && !strchr(at + 1, '@') &&
	       bare.data[0] != '-' && !strpbrk(bare.data, " <>,;\"\\");
}

void mail_put_bare_address(const char *s, struct buffer *out)
{
	const char *open = strrchr(s, '<');
	const char *close = open ? strchr(open, '>') : NULL;
	if (open && close && close[1] == '\0')
		buffer_append(out, open + 1, (size_t)(close - open - 1));
	else
		buffer_append_str(out, s);
}

void mail_put_addresses(const char *name, const char *const *addresses, size_t count,
			struct buffer *out)
{
	buffer_printf(out, "%s:", name);
	for (size_t i = 0; i < count; i++)
		buffer_printf(out, "%s %s", i ? ",\r\n" : "", addresses[i]);
	buffer_append(out, "\r\n", 2);
}
