// SPDX-License-Identifier: GPL-2.0-or-later
// Style, script and icon of the pages (assets/), which the program carries with it.
#ifndef WEB_ASSETS_H
#define WEB_ASSETS_H

#include <stddef.h>

struct asset {
	const char *name, *type; // "page.css", "text/css"
	const char *bytes;
	size_t len;
};

// NULL: there is none of the name.
const struct asset *assets_find(const char *name);
// All of them, `*count` many.
const struct asset *assets_all(size_t *count);
// A word that differs when any of them does.
const char *assets_version(void);

#endif
