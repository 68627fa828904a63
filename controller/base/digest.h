// SPDX-License-Identifier: GPL-2.0-or-later
// SHA-256 (nettle), as lower-case hex.
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>

#include "base/error.h"

#define DIGEST_HEX_SIZE 65

void digest_bytes(const void *bytes, size_t len, char hex[DIGEST_HEX_SIZE]);
struct error *digest_file(const char *path, enum error_kind kind,
			  char hex[DIGEST_HEX_SIZE]) ERROR_RESULT;

#endif
