// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/assets.h"

#include <stdint.h>
#include <string.h>

#include "base/buffer.h"
#include "base/digest.h"

// The bytes of a file of assets/ under a name, and how many they are.
#define EMBED(name, file)                                         \
	__asm__(".section .rodata\n"                              \
		".balign 8\n"                                     \
		".global mmfarm_asset_size_" #name "\n"           \
		"mmfarm_asset_size_" #name ": .quad 2f - 1f\n"    \
		".global mmfarm_asset_" #name "\n"                \
		"mmfarm_asset_" #name ":\n"                       \
		"1: .incbin \"controller/web/assets/" file "\"\n" \
		"2: .byte 0\n"                                    \
		".previous\n");                                   \
	extern const uint64_t mmfarm_asset_size_##name;           \
	extern const char mmfarm_asset_##name[]

EMBED(css, "page.css");
EMBED(js, "page.js");
EMBED(icon, "icon.svg");

#define ASSETS 3

const struct asset *assets_all(size_t *count)
{
	static struct asset all[ASSETS];
	if (!all[0].name) {
		all[0] = (struct asset){"page.css", "text/css; charset=utf-8", mmfarm_asset_css,
					(size_t)mmfarm_asset_size_css};
		all[1] = (struct asset){"page.js", "text/javascript; charset=utf-8",
					mmfarm_asset_js, (size_t)mmfarm_asset_size_js};
		all[2] = (struct asset){"icon.svg", "image/svg+xml", mmfarm_asset_icon,
					(size_t)mmfarm_asset_size_icon};
	}
	*count = ASSETS;
	return all;
}

const struct asset *assets_find(const char *name)
{
	size_t count;
	const struct asset *all = assets_all(&count);
	for (size_t i = 0; i < count; i++)
		if (strcmp(all[i].name, name) == 0)
			return &all[i];
	return NULL;
}

const char *assets_version(void)
{
	static char version[17];
	size_t count;
	const struct asset *all = assets_all(&count);
	if (version[0])
		return version;
	CLEANUP_BUFFER struct buffer whole = {0};
	char hex[DIGEST_HEX_SIZE];
	for (size_t i = 0; i < count; i++)
		buffer_append(&whole, all[i].bytes, all[i].len);
	digest_bytes(buffer_str(&whole), whole.len, hex);
	memcpy(version, hex, sizeof(version) - 1);
	return version;
}
