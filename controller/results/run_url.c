// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/run_url.h"

#include <string.h>

#include "text/format.h"
#include "base/url.h"

bool run_file_url(const struct batch_record *b, const struct run *r, const char *file,
		  struct buffer *out)
{
	const char *base = b->files_url;
	if (!base || !format_is_uri(base, strlen(base)))
		return false;
	size_t len = strlen(base);
	while (len > 0 && base[len - 1] == '/')
		len--;
	buffer_append(out, base, len);
	buffer_append(out, "/", 1);
	url_escape(r->id, out);
	buffer_append(out, "/", 1);
	url_escape(file, out);
	return true;
}
