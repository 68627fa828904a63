// SPDX-License-Identifier: GPL-2.0-or-later
// {words} in texts of configuration files that stand for values.
#ifndef BASE_PLACEHOLDER_H
#define BASE_PLACEHOLDER_H

#include <stdbool.h>

#include "base/buffer.h"

struct placeholder {
	const char *name;  // without braces; NULL: the list's end
	const char *value; // NULL: nothing is put in its place
};

// Appends `text` with its placeholders replaced. What stands between braces and is no known name stays
// as it is. `escape`: values are percent-encoded (base/url.h).
void placeholder_fill(const char *text, const struct placeholder *list, bool escape,
		      struct buffer *out);

// Whether `text` (or NULL) has {name}.
bool placeholder_uses(const char *text, const char *name);

// Where `text` has a {word} that is not in the list; NULL: nowhere.
const char *placeholder_find_unknown(const char *text, const struct placeholder *list);

#endif
