// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/closest.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define WORD_MAX 63

static int letter(char c)
{
	return c == '_' ? '-' : tolower((unsigned char)c);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

// Optimal string alignment: three rows of the table of distances are enough.
size_t closest_distance(const char *a, const char *b)
{
	size_t rows[3][WORD_MAX + 1];
	size_t la = strlen(a), lb = strlen(b);
	if (la > WORD_MAX || lb > WORD_MAX)
		return la > lb ? la : lb;
	for (size_t j = 0; j <= lb; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t *now = rows[i % 3], *above = rows[(i + 2) % 3], *over = rows[(i + 1) % 3];
		now[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			int x = letter(a[i - 1]), y = letter(b[j - 1]);
			now[j] = least(above[j] + 1, now[j - 1] + 1);
			now[j] = least(now[j], above[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == letter(b[j - 2]) && y == letter(a[i - 2]))
				now[j] = least(now[j], over[j - 2] + 1);
		}
	}
	return rows[la % 3][lb];
}

static bool begins_with(const char *word, const char *typed, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (letter(word[i]) != letter(typed[i]))
			return false; // also at the word's end
	return true;
}

void closest_offer(struct closest *c, const char *typed, const char *candidate)
{
	size_t len = strlen(typed);
	size_t distance = closest_distance(typed, candidate);
	if (len >= 3 && strlen(candidate) > len && begins_with(candidate, typed, len))
		distance = 1;
	else if (distance > (len > 2 ? (len + 2) / 3 : 0))
		return;
	if (c->word && c->distance <= distance)
		return;
	c->word = candidate;
	c->distance = distance;
}
