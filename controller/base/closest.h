// SPDX-License-Identifier: GPL-2.0-or-later
// The word that a mistyped one was meant to be. Pure.
#ifndef BASE_CLOSEST_H
#define BASE_CLOSEST_H

#include <stddef.h>

// Letters that differ between two words: put in, left out, another one, or two neighbours in the other
// order, each counts one. Case, '-' and '_' make no difference. Words of more than 63 bytes differ in
// all of them.
size_t closest_distance(const char *a, const char *b);

// Search for the nearest of many words: start with CLOSEST_NONE, then offer each word.
struct closest {
	const char *word; // the nearest one that is near enough, borrowed; NULL: none is
	size_t distance;
};
#define CLOSEST_NONE ((struct closest){0})

// Takes `candidate` when it is nearer to `typed` than what was found before. Near enough is a third of
// the letters, or a word that begins with all that was typed (three letters or more).
void closest_offer(struct closest *c, const char *typed, const char *candidate);

#endif
