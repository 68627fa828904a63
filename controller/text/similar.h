// SPDX-License-Identifier: GPL-2.0-or-later
// "Did you mean": the known word that a mistyped one stands for.
#ifndef TEXT_SIMILAR_H
#define TEXT_SIMILAR_H

#include <stddef.h>

// The best of several offered words, one at a time.
struct similar {
	const char *word; // as typed
	const char *best; // view of an offered word; NULL: none is near enough
	unsigned distance;
};

void similar_init(struct similar *s, const char *word);
// Keeps `known` if it is nearer than what was offered before: one letter changed, left out, added
// or two swapped are one step each; a third of the letters may differ, and at least one.
void similar_offer(struct similar *s, const char *known);

// Steps between two words of at most 63 bytes; longer ones are UINT_MAX apart.
unsigned similar_distance(const char *a, const char *b);

#endif
