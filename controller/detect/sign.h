// SPDX-License-Identifier: GPL-2.0-or-later
// Signatures: 64-bit FNV-1a over canonical strings. Three levels:
//   1  class|sub|file|func of the header line: survives interleaving and truncation; where that
//      is "panic.other" or the like, the message, too
//   2  1 and the first three frames that are neither machinery nor helpers: identity of a bug
//   3  1 and all frames: tells variants apart
// Nothing that changes with the boot, the board or the build enters: no address, offset, line
// number, pid, CPU or time.
#ifndef DETECT_SIGN_H
#define DETECT_SIGN_H

#include "detect/detect.h"

struct report;

#define SIGN_START UINT64_C(0xcbf29ce484222325)

// Adds a string and a separator.
uint64_t sign_add(uint64_t hash, struct detect_view v);

// Adds a hash to a hash.
uint64_t sign_mix(uint64_t hash, uint64_t other);

uint64_t sign_level1(const struct report *r);
uint64_t sign_level2(const struct report *r);
uint64_t sign_level3(const struct report *r);

#endif
