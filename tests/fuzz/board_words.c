// SPDX-License-Identifier: GPL-2.0-or-later
// Whatever a tool says, the line that is quoted of it is one short line of clean text.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text/utf8.h"
#include "board/boot/uboot_text.h"
#include "board/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = size ? (const char *)data : "";
	CLEANUP_BUFFER struct buffer line = {0};
	words_telling_line(text, size, &line);
	if (!utf8_valid(buffer_str(&line), line.len) ||
	    strpbrk(buffer_str(&line), "\r\n\x1b\b\t") ||
	    utf8_count(buffer_str(&line), line.len) > WORDS_MAX)
		abort();
	// U-Boot's own words, read by pure functions as well.
	struct uboot_autoboot autoboot;
	if (uboot_autoboot_read(text, size, &autoboot) && strlen(autoboot.keys) > UBOOT_KEYS_MAX)
		abort();
	char shape[UBOOT_STAMP_MAX + 1];
	if (uboot_stamp_shape(text, size, shape) && !uboot_stamp_match(shape, text, size))
		abort(); // a stamp has its own shape
	CLEANUP_BUFFER struct buffer clean = {0};
	uboot_clean_output(text, size, shape, &clean);
	(void)uboot_echo_is_doubled("echo M''F0001; version", 22, text, size);
	return 0;
}
