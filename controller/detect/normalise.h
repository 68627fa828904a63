// SPDX-License-Identifier: GPL-2.0-or-later
// Makes text of different boots and boards comparable: titles, paths, names of subclasses.
#ifndef DETECT_NORMALISE_H
#define DETECT_NORMALISE_H

#include "detect/report.h"

#define TITLE_MAX 120

// Path from the top of the kernel tree on: /build/linux-7.2/mm/slub.c -> mm/slub.c.
struct detect_view normalise_path(struct detect_view path);

// "Out-of-bounds read" -> "out-of-bounds-read"; at most size - 1 bytes, NUL terminated.
void normalise_sub(struct detect_view text, char *out, size_t size);

// Copies text with addresses, long hex numbers, numbers, UUIDs, MAC and IP addresses replaced.
// Returns the length, at most `size`.
size_t normalise_text(struct detect_view text, char *out, size_t size);

// The report's title by its rule's template; `func` is the function to blame.
size_t normalise_title(const struct report *r, struct detect_view func, char out[TITLE_MAX]);

#endif
