// SPDX-License-Identifier: GPL-2.0-or-later
// Console bytes as a JSON string: made valid UTF-8, NULs dropped.
#ifndef TEXT_JSON_TEXT_H
#define TEXT_JSON_TEXT_H

#include <jansson.h>
#include <stddef.h>

json_t *json_text(const char *bytes, size_t len);

#endif
