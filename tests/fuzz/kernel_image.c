// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as a kernel's file, as the headers of an rpm and as a deb's control file: whatever the pieces,
// the same build id; names that are plain text.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "kernel/image.h"
#include "kernel/package.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void scan(const uint8_t *data, size_t size, size_t piece, char out[IMAGE_BUILD_ID])
{
	CLEANUP_FREE struct image_scan *s = memory_new(1, sizeof(*s));
	for (size_t at = 0; at < size; at += piece)
		image_scan_feed(s, data + at, size - at < piece ? size - at : piece);
	image_scan_end(s);
	memcpy(out, s->build_id, IMAGE_BUILD_ID);
}

static void check_word(const char *s, size_t size)
{
	if (strnlen(s, size) == size)
		abort();
	for (; *s; s++)
		if (*s <= ' ' || *s >= 0x7f)
			abort();
}

static void check_name(const struct package_name *n)
{
	check_word(n->name, sizeof(n->name));
	check_word(n->version, sizeof(n->version));
	check_word(n->architecture, sizeof(n->architecture));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image_head head;
	struct package_name name;
	char whole[IMAGE_BUILD_ID], pieces[IMAGE_BUILD_ID];
	// A copy of its own length, so that each read past the end is seen.
	CLEANUP_FREE uint8_t *bytes = memory_new(size + !size, 1);
	if (size)
		memcpy(bytes, data, size);
	image_head_read(bytes, size, &head);
	if ((head.form == IMAGE_FOREIGN) != (head.what != NULL))
		abort();
	if (strnlen(head.packed, sizeof(head.packed)) == sizeof(head.packed))
		abort();
	scan(bytes, size, size + 1, whole);
	scan(bytes, size, 1 + size % 61, pieces);
	if (strcmp(whole, pieces) != 0)
		abort();
	if (package_read_rpm(bytes, size, &name))
		check_name(&name);
	package_read_control((const char *)bytes, size, &name);
	check_name(&name);
	return 0;
}
