// SPDX-License-Identifier: GPL-2.0-or-later
// Whatever a server answers, the secret is not in what is left of it; and the URL it is asked by may
// be anything.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/http.h"
#include "base/url.h"
#include "base/redact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SECRET "s3cr&t/\"x"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 4096)
		return 0;
	CLEANUP_REDACT struct redact secrets = {0}, of_url = {0};
	CLEANUP_BUFFER struct buffer text = {0}, answer = {0}, url = {0};
	redact_add_login(&secrets, "operator", SECRET);
	buffer_append(&text, data, size);
	buffer_append(&answer, data, size);
	redact_text(&secrets, &text);
	if (text.len && memmem(text.data, text.len, SECRET, strlen(SECRET)))
		abort();
	redact_answer(&secrets, &answer);
	if (answer.len && memmem(answer.data, answer.len, SECRET, strlen(SECRET)))
		abort();
	buffer_append(&url, data, size);
	redact_add_url(&of_url, buffer_str(&url));
	redact_url_has_secret(buffer_str(&url));
	url_is_exposed(buffer_str(&url));
	return 0;
}
