// SPDX-License-Identifier: GPL-2.0-or-later
// Words of a boot tool that ended with status 0 and yet speaks of a failure. Such words are no proof
// (tools also tell of what they mended themselves); they count where nothing proves the contrary. Pure.
#ifndef BOARD_DOUBT_H
#define BOARD_DOUBT_H

#include <stdbool.h>

#define DOUBT_SIZE 160

// The first line of `text` that tells of a failure, cut to fit; false: there is none.
bool doubt_find(const char *text, char out[DOUBT_SIZE]);

#endif
