// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as a report of the page-table sanitizer, with the checksums that they would have: read,
// grouped, signed and put into words without harm; and complete only with an end record.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/buffer.h"
#include "sanitizer/describe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Numbers and checksums that are right let the fuzzer reach what lies behind them.
static void seal(const char *text, size_t len, struct buffer *out)
{
	unsigned number = 0;
	for (size_t at = 0; at < len;) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t n = end ? (size_t)(end - text) - at : len - at;
		unsigned long crc = crc32(0, (const unsigned char *)text + at, (unsigned)n);
		buffer_printf(out, "#ptsan %u %08lx ", ++number, crc);
		buffer_append(out, text + at, n);
		buffer_append(out, "\n", 1);
		at += n + 1;
	}
}

static void use(const char *text, size_t len, const struct address_names *names)
{
	struct sanitizer_report r;
	sanitizer_report_read(text, len, &r);
	if (r.complete && !memmem(text, len, "end complete", 12))
		abort();
	for (unsigned level = 0; level < 4; level++) {
		static const struct lone_data lone = {0x1000, 0x2000};
		size_t count;
		struct finding_group *groups = finding_groups(&r, names, level, &lone, &count);
		for (size_t i = 0; i < count; i++) {
			struct buffer words = {0};
			finding_sign(&groups[i], names);
			finding_describe(&groups[i], names, &words);
			buffer_deinit(&words);
		}
		free(groups);
	}
	struct buffer written = {0};
	address_names_write(&r, NULL, &written);
	buffer_deinit(&written);
	sanitizer_report_deinit(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct address_names names;
	struct buffer sealed = {0};
	address_names_read((const char *)data, size, &names);
	use((const char *)data, size, &names);
	seal((const char *)data, size, &sealed);
	use(buffer_str(&sealed), sealed.len, &names);
	buffer_deinit(&sealed);
	address_names_deinit(&names);
	return 0;
}
