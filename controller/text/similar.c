// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/similar.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

#define WORD_MAX 63 // bytes; nobody mistypes a longer word and expects help

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;
	return m < c ? m : c;
}

// Three rows of the table of distances are enough: a swap looks back two.
unsigned similar_distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	if (n > WORD_MAX || m > WORD_MAX)
		return UINT_MAX;
	unsigned rows[3][WORD_MAX + 1];
	for (size_t k = 0; k <= m; k++)
		rows[0][k] = (unsigned)k;
	for (size_t i = 1; i <= n; i++) {
		unsigned *now = rows[i % 3];
		const unsigned *before = rows[(i - 1) % 3], *ago = rows[(i + 1) % 3];
		now[0] = (unsigned)i;
		for (size_t k = 1; k <= m; k++) {
			unsigned change = before[k - 1] + (a[i - 1] != b[k - 1]);
			now[k] = least(before[k] + 1, now[k - 1] + 1, change);
			bool swapped =
			    i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1];
			if (swapped && ago[k - 2] + 1 < now[k])
				now[k] = ago[k - 2] + 1;
		}
	}
	return rows[n % 3][m];
}

void similar_init(struct similar *s, const char *word)
{
	*s = (struct similar){.word = word, .distance = UINT_MAX};
}

void similar_offer(struct similar *s, const char *known)
{
	size_t len = strlen(s->word);
	unsigned allowed = len < 6 ? 1 : (unsigned)len / 3;
	unsigned d = similar_distance(s->word, known);
	// As many steps as the known word has letters would make any word of any other.
	if (d > allowed || d >= strlen(known) || d >= s->distance)
		return;
	s->best = known;
	s->distance = d;
}
